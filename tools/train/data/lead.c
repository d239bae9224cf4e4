/* How far ahead of its strongest arrival gear begins to answer. A model hears only what has been, so the pair
 * must leave it that much; more would be delay for it to learn, and cost it memory. */
#include "capture/delay.h"
#include "train/data/parts.h"

#include <math.h>
#include <stdlib.h>

#define PRE_EMPHASIS 0.9
#define WORTH        2e-3 /* of wet's power: what a filter may fail to explain by not hearing ahead */
#define LOADING      1e-5 /* on the diagonal, against frequencies that dry does not hold */

enum {
    TAPS = 48,
    MOST_LEAD = 32,
    N_LAGS = TAPS + MOST_LEAD,
    N_WINDOWS = 24,
    LENGTH = 16384,
    N_WET = LENGTH + N_LAGS + 1
};

typedef struct Correlation {
    double own[N_LAGS];   /* of dry with itself, at 0… */
    double cross[N_LAGS]; /* of dry with wet that much later, from -MOST_LEAD on */
    double wet_power;
} Correlation;

static void add_window(const float *x, const float *wet, Correlation *c)
{
    for (size_t l = 0; l < N_LAGS; l++) {
        double own = 0, cross = 0;
        for (size_t t = N_LAGS; t < LENGTH; t++)
            own += (double)x[t] * (double)x[t - l];
        for (size_t t = 0; t < LENGTH; t++)
            cross += (double)x[t] * (double)wet[t + l];
        c->own[l] += own;
        c->cross[l] += cross;
    }
    for (size_t t = MOST_LEAD; t < LENGTH + MOST_LEAD; t++)
        c->wet_power += (double)wet[t] * (double)wet[t];
}

static void emphasise(float *x, size_t n)
{
    for (size_t t = n; t-- > 1;)
        x[t] -= (float)PRE_EMPHASIS * x[t - 1];
}

/* The power of wet that the best filter of n taps explains, its first one at lag first - MOST_LEAD: solves
 * T h = p for a symmetric Toeplitz matrix (Levinson 1947) and returns p · h. */
static double explained(const Correlation *c, size_t first, size_t n)
{
    double h[N_LAGS], a[N_LAGS] = {1}, old[N_LAGS], error = c->own[0] * (1 + LOADING), sum = 0;
    const double *p = c->cross + first;
    h[0] = p[0] / error;
    for (size_t m = 1; m < n; m++) {
        double reflect = 0, miss = p[m];
        for (size_t i = 0; i < m; i++)
            reflect -= a[i] * c->own[m - i];
        reflect /= error;
        for (size_t i = 0; i <= m; i++)
            old[i] = i < m ? a[i] : 0;
        for (size_t i = 0; i <= m; i++)
            a[i] = old[i] + reflect * old[m - i];
        error *= 1 - reflect * reflect;
        for (size_t i = 0; i < m; i++)
            miss -= h[i] * c->own[m - i];
        h[m] = 0;
        for (size_t i = 0; i <= m; i++)
            h[i] += miss / error * a[m - i];
    }
    for (size_t i = 0; i < n; i++)
        sum += h[i] * p[i];
    return sum;
}

/* Dry and what wet answers from LEAD frames before it on, both one frame more; false where wet ends before.
 */
static bool cut(const TrainSound *dry, const TrainSound *wet, const TrainLine *line, size_t start, float *x,
                float *y)
{
    double from = (double)start - MOST_LEAD - 1, first = line->at + from * line->step;
    if (first < 0 || first + N_WET * line->step > (double)wet->n)
        return false;
    delay_resample(wet->x, wet->n, first, line->step, y, N_WET);
    for (size_t t = 0; t <= LENGTH; t++)
        x[t] = t + start > 0 ? dry->x[t + start - 1] : 0;
    return true;
}

int train_lead(const TrainSound *dry, const TrainSound *wet, const TrainLine *line)
{
    size_t start[N_WINDOWS], n = train_windows(dry->x, dry->n, LENGTH, N_WINDOWS, start);
    Correlation c = {.wet_power = 0};
    TrainCurve curve = {.peak = 1e-9};
    float *x = malloc((LENGTH + 1) * sizeof *x), *y = malloc(N_WET * sizeof *y);
    bool ok = x && y;
    for (size_t t = 0; t < dry->n; t++)
        curve.peak = fmax(curve.peak, fabs((double)dry->x[t]));
    for (size_t i = 0; i < n && ok; i++)
        if (cut(dry, wet, line, start[i], x, y))
            train_curve_add(&curve, x, y + MOST_LEAD, LENGTH);
    train_curve_finish(&curve);
    for (size_t i = 0; i < n && ok; i++) {
        if (!cut(dry, wet, line, start[i], x, y))
            continue;
        train_curve_apply(&curve, x, LENGTH + 1);
        emphasise(x, LENGTH + 1);
        emphasise(y, N_WET);
        add_window(x + 1, y + 1, &c);
    }
    free(x);
    free(y);
    if (!ok)
        return -1;
    double most = c.own[0] > 0 ? explained(&c, 0, N_LAGS) : 0;
    int lead = 0;
    while (lead < MOST_LEAD && c.own[0] > 0 &&
           explained(&c, (size_t)(MOST_LEAD - lead), (size_t)(TAPS + lead)) < most - WORTH * c.wet_power)
        lead++;
    return lead;
}
