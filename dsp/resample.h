/* Sample rate conversion in one direction: a linear-phase polyphase FIR filter, a windowed sinc evaluated
 * where the output samples fall between the input samples. L1.
 *
 * Of the input, what lies below half the lower rate less about 5.5 kHz (at the length GRUFF_RESAMPLE_TAPS
 * gives) passes, error below -94 dB; what would fold back into that band is held back as much. Between, the
 * filter falls off gently. Kaiser's window: J. F. Kaiser, "Nonrecursive digital filter design using the
 * I0-sinh window function", 1974. */
#ifndef GRUFF_RESAMPLE_H
#define GRUFF_RESAMPLE_H

#include "gruff.h"
#include "mem.h"

/* to/from as a fraction in lowest terms: exact where one with terms up to 8192 is, else within 1e-7. Rates in
 * Hz, each 1…1e6, one at most 200 times the other. SETUP. */
void gruff_resample_ratio(double from_hz, double to_hz, uint32_t *from, uint32_t *to);

/* Where the next output falls. Output j is at input time j * from / to, and comes out when n_taps / 2 inputs
 * beyond the one at or before it are in. */
typedef struct GruffResampleClock {
    int32_t lag;    /* inputs still to come (> 0), or past (<= 0), beyond the newest, for the next output */
    uint32_t phase; /* of it between two inputs, in 1 / n_phases */
} GruffResampleClock;

typedef struct GruffResample {
    uint32_t n_channels;
    uint32_t n_taps, n_padded;       /* even; rounded up to whole vectors */
    uint32_t n_phases;               /* `to` of the ratio */
    uint32_t step, step_phase;       /* whole inputs and phases from one output to the next */
    uint32_t n_past, n_most_in;      /* inputs kept, and taken at most in one call */
    float *taps;                     /* [n_phases][n_padded], oldest input first; each row adds up to 1 */
    float *past[GRUFF_MAX_CHANNELS]; /* [n_past], newest last: all that is kept from call to call */
    float *work;                     /* [n_past + n_most_in] scratch */
} GruffResample;

/* Give the converter its parts, or only plan them where the arenas have no base (twice, as GruffArena says).
 * taps go to fixed, what changes with the sound to moving. n_taps is even; n_most_in inputs at most come in
 * one call; n_spare: outputs may be left in the converter for as long as n_spare inputs. SETUP. */
void gruff_resample_place(GruffResample *resample, uint32_t from, uint32_t to, uint32_t n_taps,
                          uint32_t n_most_in, uint32_t n_spare, uint32_t n_channels, GruffArena *fixed,
                          GruffArena *moving);

/* Fill in the taps once placed. SETUP, O(to * n_taps), a millisecond or less for the usual rates. */
void gruff_resample_design(GruffResample *resample);

/* The clock before the first input: output 0 is at input 0. Any thread. */
GruffResampleClock gruff_resample_start(const GruffResample *resample);

/* Outputs that can be had once n_in more inputs are in. RT, O(1). */
GRUFF_RT uint32_t gruff_resample_ready(const GruffResample *resample, GruffResampleClock clock,
                                       uint32_t n_in);

/* Move the clock on by n_in inputs and n_out outputs, without sound. RT, O(1). */
GRUFF_RT void gruff_resample_skip(const GruffResample *resample, GruffResampleClock *clock, uint32_t n_in,
                                  uint32_t n_out);

/* in[c][n_in] come in, out[c][n_out] go out. n_in <= n_most_in; n_out <= gruff_resample_ready; every in is
 * finite. in and out may overlap. RT, O(n_out * n_taps). */
GRUFF_RT void gruff_resample_run(GruffResample *resample, GruffResampleClock *clock, const float *const *in,
                                 uint32_t n_in, float *const *out, uint32_t n_out);

#endif
