/* tanh, sigmoid and their kin over the vector vocabulary (vector_ISA.h, included before this). The player's
 * kernels and the trainer's share them, so that what is trained is what is played. */
#ifndef GRUFF_ACTIVATION_H
#define GRUFF_ACTIVATION_H

#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

/* tanh(x) = x P(x²) / Q(x²), degrees 9 and 8, fitted to the smallest relative error on |x| <= 9 (2.1e-8 in
 * exact arithmetic), then rounded to floats so that float arithmetic errs least: at most 2.6e-7, with FMA and
 * without, absolute and relative. Where |x| > 9, tanh is 1 to within half a float's step. The largest errors
 * come from the last steps of P and Q. */
INLINE vf v_tanh(vf x)
{
    x = v_min(v_max(x, v_set(-9.0f)), v_set(9.0f));
    vf x2 = v_mul(x, x);
    vf p = v_set(0x1.c35066p-27f), q = v_set(0x1.9aa234p-21f);
    p = v_fma(p, x2, v_set(0x1.54137cp-16f));
    q = v_fma(q, x2, v_set(0x1.52db6cp-12f));
    p = v_fma(p, x2, v_set(0x1.c2a33ep-9f));
    q = v_fma(q, x2, v_set(0x1.a0feb6p-6f));
    p = v_fma(p, x2, v_set(0x1.0d892cp-3f));
    q = v_fma(q, x2, v_set(0x1.d67c96p-2f));
    p = v_fma(p, x2, v_set(0x1.f79416p-1f));
    q = v_fma(q, x2, v_set(0x1.f79418p-1f));
    vf y = v_div(v_mul(x, p), q);
    return v_min(v_max(y, v_set(-1.0f)), v_set(1.0f));
}

/* sigmoid(x) = (1 + tanh(x/2)) / 2 */
INLINE vf v_sigmoid(vf x)
{
    vf half = v_set(0.5f);
    return v_fma(v_tanh(v_mul(x, half)), half, half);
}

/* exp(x) - 1 for x <= 0: with t = tanh(x/2), 2t / (1 - t). */
INLINE vf v_expm1_negative(vf x)
{
    vf t = v_tanh(v_mul(x, v_set(0.5f)));
    return v_div(v_add(t, t), v_sub(v_set(1.0f), t));
}

#endif
