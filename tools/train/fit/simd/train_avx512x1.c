/* The trainer's kernel in AVX-512, one vector a row: 16 streams. */
#include "fpu.h"
#include "train/fit/simd/train_kernels.h"

#include "vector_avx512.h"

#define ROW_VECTORS 1

#include "train/fit/simd/train_text.h"

static bool available(void)
{
    return __builtin_cpu_supports("avx512f");
}

const TrainKernel train_kernel_avx512x1 = {"avx512x1", W,        available, NULL,    pack,
                                           forward,    backward, loss,      spectrum};
