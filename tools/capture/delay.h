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

/* What the response from dry to wet is read from. */
typedef enum DelayWay {
    DELAY_SHARP, /* division of spectra, regularised where dry has little: for broad-band sound */
    DELAY_SMOOTH /* correlation: for clicks, of which distortion makes pulses that division would split */
} DelayWay;

/* Find dry[n] in wet[n + max_lag]: wet[t + frames] ≈ gain · dry[t], 0 <= frames <= max_lag, as the maximum of
 * the response from dry to wet, refined between frames. Frequencies below 1/100 of the rate, where hum is,
 * are left out. A memoryless distortion of noise does not move the result (Bussgang 1952). found is false
 * without memory, too. O((n + max_lag) log(n + max_lag)). */
Delay delay_measure(DelayWay way, const float *dry, size_t n, const float *wet, size_t max_lag);

/* The response itself: response[lag], 0 <= lag <= max_lag, such that wet[t] ≈ sum of response[lag] · dry[t -
 * lag]. False: no memory. */
bool delay_response(DelayWay way, const float *dry, size_t n, const float *wet, size_t max_lag,
                    double *response);

/* to[t] = from(at + t · step), t < n, band-limited interpolation (Kaiser-windowed sinc, 64 frames of the
 * lower of the two rates; flat within 0.01 dB up to 0.9 of half that rate; images, and what would fold back
 * from above 1.1 of it, below -100 dB); from[n_from] counts as 0 outside. step > 0. */
void delay_resample(const float *from, size_t n_from, double at, double step, float *to, size_t n);

#endif
