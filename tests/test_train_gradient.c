/* Every gradient of the trainer, on every kernel, against central differences of the loss, played by the
 * reference in double precision. */
#include "check.h"
#include "reference.h"
#include "train/fit/spectral.h"
#include "train/fit/unroll.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 21, STREAMS = 3, MAX_HOP = 3 };

typedef struct Case {
    const char *name;
    FitShape shape;
    uint32_t n_knobs;
    float pre_weight, plain_weight, dc_weight, spectral_weight;
} Case;

#define ALL 0.5f, 0.5f, 0.25f, 0.0f
static const Case cases[] = {
    {"gru", {GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 5, 1, 1, false}, 0, 0, 1, 0, 0},
    {"gru, pre-emphasis", {GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 13, 1, 1, false}, 0, 1, 0, 0, 0},
    {"gru, dc", {GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 4, 1, 1, false}, 0, 0, 0, 1, 0},
    {"gru, all, skip, knobs", {GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 6, 1, 1, true}, 2, ALL},
    {"gru, spectral", {GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 4, 1, 1, false}, 0, 0, 0, 0, 1},
    {"gru, spectral and all, hop 2",
     {GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 3, 1, 2, true},
     1,
     0.5f,
     0.5f,
     0.25f,
     0.5f},
    {"gru, three layers", {GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 4, 3, 1, true}, 1, ALL},
    {"gru, hop 3", {GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 5, 1, 3, true}, 1, ALL},
    {"gru, reset before", {GRUFF_CELL_GRU, GRUFF_RESET_BEFORE, 7, 1, 1, true}, 1, ALL},
    {"gru, reset before, two layers", {GRUFF_CELL_GRU, GRUFF_RESET_BEFORE, 3, 2, 2, false}, 0, ALL},
    {"gru, no reset", {GRUFF_CELL_GRU, GRUFF_RESET_NONE, 6, 1, 1, true}, 1, ALL},
    {"gru, no reset, two layers", {GRUFF_CELL_GRU, GRUFF_RESET_NONE, 4, 2, 1, false}, 0, ALL},
    {"lstm", {GRUFF_CELL_LSTM, GRUFF_RESET_AFTER, 6, 1, 1, true}, 1, ALL},
    {"lstm, two layers, hop 2", {GRUFF_CELL_LSTM, GRUFF_RESET_AFTER, 4, 2, 2, false}, 0, ALL},
    {"rnn", {GRUFF_CELL_RNN, GRUFF_RESET_AFTER, 17, 1, 1, true}, 2, ALL},
    {"rnn, two layers", {GRUFF_CELL_RNN, GRUFF_RESET_AFTER, 5, 2, 1, false}, 0, ALL},
};

typedef struct Sound {
    float x[STREAMS][STEPS * MAX_HOP], y[STREAMS][STEPS * MAX_HOP], mask[STREAMS][STEPS];
    float knob[STREAMS][GRUFF_MAX_KNOBS];
} Sound;

static const float pre_emphasis = 0.85f;
static const uint32_t sizes[2] = {16, 8}; /* of the spectral term's frames */

static void random_sound(Sound *s)
{
    for (int b = 0; b < STREAMS; b++) {
        for (int i = 0; i < STEPS * MAX_HOP; i++) {
            s->x[b][i] = (float)random_uniform(-1.0, 1.0);
            s->y[b][i] = (float)random_uniform(-1.0, 1.0);
        }
        for (int t = 0; t < STEPS; t++)
            s->mask[b][t] = t >= 3 * b;
        for (int k = 0; k < GRUFF_MAX_KNOBS; k++)
            s->knob[b][k] = (float)random_uniform(0.0, 1.0);
    }
}

/* ---- the loss in double precision, from its definition ---- */

/* The smallest magnitude of a bin that exact_spectral met: at 0 the term has a kink, and no gradient. */
static double least_magnitude;

