/* The player's kernel over vector_neon.h. */
#include "kernels.h"

#include "vector_neon.h"

#include "kernel_text.h"

static bool available(void)
{
    return true;
}

const GruffKernel gruff_kernel_neon = {KERNEL("neon"), .runner = runner};
