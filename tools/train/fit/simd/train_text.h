/* The trainer's kernels, once, over the vocabulary that each train_ISA.c includes before this (vector_ISA.h).
 *
 * Functions marked INLINE take counts that are constant at each call (rows R and columns C of a tile), so
 * that their loops unroll and the sums stay in registers. */
#include "activation.h"

#ifndef ROW_VECTORS
#define ROW_VECTORS 2
#endif

#include <string.h>

enum {
    V = ROW_VECTORS,
    W = V * LANES,
    ROWS = REGISTERS == 32 ? 8 : 6, /* of a product's tile: ROWS · V sums */
    TILE_ROWS = 4,                  /* of an outer product's tile… */
    TILE_COLUMNS = REGISTERS == 32 ? 4 : 2,
    LINE = 16 /* floats that memory hands over at once */
};

#if defined(__clang__)
#define UNROLL16 _Pragma("unroll")
#else
#define UNROLL16 _Pragma("GCC unroll 16")
#endif
#define EACH_V(v) UNROLL for (int v = 0; v < V; v++)

static inline size_t row(size_t k)
{
    return k * W;
}

/* ---- products: out = bias + Wx x + Wh h ----
 *
 * A packed matrix holds blocks of R rows, R = ROWS while they last, then 4, 2, 1: per block bias[R], then for
 * each column R weights. */

#define EACH_BLOCK(k, n_rows, DO)         \
    for (; k + ROWS <= n_rows; k += ROWS) \
        DO(ROWS);                         \
    for (; k + 4 <= n_rows; k += 4)       \
        DO(4);                            \
    for (; k + 2 <= n_rows; k += 2)       \
        DO(2);                            \
    for (; k < n_rows; k++)               \
    DO(1)

/* Memory that the step to come needs and that was last touched a window ago: asked for while this one's sums
 * are made, two lines a column. */
typedef struct Ahead {
    const float *at, *end;
} Ahead;

INLINE void ask(Ahead *ahead)
{
    __builtin_prefetch(ahead->at, 0, 2);
    __builtin_prefetch(ahead->at + LINE, 0, 2);
    ahead->at += ahead->at < ahead->end ? 2 * LINE : 0;
}

INLINE const float *add_columns(vf sum[ROWS][V], const int R, const float *w, const float *x, uint32_t n,
                                Ahead *ahead)
{
    for (uint32_t j = 0; j < n; j++, w += R, x += W) {
        if (ahead)
            ask(ahead);
        vf xj[V];
        EACH_V(v) xj[v] = v_load(x + v * LANES);
        UNROLL16 for (int r = 0; r < R; r++)
        {
            vf wr = v_set(w[r]);
            EACH_V(v) sum[r][v] = v_fma(wr, xj[v], sum[r][v]);
        }
    }
    return w;
}

INLINE const float *product_block(const TrainMatrix *m, const int R, const float *w, const float *x,
                                  const float *h, float *out, const bool add, Ahead *ahead)
{
    vf sum[ROWS][V];
    UNROLL16 for (int r = 0; r < R; r++) EACH_V(v) sum[r][v] =
        add ? v_load(out + r * W + v * LANES) : v_set(w[r]);
    w = add_columns(sum, R, w + R, x, m->n_x, ahead);
    w = add_columns(sum, R, w, h, m->n_h, ahead);
    UNROLL16 for (int r = 0; r < R; r++) EACH_V(v) v_store(out + r * W + v * LANES, sum[r][v]);
    return w;
}

/* out[n_rows][W] = bias + m [x, h], or that added to what is there. x[n_x][W], h[n_h][W]; ahead or NULL. */
static void product(const TrainMatrix *m, const float *x, const float *h, float *out, Ahead *ahead)
{
    const float *w = m->packed;
    uint32_t k = 0;
#define DO(R) w = product_block(m, R, w, x, h, out + row(k), false, ahead)
    EACH_BLOCK(k, m->n_rows, DO);
#undef DO
}

