/* The trainer's kernel in AVX2. */
#include "fpu.h"
#include "train/fit/simd/train_kernels.h"

#include "vector_avx2.h"

#include "train/fit/simd/train_text.h"

static bool available(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

const TrainKernel train_kernel_avx2 = {"avx2", W, available, NULL, pack, forward, backward, loss, spectrum};
