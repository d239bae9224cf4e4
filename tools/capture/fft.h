/* Fast Fourier transform, for measuring; not for sound. */
#ifndef GRUFF_FFT_H
#define GRUFF_FFT_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

/* x[n] ← its discrete Fourier transform, in place: X[k] = sum x[t] e^(-2 pi i k t / n); inverse: with +, and
 * divided by n. n a power of two. False: no memory, x unchanged. SETUP, O(n log n). Cooley and Tukey 1965. */
bool fft(double complex *x, size_t n, bool inverse);

/* The least power of two that is at least n. */
size_t fft_size(size_t n);

#endif
