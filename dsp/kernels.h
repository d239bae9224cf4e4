/* Kernels: the code that runs one packed layer over one block of frames on one instruction set. L1.
 *
 * A packed layer's weights run along its outputs. The H outputs are padded to whole vectors of `lanes` floats
 * and cut into groups of B = gruff_pack_group(...) · lanes (the last group may be smaller). With G gates, I
 * inputs, a group holds
 *
 *     bias [G][B]   then, GRU with reset after, the candidate's recurrent bias [B]
 *     W    [I][G][B]
 *     U    [H][G][B]                            (none for dense)
 *
 * and the groups follow each other. GRU with reset before is two such runs: all groups of (z, r), G = 2, then
 * all groups of n, G = 1. Padding is zero, which keeps every padded state at zero. GRUFF_OP_DOT is dense the
 * other way round: bias [H], then W [H][I padded to lanes], for the few outputs of a head. */
#ifndef GRUFF_KERNELS_H
#define GRUFF_KERNELS_H

#include "gruff_model.h"

typedef enum GruffOp {
    GRUFF_OP_GRU_AFTER,
    GRUFF_OP_GRU_BEFORE,
    GRUFF_OP_GRU_NONE,
    GRUFF_OP_LSTM,
    GRUFF_OP_RNN,
    GRUFF_OP_DENSE,
    GRUFF_OP_DOT
} GruffOp;

/* One layer, ready to run. All pointers are aligned to GRUFF_ALIGN; strides are in floats, multiples of the
 * kernel's lanes. C channels and M states per channel: frame t of a channel starts from its state (phase + t)
 * mod M. M = 1 is usual; with M the layer is the same one run at M times its rate. */
typedef struct GruffPacked {
    GruffOp op;
    GruffActivation activation;
    uint32_t n_in, n_out;  /* I, H */
    uint32_t n_in_padded;  /* floats per input frame */
    uint32_t n_out_padded; /* floats per output frame and per state */
    uint32_t n_channels;   /* C */
    uint32_t n_states;     /* M */
    const float *weights;  /* as above */
    float *h;              /* [C][M][n_out_padded], NULL for dense */
    float *s;              /* [C][M][n_out_padded], LSTM only */
    float *scratch;        /* [C][2][n_out_padded], GRU_BEFORE only */
} GruffPacked;

typedef struct GruffKernel {
    const char *name;
    uint32_t lanes;
    bool (*available)(void);
    /* in[c][T][n_in_padded] → out[c][T][n_out_padded]; must not overlap. RT, O(T · I · H). */
    void (*run)(const GruffPacked *layer, uint32_t phase, const float *const *in, float *const *out,
                uint32_t n_frames);
} GruffKernel;

/* The kernel of that name if this CPU and OS can run it, the best one for NULL; else NULL. */
const GruffKernel *gruff_kernel_find(const char *name);

/* Vectors per group: 2, or 1 where two channels share the registers. */
static inline uint32_t gruff_pack_group(uint32_t n_channels)
{
    return n_channels == 1 ? 2 : 1;
}

extern const GruffKernel gruff_kernel_c, gruff_kernel_avx2, gruff_kernel_avx512, gruff_kernel_neon;

#endif
