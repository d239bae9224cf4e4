/* A training made in code, for the tests of what comes after the last step. Stands in for the trainer's own
 * forward pass: link it without the trainer. */
#ifndef GRUFF_TEST_LITTLE_TRAINING_H
#define GRUFF_TEST_LITTLE_TRAINING_H

#include "train/finish.h"

typedef struct LittleTraining {
    TrainData data;
    FitPlan plan;
    FitPoint points[12];
    TrainStory story;
    GruffModel *model; /* whoever finishes it owns it */
} LittleTraining;

/* Pairs of `seconds` each at 48 kHz: notes that die away, and what a random GRU of 8 units with n_knobs makes
 * of them, with an error of 10^(error_db / 20) of it; 60 % trains, the rest validates and tests. The model is
 * that GRU, with skip and hop as told (with a hop: a dense layer that passes the sound on). */
void little_training_make(LittleTraining *training, double seconds, uint32_t n_pairs, uint32_t n_knobs,
                          uint32_t hop, double error_db);
void little_training_free(LittleTraining *training);

/* Added by fit_play to every sample from that one on, of sounds no longer than that: not 0 makes the trainer
 * lie. */
extern float little_training_lie;
extern size_t little_training_lie_at, little_training_lie_within;

/* fit_play returns this if it is not 0. */
extern GruffStatus little_training_failure;

#endif
