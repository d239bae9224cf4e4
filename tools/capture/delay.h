/* By how much a returned sound lags what was played. SETUP, pure. */
#ifndef GRUFF_DELAY_H
#define GRUFF_DELAY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Delay {
    bool found;       /* something of the sound came back */
    double frames;    /* lag of the strongest arrival; within 0.1 frame on clean band-limited delay */
    double onset;     /* lag of the first arrival: a filter or a speaker smears what follows */
    double gain;      /* linear, of the strongest arrival */
    bool inverted;    /* it arrives upside down */
    double clearness; /* strongest arrival over the rms of all lags looked at; found: at least 8 */
} Delay;

/* Find dry[n] in wet[n + max_lag]: wet[t + frames] ≈ gain · dry[t], 0 <= frames <= max_lag. The estimate is
 * the impulse response of the best linear filter from dry to wet, by division of spectra (regularised where
 * dry has little), its maximum refined between frames. dry should be broad-band. A memoryless distortion does
 * not move the result (Bussgang 1952). found is false without memory, too. O((n + max_lag) log(n + max_lag)).
 */
Delay delay_measure(const float *dry, size_t n, const float *wet, size_t max_lag);

/* to[t] = from(at + t · step), t < n, band-limited interpolation (Kaiser-windowed sinc, 64 frames; flat
 * within 0.01 dB and images below -100 dB up to 0.9 of half the rate for steps near 1); from[n_from] counts
 * as 0 outside. */
void delay_resample(const float *from, size_t n_from, double at, double step, float *to, size_t n);

#endif