/* Sums over frames a quarter apart of (|X| - |Y|)², X and Y by the plain Fourier sum under a Hann window. */
static double exact_spectral(const double *x, const float *y, const float *mask, uint32_t hop, uint32_t n)
{
    const double turn = 6.283185307179586;
    double total = 0.0;
    for (int i = 0; i < 2; i++)
        for (uint32_t size = sizes[i], at = 0; at + size <= n; at += size / 4)
            for (uint32_t k = 0; k < size; k++) {
                double re[2] = {0}, im[2] = {0};
                for (uint32_t t = 0; t < size; t++) {
                    const double w = (0.5 - 0.5 * cos(turn * t / size)) * (double)mask[(at + t) / hop];
                    const double v[2] = {w * x[at + t], w * (double)y[at + t]};
                    for (int s = 0; s < 2; s++) {
                        re[s] += v[s] * cos(turn * k * t / size);
                        im[s] -= v[s] * sin(turn * k * t / size);
                    }
                }
                const double magnitude = hypot(re[0], im[0]), off = magnitude - hypot(re[1], im[1]);
                if (magnitude > 0.0) /* not all masked */
                    least_magnitude = fmin(least_magnitude, magnitude);
                total += off * off / (2 * 1.5 * size);
            }
    return total;
}

static double exact_loss(const Case *c, const Weights *weights, const Sound *s)
{
    const uint32_t hop = c->shape.hop, n = STEPS * hop;
    double pre = 0.0, plain = 0.0, dc = 0.0, spectral = 0.0;
    GruffModel *model;
    check(weights_to_model(weights, weights->value, &model) == GRUFF_OK, "%s: a model", c->name);
    for (int b = 0; b < STREAMS; b++) {
        double out[STEPS * MAX_HOP + MAX_HOP], before = 0.0, sum = 0.0;
        Reference *reference = reference_new(model, false, 1);
        reference_run(reference, s->x[b], out, s->knob[b], n);
        reference_free(reference);
        for (uint32_t i = 0; i < n; i++) {
            const double e = out[i] - (double)s->y[b][i], p = e - (double)pre_emphasis * before;
            const double w = (double)s->mask[b][i / hop];
            pre += w * p * p;
            plain += w * e * e;
            sum += w * e;
            before = e;
        }
        dc += sum / n * (sum / n);
        if (c->spectral_weight > 0.0f)
            spectral += exact_spectral(out, s->y[b], s->mask[b], hop, n);
    }
    gruff_model_free(model);
    return (double)c->pre_weight * pre + (double)c->plain_weight * plain + (double)c->dc_weight * dc +
           (double)c->spectral_weight * spectral;
}

/* d loss / d value by central differences at two distances, the error's square term cancelled (Richardson).
 */
static double exact_slope(const Case *c, Weights *weights, const Sound *s, size_t i)
{
    const float value = weights->value[i];
    double slope[2];
    for (int k = 0; k < 2; k++) {
        const float up = value + (k ? 0x1p-11f : 0x1p-10f), down = value - (k ? 0x1p-11f : 0x1p-10f);
        weights->value[i] = up;
        const double high = exact_loss(c, weights, s);
        weights->value[i] = down;
        const double low = exact_loss(c, weights, s);
        slope[k] = (high - low) / ((double)up - (double)down);
    }
    weights->value[i] = value;
    return (4.0 * slope[1] - slope[0]) / 3.0;
}

/* ---- the trainer's ---- */

static void fill(Unroll *u, const Case *c, const Sound *s)
{
    const size_t W = u->kernel->width, hop = c->shape.hop, n_in = hop + c->n_knobs;
    for (size_t b = 0; b < STREAMS; b++)
        for (size_t t = 0; t < STEPS; t++) {
            for (size_t j = 0; j < hop; j++) {
                u->x[(t * n_in + j) * W + b] = s->x[b][t * hop + j];
                u->target[(t * hop + j) * W + b] = s->y[b][t * hop + j];
            }
            for (size_t k = 0; k < c->n_knobs; k++)
                u->x[(t * n_in + hop + k) * W + b] = s->knob[b][k];
            u->mask[t * W + b] = s->mask[b][t];
        }
}

