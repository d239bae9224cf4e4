/* Fitting a model to recordings: truncated back-propagation through time over many contiguous streams. SETUP.
 */
#ifndef GRUFF_FIT_H
#define GRUFF_FIT_H

#include "train/data/data.h"

/* What kind of model. */
typedef struct FitShape {
    GruffCell cell;   /* GRU, LSTM or RNN */
    GruffReset reset; /* GRU only */
    uint32_t hidden;  /* H: 1…GRUFF_MAX_HIDDEN */
    uint32_t n_layers;
    uint32_t hop; /* 1…GRUFF_MAX_HOP */
    bool skip;
} FitShape;

/* Where the weights start. */
typedef struct FitStart {
    bool orthogonal; /* recurrent matrices orthogonal and their biases 0; else all uniform within 1/sqrt(H),
                        as PyTorch */
    double remember_low, remember_high; /* with orthogonal: bias of the gate that keeps the state, uniform */
} FitStart;

/* How it is fitted. fit_plan_default fills in everything. */
typedef struct FitPlan {
    FitShape shape;
    FitStart start;
    uint64_t seed;
    uint32_t n_threads; /* 0: one a core */
    uint32_t n_streams; /* B: places in the sound that are trained on side by side */
    uint32_t window;    /* samples between two updates, through which gradients flow back, at the start… */
    uint32_t last_window;   /* …and at the end, doubling on the way; no less than window */
    double epochs;          /* passes over the sound; 0: as many as fit into `minutes` */
    double minutes;         /* end after this long; 0: after `epochs` */
    double learning_rate;   /* at the start; falls to a hundredth along a cosine */
    double clip_norm;       /* the gradient's norm is held to this */
    double pre_weight;      /* of the ESR after pre-emphasis */
    double plain_weight;    /* of the ESR */
    double pre_emphasis;    /* a: the loss looks at y[n] - a y[n-1] */
    double dc_weight;       /* of the squared mean error, over the target's energy */
    double spectral_weight; /* of the squared spectral convergence at three sizes; 0: none. Makes the
                               windows 1024 samples or more */
    uint32_t patience;      /* end after this many validations without a better one; 0: never */
    const char *kernel;     /* NULL: the best of this CPU */
} FitPlan;

/* How it stands after a stretch of training. */
typedef struct FitPoint {
    double epoch, seconds; /* since the start; seconds over all sessions of a resumed fit */
    double done;           /* 0…1: of what is planned */
    double learning_rate;
    double loss; /* mean training loss since the last point */
    double
        train_esr; /* plain ESR on the training sound, likewise; before the weights were averaged or chosen */
    double validation_esr; /* plain ESR on the validation sound */
    double gradient_norm;  /* largest since the last point, before clipping */
    double samples_per_second;
    bool validated; /* false: stopped on the way; only epoch, seconds and done are set */
    bool best;      /* the best validation so far */
} FitPoint;

typedef struct Fit Fit;

void fit_plan_default(FitPlan *plan);

/* Start a fit on data, which must outlive it. Errors: GRUFF_ERROR_ARGUMENT (too little sound for the
 * plan...), _LIMIT, _MEMORY. */
GRUFF_MUST_USE GruffStatus fit_new(const FitPlan *plan, const TrainData *data, GruffMessage *message,
                                   Fit **fit);
void fit_free(Fit *fit);

/* Asked before every update; epoch and done, 0…1, as in FitPoint. True: stop now. */
typedef bool FitWatch(void *context, double epoch, double done);

/* Train on to the next validation, or until `watch` (may be NULL) says stop; true while there is more to do.
 * *point tells how it stands. Validations fall on the same updates whether or not a fit was stopped between
 * them. */
bool fit_advance(Fit *fit, FitWatch *watch, void *context, FitPoint *point);

/* Validate between validations if there was none yet, so that a fit stopped early gives a model too. Such a
 * fit does not go on as one that was never stopped: save it before. */
void fit_judge(Fit *fit);

/* Validation ESR of the best model so far; infinite before the first validation. */
double fit_best_esr(const Fit *fit);

/* All validated points so far: *n of them; valid until the next fit_advance. */
const FitPoint *fit_history(const Fit *fit, size_t *n);

/* A copy of the best model so far: layers, skip, hop, rate and knob names; nothing descriptive. */
GRUFF_MUST_USE GruffStatus fit_best_model(const Fit *fit, GruffModel **model);

/* Everything needed to go on as if never interrupted, as a file that appears whole or not at all. Errors:
 * GRUFF_ERROR_FILE, _MEMORY. */
GRUFF_MUST_USE GruffStatus fit_save(const Fit *fit, const char *path, GruffMessage *message);

/* Take up a saved fit in one that was just made with the same plan (epochs and minutes may be more) and data.
 * Errors: GRUFF_ERROR_FILE, _FORMAT; _ARGUMENT where plan or data differ from those it was saved with, saying
 * in what. */
GRUFF_MUST_USE GruffStatus fit_resume(Fit *fit, const char *path, GruffMessage *message);

/* Play a model with the trainer's own forward pass over a whole pair from rest: y[n]. Shapes: x[n],
 * knobs[n_knobs] constant. With hop N, y is aligned with x (no latency) and n is taken down to whole hops.
 * Errors: _UNSUPPORTED for a model no fit makes; _MEMORY. */
GRUFF_MUST_USE GruffStatus fit_play(const GruffModel *model, const float *x, const float *knobs, size_t n,
                                    float *y);

#endif
