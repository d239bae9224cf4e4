/* The algorithm, once, over the vocabulary that each kernel_ISA.c includes before this (vector_ISA.h): LANES,
 * REGISTERS, vf, v_load v_store v_set v_fma (a·b + c) v_add v_sub v_mul v_div v_min v_max v_sqrt v_sum. Everything
 * is static to the including file.
 *
 * Functions marked INLINE take counts that are constant at each call (gates G, vectors per group R, channels
 * C), so that the loops over them unroll and the sums stay in registers. */
#include "activation.h"

#include <string.h>

enum { MAX_G = 4, MAX_R = 2, MAX_C = GRUFF_MAX_CHANNELS };

/* ---- sums ---- */

typedef vf Sums[MAX_C][MAX_G][MAX_R];

INLINE const float *load_bias(Sums sum, const int C, const int G, const int R, const float *w)
{
    UNROLL for (int g = 0; g < G; g++)
    {
        UNROLL for (int r = 0; r < R; r++)
        {
            vf bias = v_load(w + (g * R + r) * LANES);
            UNROLL for (int c = 0; c < C; c++) sum[c][g][r] = bias;
        }
    }
    return w + G * R * LANES;
}

/* sum[c][g][r] += x[c][j] · w[j][g][r] for one column. */
INLINE void add_column(Sums sum, const int C, const int G, const int R, const float *w,
                       const float *const x[MAX_C], uint32_t j)
{
    vf xj[MAX_C];
    UNROLL for (int c = 0; c < C; c++) xj[c] = v_set(x[c][j]);
    UNROLL for (int g = 0; g < G; g++)
    {
        UNROLL for (int r = 0; r < R; r++)
        {
            vf wj = v_load(w + (g * R + r) * LANES);
            UNROLL for (int c = 0; c < C; c++) sum[c][g][r] = v_fma(xj[c], wj, sum[c][g][r]);
        }
    }
}

/* The same over n columns; returns the end of w. Even and odd columns add up apart where the registers hold
 * both, so that no sum waits for itself. The order depends on G alone, so that two channels give to the bit
 * what one gives. */
INLINE const float *add_columns(Sums sum, const int C, const int G, const int R, const float *w,
                                const float *const x[MAX_C], uint32_t n)
{
    const int column = G * R * LANES;
    uint32_t j = 0;
    if (2 * MAX_R * G + 3 <= REGISTERS && n > 1) {
        Sums odd;
        UNROLL for (int g = 0; g < G; g++)
        {
            UNROLL for (int r = 0; r < R; r++)
            {
                UNROLL for (int c = 0; c < C; c++) odd[c][g][r] = v_set(0.0f);
            }
        }
        for (; j + 2 <= n; j += 2, w += 2 * column) {
            add_column(sum, C, G, R, w, x, j);
            add_column(odd, C, G, R, w + column, x, j + 1);
        }
        UNROLL for (int g = 0; g < G; g++)
        {
            UNROLL for (int r = 0; r < R; r++)
            {
                UNROLL for (int c = 0; c < C; c++) sum[c][g][r] = v_add(sum[c][g][r], odd[c][g][r]);
            }
        }
    }
    for (; j < n; j++, w += column)
        add_column(sum, C, G, R, w, x, j);
    return w;
}

/* ---- one group of outputs, one frame ---- */

/* What a group reads and writes: all of x and the old h; the new h (out), s, z and r·h at the group's place.
 */
typedef struct Frame {
    const float *x[MAX_C], *h[MAX_C];
    float *out[MAX_C], *s[MAX_C];
    float *z[MAX_C], *rh[MAX_C]; /* scratch */
    uint32_t n_in, n_out;
} Frame;

INLINE const float *bias_and_columns(Sums sum, const Frame *f, const int C, const int G, const int R,
                                     const float *w)
{
    w = load_bias(sum, C, G, R, w);
    w = add_columns(sum, C, G, R, w, f->x, f->n_in);
    return add_columns(sum, C, G, R, w, f->h, f->n_out);
}

/* h' = n + z (h - n) */
INLINE void update(const Frame *f, int c, uint32_t at, vf z, vf n)
{
    v_store(f->out[c] + at, v_fma(z, v_sub(v_load(f->h[c] + at), n), n));
}

#define EACH(c, C, r, R) UNROLL for (int c = 0; c < (C); c++) UNROLL for (int r = 0; r < (R); r++)

