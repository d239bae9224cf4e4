/* The algorithm, once, over the vocabulary that each kernel_ISA.c includes before this (vector_ISA.h): LANES,
 * REGISTERS, vf, v_load v_store v_set v_fma (a·b + c) v_fnma (c - a·b) v_add v_sub v_mul v_div v_min v_max
 * v_least v_round v_scale v_sum4 v_sum (which add in the same order), and for the columns v_quad v_quad_of
 * v_lane; V_QUICK, V_QUICK_LSTM and V_HELD: up to how many vectors of outputs a GRU or an LSTM (1 or 2) waits
 * more than it works, and to how many a layer's state stays in registers; V_PAIRED, where another file runs
 * two channels: of 2 to how many (3); V_CLASS, where it helps: the registers of a vf, as asm names them.
 * Everything is static to the including file. cell_text.h: a group of outputs for one frame; head_text.h:
 * dense layers of few outputs; here: a layer over a block. README.md beside this: what each trick gains. */
#include "cell_text.h"
#include "head_text.h"
#include "held_text.h"

#ifndef V_PAIRED
#define V_PAIRED 0
#endif

/* ---- one layer over a block ---- */

/* Each group size of each kind of layer is a function of its own: in one of them a compiler keeps all sums in
 * registers, in many at once it does not. */
#define NOINLINE static __attribute__((noinline))
typedef void (*Group)(Frame *, const float *w, uint32_t k);

#define GROUP(op, R)                                             \
    NOINLINE void op##_##R(Frame *f, const float *w, uint32_t k) \
    {                                                            \
        op(f, R, 0, w, k);                                       \
    }
#define GROUPS(op) \
    GROUP(op, 1)   \
    GROUP(op, 2)   \
    GROUP(op, 3)   \
    GROUP(op, 4)   \
    GROUP(op, 5)   \
    static const Group op##_groups[] = {NULL, op##_1, op##_2, op##_3, op##_4, op##_5};

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

/* The last M rows become the stored states. */
static void keep_state(const GruffPacked *l, uint32_t phase, float *const *out, uint32_t n_frames)
{
    const uint32_t H = l->n_out_padded, M = l->n_states;
    for (uint32_t t = n_frames > M ? n_frames - M : 0; t < n_frames; t++)
        for (uint32_t c = 0; c < l->n_channels; c++) {
            float *h = l->h + (c * (size_t)M + (M == 1 ? 0 : (phase + t) % M)) * H;
            const float *row = out[c] + t * (size_t)H;
            for (uint32_t k = 0; k < H; k += LANES)
                v_store(h + k, v_load(row + k));
        }
}

/* All groups of one frame, each for all C channels in turn: then a weight is in the first-level cache for the
 * second one. */
INLINE void run_frame(const Group *groups, Frame *f, const int C, const uint32_t *start, uint32_t n_groups,
                      const float *weights, size_t floats_per_output, bool back)
{
    for (uint32_t i = 0; i < n_groups; i++) {
        const uint32_t g = back ? n_groups - 1 - i : i, k = start[g] * LANES;
        const Group group = groups[start[g + 1] - start[g]];
        UNROLL for (int c = 0; c < C; c++) group(&f[c], weights + k * floats_per_output, k);
    }
}

/* There or back again, the groups one way and what they read of h the other way: what a frame read last is
 * what the first-level cache still has, so the next frame starts with it; what it wrote last the next one
 * needs last. Which way depends on stream time alone: so do all bits. A layer of one group, which another
 * kernel or rate may hold in registers, always adds up one way. */
INLINE void run_block(const Group *first, const Group *second, const GruffPacked *l, const int C,
                      uint32_t phase, const float *const *in, float *const *out, uint32_t n_frames)
{
    const uint32_t *start = l->group_start, n_groups = l->n_groups;
    Frame f[GRUFF_MAX_CHANNELS];
    UNROLL for (int c = 0; c < C; c++) place(&f[c], l, phase, in, out, (uint32_t)c);
    for (uint32_t t = 0; t < n_frames; t++) {
        const bool back = (phase + t) % 2;
        UNROLL for (int c = 0; c < C; c++) f[c].down = !back && n_groups > 1;
        run_frame(first, f, C, start, n_groups, l->weights, l->floats_per_output, back);
        if (second)
            run_frame(second, f, C, start, n_groups, l->second, l->second_per_output, back);
        UNROLL for (int c = 0; c < C; c++) advance(&f[c], l, phase, (uint32_t)c, t + 1);
    }
}

static void run_groups(const Group *first, const Group *second, const GruffPacked *l, uint32_t phase,
                       const float *const *in, float *const *out, uint32_t n_frames)
{
    if (l->n_channels == 1)
        run_block(first, second, l, 1, phase, in, out, n_frames);
    else
        run_block(first, second, l, GRUFF_MAX_CHANNELS, phase, in, out, n_frames);
    if (l->h)
        keep_state(l, phase, out, n_frames);
}

/* ---- the same with the state in registers from frame to frame ---- */

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

#define RUN(op, first, second)                                                                            \
    static void run_##op(const GruffPacked *l, uint32_t phase, const float *const *in, float *const *out, \
                         uint32_t n_frames)                                                               \
    {                                                                                                     \
        run_groups(first, second, l, phase, in, out, n_frames);                                           \
    }
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
    .n_quick_lstm = V_QUICK_LSTM, .n_paired = V_PAIRED, .available = available
