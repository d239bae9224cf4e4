/* Kernels: the code that runs one packed layer over one block of frames on one instruction set. L1.
 *
 * A packed layer's weights run along its outputs. The H outputs are padded to whole vectors of `lanes` floats
 * and cut into groups of up to GRUFF_MAX_GROUP vectors, B floats. A group holds its sums' biases, then what
 * each input adds to them, then what each state does, in the order in which its kernel adds them up:
 *
 *     bias [S][B]   W [I'][Sw][B]   U [H'][Su][B]
 *
 * I' is I below 4, else I in whole fours; H' is H in whole fours. The S sums are, by op: GRU_AFTER n's input
 * half (no U: not among the Su), r, z, n's recurrent half (no W: not among the Sw); GRU_NONE n, z; LSTM i, f,
 * g, o; RNN and DENSE one. GRU_BEFORE is two such layouts: r, z, then n (with r·h for h). Where a sigmoid
 * follows, and in n's recurrent half, all is halved: sigmoid(a) = (1 + tanh(a/2)) / 2. What becomes a power
 * of 2 is times log2(e): z of every GRU; in the _EXP ops, the same layers by powers of 2 alone, z once, n and
 * g twice, all others minus once. Padding is zero, which keeps every padded state at zero. GRUFF_OP_DOT is
 * dense the other way round: bias [H], then W [H][I padded to lanes], for the few outputs of a head. */
#ifndef GRUFF_KERNELS_H
#define GRUFF_KERNELS_H

#include "gruff_model.h"

/* log2(e): exp(x) = 2^(x log2(e)). */
#define GRUFF_LOG2_E 1.44269504f

typedef enum GruffOp {
    GRUFF_OP_GRU_AFTER,
    GRUFF_OP_GRU_AFTER_EXP,
    GRUFF_OP_GRU_BEFORE,
    GRUFF_OP_GRU_NONE,
    GRUFF_OP_LSTM,
    GRUFF_OP_LSTM_EXP,
    GRUFF_OP_RNN,
    GRUFF_OP_DENSE,
    GRUFF_OP_DOT
} GruffOp;

struct GruffPacked;

/* Run n_frames (T) frames of a layer: in[c][T][n_in_padded] → out[c][T][n_out_padded], or out[c][T] from a
 * head; must not overlap. phase as below. The states go on from call to call. RT, O(T · I · H). */
typedef void (*GruffRun)(const struct GruffPacked *layer, uint32_t phase, const float *const *in,
                         float *const *out, uint32_t n_frames);

/* One layer, ready to run. All pointers are aligned to GRUFF_ALIGN; strides are in floats, multiples of the
 * kernel's lanes (below 4 inputs also n_in; of one output from a DOT also 1). C channels and M states per
 * channel: frame t of a channel starts from its state (phase + t) mod M, where phase counts the frames before
 * these mod 2 M. In a layer of several groups the order in which sums are added up goes by phase too. M = 1
 * is usual; with M the layer is the same one run at M times its rate. */
typedef struct GruffPacked {
    GruffOp op;
    GruffActivation activation;
    uint32_t n_in, n_out;  /* I, H */
    uint32_t n_in_padded;  /* floats per input frame */
    uint32_t n_out_padded; /* floats per output frame and per state */
    uint32_t n_channels;   /* C */
    uint32_t n_states;     /* M */
    uint32_t n_groups;
    const uint32_t *group_start;                   /* [n_groups + 1] the first vector of each, and the end */
    const float *weights;                          /* as above */
    const float *second;                           /* GRU_BEFORE: the second layout */
    uint32_t floats_per_output, second_per_output; /* of each layout */
    float *h;                                      /* [C][M][n_out_padded], NULL for dense */
    float *s;                                      /* [C][M][n_out_padded], LSTM only */
    float *scratch;                                /* [C][2][n_out_padded], GRU_BEFORE only */
    /* holds: the state stays in registers from frame to frame (GRU_AFTER, LSTM or their _EXP, one group, M =
     * 1, at most n_held vectors). Then head may be the packed weights of a DOT of one output: it runs on each
     * new state, and its output takes the place of this layer's. NULL: none. What it gives in a call of one
     * frame is finished, as whoever reads it back would wait: the frame's first input is added if head_skips,
     * all is times head_gain, and 0 if it is not finite. */
    bool holds;
    const float *head;
    bool head_skips;
    float head_gain;
    /* pairs: it holds, and its vectors have both of two channels: each run of `lanes` weights stands twice.
     */
    bool pairs;
    /* shares: it is GRU_AFTER_EXP or LSTM_EXP, of several groups of at most n_shared vectors of sums, and its
     * run reads each weight once for both of two channels. */
    bool shares;
    GruffRun run; /* the kernel's function for it */
} GruffPacked;

typedef struct GruffKernel {
    const char *name;
    uint32_t lanes;                 /* at most 16 */
    uint32_t n_sums;                /* vectors of sums that fit its registers */
    uint32_t n_held;                /* vectors of state that it can hold */
    uint32_t n_quick, n_quick_lstm; /* vectors of state up to which it has GRU_AFTER, LSTM; beyond: _EXP */
    uint32_t n_paired;              /* vectors of state, from 2 on, up to which a layer pairs; 0: never */
    uint32_t n_shared;              /* vectors of sums in a group up to which a layer shares; 0: never */
    bool (*available)(void);
    /* The function for such a layer, of which op, holds, pairs, shares and the sizes must be set; never NULL.
     * SETUP. */
    GruffRun (*runner)(const GruffPacked *layer);
} GruffKernel;

/* The kernel of that name if this CPU and OS can run it, the first of all for NULL; else NULL. */
const GruffKernel *gruff_kernel_find(const char *name);

/* The best kernel here for a net whose largest layer has n_units. */
const GruffKernel *gruff_kernel_best(uint32_t n_units);

/* These kernels' runners for a layer that pairs or shares. */
GruffRun gruff_pair_avx512vl(const GruffPacked *layer);
GruffRun gruff_two_avx512vl(const GruffPacked *layer);
GruffRun gruff_two_avx512(const GruffPacked *layer);

/* Vectors in a group at most. */
#define GRUFF_MAX_GROUP 5

extern const GruffKernel gruff_kernel_c, gruff_kernel_avx2, gruff_kernel_avx512, gruff_kernel_avx512vl,
    gruff_kernel_neon;

#endif
