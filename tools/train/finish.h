/* After the last step: the model's file, checked through the player, and what is known of it. SETUP. */
#ifndef GRUFF_TRAIN_FINISH_H
#define GRUFF_TRAIN_FINISH_H

#include "train/fit/fit.h"

enum { TRAIN_N_ROLES = TRAIN_ROLE_TEST + 1 };

/* How it was made. Everything pointed to must outlive the outcome. */
typedef struct TrainStory {
    const TrainData *data;
    const FitPlan *plan;
    const FitPoint *points; /* [n_points] all validations */
    size_t n_points;
    bool stopped;           /* ended before what was planned: Ctrl-C */
    const char *path;       /* of the file to write: Keras JSON, whatever its ending */
    const char *name;       /* of the model; NULL: the file's, without folder and ending */
    double input_level_dbu; /* of a sine that peaks at 0 dBFS, where the gear was fed; NaN: not known */
} TrainStory;

typedef struct TrainOutcome {
    TrainStory story;
    GruffModel *model;         /* as in the file */
    float **played;            /* [n_pairs][n]: what the model makes of x, by the trainer's forward pass */
    double esr[TRAIN_N_ROLES]; /* plain, all spans of a role together; NaN where there is none */
    double player_esr[TRAIN_N_ROLES]; /* the same of the written file, by the player */
    const char *kernel;               /* the player's */
    double ns_per_sample;             /* its cost: one channel, blocks of 64 */
    double load_percent;              /* of one core at the model's rate */
} TrainOutcome;

/* Give model (which becomes the outcome's, on failure too) its metadata and a self-test of 2048 samples from
 * the loudest passage, write it to story->path, read it back, play all the sound with it through the player,
 * and compare: the file takes its place only if both agree. Errors: those of gruff_model_write and
 * gruff_model_load; GRUFF_ERROR_FORMAT where the player's ESR differs from the trainer's by over 1e-6, with
 * both in the message; _MEMORY. */
GRUFF_MUST_USE GruffStatus finish_model(GruffModel *model, const TrainStory *story, GruffMessage *message,
                                        TrainOutcome **outcome);

/* NULL is allowed. */
void finish_free(TrainOutcome *outcome);

/* Energy of the error over that of the sound, over all spans of a role (whole hops of every pair);
 * played[n_pairs]. NaN: no such span. */
double finish_esr(const TrainData *data, float *const *played, uint32_t hop, TrainRole role);

/* 10 log10, and the word for it: "great" … (as gruff capture uses them). */
double finish_db(double esr);
const char *finish_word(double esr);

#endif
