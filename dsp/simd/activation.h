/* tanh, sigmoid and their kin over the vector vocabulary (vector_ISA.h, included before this). The player's
 * kernels and the trainer's share them, so that what is trained is what is played. */
#ifndef GRUFF_ACTIVATION_H
#define GRUFF_ACTIVATION_H

#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* v_tanh_begin does what needs x alone; v_tanh_end gives offset + scale · tanh(x) in few steps more. tanh is
 * within 3e-7 of exact. */
#if V_PICK16

/* tanh(|x|) as polynomials of degree 5 in f = |x| - left end, on the 13 intervals that the exponent and the
 * next two bits of 1 + |x| tell apart; from 10 it is 1. Each was fitted to the smallest largest error (the
 * first to the smallest relative one), then its coefficients were rounded one by one: at most 1.2e-7 off in
 * exact arithmetic, 1.9e-7 in floats, on [1, 1.5]. Row k holds ck by the low four of those bits: [0, 0.25] is
 * the 13th. */
/* clang-format off */
static const float tanh_pieces[6][16] __attribute__((aligned(64))) = {
    {0x1.85efa8p-1f, 0x1.cf6f96p-1f, 0x1.ed9506p-1f, 0x1.f92582p-1f, 0x1.fd77d4p-1f, 0x1.ffa818p-1f,
     0x1.fff41ap-1f, 0x1.fffe64p-1f, 0x1.ffffc8p-1f, 1, 1, 1, 0, 0x1.f597ecp-3f, 0x1.d9353ep-2f,
     0x1.45323ep-1f},
    {0x1.ae1232p-2f, 0x1.7217a4p-3f, 0x1.2161f2p-4f, 0x1.b3ad54p-6f, 0x1.431994p-7f, 0x1.5f4d9p-10f,
     0x1.7c9182p-13f, 0x1.9c1114p-16f, 0x1.ba7e6p-19f, 0, 0, 0, 0x1.fffffep-1f, 0x1.e1495p-1f,
     0x1.92a92ap-1f, 0x1.3173cp-1f},
    {-0x1.47f0d4p-2f, -0x1.4f1d26p-3f, -0x1.16e744p-4f, -0x1.ad9e46p-6f, -0x1.3f5b84p-7f, -0x1.5c96d4p-10f,
     -0x1.79d3dap-13f, -0x1.9920d2p-16f, -0x1.a4cf3p-19f, 0, 0, 0, 0x1.c74064p-17f, -0x1.d746cp-3f,
     -0x1.741c0ap-2f, -0x1.8408dp-2f},
    {0x1.b6e54ap-4f, 0x1.6a27p-4f, 0x1.57c212p-5f, 0x1.14cef2p-6f, 0x1.9374e8p-8f, 0x1.bb1b1cp-11f,
     0x1.e0aba6p-14f, 0x1.044656p-16f, 0x1.d5083ap-20f, 0, 0, 0, -0x1.55be4cp-2f, -0x1.091578p-2f,
     -0x1.850802p-4f, 0x1.58fdb8p-5f},
    {0x1.bb50e8p-7f, -0x1.c4e606p-6f, -0x1.1c69c4p-6f, -0x1.ee948ap-8f, -0x1.463a24p-9f, -0x1.69087cp-12f,
     -0x1.880a66p-15f, -0x1.a8a006p-18f, -0x1.246faep-21f, 0, 0, 0, 0x1.02fdf8p-8f, 0x1.3c969ap-3f,
     0x1.5ea8e6p-3f, 0x1.9008a2p-4f},
    {-0x1.43bd68p-6f, 0x1.c46904p-9f, 0x1.04838cp-8f, 0x1.f6632ep-10f, 0x1.02783p-11f, 0x1.202914p-14f,
     0x1.39373ep-17f, 0x1.534b28p-20f, 0x1.36fd6p-24f, 0, 0, 0, 0x1.eabef6p-4f, 0x1.382722p-6f,
     -0x1.bc2d7ep-5f, -0x1.df44b6p-5f},
};
/* clang-format on */

typedef struct Tanh {
    vf low, high, f2, sign;
} Tanh;

INLINE Tanh v_tanh_begin(vf x)
{
    vf size = v_of_bits(vi_min(vi_and(v_bits(x), vi_set(0x7fffffff)), vi_set(0x41200000))); /* up to 10 */
    vi piece = v_bits(v_add(size, v_set(1.0f)));
    vf f = v_sub(size, v_sub(v_of_bits(vi_and(piece, vi_set((int)0xffe00000))), v_set(1.0f)));
    piece = vi_shift(piece, 21);
    vf c5 = v_pick16(tanh_pieces[5], piece), c4 = v_pick16(tanh_pieces[4], piece);
    vf c3 = v_pick16(tanh_pieces[3], piece), c2 = v_pick16(tanh_pieces[2], piece);
    vf c1 = v_pick16(tanh_pieces[1], piece), c0 = v_pick16(tanh_pieces[0], piece);
    vf f2 = v_mul(f, f);
    return (Tanh){v_fma(c1, f, c0), v_fma(f2, v_fma(c5, f, c4), v_fma(c3, f, c2)), f2,
                  v_and(x, v_set(-0.0f))};
}

INLINE vf v_tanh_end(Tanh t, vf scale, vf offset)
{
    scale = v_xor(scale, t.sign);
    return v_fma(v_mul(scale, t.f2), t.high, v_fma(scale, t.low, offset));
}

#else

/* tanh(x) = x P(x²) / Q(x²), degrees 9 and 8, fitted to the smallest relative error on |x| <= 9 (2.1e-8 in
 * exact arithmetic), then rounded to floats so that float arithmetic errs least: at most 2.7e-7. From 8.25
 * on, where tanh is 1 but for 1.4e-7, it stays where it is. P and Q are summed up in pairs (Estrin), so that
 * fewer steps wait for each other; without FMA the last ones round so often that the result is kept within 1.
 */
typedef vf Tanh;

INLINE Tanh v_tanh_begin(vf x)
{
    x = v_min(v_max(x, v_set(-8.25f)), v_set(8.25f));
    vf x2 = v_mul(x, x), x4 = v_mul(x2, x2);
    vf p01 = v_fma(v_set(0x1.0d892cp-3f), x2, v_set(0x1.f79416p-1f));
    vf q01 = v_fma(v_set(0x1.d67c96p-2f), x2, v_set(0x1.f79418p-1f));
    vf p23 = v_fma(v_set(0x1.54137cp-16f), x2, v_set(0x1.c2a33ep-9f));
    vf q23 = v_fma(v_set(0x1.52db6cp-12f), x2, v_set(0x1.a0feb6p-6f));
    p23 = v_fma(v_set(0x1.c35066p-27f), x4, p23);
    q23 = v_fma(v_set(0x1.9aa234p-21f), x4, q23);
    vf y = v_div(v_mul(x, v_fma(p23, x4, p01)), v_fma(q23, x4, q01));
#if V_NO_FMA
    y = v_min(v_max(y, v_set(-1.0f)), v_set(1.0f));
#endif
    return y;
}

INLINE vf v_tanh_end(Tanh t, vf scale, vf offset)
{
    return v_fma(t, scale, offset);
}

#endif

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