static TrainLoss run_trainer(const Case *c, const Weights *weights, const TrainKernel *kernel, const Sound *s,
                             float *gradient)
{
    Unroll unroll;
    Carry carry;
    TrainLoss loss = {.pre_emphasis = pre_emphasis,
                      .pre_scale = c->pre_weight,
                      .plain_scale = c->plain_weight,
                      .dc_scale = c->dc_weight};
    check(unroll_new(&unroll, weights, kernel, STEPS) && carry_new(&carry, weights, kernel), "memory");
    unroll.chunk = 8; /* fewer than STEPS, and no part of them */
    if (c->spectral_weight > 0.0f) {
        check(spectral_new(&unroll.spectrum, sizes, 2, STEPS * c->shape.hop, kernel->width), "memory");
        spectral_scale(&unroll.spectrum, (double)c->spectral_weight, 1.0);
    }
    fill(&unroll, c, s);
    weights_pack(weights, kernel);
    memset(gradient, 0, weights->n * sizeof *gradient);
    unroll_learn(&unroll, &carry, &loss, gradient);
    unroll_free(&unroll);
    carry_free(&carry);
    return loss;
}

/* Single precision adds up STEPS · STREAMS terms of either sign: over 60 seeds the worst error was 7e-6 of
 * the largest gradient. A wrong term in a formula shows at 1e-2. Central differences err less than 1e-8 here.
 */
static void check_case(const Case *c, const TrainKernel *kernel)
{
    Weights weights;
    Sound sound;
    static const FitStart start = {false, 0, 0};
    check(weights_new(&weights, &c->shape, c->n_knobs), "memory");
    do {
        weights_start(&weights, &start, random_below(1u << 30));
        random_sound(&sound);
        least_magnitude = 1.0;
        exact_loss(c, &weights, &sound);
    } while (least_magnitude < 0.02);
    float *gradient = calloc(weights.n, sizeof *gradient);
    const TrainLoss loss = run_trainer(c, &weights, kernel, &sound, gradient);
    const double exact = exact_loss(c, &weights, &sound),
                 sum = loss.pre_sum + loss.plain_sum + loss.dc_sum + loss.spectral_sum;
    check(fabs(sum - exact) <= 1e-5 * exact, "%s, %s: loss %.9g, exact %.9g", c->name, kernel->name, sum,
          exact);
    double largest = 0.0, worst = 0.0;
    size_t at = 0;
    for (size_t i = 0; i < weights.n; i++) {
        const double want = exact_slope(c, &weights, &sound, i), error = fabs((double)gradient[i] - want);
        largest = fmax(largest, fabs(want));
        if (error > worst) {
            worst = error;
            at = i;
        }
    }
    printf("%-30s %-7s %4zu weights: largest error %.1e of the largest gradient\n", c->name, kernel->name,
           weights.n, worst / largest);
    check(worst <= 3e-5 * largest, "%s, %s: gradient %zu is wrong by %.2e of the largest", c->name,
          kernel->name, at, worst / largest);
    free(gradient);
    weights_free(&weights);
}

/* argv[1]: the one kernel to test. */
int main(int argc, char **argv)
{
    static const char *const names[] = {"c", "avx2", "avx512", "avx512x1", "avx512vl", "neon"};
    random_seed();
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const bool wanted = argc < 2 || !strcmp(argv[1], names[k]);
        const TrainKernel *kernel = wanted ? train_kernel_find(names[k]) : NULL;
        for (size_t i = 0; kernel && i < sizeof cases / sizeof *cases; i++)
            check_case(&cases[i], kernel);
    }
    return check_report();
}