static void product_add(const TrainMatrix *m, const float *x, const float *h, float *out, Ahead *ahead)
{
    const float *w = m->packed;
    uint32_t k = 0;
#define DO(R) w = product_block(m, R, w, x, h, out + row(k), true, ahead)
    EACH_BLOCK(k, m->n_rows, DO);
#undef DO
}

/* ---- packing ---- */

/* Where a matrix's numbers come from: row r's bias is sum of bias[r]; its weights w[r][j], stepping by
 * strides. NULL: 0. */
typedef struct Source {
    const float *bias[2];
    const float *x, *h;
    size_t x_row, x_column, h_row, h_column; /* strides */
} Source;

static float *pack_block(const TrainMatrix *m, uint32_t R, const Source *s, uint32_t k, float *to)
{
    for (uint32_t r = 0; r < R; r++)
        *to++ = (s->bias[0] ? s->bias[0][k + r] : 0.0f) + (s->bias[1] ? s->bias[1][k + r] : 0.0f);
    for (uint32_t j = 0; j < m->n_x; j++)
        for (uint32_t r = 0; r < R; r++)
            *to++ = s->x[(k + r) * s->x_row + j * s->x_column];
    for (uint32_t j = 0; j < m->n_h; j++)
        for (uint32_t r = 0; r < R; r++)
            *to++ = s->h[(k + r) * s->h_row + j * s->h_column];
    return to;
}

static void pack_matrix(const TrainMatrix *m, const Source *s)
{
    float *to = m->packed;
    uint32_t k = 0;
#define DO(R) to = pack_block(m, R, s, k, to)
    EACH_BLOCK(k, m->n_rows, DO);
#undef DO
}

/* Transposed matrices: rows of w are columns here. */
static void pack_transposed(const TrainMatrix *m, const float *w, const float *w2, size_t n)
{
    pack_matrix(m, &(Source){.x = w, .x_row = 1, .x_column = n, .h = w2, .h_row = 1, .h_column = n});
}

static void pack(const TrainWeights *l)
{
    const TrainCell *cell = &train_cells[l->op];
    const size_t H = l->n_units, I = l->n_in;
    const TrainArrays *a = &l->at;
    for (int p = 0; p < cell->n_pieces; p++) {
        const TrainPiece *piece = &cell->piece[p];
        const size_t x = (size_t)piece->x_gate * H, h = (size_t)piece->h_gate * H;
        const bool has_x = piece->x_gate >= 0, has_h = piece->h_gate >= 0;
        pack_matrix(&l->forward[p], &(Source){
                                        .bias = {has_x ? a->b + x : NULL, has_h ? a->c + h : NULL},
                                        .x = has_x ? a->w + x * I : NULL,
                                        .h = has_h ? a->u + h * H : NULL,
                                        .x_row = I,
                                        .x_column = 1,
                                        .h_row = H,
                                        .h_column = 1,
                                    });
    }
    const size_t last = 2 * H; /* gate n of a GRU */
    switch (l->op) {
    case TRAIN_GRU_AFTER:
        pack_transposed(&l->to_h, a->u, NULL, H);
        pack_transposed(&l->to_x, a->w, a->w + last * I, I);
        break;
    case TRAIN_GRU_BEFORE:
        pack_transposed(&l->to_h, a->u, NULL, H);
        pack_transposed(&l->to_reset, a->u + last * H, NULL, H);
        pack_transposed(&l->to_x, a->w, NULL, I);
        break;
    case TRAIN_GRU_NONE:
        pack_transposed(&l->to_h, a->u, a->u + last * H, H);
        pack_transposed(&l->to_x, a->w, a->w + last * I, I);
        break;
    case TRAIN_LSTM:
    case TRAIN_RNN:
        pack_transposed(&l->to_h, a->u, NULL, H);
        pack_transposed(&l->to_x, a->w, NULL, I);
        break;
    case TRAIN_HEAD:
        pack_transposed(&l->to_x, a->w, NULL, I);
        break;
    }
}

/* ---- forward: the cells ---- */

