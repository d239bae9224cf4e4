/* The audio thread of `gruff capture`: plays and records at the same time, frame for frame. */
#ifndef GRUFF_TAPE_H
#define GRUFF_TAPE_H

#include "audio/audio_stream.h"

#include <stdatomic.h>

typedef struct Tape {
    uint32_t n_outputs;
    const float *play; /* [n_play], then silence */
    float *record;     /* [n_record] */
    size_t n_play, n_record;
    atomic_bool rolling;
    atomic_size_t at;   /* frames recorded */
    atomic_size_t gap;  /* where the device first lost sound */
    atomic_uint n_gaps; /* blocks before which it did */
    atomic_uint top;    /* bits of the highest |sample| since tape_peak */
} Tape;

typedef enum TapeEnd {
    TAPE_DONE,
    TAPE_STOPPED, /* the user said so */
    TAPE_DEAD     /* the device */
} TapeEnd;

/* An AudioRun: the first input is recorded, every output plays. RT. */
void tape_run(void *user, const float *const *in, float *const *out, uint32_t n_frames, bool gap);

/* Roll from the next block on. The tape must have stopped. The user's thread. */
void tape_start(Tape *tape, const float *play, size_t n_play, float *record, size_t n_record);
void tape_stop(Tape *tape);

/* Highest |sample| recorded since the last call. The user's thread. */
float tape_peak(Tape *tape);

#endif
