/* Records what went in and what came out to two WAV files, from the audio thread through a ring to a writing
 * thread. FILE.wav holds the sound as heard, FILE-dry.wav the guitar as it came in; both start and end at the
 * same frame and are 32-bit float, so that `gruff render FILE-dry.wav` gives FILE.wav again. */
#ifndef GRUFF_RECORDER_H
#define GRUFF_RECORDER_H

#include "gruff.h"

typedef struct Recorder Recorder;

typedef enum RecorderState {
    RECORDER_IDLE,
    RECORDER_ON,
    RECORDER_FAILED /* stopped by itself: recorder_failure says why. What was written before is whole */
} RecorderState;

/* SETUP. n_channels 1 or 2, of dry and of wet. Starts the writing thread. NULL: no memory or no thread. */
Recorder *recorder_new(double rate_hz, uint32_t n_channels);

/* Ends a recording in progress first. NULL is allowed. SETUP. */
void recorder_free(Recorder *recorder);

/* Begin with the next block. path as the user gave it: ".wav" is added where it has no ending; where one of
 * the two files exists, "-2", "-3"… is, so that nothing is overwritten. SETUP. On failure says so on standard
 * error and returns EXIT_FAILED. */
int recorder_start(Recorder *recorder, const char *path);

/* End, write what waits, close the files. playing: blocks still come. SETUP; waits for the disk. */
void recorder_stop(Recorder *recorder, bool playing);

/* Any one thread but the audio one: */
RecorderState recorder_state(Recorder *recorder);
const char *recorder_failure(const Recorder *recorder); /* one sentence, once RECORDER_FAILED */
double recorder_seconds(const Recorder *recorder);      /* written by this or the last recording */
uint64_t recorder_lost(const Recorder *recorder);       /* frames not recorded as the disk was too slow */
const char *recorder_path(const Recorder *recorder);    /* of the wet file; "" before the first */
const char *recorder_dry_path(const Recorder *recorder);

/* Put a block; does nothing unless recording. dry[c][t], wet[c][t], c < n_channels. RT, O(n_frames). */
GRUFF_RT void recorder_put(Recorder *recorder, const float *const *dry, const float *const *wet,
                           uint32_t n_frames);

#endif
