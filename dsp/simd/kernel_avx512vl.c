/* The player's kernel over vector_avx512vl.h. */
#include "kernels.h"

#include "vector_avx512vl.h"

#include "kernel_text.h"

static bool available(void)
{
    return __builtin_cpu_supports("avx512vl");
}

const GruffKernel gruff_kernel_avx512vl = {"avx512vl", LANES, SUMS, V_HELD, V_QUICK, available, runner};
