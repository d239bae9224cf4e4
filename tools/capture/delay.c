#include "capture/delay.h"

#include "capture/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* The response between frames, from its spectrum. */
static double response_at(const double complex *spectrum, size_t size, double lag)
{
    const double step = 2 * PI * lag / (double)size, c = cos(step), s = sin(step);
    double sum = creal(spectrum[0]), re = c, im = s;
    for (size_t k = 1; k < size / 2; k++) {
        sum += 2 * (creal(spectrum[k]) * re - cimag(spectrum[k]) * im);
        double next = re * c - im * s;
        im = re * s + im * c;
        re = next;
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

/* The response, and x[size] its spectrum. False: no memory. */
static bool find_response(DelayWay way, const float *dry, size_t n, const float *wet, size_t max_lag,
                          size_t size, double complex *x, double complex *response)
{
    copy_faded(dry, n, n / 32, x);
    copy_faded(wet, n + max_lag, n / 32, response);
    if (!fft(x, size, false) || !fft(response, size, false))
        return false;
    respond(way, x, response, size);
    memcpy(response, x, size * sizeof *x);
    return fft(response, size, true);
}

Delay delay_measure(DelayWay way, const float *dry, size_t n, const float *wet, size_t max_lag)
{
    size_t size = fft_size(n + max_lag + 1);
    Delay delay = {0};
    double complex *x = calloc(size, sizeof *x), *y = calloc(size, sizeof *y);
    if (x && y && find_response(way, dry, n, wet, max_lag, size, x, y))
        delay = read_response(y, x, size, max_lag);
    free(x);
    free(y);
    return delay;
}

bool delay_response(DelayWay way, const float *dry, size_t n, const float *wet, size_t max_lag,
                    double *response)
{
    size_t size = fft_size(n + max_lag + 1);
    double complex *x = calloc(size, sizeof *x), *y = calloc(size, sizeof *y);
    bool ok = x && y && find_response(way, dry, n, wet, max_lag, size, x, y);
    for (size_t lag = 0; ok && lag <= max_lag; lag++)
        response[lag] = creal(y[lag]);
    free(x);
    free(y);
    return ok;
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

enum { PHASES = 512, TAPS = 2 * HALF_SINC, LANES = 8 };

/* Row p: what the frames from HALF_SINC - 1 before to HALF_SINC after a place count for, the place being
 * p / PHASES behind a frame. Made once. */
static double sinc_rows[PHASES + 1][TAPS];

static double sinc_at(double x)
{
    return fabs(x) < HALF_SINC ? (x != 0 ? sin(PI * x) / (PI * x) : 1) * kaiser(x / HALF_SINC) : 0;
}

static void make_sinc_rows(void)
{
    if (sinc_rows[0][HALF_SINC - 1] != 0)
        return;
    for (int p = PHASES; p >= 0; p--)
        for (int i = 0; i < TAPS; i++)
            sinc_rows[p][i] = sinc_at(i + 1 - HALF_SINC - (double)p / PHASES);
}

/* The sound at a place, from the two rows nearest to it. */
static double between(const float *from, size_t n_from, double where)
{
    double whole = floor(where), phase = (where - whole) * PHASES, first = whole + 1 - HALF_SINC;
    int p = (int)phase;
    double part = phase - p, lane[LANES] = {0}, sum = 0;
    const double *low = sinc_rows[p], *high = sinc_rows[p + 1];
    if (first < 0 || first + TAPS > (double)n_from) {
        for (int i = 0; i < TAPS; i++)
            if (first + i >= 0 && first + i < (double)n_from)
                sum += (low[i] + part * (high[i] - low[i])) * (double)from[(size_t)(first + i)];
        return sum;
    }
    const float *x = from + (size_t)first;
    for (int i = 0; i < TAPS; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += (low[i + l] + part * (high[i + l] - low[i + l])) * (double)x[i + l];
    for (int l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

/* sinc_at(x), |x| <= HALF_SINC, from the rows. */
static double sinc_near(double x)
{
    double up = fmax(ceil(x), 1 - HALF_SINC), phase = fmin((up - x) * PHASES, PHASES - 1e-9);
    int p = (int)phase, i = (int)up + HALF_SINC - 1;
    return sinc_rows[p][i] + (phase - p) * (sinc_rows[p + 1][i] - sinc_rows[p][i]);
}

/* The same for a lower rate: the sinc is as much wider, or what that rate cannot hold would fold back. */
static double among(const float *from, size_t n_from, double where, double step)
{
    double sum = 0, first = fmax(ceil(where - HALF_SINC * step), 0);
    double last = fmin(floor(where + HALF_SINC * step), (double)n_from - 1);
    for (double i = first; i <= last; i++)
        sum += sinc_near((i - where) / step) * (double)from[(size_t)i];
    return sum / step;
}

void delay_resample(const float *from, size_t n_from, double at, double step, float *to, size_t n)
{
    make_sinc_rows();
    for (size_t t = 0; t < n; t++) {
        double where = at + (double)t * step;
        to[t] = (float)(step > 1.01 ? among(from, n_from, where, step) : between(from, n_from, where));
    }
}
