/* The algorithm, once, over the vocabulary that each kernel_ISA.c includes before this (vector_ISA.h): LANES,
 * REGISTERS, vf, v_load v_store v_set v_fma (a·b + c) v_fnma (c - a·b) v_add v_sub v_mul v_div v_min v_max
 * v_least v_sum4 v_sum (which add in the same order), and for the columns v_quad v_quad_of v_lane. Everything
 * is static to the including file.
 *
 * Functions marked INLINE take counts that are constant at each call (vectors R, sums N, partial sums P), so
 * that the loops over them unroll and the sums stay in registers. README.md beside this: what each trick
 * gains. */
#include "activation.h"
#include "head_text.h"

/* Sums that leave room in the registers for what they add up. */
#define NOINLINE static __attribute__((noinline))
enum { SUMS = REGISTERS * 3 / 4, MAX_R = GRUFF_MAX_GROUP, MAX_HELD = 3, MAX_P = 4 };

#define EACH(r, R) UNROLL for (int r = 0; r < (R); r++)

/* ---- sums ---- */

/* N sums, each of P parts, so that as many additions as a processor has in flight do not wait for each other.
 */
typedef vf Sums[4 * MAX_R][MAX_P];

INLINE int parts_of(const int N)
{
    return N <= 3 ? 4 : N <= (REGISTERS > 16 ? 8 : 6) ? 2 : 1;
}

/* What one frame of a layer and a channel reads and writes: all of x and the old h; the new h (out), s, z and
 * r·h at the group's place. */
typedef struct Frame {
    const float *x, *h;
    float *out, *s;
    float *z, *rh;          /* scratch */
    vf held[MAX_HELD];      /* the old h, then the new one, where it stays in registers */
    uint32_t n_in, n_quads; /* x; h in fours */
} Frame;

INLINE void start_sums(Sums sum, const int N, const int P, const float *w)
{
    EACH(n, N)
    {
        sum[n][0] = v_load(w + n * LANES);
        UNROLL for (int p = 1; p < P; p++) sum[n][p] = v_set(0.0f);
    }
}

/* sum[n] += column · w[n] */
INLINE void add_column(Sums sum, const int N, const int p, vf column, const float *w)
{
    EACH(n, N) sum[n][p] = v_fma(column, v_load(w + n * LANES), sum[n][p]);
}

/* The same over four columns, each of which is a number of quad; the weights of each begin STEP vectors after
 * those of the last. */
INLINE void add_quad(Sums sum, const int N, const int P, vf quad, const float *w, const int STEP)
{
    UNROLL for (int i = 0; i < 4; i++) add_column(sum, N, i % P, v_lane(quad, i), w + i * STEP * LANES);
}

INLINE void add_quads(Sums sum, const int N, const int P, const float *x, uint32_t n_quads, const float *w,
                      const int STEP)
{
    for (uint32_t j = 0; j < n_quads; j++, w += 4 * STEP * LANES)
        add_quad(sum, N, P, v_quad(x + j * 4), w, STEP);
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
        for (uint32_t j = 0; j < f->n_in; j++, w += STEP * LANES)
            add_column(sum, N, 0, v_set(f->x[j]), w);
}

/* held: how many vectors of h are in registers, 0 if it is in memory. begin: the first numbers of h begin all
 * parts but the first. */
INLINE void add_h(Sums sum, const int N, const int P, const Frame *f, const int held, const bool begin,
                  const float *w)
{
    if (!held)
        add_quads(sum, N, P, f->h, f->n_quads, w, N);
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
                vf u = v_load(w + ((q * 4 + i) * N + n) * LANES);
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
    const float *w_x = w + N * LANES;
    add_all(sum, N, P, f, held, w, w_x, N, N, w_x + columns_of_x(f) * N * LANES);
    EACH(n, N) sum[n][0] = total(sum, n, P);
}

/* ---- one group of outputs, one frame ---- */

