/* Two channels of a layer of several groups, for the kernel avx512. */
#include "kernels.h"

#include "vector_avx512.h"
#include "vector_two.h"

#include "two_text.h"

GruffRun gruff_two_avx512(const GruffPacked *layer)
{
    return two(layer);
}
