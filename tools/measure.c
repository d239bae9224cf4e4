#define _GNU_SOURCE /* RUSAGE_THREAD */
#include "measure.h"

#include "interrupt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { MAX_CALLS = 1 << 17, MIN_CALLS = 1000, CLOCK_READS = 1001, MIN_FRAMES = 64 };

typedef struct Bench {
    GruffNet *net;
    uint32_t block_frames;
    uint32_t n_calls; /* timed together: a short one takes less than the clock can tell, and waits for it */
    const float *in[GRUFF_MAX_CHANNELS];
    float *out[GRUFF_MAX_CHANNELS];
} Bench;

double measure_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

long measure_n_taken(void)
{
    struct rusage usage = {0};
#ifdef RUSAGE_THREAD
    getrusage(RUSAGE_THREAD, &usage);
#endif
    return usage.ru_nivcsw;
}

void measure_sort(double *times, uint32_t n)
{
    qsort(times, n, sizeof *times, by_size);
}

/* Median time from one reading of the clock to the next. */
static double clock_cost_ns(void)
{
    double gap[CLOCK_READS];
    for (int i = 0; i < CLOCK_READS; i++) {
        double start = measure_now_ns();
        gap[i] = measure_now_ns() - start;
    }
    qsort(gap, CLOCK_READS, sizeof *gap, by_size);
    return gap[CLOCK_READS / 2];
}

static double time_call(const Bench *bench)
{
    double start = measure_now_ns();
    for (uint32_t i = 0; i < bench->n_calls; i++)
        gruff_net_run(bench->net, bench->in, bench->out, NULL, bench->block_frames);
    return measure_now_ns() - start;
}

static void fill_noise(float *samples, size_t n)
{
    uint32_t state = 1;
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u; /* Numerical Recipes' generator */
        samples[i] = 0.25f * ((float)(state >> 8) * 0x1p-23f - 1.0f);
    }
}

/* Times of calls, sorted; returns how many. */
static uint32_t time_calls(const Bench *bench, double seconds, double *times)
{
    double start = measure_now_ns(), warm = start + 0.2e9 * seconds;
    while (measure_now_ns() < warm && !interrupted())
        time_call(bench);
    start = measure_now_ns();
    uint32_t n = 0;
    for (double spent = 0; n < MAX_CALLS && !interrupted(); n++, spent = measure_now_ns() - start) {
        if (spent > 4e9 * seconds || (spent > 1e9 * seconds && n >= MIN_CALLS))
            break;
        times[n] = time_call(bench);
    }
    measure_sort(times, n);
    return n;
}

static double per_frame(const Bench *bench, double ns, double clock_ns)
{
    return (ns > clock_ns ? ns - clock_ns : 0) / ((double)bench->n_calls * bench->block_frames);
}

Cost measure_net(GruffNet *net, uint32_t n_channels, uint32_t block_frames, double seconds)
{
    Cost cost = {0};
    Bench bench = {.net = net,
                   .block_frames = block_frames,
                   .n_calls = block_frames < MIN_FRAMES ? MIN_FRAMES / block_frames : 1};
    float *samples = malloc((size_t)2 * GRUFF_MAX_CHANNELS * block_frames * sizeof *samples);
    double *times = malloc(MAX_CALLS * sizeof *times);
    if (samples && times) {
        fill_noise(samples, GRUFF_MAX_CHANNELS * (size_t)block_frames);
        for (uint32_t c = 0; c < n_channels; c++) {
            bench.in[c] = samples + c * (size_t)block_frames;
            bench.out[c] = samples + (GRUFF_MAX_CHANNELS + c) * (size_t)block_frames;
        }
        double clock_ns = clock_cost_ns();
        const long taken = measure_n_taken();
        const double start = measure_now_ns();
        uint32_t n = time_calls(&bench, seconds, times);
        if (n) {
            uint32_t p999 = (uint32_t)(0.999 * (n - 1) + 0.5);
            cost =
                (Cost){per_frame(&bench, times[n / 2], clock_ns), per_frame(&bench, times[p999], clock_ns), n,
                       times[n * 9 / 10] > 1.25 * times[n / 10] ||
                           (double)(measure_n_taken() - taken) > 20e-9 * (measure_now_ns() - start)};
        }
    }
    free(samples);
    free(times);
    return cost;
}

double measure_load(Cost cost, double rate_hz)
{
    return 100 * cost.median_ns * 1e-9 * rate_hz;
}

void measure_cpu_name(char *text)
{
    char line[256];
    snprintf(text, 64, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) || !colon)
            continue;
        snprintf(text, 64, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    if (file)
        fclose(file);
}
