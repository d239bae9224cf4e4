/* AVX2 with FMA: 8 lanes. */
#ifndef GRUFF_VECTOR_H
#define GRUFF_VECTOR_H

#include <immintrin.h>

#ifndef V_REGISTERS
#define V_REGISTERS  16
#define V_HELD       4
#define V_QUICK_LSTM 2
#endif
#define V_QUICK 2
#define V_CLASS "v"
enum { LANES = 8, REGISTERS = V_REGISTERS };
typedef __m256 vf;

#define v_load(p)       _mm256_load_ps(p)
#define v_store(p, a)   _mm256_store_ps(p, a)
#define v_set(x)        _mm256_set1_ps(x)
#define v_fma(a, b, c)  _mm256_fmadd_ps(a, b, c)
#define v_fnma(a, b, c) _mm256_fnmadd_ps(a, b, c)
#define v_add(a, b)     _mm256_add_ps(a, b)
#define v_sub(a, b)     _mm256_sub_ps(a, b)
#define v_mul(a, b)     _mm256_mul_ps(a, b)
#define v_div(a, b)     _mm256_div_ps(a, b)
#define v_min(a, b)     _mm256_min_ps(a, b)
#define v_max(a, b)     _mm256_max_ps(a, b)
#define v_sqrt(a)       _mm256_sqrt_ps(a)
#define v_round(a)      _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
#define v_quad(p)       _mm256_broadcast_ps((const __m128 *)(p))

/* The smaller one of two that are not negative: as integers, which takes a cycle where floats take two. */
static inline vf v_least(vf a, vf b)
{
    return _mm256_castsi256_ps(_mm256_min_epi32(_mm256_castps_si256(a), _mm256_castps_si256(b)));
}

/* a · 2^n of a whole n. */
static inline vf v_scale(vf a, vf n)
{
    __m256i exponent = _mm256_slli_epi32(_mm256_cvtps_epi32(n), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a), exponent));
}

/* i and k below are constants. */
static inline vf v_lane(vf quad, int i)
{
    return i == 0   ? _mm256_permute_ps(quad, 0x00)
           : i == 1 ? _mm256_permute_ps(quad, 0x55)
           : i == 2 ? _mm256_permute_ps(quad, 0xaa)
                    : _mm256_permute_ps(quad, 0xff);
}

static inline vf v_quad_of(vf a, int k)
{
    return k == 0 ? _mm256_permute2f128_ps(a, a, 0x00) : _mm256_permute2f128_ps(a, a, 0x11);
}

/* In the order of v_sum4. */
static inline float v_sum(vf a)
{
    a = _mm256_add_ps(a, _mm256_permute_ps(a, 0xb1));
    a = _mm256_add_ps(a, _mm256_permute_ps(a, 0x4e));
    return _mm_cvtss_f32(_mm_add_ss(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1)));
}

/* sum[i]: the sum of all lanes of the i-th. */
static inline void v_sum4(float sum[4], vf a, vf b, vf c, vf d)
{
    vf t = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    _mm_storeu_ps(sum, _mm_add_ps(_mm256_castps256_ps128(t), _mm256_extractf128_ps(t, 1)));
}

#endif