/* One step's rows. */
typedef struct Step {
    float *tape, *d, *spare;
    Ahead ahead;        /* the tape of the step to come */
    const float *h, *s; /* before */
    float *h_new, *s_new;
    float *dh, *ds; /* in: by the step's outputs; out: by the state before, without what comes through to_h */
    size_t H;       /* floats per slot */
} Step;

#define EACH_UNIT(at, step) for (size_t at = 0; at < (step)->H; at += LANES)

static void gru_after(const Step *e)
{
    float *z = e->tape, *r = z + e->H, *q = r + e->H, *n = q + e->H;
    EACH_UNIT(k, e)
    {
        vf zk = v_sigmoid(v_load(z + k)), rk = v_sigmoid(v_load(r + k));
        vf nk = v_tanh(v_fma(rk, v_load(q + k), v_load(n + k)));
        v_store(z + k, zk);
        v_store(r + k, rk);
        v_store(n + k, nk);
        v_store(e->h_new + k, v_fma(zk, v_sub(v_load(e->h + k), nk), nk));
    }
}

static void gru_none(const Step *e)
{
    float *z = e->tape, *n = z + e->H;
    EACH_UNIT(k, e)
    {
        vf zk = v_sigmoid(v_load(z + k)), nk = v_tanh(v_load(n + k));
        v_store(z + k, zk);
        v_store(n + k, nk);
        v_store(e->h_new + k, v_fma(zk, v_sub(v_load(e->h + k), nk), nk));
    }
}

static void gru_before_gates(const Step *e)
{
    float *z = e->tape, *r = z + e->H, *p = r + 2 * e->H;
    EACH_UNIT(k, e)
    {
        vf rk = v_sigmoid(v_load(r + k));
        v_store(z + k, v_sigmoid(v_load(z + k)));
        v_store(r + k, rk);
        v_store(p + k, v_mul(rk, v_load(e->h + k)));
    }
}

static void gru_before(const Step *e)
{
    float *z = e->tape, *n = z + 2 * e->H;
    EACH_UNIT(k, e)
    {
        vf nk = v_tanh(v_load(n + k));
        v_store(n + k, nk);
        v_store(e->h_new + k, v_fma(v_load(z + k), v_sub(v_load(e->h + k), nk), nk));
    }
}

static void lstm(const Step *e)
{
    float *i = e->tape, *f = i + e->H, *g = f + e->H, *o = g + e->H, *t = o + e->H;
    EACH_UNIT(k, e)
    {
        vf ik = v_sigmoid(v_load(i + k)), fk = v_sigmoid(v_load(f + k));
        vf gk = v_tanh(v_load(g + k)), ok = v_sigmoid(v_load(o + k));
        vf sk = v_fma(fk, v_load(e->s + k), v_mul(ik, gk)), tk = v_tanh(sk);
        v_store(i + k, ik);
        v_store(f + k, fk);
        v_store(g + k, gk);
        v_store(o + k, ok);
        v_store(t + k, tk);
        v_store(e->s_new + k, sk);
        v_store(e->h_new + k, v_mul(ok, tk));
    }
}

static void rnn(const Step *e)
{
    EACH_UNIT(k, e)
    {
        vf nk = v_tanh(v_load(e->tape + k));
        v_store(e->tape + k, nk);
        v_store(e->h_new + k, nk);
    }
}

static void forward_step(const TrainWeights *l, Step *e, const float *x)
{
    const TrainCell *cell = &train_cells[l->op];
    for (int p = 0; p < cell->n_pieces; p++) {
        const TrainPiece *piece = &cell->piece[p];
        if (piece->reset)
            gru_before_gates(e);
        product(&l->forward[p], x, piece->reset ? e->tape + 3 * e->H : e->h,
                e->tape + (size_t)piece->slot * e->H, &e->ahead);
    }
    switch (l->op) {
    case TRAIN_GRU_AFTER:
        gru_after(e);
        break;
    case TRAIN_GRU_BEFORE:
        gru_before(e);
        break;
    case TRAIN_GRU_NONE:
        gru_none(e);
        break;
    case TRAIN_LSTM:
        lstm(e);
        break;
    case TRAIN_RNN:
        rnn(e);
        break;
    case TRAIN_HEAD:
        break;
    }
}

