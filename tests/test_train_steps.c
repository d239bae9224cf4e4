/* Ten optimiser steps of small models, on every kernel, against PyTorch's in double precision (vectors/train,
 * made by train_torch.py, which says what is in a file). */
#include "check.h"
#include "train/fit/optimiser.h"
#include "train/fit/unroll.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 10, MAX_NUMBERS = 4096 };

typedef struct Vector {
    FitShape shape;
    uint32_t n_knobs, n_streams, window;
    double rate, clip, pre_emphasis, weights[3];
    double x[MAX_NUMBERS], y[MAX_NUMBERS], knobs[MAX_NUMBERS];
    Weights before, gradient, after;
    double loss[STEPS], norm[STEPS];
} Vector;

/* ---- reading ---- */

/* The numbers under a name that must be next in the file. */
static size_t read_numbers(FILE *file, const char *want, double *to)
{
    char name[64];
    size_t n = 0;
    check(fscanf(file, "%63s %zu", name, &n) == 2 && n <= MAX_NUMBERS && !strcmp(name, want),
          "'%s' where '%s' was expected", name, want);
    for (size_t i = 0; i < n; i++)
        if (fscanf(file, "%lf", &to[i]) != 1)
            return 0;
    return n;
}

static void read_array(FILE *file, const char *name, float *to)
{
    double numbers[MAX_NUMBERS];
    const size_t n = read_numbers(file, name, numbers);
    for (size_t i = 0; i < n; i++)
        to[i] = (float)numbers[i];
}

static void read_weights(FILE *file, const char *suffix, const Vector *v, Weights *weights)
{
    char name[64];
    check(weights_new(weights, &v->shape, v->n_knobs), "memory");
    for (uint32_t i = 0; i + 1 < weights->n_layers; i++) {
        const TrainArrays *at = &weights->layer[i].at;
        float *const arrays[] = {at->w, at->u, at->b, at->c};
        for (int k = 0; k < 4; k++) {
            snprintf(name, sizeof name, "%c%u.%s", "wubc"[k], i, suffix);
            read_array(file, name, arrays[k]);
        }
    }
    const TrainArrays *head = &weights->layer[weights->n_layers - 1].at;
    snprintf(name, sizeof name, "dense.w.%s", suffix);
    read_array(file, name, head->w);
    snprintf(name, sizeof name, "dense.b.%s", suffix);
    read_array(file, name, head->b);
}

static void read_vector(FILE *file, Vector *v)
{
    static const GruffCell cells[] = {GRUFF_CELL_DENSE, GRUFF_CELL_GRU, GRUFF_CELL_LSTM, GRUFF_CELL_RNN};
    double shape[9], plan[6];
    check(read_numbers(file, "shape", shape) == 9 && read_numbers(file, "plan", plan) == 6, "shape and plan");
    v->shape = (FitShape){cells[(int)shape[0]], (GruffReset)shape[1], (uint32_t)shape[2],
                          (uint32_t)shape[3],   (uint32_t)shape[5],   shape[6] != 0};
    v->n_knobs = (uint32_t)shape[4];
    v->n_streams = (uint32_t)shape[7];
    v->window = (uint32_t)shape[8];
    v->rate = plan[0];
    v->clip = plan[1];
    v->pre_emphasis = plan[2];
    memcpy(v->weights, plan + 3, sizeof v->weights);
    read_numbers(file, "x", v->x);
    read_numbers(file, "y", v->y);
    read_numbers(file, "knobs", v->knobs);
    read_weights(file, "before", v, &v->before);
    read_weights(file, "gradient", v, &v->gradient);
    read_weights(file, "after", v, &v->after);
    check(read_numbers(file, "loss", v->loss) == STEPS && read_numbers(file, "norm", v->norm) == STEPS,
          "loss and norm");
}

static void free_vector(Vector *v)
{
    weights_free(&v->before);
    weights_free(&v->gradient);
    weights_free(&v->after);
    free(v);
}

/* ---- repeating ---- */

static void fill(const Vector *v, Unroll *u, uint32_t step)
{
    const size_t W = u->kernel->width, hop = v->shape.hop, n_in = hop + v->n_knobs, n = v->window * hop;
    for (size_t b = 0; b < v->n_streams; b++)
        for (size_t t = 0; t < v->window; t++) {
            for (size_t j = 0; j < hop; j++) {
                const size_t at = (b * STEPS + step) * n + t * hop + j;
                u->x[(t * n_in + j) * W + b] = (float)v->x[at];
                u->target[(t * hop + j) * W + b] = (float)v->y[at];
            }
            for (size_t k = 0; k < v->n_knobs; k++)
                u->x[(t * n_in + hop + k) * W + b] = (float)v->knobs[b * v->n_knobs + k];
            u->mask[t * W + b] = 1.0f;
        }
}

