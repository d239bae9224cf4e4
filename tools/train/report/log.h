/* --log: how a training goes, as lines of JSON for scripts. SETUP. */
#ifndef GRUFF_TRAIN_LOG_H
#define GRUFF_TRAIN_LOG_H

#include "train/finish.h"
#include "train/shape.h"

#include <stdio.h>

/* Every line is written at once, so that a script can follow it. All zero: nothing is written. */
typedef struct TrainLog {
    FILE *file;
    const char *path;
    char model[SHAPE_NAME_SIZE]; /* the word for its kind, on every line */
    bool failed;                 /* not all could be written */
} TrainLog;

/* Start the file, or go on at its end (of a fit that is resumed). path NULL: none is wanted. False: message
 * says why not. */
GRUFF_MUST_USE bool train_log_open(TrainLog *log, const char *path, bool append, GruffMessage *message);

/* {"event": "start", …}: what is trained, on what. Once for each model. */
void train_log_start(TrainLog *log, const TrainData *data, const FitPlan *plan);

/* {"event": "point", …}: a validation; nothing for a point without one. */
void train_log_point(TrainLog *log, const FitPoint *point);

/* {"event": "end", …}: the model that was written. */
void train_log_end(TrainLog *log, const TrainOutcome *outcome);

/* Says so if not everything could be written; returns EXIT_DONE or EXIT_FAILED. */
int train_log_close(TrainLog *log);

#endif