INLINE const float *gru_after(const Frame *f, const int C, const int R, const float *w, uint32_t k)
{
    Sums sum;
    vf n[MAX_C][MAX_R];
    w = load_bias(sum, C, 3, R, w);
    const float *recurrent_bias = w;
    w = add_columns(sum, C, 3, R, w + R * LANES, f->x, f->n_in);
    EACH(c, C, r, R)
    {
        n[c][r] = sum[c][2][r];
        sum[c][2][r] = v_load(recurrent_bias + r * LANES);
    }
    w = add_columns(sum, C, 3, R, w, f->h, f->n_out);
    EACH(c, C, r, R)
    {
        vf z = v_sigmoid(sum[c][0][r]), reset = v_sigmoid(sum[c][1][r]);
        update(f, c, k + (uint32_t)(r * LANES), z, v_tanh(v_fma(reset, sum[c][2][r], n[c][r])));
    }
    return w;
}

INLINE const float *gru_none(const Frame *f, const int C, const int R, const float *w, uint32_t k)
{
    Sums sum;
    w = bias_and_columns(sum, f, C, 2, R, w);
    EACH(c, C, r, R)
    update(f, c, k + (uint32_t)(r * LANES), v_sigmoid(sum[c][0][r]), v_tanh(sum[c][1][r]));
    return w;
}

/* First run of a GRU with reset before: z and r·h into scratch. */
INLINE const float *gru_before_gates(const Frame *f, const int C, const int R, const float *w, uint32_t k)
{
    Sums sum;
    w = bias_and_columns(sum, f, C, 2, R, w);
    EACH(c, C, r, R)
    {
        uint32_t at = k + (uint32_t)(r * LANES);
        v_store(f->z[c] + at, v_sigmoid(sum[c][0][r]));
        v_store(f->rh[c] + at, v_mul(v_sigmoid(sum[c][1][r]), v_load(f->h[c] + at)));
    }
    return w;
}

/* Second run: the candidate from r·h. */
INLINE const float *gru_before_candidate(const Frame *f, const int C, const int R, const float *w, uint32_t k)
{
    Sums sum;
    w = load_bias(sum, C, 1, R, w);
    w = add_columns(sum, C, 1, R, w, f->x, f->n_in);
    w = add_columns(sum, C, 1, R, w, (const float *const *)f->rh, f->n_out);
    EACH(c, C, r, R)
    {
        uint32_t at = k + (uint32_t)(r * LANES);
        update(f, c, at, v_load(f->z[c] + at), v_tanh(sum[c][0][r]));
    }
    return w;
}

INLINE const float *lstm(const Frame *f, const int C, const int R, const float *w, uint32_t k)
{
    Sums sum;
    w = bias_and_columns(sum, f, C, 4, R, w);
    EACH(c, C, r, R)
    {
        uint32_t at = k + (uint32_t)(r * LANES);
        vf input = v_sigmoid(sum[c][0][r]), forget = v_sigmoid(sum[c][1][r]);
        vf s = v_fma(forget, v_load(f->s[c] + at), v_mul(input, v_tanh(sum[c][2][r])));
        v_store(f->s[c] + at, s);
        v_store(f->out[c] + at, v_mul(v_sigmoid(sum[c][3][r]), v_tanh(s)));
    }
    return w;
}

INLINE const float *rnn(const Frame *f, const int C, const int R, const float *w, uint32_t k)
{
    Sums sum;
    w = bias_and_columns(sum, f, C, 1, R, w);
    EACH(c, C, r, R)
    v_store(f->out[c] + k + r * LANES, v_tanh(sum[c][0][r]));
    return w;
}

INLINE const float *dense(const Frame *f, const int C, const int R, const float *w, uint32_t k)
{
    Sums sum;
    w = load_bias(sum, C, 1, R, w);
    w = add_columns(sum, C, 1, R, w, f->x, f->n_in);
    EACH(c, C, r, R)
    v_store(f->out[c] + k + r * LANES, sum[c][0][r]);
    return w;
}

/* ---- one layer over a block ---- */

typedef const float *(*Group)(const Frame *, const int C, const int R, const float *w, uint32_t k);

/* All groups of one frame: pairs of vectors where one channel runs, then what is left. */
INLINE const float *each_group(Group group, const Frame *f, const int C, const float *w, uint32_t n_padded)
{
    uint32_t k = 0;
    if (C == 1)
        for (; k + 2 * LANES <= n_padded; k += 2 * LANES)
            w = group(f, C, 2, w, k);
    for (; k < n_padded; k += LANES)
        w = group(f, C, 1, w, k);
    return w;
}