static TrainLoss loss_of(const Vector *v, uint32_t step)
{
    const size_t n = v->window * v->shape.hop;
    double energy = 0.0, pre_energy = 0.0;
    for (size_t b = 0; b < v->n_streams; b++)
        for (size_t i = step * n; i < (step + 1) * n; i++) {
            const double y = v->y[b * STEPS * n + i],
                         p = y - v->pre_emphasis * (i ? v->y[b * STEPS * n + i - 1] : 0.0);
            energy += y * y;
            pre_energy += p * p;
        }
    return (TrainLoss){
        .pre_emphasis = (float)v->pre_emphasis,
        .pre_scale = (float)(v->weights[0] / pre_energy),
        .plain_scale = (float)(v->weights[1] / energy),
        .dc_scale = (float)(v->weights[2] * (double)n / energy),
    };
}

static double largest_difference(const float *a, const float *b, size_t n)
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)a[i] - (double)b[i]));
    return most;
}

static double largest(const float *a, size_t n)
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)a[i]));
    return most;
}

/* Adam divides a gradient by its own size, so a weight whose gradient is nothing but rounding may move either
 * way: a hundredth of a step is what weights may differ by after ten. */
static void repeat(const Vector *v, const TrainKernel *kernel, const char *name)
{
    Unroll unroll;
    Carry carry;
    Weights weights;
    Optimiser optimiser;
    check(weights_new(&weights, &v->shape, v->n_knobs) && unroll_new(&unroll, &weights, kernel, v->window) &&
              carry_new(&carry, &weights, kernel) && optimiser_new(&optimiser, weights.n),
          "memory");
    memcpy(weights.value, v->before.value, weights.n * sizeof(float));
    float *gradient = calloc(weights.n, sizeof *gradient);
    double worst_loss = 0.0, worst_norm = 0.0;
    for (uint32_t step = 0; step < STEPS; step++) {
        TrainLoss loss = loss_of(v, step);
        fill(v, &unroll, step);
        weights_pack(&weights, kernel);
        memset(gradient, 0, weights.n * sizeof *gradient);
        unroll_learn(&unroll, &carry, &loss, gradient);
        if (step == 0) {
            const double off = largest_difference(gradient, v->gradient.value, weights.n);
            check(off <= 1e-5 * largest(v->gradient.value, weights.n), "%s on %s: gradient off by %.1e", name,
                  kernel->name, off);
        }
        const double sum = loss.pre_sum + loss.plain_sum + loss.dc_sum;
        const double norm = optimiser_step(&optimiser, weights.value, gradient, v->rate, v->clip);
        worst_loss = fmax(worst_loss, fabs(sum / v->loss[step] - 1.0));
        worst_norm = fmax(worst_norm, fabs(norm / v->norm[step] - 1.0));
    }
    const double off = largest_difference(weights.value, v->after.value, weights.n);
    printf("%-26s %-7s loss %.1e, norm %.1e, weights %.1e of a step\n", name, kernel->name, worst_loss,
           worst_norm, off / v->rate);
    check(worst_loss < 1e-5, "%s on %s: loss off by %.1e", name, kernel->name, worst_loss);
    check(worst_norm < 1e-4, "%s on %s: norm off by %.1e", name, kernel->name, worst_norm);
    check(off <= 0.01 * v->rate, "%s on %s: weights off by %.1e steps", name, kernel->name, off / v->rate);
    free(gradient);
    optimiser_free(&optimiser);
    carry_free(&carry);
    unroll_free(&unroll);
    weights_free(&weights);
}

int main(int argc, char **argv)
{
    static const char *const files[] = {"gru",  "gru-stack-knobs-skip", "gru-before", "gru-none", "gru-hop",
                                        "lstm", "lstm-stack",           "rnn"};
    static const char *const kernels[] = {"c", "avx2", "avx512", "avx512x1", "avx512vl", "neon"};
    for (size_t i = 0; argc == 2 && i < sizeof files / sizeof *files; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s.txt", argv[1], files[i]);
        FILE *file = fopen(path, "r");
        check(file, "%s: cannot be read", path);
        if (!file)
            continue;
        Vector *v = calloc(1, sizeof *v);
        read_vector(file, v);
        fclose(file);
        for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++)
            if (train_kernel_find(kernels[k]))
                repeat(v, train_kernel_find(kernels[k]), files[i]);
        free_vector(v);
    }
    return check_report();
}
