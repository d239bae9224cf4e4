/* Heads over the vector vocabulary (vector_ISA.h, included before this): dense layers of few outputs as dot
 * products, and the activations of any dense layer. */
#ifndef GRUFF_HEAD_TEXT_H
#define GRUFF_HEAD_TEXT_H

#include "activation.h"
#include "kernels.h"

INLINE vf dot_lanes(const float *w, const float *x, uint32_t n)
{
    vf sum = v_mul(v_load(x), v_load(w));
    for (uint32_t j = LANES; j < n; j += LANES)
        sum = v_fma(v_load(x + j), v_load(w + j), sum);
    return sum;
}

/* One output from many inputs: lanes run along the inputs. Four frames at once, the last ones one by one. */
static void run_dot_of(const float *w, float bias, uint32_t n, const float *x, float *y, size_t y_stride,
                       uint32_t n_frames)
{
    float four[4];
    uint32_t t = 0;
    for (; t + 4 <= n_frames; t += 4, x += 4 * n) {
        vf sum[4];
        UNROLL for (int i = 0; i < 4; i++) sum[i] = dot_lanes(w, x + i * n, n);
        v_sum4(four, sum[0], sum[1], sum[2], sum[3]);
        UNROLL for (int i = 0; i < 4; i++) y[(t + i) * y_stride] = four[i] + bias;
    }
    for (; t < n_frames; t++, x += n)
        y[t * y_stride] = v_sum(dot_lanes(w, x, n)) + bias;
}

static void run_dot(const GruffPacked *l, const float *const *in, float *const *out, uint32_t n_frames)
{
    const float *w = l->weights + (l->n_out + LANES - 1) / LANES * LANES;
    for (uint32_t c = 0; c < l->n_channels; c++)
        for (uint32_t k = 0; k < l->n_out; k++)
            run_dot_of(w + k * l->n_in_padded, l->weights[k], l->n_in_padded, in[c], out[c] + k,
                       l->n_out_padded, n_frames);
}

static void softmax(float *y, uint32_t n, uint32_t n_padded)
{
    float top = y[0], sum = 0.0f;
    for (uint32_t k = 1; k < n; k++)
        top = y[k] > top ? y[k] : top;
    for (uint32_t k = 0; k < n_padded; k += LANES) {
        vf below = v_min(v_sub(v_load(y + k), v_set(top)), v_set(0.0f));
        v_store(y + k, v_add(v_expm1_negative(below), v_set(1.0f)));
    }
    for (uint32_t k = 0; k < n; k++)
        sum += y[k];
    for (uint32_t k = 0; k < n; k++)
        y[k] /= sum;
}

INLINE vf activate_vector(GruffActivation activation, vf a)
{
    const vf zero = v_set(0.0f);
    switch (activation) {
    case GRUFF_ACTIVATION_TANH:
        return v_tanh(a);
    case GRUFF_ACTIVATION_SIGMOID:
        return v_sigmoid(a);
    case GRUFF_ACTIVATION_RELU:
        return v_max(a, zero);
    case GRUFF_ACTIVATION_ELU:
        return v_add(v_max(a, zero), v_expm1_negative(v_min(a, zero)));
    case GRUFF_ACTIVATION_LINEAR:
    case GRUFF_ACTIVATION_SOFTMAX:
        break;
    }
    return a;
}

static void activate(const GruffPacked *l, float *const *out, uint32_t n_frames)
{
    const size_t n = (size_t)n_frames * l->n_out_padded;
    if (l->activation == GRUFF_ACTIVATION_LINEAR)
        return;
    for (uint32_t c = 0; c < l->n_channels; c++) {
        if (l->activation == GRUFF_ACTIVATION_SOFTMAX)
            for (uint32_t t = 0; t < n_frames; t++)
                softmax(out[c] + (size_t)t * l->n_out_padded, l->n_out, l->n_out_padded);
        else
            for (size_t i = 0; i < n; i += LANES)
                v_store(out[c] + i, activate_vector(l->activation, v_load(out[c] + i)));
    }
}

#endif
