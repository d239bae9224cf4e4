/* The sound that is trained on, as one ring, and the places in it that are trained on side by side. SETUP. */
#ifndef GRUFF_TRAIN_STREAMS_H
#define GRUFF_TRAIN_STREAMS_H

#include "train/data/data.h"
#include "train/fit/random.h"
#include "train/fit/unroll.h"

/* Where the ring leaps from one stretch of sound to the next. */
typedef struct RingSpan {
    size_t start, end; /* samples, whole hops */
    const float *knob; /* [n_knobs] */
} RingSpan;

/* A place in the ring, moving. */
typedef struct Stream {
    uint64_t at;    /* sample */
    uint32_t span;  /* that `at` lies in */
    uint32_t fresh; /* samples since the last leap or restart, up to the number after which they count */
    uint64_t left;  /* samples until the next restart */
    Random random;
} Stream;

typedef struct Streams {
    size_t n; /* samples in the ring */
    float *x, *y;
    double energy, pre_energy; /* mean of y² and of the pre-emphasised y², per sample */
    float pre_emphasis;
    uint32_t n_spans, hop, n_knobs;
    RingSpan *spans;
    uint32_t n_streams; /* B */
    Stream *streams;    /* [B] */
} Streams;

/* All of the data with a role in one ring, and B streams spread over it evenly. False: no memory. n is 0
 * where there is no sound. */
bool streams_new(Streams *streams, const TrainData *data, TrainRole role, uint32_t hop, uint32_t n_streams,
                 float pre_emphasis);
void streams_free(Streams *streams);

/* A group is the n streams from `first` on; they are the first lanes of what it is given.
 *
 * Energies, summed over the next `window` steps of a group: of y and of the pre-emphasised y. */
void streams_energy(const Streams *streams, uint32_t first, uint32_t n, uint32_t window, double energy[2]);

/* Before streams_fill: put the states of a group's streams that are due for it back to rest. A net whose
 * states are only ever carried on can come to need a state that it never reaches from rest; this way it
 * learns to come in. */
void streams_restart(Streams *streams, uint32_t first, uint32_t n, const Weights *weights, uint32_t width,
                     Carry *carry);

/* Fill unroll's x, target and mask with the group's next window, and move on. The mask is 0 for the first
 * SETTLE_SAMPLES after a leap, where the state still belongs to another sound, or a restart, and for lanes
 * that have no stream. */
void streams_fill(Streams *streams, uint32_t first, uint32_t n, Unroll *unroll);

#endif
