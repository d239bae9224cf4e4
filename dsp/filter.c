#include "filter.h"

#include "level.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

void gruff_smooth_init(GruffSmooth *smooth, double rate_hz, double seconds, double value)
{
    smooth->pull = 1 - exp(-1 / (seconds * rate_hz));
    smooth->target = value;
    gruff_smooth_jump(smooth);
}

void gruff_smooth_set(GruffSmooth *smooth, double target)
{
    smooth->target = target;
    smooth->moving = smooth->moving || target != smooth->value;
}

void gruff_smooth_jump(GruffSmooth *smooth)
{
    smooth->first = smooth->value = smooth->target;
    smooth->moving = false;
}

double gruff_smooth_next(GruffSmooth *smooth)
{
    smooth->first += smooth->pull * (smooth->target - smooth->first);
    smooth->value += smooth->pull * (smooth->first - smooth->value);
    return smooth->value;
}

void gruff_smooth_fill(GruffSmooth *smooth, float *values, uint32_t n_frames)
{
    for (uint32_t t = 0; t < n_frames; t++)
        values[t] = (float)gruff_smooth_next(smooth);
}

bool gruff_smooth_settle(GruffSmooth *smooth)
{
    if (!smooth->moving)
        return false;
    double near = 1e-6 * fmax(1, fabs(smooth->target));
    if (fabs(smooth->target - smooth->first) > near || fabs(smooth->target - smooth->value) > near)
        return false;
    gruff_smooth_jump(smooth);
    return true;
}

void gruff_dc_init(GruffDcBlock *dc, double rate_hz, double corner_hz)
{
    double warped = tan(pi * corner_hz / rate_hz);
    dc->take = 2 * warped / (1 + warped);
    dc->keep = 1 - dc->take;
    for (uint32_t k = 0; k < GRUFF_DC_STEPS; k++)
        dc->kept[k] = pow(dc->keep, k + 1);
    for (uint32_t c = 0; c < GRUFF_MAX_CHANNELS; c++)
        gruff_dc_start(dc, c, 0);
}

void gruff_dc_start(GruffDcBlock *dc, uint32_t channel, double x)
{
    dc->at[channel] = (GruffDcState){.now = x, .base = x};
}

void gruff_dc_run(GruffDcBlock *dc, uint32_t channel, float *x, uint32_t n_frames)
{
    const double keep = dc->keep, take = dc->take;
    GruffDcState at = dc->at[channel];
    for (uint32_t t = 0; t < n_frames; t++) {
        const double in = gruff_tame(x[t]);
        at.more = keep * at.more + take * in;
        const double next = dc->kept[at.n] * at.base + at.more;
        x[t] = (float)(in - 0.5 * (at.now + next));
        at.now = next;
        if (++at.n == GRUFF_DC_STEPS)
            at = (GruffDcState){.now = next, .base = next};
    }
    dc->at[channel] = at;
}

static GruffBandGains band_gains(const GruffBand *band, double gain_db)
{
    double a = exp2(gain_db * (3.32192809488736234787 / 40)); /* square root of the gain */
    double g = band->warped, k = 1 / band->q;
    GruffBandGains gains = {.dry = 1};
    switch (band->kind) {
    case GRUFF_BAND_LOW_SHELF:
        g /= sqrt(a);
        gains.band = k * (a - 1);
        gains.low = a * a - 1;
        break;
    case GRUFF_BAND_PEAK:
        k /= a;
        gains.band = k * (a * a - 1);
        break;
    case GRUFF_BAND_HIGH_SHELF:
        g *= sqrt(a);
        gains.dry = a * a;
        gains.band = k * (1 - a) * a;
        gains.low = 1 - a * a;
        break;
    }
    gains.a1 = 1 / (1 + g * (g + k));
    gains.a2 = g * gains.a1;
    gains.a3 = g * gains.a2;
    return gains;
}

