/* AVX-512 on 8 lanes of each of two channels: the halves of a vector. */
#ifndef GRUFF_VECTOR_H
#define GRUFF_VECTOR_H

#include "vector_512.h"

#define V_HELD     3
#define V_CLASS    "v"
#define V_CHANNELS 2
#define V_WEIGHTS  (2 * LANES)
enum { LANES = 8, REGISTERS = 32 };

/* k is constant. */
static inline vf v_quad_of(vf a, int k)
{
    return k == 0 ? _mm512_shuffle_f32x4(a, a, 0xa0) : _mm512_shuffle_f32x4(a, a, 0xf5);
}

static inline vf v_join(__m256 a, __m256 b)
{
    __m512d low = _mm512_castpd256_pd512(_mm256_castps_pd(a));
    return _mm512_castpd_ps(_mm512_insertf64x4(low, _mm256_castps_pd(b), 1));
}

#define v_row(p, k)        v_join(_mm256_load_ps((p)[0] + (k)), _mm256_load_ps((p)[1] + (k)))
#define v_row_number(p, k) _mm512_mask_broadcastss_ps(v_set((p)[0][k]), 0xff00, _mm_load_ss((p)[1] + (k)))
#define v_row_quad(p, k)                                        \
    v_join(_mm256_broadcast_ps((const __m128 *)((p)[0] + (k))), \
           _mm256_broadcast_ps((const __m128 *)((p)[1] + (k))))
#define v_put(p, k, a) \
    (_mm256_store_ps((p)[0] + (k), v_half(a, 0)), _mm256_store_ps((p)[1] + (k), v_half(a, 1)))

#define v_sum_of(a, c) v_sum_of_8(v_half(a, c))
#define v_keep(a)      __asm__("" : "+" V_CLASS(a))

#endif
