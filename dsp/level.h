/* Small loops over samples that the sound path shares. L1, RT, O(n). */
#ifndef GRUFF_LEVEL_H
#define GRUFF_LEVEL_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* What is louder than this (120 dB over full scale) or not a number is no sound and plays as 0, so that no
 * sum overflows. */
#define GRUFF_LOUDEST 1e6f

/* A gain in dB as a factor; 0 dB gives 1 exactly. */
static inline double gruff_gain_of_db(double db)
{
    return exp2(db * (3.32192809488736234787 / 20));
}

static inline float gruff_tame(float x)
{
    return fabsf(x) <= GRUFF_LOUDEST ? x : 0.0f;
}

/* y = x, and 0 where x is not finite; returns the largest |y[t]|. See gruff_peak. */
static inline float gruff_copy_finite(const float *x, float *y, uint32_t n)
{
    const int32_t infinite = 0x7f800000;
    int32_t most = 0;
    for (uint32_t t = 0; t < n; t++) {
        int32_t bits;
        memcpy(&bits, &x[t], sizeof bits);
        const int32_t size = bits & 0x7fffffff, is_finite = size < infinite ? -1 : 0;
        bits &= is_finite;
        memcpy(&y[t], &bits, sizeof bits);
        most = (size & is_finite) > most ? (size & is_finite) : most;
    }
    float peak;
    memcpy(&peak, &most, sizeof peak);
    return peak;
}

/* y = x * gain, tamed; y may be x. */
static inline void gruff_scale(const float *x, float gain, float *y, uint32_t n)
{
    for (uint32_t t = 0; t < n; t++)
        y[t] = gruff_tame(x[t] * gain);
}

static inline void gruff_scale_each(const float *x, const float *gain, float *y, uint32_t n)
{
    for (uint32_t t = 0; t < n; t++)
        y[t] = gruff_tame(x[t] * gain[t]);
}

/* The largest |x[t]|, or at_least. The bits of a float without its sign are in the order of its size, and the
 * compiler vectorises their maximum. */
static inline float gruff_peak(const float *x, uint32_t n, float at_least)
{
    int32_t most;
    memcpy(&most, &at_least, sizeof most);
    for (uint32_t t = 0; t < n; t++) {
        int32_t bits;
        memcpy(&bits, &x[t], sizeof bits);
        bits &= 0x7fffffff;
        most = bits > most ? bits : most;
    }
    memcpy(&at_least, &most, sizeof at_least);
    return at_least;
}

#endif
