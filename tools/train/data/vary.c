/* Whether the gear stays the same: effects that move by themselves, or answer long after, are nothing that a
 * recurrent net of this size learns. Heuristics: they make notes, not faults. */
#include "capture/delay.h"
#include "capture/fft.h"
#include "train/data/parts.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLOW_HZ 6000.0

#define BLOCK_S      0.02
#define LOUD_DB      40.0 /* below the loudest block: what is looked at */
#define BIN_DB       2.0
#define LOW_HZ       1.5 /* slower is how one plays */
#define HIGH_HZ      15.0
#define TREMOLO_DB   0.8  /* amplitude from which on */
#define TREMOLO_OVER 14.0 /* times the median of the spectrum around */

#define NEAR_S      0.003 /* nearer arrivals are the gear's tone */
#define CHORUS_S    0.040
#define ECHO_FROM_S 0.07
#define ECHO_S      1.2
#define CLEAR       5.0 /* first arrival over the rms of the response */
#define CHORUS_OVER 1.25
#define CHORUS      0.05 /* of the first arrival's energy */
#define ECHO        0.08 /* of the first arrival */
#define REVERB      0.3  /* of the first arrival's energy */

enum { N_BINS = 21, SHORT_WINDOWS = 60, SHORT_LENGTH = 2048, LONG_WINDOWS = 24, LONG_LENGTH = 16384 };

/* ---- tremolo: wet's level moves where dry's does not */

static double level_db(const float *x, size_t n)
{
    double sum = 0;
    for (size_t t = 0; t < n; t++)
        sum += (double)x[t] * (double)x[t];
    return 10 * log10(sum / (double)n + 1e-14);
}

/* Level of wet over its mean for such a level of dry, per block; 0 where dry is soft. to[n_blocks]; returns
 * how many were not soft. */
