/* When gear answers, told from whitened sounds: they meet where the answer begins, whatever its filters and
 * distortion make of it afterwards. */
#include "capture/delay.h"
#include "train/data/parts.h"

#include <math.h>
#include <stdlib.h>

#define FIRST 0.1 /* of the strongest answer: the first that counts */
#define CLEAR 4.0 /* times the lags where there is no answer */
#define OWN   0.5 /* of what dry answers itself */

#define WINDOW_CLEAR 6.0  /* strongest answer over the rms of all lags of a short window */
#define ONLY         1.3  /* times any answer further off */
#define MOST_WINDOWS 0.85 /* of those that are clear lie within what is told */

enum {
    REACH = 48, /* frames before and after the line */
    QUIET = 32, /* of them before it: taken to hold no answer */
    GAP = 6,    /* lags without an answer end it */
    LENGTH = 8192,
    N_WINDOWS = 64,
    N_LAGS = 2 * REACH + 1,
    SHORT = 1024, /* frames in which a delay that moves hardly does */
    FAR = 384,
    NEAR = 12,
    N_SHORT = 256,
    LEAST_CLEAR = 8
};

/* One window of dry, and wet from `reach` frames before what answers it to as many after, both whitened;
 * false where wet does not reach. */
static bool cut(const TrainSound *dry, const TrainSound *wet, const TrainLine *line, size_t start, size_t n,
                size_t reach, float *x, float *y)
{
    float raw[LENGTH + N_LAGS];
    const size_t n_wet = n + 2 * reach + 1;
    const double first = line->at + ((double)start - (double)reach) * line->step;
    if (first < 0 || first + (double)n_wet * line->step > (double)wet->n)
        return false;
    delay_resample(wet->x, wet->n, first, line->step, raw, n_wet);
    train_whiten(dry->x + start, n, x);
    train_whiten(raw, n_wet, y);
    return true;
}

/* ---- where it begins: a model hears only what has been. Wet that comes too early for it cannot be learnt,
 * of gear that clips least of all; a few frames too late cost next to nothing. */

/* What whitened sounds have in common. */
typedef struct Meeting {
    double meets[N_LAGS];  /* of y[t + k] and x[t] */
    double own[REACH + 1]; /* of x[t] and x[t - k]: nothing but [0] where whitening did all it should */
} Meeting;

static double product(const float *x, const float *y, size_t n)
{
    float sum = 0;
    for (size_t t = 0; t < n; t++)
        sum += x[t] * y[t];
    return (double)sum;
}

static void add(const float *x, const float *y, Meeting *m)
{
    for (size_t k = 0; k < N_LAGS; k++)
        m->meets[k] += product(x, y + k, LENGTH);
    for (size_t k = 0; k <= REACH; k++)
        m->own[k] += product(x, x + k, LENGTH - k);
}

/* The first of the lags that answer clearly around the strongest, and more than dry answers itself; the line
 * at the latest. */
static size_t onset(const Meeting *m)
{
    double most = 0, quiet = 0;
    size_t peak = REACH, k;
    for (k = 0; k < N_LAGS; k++)
        if (fabs(m->meets[k]) > most)
            most = fabs(m->meets[k]), peak = k;
    for (k = 0; k < QUIET; k++)
        quiet += m->meets[k] * m->meets[k] / QUIET;
    const double clear = fmax(FIRST * most, fmin(CLEAR * sqrt(quiet), most / 2));
    size_t first = peak;
    for (k = peak; k-- > 0 && k + GAP > first && peak - k <= REACH;)
        if (fabs(m->meets[k]) >= clear + OWN * most * fabs(m->own[peak - k]) / m->own[0])
            first = k;
    return first < REACH ? first : REACH;
}

bool train_lead(const TrainSound *dry, const TrainSound *wet, const TrainLine *line, int *lead)
{
    size_t start[N_WINDOWS], n = train_windows(dry->x, dry->n, LENGTH, N_WINDOWS, start);
    Meeting m = {{0}, {0}};
    float *x = malloc(LENGTH * sizeof *x), *y = malloc((LENGTH + N_LAGS) * sizeof *y);
    const bool ok = x && y;
    for (size_t i = 0; i < n && ok; i++)
        if (cut(dry, wet, line, start[i], LENGTH, REACH, x, y))
            add(x, y, &m);
    free(x);
    free(y);
    *lead = REACH - (int)onset(&m) + TRAIN_LATE;
    return ok;
}

/* ---- whether it stays */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The lag at which y[n + 2 FAR + 1] answers x[n]; negative where that is not clear, or may as well be
 * another, as with a single note. */
static double clear_lag(const float *x, const float *y, double response[2 * FAR + 1], bool *ok)
{
    double power = 0, most = 0, other = 0;
    int at = 0;
    *ok = delay_response(DELAY_SMOOTH, x, SHORT, y, 2 * FAR, response);
    for (int k = 0; *ok && k <= 2 * FAR; k++) {
        power += response[k] * response[k] / (2 * FAR + 1);
        if (fabs(response[k]) > most)
            most = fabs(response[k]), at = k;
    }
    for (int k = 0; *ok && k <= 2 * FAR; k++)
        if (abs(k - at) > NEAR)
            other = fmax(other, fabs(response[k]));
    return *ok && most > WINDOW_CLEAR * sqrt(power) && most > ONLY * other ? at : -1;
}

bool train_wander(const TrainSound *dry, const TrainSound *wet, const TrainLine *line, double *frames)
{
    size_t start[N_SHORT], n = train_windows(dry->x, dry->n, SHORT, N_SHORT, start), n_clear = 0;
    double lag[N_SHORT], response[2 * FAR + 1];
    float x[SHORT], y[SHORT + 2 * FAR + 1];
    bool ok = true;
    *frames = 0;
    for (size_t i = 0; i < n && ok; i++) {
        if (!cut(dry, wet, line, start[i], SHORT, FAR, x, y))
            continue;
        lag[n_clear] = clear_lag(x, y, response, &ok);
        n_clear += lag[n_clear] >= 0;
    }
    if (n_clear < LEAST_CLEAR)
        return ok;
    qsort(lag, n_clear, sizeof *lag, by_size);
    const double middle = lag[n_clear / 2];
    for (size_t i = 0; i < n_clear; i++)
        lag[i] = fabs(lag[i] - middle);
    qsort(lag, n_clear, sizeof *lag, by_size);
    const double wander = lag[(size_t)(MOST_WINDOWS * (double)n_clear)];
    *frames = wander < FAR / 2 ? wander : 0; /* no gear moves as far: it answers in another way */
    return ok;
}
