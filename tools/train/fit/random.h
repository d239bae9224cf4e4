/* Random numbers that are the same on every machine: xorshift64* (Vigna 2016). */
#ifndef GRUFF_TRAIN_RANDOM_H
#define GRUFF_TRAIN_RANDOM_H

#include <math.h>
#include <stdint.h>

typedef struct Random {
    uint64_t state;
} Random;

static inline uint64_t random_next(Random *random)
{
    uint64_t x = random->state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    random->state = x;
    return x * UINT64_C(0x2545F4914F6CDD1D);
}

/* Any seed; neighbouring ones give unlike numbers. */
static inline Random random_new(uint64_t seed)
{
    Random random = {(seed + 1) * UINT64_C(0x9E3779B97F4A7C15) | 1u};
    for (int i = 0; i < 8; i++)
        random_next(&random);
    return random;
}

static inline double random_uniform(Random *random, double low, double high)
{
    return low + (high - low) * ((double)(random_next(random) >> 11) * 0x1p-53);
}

/* Mean 0, variance 1 (Box and Muller 1958). */
static inline double random_normal(Random *random)
{
    const double u = random_uniform(random, 1e-12, 1.0), v = random_uniform(random, 0.0, 6.283185307179586);
    return sqrt(-2.0 * log(u)) * cos(v);
}

#endif
