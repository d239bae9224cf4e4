/* The sound in pieces of half a second, and how well the model plays each. SETUP. */
#ifndef GRUFF_TRAIN_PASSAGES_H
#define GRUFF_TRAIN_PASSAGES_H

#include "train/finish.h"

typedef struct Passage {
    uint32_t pair;
    TrainRole role;
    size_t start, n;
    double energy, error; /* sums of squares: of the sound, and of what the model differs by */
} Passage;

typedef struct Passages {
    Passage *list; /* [n] in the order of the spans */
    size_t n;
    TrainRole role; /* what is judged by: test, where there is none validation, else training */
} Passages;

/* False: no memory. Free list. */
GRUFF_MUST_USE bool passages_make(const TrainOutcome *outcome, Passages *passages);

/* Of those of passages->role that are no quieter than 30 dB below the loudest, by ESR: the least at part 0,
 * the median at 0.5, the worst at 1. NULL: there is none. Sorts nothing; O(n^2). */
const Passage *passages_pick(const Passages *passages, double part);

/* Error over energy; NaN where it is silent. */
double passage_esr(const Passage *passage);

/* Where in the passage the n frames begin that have the largest error (n at most passage->n). */
size_t passage_worst(const TrainOutcome *outcome, const Passage *passage, size_t n);

#endif
