/* The algorithm, once, over the vocabulary that each kernel_ISA.c includes before this (vector_ISA.h): LANES,
 * REGISTERS, vf, v_load v_store v_set v_fma (a·b + c) v_add v_sub v_mul v_div v_min v_max v_sum4, and for the
 * columns v_quad v_quad_of v_lane. Everything is static to the including file.
 *
 * Functions marked INLINE take counts that are constant at each call (channels C, vectors R, partial sums P),
 * so that the loops over them unroll and the sums stay in registers. */
#include "activation.h"

#include <string.h>

/* Vectors per group: what leaves room in the registers for two partial sums of each. */
enum { MOST_MONO = 4, MOST_STEREO = REGISTERS > 16 ? 4 : 2 };
enum { MAX_R = MOST_MONO, MAX_C = GRUFF_MAX_CHANNELS, MAX_P = 4 };

#define EACH(c, C, r, R) UNROLL for (int c = 0; c < (C); c++) UNROLL for (int r = 0; r < (R); r++)

/* ---- sums ---- */

typedef vf Outputs[MAX_C][MAX_R];

/* A state of one vector in registers: whole, and each four of it across a vector. */
typedef struct Held {
    vf h[MAX_C], quad[LANES / 4][MAX_C];
} Held;

/* What one frame of a layer reads and writes: all of x and the old h; the new h (out), s, z and r·h at the
 * group's place. */
typedef struct Frame {
    const float *x[MAX_C], *h[MAX_C];
    float *out[MAX_C], *s[MAX_C];
    float *z[MAX_C], *rh[MAX_C]; /* scratch */
    Held held;
    uint32_t n_in, n_quads; /* x; h in fours */
} Frame;

typedef vf Partial[MAX_C][MAX_R][MAX_P];

/* sum[c][r][p] += x[c] · w[r] over one column. */
INLINE void add_column(Partial sum, const int C, const int R, const int p, const float *w, const vf x[MAX_C])
{
    UNROLL for (int r = 0; r < R; r++)
    {
        vf wr = v_load(w + r * LANES);
        UNROLL for (int c = 0; c < C; c++) sum[c][r][p] = v_fma(x[c], wr, sum[c][r][p]);
    }
}

/* The same over n_quads fours of columns from memory. */
INLINE const float *add_quads(Partial sum, const int C, const int R, const int P, const float *w,
                              const float *const x[MAX_C], uint32_t n_quads)
{
    for (uint32_t j = 0; j < n_quads; j++) {
        vf quad[MAX_C];
        UNROLL for (int c = 0; c < C; c++) quad[c] = v_quad(x[c] + j * 4);
        UNROLL for (int i = 0; i < 4; i++, w += R * LANES)
        {
            vf column[MAX_C];
            UNROLL for (int c = 0; c < C; c++) column[c] = v_lane(quad[c], i);
            add_column(sum, C, R, i % P, w, column);
        }
    }
    return w;
}

/* The same over the columns of a state held in registers. */
INLINE const float *add_held(Partial sum, const int C, const int R, const int P, const float *w,
                             const Held *h)
{
    UNROLL for (int j = 0; j < LANES; j++)
    {
        vf column[MAX_C];
        UNROLL for (int c = 0; c < C; c++) column[c] = v_lane(h->quad[j / 4][c], j % 4);
        add_column(sum, C, R, j % P, w + j * R * LANES, column);
    }
    return w + LANES * R * LANES;
}

INLINE const float *add_inputs(Partial sum, const int C, const int R, const int P, const float *w,
                               const Frame *f)
{
    if (f->n_in >= 4)
        return add_quads(sum, C, R, P, w, f->x, (f->n_in + 3) / 4);
    for (uint32_t j = 0; j < f->n_in; j++, w += R * LANES)
        EACH(c, C, r, R)
    sum[c][r][0] = v_fma(v_set(f->x[c][j]), v_load(w + r * LANES), sum[c][r][0]);
    return w;
}

typedef enum From { FROM_X = 1, FROM_H = 2, FROM_RH = 4, HELD = 8 } From;

