/* AVX-512 Foundation: what vectors of 512 bits do, whatever their lanes hold. */
#ifndef GRUFF_VECTOR_512_H
#define GRUFF_VECTOR_512_H

#include <immintrin.h>

typedef __m512 vf;

#define v_load(p)       _mm512_load_ps(p)
#define v_store(p, a)   _mm512_store_ps(p, a)
#define v_set(x)        _mm512_set1_ps(x)
#define v_fma(a, b, c)  _mm512_fmadd_ps(a, b, c)
#define v_fnma(a, b, c) _mm512_fnmadd_ps(a, b, c)
#define v_add(a, b)     _mm512_add_ps(a, b)
#define v_sub(a, b)     _mm512_sub_ps(a, b)
#define v_mul(a, b)     _mm512_mul_ps(a, b)
#define v_div(a, b)     _mm512_div_ps(a, b)
#define v_min(a, b)     _mm512_min_ps(a, b)
#define v_max(a, b)     _mm512_max_ps(a, b)
#define v_sqrt(a)       _mm512_sqrt_ps(a)
#define v_round(a)      _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
#define v_quad(p)       _mm512_broadcast_f32x4(_mm_load_ps(p))

/* The smaller one of two that are not negative. */
static inline vf v_least(vf a, vf b)
{
    return _mm512_castsi512_ps(_mm512_min_epi32(_mm512_castps_si512(a), _mm512_castps_si512(b)));
}

/* a · 2^n of a whole n. */
static inline vf v_scale(vf a, vf n)
{
    __m512i exponent = _mm512_slli_epi32(_mm512_cvtps_epi32(n), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(a), exponent));
}

/* i is constant. */
static inline vf v_lane(vf quad, int i)
{
    return i == 0   ? _mm512_permute_ps(quad, 0x00)
           : i == 1 ? _mm512_permute_ps(quad, 0x55)
           : i == 2 ? _mm512_permute_ps(quad, 0xaa)
                    : _mm512_permute_ps(quad, 0xff);
}

static inline __m256 v_half(vf a, int i)
{
    return i == 0 ? _mm512_castps512_ps256(a)
                  : _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(a), 1));
}

/* In the order of v_sum on 8 lanes. */
static inline float v_sum_of_8(__m256 a)
{
    a = _mm256_add_ps(a, _mm256_permute_ps(a, 0xb1));
    a = _mm256_add_ps(a, _mm256_permute_ps(a, 0x4e));
    return _mm_cvtss_f32(_mm_add_ss(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1)));
}

#endif
