/* What gruff train shows while it works. SETUP. */
#ifndef GRUFF_TRAIN_SHOW_H
#define GRUFF_TRAIN_SHOW_H

#include "train/finish.h"

/* The recordings and what was found in them. */
void show_data(const TrainData *data);

/* Where a fit's lines stand; all zero before its first. */
typedef struct ShowState {
    bool begun, validated;
    double first_done, begin_s, next_line; /* begin_s: on progress_clock */
    double train_esr, best_esr;            /* at the last validation */
} ShowState;

/* On the way, as often as one likes: on a terminal one line that changes, with the errors of the last
 * validation. */
void show_way(ShowState *state, double epoch, double done);

/* After a validation; where there is no terminal, a line for every tenth of the way. */
void show_point(ShowState *state, const FitPoint *point, double best_esr);

/* The model that came out. */
void show_outcome(const TrainOutcome *outcome, const char *report);

#endif
