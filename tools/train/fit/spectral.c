#include "train/fit/spectral.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double turn = 6.283185307179586;

bool spectral_new(TrainSpectrum *s, const uint32_t *sizes, int n_sizes, uint32_t n, uint32_t width)
{
    size_t n_windows = 0;
    *s = (TrainSpectrum){.n_sizes = n_sizes};
    for (int i = 0; i < n_sizes; i++)
        n_windows += sizes[i];
    /* The table, which is also where the block of tables begins. */
    float *table = malloc((sizes[0] + n_windows) * sizeof *table);
    s->table = table;
    s->scratch = aligned_alloc(64, (size_t)4 * sizes[0] * width * sizeof(float));
    s->gradient = aligned_alloc(64, ((size_t)n * width + 15) / 16 * 16 * sizeof(float));
    if (!table || !s->scratch || !s->gradient) {
        spectral_free(s);
        return false;
    }
    for (uint32_t k = 0; k < sizes[0] / 2; k++) {
        table[2 * k] = (float)cos(turn * k / sizes[0]);
        table[2 * k + 1] = (float)sin(turn * k / sizes[0]);
    }
    float *window = table + sizes[0];
    for (int i = 0; i < n_sizes; window += sizes[i++]) {
        s->size[i] = sizes[i];
        s->window[i] = window;
        for (uint32_t t = 0; t < sizes[i]; t++)
            window[t] = (float)(0.5 - 0.5 * cos(turn * t / sizes[i]));
    }
    return true;
}

void spectral_free(TrainSpectrum *s)
{
    free((float *)s->table);
    free(s->scratch);
    free(s->gradient);
    *s = (TrainSpectrum){0};
}

void spectral_scale(TrainSpectrum *s, double weight, double energy)
{
    for (int i = 0; i < s->n_sizes; i++)
        s->scale[i] = (float)(weight / (s->n_sizes * 1.5 * s->size[i] * energy));
}
