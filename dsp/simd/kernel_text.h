/* The algorithm, once, over the vocabulary that each kernel_ISA.c includes before this (vector_ISA.h): LANES,
 * REGISTERS, vf, v_load v_store v_set v_fma (a·b + c) v_fnma (c - a·b) v_add v_sub v_mul v_div v_min v_max
 * v_least v_round v_scale v_sum4 v_sum (which add in the same order), and for the columns v_quad v_quad_of
 * v_lane; V_QUICK, V_QUICK_LSTM and V_HELD: up to how many vectors of outputs a GRU or an LSTM is by tanh
 * (at least 1, which loses no bits of a small state; 2 where it waits more than it works), and to how many a
 * layer's state stays in registers; V_PAIRED, where another file runs two channels in the halves of a vector:
 * of 2 to how many (3); V_SHARED, where another file reads weights for two channels at once: in groups of up
 * to how many vectors of sums; V_CLASS, where it helps: the registers of a vf, as asm names them. Everything
 * is static to the including file. cell_text.h: a group of outputs for one frame; groups_text.h, held_text.h:
 * a layer over a block; head_text.h: dense layers of few outputs. README.md beside this: what each trick
 * gains. */
#include "groups_text.h"
#include "head_text.h"
#include "held_text.h"

_Static_assert(V_QUICK >= 1 && V_QUICK_LSTM >= 1, "one vector is by tanh");

#ifndef V_PAIRED
#define V_PAIRED 0
#endif

#ifndef V_SHARED
#define V_SHARED 0
#endif

/* ---- layers group by group ---- */

GROUP(gru_after, 1)
GROUP(gru_after, 2)
GROUP(lstm, 1)
GROUP(lstm, 2)
static const Group gru_after_groups[] = {NULL, gru_after_1, gru_after_2};
static const Group lstm_groups[] = {NULL, lstm_1, lstm_2};
GROUPS(gru_after_exp)
GROUPS(gru_none)
GROUPS(gru_before_gates)
GROUPS(gru_before_candidate)
GROUPS(lstm_exp)
GROUPS(rnn)
GROUPS(dense)

/* ---- layers whose state stays in registers ---- */

#if V_QUICK > 1
#define GRU_OF_2 gru_after
#else
#define GRU_OF_2 gru_after_exp
#endif
#if V_QUICK_LSTM > 1
#define LSTM_OF_2 lstm
#else
#define LSTM_OF_2 lstm_exp
#endif
#if V_HELD > 3
#define FROM_4(...) __VA_ARGS__
#else
#define FROM_4(...)
#endif
#if V_HELD > 4
#define FROM_5(...) __VA_ARGS__
#else
#define FROM_5(...)
#endif
#if V_PAIRED
#define IN_TURN(...)
#else
#define IN_TURN(...) __VA_ARGS__
#endif
#define HELDS(cell, of_2)                                                                                  \
    HELD(cell, cell, 1, 1)                                                                                 \
    HELD(cell, cell, 2, 1)                                                                                 \
    HELD(cell, of_2, 1, 2)                                                                                 \
    HELD(cell, cell##_exp, 1, 3)                                                                           \
    IN_TURN(HELD(cell, of_2, 2, 2) HELD(cell, cell##_exp, 2, 3))                                           \
    FROM_4(HELD(cell, cell##_exp, 1, 4) HELD(cell, cell##_exp, 2, 4))                                      \
    FROM_5(HELD(cell, cell##_exp, 1, 5) HELD(cell, cell##_exp, 2, 5))                                      \
    static const GruffRun cell##_helds[GRUFF_MAX_CHANNELS][MAX_HELD] = {                                   \
        {cell##_held_11, cell##_held_12, cell##_held_13, FROM_4(cell##_held_14, ) FROM_5(cell##_held_15)}, \
        {[0] = cell##_held_21,                                                                             \
         IN_TURN([1] = cell##_held_22, [2] = cell##_held_23, ) FROM_4([3] = cell##_held_24, )              \
             FROM_5([4] = cell##_held_25)}};

HELDS(gru_after, GRU_OF_2)
HELDS(lstm, LSTM_OF_2)

/* ---- which function runs a layer ---- */

RUN(gru_after, gru_after_groups, NULL)
RUN(lstm, lstm_groups, NULL)
RUN(gru_after_exp, gru_after_exp_groups, NULL)
RUN(gru_before, gru_before_gates_groups, gru_before_candidate_groups)
RUN(gru_none, gru_none_groups, NULL)
RUN(lstm_exp, lstm_exp_groups, NULL)
RUN(rnn, rnn_groups, NULL)

static void run_dense(const GruffPacked *l, uint32_t phase, const float *const *in, float *const *out,
                      uint32_t n_frames)
{
    if (l->op == GRUFF_OP_DENSE)
        run_groups(dense_groups, NULL, l, phase, in, out, n_frames);
    else
        run_dot(l, in, out, n_frames);
    activate(l, out, n_frames);
}

static GruffRun held(const GruffRun helds[][MAX_HELD], const GruffPacked *l)
{
    return helds[l->n_channels - 1][l->n_out_padded / LANES - 1];
}

static GruffRun runner(const GruffPacked *l)
{
    switch (l->op) {
    case GRUFF_OP_GRU_AFTER:
        return l->holds ? held(gru_after_helds, l) : run_gru_after;
    case GRUFF_OP_GRU_AFTER_EXP:
        return l->holds ? held(gru_after_helds, l) : run_gru_after_exp;
    case GRUFF_OP_GRU_BEFORE:
        return run_gru_before;
    case GRUFF_OP_GRU_NONE:
        return run_gru_none;
    case GRUFF_OP_LSTM:
        return l->holds ? held(lstm_helds, l) : run_lstm;
    case GRUFF_OP_LSTM_EXP:
        return l->holds ? held(lstm_helds, l) : run_lstm_exp;
    case GRUFF_OP_RNN:
        return run_rnn;
    case GRUFF_OP_DENSE:
    case GRUFF_OP_DOT:
        break;
    }
    return run_dense;
}

/* A GruffKernel's members but for its runner. */
#define KERNEL(NAME)                                                                    \
    .name = NAME, .lanes = LANES, .n_sums = SUMS, .n_held = V_HELD, .n_quick = V_QUICK, \
    .n_quick_lstm = V_QUICK_LSTM, .n_paired = V_PAIRED, .n_shared = V_SHARED, .available = available
