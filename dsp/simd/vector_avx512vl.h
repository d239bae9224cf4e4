/* AVX-512 on vectors of 8 lanes: AVX2's operations with 32 registers. */
#ifndef GRUFF_VECTOR_AVX512VL_H
#define GRUFF_VECTOR_AVX512VL_H

#define V_REGISTERS  32
#define V_HELD       5
#define V_QUICK_LSTM 1
#define V_PAIRED     3
#ifndef __clang__ /* as in vector_avx512.h */
#define V_SHARED 6
#endif
#include "vector_avx2.h"

#endif
