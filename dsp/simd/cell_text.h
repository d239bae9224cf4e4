/* Cells over the vector vocabulary (vector_ISA.h, included before this): one group of outputs of a layer, one
 * frame of each channel that a vector holds.
 *
 * Functions marked INLINE take counts that are constant at each call (vectors R, sums N, partial sums P), so
 * that the loops over them unroll and the sums stay in registers. */
#ifndef GRUFF_CELL_TEXT_H
#define GRUFF_CELL_TEXT_H

#include "activation.h"
#include "frame_text.h"

/* Sums that leave room in the registers for what they add up. */
enum { SUMS = REGISTERS * 3 / 4, MAX_R = GRUFF_MAX_GROUP, MAX_P = 4 };

/* ---- sums ---- */

/* N sums, each of P parts, so that as many additions as a processor has in flight do not wait for each other;
 * half as many are in flight where 16 lanes take a unit twice as long. */
typedef vf Sums[4 * MAX_R][MAX_P];

INLINE int parts_of(const int N)
{
    return N <= 3 ? 4 : N <= (REGISTERS > 16 && LANES < 16 ? 9 : 6) ? 2 : 1;
}

INLINE void start_sums(Sums sum, const int N, const int P, const float *w)
{
    EACH(n, N)
    {
        sum[n][0] = v_load(w + n * WEIGHTS);
        UNROLL for (int p = 1; p < P; p++) sum[n][p] = v_set(0.0f);
    }
}

/* sum[n] += column · w[n] */
INLINE void add_column(Sums sum, const int N, const int p, vf column, const float *w)
{
    EACH(n, N) sum[n][p] = v_fma(column, v_load(w + n * WEIGHTS), sum[n][p]);
}

/* The same over four columns, each of which is a number of quad; the weights of each begin STEP vectors after
 * those of the last. */
INLINE void add_quad(Sums sum, const int N, const int P, vf quad, const float *w, const int STEP)
{
    UNROLL for (int i = 0; i < 4; i++) add_column(sum, N, i % P, v_lane(quad, i), w + i * STEP * WEIGHTS);
}

INLINE void add_quads(Sums sum, const int N, const int P, const float *const *x, uint32_t n_quads,
                      const float *w, const int STEP)
{
    for (uint32_t j = 0; j < n_quads; j++, w += 4 * STEP * WEIGHTS)
        add_quad(sum, N, P, v_row_quad(x, j * 4), w, STEP);
}

/* Between two rounds of a loop every sum stays in a register of its own. Left to itself gcc moves many of
 * them about and spills some. */
INLINE void keep(Sums sum, const int N, const int P)
{
    EACH(n, N) UNROLL for (int p = 0; p < P; p++) v_keep(sum[n][p]);
}

/* U h of an h in memory, from its end if f->down. */
INLINE void add_stored_h(Sums sum, const int N, const int P, const Frame *f, const float *w)
{
    const ptrdiff_t n = f->n_quads, step = f->down ? -4 : 4, first = f->down ? (n - 1) * 4 : 0;
    const float *u = w + first * N * WEIGHTS;
    for (ptrdiff_t j = 0, k = first; j < n; j++, k += step, u += step * N * WEIGHTS) {
        add_quad(sum, N, P, v_row_quad(f->h, k), u, N);
        keep(sum, N, P);
    }
}

/* I' of kernels.h. */
INLINE uint32_t columns_of_x(const Frame *f)
{
    return f->n_in < 4 ? f->n_in : (f->n_in + 3) / 4 * 4;
}

INLINE void add_x(Sums sum, const int N, const int P, const Frame *f, const float *w, const int STEP)
{
    if (f->n_in >= 4)
        add_quads(sum, N, P, f->x, (f->n_in + 3) / 4, w, STEP);
    else
        for (uint32_t j = 0; j < f->n_in; j++, w += STEP * WEIGHTS)
            add_column(sum, N, 0, v_row_number(f->x, j), w);
}

/* held: how many vectors of h are in registers, 0 if it is in memory. begin: the first numbers of h begin all
 * parts but the first. */
