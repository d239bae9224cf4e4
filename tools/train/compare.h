/* --compare: several kinds of model trained on the same sound, side by side. SETUP. */
#ifndef GRUFF_TRAIN_COMPARE_H
#define GRUFF_TRAIN_COMPARE_H

#include "train/finish.h"
#include "train/shape.h"

#include <stdio.h>

enum { COMPARE_MOST = 32, COMPARE_PATH_SIZE = 4096 };

/* The kinds that are compared when none are named: three sizes, one of every cell, and one that hops. */
extern const char compare_standard[];

/* Kinds from a list such as "gru16,lstm16,gru32h8"; the rest of each shape (the skip) as in base. False:
 * message says what is wrong with it. */
GRUFF_MUST_USE bool compare_read(const char *list, const FitShape *base, FitShape shapes[COMPARE_MOST],
                                 size_t *n, GruffMessage *message);

/* Where the model of a kind goes: amp.json becomes amp-gru16.json. False: too long. */
GRUFF_MUST_USE bool compare_path(const char *model_path, const FitShape *shape, char path[COMPARE_PATH_SIZE]);

/* What came of one. */
typedef struct CompareRow {
    FitShape shape;
    char path[COMPARE_PATH_SIZE];
    uint64_t n_weights;
    double esr[TRAIN_N_ROLES];
    double ns_per_sample, load_percent;
    double epochs, seconds;
} CompareRow;

void compare_note(const TrainOutcome *outcome, CompareRow *row);

/* The table, in the order of the rows, and a sentence about the best and about the cheapest that comes within
 * 1 dB of it (by the validation sound). */
void compare_print(FILE *out, const CompareRow *rows, size_t n);

#endif
