/* What a net consists of, for net.c and net_run.c alone. L2. */
#ifndef GRUFF_NET_PARTS_H
#define GRUFF_NET_PARTS_H

#include "net.h"
#include "rate.h"
#include "stack.h"

/* Steps between two looks at whether the states are finite, in stream time, so that it does not matter how
 * the frames are split into calls. */
enum { GRID = GRUFF_STACK_STEPS };

/* Where in stream time the net is. */
typedef struct Clock {
    uint32_t phase; /* steps modulo twice the number of states */
    uint32_t grid;  /* steps modulo GRID */
    uint32_t hop;   /* frames of the hop taken in so far */
    GruffRateClock rate;
} Clock;

struct GruffNet {
    GruffStack stack;
    uint32_t hop, n_knobs;
    bool skip;
    float in_gain, out_gain;
    float knob[GRUFF_MAX_KNOBS];
    Clock clock, start_clock;
    GruffNetLevels levels;
    bool converts; /* plays at another rate than its own, through rate */
    GruffRate rate;
    double frames_per_step; /* of the sound that comes in, per step and state */
    float *moving, *rest;   /* [n_moving] all that a step changes, and what it is after a reset */
    float *seen;            /* [n_own] moving when gruff_net_find_rest was called */
    bool starts_at_rest;    /* with the knobs at rest_knob */
    float rest_knob[GRUFF_MAX_KNOBS];
    uint32_t circle;   /* frames of the net's after which, at rest, its state comes back; 1: not looked for */
    uint32_t n_behind; /* of these, still to be run */
    size_t n_moving, n_own; /* the first n_own are the net's own, the others the rate conversion's */
    float *hop_in[GRUFF_MAX_CHANNELS],
        *hop_out[GRUFF_MAX_CHANNELS]; /* [hop] the hop coming in, the one going out */
};

#endif
