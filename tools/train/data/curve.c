/* What gear makes of a level, on average: dry through that is more like wet, and what is left between the two
 * is what the gear does over time. */
#include "train/data/parts.h"

#include <math.h>

void train_curve_add(TrainCurve *curve, const float *x, const float *y, size_t n)
{
    for (size_t t = 0; t < n; t++) {
        double at = ((double)x[t] / curve->peak + 1) * (TRAIN_CURVE_BINS - 1) / 2;
        size_t bin = (size_t)lround(fmin(fmax(at, 0), TRAIN_CURVE_BINS - 1));
        curve->sum[bin] += (double)y[t];
        curve->n[bin]++;
    }
}

void train_curve_finish(TrainCurve *curve)
{
    int last = -1;
    for (int bin = 0; bin < TRAIN_CURVE_BINS; bin++) {
        if (curve->n[bin] < TRAIN_CURVE_LEAST)
            continue;
        curve->y[bin] = curve->sum[bin] / (double)curve->n[bin];
        for (int b = last + 1; b < bin; b++) /* a hole: straight across; before the first: as that */
            curve->y[b] = last < 0
                              ? curve->y[bin]
                              : curve->y[last] + (curve->y[bin] - curve->y[last]) * (b - last) / (bin - last);
        last = bin;
    }
    for (int b = last + 1; b < TRAIN_CURVE_BINS && last >= 0; b++)
        curve->y[b] = curve->y[last];
}

void train_curve_apply(const TrainCurve *curve, float *x, size_t n)
{
    for (size_t t = 0; t < n; t++) {
        double at = ((double)x[t] / curve->peak + 1) * (TRAIN_CURVE_BINS - 1) / 2;
        at = fmin(fmax(at, 0), TRAIN_CURVE_BINS - 1.001);
        int bin = (int)at;
        x[t] = (float)(curve->y[bin] + (at - bin) * (curve->y[bin + 1] - curve->y[bin]));
    }
}