/* Floats of a step's tape, and of its d: one row more, lest the same rows of many steps fall on the same
 * lines of the cache. */
static size_t tape_size(const TrainWeights *l)
{
    return row((size_t)train_cells[l->op].n_slots * l->n_units);
}

static size_t d_size(const TrainWeights *l)
{
    return tape_size(l) + W;
}

/* Step t of a chunk that begins at `from`; next: the step to come, or t. */
static Step step_at(const TrainWeights *l, const TrainPass *pass, uint32_t from, uint32_t t, uint32_t next)
{
    const size_t H = row(l->n_units), S = tape_size(l);
    return (Step){
        .tape = pass->tape + t * S,
        .d = pass->d + (t - from) * d_size(l),
        .spare = pass->spare,
        .ahead = {pass->tape + next * S, pass->tape + (next + 1) * S},
        .h = pass->h + t * H,
        .h_new = pass->h + (t + 1) * H,
        .s = l->op == TRAIN_LSTM ? pass->s + t * H : NULL,
        .s_new = l->op == TRAIN_LSTM ? pass->s + (t + 1) * H : NULL,
        .dh = pass->dh,
        .ds = pass->ds,
        .H = H,
    };
}

static void forward(const TrainWeights *l, const TrainPass *pass, const float *x, uint32_t from, uint32_t to)
{
    const uint64_t mode = gruff_fpu_flush();
    for (uint32_t t = from; t < to; t++) {
        const float *xt = x + row((size_t)t * l->n_in);
        if (l->op == TRAIN_HEAD) {
            product(&l->forward[0], xt, NULL, pass->h + row((size_t)(t + 1) * l->n_units), NULL);
        } else {
            Step step = step_at(l, pass, from, t, t + 1 < to ? t + 1 : t);
            forward_step(l, &step, xt);
        }
    }
    gruff_fpu_restore(mode);
}

/* ---- backward: the cells ----
 *
 * Each takes dh (by h') and leaves in d what its slots say, and in dh what flows straight from h' to h. */

/* y' for y = sigmoid(a), y = tanh(a). */
INLINE vf sigmoid_slope(vf y)
{
    return v_sub(y, v_mul(y, y));
}

INLINE vf tanh_slope(vf y)
{
    return v_sub(v_set(1.0f), v_mul(y, y));
}

static void gru_after_back(const Step *e)
{
    const float *z = e->tape, *r = z + e->H, *q = r + e->H, *n = q + e->H;
    float *dz = e->d, *dr = dz + e->H, *dq = dr + e->H, *dn = dq + e->H;
    EACH_UNIT(k, e)
    {
        vf dh = v_load(e->dh + k), zk = v_load(z + k), rk = v_load(r + k), nk = v_load(n + k);
        vf straight = v_mul(dh, zk);
        vf dnk = v_mul(v_sub(dh, straight), tanh_slope(nk));
        v_store(dz + k, v_mul(v_mul(dh, v_sub(v_load(e->h + k), nk)), sigmoid_slope(zk)));
        v_store(dr + k, v_mul(v_mul(dnk, v_load(q + k)), sigmoid_slope(rk)));
        v_store(dq + k, v_mul(dnk, rk));
        v_store(dn + k, dnk);
        v_store(e->dh + k, straight);
    }
}

static void gru_none_back(const Step *e)
{
    const float *z = e->tape, *n = z + e->H;
    float *dz = e->d, *dn = dz + e->H;
    EACH_UNIT(k, e)
    {
        vf dh = v_load(e->dh + k), zk = v_load(z + k), nk = v_load(n + k), straight = v_mul(dh, zk);
        v_store(dz + k, v_mul(v_mul(dh, v_sub(v_load(e->h + k), nk)), sigmoid_slope(zk)));
        v_store(dn + k, v_mul(v_sub(dh, straight), tanh_slope(nk)));
        v_store(e->dh + k, straight);
    }
}