/* bias + W x + U h of R vectors; returns the end of its weights. */
INLINE const float *sum_up(Outputs out, const Frame *f, const int C, const int R, const int P, const int from,
                           const float *w)
{
    Partial sum;
    EACH(c, C, r, R)
    {
        sum[c][r][0] = v_load(w + r * LANES);
        UNROLL for (int p = 1; p < P; p++) sum[c][r][p] = v_set(0.0f);
    }
    w += R * LANES;
    if (from & FROM_X)
        w = add_inputs(sum, C, R, P, w, f);
    if ((from & FROM_H) && (from & HELD))
        w = add_held(sum, C, R, P, w, &f->held);
    else if (from & FROM_H)
        w = add_quads(sum, C, R, P, w, f->h, f->n_quads);
    if (from & FROM_RH)
        w = add_quads(sum, C, R, P, w, (const float *const *)f->rh, f->n_quads);
    EACH(c, C, r, R)
    {
        UNROLL for (int p = P / 2; p > 0; p /= 2)
        {
            UNROLL for (int i = 0; i < p; i++) sum[c][r][i] = v_add(sum[c][r][i], sum[c][r][i + p]);
        }
        out[c][r] = sum[c][r][0];
    }
    return w;
}

/* ---- one group of outputs, one frame ---- */

INLINE vf old_state(const Frame *f, const int from, int c, uint32_t at)
{
    return from & HELD ? f->held.h[c] : v_load(f->h[c] + at);
}

INLINE void put_state(Frame *f, const int from, int c, uint32_t at, vf h)
{
    v_store(f->out[c] + at, h);
    if (from & HELD)
        f->held.h[c] = h;
}

/* The weights of the gates are halved, so that sigmoid(a) = (1 + tanh(sum)) / 2. */
INLINE vf gate(vf sum)
{
    return v_tanh_scaled(sum, v_set(0.5f), v_set(0.5f));
}

/* r U h = (1 + tanh(sum of r)) · (U h, halved), and h' = (1 - z) n + z h is the last step of the candidate's
 * tanh. Each tanh begins one sum later than it could: what waits for a result keeps a processor from looking
 * further ahead, to sums that wait for nothing. */
INLINE void gru_after(Frame *f, const int C, const int R, const int P, const int held, const float *w,
                      uint32_t k)
{
    Outputs r_sum, z_sum, n_in, n_h;
    Tanh tanh_r[MAX_C][MAX_R], tanh_z[MAX_C][MAX_R], tanh_n[MAX_C][MAX_R];
    w = sum_up(r_sum, f, C, R, P, FROM_X | FROM_H | held, w);
    w = sum_up(z_sum, f, C, R, P, FROM_X | FROM_H | held, w);
    EACH(c, C, r, R) tanh_r[c][r] = v_tanh_begin(r_sum[c][r]);
    w = sum_up(n_in, f, C, R, P, FROM_X, w);
    sum_up(n_h, f, C, R, P, FROM_H | held, w);
    EACH(c, C, r, R) tanh_z[c][r] = v_tanh_begin(z_sum[c][r]);
    EACH(c, C, r, R)
    tanh_n[c][r] = v_tanh_begin(v_tanh_end(tanh_r[c][r], n_h[c][r], v_add(n_in[c][r], n_h[c][r])));
    EACH(c, C, r, R)
    {
        const uint32_t at = k + (uint32_t)(r * LANES);
        vf rest = v_tanh_end(tanh_z[c][r], v_set(-0.5f), v_set(0.5f)), h = old_state(f, held, c, at);
        put_state(f, held, c, at, v_tanh_end(tanh_n[c][r], rest, v_sub(h, v_mul(rest, h))));
    }
}

/* h' = n + z (h - n), z = (1 + tanh(sum)) / 2 */
INLINE void gru_none(Frame *f, const int C, const int R, const int P, const int held, const float *w,
                     uint32_t k)
{
    Outputs z_sum, n_sum;
    w = sum_up(n_sum, f, C, R, P, FROM_X | FROM_H | held, w);
    sum_up(z_sum, f, C, R, P, FROM_X | FROM_H | held, w);
    EACH(c, C, r, R)
    {
        const uint32_t at = k + (uint32_t)(r * LANES);
        vf n = v_tanh(n_sum[c][r]), apart = v_mul(v_set(0.5f), v_sub(old_state(f, held, c, at), n));
        put_state(f, held, c, at, v_tanh_scaled(z_sum[c][r], apart, v_add(n, apart)));
    }
}

