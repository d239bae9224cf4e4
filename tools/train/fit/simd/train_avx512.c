/* The trainer's kernel in AVX-512. */
#include "fpu.h"
#include "train/fit/simd/train_kernels.h"

#include "vector_avx512.h"

#include "train/fit/simd/train_text.h"

static bool available(void)
{
    return __builtin_cpu_supports("avx512f");
}

const TrainKernel train_kernel_avx512 = {"avx512", W,    available, &train_kernel_avx512vl, pack, forward,
                                         backward, loss, spectrum};
