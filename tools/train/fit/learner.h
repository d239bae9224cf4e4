/* One fit's moving parts: weights, optimiser, streams and their states. What fit.c drives, fit_state.c keeps.
 * SETUP. */
#ifndef GRUFF_TRAIN_LEARNER_H
#define GRUFF_TRAIN_LEARNER_H

#include "crew.h"
#include "train/fit/exam.h"
#include "train/fit/optimiser.h"
#include "train/fit/streams.h"

/* What one update did. */
typedef struct LearnerStep {
    double loss, norm;
    double square_sum, energy; /* of the error and of the target, for a running ESR */
} LearnerStep;

typedef struct Learner {
    const FitPlan *plan;
    const TrainKernel *kernel; /* of all groups but the last, which may be a narrower one's */
    Crew *crew;
    Weights weights;
    Optimiser optimiser;
    Streams streams;
    uint32_t n_groups;
    Carry *carries;    /* [n_groups] */
    Unroll *unrolls;   /* [workers] */
    float **gradients; /* [n_groups][weights.n] */
    TrainLoss *losses; /* [n_groups] */
} Learner;

/* plan and data must outlive it. Errors: GRUFF_ERROR_ARGUMENT, _MEMORY. */
GRUFF_MUST_USE GruffStatus learner_new(Learner *learner, const FitPlan *plan, const TrainData *data,
                                       GruffMessage *message);
void learner_free(Learner *learner);

/* Steps in a window of so many samples. */
uint32_t learner_steps(const FitPlan *plan, uint32_t window);

/* A window of n_steps (at most plan->last_window samples) of every stream, then one step of the optimiser. */
LearnerStep learner_update(Learner *learner, double rate, uint32_t n_steps);

#endif