static void gru_before_back(const TrainWeights *l, const Step *e)
{
    const float *z = e->tape, *r = z + e->H, *n = r + e->H;
    float *dz = e->d, *dr = dz + e->H, *dn = dr + e->H, *dp = e->spare;
    EACH_UNIT(k, e)
    {
        vf dh = v_load(e->dh + k), zk = v_load(z + k), nk = v_load(n + k), straight = v_mul(dh, zk);
        v_store(dz + k, v_mul(v_mul(dh, v_sub(v_load(e->h + k), nk)), sigmoid_slope(zk)));
        v_store(dn + k, v_mul(v_sub(dh, straight), tanh_slope(nk)));
        v_store(e->dh + k, straight);
    }
    product(&l->to_reset, dn, NULL, dp, NULL);
    EACH_UNIT(k, e)
    {
        vf dpk = v_load(dp + k), rk = v_load(r + k);
        v_store(dr + k, v_mul(v_mul(dpk, v_load(e->h + k)), sigmoid_slope(rk)));
        v_store(e->dh + k, v_fma(dpk, rk, v_load(e->dh + k)));
    }
}

static void lstm_back(const Step *e)
{
    const float *i = e->tape, *f = i + e->H, *g = f + e->H, *o = g + e->H, *t = o + e->H;
    float *di = e->d, *df = di + e->H, *dg = df + e->H, *dout = dg + e->H;
    EACH_UNIT(k, e)
    {
        vf dh = v_load(e->dh + k), tk = v_load(t + k);
        vf ik = v_load(i + k), fk = v_load(f + k), gk = v_load(g + k), ok = v_load(o + k);
        vf ds = v_fma(v_mul(dh, ok), tanh_slope(tk), v_load(e->ds + k));
        v_store(di + k, v_mul(v_mul(ds, gk), sigmoid_slope(ik)));
        v_store(df + k, v_mul(v_mul(ds, v_load(e->s + k)), sigmoid_slope(fk)));
        v_store(dg + k, v_mul(v_mul(ds, ik), tanh_slope(gk)));
        v_store(dout + k, v_mul(v_mul(dh, tk), sigmoid_slope(ok)));
        v_store(e->ds + k, v_mul(ds, fk));
        v_store(e->dh + k, v_set(0.0f));
    }
}

static void rnn_back(const Step *e)
{
    EACH_UNIT(k, e)
    {
        v_store(e->d + k, v_mul(v_load(e->dh + k), tanh_slope(v_load(e->tape + k))));
        v_store(e->dh + k, v_set(0.0f));
    }
}

static void backward_step(const TrainWeights *l, Step *e, const float *dout)
{
    EACH_UNIT(k, e) v_store(e->dh + k, v_add(v_load(e->dh + k), v_load(dout + k)));
    const float *second = e->d; /* the slot of to_h's second columns, if it has any */
    switch (l->op) {
    case TRAIN_GRU_AFTER:
        gru_after_back(e);
        break;
    case TRAIN_GRU_BEFORE:
        gru_before_back(l, e);
        break;
    case TRAIN_GRU_NONE:
        gru_none_back(e);
        second = e->d + e->H;
        break;
    case TRAIN_LSTM:
        lstm_back(e);
        break;
    case TRAIN_RNN:
        rnn_back(e);
        break;
    case TRAIN_HEAD:
        break;
    }
    product_add(&l->to_h, e->d, second, e->dh, &e->ahead);
}

/* ---- backward: the weights ---- */

/* An outer product, summed over steps and streams: to[k][j] += d[k] x[j], and ones[k] += d[k]. */
typedef struct Outer {
    const float *d, *x;
    size_t d_step, x_step; /* from one time to the next */
    uint32_t n_d, n_x, n_steps;
    float *to;
    size_t to_row;
    float *ones[2]; /* NULL: none */
} Outer;

INLINE void add_sums(const vf *sum, const int C, float *to)
{
    float all[4];
    if (C == 4)
        v_sum4(all, sum[0], sum[1], sum[2], sum[3]);
    for (int c = 0; c < C; c++)
        to[c] += C == 4 ? all[c] : v_sum(sum[c]);
}

