/* Which wet sound answers which dry sound: places all along the sound are measured one by one, and what most
 * of them agree on holds. A wrong file has no such line, however alike two songs are here and there. */
#include "capture/delay.h"
#include "train/data/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLOW_HZ     6000.0 /* rate of the first, coarse look */
#define SLOW_S      2.7    /* length of its windows */
#define SLOW_REACH  0.005  /* s: places that agree within this are told from chance by their number */
#define FINE_S      0.32   /* with its reach, just under a power of two at the usual rates */
#define FINE_REACH  0.008
#define MAX_DRIFT   1e-3
#define WORTH_DRIFT 0.5 /* frames over the whole sound */

#define SQUASH 0.3f /* of the rms */
#define PLAIN  0.7  /* of the places: where fewer agree, dry's sign may be lost on the way */
#define PI     3.14159265358979323846

#define SLOPE_ERRORS                                                                       \
    40.0 /* of the median |residual|, over the whole sound: six standard errors of a slope \
          */

enum { SLOW_WINDOWS = 12, FINE_WINDOWS = 32, MIN_FINE_PASSES = 2, MAX_FINE_PASSES = 3, FADES = 8 };

/* How far apart dry and wet may begin, first where most are. */
static const double slow_search_s[] = {0.6, 12};

/* What is measured at one window. */
typedef struct Place {
    double t, lag; /* frames: its middle; of wet behind the line */
    bool inverted, agrees;
} Place;

typedef struct Places {
    Place place[FINE_WINDOWS];
    size_t n, length, start[FINE_WINDOWS];
} Places;

/* A straight line through places: lag = offset + slope · t. */
typedef struct Trend {
    double offset, slope;
    size_t n; /* that agree */
} Trend;

/* ---- small tools */

float *train_slow(const float *x, size_t n, size_t factor, size_t *n_slow)
{
    *n_slow = n / factor > 2 ? n / factor - 2 : 0;
    float *slow = calloc(*n_slow + 1, sizeof *slow);
    for (size_t t = 0; slow && t < *n_slow; t++) {
        double sum = 0;
        for (size_t i = 1; i < 2 * factor; i++)
            sum += (double)x[t * factor + i] * (double)(i < factor ? i : 2 * factor - i);
        slow[t] = (float)(sum / (double)(factor * factor));
    }
    return slow;
}

void train_squash(float *x, size_t n)
{
    double power = 0;
    for (size_t t = 0; t < n; t++)
        power += (double)x[t] * (double)x[t];
    float at = SQUASH * (float)sqrt(power / (double)n) + 1e-20f;
    for (size_t t = 0; t < n; t++)
        x[t] /= fabsf(x[t]) + at;
}

size_t train_windows(const float *x, size_t n, size_t length, size_t n_most, size_t *start)
{
    double energy[256], loudest = 0;
    size_t found = 0, n_kept = 0;
    for (size_t w = 0; w < n_most && w < 256 && length <= n; w++) {
        size_t from = w * (n - length) / n_most, to = (w + 1) * (n - length) / n_most, hop = length / 4 + 1;
        double most = -1;
        for (size_t s = from; s <= to; s += hop) {
            double sum = 0;
            for (size_t t = s; t < s + length; t++)
                sum += (double)x[t] * (double)x[t];
            if (sum > most)
                most = sum, start[found] = s;
        }
        energy[found++] = most;
        loudest = fmax(loudest, most);
    }
    for (size_t w = 0; w < found; w++)
        if (energy[w] > 1e-3 * loudest && energy[w] > 0 && (!n_kept || start[n_kept - 1] != start[w]))
            start[n_kept++] = start[w];
    return n_kept;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median; sorts x. */
static double median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, by_size);
    return n ? x[n / 2] : 0;
}

/* ---- lines through places */

static size_t mark(Places *places, const Trend *trend, double within)
{
    size_t n = 0;
    for (size_t i = 0; i < places->n; i++) {
        Place *p = &places->place[i];
        p->agrees = fabs(p->lag - trend->offset - trend->slope * p->t) <= within;
        n += p->agrees;
    }
    return n;
}