INLINE void add_h(Sums sum, const int N, const int P, const Frame *f, const int held, const bool begin,
                  const float *w)
{
    if (!held)
        add_stored_h(sum, N, P, f, w);
    UNROLL for (int q = 0; q < held * LANES / 4; q++)
    {
        if (q > 0 && (uint32_t)q >= f->n_quads)
            break;
        vf quad = v_quad_of(f->held[q * 4 / LANES], q % (LANES / 4));
        UNROLL for (int i = 0; i < 4; i++)
        {
            vf column = v_lane(quad, i);
            EACH(n, N)
            {
                vf u = v_load(w + ((q * 4 + i) * N + n) * WEIGHTS);
                vf *s = &sum[n][i % P];
                *s = begin && q == 0 && i % P > 0 && i < P ? v_mul(column, u) : v_fma(column, u, *s);
            }
        }
    }
}

INLINE vf total(Sums sum, const int n, const int P)
{
    vf low = P > 2 ? v_add(sum[n][0], sum[n][2]) : sum[n][0];
    vf high = P > 2 ? v_add(sum[n][1], sum[n][3]) : sum[n][1];
    return P > 1 ? v_add(low, high) : low;
}

/* bias + W x + U h of N sums in P parts; W x of the first N_X only, whose columns are STEP_X vectors apart.
 * Written twice, so that a compiler knows in each place what begins. */
INLINE void add_all(Sums sum, const int N, const int P, const Frame *f, const int held, const float *bias,
                    const float *w, const int N_X, const int STEP_X, const float *u)
{
    start_sums(sum, N, P, bias);
    if (held && f->n_in < 4) {
        add_x(sum, N_X, P, f, w, STEP_X);
        add_h(sum, N, P, f, held, true, u);
    } else {
        add_x(sum, N_X, P, f, w, STEP_X);
        add_h(sum, N, P, f, held, false, u);
    }
}

/* bias + W x + U h of N sums; they are in sum[n][0] then. */
INLINE void sum_up(Sums sum, const int N, const Frame *f, const int held, const float *w)
{
    const int P = parts_of(N);
    const float *w_x = w + N * WEIGHTS;
    add_all(sum, N, P, f, held, w, w_x, N, N, w_x + columns_of_x(f) * N * WEIGHTS);
    EACH(n, N) sum[n][0] = total(sum, n, P);
}

/* ---- one group of outputs, one frame ---- */

INLINE vf old_state(const Frame *f, const int held, uint32_t k, int r)
{
    return held ? f->held[r] : v_row(f->h, k + r * LANES);
}

INLINE void put_state(Frame *f, const int held, uint32_t k, int r, vf h)
{
    if (held)
        f->held[r] = h;
    else
        v_put(f->out, k + r * LANES, h);
}

/* The weights of the gates are halved, so that sigmoid(a) = (1 + tanh(sum)) / 2. */
INLINE vf gate(vf sum)
{
    return v_tanh_scaled(sum, v_set(0.5f), v_set(0.5f));
}

/* 1 - z, of a sum of z times log2(e). Exact to the last bits also where z is nearly 1 and a state stays for
 * long. */
INLINE vf rest_of(vf z)
{
    Power e = v_exp2(z);
    return v_div(e.under, v_add(e.over, e.under));
}

/* All sums with h in one sweep over the columns, then r U h = (1 + tanh(sum of r)) · (U h, halved), and
 * h' = (1 - z) n + z h is the last step of the candidate's tanh, whose first steps come before those of z. No
 * one waits for z, so it is of the form with less to do. */
