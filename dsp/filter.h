/* Filters and smoothing of the sound path: control smoother, DC blocker, tone stack. L1.
 *
 * All of it runs in double: one sample depends on the last, so there is nothing to gain from short words, and
 * low corners at high rates stay exact. Nothing here allocates; _init is SETUP, the rest RT. */
#ifndef GRUFF_FILTER_H
#define GRUFF_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "gruff.h"

/* Frames between two looks at slow things (tone coefficients, fades that end, controls that have arrived),
 * counted in the stream and not in calls, so that any split into calls sounds the same. */
#define GRUFF_GRID 64u

/* ---- smoother ---- */

/* A control on its way to its target: two one-pole low-passes in a row, so that the value and its slope are
 * continuous. 63 % of the way after 2.1 time constants; within a millionth after 17. */
typedef struct GruffSmooth {
    double target, first, value; /* value: where the control is now */
    double pull;                 /* fraction of the distance per sample, per pole */
    bool moving;
} GruffSmooth;

/* At value and at rest. rate_hz: calls of next per second. */
void gruff_smooth_init(GruffSmooth *smooth, double rate_hz, double seconds, double value);
/* Set off towards target; or be there at once. RT, O(1). */
GRUFF_RT void gruff_smooth_set(GruffSmooth *smooth, double target);
GRUFF_RT void gruff_smooth_jump(GruffSmooth *smooth);
/* One step on; returns the new value. */
GRUFF_RT double gruff_smooth_next(GruffSmooth *smooth);
/* n_frames steps, each value stored. */
GRUFF_RT void gruff_smooth_fill(GruffSmooth *smooth, float *values, uint32_t n_frames);
/* Call on grid lines: comes to rest when within 1e-6 (relative to a target above 1) of the target. True if
 * this call brought it to rest. */
GRUFF_RT bool gruff_smooth_settle(GruffSmooth *smooth);

/* ---- DC blocker ---- */

/* Steps of a DC blocker from one state that waits for the one before to the next: a processor works on
 * several steps at once. */
enum { GRUFF_DC_STEPS = 4 };

/* The DC that a channel has seen: now kept^n * base + more, n steps after base. */
typedef struct GruffDcState {
    double now, base, more;
    uint32_t n;
} GruffDcState;

/* First-order high-pass, trapezoidal integrator (Zavalishin, "The Art of VA Filter Design", 2018, ch. 3): no
 * gain above its corner, a zero exactly at 0 Hz. */
typedef struct GruffDcBlock {
    double keep, take;           /* state' = keep * state + take * x */
    double kept[GRUFF_DC_STEPS]; /* keep to the power of 1, 2, … */
    GruffDcState at[GRUFF_MAX_CHANNELS];
} GruffDcBlock;

void gruff_dc_init(GruffDcBlock *dc, double rate_hz, double corner_hz);
/* As if a channel had been at x for ever. RT. */
GRUFF_RT void gruff_dc_start(GruffDcBlock *dc, uint32_t channel, double x);
/* x[t] in place, t < n_frames, of one channel; what is not finite, or louder than GRUFF_LOUDEST, counts as 0.
 * The same samples come out however the frames are split into calls. RT, O(n_frames). */
GRUFF_RT void gruff_dc_run(GruffDcBlock *dc, uint32_t channel, float *x, uint32_t n_frames);

/* ---- tone ---- */

typedef enum GruffBandKind { GRUFF_BAND_LOW_SHELF, GRUFF_BAND_PEAK, GRUFF_BAND_HIGH_SHELF } GruffBandKind;

/* y = x * dry + v1 * band + v2 * low, where v1 and v2 are the band-pass and low-pass outputs of a
 * trapezoidal state-variable filter. */
typedef struct GruffBandGains {
    double a1, a2, a3;     /* the filter */
    double dry, band, low; /* the mix */
} GruffBandGains;

/* A second-order section whose gain moves without clicks. At 0 dB and at rest its samples pass unchanged, bit
 * for bit. Analogue prototypes of R. Bristow-Johnson's "Audio EQ Cookbook" in A. Simper's state-variable form
 * ("SvfLinearTrapOptimised2", Cytomic 2013), which stays stable while its coefficients move. */
typedef struct GruffBand {
    GruffBandKind kind;
    double warped; /* tan(pi f / rate) */
    double q;
    GruffSmooth gain_db;       /* stepped once per grid line */
    bool flat;                 /* 0 dB and at rest */
    GruffBandGains from, step; /* at the last grid line, and the change per frame until the next */
    double s1[GRUFF_MAX_CHANNELS], s2[GRUFF_MAX_CHANNELS];
} GruffBand;

#define GRUFF_N_BANDS 4u

/* bass: low shelf, 150 Hz; middle: peak, 600 Hz; treble: high shelf, 2.2 kHz; presence: peak, 4.5 kHz. A
 * shelf's frequency is where half its gain in dB is reached. */
typedef struct GruffTone {
    GruffBand band[GRUFF_N_BANDS];
} GruffTone;

void gruff_tone_init(GruffTone *tone, double rate_hz);
GRUFF_RT void gruff_tone_set(GruffTone *tone, uint32_t band, double gain_db);
/* Clear the states and let the gains jump to where they were set. */
GRUFF_RT void gruff_tone_reset(GruffTone *tone);
/* Call on every grid line, before run. RT, O(1): four exp2 and sqrt per band that moves, else nothing. */
GRUFF_RT void gruff_tone_line(GruffTone *tone);
/* x[t] in place, of one channel; phase is the number of frames since the grid line, phase + n_frames <=
 * GRUFF_GRID. RT, O(n_frames * bands not flat). */
GRUFF_RT void gruff_tone_run(GruffTone *tone, uint32_t channel, float *x, uint32_t phase, uint32_t n_frames);

#endif
