#include "spectrum.h"

#include "capture/fft.h"

#include <math.h>
#include <stdlib.h>

bool spectrum_add(Spectrum *s, const float *x, const float *y, size_t n)
{
    const double turn = 6.283185307179586 / SPECTRUM_FFT;
    double complex *work = malloc(SPECTRUM_FFT * sizeof *work);
    bool whole = work;
    for (size_t first = 0; whole && first + SPECTRUM_FFT <= n; first += SPECTRUM_FFT / 2) {
        for (size_t t = 0; t < SPECTRUM_FFT; t++) {
            double v = (double)x[first + t] - (y ? (double)y[first + t] : 0);
            work[t] = v * (0.5 - 0.5 * cos(turn * (double)t));
        }
        whole = fft(work, SPECTRUM_FFT, false);
        for (size_t k = 0; whole && k < SPECTRUM_FFT / 2; k++)
            s->power[k] += creal(work[k]) * creal(work[k]) + cimag(work[k]) * cimag(work[k]);
        s->n_windows++;
    }
    free(work);
    return whole;
}

double spectrum_db(const Spectrum *s, double rate_hz, double hz, double octaves)
{
    const double bin_hz = rate_hz / SPECTRUM_FFT;
    const double from = hz * exp2(-octaves / 2) / bin_hz, to = hz * exp2(octaves / 2) / bin_hz;
    double sum = 0;
    /* Each bin stands for the band half a bin around it; it counts with the part that is inside. */
    for (double k = floor(from + 0.5); k <= floor(to + 0.5) && k < SPECTRUM_FFT / 2; k++)
        sum += fmax(fmin(k + 0.5, to) - fmax(k - 0.5, from), 0) * s->power[(size_t)k];
    /* A full-scale sine sums to FFT^2 · 3/32 under a Hann window. */
    const double full = (double)SPECTRUM_FFT * SPECTRUM_FFT * 3 / 32;
    return s->n_windows > 0 ? 10 * log10(sum / s->n_windows / full + 1e-16) : -160;
}