/* R rows by C columns; with ones, one column more. */
INLINE void outer_tile(const Outer *o, const int R, const int C, const bool ones, uint32_t k, uint32_t j)
{
    vf sum[TILE_ROWS][TILE_COLUMNS], one[TILE_ROWS];
    UNROLL for (int r = 0; r < R; r++)
    {
        UNROLL for (int c = 0; c < C; c++) sum[r][c] = v_set(0.0f);
        one[r] = v_set(0.0f);
    }
    const float *d = o->d + row(k), *x = o->x + row(j);
    for (uint32_t t = 0; t < o->n_steps; t++, d += o->d_step, x += o->x_step)
        EACH_V(v)
        {
            vf xc[TILE_COLUMNS];
            UNROLL for (int c = 0; c < C; c++) xc[c] = v_load(x + c * W + v * LANES);
            UNROLL for (int r = 0; r < R; r++)
            {
                vf dr = v_load(d + r * W + v * LANES);
                UNROLL for (int c = 0; c < C; c++) sum[r][c] = v_fma(dr, xc[c], sum[r][c]);
                if (ones)
                    one[r] = v_add(one[r], dr);
            }
        }
    UNROLL for (int r = 0; r < R; r++) add_sums(sum[r], C, o->to + (k + (uint32_t)r) * o->to_row + j);
    for (int i = 0; ones && i < 2 && o->ones[i]; i++)
        for (int r = 0; r < R; r++)
            o->ones[i][k + (uint32_t)r] += v_sum(one[r]);
}

INLINE void outer_rows(const Outer *o, const int R, uint32_t k)
{
    uint32_t j = 0;
    if (o->ones[0])
        outer_tile(o, R, 1, true, k, j++);
    for (; j + TILE_COLUMNS <= o->n_x; j += TILE_COLUMNS)
        outer_tile(o, R, TILE_COLUMNS, false, k, j);
    for (; j < o->n_x; j++)
        outer_tile(o, R, 1, false, k, j);
}

static void outer(const Outer *o)
{
    uint32_t k = 0;
    for (; k + TILE_ROWS <= o->n_d; k += TILE_ROWS)
        outer_rows(o, TILE_ROWS, k);
    for (; k < o->n_d; k++)
        outer_rows(o, 1, k);
}

static void weight_gradients(const TrainWeights *l, const TrainPass *pass, const float *x,
                             const TrainArrays *g, uint32_t from, uint32_t to)
{
    const TrainCell *cell = &train_cells[l->op];
    const size_t H = row(l->n_units), I = row(l->n_in), S = (size_t)cell->n_slots * H;
    for (int p = 0; p < cell->n_pieces; p++) {
        const TrainPiece *piece = &cell->piece[p];
        const bool has_x = piece->x_gate >= 0, has_h = piece->h_gate >= 0;
        const size_t x_gate = has_x ? (size_t)piece->x_gate * l->n_units : 0,
                     h_gate = has_h ? (size_t)piece->h_gate * l->n_units : 0;
        Outer o = {
            .d = pass->d + (size_t)piece->slot * H,
            .d_step = d_size(l),
            .n_d = (uint32_t)piece->n_slots * l->n_units,
            .n_steps = to - from,
        };
        if (has_x) {
            o.x = x + from * I;
            o.x_step = I;
            o.n_x = l->n_in;
            o.to = g->w + x_gate * l->n_in;
            o.to_row = l->n_in;
            o.ones[0] = g->b + x_gate;
            o.ones[1] = has_h ? g->c + h_gate : NULL;
            outer(&o);
        }
        if (has_h) {
            o.x = piece->reset ? pass->tape + from * S + 3 * H : pass->h + from * H;
            o.x_step = piece->reset ? S : H;
            o.n_x = l->n_units;
            o.to = g->u + h_gate * l->n_units;
            o.to_row = l->n_units;
            o.ones[0] = has_x ? NULL : g->c + h_gate;
            o.ones[1] = NULL;
            outer(&o);
        }
    }
}

