/* bench_train KIND STREAMS WINDOW THREADS SECONDS: samples a second that the trainer learns from, on noise.
 * Not a test. tests/compare_train.py holds it against PyTorch. */
#include "train/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RATE_HZ 48000

int main(int argc, char **argv)
{
    GruffMessage message = {""};
    FitPlan plan;
    FitPoint point;
    Fit *fit;
    fit_plan_default(&plan);
    if (argc != 6 || !shape_read(argv[1], &plan.shape, &message)) {
        fprintf(stderr, "usage: bench_train KIND STREAMS WINDOW THREADS SECONDS\n%s\n", message.text);
        return 2;
    }
    plan.n_streams = (uint32_t)atoi(argv[2]);
    plan.window = (uint32_t)atoi(argv[3]);
    plan.n_threads = (uint32_t)atoi(argv[4]);
    plan.epochs = 0;
    plan.minutes = atof(argv[5]) / 60;
    /* Some updates between two validations, whatever the batch; a little to validate on. */
    const size_t n = (size_t)plan.n_streams * plan.window * plan.shape.hop * 16;
    TrainPair pair = {.dry = "noise", .wet = "noise", .n = n + RATE_HZ / 10};
    TrainSpan spans[] = {{0, TRAIN_ROLE_TRAIN, 0, n}, {0, TRAIN_ROLE_VALIDATE, n, RATE_HZ / 10}};
    TrainData data = {.rate_hz = RATE_HZ, .n_pairs = 1, .pairs = &pair, .n_spans = 2, .spans = spans};
    pair.x = malloc(pair.n * sizeof *pair.x);
    pair.y = malloc(pair.n * sizeof *pair.y);
    uint32_t state = 1;
    for (size_t t = 0; pair.x && pair.y && t < pair.n; t++) {
        state = state * 1664525u + 1013904223u; /* Numerical Recipes' generator */
        pair.x[t] = 0.3f * ((float)(state >> 8) * 0x1p-23f - 1);
        pair.y[t] = t ? 0.5f * (pair.x[t] + pair.x[t - 1]) : 0;
    }
    if (!pair.x || !pair.y || fit_new(&plan, &data, &message, &fit)) {
        fprintf(stderr, "bench_train: %s\n", message.text);
        return 1;
    }
    const clock_t start = clock();
    while (fit_advance(fit, NULL, NULL, &point))
        ;
    const double samples = point.epoch * (double)n, cpu_s = (double)(clock() - start) / CLOCKS_PER_SEC;
    printf(
        "{\"model\": \"%s\", \"streams\": %u, \"window\": %u, \"threads\": %u, \"samples_per_second\": %.4g, "
        "\"samples_per_cpu_second\": %.4g}\n",
        argv[1], plan.n_streams, plan.window, plan.n_threads, samples / point.seconds, samples / cpu_s);
    fit_free(fit);
    free(pair.x);
    free(pair.y);
    return 0;
}
