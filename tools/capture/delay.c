#include "capture/delay.h"

#include "capture/fft.h"

#include <math.h>
#include <stdlib.h>

#define REGULARISED 1e-3 /* of the mean power of dry's spectrum */
#define LOWEST      0.01 /* frequency looked at, of the rate */
#define CLEAR       8.0
#define ONSET_SHARE 0.25 /* of the strongest arrival */
#define PI          3.14159265358979323846

enum { ONSET_FRAMES = 96, HALF_SINC = 32 };

/* x[size], dry's spectrum, becomes the response's: Y X* / (|X|² + r), or Y X* over the mean |X|². */
static void respond(DelayWay way, double complex *x, const double complex *y, size_t size)
{
    double power = 0;
    size_t lowest = (size_t)(LOWEST * (double)size);
    for (size_t k = 0; k < size; k++)
        power += creal(x[k]) * creal(x[k]) + cimag(x[k]) * cimag(x[k]);
    power = power / (double)size + 1e-30;
    for (size_t k = 0; k < size; k++) {
        double here = creal(x[k]) * creal(x[k]) + cimag(x[k]) * cimag(x[k]);
        double by = way == DELAY_SHARP ? here + REGULARISED * power : power;
        x[k] = k < lowest || k > size - lowest ? 0 : y[k] * conj(x[k]) / by;
    }
}

/* The response between frames: |h(lag)|, from its spectrum. */
static double response_at(const double complex *spectrum, size_t size, double lag)
{
    double complex turn = cexp(I * 2 * PI * lag / (double)size), phase = turn;
    double sum = creal(spectrum[0]);
    for (size_t k = 1; k < size / 2; k++) {
        sum += 2 * creal(spectrum[k] * phase);
        phase *= turn;
    }
    return sum / (double)size;
}

/* Golden-section search for the largest |h| within a frame of lag. */
static double refine(const double complex *spectrum, size_t size, double lag, double *peak)
{
    const double golden = 0.6180339887498949;
    double low = lag - 1, high = lag + 1;
    double a = high - golden * (high - low), b = low + golden * (high - low);
    double at_a = fabs(response_at(spectrum, size, a)), at_b = fabs(response_at(spectrum, size, b));
    while (high - low > 0.002) {
        if (at_a > at_b) {
            high = b, b = a, at_b = at_a;
            a = high - golden * (high - low);
            at_a = fabs(response_at(spectrum, size, a));
        } else {
            low = a, a = b, at_a = at_b;
            b = low + golden * (high - low);
            at_b = fabs(response_at(spectrum, size, b));
        }
    }
    *peak = response_at(spectrum, size, (low + high) / 2);
    return (low + high) / 2;
}

static Delay read_response(const double complex *response, const double complex *spectrum, size_t size,
                           size_t max_lag)
{
    size_t peak = 0;
    double power = 0;
    for (size_t i = 0; i <= max_lag; i++) {
        double value = creal(response[i]);
        power += value * value;
        if (fabs(value) > fabs(creal(response[peak])))
            peak = i;
    }
    double rms = sqrt(power / (double)(max_lag + 1)), strongest;
    Delay delay = {.frames = refine(spectrum, size, (double)peak, &strongest)};
    delay.gain = fabs(strongest);
    delay.inverted = strongest < 0;
    delay.clearness = rms > 0 ? delay.gain / rms : 0;
    delay.found = delay.clearness >= CLEAR;
    size_t onset = peak > ONSET_FRAMES ? peak - ONSET_FRAMES : 0;
    while (fabs(creal(response[onset])) < ONSET_SHARE * delay.gain && onset < peak)
        onset++;
    delay.onset = fmin((double)onset, delay.frames);
    return delay;
}

/* x[n] into to[n], faded in and out, so that what the window cuts off does not look like an edge. */
static void copy_faded(const float *x, size_t n, size_t fade, double complex *to)
{
    for (size_t t = 0; t < n; t++) {
        size_t edge = t < n - 1 - t ? t : n - 1 - t;
        to[t] = edge < fade ? x[t] * (0.5 - 0.5 * cos(PI * (double)edge / (double)fade)) : x[t];
    }
}

Delay delay_measure(DelayWay way, const float *dry, size_t n, const float *wet, size_t max_lag)
{
    size_t size = fft_size(n + max_lag + 1);
    Delay delay = {0};
    double complex *x = calloc(size, sizeof *x), *y = calloc(size, sizeof *y);
    if (x && y) {
        copy_faded(dry, n, n / 32, x);
        copy_faded(wet, n + max_lag, n / 32, y);
        bool done = fft(x, size, false) && fft(y, size, false);
        respond(way, x, y, size);
        for (size_t k = 0; k < size; k++)
            y[k] = x[k];
        if (done && fft(y, size, true))
            delay = read_response(y, x, size, max_lag);
    }
    free(x);
    free(y);
    return delay;
}

/* Kaiser's window with beta 10, x from -1 to 1. */
static double kaiser(double x)
{
    const double beta = 10, inside = 1 - x * x;
    double argument = beta * sqrt(inside > 0 ? inside : 0) / 2, sum = 1, term = 1, whole = 1, one = 1;
    for (int k = 1; k < 40; k++) {
        term *= argument / k * (argument / k);
        sum += term;
        one *= beta / 2 / k * (beta / 2 / k);
        whole += one;
    }
    return sum / whole;
}

void delay_resample(const float *from, size_t n_from, double at, double step, float *to, size_t n)
{
    enum { PHASES = 512 };
    static double table[(HALF_SINC * PHASES) + 2];
    if (table[0] == 0) {
        for (int i = 0; i <= HALF_SINC * PHASES; i++) {
            double x = PI * i / PHASES;
            table[i] = (i ? sin(x) / x : 1) * kaiser((double)i / (HALF_SINC * PHASES));
        }
    }
    for (size_t t = 0; t < n; t++) {
        double where = at + (double)t * step;
        double whole = floor(where);
        double sum = 0;
        for (int i = 1 - HALF_SINC; i <= HALF_SINC; i++) {
            double index = whole + i;
            if (index < 0 || index >= (double)n_from)
                continue;
            double place = fabs(index - where) * PHASES;
            int low = (int)place;
            double tap =
                low < HALF_SINC * PHASES ? table[low] + (place - low) * (table[low + 1] - table[low]) : 0;
            sum += tap * from[(size_t)index];
        }
        to[t] = (float)sum;
    }
}
