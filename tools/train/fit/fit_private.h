/* Shared by fit.c and fit_state.c. */
#ifndef GRUFF_FIT_PRIVATE_H
#define GRUFF_FIT_PRIVATE_H

#include "train/fit/learner.h"

/* What a point is made of. */
typedef struct FitSums {
    double loss, square_sum, energy, norm; /* norm: largest */
    double seconds;
    uint64_t n_updates, n_trained;
} FitSums;

struct Fit {
    FitPlan plan;
    const TrainData *data;
    Learner learner;
    Exam exam;
    uint64_t n_updates, n_trained;      /* updates; samples of all streams */
    uint64_t interval, next_validation; /* in those samples */
    double seconds;
    FitSums sums; /* since the last validation */
    float *best;  /* [weights.n] */
    double best_esr;
    uint32_t n_worse; /* validations since the best */
    size_t n_history, most_history;
    FitPoint *history;
};

#endif