INLINE void gru_after(Frame *f, const int R, const int held, const float *w, uint32_t k)
{
    const int P = parts_of(3 * R), Z = R, N_H = 2 * R;
    const float *w_x = w + 4 * R * WEIGHTS, *u = w_x + columns_of_x(f) * 3 * R * WEIGHTS;
    Sums sum, n_in;
    Tanh tanh_r[MAX_R];
    vf n[MAX_R];
    add_all(sum, 3 * R, P, f, held, w + R * WEIGHTS, w_x + R * WEIGHTS, 2 * R, 3 * R, u);
    EACH(i, 3 * R) sum[i][0] = total(sum, i, P);
    EACH(r, R) tanh_r[r] = v_tanh_begin(sum[r][0]);
    start_sums(n_in, R, 2, w);
    add_x(n_in, R, 2, f, w_x, 3 * R);
    EACH(r, R)
    {
        vf n_h = sum[N_H + r][0];
        n[r] = v_tanh_end(tanh_r[r], n_h, v_add(total(n_in, r, 2), n_h));
    }
    EACH(r, R)
    {
        Tanh tanh_n = v_tanh_begin(n[r]);
        vf rest = rest_of(sum[Z + r][0]), h = old_state(f, held, k, r);
        put_state(f, held, k, r, v_tanh_end(tanh_n, rest, v_fnma(rest, h, h)));
    }
}

/* The same where a layer has more to do than to wait for: every exponential has a sum for its exponent, and
 * two divisions do for three gates. With d = exp(-r), e = exp(z) and g = exp(2 n), of what comes before the
 * gates: n = n_in + n_h / (1 + d) and h' = (tanh(n) + e h) / (1 + e) = (g (e h + 1) + e h - 1) / ((1 + e) (1
 * + g)), each of them a quotient whose lower half both sides of the fraction take. */
INLINE void gru_after_exp(Frame *f, const int R, const int held, const float *w, uint32_t k)
{
    const int P = parts_of(3 * R), Z = R, N_H = 2 * R;
    const float *w_x = w + 4 * R * WEIGHTS, *u = w_x + columns_of_x(f) * 3 * R * WEIGHTS;
    Sums sum, n_in;
    Power d[MAX_R], e[MAX_R], g[MAX_R];
    vf n[MAX_R];
    add_all(sum, 3 * R, P, f, held, w + R * WEIGHTS, w_x + R * WEIGHTS, 2 * R, 3 * R, u);
    EACH(i, 3 * R) sum[i][0] = total(sum, i, P);
    EACH(r, R) d[r] = v_exp2(sum[r][0]);
    start_sums(n_in, R, 2, w);
    add_x(n_in, R, 2, f, w_x, 3 * R);
    EACH(r, R)
    n[r] = v_add(total(n_in, r, 2), v_div(v_mul(sum[N_H + r][0], d[r].under), v_add(d[r].over, d[r].under)));
    EACH(r, R)
    {
        g[r] = v_exp2(n[r]);
        e[r] = v_exp2(sum[Z + r][0]);
    }
    EACH(r, R)
    {
        vf e_h = v_mul(e[r].over, old_state(f, held, k, r)), g_1 = v_add(g[r].over, g[r].under);
        vf above = v_fma(g[r].over, v_add(e_h, e[r].under), v_mul(g[r].under, v_sub(e_h, e[r].under)));
        put_state(f, held, k, r, v_div(above, v_mul(v_add(e[r].over, e[r].under), g_1)));
    }
}

/* h' = (1 - z) n + z h */
INLINE void gru_none(Frame *f, const int R, const int held, const float *w, uint32_t k)
{
    Sums sum;
    sum_up(sum, 2 * R, f, held, w);
    EACH(r, R)
    {
        vf rest = rest_of(sum[R + r][0]), h = old_state(f, held, k, r);
        put_state(f, held, k, r, v_tanh_scaled(sum[r][0], rest, v_fnma(rest, h, h)));
    }
}

/* First run of a GRU with reset before: 1 - z and r·h into scratch. */
INLINE void gru_before_gates(Frame *f, const int R, const int held, const float *w, uint32_t k)
{
    Sums sum;
    sum_up(sum, 2 * R, f, held, w);
    EACH(r, R)
    {
        vf half = v_mul(v_set(0.5f), old_state(f, held, k, r));
        v_put(f->rh, k + r * LANES, v_tanh_scaled(sum[r][0], half, half));
        v_put(f->rest, k + r * LANES, rest_of(sum[R + r][0]));
    }
}

