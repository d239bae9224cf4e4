/* Setting up the loss's spectral term. SETUP. */
#ifndef GRUFF_TRAIN_SPECTRAL_H
#define GRUFF_TRAIN_SPECTRAL_H

#include "train/fit/simd/train_kernels.h"

/* Least samples in a window for the term to look at. */
enum { SPECTRAL_LEAST = 1024 };

/* Frames of sizes[n_sizes] samples under Hann windows, for windows of n samples of `width` streams. The
 * spectrum is freed with spectral_free. False: no memory. */
bool spectral_new(TrainSpectrum *spectrum, const uint32_t *sizes, int n_sizes, uint32_t n, uint32_t width);
void spectral_free(TrainSpectrum *spectrum);

/* Scale the term so that it is `weight` where the output is silent, given the target's energy over all
 * frames' samples: by Parseval's theorem, as a Hann window a quarter apart counts each sample's energy 3/2
 * times. */
void spectral_scale(TrainSpectrum *spectrum, double weight, double energy);

#endif
