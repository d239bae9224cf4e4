/* The spectrum of sound, in bands. SETUP. */
#ifndef GRUFF_SPECTRUM_H
#define GRUFF_SPECTRUM_H

#include <stdbool.h>
#include <stddef.h>

enum { SPECTRUM_FFT = 8192 };

/* Mean power of what was added. Start from all zero. */
typedef struct Spectrum {
    double power[SPECTRUM_FFT / 2];
    double n_windows;
} Spectrum;

/* Add x[n] less y[n] (y may be NULL): Hann windows that overlap by half; less than one window is left out.
 * False: no memory. */
bool spectrum_add(Spectrum *spectrum, const float *x, const float *y, size_t n);

/* dB against a full-scale sine, of a band that many octaves wide around hz; at least -160. */
double spectrum_db(const Spectrum *spectrum, double rate_hz, double hz, double octaves);

#endif
