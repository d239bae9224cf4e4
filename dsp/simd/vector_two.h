/* Two channels over any vocabulary (vector_ISA.h, included before this): a vector of each, side by side. What
 * both take, as a weight, is read once. */
#ifndef GRUFF_VECTOR_TWO_H
#define GRUFF_VECTOR_TWO_H

#define INLINE static inline __attribute__((always_inline))
#define EACH_WORD(OF_1, OF_2, OF_3) \
    OF_1(round)                     \
    OF_2(add) OF_2(sub) OF_2(mul) OF_2(div) OF_2(min) OF_2(max) OF_2(least) OF_2(scale) OF_3(fma) OF_3(fnma)

/* ---- a word of the vocabulary below ---- */

typedef vf One;

#define ONE_1(word)              \
    INLINE One one_##word(One a) \
    {                            \
        return v_##word(a);      \
    }
#define ONE_2(word)                     \
    INLINE One one_##word(One a, One b) \
    {                                   \
        return v_##word(a, b);          \
    }
#define ONE_3(word)                            \
    INLINE One one_##word(One a, One b, One c) \
    {                                          \
        return v_##word(a, b, c);              \
    }
EACH_WORD(ONE_1, ONE_2, ONE_3)

INLINE One one_set(float x)
{
    return v_set(x);
}

INLINE One one_load(const float *p)
{
    return v_load(p);
}

INLINE void one_store(float *p, One a)
{
    v_store(p, a);
}

INLINE One one_quad(const float *p)
{
    return v_quad(p);
}

INLINE One one_quad_of(One a, const int k)
{
    return v_quad_of(a, k);
}

INLINE One one_lane(One quad, const int i)
{
    return v_lane(quad, i);
}

#undef v_round
#undef v_add
#undef v_sub
#undef v_mul
#undef v_div
#undef v_min
#undef v_max
#undef v_least
#undef v_scale
#undef v_fma
#undef v_fnma
#undef v_set
#undef v_load
#undef v_quad_of
#undef v_lane

/* ---- the same word for two ---- */

typedef struct Two {
    One a, b;
} Two;

#define TWO_1(word)                                     \
    INLINE Two two_##word(Two x)                        \
    {                                                   \
        return (Two){one_##word(x.a), one_##word(x.b)}; \
    }
#define TWO_2(word)                                               \
    INLINE Two two_##word(Two x, Two y)                           \
    {                                                             \
        return (Two){one_##word(x.a, y.a), one_##word(x.b, y.b)}; \
    }
#define TWO_3(word)                                                         \
    INLINE Two two_##word(Two x, Two y, Two z)                              \
    {                                                                       \
        return (Two){one_##word(x.a, y.a, z.a), one_##word(x.b, y.b, z.b)}; \
    }
EACH_WORD(TWO_1, TWO_2, TWO_3)

INLINE Two two_of(One both)
{
    return (Two){both, both};
}

INLINE void two_put(float *const *p, size_t k, Two x)
{
    one_store(p[0] + k, x.a);
    one_store(p[1] + k, x.b);
}

#define vf              Two
#define v_round         two_round
#define v_add           two_add
#define v_sub           two_sub
#define v_mul           two_mul
#define v_div           two_div
#define v_min           two_min
#define v_max           two_max
#define v_least         two_least
#define v_scale         two_scale
#define v_fma           two_fma
#define v_fnma          two_fnma
#define v_set(x)        two_of(one_set(x))
#define v_load(p)       two_of(one_load(p))
#define v_quad_of(x, k) ((Two){one_quad_of((x).a, k), one_quad_of((x).b, k)})
#define v_lane(q, i)    ((Two){one_lane((q).a, i), one_lane((q).b, i)})

#define V_CHANNELS         2
#define V_WEIGHTS          LANES
#define v_row(p, k)        ((Two){one_load((p)[0] + (k)), one_load((p)[1] + (k))})
#define v_row_quad(p, k)   ((Two){one_quad((p)[0] + (k)), one_quad((p)[1] + (k))})
#define v_row_number(p, k) ((Two){one_set((p)[0][k]), one_set((p)[1][k])})
#define v_put(p, k, x)     two_put(p, k, x)
#define v_keep(x)          __asm__("" : "+" V_CLASS((x).a), "+" V_CLASS((x).b))

#endif
