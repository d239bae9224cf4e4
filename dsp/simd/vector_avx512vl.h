/* AVX-512 on vectors of 8 lanes: AVX2's operations, 32 registers, and a look-up in two registers. */
#ifndef GRUFF_VECTOR_AVX512VL_H
#define GRUFF_VECTOR_AVX512VL_H

#define V_REGISTERS 32
#include "vector_avx2.h"

/* One of 16 numbers for each lane, by the low 4 bits of i. */
#define V_PICK16 1
typedef __m256i vi;
#define v_bits(a)          _mm256_castps_si256(a)
#define v_of_bits(a)       _mm256_castsi256_ps(a)
#define vi_set(i)          _mm256_set1_epi32(i)
#define vi_and(a, b)       _mm256_and_si256(a, b)
#define vi_min(a, b)       _mm256_min_epi32(a, b)
#define vi_shift(a, n)     _mm256_srli_epi32(a, n)
#define v_pick16(table, i) _mm256_permutex2var_ps(_mm256_load_ps(table), i, _mm256_load_ps((table) + 8))

#endif