INLINE vf old_state(const Frame *f, const int held, uint32_t k, int r)
{
    return held ? f->held[r] : v_load(f->h + k + r * LANES);
}

INLINE void put_state(Frame *f, const int held, uint32_t k, int r, vf h)
{
    if (held)
        f->held[r] = h;
    else
        v_store(f->out + k + r * LANES, h);
}

/* The weights of the gates are halved, so that sigmoid(a) = (1 + tanh(sum)) / 2. */
INLINE vf gate(vf sum)
{
    return v_tanh_scaled(sum, v_set(0.5f), v_set(0.5f));
}

/* All sums with h in one sweep over the columns, then r U h = (1 + tanh(sum of r)) · (U h, halved), and
 * h' = (1 - z) n + z h is the last step of the candidate's tanh, whose first steps come before those of z. */
INLINE void gru_after(Frame *f, const int R, const int held, const float *w, uint32_t k)
{
    const int P = parts_of(3 * R), Z = R, N_H = 2 * R;
    const float *w_x = w + 4 * R * LANES, *u = w_x + columns_of_x(f) * 3 * R * LANES;
    Sums sum, n_in;
    Tanh tanh_r[MAX_R];
    vf n[MAX_R];
    add_all(sum, 3 * R, P, f, held, w + R * LANES, w_x + R * LANES, 2 * R, 3 * R, u);
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
        vf rest = v_tanh_scaled(sum[Z + r][0], v_set(-0.5f), v_set(0.5f));
        vf h = old_state(f, held, k, r);
        put_state(f, held, k, r, v_tanh_end(tanh_n, rest, v_fnma(rest, h, h)));
    }
}

/* h' = n + z (h - n), z = (1 + tanh(sum)) / 2 */
INLINE void gru_none(Frame *f, const int R, const int held, const float *w, uint32_t k)
{
    Sums sum;
    sum_up(sum, 2 * R, f, held, w);
    EACH(r, R)
    {
        vf n = v_tanh(sum[r][0]), apart = v_mul(v_set(0.5f), v_sub(old_state(f, held, k, r), n));
        put_state(f, held, k, r, v_tanh_scaled(sum[R + r][0], apart, v_add(n, apart)));
    }
}

/* First run of a GRU with reset before: z and r·h into scratch. */
INLINE void gru_before_gates(Frame *f, const int R, const int held, const float *w, uint32_t k)
{
    Sums sum;
    sum_up(sum, 2 * R, f, held, w);
    EACH(r, R)
    {
        vf half = v_mul(v_set(0.5f), old_state(f, held, k, r));
        v_store(f->rh + k + r * LANES, v_tanh_scaled(sum[r][0], half, half));
        v_store(f->z + k + r * LANES, gate(sum[R + r][0]));
    }
}

/* Second run: the candidate from r·h. */
INLINE void gru_before_candidate(Frame *f, const int R, const int held, const float *w, uint32_t k)
{
    const int P = parts_of(R);
    Sums sum;
    start_sums(sum, R, P, w);
    w += R * LANES;
    add_x(sum, R, P, f, w, R);
    add_quads(sum, R, P, f->rh, f->n_quads, w + columns_of_x(f) * R * LANES, R);
    EACH(r, R)
    {
        vf z = v_load(f->z + k + r * LANES), rest = v_sub(v_set(1.0f), z);
        vf old = v_mul(z, old_state(f, held, k, r));
        put_state(f, held, k, r, v_tanh_scaled(total(sum, r, P), rest, old));
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
        float *at = f->s + k + r * LANES;
        vf half = v_mul(v_set(0.5f), v_load(at));
        vf kept = v_tanh_scaled(sum[F + r][0], half, half);
        s[r] = v_tanh_scaled(sum[G + r][0], i[r], kept);
        v_store(at, s[r]);
    }
    EACH(r, R) put_state(f, held, k, r, v_tanh_scaled(s[r], gate(sum[O + r][0]), v_set(0.0f)));
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
    add_x(sum, R, P, f, w + R * LANES, R);
    EACH(r, R) v_store(f->out + k + r * LANES, total(sum, r, P));
}

