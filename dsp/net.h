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

/* Remember the state; and tell whether not one bit of it is other than remembered (false after a reset). A
 * net that comes back to a state while its input is silent will do so for ever. RT, O(state), less where they
 * differ. */
GRUFF_RT void gruff_net_remember(GruffNet *net);
GRUFF_RT bool gruff_net_is_as_remembered(const GruffNet *net);

/* Let n_frames (at most 1 << 20) of silence pass in a net at rest, without the work of running it: only its
 * place in the stream moves on. RT, O(1). */
GRUFF_RT void gruff_net_skip(GruffNet *net, uint32_t n_frames);

#endif
