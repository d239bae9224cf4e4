/* The player's kernel over vector_c.h. */
#include "kernels.h"

#include "vector_c.h"

#include "kernel_text.h"

static bool available(void)
{
    return true;
}

const GruffKernel gruff_kernel_c = {KERNEL("c"), .runner = runner};