/* ---- one layer over a block ---- */

/* Each group size of each kind of layer is a function of its own: in one of them a compiler keeps all sums in
 * registers, in many at once it does not. */
typedef void (*Group)(Frame *, const float *w, uint32_t k);
typedef void (*Held)(const GruffPacked *, const float *const *in, float *const *out, uint32_t n_frames);

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
    static const Group op##_groups[] = {NULL, op##_1, op##_2, op##_3, op##_4};

GROUPS(gru_after)
GROUPS(gru_none)
GROUPS(gru_before_gates)
GROUPS(gru_before_candidate)
GROUPS(lstm)
GROUPS(rnn)
GROUPS(dense)

/* Where frame t of channel c reads and writes. The new h is its output row; the old h is the row M frames
 * back, or the stored state. */
INLINE void place(Frame *f, const GruffPacked *l, uint32_t phase, const float *const *in, float *const *out,
                  uint32_t c, uint32_t t)
{
    const size_t H = l->n_out_padded, M = l->n_states;
    const size_t m = (c * M + (M == 1 ? 0 : (phase + t) % M)) * H;
    f->x = in[c] + (size_t)t * l->n_in_padded;
    f->out = out[c] + (size_t)t * H;
    if (l->h)
        f->h = t < M ? l->h + m : f->out - M * H;
    if (l->s)
        f->s = l->s + m;
    if (l->scratch) {
        f->z = l->scratch + (size_t)c * 2 * H;
        f->rh = f->z + H;
    }
}

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

/* All groups of one frame, each for every channel in turn: then a weight is in the first-level cache for the
 * second one. There or back again: what a frame read last is what that cache still has, so the next frame
 * starts with it. No sum depends on the order. */
INLINE void run_frame(const Group *groups, Frame *f, const GruffPacked *l, const float *weights,
                      uint32_t floats_per_output, bool back)
{
    for (uint32_t i = 0; i < l->n_groups; i++) {
        const uint32_t *start = l->group_start + (back ? l->n_groups - 1 - i : i), k = start[0] * LANES;
        const Group group = groups[start[1] - start[0]];
        for (uint32_t c = 0; c < l->n_channels; c++)
            group(&f[c], weights + (size_t)k * floats_per_output, k);
    }
}

static void run_groups(const Group *first, const Group *second, const GruffPacked *l, uint32_t phase,
                       const float *const *in, float *const *out, uint32_t n_frames)
{
    const Frame start = {.n_in = l->n_in, .n_quads = (l->n_out + 3) / 4};
    Frame f[GRUFF_MAX_CHANNELS] = {start, start};
    for (uint32_t t = 0; t < n_frames; t++) {
        const bool back = (phase + t) % 2;
        for (uint32_t c = 0; c < l->n_channels; c++)
            place(&f[c], l, phase, in, out, c, t);
        run_frame(first, f, l, l->weights, l->floats_per_output, back);
        if (second)
            run_frame(second, f, l, l->second, l->second_per_output, back);
    }
    if (l->h)
        keep_state(l, phase, out, n_frames);
}

/* ---- the same with the state in registers from frame to frame ---- */

/* A head of one output on the state; layout as of GRUFF_OP_DOT. */
INLINE float head_of(const float *head, const vf *h, const int R)
{
    vf sum = v_mul(h[0], v_load(head + LANES));
    UNROLL for (int r = 1; r < R; r++) sum = v_fma(h[r], v_load(head + (1 + r) * LANES), sum);
    return v_sum(sum) + head[0];
}

