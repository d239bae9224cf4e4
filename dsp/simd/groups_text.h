/* A layer over a block, group by group with the state in memory, over the vector vocabulary (vector_ISA.h,
 * included before this). */
#ifndef GRUFF_GROUPS_TEXT_H
#define GRUFF_GROUPS_TEXT_H

#include "cell_text.h"

#include <string.h>

/* ---- groups ---- */

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

/* ---- blocks ---- */

/* The last M rows become the stored states. */
static void keep_state(const GruffPacked *l, uint32_t phase, float *const *out, uint32_t n_frames)
{
    const uint32_t H = l->n_out_padded, M = l->n_states;
    for (uint32_t t = n_frames > M ? n_frames - M : 0; t < n_frames; t++)
        for (uint32_t c = 0; c < l->n_channels; c++) {
            float *h = l->h + (c * (size_t)M + (M == 1 ? 0 : (phase + t) % M)) * H;
            memcpy(h, out[c] + t * (size_t)H, H * sizeof *h);
        }
}

/* All groups of one frame, each for C times the channels of a vector in turn: then a weight is in the
 * first-level cache for the second one. */
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
    if (l->n_channels == V_CHANNELS)
        run_block(first, second, l, 1, phase, in, out, n_frames);
    else
        run_block(first, second, l, GRUFF_MAX_CHANNELS / V_CHANNELS, phase, in, out, n_frames);
    if (l->h)
        keep_state(l, phase, out, n_frames);
}

/* run_op: a layer over a block, of up to two runs of groups. */
#define RUN(op, first, second)                                                                            \
    static void run_##op(const GruffPacked *l, uint32_t phase, const float *const *in, float *const *out, \
                         uint32_t n_frames)                                                               \
    {                                                                                                     \
        run_groups(first, second, l, phase, in, out, n_frames);                                           \
    }

#endif
