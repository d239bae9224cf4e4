/* The player's kernel over vector_avx512.h. */
#include "kernels.h"

#include "vector_avx512.h"

#include "kernel_text.h"

static bool available(void)
{
    return __builtin_cpu_supports("avx512f");
}

const GruffKernel gruff_kernel_avx512 = {KERNEL("avx512"), .runner = runner};