/* R vectors in one group on C channels: what one waits for leaves a processor time for the other. */
INLINE void run_held(void (*first)(Frame *, int R, int held, const float *, uint32_t),
                     void (*second)(Frame *, int R, int held, const float *, uint32_t), const GruffPacked *l,
                     const int C, const int R, const float *const *in, float *const *out, uint32_t n_frames)
{
    const Frame start = {.n_in = l->n_in, .n_quads = (l->n_out + 3) / 4};
    Frame f[GRUFF_MAX_CHANNELS] = {start, start};
    UNROLL for (int c = 0; c < C; c++)
    {
        place(&f[c], l, 0, in, out, (uint32_t)c, 0);
        EACH(r, R) f[c].held[r] = v_load(l->h + (c * R + r) * LANES);
    }
    for (uint32_t t = 0; t < n_frames; t++)
        UNROLL for (int c = 0; c < C; c++)
        {
            first(&f[c], R, R, l->weights, 0);
            if (second)
                second(&f[c], R, R, l->second, 0);
            f[c].x += l->n_in_padded;
            if (l->head)
                out[c][t] = head_of(l->head, f[c].held, R);
            else
                EACH(r, R) v_store(out[c] + ((size_t)t * R + r) * LANES, f[c].held[r]);
        }
    UNROLL for (int c = 0; c < C; c++) EACH(r, R) v_store(l->h + (c * R + r) * LANES, f[c].held[r]);
}

#define HELD(first, second, C, R)                                                                      \
    NOINLINE void first##_held_##C##R(const GruffPacked *l, const float *const *in, float *const *out, \
                                      uint32_t n_frames)                                               \
    {                                                                                                  \
        run_held(first, second, l, C, R, in, out, n_frames);                                           \
    }
#define HELDS(first, second)                                          \
    HELD(first, second, 1, 1)                                         \
    HELD(first, second, 1, 2)                                         \
    HELD(first, second, 1, 3)                                         \
    HELD(first, second, 2, 1)                                         \
    HELD(first, second, 2, 2)                                         \
    HELD(first, second, 2, 3)                                         \
    static const Held first##_helds[GRUFF_MAX_CHANNELS][MAX_HELD] = { \
        {first##_held_11, first##_held_12, first##_held_13},          \
        {first##_held_21, first##_held_22, first##_held_23}};

HELDS(gru_after, NULL)
HELDS(gru_none, NULL)
HELDS(gru_before_gates, gru_before_candidate)
HELDS(lstm, NULL)
HELDS(rnn, NULL)

INLINE void run_layer(const Group *first, const Group *second, const Held held[][MAX_HELD],
                      const GruffPacked *l, uint32_t phase, const float *const *in, float *const *out,
                      uint32_t n_frames)
{
    if (l->holds)
        held[l->n_channels - 1][l->n_out_padded / LANES - 1](l, in, out, n_frames);
    else
        run_groups(first, second, l, phase, in, out, n_frames);
}

static void run(const GruffPacked *l, uint32_t phase, const float *const *in, float *const *out,
                uint32_t n_frames)
{
    switch (l->op) {
    case GRUFF_OP_GRU_AFTER:
        run_layer(gru_after_groups, NULL, gru_after_helds, l, phase, in, out, n_frames);
        break;
    case GRUFF_OP_GRU_BEFORE:
        run_layer(gru_before_gates_groups, gru_before_candidate_groups, gru_before_gates_helds, l, phase, in,
                  out, n_frames);
        break;
    case GRUFF_OP_GRU_NONE:
        run_layer(gru_none_groups, NULL, gru_none_helds, l, phase, in, out, n_frames);
        break;
    case GRUFF_OP_LSTM:
        run_layer(lstm_groups, NULL, lstm_helds, l, phase, in, out, n_frames);
        break;
    case GRUFF_OP_RNN:
        run_layer(rnn_groups, NULL, rnn_helds, l, phase, in, out, n_frames);
        break;
    case GRUFF_OP_DENSE:
        run_layer(dense_groups, NULL, NULL, l, phase, in, out, n_frames);
        activate(l, out, n_frames);
        break;
    case GRUFF_OP_DOT:
        run_dot(l, in, out, n_frames);
        activate(l, out, n_frames);
        break;
    }
}
