/* What the engine needs of a net beyond gruff.h. L2. */
#ifndef GRUFF_NET_H
#define GRUFF_NET_H

#include "gruff.h"

/* Levels a net knows of itself; NaN where unknown. */
typedef struct GruffNetLevels {
    double rate_hz;         /* of the sound that goes in; always known */
    double loudness_db;     /* from the model's file, or gruff_net_measure_loudness */
    double input_level_dbu; /* of a sine that peaked at 0 dBFS in the recording the model was made from */
} GruffNetLevels;
GRUFF_RT GruffNetLevels *gruff_net_levels(GruffNet *net);

/* 1 or 2. RT. */
GRUFF_RT uint32_t gruff_net_n_channels(const GruffNet *net);

/* The output of a net at rest moves less than this (-126 dBFS). */
#define GRUFF_STILL 5e-7f

/* Whether a net fresh from gruff_net_reset is at rest: gruff_net_settle found that silence leaves its output
 * where it is, and the knobs stand as they did then. RT, O(1). */
GRUFF_RT bool gruff_net_starts_at_rest(const GruffNet *net);

/* After 0.2 s of silence or more: whether the net is at rest. Its state stands still, or rounding leads it
 * round in its last bits in a circle of at most 64 steps. Nothing is changed. RT, O(64 steps). */
GRUFF_RT bool gruff_net_find_rest(GruffNet *net);

/* Let n_frames (at most 1 << 20) of silence pass in a net at rest, without the work of running it: the next
 * gruff_net_run goes on from where the net would be, bit for bit. (Where it converts the rate, its output can
 * differ by GRUFF_STILL for as long as the filters are.) A net that starts at rest waits in its first state.
 * RT, O(1), and O(64 steps) more for the next run. */
GRUFF_RT void gruff_net_skip(GruffNet *net, uint32_t n_frames);

#endif