/* Second run: the candidate from r·h. */
INLINE void gru_before_candidate(Frame *f, const int R, const int held, const float *w, uint32_t k)
{
    const int P = parts_of(R);
    Sums sum;
    start_sums(sum, R, P, w);
    w += R * WEIGHTS;
    add_x(sum, R, P, f, w, R);
    add_quads(sum, R, P, (const float *const *)f->rh, f->n_quads, w + columns_of_x(f) * R * WEIGHTS, R);
    EACH(r, R)
    {
        vf rest = v_row(f->rest, k + r * LANES), h = old_state(f, held, k, r);
        put_state(f, held, k, r, v_tanh_scaled(total(sum, r, P), rest, v_fnma(rest, h, h)));
    }
}

INLINE void lstm(Frame *f, const int R, const int held, const float *w, uint32_t k)
{
    const int I = 0, F = R, G = 2 * R, O = 3 * R;
    Sums sum;
    vf i[MAX_R], s[MAX_R];
    sum_up(sum, 4 * R, f, held, w);
    EACH(r, R) i[r] = gate(sum[I + r][0]);
    EACH(r, R)
    {
        const uint32_t at = k + (uint32_t)r * LANES;
        vf half = v_mul(v_set(0.5f), v_row(f->s, at));
        vf kept = v_tanh_scaled(sum[F + r][0], half, half);
        s[r] = v_tanh_scaled(sum[G + r][0], i[r], kept);
        v_put(f->s, at, s[r]);
    }
    EACH(r, R) put_state(f, held, k, r, v_tanh_scaled(s[r], gate(sum[O + r][0]), v_set(0.0f)));
}

/* As gru_after_exp. With i, d, o = exp(-sum) and g = exp(2 sum): s' = (s (1 + i) (1 + g) + (g - 1) (1 + d)) /
 * ((1 + i) (1 + g) (1 + d)), h' = (c - 1) / ((c + 1) (1 + o)) with c = exp(2 s'). */
INLINE void lstm_exp(Frame *f, const int R, const int held, const float *w, uint32_t k)
{
    const int I = 0, F = R, G = 2 * R, O = 3 * R;
    const vf two_log2_e = v_set(2.0f * GRUFF_LOG2_E);
    Sums sum;
    Power i[MAX_R], g[MAX_R], d[MAX_R];
    vf s[MAX_R];
    sum_up(sum, 4 * R, f, held, w);
    EACH(r, R)
    {
        i[r] = v_exp2(sum[I + r][0]);
        g[r] = v_exp2(sum[G + r][0]);
        d[r] = v_exp2(sum[F + r][0]);
    }
    EACH(r, R)
    {
        const uint32_t at = k + (uint32_t)r * LANES;
        vf i_g = v_mul(v_add(g[r].over, g[r].under), v_add(i[r].over, i[r].under));
        vf d_1 = v_add(d[r].over, d[r].under);
        vf in = v_mul(v_mul(v_sub(g[r].over, g[r].under), i[r].under), d_1);
        s[r] = v_div(v_fma(v_mul(v_row(f->s, at), d[r].under), i_g, in), v_mul(i_g, d_1));
        v_put(f->s, at, s[r]);
    }
    EACH(r, R)
    {
        Power c = v_exp2(v_mul(s[r], two_log2_e)), o = v_exp2(sum[O + r][0]);
        vf above = v_mul(v_sub(c.over, c.under), o.under);
        put_state(f, held, k, r, v_div(above, v_mul(v_add(c.over, c.under), v_add(o.over, o.under))));
    }
}

INLINE void rnn(Frame *f, const int R, const int held, const float *w, uint32_t k)
{
    Sums sum;
    sum_up(sum, R, f, held, w);
    EACH(r, R) put_state(f, held, k, r, v_tanh(sum[r][0]));
}

INLINE void dense(Frame *f, const int R, const int held, const float *w, uint32_t k)
{
    const int P = parts_of(R);
    Sums sum;
    (void)held;
    start_sums(sum, R, P, w);
    add_x(sum, R, P, f, w + R * WEIGHTS, R);
    EACH(r, R) v_put(f->out, k + r * LANES, total(sum, r, P));
}

#endif
