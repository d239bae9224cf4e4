/* The player's kernel over vector_avx2.h. */
#include "kernels.h"

#include "vector_avx2.h"

#include "kernel_text.h"

static bool available(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

const GruffKernel gruff_kernel_avx2 = {KERNEL("avx2"), .runner = runner};
