#include "signal_layout.h"

#include "steady.h"

#include <math.h>
#include <stdlib.h>

/* The recording as the steepest step in every half millisecond, which shows clicks and hides hum. */
typedef struct Steps {
    float *steep;   /* [n] */
    double *energy; /* [n + 1] running sum of squares */
    long n;
} Steps;

static const double step_s = 0.0005;
/* How much of a stretch's energy must lie in the clicks, as a root. */
static const double likeness_needed = 0.4;

static bool steps_new(const float *x, size_t n, double rate_hz, Steps *steps)
{
    steps->n = (long)((double)n / (rate_hz * step_s));
    steps->steep = calloc((size_t)steps->n + 1, sizeof *steps->steep);
    steps->energy = calloc((size_t)steps->n + 1, sizeof *steps->energy);
    if (!steps->steep || !steps->energy)
        return false;
    for (size_t t = 1; t < n; t++) {
        long b = (long)((double)t / (rate_hz * step_s));
        float steep = fabsf(x[t] - x[t - 1]);
        if (b < steps->n && steep > steps->steep[b])
            steps->steep[b] = steep;
    }
    for (long b = 0; b < steps->n; b++)
        steps->energy[b + 1] = steps->energy[b] + (double)steps->steep[b] * (double)steps->steep[b];
    return true;
}

static double click_place_s(int k, bool mirrored)
{
    return mirrored ? 1 - signal_click_s[SIGNAL_N_CLICKS - 1 - k] : signal_click_s[k];
}

/* How much the second that begins at block `first` looks like the pattern: 0…1. */
static double likeness(const Steps *steps, long first, bool mirrored)
{
    double sum = 0;
    for (int k = 0; k < SIGNAL_N_CLICKS; k++) {
        long b = first + (long)(click_place_s(k, mirrored) / step_s + 0.5);
        float most = 0;
        for (long i = b - 1; i <= b + 1; i++)
            if (i >= 0 && i < steps->n && steps->steep[i] > most)
                most = steps->steep[i];
        sum += (double)most;
    }
    long from = first < 0 ? 0 : first, to = first + (long)(1 / step_s);
    double energy = steps->energy[to < steps->n ? to : steps->n] - steps->energy[from];
    return energy > 0 ? sum / sqrt(SIGNAL_N_CLICKS * energy) : 0;
}

/* The best place from…to, in blocks; -1 where none is like enough. */
static long best_place(const Steps *steps, long from, long to, bool mirrored)
{
    double best = likeness_needed;
    long place = -1;
    from = from < 0 ? 0 : from;
    to = to < steps->n - (long)(0.95 / step_s) ? to : steps->n - (long)(0.95 / step_s);
    for (long first = from; first < to; first++) {
        double like = likeness(steps, first, mirrored);
        if (like > best)
            best = like, place = first;
    }
    return place;
}

static double click_shape(double away, double width)
{
    return fabs(away) < width / 2 ? 0.5 + 0.5 * steady_sine(away / width + 0.25) : 0;
}

/* The gain of a click that peaks at frame `at`: its least-squares fit to x, whatever x's mean nearby. */
static double click_gain(const float *x, size_t n, double at, double rate_hz)
{
    double width = SIGNAL_CLICK_S * rate_hz, xs = 0, s = 0, ss = 0, sx = 0, m = 0;
    for (long t = (long)ceil(at - 2 * width); (double)t <= at + 2 * width; t++) {
        double shape = click_shape((double)t - at, width);
        double value = t >= 0 && (size_t)t < n ? (double)x[t] : 0;
        xs += value * shape, s += shape, ss += shape * shape, sx += value, m += 1;
    }
    return (xs - s * sx / m) / (ss - s * s / m);
}

/* Where the clicks' mean lies in the pattern. */
static double middle_s(bool mirrored)
{
    double sum = 0;
    for (int k = 0; k < SIGNAL_N_CLICKS; k++)
        sum += click_place_s(k, mirrored);
    return sum / SIGNAL_N_CLICKS;
}

