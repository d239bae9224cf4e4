#include "train/fit/optimiser.h"

#include <math.h>
#include <stdlib.h>

bool optimiser_new(Optimiser *o, size_t n)
{
    *o = (Optimiser){.n = n, .mean = calloc(n, sizeof(float)), .square = calloc(n, sizeof(float))};
    if (o->mean && o->square)
        return true;
    optimiser_free(o);
    return false;
}

void optimiser_free(Optimiser *o)
{
    free(o->mean);
    free(o->square);
    o->mean = o->square = NULL;
}

static double norm_of(const float *gradient, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (double)gradient[i] * (double)gradient[i];
    return sqrt(sum);
}

double optimiser_step(Optimiser *o, float *value, const float *gradient, double rate, double clip)
{
    static const double decay_mean = 0.9, decay_square = 0.999, least = 1e-8;
    const double norm = norm_of(gradient, o->n);
    if (!isfinite(norm))
        return norm;
    o->n_steps++;
    const double t = (double)o->n_steps;
    const double mean_scale = 1.0 / (1.0 - pow(decay_mean, t)),
                 square_scale = 1.0 / (1.0 - pow(decay_square, t));
    const float scale = (float)(norm > clip ? clip / norm : 1.0);
    const float keep_mean = (float)decay_mean, keep_square = (float)decay_square;
    const float step = (float)(rate * mean_scale), root = (float)sqrt(square_scale), floor = (float)least;
    for (size_t i = 0; i < o->n; i++) {
        const float g = gradient[i] * scale;
        o->mean[i] = keep_mean * o->mean[i] + (1.0f - keep_mean) * g;
        o->square[i] = keep_square * o->square[i] + (1.0f - keep_square) * g * g;
        value[i] -= step * o->mean[i] / (sqrtf(o->square[i]) * root + floor);
    }
    return norm;
}