/* The line most places lie near; one without slope where that is as good. */
static Trend agreed(Places *places, double within)
{
    Trend best = {0};
    for (size_t i = 0; i < places->n; i++) {
        Trend level = {places->place[i].lag, 0, 0};
        level.n = mark(places, &level, within);
        if (level.n > best.n)
            best = level;
    }
    Trend flat = best;
    for (size_t i = 0; i < places->n; i++) {
        for (size_t j = i + 1; j < places->n; j++) {
            const Place *a = &places->place[i], *b = &places->place[j];
            Trend line = {0, b->t > a->t ? (b->lag - a->lag) / (b->t - a->t) : 1, 0};
            line.offset = a->lag - line.slope * a->t;
            line.n = fabs(line.slope) <= MAX_DRIFT ? mark(places, &line, within) : 0;
            if (line.n > best.n)
                best = line;
        }
    }
    if (best.n <= flat.n + flat.n / 10)
        best = flat;
    mark(places, &best, within);
    return best;
}

/* The line made exact from the places that agree: medians of slopes and of what is left (Theil 1950). A slope
 * that moves nothing by WORTH_DRIFT, or lies within the scatter, is none. */
static bool polish(const Places *places, double n_frames, Trend *trend)
{
    size_t n = 0;
    double slope = 0, first = INFINITY, last = 0;
    double *list = malloc(places->n * places->n * sizeof *list + 1);
    if (!list)
        return false;
    for (size_t i = 0; i < places->n; i++)
        if (places->place[i].agrees)
            first = fmin(first, places->place[i].t), last = fmax(last, places->place[i].t);
    for (size_t i = 0; i < places->n; i++)
        for (size_t j = i + 1; j < places->n; j++) {
            const Place *a = &places->place[i], *b = &places->place[j];
            if (a->agrees && b->agrees && b->t - a->t > (last - first) / 4)
                list[n++] = (b->lag - a->lag) / (b->t - a->t);
        }
    slope = median(list, n);
    for (int pass = 0; pass < 2; pass++) {
        n = 0;
        for (size_t i = 0; i < places->n; i++)
            if (places->place[i].agrees)
                list[n++] = places->place[i].lag - slope * places->place[i].t;
        trend->offset = median(list, n);
        for (size_t i = 0; i < places->n; i++)
            list[i] = fabs(places->place[i].lag - slope * places->place[i].t - trend->offset);
        double error = SLOPE_ERRORS * median(list, places->n) / sqrt((double)places->n);
        if (n >= 3 && fabs(slope) * n_frames > fmax(WORTH_DRIFT, error))
            break;
        slope = 0;
    }
    trend->slope = slope;
    free(list);
    return true;
}

static void follow(TrainLine *line, const Trend *trend)
{
    line->at += trend->offset * line->step;
    line->step *= 1 + trend->slope;
}

/* ---- measuring places */

/* Both fade in and out over the same time: where the line is about right, what is cut off of the one is cut
 * off of the other. */
static void fade(float *x, float *y, size_t n)
{
    for (size_t t = 0; t < n / FADES; t++) {
        float gain = (float)(0.5 - 0.5 * cos(PI * FADES * ((double)t + 0.5) / (double)n));
        x[t] *= gain, x[n - 1 - t] *= gain;
        y[t] *= gain, y[n - 1 - t] *= gain;
    }
}

/* One window of x and what answers it in y, by the line; wet begins `reach` frames early and is as much
 * longer. fades: reach is small beside the window. */
static void cut(const TrainSound *x, const TrainSound *y, const TrainLine *line, size_t start, size_t length,
                size_t reach, bool fades, float *dry, float *wet)
{
    double from = (double)start - (double)reach;
    delay_resample(y->x, y->n, line->at + from * line->step, line->step, wet, length + 2 * reach);
    memcpy(dry, x->x + start, length * sizeof *dry);
    if (!fades)
        return;
    memset(wet, 0, reach * sizeof *wet);
    memset(wet + reach + length, 0, reach * sizeof *wet);
    fade(dry, wet + reach, length);
}

