/* A net unrolled over one window of a group of streams: forward, loss, backward. SETUP. */
#ifndef GRUFF_TRAIN_UNROLL_H
#define GRUFF_TRAIN_UNROLL_H

#include "train/fit/weights.h"

/* What a group of W streams carries from window to window. */
typedef struct Carry {
    float *h[WEIGHTS_MAX_LAYERS],
        *s[WEIGHTS_MAX_LAYERS]; /* [H][W] per recurrent layer; s: LSTM only, else NULL */
    float *loss_before;         /* [W] see TrainLoss */
    float *block;               /* all of it: [n] */
    size_t n;
} Carry;

bool carry_new(Carry *carry, const Weights *weights, const TrainKernel *kernel);
void carry_free(Carry *carry);

/* The memory of one window, used by one thread, group after group. */
typedef struct Unroll {
    const Weights *weights;
    const TrainKernel *kernel;
    uint32_t window; /* T */
    uint32_t chunk;  /* steps that all layers go together */
    TrainPass pass[WEIGHTS_MAX_LAYERS];
    float *x;               /* [T][hop + knobs][W], the caller's to fill */
    float *target;          /* [T][hop][W] */
    float *mask;            /* [T][W] */
    float *y;               /* [T][hop][W] the net's output with skip; after unroll_learn its gradient */
    float *dout[2];         /* [chunk][rows][W] */
    TrainSpectrum spectrum; /* the caller's to make and scale; n_sizes 0: none */
    float *block;
} Unroll;

/* weights and kernel must outlive it. False: no memory. */
bool unroll_new(Unroll *unroll, const Weights *weights, const TrainKernel *kernel, uint32_t window);
void unroll_free(Unroll *unroll); /* the spectrum too */

/* Go on with another kernel: as wide as the first at most, and reading the same packed weights. */
void unroll_use(Unroll *unroll, const TrainKernel *kernel);

/* Play the first n_steps of x from the carried state, which moves on: fills y. */
void unroll_play(Unroll *unroll, Carry *carry, uint32_t n_steps);

/* Play the whole window, then add the gradient of the loss to gradient[weights->n]. */
void unroll_learn(Unroll *unroll, Carry *carry, TrainLoss *loss, float *gradient);

#endif
