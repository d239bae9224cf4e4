/* The trainer's kernel on AVX-512's registers, but vectors of 8 lanes, three a row: where 32 streams do not
 * fill up. */
#include "fpu.h"
#include "train/fit/simd/train_kernels.h"

#include "vector_avx512vl.h"

#define ROW_VECTORS 3

#include "train/fit/simd/train_text.h"

static bool available(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
}

const TrainKernel train_kernel_avx512vl = {"avx512vl", W,        available, NULL,    pack,
                                           forward,    backward, loss,      spectrum};
