/* Sound without its colour: what a linear predictor of each block does not foretell. Two whitened sounds meet
 * only where one answers the other, whatever filters and distortion lie between them. */
#include "train/data/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOADING 1e-6f /* on the diagonal, against frequencies that are not there */
#define MOST    4.0f  /* times the rms: one click is not to outweigh all else */
#define SILENT  1e-7  /* rms */

enum { ORDER = 32, BLOCK = 4096 };

/* r[k] of x[n] under half a period of a cosine. */
static void correlate(const float *x, size_t n, double r[ORDER + 1])
{
    float shaped[BLOCK];
    for (size_t t = 0; t < n; t++)
        shaped[t] = x[t] * (float)sin(3.14159265358979 * ((double)t + 0.5) / (double)n);
    for (size_t k = 0; k <= ORDER; k++) {
        float sum = 0;
        for (size_t t = k; t < n; t++)
            sum += shaped[t] * shaped[t - k];
        r[k] = (double)sum;
    }
}

/* a[0] = 1 and a[1…ORDER], such that the sum of a[k] x[t - k] is least (Levinson 1947). */
static void predict(const double r[ORDER + 1], double a[ORDER + 1])
{
    double error = r[0], old[ORDER + 1];
    memset(a, 0, (ORDER + 1) * sizeof *a);
    a[0] = 1;
    for (size_t m = 1; m <= ORDER; m++) {
        double reflect = 0;
        for (size_t i = 0; i < m; i++)
            reflect -= a[i] * r[m - i];
        reflect /= error;
        memcpy(old, a, sizeof old);
        for (size_t i = 1; i <= m; i++)
            a[i] = old[i] + reflect * old[m - i];
        error *= 1 - reflect * reflect;
    }
}

static void whiten_block(const float *x, size_t n_before, size_t n, float *to)
{
    double r[ORDER + 1], a[ORDER + 1], power = 0;
    correlate(x, n, r);
    memset(to, 0, n * sizeof *to);
    if (!(r[0] > SILENT * SILENT * (double)n))
        return;
    r[0] *= 1 + (double)LOADING;
    predict(r, a);
    for (size_t t = 0; t < n; t++) {
        double sum = 0;
        for (size_t k = 0; k <= ORDER && k <= t + n_before; k++)
            sum += a[k] * (double)x[(ptrdiff_t)t - (ptrdiff_t)k];
        to[t] = (float)sum;
        power += sum * sum;
    }
    const float scale = power > 0 ? (float)sqrt((double)n / power) : 0;
    for (size_t t = 0; t < n; t++)
        to[t] = fminf(fmaxf(to[t] * scale, -MOST), MOST);
}

void train_whiten(const float *x, size_t n, float *to)
{
    for (size_t at = 0; at < n; at += BLOCK)
        whiten_block(x + at, at < ORDER ? at : ORDER, n - at < BLOCK ? n - at : BLOCK, to + at);
}
