/* bench_train KIND STREAMS WINDOW THREADS SECONDS [KERNEL]: samples a second that the trainer learns from, on
 * noise, validation left out; the multiply-adds that takes, and how many of them this core could do. Not a
 * test. tests/compare_train.py holds it against PyTorch. */
#include "train/fit/learner.h"
#include "train/shape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RATE_HZ = 48000, WINDOWS = 16, BURSTS = 8 };

typedef double Peak(float *result);
Peak fma_peak_c, fma_peak_avx2, fma_peak_avx512, fma_peak_avx512vl, fma_peak_neon;

static Peak *peak_of(const char *kernel)
{
#if defined(__x86_64__)
    if (!strcmp(kernel, "avx512vl"))
        return fma_peak_avx512vl;
    if (!strncmp(kernel, "avx512", 6))
        return fma_peak_avx512;
    if (!strcmp(kernel, "avx2"))
        return fma_peak_avx2;
#elif defined(__aarch64__)
    if (!strcmp(kernel, "neon"))
        return fma_peak_neon;
#endif
    (void)kernel;
    return fma_peak_c;
}

static double seconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Multiply-adds a second of one core, the best of some bursts. */
static double measure_peak(Peak *peak)
{
    double best = 0.0;
    for (int i = 0; i < BURSTS; i++) {
        float result;
        const double start = seconds(CLOCK_THREAD_CPUTIME_ID), n = peak(&result);
        best = fmax(best, n / (seconds(CLOCK_THREAD_CPUTIME_ID) - start));
        if (!isfinite(result))
            abort();
    }
    return best;
}

/* That a trained sample needs: every weight once forward and once for its gradient; once more where the
 * gradient goes on through it. */
static double multiply_adds(const Weights *weights)
{
    double n = 0.0;
    for (uint32_t i = 0; i < weights->n_layers; i++) {
        const TrainWeights *l = &weights->layer[i];
        const double rows = (double)train_cells[l->op].n_gates * l->n_units;
        const double w = rows * l->n_in, u = l->op == TRAIN_HEAD ? 0.0 : rows * l->n_units;
        n += 2 * (w + u) + u + (i ? w : 0.0);
    }
    return n / weights->shape.hop;
}

static bool make_noise(TrainPair *pair, size_t n)
{
    uint32_t state = 1;
    *pair = (TrainPair){.dry = "noise", .wet = "noise", .n = n};
    pair->x = malloc(n * sizeof *pair->x);
    pair->y = malloc(n * sizeof *pair->y);
    for (size_t t = 0; pair->x && pair->y && t < n; t++) {
        state = state * 1664525u + 1013904223u; /* Numerical Recipes' generator */
        pair->x[t] = 0.3f * ((float)(state >> 8) * 0x1p-23f - 1);
        pair->y[t] = t ? 0.5f * (pair->x[t] + pair->x[t - 1]) : 0;
    }
    return pair->x && pair->y;
}

static void run(const char *kind, Learner *l, double limit_s)
{
    const FitPlan *plan = l->plan;
    const uint32_t n_steps = learner_steps(plan, plan->window);
    Peak *peak = peak_of(l->kernel->name);
    double most = measure_peak(peak), n = 0.0;
    learner_update(l, 1e-3, n_steps); /* touches all memory */
    const double start = seconds(CLOCK_MONOTONIC), start_cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    double wall_s, cpu_s;
    do {
        learner_update(l, 1e-3, n_steps);
        n += (double)n_steps * plan->shape.hop * plan->n_streams;
        wall_s = seconds(CLOCK_MONOTONIC) - start;
        cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID) - start_cpu;
    } while (wall_s < limit_s);
    most = fmax(most, measure_peak(peak));
    const double each = multiply_adds(&l->weights);
    printf(
        "{\"model\": \"%s\", \"streams\": %u, \"window\": %u, \"threads\": %u, \"kernel\": \"%s\", "
        "\"samples_per_second\": %.4g, \"samples_per_cpu_second\": %.4g, \"multiply_adds_per_sample\": %.0f, "
        "\"peak_multiply_adds_per_second\": %.4g, \"part_of_peak\": %.3f}\n",
        kind, plan->n_streams, plan->window, plan->n_threads, l->kernel->name, n / wall_s, n / cpu_s, each,
        most, n / cpu_s * each / most);
}

int main(int argc, char **argv)
{
    GruffMessage message = {""};
    FitPlan plan;
    Learner learner;
    TrainPair pair;
    fit_plan_default(&plan);
    if (argc < 6 || argc > 7 || !shape_read(argv[1], &plan.shape, &message)) {
        fprintf(stderr, "usage: bench_train KIND STREAMS WINDOW THREADS SECONDS [KERNEL]\n%s\n",
                message.text);
        return 2;
    }
    plan.n_streams = (uint32_t)atoi(argv[2]);
    plan.window = plan.last_window = (uint32_t)atoi(argv[3]);
    plan.n_threads = (uint32_t)atoi(argv[4]);
    plan.kernel = argc == 7 ? argv[6] : NULL;
    const size_t n = (size_t)plan.n_streams * plan.window * plan.shape.hop * WINDOWS;
    TrainSpan span = {0, TRAIN_ROLE_TRAIN, 0, n};
    const TrainData data = {.rate_hz = RATE_HZ, .n_pairs = 1, .pairs = &pair, .n_spans = 1, .spans = &span};
    const bool ok = make_noise(&pair, n) && !learner_new(&learner, &plan, &data, &message);
    if (ok) {
        run(argv[1], &learner, atof(argv[5]));
        learner_free(&learner);
    } else {
        fprintf(stderr, "bench_train: %s\n", message.text[0] ? message.text : "no memory");
    }
    free(pair.x);
    free(pair.y);
    return !ok;
}
