/* A net while it plays in an engine: its calibration and loudness gains, its DC blocker, and the rest it
 * takes while nothing is to be heard. L3. */
#ifndef GRUFF_VOICE_H
#define GRUFF_VOICE_H

#include "filter.h"
#include "gruff.h"

typedef struct GruffVoice {
    GruffNet *net; /* NULL: nothing plays */
    uint32_t n_channels, latency;
    GruffSmooth feed, match; /* gains before and after the net */
    GruffDcBlock dc;
    bool quiet; /* no sound came in since the last grid line, and the net's output stood still */
    bool rests; /* the net is not run; it gives `still` */
    uint32_t n_quiet, n_window; /* grid lines of quiet, and between two looks for rest */
    float last[GRUFF_MAX_CHANNELS], still[GRUFF_MAX_CHANNELS]; /* net's output: latest; at the grid line */
} GruffVoice;

/* A voice without a net. SETUP. */
void gruff_voice_init(GruffVoice *voice, double rate_hz, uint32_t n_channels);

/* Play net from its state of rest, on which it should have settled: the DC blocker starts at rest too, since
 * the constant that a net gives on silence is no sound. A net that starts at rest is not run before the first
 * sound. NULL: play nothing. knobs[k], 0…1: where they are. RT, one or two steps of the net. */
GRUFF_RT void gruff_voice_start(GruffVoice *voice, GruffNet *net, const double *knobs);

/* The net's own knobs, for when they stand still. RT. */
GRUFF_RT void gruff_voice_hold_knobs(GruffVoice *voice, const double *knobs);

/* Move the gains to what the controls ask for (see GRUFF_CONTROL_MATCH and _CALIBRATE_DBU). RT. */
GRUFF_RT void gruff_voice_set_levels(GruffVoice *voice, bool match, double calibrate_dbu);

/* Call on every grid line; knobs_move: until the next one the knobs may move, so the net must run. RT;
 * some steps of the net more once in a while during silence. */
GRUFF_RT void gruff_voice_line(GruffVoice *voice, bool knobs_move);

/* in[c][t] → out[c][t], t < n_frames <= GRUFF_GRID, not across a grid line; knobs as gruff_net_run. RT. */
GRUFF_RT void gruff_voice_run(GruffVoice *voice, const float *const *in, float *const *out,
                              const float *const *knobs, uint32_t n_frames);

#endif
