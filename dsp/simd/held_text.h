/* Layers whose state stays in registers from frame to frame, over the vector vocabulary (vector_ISA.h,
 * included before this). */
#ifndef GRUFF_HELD_TEXT_H
#define GRUFF_HELD_TEXT_H

#include "cell_text.h"

#include <float.h>
#include <math.h>

/* A head of one output on the state, but for its bias and the sum over lanes; layout as of GRUFF_OP_DOT. */
INLINE vf head_lanes(const float *head, const vf *h, const int R)
{
    const float *w[V_CHANNELS];
    EACH(i, V_CHANNELS) w[i] = head + LANES;
    vf sum = v_mul(h[0], v_row(w, 0));
    UNROLL for (int r = 1; r < R; r++) sum = v_fma(h[r], v_row(w, r * LANES), sum);
    return sum;
}

/* What a head gives, as the only frame of a call (GruffPacked.head); x: the frame's first input. */
INLINE float finished(const GruffPacked *l, float y, const float *x)
{
    y = (l->head_skips ? y + *x : y) * l->head_gain;
    return fabsf(y) <= FLT_MAX ? y : 0.0f;
}

/* R vectors in one group, of C times the channels of a vector from `first` on: what some wait for leaves a
 * processor time for the others. */
INLINE void run_held(void (*cell)(Frame *, int R, int held, const float *, uint32_t), const GruffPacked *l,
                     const int first, const int C, const int R, const float *const *in, float *const *out,
                     uint32_t n_frames)
{
    Frame f[GRUFF_MAX_CHANNELS];
    UNROLL for (int c = 0; c < C; c++)
    {
        place(&f[c], l, 0, in, out, (uint32_t)(first + c * V_CHANNELS));
        EACH(r, R) f[c].held[r] = v_row(f[c].h, r * LANES);
    }
    for (uint32_t t = 0; t < n_frames; t++)
        UNROLL for (int c = 0; c < C; c++)
        {
            cell(&f[c], R, R, l->weights, 0);
            if (l->head) {
                vf sum = head_lanes(l->head, f[c].held, R);
                EACH(i, V_CHANNELS)
                {
                    float y = v_sum_of(sum, i) + l->head[0];
                    f[c].out[i][t] = n_frames == 1 ? finished(l, y, f[c].x[i]) : y;
                }
            } else
                EACH(r, R) v_put(f[c].out, ((size_t)t * R + r) * LANES, f[c].held[r]);
            EACH(i, V_CHANNELS) f[c].x[i] += l->n_in_padded;
        }
    UNROLL for (int c = 0; c < C; c++)
    {
        float *h[V_CHANNELS];
        EACH(i, V_CHANNELS) h[i] = l->h + (size_t)(first + c * V_CHANNELS + i) * R * LANES;
        EACH(r, R) v_put(h, r * LANES, f[c].held[r]);
    }
}

/* name_held_CR. Two channels go frame by frame, but of five vectors one after the other: there are no
 * registers left for both. */
#define HELD(name, cell, C, R)                                                                           \
    static void name##_held_##C##R(const GruffPacked *l, uint32_t phase, const float *const *in,         \
                                   float *const *out, uint32_t n_frames)                                 \
    {                                                                                                    \
        const int AT_ONCE = R < 5 ? C : 1;                                                               \
        (void)phase;                                                                                     \
        UNROLL for (int c = 0; c < C; c += AT_ONCE) run_held(cell, l, c, AT_ONCE, R, in, out, n_frames); \
    }

#endif
