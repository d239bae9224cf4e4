/* AVX-512 Foundation: 16 lanes. */
#ifndef GRUFF_VECTOR_H
#define GRUFF_VECTOR_H

#include <immintrin.h>

enum { LANES = 16, REGISTERS = 32 };
typedef __m512 vf;

#define v_load(p)      _mm512_load_ps(p)
#define v_store(p, a)  _mm512_store_ps(p, a)
#define v_set(x)       _mm512_set1_ps(x)
#define v_fma(a, b, c) _mm512_fmadd_ps(a, b, c)
#define v_add(a, b)    _mm512_add_ps(a, b)
#define v_sub(a, b)    _mm512_sub_ps(a, b)
#define v_mul(a, b)    _mm512_mul_ps(a, b)
#define v_div(a, b)    _mm512_div_ps(a, b)
#define v_min(a, b)    _mm512_min_ps(a, b)
#define v_max(a, b)    _mm512_max_ps(a, b)
#define v_sqrt(a)      _mm512_sqrt_ps(a)
#define v_sum(a)       _mm512_reduce_add_ps(a)

#endif
