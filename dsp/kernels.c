#include "kernels.h"

#include <string.h>

static const GruffKernel *const kernels[] = {
#if defined(__x86_64__)
    &gruff_kernel_avx512,
    &gruff_kernel_avx512vl,
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

/* Half as wide a vector wastes less of itself, and its steps are shorter; full ones win where two or more of
 * them are well filled. Measured on Zen 4, which runs 512 bits as two halves. */
const GruffKernel *gruff_kernel_best(uint32_t n_units)
{
#if defined(__x86_64__)
    const bool narrow = n_units <= 24 || (n_units - 1) % 16 < 8;
    if (narrow && gruff_kernel_avx512vl.available())
        return &gruff_kernel_avx512vl;
#endif
    (void)n_units;
    return gruff_kernel_find(NULL);
}
