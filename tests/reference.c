#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_WIDTH = GRUFF_MAX_HIDDEN + GRUFF_MAX_HOP + GRUFF_MAX_KNOBS };

struct Reference {
    const GruffModel *model;
    bool rounds;
    uint32_t n_states, step;
    double *h[GRUFF_MAX_LAYERS], *s[GRUFF_MAX_LAYERS]; /* [n_states][H] */
};

Reference *reference_new(const GruffModel *model, bool round_to_float, uint32_t n_states)
{
    Reference *r = calloc(1, sizeof *r);
    r->model = model;
    r->rounds = round_to_float;
    r->n_states = n_states;
    for (uint32_t i = 0; i < model->n_layers; i++) {
        const GruffLayer *l = &model->layers[i];
        r->h[i] = calloc((size_t)n_states * l->n_out, sizeof(double));
        r->s[i] = calloc((size_t)n_states * l->n_out, sizeof(double));
        for (uint32_t k = 0; k < n_states * l->n_out; k++) {
            r->h[i][k] = l->h0 ? l->h0[k % l->n_out] : 0.0;
            r->s[i][k] = l->s0 ? l->s0[k % l->n_out] : 0.0;
        }
    }
    return r;
}

void reference_free(Reference *r)
{
    for (uint32_t i = 0; i < r->model->n_layers; i++) {
        free(r->h[i]);
        free(r->s[i]);
    }
    free(r);
}

static double rounded(const Reference *r, double x)
{
    return r->rounds ? (double)(float)x : x;
}

static double sigmoid(const Reference *r, double x)
{
    return rounded(r, 1.0 / (1.0 + exp(-x)));
}

/* start + one row of a matrix times x. */
static double row(const Reference *r, double start, const float *m, const double *x, uint32_t n)
{
    double sum = start;
    for (uint32_t j = 0; j < n; j++)
        sum = rounded(r, sum + (double)m[j] * x[j]);
    return sum;
}

/* Input part and recurrent part of gate g, unit k. */
static double input_part(const Reference *r, const GruffLayer *l, uint32_t g, uint32_t k, const double *x)
{
    size_t at = (size_t)g * l->n_out + k;
    return row(r, l->b[at], l->w + at * l->n_in, x, l->n_in);
}

static double recurrent_part(const Reference *r, const GruffLayer *l, uint32_t g, uint32_t k, const double *h)
{
    size_t at = (size_t)g * l->n_out + k;
    return row(r, l->c[at], l->u + at * l->n_out, h, l->n_out);
}

static double gate(const Reference *r, const GruffLayer *l, uint32_t g, uint32_t k, const double *x,
                   const double *h)
{
    return rounded(r, input_part(r, l, g, k, x) + recurrent_part(r, l, g, k, h));
}

static void gru(const Reference *r, const GruffLayer *l, const double *x, double *h)
{
    double next[MAX_WIDTH], reset_h[MAX_WIDTH];
    const uint32_t H = l->n_out;
    if (l->reset == GRUFF_RESET_BEFORE)
        for (uint32_t k = 0; k < H; k++)
            reset_h[k] = rounded(r, sigmoid(r, gate(r, l, 1, k, x, h)) * h[k]);
    for (uint32_t k = 0; k < H; k++) {
        double z = sigmoid(r, gate(r, l, 0, k, x, h)), n;
        if (l->reset == GRUFF_RESET_AFTER) {
            double reset = sigmoid(r, gate(r, l, 1, k, x, h));
            n = tanh(
                rounded(r, input_part(r, l, 2, k, x) + rounded(r, reset * recurrent_part(r, l, 2, k, h))));
        } else {
            n = tanh(gate(r, l, 2, k, x, l->reset == GRUFF_RESET_BEFORE ? reset_h : h));
        }
        n = rounded(r, n);
        next[k] = rounded(r, rounded(r, (1.0 - z) * n) + rounded(r, z * h[k]));
    }
    memcpy(h, next, H * sizeof(double));
}

static void lstm(const Reference *r, const GruffLayer *l, const double *x, double *h, double *s)
{
    double next[MAX_WIDTH];
    for (uint32_t k = 0; k < l->n_out; k++) {
        double i = sigmoid(r, gate(r, l, 0, k, x, h)), f = sigmoid(r, gate(r, l, 1, k, x, h));
        double g = rounded(r, tanh(gate(r, l, 2, k, x, h))), o = sigmoid(r, gate(r, l, 3, k, x, h));
        s[k] = rounded(r, rounded(r, f * s[k]) + rounded(r, i * g));
        next[k] = rounded(r, o * rounded(r, tanh(s[k])));
    }
    memcpy(h, next, l->n_out * sizeof(double));
}

static void rnn(const Reference *r, const GruffLayer *l, const double *x, double *h)
{
    double next[MAX_WIDTH];
    for (uint32_t k = 0; k < l->n_out; k++)
        next[k] = rounded(r, tanh(gate(r, l, 0, k, x, h)));
    memcpy(h, next, l->n_out * sizeof(double));
}

