/* Multiply-adds that do not wait for each other, on the vectors of one instruction set (VECTOR, a header's
 * name; PEAK, the function's): what bench_train holds the trainer against. */
#include VECTOR

enum { SUMS = REGISTERS == 32 ? 24 : 12, ROUNDS = 1 << 20 };

double PEAK(float *result);

/* Does as many as it returns. */
double PEAK(float *result)
{
    vf sum[SUMS], scale = v_set(0.999f), step = v_set(0.001f), all = v_set(0.0f);
    for (int i = 0; i < SUMS; i++)
        sum[i] = v_set((float)i);
    for (int k = 0; k < ROUNDS; k++)
#if defined(__clang__)
        _Pragma("unroll")
#else
        _Pragma("GCC unroll 24")
#endif
            for (int i = 0; i < SUMS; i++) sum[i] = v_fma(sum[i], scale, step);
    for (int i = 0; i < SUMS; i++)
        all = v_add(all, sum[i]);
    *result = v_sum(all);
    return (double)SUMS * LANES * ROUNDS;
}
