/* The audio thread of `gruff live`: runs the engine, and meets the user's thread in atomics and the
 * recorder's ring only. */
#ifndef GRUFF_PLAYER_H
#define GRUFF_PLAYER_H

#include "live/recorder.h"

#include <stdatomic.h>

/* Peaks and clips since the player was last asked. */
typedef struct PlayerLevels {
    float input_peak, output_peak;
    bool input_clipped, output_clipped; /* full scale was reached */
} PlayerLevels;

/* Frames that are played and recorded at once. */
enum { PLAYER_PART = 256 };

typedef struct Player {
    GruffEngine *engine;
    Recorder *recorder;
    uint32_t n_inputs, n_outputs; /* the stream's: 1 or 2 in; as many or more out */
    atomic_uint changed;          /* bit k: control k */
    _Atomic float value[GRUFF_N_CONTROLS];
    atomic_uint input_peak, output_peak;          /* bits of the float: they sort as the values do */
    atomic_uint latency;                          /* of the engine, frames */
    float heard[GRUFF_MAX_CHANNELS][PLAYER_PART]; /* the audio thread's */
} Player;

/* SETUP. Engine and recorder stay the caller's. */
void player_init(Player *player, GruffEngine *engine, Recorder *recorder, uint32_t n_inputs,
                 uint32_t n_outputs);

/* An AudioRun. With one input every output gets the same; with two they alternate. What is recorded as dry is
 * what the engine heard, whatever becomes of in meanwhile. RT. */
void player_run(void *user, const float *const *in, float *const *out, uint32_t n_frames, bool gap);

/* The user's thread: */
void player_set(Player *player, GruffControl control, float value);
PlayerLevels player_levels(Player *player);
uint32_t player_latency(const Player *player);

#endif
