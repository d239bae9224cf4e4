/* AVX-512 on 8 lanes of each of two channels: the halves of a vector. */
#ifndef GRUFF_VECTOR_H
#define GRUFF_VECTOR_H

#include <immintrin.h>

#define V_HELD     3
#define V_CLASS    "v"
#define V_CHANNELS 2
enum { LANES = 8, REGISTERS = 32 };
typedef __m512 vf;

#define v_load(p)       _mm512_load_ps(p)
#define v_set(x)        _mm512_set1_ps(x)
#define v_fma(a, b, c)  _mm512_fmadd_ps(a, b, c)
#define v_fnma(a, b, c) _mm512_fnmadd_ps(a, b, c)
#define v_add(a, b)     _mm512_add_ps(a, b)
#define v_sub(a, b)     _mm512_sub_ps(a, b)
#define v_mul(a, b)     _mm512_mul_ps(a, b)
#define v_div(a, b)     _mm512_div_ps(a, b)
#define v_min(a, b)     _mm512_min_ps(a, b)
#define v_max(a, b)     _mm512_max_ps(a, b)
#define v_round(a)      _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)

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
    return k == 0 ? _mm512_shuffle_f32x4(a, a, 0xa0) : _mm512_shuffle_f32x4(a, a, 0xf5);
}

static inline vf v_join(__m256 a, __m256 b)
{
    __m512d low = _mm512_castpd256_pd512(_mm256_castps_pd(a));
    return _mm512_castpd_ps(_mm512_insertf64x4(low, _mm256_castps_pd(b), 1));
}

static inline __m256 v_half(vf a, int c)
{
    return c == 0 ? _mm512_castps512_ps256(a)
                  : _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(a), 1));
}

#define v_row(p, k)        v_join(_mm256_load_ps((p)[0] + (k)), _mm256_load_ps((p)[1] + (k)))
#define v_row_number(p, k) _mm512_mask_broadcastss_ps(v_set((p)[0][k]), 0xff00, _mm_load_ss((p)[1] + (k)))
#define v_row_quad(p, k)                                        \
    v_join(_mm256_broadcast_ps((const __m128 *)((p)[0] + (k))), \
           _mm256_broadcast_ps((const __m128 *)((p)[1] + (k))))
#define v_put(p, k, a) \
    (_mm256_store_ps((p)[0] + (k), v_half(a, 0)), _mm256_store_ps((p)[1] + (k), v_half(a, 1)))

/* In the order of v_sum on 8 lanes. */
static inline float v_sum_of(vf a, int c)
{
    __m256 b = v_half(a, c);
    b = _mm256_add_ps(b, _mm256_permute_ps(b, 0xb1));
    b = _mm256_add_ps(b, _mm256_permute_ps(b, 0x4e));
    return _mm_cvtss_f32(_mm_add_ss(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1)));
}

#endif
