/* Plain C: 4 lanes as a vector type of GCC and Clang, which compiles to whatever the baseline has. */
#ifndef GRUFF_VECTOR_H
#define GRUFF_VECTOR_H

#include <math.h>

/* v_fma rounds twice. */
#define V_NO_FMA 1

#define V_QUICK      1
#define V_QUICK_LSTM 1
#define V_HELD       3
enum { LANES = 4, REGISTERS = 16 };
typedef float vf __attribute__((vector_size(16)));
typedef int vi __attribute__((vector_size(16)));

#define v_load(p)       (*(const vf *)(p))
#define v_store(p, a)   (*(vf *)(p) = (a))
#define v_set(x)        ((vf){(x), (x), (x), (x)})
#define v_fma(a, b, c)  ((a) * (b) + (c))
#define v_fnma(a, b, c) ((c) - (a) * (b))
#define v_add(a, b)     ((a) + (b))
#define v_sub(a, b)     ((a) - (b))
#define v_mul(a, b)     ((a) * (b))
#define v_div(a, b)     ((a) / (b))

/* What a compiler does not see in the text below: one instruction. */
#ifdef __SSE__
#include <xmmintrin.h>
#define v_min(a, b) _mm_min_ps(a, b)
#define v_max(a, b) _mm_max_ps(a, b)
#else
static inline vf v_select(vi mask, vf a, vf b)
{
    return (vf)((mask & (vi)a) | (~mask & (vi)b));
}

static inline vf v_min(vf a, vf b)
{
    return v_select(a < b, a, b);
}

static inline vf v_max(vf a, vf b)
{
    return v_select(a > b, a, b);
}
#endif

/* a · 2^n of a whole n. */
static inline vf v_scale(vf a, vf n)
{
    return (vf)((vi)a + (__builtin_convertvector(n, vi) << 23));
}

/* Of |a| up to 2^22. */
#define V_ROUNDS_SMALL  1
#define v_round(a)      (((a) + 0x1.8p23f) - 0x1.8p23f)
#define v_least(a, b)   v_min(a, b)
#define v_quad(p)       v_load(p)
#define v_lane(q, i)    v_set((q)[i])
#define v_quad_of(a, k) (a)

static inline vf v_sqrt(vf a)
{
    return (vf){sqrtf(a[0]), sqrtf(a[1]), sqrtf(a[2]), sqrtf(a[3])};
}

static inline float v_sum(vf a)
{
    return (a[0] + a[2]) + (a[1] + a[3]);
}

/* sum[i]: the sum of all lanes of the i-th. */
static inline void v_sum4(float sum[4], vf a, vf b, vf c, vf d)
{
    sum[0] = v_sum(a), sum[1] = v_sum(b), sum[2] = v_sum(c), sum[3] = v_sum(d);
}

#endif
