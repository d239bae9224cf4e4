#include "kernels.h"

#include <string.h>

static const GruffKernel *const kernels[] = {
#if defined(__x86_64__)
    &gruff_kernel_avx512,
    &gruff_kernel_avx2,
#elif defined(__aarch64__)
    &gruff_kernel_neon,
#endif
    &gruff_kernel_c,
};

enum { N_KERNELS = sizeof kernels / sizeof kernels[0] };

const char *gruff_kernel_name(uint32_t index)
{
    for (uint32_t i = 0; i < N_KERNELS; i++)
        if (kernels[i]->available() && index-- == 0)
            return kernels[i]->name;
    return NULL;
}

const GruffKernel *gruff_kernel_find(const char *name)
{
    for (uint32_t i = 0; i < N_KERNELS; i++)
        if (kernels[i]->available() && (!name || !strcmp(name, kernels[i]->name)))
            return kernels[i];
    return NULL;
}
