#include "train/fit/unroll.h"

#include <string.h>

enum { WINDOW = 256 };

/* The sound goes through the first lane; the others play silence. */
static void play(Unroll *u, Carry *carry, const float *x, const float *knobs, size_t n, float *y)
{
    const size_t W = u->kernel->width, hop = u->weights->shape.hop, n_knobs = u->weights->n_knobs,
                 n_in = hop + n_knobs;
    const size_t n_steps = n / hop;
    for (size_t from = 0; from < n_steps; from += WINDOW) {
        const uint32_t n_now = n_steps - from < WINDOW ? (uint32_t)(n_steps - from) : WINDOW;
        for (size_t t = 0; t < n_now; t++) {
            for (size_t j = 0; j < hop; j++)
                u->x[(t * n_in + j) * W] = x[(from + t) * hop + j];
            for (size_t k = 0; k < n_knobs; k++)
                u->x[(t * n_in + hop + k) * W] = knobs[k];
        }
        unroll_play(u, carry, n_now);
        for (size_t i = 0; i < n_now * hop; i++)
            y[from * hop + i] = u->y[i * W];
    }
}

GruffStatus fit_play(const GruffModel *model, const float *x, const float *knobs, size_t n, float *y)
{
    const TrainKernel *kernel = train_kernel_find(NULL);
    Weights weights;
    Unroll unroll = {0};
    Carry carry = {0};
    if (!weights_from_model(&weights, model))
        return GRUFF_ERROR_UNSUPPORTED;
    weights_pack(&weights, kernel);
    const bool ok = unroll_new(&unroll, &weights, kernel, WINDOW) && carry_new(&carry, &weights, kernel);
    if (ok)
        play(&unroll, &carry, x, knobs, n, y);
    unroll_free(&unroll);
    carry_free(&carry);
    weights_free(&weights);
    return ok ? GRUFF_OK : GRUFF_ERROR_MEMORY;
}
