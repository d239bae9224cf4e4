/* Two channels of a layer of several groups, for the kernel avx512vl. */
#include "kernels.h"

#include "vector_avx512vl.h"
#include "vector_two.h"

#include "two_text.h"

GruffRun gruff_two_avx512vl(const GruffPacked *layer)
{
    return two(layer);
}