/* First run of a GRU with reset before: z and r·h into scratch. */
INLINE void gru_before_gates(Frame *f, const int C, const int R, const int P, const int held, const float *w,
                             uint32_t k)
{
    Outputs r_sum, z_sum;
    w = sum_up(r_sum, f, C, R, P, FROM_X | FROM_H | held, w);
    sum_up(z_sum, f, C, R, P, FROM_X | FROM_H | held, w);
    EACH(c, C, r, R)
    {
        const uint32_t at = k + (uint32_t)(r * LANES);
        vf half = v_mul(v_set(0.5f), old_state(f, held, c, at));
        v_store(f->rh[c] + at, v_tanh_scaled(r_sum[c][r], half, half));
        v_store(f->z[c] + at, gate(z_sum[c][r]));
    }
}

/* Second run: the candidate from r·h. */
INLINE void gru_before_candidate(Frame *f, const int C, const int R, const int P, const int held,
                                 const float *w, uint32_t k)
{
    Outputs n_sum;
    sum_up(n_sum, f, C, R, P, FROM_X | FROM_RH, w);
    EACH(c, C, r, R)
    {
        const uint32_t at = k + (uint32_t)(r * LANES);
        vf z = v_load(f->z[c] + at), rest = v_sub(v_set(1.0f), z);
        put_state(f, held, c, at, v_tanh_scaled(n_sum[c][r], rest, v_mul(z, old_state(f, held, c, at))));
    }
}

INLINE void lstm(Frame *f, const int C, const int R, const int P, const int held, const float *w, uint32_t k)
{
    Outputs i_sum, f_sum, g_sum, o_sum;
    w = sum_up(i_sum, f, C, R, P, FROM_X | FROM_H | held, w);
    w = sum_up(f_sum, f, C, R, P, FROM_X | FROM_H | held, w);
    EACH(c, C, r, R) i_sum[c][r] = gate(i_sum[c][r]);
    w = sum_up(g_sum, f, C, R, P, FROM_X | FROM_H | held, w);
    EACH(c, C, r, R)
    {
        vf half = v_mul(v_set(0.5f), v_load(f->s[c] + k + r * LANES));
        f_sum[c][r] = v_tanh_scaled(f_sum[c][r], half, half);
    }
    sum_up(o_sum, f, C, R, P, FROM_X | FROM_H | held, w);
    EACH(c, C, r, R)
    {
        const uint32_t at = k + (uint32_t)(r * LANES);
        vf s = v_tanh_scaled(g_sum[c][r], i_sum[c][r], f_sum[c][r]);
        v_store(f->s[c] + at, s);
        put_state(f, held, c, at, v_tanh_scaled(s, gate(o_sum[c][r]), v_set(0.0f)));
    }
}

INLINE void rnn(Frame *f, const int C, const int R, const int P, const int held, const float *w, uint32_t k)
{
    Outputs sum;
    sum_up(sum, f, C, R, P, FROM_X | FROM_H | held, w);
    EACH(c, C, r, R)
    put_state(f, held, c, k + (uint32_t)(r * LANES), v_tanh(sum[c][r]));
}

INLINE void dense(Frame *f, const int C, const int R, const int P, const int held, const float *w, uint32_t k)
{
    Outputs sum;
    (void)held;
    sum_up(sum, f, C, R, P, FROM_X, w);
    EACH(c, C, r, R)
    v_store(f->out[c] + k + r * LANES, sum[c][r]);
}

/* ---- one layer over a block ---- */

typedef void (*Group)(Frame *, const int C, const int R, const int P, const int held, const float *w,
                      uint32_t k);

/* The first vector of each group, and the end. */
typedef struct Groups {
    uint32_t n, start[GRUFF_MAX_HIDDEN / LANES + 2];
} Groups;

static Groups cut(uint32_t n_vectors, uint32_t most)
{
    Groups g = {0};
    for (uint32_t v = 0; v < n_vectors; v = g.start[++g.n])
        g.start[g.n + 1] = v + gruff_pack_group(n_vectors - v, most);
    return g;
}

/* All groups of one frame, there or back again: what a frame read last is what the first-level cache still
 * has, so the next frame starts with it. No sum depends on the order. */
