#include "bypass.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "level.h"

const float *gruff_fade_table(GruffArena *arena, double rate_hz, double seconds, uint32_t *n)
{
    const double quarter = 1.57079632679489661923;
    *n = (uint32_t)ceil(seconds * rate_hz / GRUFF_GRID) * GRUFF_GRID;
    float *gain = gruff_arena_take(arena, *n + 1, sizeof *gain);
    for (uint32_t t = 0; gain && t <= *n; t++) {
        const double turn = sin(quarter * t / *n);
        gain[t] = t == *n ? 1.0f : (float)sin(quarter * turn * turn);
    }
    return gain;
}

void gruff_bypass_place(GruffBypass *bypass, double rate_hz, uint32_t n_channels, GruffArena *arena)
{
    *bypass = (GruffBypass){.n_channels = n_channels, .n_ring = 2 * GRUFF_GRID};
    while (bypass->n_ring < GRUFF_BYPASS_LAG_S * rate_hz + GRUFF_GRID)
        bypass->n_ring *= 2;
    for (uint32_t c = 0; c < n_channels; c++)
        bypass->ring[c] = gruff_arena_take(arena, bypass->n_ring, sizeof(float));
    bypass->fade = gruff_fade_table(arena, rate_hz, 0.010, &bypass->n_fade);
}

void gruff_bypass_reset(GruffBypass *bypass, bool playing)
{
    bypass->rising = playing;
    bypass->at = playing ? bypass->n_fade : 0;
    bypass->line = 0;
    for (uint32_t c = 0; c < bypass->n_channels; c++)
        memset(bypass->ring[c], 0, bypass->n_ring * sizeof(float));
}

void gruff_bypass_line(GruffBypass *bypass, bool playing)
{
    bypass->rising = playing;
}

const float *gruff_bypass_keep(GruffBypass *bypass, uint32_t c, const float *in, uint32_t phase, uint32_t n,
                               float *peak)
{
    float *kept = bypass->ring[c] + bypass->line + phase;
    *peak = gruff_copy_finite(in, kept, n);
    return kept;
}

/* y[t], t < n: the input of `latency` frames ago. */
static void tap(const GruffBypass *bypass, uint32_t c, uint32_t latency, uint32_t phase, float *y, uint32_t n)
{
    assert(latency + GRUFF_GRID <= bypass->n_ring);
    uint32_t from = (bypass->line + phase - latency) & (bypass->n_ring - 1);
    uint32_t before_end = bypass->n_ring - from < n ? bypass->n_ring - from : n;
    memcpy(y, bypass->ring[c] + from, before_end * sizeof *y);
    memcpy(y + before_end, bypass->ring[c], (n - before_end) * sizeof *y);
}

/* The dry sound, in line with the net's. Two dry sounds of other lags are alike, so while one takes over from
 * the other their gains, not their powers, add up to 1. */
static void dry(const GruffBypass *bypass, const GruffBypassLag *lag, uint32_t c, uint32_t phase, float *y,
                uint32_t n)
{
    float before[GRUFF_GRID];
    tap(bypass, c, lag->latency, phase, y, n);
    if (!lag->change || lag->latency == lag->latency_before)
        return;
    tap(bypass, c, lag->latency_before, phase, before, n);
    for (uint32_t t = 0; t < n; t++)
        y[t] = before[t] + lag->change[t] * lag->change[t] * (y[t] - before[t]);
}

static void mix_moving(const GruffBypass *bypass, const float *wet, const float *straight, float *out,
                       uint32_t n)
{
    for (uint32_t t = 0; t < n; t++) {
        uint32_t at = bypass->rising ? bypass->at + t : bypass->at - t;
        out[t] = wet[t] * bypass->fade[at] + straight[t] * bypass->fade[bypass->n_fade - at];
    }
}

void gruff_bypass_mix(GruffBypass *bypass, const GruffBypassLag *lag, float *const *wet, float *const *out,
                      uint32_t phase, uint32_t n)
{
    const bool moves = bypass->at != (bypass->rising ? bypass->n_fade : 0);
    float straight[GRUFF_GRID];
    for (uint32_t c = 0; c < bypass->n_channels; c++) {
        const float *from = wet[c];
        if (moves || !bypass->rising) {
            dry(bypass, lag, c, phase, straight, n);
            from = straight;
        }
        if (moves)
            mix_moving(bypass, wet[c], straight, out[c], n);
        else if (out[c] != from)
            memcpy(out[c], from, n * sizeof *from);
    }
    if (moves)
        bypass->at += bypass->rising ? n : 0u - n;
    if (phase + n == GRUFF_GRID)
        bypass->line = (bypass->line + GRUFF_GRID) & (bypass->n_ring - 1);
}
