/* AVX-512 Foundation: 16 lanes. */
#ifndef GRUFF_VECTOR_H
#define GRUFF_VECTOR_H

#include "vector_512.h"

#define V_QUICK      1
#define V_QUICK_LSTM 1
#define V_HELD       3
#define V_CLASS      "v"
enum { LANES = 16, REGISTERS = 32 };

/* Clang leaves such sums in memory: GRU of 96 units 1590 to 3430 ns. */
#ifndef __clang__
#define V_SHARED 8
#endif

/* k is constant. */
static inline vf v_quad_of(vf a, int k)
{
    return k == 0   ? _mm512_shuffle_f32x4(a, a, 0x00)
           : k == 1 ? _mm512_shuffle_f32x4(a, a, 0x55)
           : k == 2 ? _mm512_shuffle_f32x4(a, a, 0xaa)
                    : _mm512_shuffle_f32x4(a, a, 0xff);
}

static inline __m256 halves(vf a)
{
    return _mm256_add_ps(v_half(a, 0), v_half(a, 1));
}

/* In the order of v_sum4. */
static inline float v_sum(vf a)
{
    return v_sum_of_8(halves(a));
}

/* sum[i]: the sum of all lanes of the i-th. */
static inline void v_sum4(float sum[4], vf a, vf b, vf c, vf d)
{
    __m256 t = _mm256_hadd_ps(_mm256_hadd_ps(halves(a), halves(b)), _mm256_hadd_ps(halves(c), halves(d)));
    _mm_storeu_ps(sum, _mm_add_ps(_mm256_castps256_ps128(t), _mm256_extractf128_ps(t, 1)));
}

#endif
