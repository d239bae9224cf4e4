/* The player's kernel over vector_avx512.h, two channels of many units over vector_two.h on it. */
#include "kernels.h"

#include "vector_avx512.h"

#include "kernel_text.h"

static bool available(void)
{
    return __builtin_cpu_supports("avx512f");
}

static GruffRun one_or_two(const GruffPacked *l)
{
    return l->shares ? gruff_two_avx512(l) : runner(l);
}

const GruffKernel gruff_kernel_avx512 = {KERNEL("avx512"), .runner = one_or_two};