/* Lags of y behind the line at the windows of x, looked for within ±reach frames. False: no memory. */
static bool measure(const TrainSound *x, const TrainSound *y, const TrainLine *line, size_t reach, bool fades,
                    Places *places)
{
    size_t length = places->length;
    float *wet = malloc((length + 2 * reach) * sizeof *wet), *dry = malloc((length + 1) * sizeof *dry);
    for (size_t i = 0; i < places->n && wet && dry; i++) {
        cut(x, y, line, places->start[i], length, reach, fades, dry, wet);
        Delay delay = delay_measure(DELAY_SHARP, dry, length, wet, 2 * reach);
        places->place[i] = (Place){.t = (double)places->start[i] + (double)length / 2,
                                   .lag = delay.frames - (double)reach,
                                   .inverted = delay.inverted};
    }
    bool ok = wet && dry;
    free(wet);
    free(dry);
    return ok;
}

/* ---- what is compared */

/* Dry and wet squashed. rectified: dry's size without its sign, which is what a rectifier passes. */
typedef struct Features {
    TrainSound x, y;
} Features;

static float *squashed(const TrainSound *sound, bool rectified)
{
    float *to = malloc(sound->n * sizeof *to);
    double mean = 0;
    for (size_t t = 0; rectified && t < sound->n; t++)
        mean += fabs((double)sound->x[t]) / (double)sound->n;
    for (size_t t = 0; to && t < sound->n; t++)
        to[t] = rectified ? fabsf(sound->x[t]) - (float)mean : sound->x[t];
    if (to)
        train_squash(to, sound->n);
    return to;
}

static bool features_new(const TrainSound *dry, const TrainSound *wet, bool rectified, Features *f)
{
    *f = (Features){*dry, *wet};
    f->x.x = squashed(dry, rectified);
    f->y.x = squashed(wet, false);
    return f->x.x && f->y.x;
}

static void features_free(Features *f)
{
    free(f->x.x);
    free(f->y.x);
}

/* ---- the coarse look */

static size_t enough(size_t n)
{
    size_t share = (2 * n + 4) / 5;
    return share < 3 ? 3 : share;
}

static bool slow_down(const TrainSound *sound, size_t factor, TrainSound *slow)
{
    *slow = (TrainSound){.path = sound->path, .rate_hz = sound->rate_hz / (double)factor};
    slow->x = train_slow(sound->x, sound->n, factor, &slow->n);
    return slow->x != NULL;
}

/* Sets *line, right within 10 ms, and returns which part of the places agrees on it; 0: too few. Negative: no
 * memory. */
static double look_coarsely(const TrainSound *x, const TrainSound *y, Places *places, TrainLine *line)
{
    double share = 0;
    for (size_t i = 0; i < sizeof slow_search_s / sizeof *slow_search_s && share < PLAIN; i++) {
        TrainLine here = {0, 1};
        if (!measure(x, y, &here, (size_t)(slow_search_s[i] * x->rate_hz), false, places))
            return -1;
        Trend trend = agreed(places, SLOW_REACH * x->rate_hz);
        double its_share = (double)trend.n / (double)places->n;
        if (trend.n < enough(places->n) || its_share <= share)
            continue;
        if (!polish(places, (double)x->n, &trend))
            return -1;
        follow(&here, &trend);
        *line = here;
        share = its_share;
    }
    return share;
}

static double find_coarsely(const TrainSound *dry, const Features *f, TrainLine *line)
{
    TrainSound x = {0}, y = {0};
    size_t factor = (size_t)fmax(1, floor(dry->rate_hz / SLOW_HZ));
    Places places = {.length = (size_t)fmin(SLOW_S * dry->rate_hz, (double)dry->n / 4)};
    size_t n_most = 2 * dry->n / (places.length + 1);
    places.n = train_windows(dry->x, dry->n - 4 * factor, places.length,
                             n_most < SLOW_WINDOWS ? n_most : SLOW_WINDOWS, places.start);
    places.length /= factor;
    for (size_t i = 0; i < places.n; i++)
        places.start[i] /= factor;
    double share = -1;
    if (slow_down(&f->x, factor, &x) && slow_down(&f->y, factor, &y))
        share = look_coarsely(&x, &y, &places, line);
    line->at *= (double)factor;
    free(x.x);
    free(y.x);
    return share;
}

/* ---- the fine look */

