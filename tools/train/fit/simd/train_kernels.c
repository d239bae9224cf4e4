#include "train/fit/simd/train_kernels.h"

#include <string.h>

const TrainCell train_cells[TRAIN_HEAD + 1] = {
    [TRAIN_GRU_AFTER] = {4,
                         3,
                         3,
                         {{0, 2, 0, 0, false}, {2, 1, TRAIN_NONE, 2, false}, {3, 1, 2, TRAIN_NONE, false}}},
    [TRAIN_GRU_BEFORE] = {4, 3, 2, {{0, 2, 0, 0, false}, {2, 1, 2, 2, true}}},
    [TRAIN_GRU_NONE] = {2, 3, 2, {{0, 1, 0, 0, false}, {1, 1, 2, 2, false}}},
    [TRAIN_LSTM] = {5, 4, 1, {{0, 4, 0, 0, false}}},
    [TRAIN_RNN] = {1, 1, 1, {{0, 1, 0, 0, false}}},
    [TRAIN_HEAD] = {0, 1, 1, {{0, 1, 0, TRAIN_NONE, false}}},
};

static const TrainKernel *const kernels[] = {
/* best first */
#if defined(__x86_64__)
    &train_kernel_avx512, &train_kernel_avx512x1, &train_kernel_avx512vl, &train_kernel_avx2,
#elif defined(__aarch64__)
    &train_kernel_neon,
#endif
    &train_kernel_c,
};

const TrainKernel *train_kernel_find(const char *name)
{
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
        if (kernels[i]->available() && (!name || !strcmp(kernels[i]->name, name)))
            return kernels[i];
    return NULL;
}