/* Where frame t reads and writes. The new h is its output row; the old h is the row M frames back, or the
 * stored state. */
INLINE void place(Frame *f, Group group, const GruffPacked *l, const int C, uint32_t phase,
                  const float *const *in, float *const *out, uint32_t t)
{
    const size_t H = l->n_out_padded, M = l->n_states;
    const size_t m = M == 1 ? 0 : (phase + t) % M;
    UNROLL for (int c = 0; c < C; c++)
    {
        f->x[c] = in[c] + (size_t)t * l->n_in_padded;
        f->out[c] = out[c] + (size_t)t * H;
        if (group != dense)
            f->h[c] = t < M ? l->h + ((size_t)c * M + m) * H : f->out[c] - M * H;
        if (group == lstm)
            f->s[c] = l->s + ((size_t)c * M + m) * H;
        if (group == gru_before_gates) {
            f->z[c] = l->scratch + (size_t)c * 2 * H;
            f->rh[c] = f->z[c] + H;
        }
    }
}

/* The last M rows become the stored states. */
static void keep_state(const GruffPacked *l, uint32_t phase, float *const *out, uint32_t n_frames)
{
    const size_t H = l->n_out_padded, M = l->n_states;
    for (uint32_t t = n_frames > M ? n_frames - l->n_states : 0; t < n_frames; t++)
        for (uint32_t c = 0; c < l->n_channels; c++)
            memcpy(l->h + (c * M + (phase + t) % M) * H, out[c] + t * H, H * sizeof(float));
}

INLINE void run_channels(Group first, Group second, const GruffPacked *l, const int C, uint32_t phase,
                         const float *const *in, float *const *out, uint32_t n_frames)
{
    for (uint32_t t = 0; t < n_frames; t++) {
        Frame f = {.n_in = l->n_in, .n_out = l->n_out};
        place(&f, first, l, C, phase, in, out, t);
        const float *w = each_group(first, &f, C, l->weights, l->n_out_padded);
        if (second)
            each_group(second, &f, C, w, l->n_out_padded);
    }
    if (first != dense)
        keep_state(l, phase, out, n_frames);
}

INLINE void run_layer(Group first, Group second, const GruffPacked *l, uint32_t phase, const float *const *in,
                      float *const *out, uint32_t n_frames)
{
    if (l->n_channels == 1)
        run_channels(first, second, l, 1, phase, in, out, n_frames);
    else
        run_channels(first, second, l, 2, phase, in, out, n_frames);
}

/* Few outputs from many inputs: lanes run along the inputs. */
static void run_dot(const GruffPacked *l, const float *const *in, float *const *out, uint32_t n_frames)
{
    const uint32_t n_bias = (l->n_out + LANES - 1) / LANES * LANES;
    for (uint32_t c = 0; c < l->n_channels; c++)
        for (uint32_t t = 0; t < n_frames; t++) {
            const float *x = in[c] + (size_t)t * l->n_in_padded, *w = l->weights + n_bias;
            float *y = out[c] + (size_t)t * l->n_out_padded;
            for (uint32_t k = 0; k < l->n_out; k++, w += l->n_in_padded) {
                vf sum = v_set(0.0f);
                for (uint32_t j = 0; j < l->n_in_padded; j += LANES)
                    sum = v_fma(v_load(x + j), v_load(w + j), sum);
                y[k] = v_sum(sum) + l->weights[k];
            }
        }
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

static void run(const GruffPacked *l, uint32_t phase, const float *const *in, float *const *out,
                uint32_t n_frames)
{
    switch (l->op) {
    case GRUFF_OP_GRU_AFTER:
        run_layer(gru_after, NULL, l, phase, in, out, n_frames);
        break;
    case GRUFF_OP_GRU_BEFORE:
        run_layer(gru_before_gates, gru_before_candidate, l, phase, in, out, n_frames);
        break;
    case GRUFF_OP_GRU_NONE:
        run_layer(gru_none, NULL, l, phase, in, out, n_frames);
        break;
    case GRUFF_OP_LSTM:
        run_layer(lstm, NULL, l, phase, in, out, n_frames);
        break;
    case GRUFF_OP_RNN:
        run_layer(rnn, NULL, l, phase, in, out, n_frames);
        break;
    case GRUFF_OP_DENSE:
        run_layer(dense, NULL, l, phase, in, out, n_frames);
        activate(l, out, n_frames);
        break;
    case GRUFF_OP_DOT:
        run_dot(l, in, out, n_frames);
        activate(l, out, n_frames);
        break;
    }
}
