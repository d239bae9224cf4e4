/* Adam (Kingma and Ba 2015) behind a bound on the gradient's norm. SETUP. */
#ifndef GRUFF_TRAIN_OPTIMISER_H
#define GRUFF_TRAIN_OPTIMISER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Optimiser {
    size_t n;
    float *mean, *square; /* [n] running means of the gradient and of its square */
    uint64_t n_steps;
} Optimiser;

bool optimiser_new(Optimiser *optimiser, size_t n);
void optimiser_free(Optimiser *optimiser);

/* One step along -gradient[n], scaled down first to `clip` if its norm is larger. Returns the norm before
 * that. Where it is not finite nothing moves. */
double optimiser_step(Optimiser *optimiser, float *value, const float *gradient, double rate, double clip);

#endif
