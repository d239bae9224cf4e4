/* The weights of a net in training: one flat vector, and the layers' arrays within it. SETUP. */
#ifndef GRUFF_TRAIN_WEIGHTS_H
#define GRUFF_TRAIN_WEIGHTS_H

#include "train/fit/fit.h"
#include "train/fit/simd/train_kernels.h"

enum { WEIGHTS_MAX_LAYERS = GRUFF_MAX_LAYERS };

typedef struct Weights {
    FitShape shape;
    uint32_t n_knobs;
    uint32_t n_layers; /* the head is the last */
    TrainWeights layer[WEIGHTS_MAX_LAYERS];
    size_t n;     /* numbers in all */
    float *value; /* [n] */
    float *packed;
} Weights;

/* Weights of that shape, all zero. False: no memory. */
bool weights_new(Weights *weights, const FitShape *shape, uint32_t n_knobs);
void weights_free(Weights *weights);

/* The layer's arrays in another vector [n] of the same layout, such as a gradient. */
TrainArrays weights_arrays(const Weights *weights, uint32_t layer, float *vector);

/* Fill with random numbers: see FitStart. */
void weights_start(Weights *weights, const FitStart *start, uint64_t seed);

/* Ready every layer for the kernel; again after each change of the values. */
void weights_pack(const Weights *weights, const TrainKernel *kernel);

/* A model with these weights; rate and names are the caller's to set. Errors: GRUFF_ERROR_LIMIT, _MEMORY. */
GRUFF_MUST_USE GruffStatus weights_to_model(const Weights *weights, const float *value, GruffModel **model);

/* The weights of a model that a fit made. False if it is of another kind, or no memory. */
bool weights_from_model(Weights *weights, const GruffModel *model);

#endif
