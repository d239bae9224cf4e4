/* tanh, sigmoid and their kin over the vector vocabulary (vector_ISA.h, included before this). The player's
 * kernels and the trainer's share them, so that what is trained is what is played. */
#ifndef GRUFF_ACTIVATION_H
#define GRUFF_ACTIVATION_H

#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* v_tanh_begin does what needs x alone; v_tanh_end gives offset + scale · tanh(x) in few steps more. tanh is
 * within 3e-7 of exact.
 *
 * tanh(x) = x P(x²) / Q(x²), degrees 9 and 8, fitted to the smallest relative error on |x| <= 9 (2.1e-8 in
 * exact arithmetic), then rounded to floats so that float arithmetic errs least: at most 2.7e-7. From 8.25
 * on, where tanh is 1 but for 1.4e-7, it stays where it is. P and Q are summed up in pairs (Estrin), so that
 * fewer steps wait for each other; without FMA the last ones round so often that the result is kept within 1.
 */
typedef vf Tanh;

INLINE Tanh v_tanh_begin(vf x)
{
    vf x2 = v_least(v_mul(x, x), v_set(8.25f * 8.25f)), x4 = v_mul(x2, x2);
    x = v_min(v_max(x, v_set(-8.25f)), v_set(8.25f));
    vf p01 = v_mul(x, v_fma(v_set(0x1.0d892cp-3f), x2, v_set(0x1.f79416p-1f)));
    vf q01 = v_fma(v_set(0x1.d67c96p-2f), x2, v_set(0x1.f79418p-1f));
    vf p23 = v_fma(v_set(0x1.54137cp-16f), x2, v_set(0x1.c2a33ep-9f));
    vf q23 = v_fma(v_set(0x1.52db6cp-12f), x2, v_set(0x1.a0feb6p-6f));
    p23 = v_fma(v_set(0x1.c35066p-27f), x4, p23);
    q23 = v_fma(v_set(0x1.9aa234p-21f), x4, q23);
    vf y = v_div(v_fma(p23, v_mul(x4, x), p01), v_fma(q23, x4, q01));
#if V_NO_FMA
    y = v_min(v_max(y, v_set(-1.0f)), v_set(1.0f));
#endif
    return y;
}

INLINE vf v_tanh_end(Tanh t, vf scale, vf offset)
{
    return v_fma(t, scale, offset);
}

INLINE vf v_tanh_scaled(vf x, vf scale, vf offset)
{
    return v_tanh_end(v_tanh_begin(x), scale, offset);
}

INLINE vf v_tanh(vf x)
{
    return v_tanh_scaled(x, v_set(1.0f), v_set(0.0f));
}

/* sigmoid(x) = (1 + tanh(x/2)) / 2 */
INLINE vf v_sigmoid(vf x)
{
    vf half = v_set(0.5f);
    return v_tanh_scaled(v_mul(x, half), half, half);
}

/* exp(x) - 1 for x <= 0: with t = tanh(x/2), 2t / (1 - t). */
INLINE vf v_expm1_negative(vf x)
{
    vf t = v_tanh(v_mul(x, v_set(0.5f)));
    return v_div(v_add(t, t), v_sub(v_set(1.0f), t));
}

#endif