static void dense(const Reference *r, const GruffLayer *l, const double *x, double *y)
{
    double top = -INFINITY, sum = 0.0;
    for (uint32_t k = 0; k < l->n_out; k++) {
        y[k] = input_part(r, l, 0, k, x);
        top = fmax(top, y[k]);
    }
    for (uint32_t k = 0; k < l->n_out; k++)
        sum += exp(y[k] - top);
    for (uint32_t k = 0; k < l->n_out; k++) {
        double a = y[k];
        switch (l->activation) {
        case GRUFF_ACTIVATION_LINEAR:
            break;
        case GRUFF_ACTIVATION_TANH:
            a = tanh(a);
            break;
        case GRUFF_ACTIVATION_SIGMOID:
            a = sigmoid(r, a);
            break;
        case GRUFF_ACTIVATION_RELU:
            a = a > 0.0 ? a : 0.0;
            break;
        case GRUFF_ACTIVATION_ELU:
            a = a > 0.0 ? a : expm1(a);
            break;
        case GRUFF_ACTIVATION_SOFTMAX:
            a = exp(a - top) / sum;
            break;
        }
        y[k] = rounded(r, a);
    }
}

/* x: the first layer's input; returns the last layer's output. */
static const double *step(Reference *r, const double *x)
{
    const uint32_t m = r->step++ % r->n_states;
    for (uint32_t i = 0; i < r->model->n_layers; i++) {
        const GruffLayer *l = &r->model->layers[i];
        double *h = r->h[i] + (size_t)m * l->n_out, *s = r->s[i] + (size_t)m * l->n_out;
        if (l->cell == GRUFF_CELL_GRU)
            gru(r, l, x, h);
        else if (l->cell == GRUFF_CELL_LSTM)
            lstm(r, l, x, h, s);
        else if (l->cell == GRUFF_CELL_RNN)
            rnn(r, l, x, h);
        else
            dense(r, l, x, h);
        x = h;
    }
    return x;
}

void reference_run(Reference *r, const float *in, double *out, const float *knob, uint32_t n_frames)
{
    const GruffModel *m = r->model;
    const double in_gain = rounded(r, pow(10.0, m->in_gain_db / 20.0));
    const double out_gain = rounded(r, pow(10.0, m->out_gain_db / 20.0));
    double x[MAX_WIDTH];
    for (uint32_t t = 0; t + m->hop <= n_frames; t += m->hop) {
        for (uint32_t i = 0; i < m->hop; i++)
            x[i] = rounded(r, in[t + i] * in_gain);
        for (uint32_t k = 0; k < m->n_knobs; k++)
            x[m->hop + k] = knob[k];
        const double *y = step(r, x);
        for (uint32_t i = 0; i < m->hop; i++)
            out[t + i] = rounded(r, rounded(r, y[i] + (m->skip ? x[i] : 0.0)) * out_gain);
    }
}

double esr_db_doubles(const double *y, const double *want, uint32_t n)
{
    double error = 0.0, power = 0.0;
    for (uint32_t t = 0; t < n; t++) {
        error += (y[t] - want[t]) * (y[t] - want[t]);
        power += want[t] * want[t];
    }
    return error > 0.0 ? 10.0 * log10(error / power) : -400.0;
}

double esr_db(const float *y, const double *want, uint32_t n)
{
    double *d = malloc(n * sizeof *d);
    for (uint32_t t = 0; t < n; t++)
        d[t] = y[t];
    double db = esr_db_doubles(d, want, n);
    free(d);
    return db;
}

double esr_limit_db(double floor_db)
{
    return fmax(floor_db + 10.0, -110.0);
}

/* ---- random ---- */

static uint64_t state = 1;

uint64_t random_seed(void)
{
    const char *text = getenv("GRUFF_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);
    printf("# GRUFF_SEED=%llu\n", (unsigned long long)seed);
    state = seed * 2654435761u + 88172645463325252u;
    return seed;
}

static uint64_t next(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 2685821657736338717u;
}

double random_uniform(double low, double high)
{
    return low + (high - low) * ((double)(next() >> 11) / 9007199254740992.0);
}

uint32_t random_below(uint32_t n)
{
    return (uint32_t)((next() >> 33) % n);
}

static void fill(float *x, size_t n, double range)
{
    for (size_t i = 0; x && i < n; i++)
        x[i] = (float)random_uniform(-range, range);
}

void random_layer(GruffLayer *layer, double scale)
{
    const size_t rows = (size_t)gruff_cell_gates(layer->cell) * layer->n_out;
    fill(layer->w, rows * layer->n_in, scale * 1.5 / sqrt(layer->n_in));
    /* spectral radius about 0.6: near 1 a net amplifies rounding without bound */
    fill(layer->u, rows * layer->n_out, scale / sqrt(layer->n_out));
    fill(layer->b, rows, 0.3 * scale);
    fill(layer->c, rows, 0.3 * scale);
}