static void head_backward(const TrainWeights *l, const float *x, const float *dout, float *dx,
                          const TrainArrays *g, uint32_t from, uint32_t to)
{
    const size_t H = row(l->n_units), I = row(l->n_in);
    const Outer o = {
        .d = dout,
        .x = x + from * I,
        .d_step = H,
        .x_step = I,
        .n_d = l->n_units,
        .n_x = l->n_in,
        .n_steps = to - from,
        .to = g->w,
        .to_row = l->n_in,
        .ones = {g->b, NULL},
    };
    outer(&o);
    for (uint32_t t = 0; t < to - from; t++)
        product(&l->to_x, dout + t * H, NULL, dx + t * I, NULL);
}

static void backward(const TrainWeights *l, const TrainPass *pass, const float *x, const float *dout,
                     float *dx, const TrainArrays *gradient, uint32_t from, uint32_t to)
{
    const uint64_t mode = gruff_fpu_flush();
    const size_t H = row(l->n_units);
    if (l->op == TRAIN_HEAD) {
        head_backward(l, x, dout, dx, gradient, from, to);
    } else {
        const size_t second = l->op == TRAIN_GRU_AFTER ? 3 * H : l->op == TRAIN_GRU_NONE ? H : 0;
        for (uint32_t t = to; t-- > from;) {
            Step step = step_at(l, pass, from, t, t ? t - 1 : t);
            backward_step(l, &step, dout + (t - from) * H);
            if (dx)
                product(&l->to_x, step.d, step.d + second, dx + row((size_t)(t - from) * l->n_in), NULL);
        }
        weight_gradients(l, pass, x, gradient, from, to);
    }
    gruff_fpu_restore(mode);
}

/* ---- the loss ---- */

static void loss(TrainLoss *l, float *y, const float *target, const float *mask, uint32_t hop, uint32_t n)
{
    double pre_sum = 0.0, plain_sum = 0.0, dc_sum = 0.0;
    for (int v = 0; v < V; v++, y += LANES, target += LANES, mask += LANES) {
        const vf a = v_set(l->pre_emphasis), pre_scale = v_set(2.0f * l->pre_scale);
        const vf plain_scale = v_set(2.0f * l->plain_scale);
        vf before = v_load(l->before + v * LANES), sum = v_set(0.0f);
        vf pre = v_set(0.0f), plain = v_set(0.0f);
        for (uint32_t t = 0; t < n; t++) { /* y becomes e */
            const vf w = v_load(mask + row(t / hop));
            vf e = v_sub(v_load(y + row(t)), v_load(target + row(t))), p = v_sub(e, v_mul(a, before)),
               we = v_mul(w, e);
            v_store(y + row(t), e);
            pre = v_fma(v_mul(w, p), p, pre);
            plain = v_fma(we, e, plain);
            sum = v_add(sum, we);
            before = e;
        }
        const vf mean = v_mul(sum, v_set(1.0f / (float)n));
        const vf dc = v_mul(mean, v_set(2.0f * l->dc_scale / (float)n));
        pre_sum += (double)v_sum(pre);
        plain_sum += (double)v_sum(plain);
        dc_sum += (double)v_sum(v_mul(mean, mean));
        vf after = v_set(0.0f); /* mask · p of the next sample */
        for (uint32_t t = n; t-- > 0;) {
            const vf w = v_load(mask + row(t / hop)), e = v_load(y + row(t));
            const vf e0 = t ? v_load(y + row(t - 1)) : v_load(l->before + v * LANES);
            const vf p = v_mul(w, v_sub(e, v_mul(a, e0)));
            const vf rest = v_mul(w, v_fma(plain_scale, e, dc));
            v_store(y + row(t), v_fma(pre_scale, v_sub(p, v_mul(a, after)), rest));
            after = p;
        }
        v_store(l->before + v * LANES, before);
    }
    l->pre_sum = pre_sum * (double)l->pre_scale;
    l->plain_sum = plain_sum * (double)l->plain_scale;
    l->dc_sum = dc_sum * (double)l->dc_scale;
    l->square_sum = plain_sum;
}

#include "train/fit/simd/train_spectrum.h"
