/* NEON on 64-bit ARM: 4 lanes. */
#ifndef GRUFF_VECTOR_H
#define GRUFF_VECTOR_H

#include <arm_neon.h>

#define V_QUICK      1
#define V_QUICK_LSTM 1
#define V_HELD       5
enum { LANES = 4, REGISTERS = 32 };
typedef float32x4_t vf;

#define v_load(p)       vld1q_f32(p)
#define v_store(p, a)   vst1q_f32(p, a)
#define v_set(x)        vdupq_n_f32(x)
#define v_fma(a, b, c)  vfmaq_f32(c, a, b)
#define v_fnma(a, b, c) vfmsq_f32(c, a, b)
#define v_add(a, b)     vaddq_f32(a, b)
#define v_sub(a, b)     vsubq_f32(a, b)
#define v_mul(a, b)     vmulq_f32(a, b)
#define v_div(a, b)     vdivq_f32(a, b)
#define v_min(a, b)     vminq_f32(a, b)
#define v_max(a, b)     vmaxq_f32(a, b)
#define v_least(a, b)   vminq_f32(a, b)
#define v_sqrt(a)       vsqrtq_f32(a)
#define v_round(a)      vrndnq_f32(a)
#define v_sum(a)        vaddvq_f32(a)
#define v_quad(p)       vld1q_f32(p)
#define v_lane(q, i)    vdupq_n_f32((q)[i])
#define v_quad_of(a, k) (a)

/* a · 2^n of a whole n. */
static inline vf v_scale(vf a, vf n)
{
    int32x4_t exponent = vshlq_n_s32(vcvtq_s32_f32(n), 23);
    return vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(a), exponent));
}

/* sum[i]: the sum of all lanes of the i-th. */
static inline void v_sum4(float sum[4], vf a, vf b, vf c, vf d)
{
    vst1q_f32(sum, vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d)));
}

#endif
