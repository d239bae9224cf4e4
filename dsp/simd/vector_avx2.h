/* AVX2 with FMA: 8 lanes. */
#ifndef GRUFF_VECTOR_H
#define GRUFF_VECTOR_H

#include <immintrin.h>

enum { LANES = 8, REGISTERS = 16 };
typedef __m256 vf;

#define v_load(p)      _mm256_load_ps(p)
#define v_store(p, a)  _mm256_store_ps(p, a)
#define v_set(x)       _mm256_set1_ps(x)
#define v_fma(a, b, c) _mm256_fmadd_ps(a, b, c)
#define v_add(a, b)    _mm256_add_ps(a, b)
#define v_sub(a, b)    _mm256_sub_ps(a, b)
#define v_mul(a, b)    _mm256_mul_ps(a, b)
#define v_div(a, b)    _mm256_div_ps(a, b)
#define v_min(a, b)    _mm256_min_ps(a, b)
#define v_max(a, b)    _mm256_max_ps(a, b)
#define v_sqrt(a)      _mm256_sqrt_ps(a)

static inline float v_sum(vf a)
{
    __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    b = _mm_add_ps(b, _mm_movehl_ps(b, b));
    return _mm_cvtss_f32(_mm_add_ss(b, _mm_movehdup_ps(b)));
}

#endif