/* Where those that do not agree are all on one side and agree with each other, sound was lost or put in. */
static void find_jump(const Places *places, const Trend *trend, double rate_hz, TrainAlign *align)
{
    Places others = {.n = 0};
    double first = INFINITY, last = 0;
    for (size_t i = 0; i < places->n; i++) {
        const Place *p = &places->place[i];
        if (p->agrees) {
            first = fmin(first, p->t), last = fmax(last, p->t);
        } else {
            others.place[others.n] = *p;
            others.place[others.n++].lag -= trend->offset + trend->slope * p->t;
        }
    }
    Trend apart = agreed(&others, 2);
    if (apart.n < 3 || 10 * apart.n < 6 * others.n || apart.slope != 0)
        return;
    size_t n_before = 0, n_after = 0;
    double before = 0, after = INFINITY;
    for (size_t i = 0; i < others.n; i++) {
        if (!others.place[i].agrees)
            continue;
        double t = others.place[i].t;
        n_before += t<first, n_after += t> last;
        before = fmax(before, t), after = fmin(after, t);
    }
    if (n_before == apart.n)
        align->jump_s = (before + first) / 2 / rate_hz, align->jump_frames = -apart.offset;
    else if (n_after == apart.n)
        align->jump_s = (last + after) / 2 / rate_hz, align->jump_frames = apart.offset;
}

/* Within how many frames of a line places are, tried one after the other; gear that wanders needs the later
 * ones. */
static const double fine_within[] = {1.5, 16, 120};

/* The windows that wet still answers. */
static void drop_unanswered(Places *places, const TrainLine *line, size_t n_wet)
{
    size_t n = 0;
    for (size_t i = 0; i < places->n; i++) {
        double from = line->at + (double)places->start[i] * line->step;
        if (from >= 0 && from + (double)places->length < (double)n_wet)
            places->start[n++] = places->start[i];
    }
    places->n = n;
}

static void tell(const Places *places, const Trend *trend, double rate_hz, TrainAlign *align)
{
    size_t n_agree = 0, n_inverted = 0;
    for (size_t i = 0; i < places->n; i++) {
        const Place *p = &places->place[i];
        n_agree += p->agrees, n_inverted += p->agrees && p->inverted;
    }
    align->jump_s = align->jump_frames = 0;
    align->inverted = 2 * n_inverted > n_agree;
    find_jump(places, trend, rate_hz, align);
}

static bool look_finely(const TrainSound *dry, const Features *f, TrainAlign *align)
{
    Places places = {.length = (size_t)(FINE_S * dry->rate_hz)};
    size_t reach = (size_t)(FINE_REACH * dry->rate_hz);
    places.n = train_windows(dry->x, dry->n, places.length, FINE_WINDOWS, places.start);
    bool drifts = true;
    for (int pass = 0; pass < MIN_FINE_PASSES || (pass < MAX_FINE_PASSES && drifts); pass++) {
        Trend trend = {0};
        drop_unanswered(&places, &align->line, f->y.n);
        if (!measure(&f->x, &f->y, &align->line, reach, true, &places))
            return false;
        for (size_t i = 0; i < 3 && (trend.n < 3 || 5 * trend.n < 2 * places.n); i++)
            trend = agreed(&places, fine_within[i]);
        if (!polish(&places, (double)dry->n, &trend))
            return false;
        tell(&places, &trend, dry->rate_hz, align);
        follow(&align->line, &trend);
        drifts = trend.slope != 0;
    }
    return true;
}

/* Try it with dry as it is, and where few places agree also without its sign; go on with what more agree on.
 */
bool train_align(const TrainSound *dry, const TrainSound *wet, const TrainLine *guess, TrainAlign *align)
{
    Features plain = {0}, size = {0};
    double share = 1, size_share = 0;
    TrainLine line = {0, 1};
    *align = (TrainAlign){.line = {0, 1}};
    bool ok = features_new(dry, wet, false, &plain);
    if (guess)
        align->line = *guess;
    else if (ok)
        share = find_coarsely(dry, &plain, &align->line);
    if (ok && share >= 0 && share < PLAIN) {
        ok = features_new(dry, wet, true, &size);
        size_share = ok ? find_coarsely(dry, &size, &line) : -1;
    }
    ok = ok && share >= 0 && size_share >= 0;
    align->found = ok && (share > 0 || size_share > 0);
    if (align->found && size_share > share)
        align->line = line;
    if (align->found)
        ok = look_finely(dry, size_share > share ? &size : &plain, align);
    if (!align->found)
        align->line = (TrainLine){0, 1};
    features_free(&plain);
    features_free(&size);
    return ok;
}
