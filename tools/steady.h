/* Powers, sines and noise made of IEEE additions, multiplications and divisions alone: the same bits on every
 * machine, which libm does not promise. Compile what uses them with -ffp-contract=off. */
#ifndef GRUFF_STEADY_H
#define GRUFF_STEADY_H

#include <stdint.h>

/* 2^x for |x| < 1000, relative error below 4e-15. */
double steady_exp2(double x);

/* 10^(db/20). */
double steady_gain(double db);

/* sin(2 pi turns) for |turns| < 1e9, error below 1e-14 for |turns| < 10 (growing as turns loses digits). */
double steady_sine(double turns);

/* Uniform noise in -1…1 from xorshift64* (Vigna 2016). state must not be 0. */
double steady_noise(uint64_t *state);

#endif
