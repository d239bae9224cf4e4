/* Small helpers for tests of the engine. */
#ifndef GRUFF_TEST_ENGINE_HELP_H
#define GRUFF_TEST_ENGINE_HELP_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "little_models.h"
#include "reference.h"

static const double pi = 3.14159265358979323846;

/* A second of two channels at 48 kHz. */
enum { N = 48000 };

static inline GruffEngine *engine_new(double rate_hz, uint32_t n_channels)
{
    GruffEngine *engine;
    assert_int_equal(gruff_engine_new(rate_hz, n_channels, NULL, &engine), GRUFF_OK);
    return engine;
}

static inline void run(GruffEngine *engine, uint32_t at, uint32_t n, float (*in)[N], float (*out)[N])
{
    gruff_engine_run(engine, (const float *const[]){in[0] + at, in[1] + at},
                     (float *const[]){out[0] + at, out[1] + at}, n);
}

static inline void collect(GruffEngine *engine)
{
    for (GruffNet *net; (net = gruff_engine_collect(engine));)
        gruff_net_free(net);
}

static inline void noise(float (*into)[N])
{
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t t = 0; t < N; t++)
            into[c][t] = (float)random_uniform(-0.5, 0.5);
}

static inline void sine(float (*into)[N], double f_hz, double amplitude)
{
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t t = 0; t < N; t++)
            into[c][t] = (float)(amplitude * sin(2 * pi * f_hz / 48000 * t));
}

static inline float largest_step(const float *s, uint32_t from, uint32_t to)
{
    float most = 0;
    for (uint32_t t = from + 1; t < to; t++)
        most = fmaxf(most, fabsf(s[t] - s[t - 1]));
    return most;
}

/* Second difference: zipper noise and clicks stand out of a low sine in it. */
static inline float largest_bend(const float *s, uint32_t from, uint32_t to)
{
    float most = 0;
    for (uint32_t t = from + 2; t < to; t++)
        most = fmaxf(most, fabsf(s[t] - 2 * s[t - 1] + s[t - 2]));
    return most;
}

static inline float largest_difference(const float *a, const float *b, uint32_t n)
{
    float most = 0;
    for (uint32_t t = 0; t < n; t++)
        most = fmaxf(most, fabsf(a[t] - b[t]));
    return most;
}

static inline void play_at_once(GruffEngine *engine, GruffNet *net)
{
    assert_true(gruff_engine_offer(engine, net));
    gruff_engine_reset(engine);
}

#endif
