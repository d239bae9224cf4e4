#include "bench/bounds.h"

#include "bench/probe.h"
#include "measure.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { REPEATS = 60, ROUNDS = 4000, LOAD_STEP = 128, LOAD_LEAST = 1 << 16 };

static const struct probe {
    const char *kernel;
    float (*fma)(size_t, float);
    size_t (*fma_count)(void);
    int (*load)(const float *, size_t, size_t);
} probes[] = {
#define PROBE_ROW(kernel)                                                                \
    {                                                                                    \
#kernel, probe_##kernel##_fma, probe_##kernel##_fma_count, probe_##kernel##_load \
    }
#if defined(__x86_64__)
    PROBE_ROW(avx512),
    /* which takes two channels in 512 bits */
    {"avx512vl", probe_avx512_fma, probe_avx512_fma_count, probe_avx512vl_load},
    PROBE_ROW(avx2),
#elif defined(__aarch64__)
    PROBE_ROW(neon),
#endif
    PROBE_ROW(c),
};

static const struct probe *find(const char *kernel)
{
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
        if (!strcmp(probes[i].kernel, kernel))
            return &probes[i];
    return NULL;
}

/* The least of many times: whatever disturbs only adds. */
double bounds_fma_per_ns(const char *kernel)
{
    static volatile float kept;
    const struct probe *probe = find(kernel);
    double least = 1e12;
    for (int i = 0; probe && i < REPEATS; i++) {
        const double start = measure_now_ns();
        kept = probe->fma(ROUNDS, 0.5f);
        const double ns = measure_now_ns() - start;
        least = ns < least ? ns : least;
    }
    (void)kept;
    return probe ? ROUNDS * (double)probe->fma_count() / least : 0;
}

double bounds_load_ns(const char *kernel, size_t n_floats)
{
    static volatile int kept;
    const struct probe *probe = find(kernel);
    const size_t n = (n_floats + LOAD_STEP - 1) / LOAD_STEP * LOAD_STEP;
    const size_t n_times = n < LOAD_LEAST ? LOAD_LEAST / n : 1;
    float *data = aligned_alloc(64, n * sizeof *data);
    double least = 1e12;
    if (!probe || !data) {
        free(data);
        return 0;
    }
    memset(data, 1, n * sizeof *data);
    for (int i = 0; i < REPEATS; i++) {
        const double start = measure_now_ns();
        kept = probe->load(data, n, n_times);
        const double ns = (measure_now_ns() - start) / (double)n_times;
        least = ns < least ? ns : least;
    }
    (void)kept;
    free(data);
    return least * (double)n_floats / (double)n;
}
