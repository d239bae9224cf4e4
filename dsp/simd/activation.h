/* tanh, sigmoid and their kin over the vector vocabulary (vector_ISA.h, included before this). The player's
 * kernels and the trainer's share them. The kernels also have gates by v_exp2 (cell_text.h): either way
 * within 3e-7 of exact, so that what is trained is what is played. */
#ifndef GRUFF_ACTIVATION_H
#define GRUFF_ACTIVATION_H

#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

/* v_tanh_begin does what needs x alone; v_tanh_end gives offset + scale · tanh(x) in few steps more. tanh is
 * within 3e-7 of exact.
 *
 * tanh(x) = x P(x²) / Q(x²), degrees 11 and 6, fitted to the smallest relative error on |x| <= 8.25 (2.6e-8
 * in exact arithmetic), then rounded to floats so that float arithmetic errs least: at most 2.3e-7. From 8.25
 * on, where tanh is 1 but for 1.4e-7, it stays where it is. P and Q are summed up in pairs (Estrin), so that
 * fewer steps wait for each other. The longest way is through 1 / Q, so Q is the short one of the two, and
 * scale · x P is ready before it; without FMA the last steps round so often that the result is kept within 1.
 */
typedef struct Tanh {
    vf p, q; /* tanh is their product */
} Tanh;

INLINE Tanh v_tanh_begin(vf x)
{
    const vf one = v_set(1.0f);
    vf t = v_least(v_mul(x, x), v_set(8.25f * 8.25f)), t2 = v_mul(t, t);
    x = v_min(v_max(x, v_set(-8.25f)), v_set(8.25f));
    vf q01 = v_fma(v_set(0x1.da179cp-2f), t, one);
    vf q23 = v_fma(v_set(0x1.ecc5a2p-13f), t, v_set(0x1.88a022p-6f));
    vf p01 = v_fma(v_set(0x1.0984acp-3f), t, one);
    vf p23 = v_fma(v_set(0x1.46605ap-17f), t, v_set(0x1.854a68p-9f));
    vf p45 = v_fma(v_set(0x1.8460e6p-36f), t, v_set(-0x1.e822fep-27f));
    vf q = v_div(one, v_fma(q23, t2, q01));
    vf p = v_mul(x, v_fma(v_fma(p45, t2, p23), t2, p01));
#if V_NO_FMA
    return (Tanh){v_min(v_max(v_mul(p, q), v_set(-1.0f)), one), one};
#else
    return (Tanh){p, q};
#endif
}

INLINE vf v_tanh_end(Tanh t, vf scale, vf offset)
{
    return v_fma(v_mul(t.p, scale), t.q, offset);
}

INLINE vf v_tanh_scaled(vf x, vf scale, vf offset)
{
    return v_tanh_end(v_tanh_begin(x), scale, offset);
}

INLINE vf v_tanh(vf x)
{
    return v_tanh_scaled(x, v_set(1.0f), v_set(0.0f));
}

/* a, kept within ±most; for NaN -most. */
INLINE vf v_within(vf a, vf most)
{
    return v_min(v_max(a, v_sub(v_set(0.0f), most)), most);
}

/* 2^y = over / under: few steps that multiply, for layers with more to do than to wait for, whose quotients
 * take these in. y = k + f with a whole k: 2^f = (Q(f²) + f P(f²)) / (Q(f²) - f P(f²)), of degrees 1 and 1,
 * fitted to the smallest relative error on |f| <= 1/2 (1e-10, also of the coefficients as floats), so that
 * 2^-f = 1 / 2^f and 2^0 = 1; k goes into the exponent of the upper one, kept within ±30, where what is told
 * apart from 1 has long ended and products of three still fit. NaN for NaN; for Inf NaN or its limit.
 */
typedef struct Power {
    vf over, under;
} Power;

INLINE Power v_exp2(vf y)
{
    const vf most = v_set(30.0f);
#if V_ROUNDS_SMALL
    y = v_within(y, most);
    vf k = v_round(y), in_range = k;
#else
    vf k = v_round(y), in_range = v_within(k, most);
#endif
    vf f = v_sub(y, k), t = v_mul(f, f);
    vf q = v_fma(v_set(0x1.ba2408p-4f), t, v_set(0x1.1fa728p+1f));
    vf p = v_fma(v_set(0x1.981d36p-8f), t, v_set(0x1.8ec58cp-1f));
    return (Power){v_scale(v_fma(p, f, q), in_range), v_fnma(p, f, q)};
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
