/* AVX-512 Foundation: 16 lanes. */
#ifndef GRUFF_VECTOR_H
#define GRUFF_VECTOR_H

#include <immintrin.h>

#define V_QUICK      0
#define V_QUICK_LSTM 0
#define V_HELD       3
#define V_CLASS      "v"
enum { LANES = 16, REGISTERS = 32 };
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

/* i and k below are constants. */
static inline vf v_lane(vf quad, int i)
{
    return i == 0   ? _mm512_permute_ps(quad, 0x00)
           : i == 1 ? _mm512_permute_ps(quad, 0x55)
           : i == 2 ? _mm512_permute_ps(quad, 0xaa)
                    : _mm512_permute_ps(quad, 0xff);
}

static inline vf v_quad_of(vf a, int k)
{
    return k == 0   ? _mm512_shuffle_f32x4(a, a, 0x00)
           : k == 1 ? _mm512_shuffle_f32x4(a, a, 0x55)
           : k == 2 ? _mm512_shuffle_f32x4(a, a, 0xaa)
                    : _mm512_shuffle_f32x4(a, a, 0xff);
}

static inline __m256 halves(vf a)
{
    __m256d high = _mm512_extractf64x4_pd(_mm512_castps_pd(a), 1);
    return _mm256_add_ps(_mm512_castps512_ps256(a), _mm256_castpd_ps(high));
}

/* In the order of v_sum4. */
static inline float v_sum(vf a)
{
    __m256 b = halves(a);
    b = _mm256_add_ps(b, _mm256_permute_ps(b, 0xb1));
    b = _mm256_add_ps(b, _mm256_permute_ps(b, 0x4e));
    return _mm_cvtss_f32(_mm_add_ss(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1)));
}

/* sum[i]: the sum of all lanes of the i-th. */
static inline void v_sum4(float sum[4], vf a, vf b, vf c, vf d)
{
    __m256 t = _mm256_hadd_ps(_mm256_hadd_ps(halves(a), halves(b)), _mm256_hadd_ps(halves(c), halves(d)));
    _mm_storeu_ps(sum, _mm_add_ps(_mm256_castps256_ps128(t), _mm256_extractf128_ps(t, 1)));
}

#endif