INLINE void each_group(Group group, Frame *f, const int C, const float *weights, const Groups *g, bool back,
                       uint32_t floats_per_output)
{
    for (uint32_t i = 0; i < g->n; i++) {
        const uint32_t at = back ? g->n - 1 - i : i, k = g->start[at] * LANES;
        const float *w = weights + (size_t)k * floats_per_output;
        switch (g->start[at + 1] - g->start[at]) {
        case 4:
            group(f, C, C == 1 || MOST_STEREO == 4 ? 4 : 1, 2, 0, w, k);
            break;
        case 3:
            group(f, C, C == 1 || MOST_STEREO == 4 ? 3 : 1, 2, 0, w, k);
            break;
        case 2:
            group(f, C, 2, 2, 0, w, k);
            break;
        default:
            group(f, C, 1, 2, 0, w, k);
        }
    }
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

INLINE void spread(Held *h, const int C)
{
    UNROLL for (int j = 0; j < LANES / 4; j++)
    {
        UNROLL for (int c = 0; c < C; c++) h->quad[j][c] = v_quad_of(h->h[c], j);
    }
}

/* A layer of one vector, its state in a register from frame to frame. */
INLINE void run_held(Group first, Group second, const GruffPacked *l, const int C, const float *const *in,
                     float *const *out, uint32_t n_frames)
{
    Frame f = {.n_in = l->n_in, .n_quads = LANES / 4};
    UNROLL for (int c = 0; c < C; c++) f.held.h[c] = v_load(l->h + c * LANES);
    for (uint32_t t = 0; t < n_frames; t++) {
        place(&f, first, l, C, 0, in, out, t);
        spread(&f.held, C);
        first(&f, C, 1, 4, HELD, l->weights, 0);
        if (second)
            second(&f, C, 1, 4, HELD, l->second, 0);
    }
    UNROLL for (int c = 0; c < C; c++) v_store(l->h + c * LANES, f.held.h[c]);
}

INLINE void run_groups(Group first, Group second, const GruffPacked *l, const int C, uint32_t phase,
                       const float *const *in, float *const *out, uint32_t n_frames)
{
    const uint32_t n_vectors = l->n_out_padded / LANES;
    const Groups g = cut(n_vectors, C == 1 ? MOST_MONO : MOST_STEREO);
    for (uint32_t t = 0; t < n_frames; t++) {
        Frame f = {.n_in = l->n_in, .n_quads = n_vectors == 1 ? LANES / 4 : (l->n_out + 3) / 4};
        place(&f, first, l, C, phase, in, out, t);
        each_group(first, &f, C, l->weights, &g, t % 2, l->floats_per_output);
        if (second)
            each_group(second, &f, C, l->second, &g, t % 2, l->second_per_output);
    }
    if (first != dense)
        keep_state(l, phase, out, n_frames);
}

INLINE void run_channels(Group first, Group second, const GruffPacked *l, const int C, uint32_t phase,
                         const float *const *in, float *const *out, uint32_t n_frames)
{
    if (first != dense && l->n_out_padded == LANES && l->n_states == 1)
        run_held(first, second, l, C, in, out, n_frames);
    else
        run_groups(first, second, l, C, phase, in, out, n_frames);
}

INLINE void run_layer(Group first, Group second, const GruffPacked *l, uint32_t phase, const float *const *in,
                      float *const *out, uint32_t n_frames)
{
    if (l->n_channels == 1)
        run_channels(first, second, l, 1, phase, in, out, n_frames);
    else
        run_channels(first, second, l, 2, phase, in, out, n_frames);
}

/* One output from many inputs: lanes run along the inputs. Four frames at once, or the last one again. */
static void run_dot_of(const float *w, float bias, uint32_t n_in_padded, const float *x, float *y,
                       size_t y_stride, uint32_t n_frames)
{
    for (uint32_t t = 0; t < n_frames; t += 4) {
        const uint32_t n = n_frames - t < 4 ? n_frames - t : 4;
        vf sum[4];
        float four[4];
        for (uint32_t i = 0; i < 4; i++) {
            const float *row = x + (size_t)(t + (i < n ? i : n - 1)) * n_in_padded;
            sum[i] = v_mul(v_load(row), v_load(w));
            for (uint32_t j = LANES; j < n_in_padded; j += LANES)
                sum[i] = v_fma(v_load(row + j), v_load(w + j), sum[i]);
        }
        v_sum4(four, sum[0], sum[1], sum[2], sum[3]);
        for (uint32_t i = 0; i < n; i++)
            y[(t + i) * y_stride] = four[i] + bias;
    }
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
