/* What a layer reads and writes, frame after frame, over the vector vocabulary (vector_ISA.h, included before
 * this). A vector holds LANES outputs of V_CHANNELS channels. That is one channel, unless the vocabulary says
 * 2: then it brings its own words for rows, and says how many floats a vector of weights has, LANES once per
 * channel or once for both. */
#ifndef GRUFF_FRAME_TEXT_H
#define GRUFF_FRAME_TEXT_H

#include "activation.h"
#include "kernels.h"

#ifndef V_CHANNELS
#define V_CHANNELS 1
#define V_WEIGHTS  LANES
/* Of rows p[channel], from their k-th number on: LANES numbers (a: to be put there), four numbers all over
 * each channel's lanes, one number in each of them. The sum of a channel's lanes. */
#define v_row(p, k)        v_load((p)[0] + (k))
#define v_put(p, k, a)     v_store((p)[0] + (k), a)
#define v_row_quad(p, k)   v_quad((p)[0] + (k))
#define v_row_number(p, k) v_set((p)[0][k])
#define v_sum_of(a, c)     v_sum(a)
/* a is in a register here. */
#ifdef V_CLASS
#define v_keep(a) __asm__("" : "+" V_CLASS(a))
#else
#define v_keep(a) (void)(a)
#endif
#endif

enum { WEIGHTS = V_WEIGHTS, MAX_HELD = V_HELD };

#define EACH(r, R) UNROLL for (int r = 0; r < (R); r++)

/* What one frame of a layer reads and writes, by channel of the vectors: all of x and the old h; the new h
 * (out), s, 1 - z (rest) and r·h at the group's place. */
typedef struct Frame {
    const float *x[V_CHANNELS], *h[V_CHANNELS];
    float *out[V_CHANNELS], *s[V_CHANNELS];
    float *rest[V_CHANNELS], *rh[V_CHANNELS]; /* scratch */
    vf held[MAX_HELD];                        /* the old h, then the new one, where it stays in registers */
    uint32_t n_in, n_quads;                   /* x; h in fours */
    bool down;                                /* the old h from its end, where it is in memory */
} Frame;

/* The states of frame t, of channels from `first` on: the old h is the output row M frames back, or the
 * stored one. */
INLINE void find_state(Frame *f, const GruffPacked *l, uint32_t phase, uint32_t first, uint32_t t)
{
    const size_t H = l->n_out_padded, M = l->n_states;
    EACH(i, V_CHANNELS)
    {
        const size_t m = ((first + (size_t)i) * M + (M == 1 ? 0 : (phase + t) % M)) * H;
        f->h[i] = !l->h ? NULL : t < M ? l->h + m : f->out[i] - M * H;
        f->s[i] = l->s ? l->s + m : NULL;
    }
}

/* Where the first frame of channels from `first` on reads and writes; the new h is its output row. */
INLINE void place(Frame *f, const GruffPacked *l, uint32_t phase, const float *const *in, float *const *out,
                  uint32_t first)
{
    f->n_in = l->n_in;
    f->n_quads = (l->n_out + 3) / 4;
    EACH(i, V_CHANNELS)
    {
        float *scratch = l->scratch ? l->scratch + (first + (size_t)i) * 2 * l->n_out_padded : NULL;
        f->x[i] = in[first + (uint32_t)i];
        f->out[i] = out[first + (uint32_t)i];
        f->rest[i] = scratch;
        f->rh[i] = scratch ? scratch + l->n_out_padded : NULL;
    }
    find_state(f, l, phase, first, 0);
}

/* On to frame t. */
INLINE void advance(Frame *f, const GruffPacked *l, uint32_t phase, uint32_t first, uint32_t t)
{
    EACH(i, V_CHANNELS)
    {
        f->x[i] += l->n_in_padded;
        f->out[i] += l->n_out_padded;
        if (l->n_states == 1)
            f->h[i] = f->out[i] - l->n_out_padded;
    }
    if (l->n_states > 1)
        find_state(f, l, phase, first, t);
}

#endif
