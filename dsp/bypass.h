/* Bypass: the input kept for as long as a net may lag, and the fade between it and the net's sound. L2. */
#ifndef GRUFF_BYPASS_H
#define GRUFF_BYPASS_H

#include "filter.h"
#include "mem.h"

/* Longest lag kept: a hop of 256 and rate conversion, both at the lowest model rate. */
#define GRUFF_BYPASS_LAG_S 0.040

/* A table of n + 1 gains from 0 to 1, n a whole number of grids of at least `seconds`: sin(s), s going from 0
 * to a quarter turn with no slope at either end. gain[t]² + gain[n - t]² = 1. NULL while planning. SETUP. */
const float *gruff_fade_table(GruffArena *arena, double rate_hz, double seconds, uint32_t *n);

typedef struct GruffBypass {
    uint32_t n_channels;
    float *ring[GRUFF_MAX_CHANNELS]; /* [n_ring] the input, finite */
    uint32_t n_ring, line;           /* a power of two and whole grids; the last grid line */
    const float *fade;               /* [n_fade + 1] */
    uint32_t at, n_fade;             /* 0: dry, n_fade: the net's sound */
    bool rising;
} GruffBypass;

/* Give it its parts, or only plan them where the arena has no base (twice, as GruffArena says). SETUP. */
void gruff_bypass_place(GruffBypass *bypass, double rate_hz, uint32_t n_channels, GruffArena *arena);

/* Forget the past; dry or playing at once. RT, O(lag). */
GRUFF_RT void gruff_bypass_reset(GruffBypass *bypass, bool playing);

/* Call on every grid line: where to fade. RT, O(1). */
GRUFF_RT void gruff_bypass_line(GruffBypass *bypass, bool playing);

/* Keep in[n] of channel c, phase frames after the grid line, phase + n <= GRUFF_GRID; what is not finite
 * counts as 0. Returns the n frames kept, and in *peak the largest of them in size. RT. */
GRUFF_RT const float *gruff_bypass_keep(GruffBypass *bypass, uint32_t c, const float *in, uint32_t phase,
                                        uint32_t n, float *peak);

/* Where the dry sound lags by `latency` frames; or moves there from latency_before as change[t], 0…1 (NULL:
 * it does not move). */
typedef struct GruffBypassLag {
    uint32_t latency, latency_before;
    const float *change;
} GruffBypassLag;

/* Mix wet[c][n], the net's sound, with the frames kept into out[c][n], which may be wet. Ends the n frames:
 * call after gruff_bypass_keep with the same phase and n. Fully dry or fully wet it copies, bit for bit. RT.
 */
GRUFF_RT void gruff_bypass_mix(GruffBypass *bypass, const GruffBypassLag *lag, float *const *wet,
                               float *const *out, uint32_t phase, uint32_t n);

#endif
