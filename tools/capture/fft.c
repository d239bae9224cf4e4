#include "capture/fft.h"

#include <math.h>
#include <stdlib.h>

size_t fft_size(size_t n)
{
    size_t size = 1;
    while (size < n)
        size *= 2;
    return size;
}

static void reverse_bits(double complex *x, size_t n)
{
    for (size_t i = 1, j = 0; i < n; i++) {
        size_t bit = n >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            double complex kept = x[i];
            x[i] = x[j];
            x[j] = kept;
        }
    }
}

/* glibc defines it for GCC only. */
#ifndef CMPLX
#define CMPLX(re, im) __builtin_complex(re, im)
#endif

/* a · b; the language's own product looks for infinities, which takes three times as long. */
static double complex product(double complex a, double complex b)
{
    return CMPLX(creal(a) * creal(b) - cimag(a) * cimag(b), creal(a) * cimag(b) + cimag(a) * creal(b));
}

bool fft(double complex *x, size_t n, bool inverse)
{
    const double step = (inverse ? 2 : -2) * 3.14159265358979323846 / (double)n;
    double complex *turn = malloc((n / 2 + 1) * sizeof *turn);
    if (!turn)
        return false;
    for (size_t k = 0; k < n / 2; k++)
        turn[k] = cos(step * (double)k) + I * sin(step * (double)k);
    reverse_bits(x, n);
    for (size_t half = 1; half < n; half *= 2) {
        for (size_t i = 0; i < n; i += 2 * half) {
            for (size_t k = 0; k < half; k++) {
                double complex odd = product(x[i + k + half], turn[k * (n / 2 / half)]);
                x[i + k + half] = x[i + k] - odd;
                x[i + k] += odd;
            }
        }
    }
    for (size_t i = 0; inverse && i < n; i++)
        x[i] /= (double)n;
    free(turn);
    return true;
}
