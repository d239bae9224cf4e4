/* What this processor does at most with a kernel's instructions: no net of a size can cost less. */
#ifndef GRUFF_BENCH_BOUNDS_H
#define GRUFF_BENCH_BOUNDS_H

#include <stddef.h>

/* Multiply-adds of floats per ns, measured where nothing waits for anything else; a few ms. 0: no such
 * kernel. Of avx512vl with 512 bits, in which it takes two channels of some nets. */
double bounds_fma_per_ns(const char *kernel);

/* Time to read n_floats from where they lie when they were read just before, measured; a few ms. 0: no such
 * kernel, or no memory. */
double bounds_load_ns(const char *kernel, size_t n_floats);

#endif
