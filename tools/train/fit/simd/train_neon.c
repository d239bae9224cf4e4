/* The trainer's kernel in NEON. */
#include "fpu.h"
#include "train/fit/simd/train_kernels.h"

#include "vector_neon.h"

#include "train/fit/simd/train_text.h"

static bool available(void)
{
    return true;
}

const TrainKernel train_kernel_neon = {"neon", W, available, NULL, pack, forward, backward, loss, spectrum};
