/* Loops that do one thing only, compiled once for each kernel's instructions: PROBE(fma), PROBE(load), LANES.
 */
#include "bench/probe.h"

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int vi __attribute__((vector_size(4 * LANES), aligned(4)));

/* Chains side by side: more than a multiply-add takes cycles, times how many begin in one. */
enum { SIDE = 12 };

float PROBE(fma)(size_t n_rounds, float factor)
{
    vf sum[SIDE], by = {0}, more = {0};
    by += factor, more += 1 - factor;
    for (int i = 0; i < SIDE; i++)
        sum[i] = by * (float)i;
    for (size_t n = 0; n < n_rounds; n++) {
#pragma GCC unroll 12
        for (int i = 0; i < SIDE; i++)
            sum[i] = sum[i] * by + more;
    }
    for (int i = 1; i < SIDE; i++)
        sum[0] += sum[i];
    return sum[0][0];
}

size_t PROBE(fma_count)(void)
{
    return (size_t)SIDE * LANES;
}

int PROBE(load)(const float *data, size_t n_floats, size_t n_times)
{
    vi sum[8];
    for (int i = 0; i < 8; i++)
        sum[i] = (vi){0};
    for (size_t k = 0; k < n_times; k++) {
        for (size_t n = 0; n < n_floats; n += (size_t)8 * LANES) {
#pragma GCC unroll 8
            for (int i = 0; i < 8; i++)
                sum[i] ^= *(const vi *)(const void *)(data + n + i * LANES);
        }
        __asm__ volatile("" : : : "memory"); /* read it again */
    }
    for (int i = 1; i < 8; i++)
        sum[0] ^= sum[i];
    return sum[0][0];
}
