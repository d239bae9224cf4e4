/* Playing a net at another rate than its own: the sound is converted to the net's rate and back. L1.
 *
 * The round trip takes 26 samples of the lower rate or a little less: 0.57…0.59 ms from 44 100 Hz up, a whole
 * number of host frames, exact for every frequency. */
#ifndef GRUFF_RATE_H
#define GRUFF_RATE_H

#include "resample.h"

/* Host frames converted at a time. */
#define GRUFF_RATE_PIECE 64u

typedef struct GruffRateClock {
    GruffResampleClock to_net, to_host;
} GruffRateClock;

typedef struct GruffRate {
    GruffResample to_net, to_host;
    uint32_t latency;     /* host frames, from in to out, the net's own included */
    GruffRateClock start; /* at the first frame */
    uint32_t n_most_net;  /* net frames at most in a piece */
    float *sound[GRUFF_MAX_CHANNELS], *knob[GRUFF_MAX_KNOBS]; /* [n_most_net] scratch */
} GruffRate;

/* What plays at the net's rate: as gruff_net_run, in place, every input finite. */
typedef void GruffRatePlay(void *net, const float *const *in, float *const *out, const float *const *knobs,
                           uint32_t n_frames);

/* Give the converter its parts, or only plan them where the arenas have no base (twice, as GruffArena says).
 * net_latency: frames by which the net's output lags at its own rate. SETUP. */
void gruff_rate_place(GruffRate *rate, double host_hz, double net_hz, uint32_t net_latency,
                      uint32_t n_channels, GruffArena *fixed, GruffArena *moving);

/* Design the filters once placed. SETUP, a millisecond or two for the usual rates. */
void gruff_rate_design(GruffRate *rate);

/* Play in[c][n_frames] through the net to out[c][n_frames], which may be in[c]; what is not finite counts as
 * 0. knobs as gruff_net_run. RT. */
GRUFF_RT void gruff_rate_run(GruffRate *rate, GruffRateClock *clock, const float *const *in,
                             float *const *out, const float *const *knobs, uint32_t n_frames,
                             GruffRatePlay *play, void *net);

/* Let n_frames pass without sound; returns the net's frames that go with them. RT, O(1). */
GRUFF_RT uint32_t gruff_rate_skip(const GruffRate *rate, GruffRateClock *clock, uint32_t n_frames);

#endif
