#include "resample.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define LANES 8u /* partial sums of a dot product */

/* Kaiser's window for 100 dB: 0.1102 (100 - 8.7). */
static const double kaiser_beta = 10.06;
static const double pi = 3.14159265358979323846;

/* ---- setup ---- */

/* Continued fraction of from/to, as far as its terms stay small. */
void gruff_resample_ratio(double from_hz, double to_hz, uint32_t *from, uint32_t *to)
{
    double rest = from_hz / to_hz, before[2] = {0, 1}, now[2] = {1, 0};
    for (int depth = 0; depth < 20; depth++) {
        double whole = floor(rest + 1e-9);
        double next[2] = {whole * now[0] + before[0], whole * now[1] + before[1]};
        if (fmax(next[0], next[1]) > 8192)
            break;
        memcpy(before, now, sizeof before);
        memcpy(now, next, sizeof now);
        if (fabs(now[0] / now[1] * to_hz / from_hz - 1) < 1e-12)
            break;
        rest = 1 / (rest - whole);
    }
    *from = (uint32_t)now[0];
    *to = (uint32_t)now[1];
}

void gruff_resample_place(GruffResample *resample, uint32_t from, uint32_t to, uint32_t n_taps,
                          uint32_t n_most_in, uint32_t n_spare, uint32_t n_channels, GruffArena *fixed,
                          GruffArena *moving)
{
    assert(n_taps >= 2 && n_taps % 2 == 0 && n_channels <= GRUFF_MAX_CHANNELS);
    *resample = (GruffResample){.n_channels = n_channels,
                                .n_taps = n_taps,
                                .n_padded = (n_taps + LANES - 1) / LANES * LANES,
                                .n_phases = to,
                                .step = from / to,
                                .step_phase = from % to,
                                .n_most_in = n_most_in};
    resample->n_past = resample->n_padded + n_spare;
    resample->taps = gruff_arena_take(fixed, (size_t)to * resample->n_padded, sizeof(float));
    resample->work = gruff_arena_take(fixed, (size_t)resample->n_past + n_most_in, sizeof(float));
    for (uint32_t c = 0; c < n_channels; c++)
        resample->past[c] = gruff_arena_take(moving, resample->n_past, sizeof(float));
}

/* Modified Bessel function of the first kind, order 0, by its power series. */
static double bessel_i0(double x)
{
    double term = 1, sum = 1;
    for (int k = 1; term > 1e-17 * sum; k++) {
        term *= (x / (2 * k)) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

/* Windowed sinc at a distance of d inputs; pass: bandwidth as a fraction of the input's. */
static double windowed_sinc(double d, double pass, double half_width)
{
    double within = 1 - (d / half_width) * (d / half_width);
    double window = within > 0 ? bessel_i0(kaiser_beta * sqrt(within)) : 1;
    double x = pi * pass * d;
    return window * (fabs(x) < 1e-9 ? 1 : sin(x) / x);
}

void gruff_resample_design(GruffResample *resample)
{
    const uint32_t n = resample->n_taps, pad = resample->n_padded - n;
    const double per_output =
        resample->step + (double)resample->step_phase / resample->n_phases; /* inputs per output */
    const double pass = fmin(1, 1 / per_output);
    for (uint32_t phase = 0; phase < resample->n_phases; phase++) {
        float *row = resample->taps + (size_t)phase * resample->n_padded + pad;
        double sum = 0;
        for (uint32_t i = 0; i < n; i++) {
            double d = (double)phase / resample->n_phases + n / 2 - 1.0 - i;
            double tap = windowed_sinc(d, pass, n / 2);
            sum += tap;
            row[i] = (float)tap;
        }
        for (uint32_t i = 0; i < n; i++)
            row[i] = (float)(row[i] / sum);
    }
}

GruffResampleClock gruff_resample_start(const GruffResample *resample)
{
    return (GruffResampleClock){.lag = (int32_t)resample->n_taps / 2 + 1};
}

/* ---- running ---- */

uint32_t gruff_resample_ready(const GruffResample *resample, GruffResampleClock clock, uint32_t n_in)
{
    int64_t p = resample->n_phases, step = resample->step * p + resample->step_phase;
    int64_t due = ((int64_t)clock.lag - n_in) * p + clock.phase;
    return due < p ? (uint32_t)((p - 1 - due) / step) + 1 : 0;
}

void gruff_resample_skip(const GruffResample *resample, GruffResampleClock *clock, uint32_t n_in,
                         uint32_t n_out)
{
    uint64_t phases = clock->phase + (uint64_t)n_out * resample->step_phase;
    clock->lag += (int32_t)(n_out * resample->step + (uint32_t)(phases / resample->n_phases)) - (int32_t)n_in;
    clock->phase = (uint32_t)(phases % resample->n_phases);
}

static float dot(const float *taps, const float *x, uint32_t n)
{
    float sum[LANES] = {0};
    for (uint32_t i = 0; i < n; i += LANES)
        for (uint32_t lane = 0; lane < LANES; lane++)
            sum[lane] += taps[i + lane] * x[i + lane];
    for (uint32_t half = LANES / 2; half > 0; half /= 2)
        for (uint32_t lane = 0; lane < half; lane++)
            sum[lane] += sum[lane + half];
    return sum[0];
}

void gruff_resample_run(GruffResample *resample, GruffResampleClock *clock, const float *const *in,
                        uint32_t n_in, float *const *out, uint32_t n_out)
{
    assert(n_in <= resample->n_most_in && n_out <= gruff_resample_ready(resample, *clock, n_in));
    const uint32_t n = resample->n_padded;
    for (uint32_t c = 0; c < resample->n_channels; c++) {
        float *work = resample->work;
        memcpy(work, resample->past[c], resample->n_past * sizeof *work);
        memcpy(work + resample->n_past, in[c], n_in * sizeof *work);
        memcpy(resample->past[c], work + n_in, resample->n_past * sizeof *work);
        const float *x = work + resample->n_past - n + clock->lag;
        uint32_t phase = clock->phase;
        for (uint32_t t = 0; t < n_out; t++) {
            out[c][t] = dot(resample->taps + (size_t)phase * n, x, n);
            phase += resample->step_phase;
            x += resample->step;
            if (phase >= resample->n_phases) {
                phase -= resample->n_phases;
                x++;
            }
        }
    }
    gruff_resample_skip(resample, clock, n_in, n_out);
}
