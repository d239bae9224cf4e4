/* The trainer's kernel in plain C. */
#include "fpu.h"
#include "train/fit/simd/train_kernels.h"

#include "vector_c.h"

#include "train/fit/simd/train_text.h"

static bool available(void)
{
    return true;
}

const TrainKernel train_kernel_c = {"c", W, available, NULL, pack, forward, backward, loss, spectrum};