static size_t level_moves(const TrainPair *pair, size_t length, size_t n_blocks, double complex *to)
{
    double sum[N_BINS + 1] = {0}, top = -200, mean[N_BINS + 1];
    size_t n_in[N_BINS + 1] = {0}, n = 0;
    for (size_t b = 0; b < n_blocks; b++)
        top = fmax(top, level_db(pair->x + b * length, length));
    for (int pass = 0; pass < 2; pass++) {
        for (size_t b = 0; b < n_blocks; b++) {
            double below = top - level_db(pair->x + b * length, length), at = below / BIN_DB;
            double wet = fmax(level_db(pair->y + b * length, length), -90);
            if (below >= LOUD_DB)
                continue;
            size_t bin = (size_t)at;
            if (pass == 0) {
                sum[bin] += wet, n_in[bin]++;
            } else {
                double part = at - (double)bin - 0.5;
                size_t other =
                    part < 0 ? (bin ? bin - 1 : 0) : (bin + 1 < N_BINS && n_in[bin + 1] ? bin + 1 : bin);
                if (!n_in[other])
                    other = bin;
                to[b] = wet - mean[bin] - fabs(part) * (mean[other] - mean[bin]);
                n++;
            }
        }
        for (int bin = 0; bin < N_BINS; bin++)
            mean[bin] = n_in[bin] ? sum[bin] / (double)n_in[bin] : 0;
    }
    return n;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool check_tremolo(const TrainPair *pair, double rate_hz, TrainData *data)
{
    size_t length = (size_t)(BLOCK_S * rate_hz), n_blocks = pair->n / length, size = fft_size(2 * n_blocks);
    double complex *x = calloc(size, sizeof *x);
    double *list = calloc(size, sizeof *list), block_hz = rate_hz / (double)length, most = 0;
    size_t n = x && list ? level_moves(pair, length, n_blocks, x) : 0, at = 0, n_list = 0;
    bool ok = x && list && fft(x, size, false);
    for (size_t k = 0; ok && k < size / 2; k++) {
        double hz = (double)k * block_hz / (double)size;
        if (hz < LOW_HZ || hz > HIGH_HZ)
            continue;
        double here = cabs(x[k]);
        if (here > most)
            most = here, at = k;
        list[n_list++] = here;
    }
    if (ok)
        qsort(list, n_list, sizeof *list, by_size);
    double amplitude_db = n ? 2 * most / (double)n : 0;
    if (ok && amplitude_db > TREMOLO_DB && most > TREMOLO_OVER * list[n_list / 2])
        train_note(
            data, false,
            "%.60s: its loudness rises and falls by itself %.1f times a second: a tremolo? Switch it off; a "
            "model cannot learn it",
            train_name(pair->wet), (double)at * block_hz / (double)size);
    free(x);
    free(list);
    return ok;
}

/* ---- what comes later: chorus, echo, reverb */

/* Responses of windows, each over its first arrival: their mean and variance, from `before` frames ahead of
 * it on. */
typedef struct Spread {
    double *mean, *variance; /* [n_lags] */
    size_t n_lags, before, n;
} Spread;

static bool spread_of(const TrainSound *x, const TrainSound *y, size_t length, size_t n_most, Spread *s)
{
    size_t start[SHORT_WINDOWS], n = train_windows(x->x, x->n, length, n_most, start);
    double *response = malloc(s->n_lags * sizeof *response);
    float *wet = malloc((length + s->n_lags) * sizeof *wet);
    bool ok = response && wet;
    for (size_t i = 0; ok && i < n; i++) {
        for (size_t t = 0; t < length + s->n_lags; t++) {
            size_t from = start[i] + t;
            wet[t] = from >= s->before && from - s->before < y->n ? y->x[from - s->before] : 0;
        }
        ok = delay_response(DELAY_SHARP, x->x + start[i], length, wet, s->n_lags - 1, response);
        double first = 0, power = 0;
        for (size_t l = 0; l < s->n_lags; l++)
            power += response[l] * response[l];
        for (size_t l = s->before - 3; l <= s->before + 6; l++)
            first = fabs(response[l]) > fabs(first) ? response[l] : first;
        if (!(first * first * (double)s->n_lags > CLEAR * CLEAR * power))
            continue;
        s->n++;
        for (size_t l = 0; l < s->n_lags; l++) { /* Welford 1962 */
            double value = response[l] / first, off = value - s->mean[l];
            s->mean[l] += off / (double)s->n;
            s->variance[l] += off * (value - s->mean[l]);
        }
    }
    for (size_t l = 0; l < s->n_lags; l++)
        s->variance[l] /= s->n > 1 ? (double)(s->n - 1) : 1;
    free(response);
    free(wet);
    return ok;
}

static bool spread_new(const TrainSound *x, const TrainSound *y, size_t length, size_t n_most,
                       double before_s, double after_s, Spread *s)
{
    *s = (Spread){.before = (size_t)(before_s * x->rate_hz)};
    s->n_lags = s->before + (size_t)(after_s * x->rate_hz) + 1;
    s->mean = calloc(s->n_lags, sizeof *s->mean);
    s->variance = calloc(s->n_lags, sizeof *s->variance);
    return s->mean && s->variance && spread_of(x, y, length, n_most, s);
}

static void spread_free(Spread *s)
{
    free(s->mean);
    free(s->variance);
}

/* Whether arrivals come and go within CHORUS_S after the first: more than as far ahead of it, where there are
 * none and all is the measurement's noise. */
static bool is_chorus(const Spread *s, double rate_hz)
{
    size_t near = (size_t)(NEAR_S * rate_hz);
    double before = 0, after = 0;
    for (size_t l = near; l < s->before; l++)
        before += s->variance[s->before - l], after += s->variance[s->before + l];
    return s->n >= 8 && after > CHORUS_OVER * before + CHORUS;
}

static void judge_echo(const Spread *s, double rate_hz, const char *wet, TrainData *data)
{
    size_t from = s->before + (size_t)(ECHO_FROM_S * rate_hz), at = from;
    double tail = 0, noise = 0;
    for (size_t l = from; l < s->n_lags; l++) {
        at = fabs(s->mean[l]) > fabs(s->mean[at]) ? l : at;
        tail += s->mean[l] * s->mean[l] - s->variance[l] / (double)s->n;
        noise += s->variance[l] / (double)s->n;
    }
    double echo = fabs(s->mean[at]), deviation = sqrt(noise / (double)(s->n_lags - from));
    if (s->n < 6)
        return;
    if (echo > ECHO && echo > 8 * deviation)
        train_note(
            data, false,
            "%.60s: an echo comes %.0f ms later (%.0f dB): a delay or reverb? Switch it off and play the model "
            "into one",
            train_name(wet), 1e3 * (double)(at - s->before) / rate_hz, 20 * log10(echo));
    else if (tail > REVERB && tail > 3 * noise)
        train_note(
            data, false,
            "%.60s: the sound rings on: a reverb, or a room? A model remembers a few hundredths of a second; "
            "play it into a reverb instead",
            train_name(wet));
}

/* Dry as the gear's mean curve makes it. NULL: no memory. */
static float *curved(const TrainPair *pair)
{
    TrainCurve curve = {.peak = 1e-9};
    float *x = malloc(pair->n * sizeof *x);
    for (size_t t = 0; t < pair->n; t++)
        curve.peak = fmax(curve.peak, fabs((double)pair->x[t]));
    train_curve_add(&curve, pair->x, pair->y, pair->n);
    train_curve_finish(&curve);
    if (x) {
        memcpy(x, pair->x, pair->n * sizeof *x);
        train_curve_apply(&curve, x, pair->n);
    }
    return x;
}

/* At 1/factor of the rate. False: no memory. */
static bool slow_of(const float *x, size_t n, double rate_hz, size_t factor, TrainSound *slow)
{
    *slow = (TrainSound){.rate_hz = rate_hz / (double)factor};
    slow->x = x ? train_slow(x, n, factor, &slow->n) : NULL;
    return slow->x != NULL;
}

/* The same, whitened: notes that come again are no echo. False: no memory. */
static bool white_of(const TrainSound *slow, TrainSound *white)
{
    *white = *slow;
    white->x = malloc((slow->n + 1) * sizeof *white->x);
    if (white->x)
        train_whiten(slow->x, slow->n, white->x);
    return white->x != NULL;
}

/* Gear that distorts makes of one way or the other of measuring what is none: a chorus shows in both. */
static bool check_arrivals(const TrainPair *pair, double rate_hz, TrainData *data)
{
    const size_t factor = (size_t)fmax(1, floor(rate_hz / SLOW_HZ));
    TrainSound curve = {0}, x = {0}, y = {0}, white_x = {0}, white_y = {0};
    Spread near = {0}, white_near = {0}, far = {0};
    float *dry = curved(pair);
    bool ok =
        slow_of(dry, pair->n, rate_hz, factor, &curve) && slow_of(pair->x, pair->n, rate_hz, factor, &x) &&
        slow_of(pair->y, pair->n, rate_hz, factor, &y) && white_of(&x, &white_x) && white_of(&y, &white_y);
    ok = ok && spread_new(&curve, &y, SHORT_LENGTH, SHORT_WINDOWS, CHORUS_S, CHORUS_S, &near) &&
         spread_new(&white_x, &white_y, SHORT_LENGTH, SHORT_WINDOWS, CHORUS_S, CHORUS_S, &white_near) &&
         spread_new(&white_x, &white_y, LONG_LENGTH, LONG_WINDOWS, 0.01, ECHO_S, &far);
    if (ok && is_chorus(&near, x.rate_hz) && is_chorus(&white_near, x.rate_hz))
        train_note(
            data, false,
            "%.60s: arrivals that move follow the sound: a chorus, flanger or other modulation? Switch it "
            "off; a model cannot learn it",
            train_name(pair->wet));
    if (ok)
        judge_echo(&far, x.rate_hz, pair->wet, data);
    spread_free(&near);
    spread_free(&white_near);
    spread_free(&far);
    TrainSound *sounds[] = {&curve, &x, &y, &white_x, &white_y};
    for (size_t i = 0; i < sizeof sounds / sizeof *sounds; i++)
        free(sounds[i]->x);
    free(dry);
    return ok;
}

bool train_check_steady(const TrainPair *pair, double rate_hz, TrainData *data)
{
    return check_tremolo(pair, rate_hz, data) && check_arrivals(pair, rate_hz, data);
}
