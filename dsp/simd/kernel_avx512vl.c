/* The player's kernel over vector_avx512vl.h, two channels of 9 to 24 units over vector_avx512pair.h, of
 * a GRU of more than 72 over vector_two.h on it. */
#include "kernels.h"

#include "vector_avx512vl.h"

#include "kernel_text.h"

static bool available(void)
{
    return __builtin_cpu_supports("avx512vl");
}

static GruffRun one_or_two(const GruffPacked *l)
{
    return l->pairs ? gruff_pair_avx512vl(l) : l->shares ? gruff_two_avx512vl(l) : runner(l);
}

const GruffKernel gruff_kernel_avx512vl = {KERNEL("avx512vl"), .runner = one_or_two};