static void band_rest(GruffBand *band)
{
    band->flat = band->gain_db.value == 0;
    band->from = band_gains(band, band->gain_db.value);
    band->step = (GruffBandGains){0};
    if (band->flat)
        for (uint32_t c = 0; c < GRUFF_MAX_CHANNELS; c++)
            band->s1[c] = band->s2[c] = 0;
}

static void band_line(GruffBand *band)
{
    if (!band->gain_db.moving)
        return;
    if (gruff_smooth_settle(&band->gain_db)) {
        band_rest(band);
        return;
    }
    const double each = 1.0 / GRUFF_GRID;
    GruffBandGains from = band_gains(band, band->gain_db.value);
    GruffBandGains to = band_gains(band, gruff_smooth_next(&band->gain_db));
    band->flat = false;
    band->from = from;
    band->step = (GruffBandGains){.a1 = (to.a1 - from.a1) * each,
                                  .a2 = (to.a2 - from.a2) * each,
                                  .a3 = (to.a3 - from.a3) * each,
                                  .dry = (to.dry - from.dry) * each,
                                  .band = (to.band - from.band) * each,
                                  .low = (to.low - from.low) * each};
}

static void band_run(GruffBand *band, uint32_t channel, float *x, uint32_t phase, uint32_t n_frames)
{
    const GruffBandGains from = band->from, step = band->step;
    double s1 = band->s1[channel], s2 = band->s2[channel];
    for (uint32_t t = 0; t < n_frames; t++) {
        double at = phase + t + 1;
        double a1 = from.a1 + at * step.a1, a2 = from.a2 + at * step.a2, a3 = from.a3 + at * step.a3;
        double v3 = x[t] - s2;
        double v1 = a1 * s1 + a2 * v3;
        double v2 = s2 + a2 * s1 + a3 * v3;
        s1 = 2 * v1 - s1;
        s2 = 2 * v2 - s2;
        x[t] = (float)((from.dry + at * step.dry) * x[t] + (from.band + at * step.band) * v1 +
                       (from.low + at * step.low) * v2);
    }
    band->s1[channel] = s1;
    band->s2[channel] = s2;
}

void gruff_tone_init(GruffTone *tone, double rate_hz)
{
    static const struct {
        GruffBandKind kind;
        double corner_hz, q;
    } bands[GRUFF_N_BANDS] = {{GRUFF_BAND_LOW_SHELF, 150, 0.7071},
                              {GRUFF_BAND_PEAK, 600, 0.7},
                              {GRUFF_BAND_HIGH_SHELF, 2200, 0.7071},
                              {GRUFF_BAND_PEAK, 4500, 0.8}};
    for (uint32_t k = 0; k < GRUFF_N_BANDS; k++) {
        GruffBand *band = &tone->band[k];
        *band = (GruffBand){.kind = bands[k].kind, .q = bands[k].q};
        band->warped = tan(pi * fmin(bands[k].corner_hz / rate_hz, 0.45));
        gruff_smooth_init(&band->gain_db, rate_hz / GRUFF_GRID, 0.020, 0);
        band_rest(band);
    }
}

void gruff_tone_set(GruffTone *tone, uint32_t band, double gain_db)
{
    gruff_smooth_set(&tone->band[band].gain_db, gain_db);
}

void gruff_tone_reset(GruffTone *tone)
{
    for (uint32_t k = 0; k < GRUFF_N_BANDS; k++) {
        GruffBand *band = &tone->band[k];
        gruff_smooth_jump(&band->gain_db);
        for (uint32_t c = 0; c < GRUFF_MAX_CHANNELS; c++)
            band->s1[c] = band->s2[c] = 0;
        band_rest(band);
    }
}

void gruff_tone_line(GruffTone *tone)
{
    for (uint32_t k = 0; k < GRUFF_N_BANDS; k++)
        band_line(&tone->band[k]);
}

void gruff_tone_run(GruffTone *tone, uint32_t channel, float *x, uint32_t phase, uint32_t n_frames)
{
    for (uint32_t k = 0; k < GRUFF_N_BANDS; k++)
        if (!tone->band[k].flat)
            band_run(&tone->band[k], channel, x, phase, n_frames);
}
