/* What gruff train shows while it works. SETUP. */
#ifndef GRUFF_TRAIN_SHOW_H
#define GRUFF_TRAIN_SHOW_H

#include "train/finish.h"

/* The recordings and what was found in them. */
void show_data(const TrainData *data);

/* Where a fit's lines stand; all zero before its first. */
typedef struct ShowState {
    bool begun;
    double first_done, first_seconds, next_line;
} ShowState;

/* On a terminal one line that changes; else a line for every tenth of the way. */
void show_point(const FitPoint *point, double best_esr, ShowState *state);

/* The model that came out. */
void show_outcome(const TrainOutcome *outcome, const char *report);

#endif
