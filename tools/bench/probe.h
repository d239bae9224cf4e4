/* Loops that do nothing but multiply and add, or read; one of each for every kernel. */
#ifndef GRUFF_BENCH_PROBE_H
#define GRUFF_BENCH_PROBE_H

#include <stddef.h>

/* fma: n_rounds times fma_count() multiply-adds of floats, in registers. load: read data[n_floats], n_floats
 * a multiple of 128. What they return depends on all they did. */
#define PROBE_DECLARE(kernel)                  \
    float probe_##kernel##_fma(size_t, float); \
    size_t probe_##kernel##_fma_count(void);   \
    int probe_##kernel##_load(const float *, size_t, size_t);

PROBE_DECLARE(c)
PROBE_DECLARE(avx2)
PROBE_DECLARE(avx512)
PROBE_DECLARE(avx512vl)
PROBE_DECLARE(neon)

#endif