/* One pattern in a recording; second is how many frames a second of the signal takes there. */
typedef struct Pattern {
    const float *x;
    size_t n;
    bool mirrored;
    double second;
} Pattern;

/* The mean gain of the clicks when their middle lies at frame `middle`. */
static double pattern_gain(const Pattern *p, double middle)
{
    double sum = 0, mean_s = middle_s(p->mirrored);
    for (int k = 0; k < SIGNAL_N_CLICKS; k++)
        sum +=
            click_gain(p->x, p->n, middle + (click_place_s(k, p->mirrored) - mean_s) * p->second, p->second);
    return sum / (SIGNAL_N_CLICKS * signal_spans[SIGNAL_CLICKS_START].peak);
}

/* Near `middle`, where the pattern fits best: by quarter frames, then by a parabola. */
static double refine(const Pattern *p, double middle)
{
    const double hop = 0.25;
    long reach = (long)(2 * step_s * p->second / hop), best = 0;
    double most = 0;
    for (long i = -reach; i <= reach; i++) {
        double gain = fabs(pattern_gain(p, middle + (double)i * hop));
        if (gain > most)
            most = gain, best = i;
    }
    middle += (double)best * hop;
    double left = fabs(pattern_gain(p, middle - hop)), right = fabs(pattern_gain(p, middle + hop));
    double bend = left - 2 * most + right;
    return middle + (bend < 0 ? 0.5 * hop * (left - right) / bend : 0);
}

/* Both ends measured twice, the second time with the stretch that the first time told: drift over the second
 * that a pattern lasts blurs it. */
static void measure(const float *x, size_t n, double rate_hz, double start, double end, SignalLayout *layout)
{
    Pattern head = {x, n, false, rate_hz}, foot = {x, n, true, rate_hz};
    double early_s = signal_spans[SIGNAL_CLICKS_START].start_s + middle_s(false);
    double late_s = signal_spans[SIGNAL_CLICKS_END].start_s + middle_s(true);
    start += middle_s(false) * rate_hz, end += middle_s(true) * rate_hz;
    for (int pass = 0; pass < 2; pass++) {
        start = refine(&head, start), end = refine(&foot, end);
        head.second = foot.second = (end - start) / (late_s - early_s);
    }
    layout->stretch = head.second / rate_hz;
    layout->start = start - early_s * head.second;
    layout->gain = pattern_gain(&head, start);
}

SignalFound signal_find(const float *x, size_t n, double rate_hz, SignalLayout *layout)
{
    SignalFound found = SIGNAL_ABSENT;
    Steps steps = {0};
    if (!steps_new(x, n, rate_hz, &steps))
        goto done;
    long first = best_place(&steps, 0, steps.n, false);
    if (first < 0)
        goto done;
    const SignalSpan *head = &signal_spans[SIGNAL_CLICKS_START], *foot = &signal_spans[SIGNAL_CLICKS_END];
    const double block = step_s * rate_hz;
    long away = (long)((foot->start_s - head->start_s) / step_s), slack = away / 200;
    long last = best_place(&steps, first + away - slack, first + away + slack, true);
    if (last >= 0) {
        measure(x, n, rate_hz, (double)first * block, (double)last * block, layout);
        found = SIGNAL_WHOLE;
    } else {
        Pattern alone = {x, n, false, rate_hz};
        double middle = refine(&alone, ((double)first * step_s + middle_s(false)) * rate_hz);
        layout->start = middle - (head->start_s + middle_s(false)) * rate_hz;
        layout->stretch = 1;
        layout->gain = pattern_gain(&alone, middle);
        found = SIGNAL_CUT;
    }
done:
    free(steps.steep);
    free(steps.energy);
    return found;
}

long signal_part_start(const SignalLayout *layout, SignalPart part, double rate_hz)
{
    return lround(layout->start + signal_spans[part].start_s * rate_hz * layout->stretch);
}
