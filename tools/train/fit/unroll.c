#define _DEFAULT_SOURCE /* madvise */
#include "train/fit/unroll.h"

#include "train/fit/spectral.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* All layers go a chunk of steps together, so that what they hand on stays in the cache: this much of a
 * layer's gradients. Measured: half or twice it is slower. */
enum { CHUNK_FLOATS = 1 << 16, MIN_CHUNK = 8, MAX_CHUNK = 64 };

enum { ALIGN_FLOATS = 16, HUGE_PAGE = 1 << 21 };

/* ---- memory: planned with block NULL, then handed out ---- */

typedef struct Plan {
    float *block;
    size_t used;
} Plan;

static float *take(Plan *plan, size_t n)
{
    float *part = plan->block ? plan->block + plan->used : NULL;
    plan->used += (n + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
    return part;
}

/* Windows take megabytes and are gone through from end to end: in large pages, where the system has them. */
static float *block_new(size_t n)
{
    const size_t least = n * sizeof(float),
                 align = least < HUGE_PAGE ? ALIGN_FLOATS * sizeof(float) : HUGE_PAGE;
    const size_t size = (least + align) / align * align;
    float *block = aligned_alloc(align, size);
#ifdef MADV_HUGEPAGE
    if (block && align == HUGE_PAGE)
        madvise(block, size, MADV_HUGEPAGE);
#endif
    if (block)
        memset(block, 0, least);
    return block;
}

static Plan plan_carry(Carry *carry, const Weights *weights, uint32_t W, float *block)
{
    Plan plan = {block, 0};
    for (uint32_t i = 0; i + 1 < weights->n_layers; i++) {
        const TrainWeights *l = &weights->layer[i];
        carry->h[i] = take(&plan, (size_t)l->n_units * W);
        carry->s[i] = l->op == TRAIN_LSTM ? take(&plan, (size_t)l->n_units * W) : NULL;
    }
    carry->loss_before = take(&plan, W);
    return plan;
}

bool carry_new(Carry *carry, const Weights *weights, const TrainKernel *kernel)
{
    *carry = (Carry){0};
    carry->n = plan_carry(carry, weights, kernel->width, NULL).used;
    carry->block = block_new(carry->n);
    if (carry->block)
        plan_carry(carry, weights, kernel->width, carry->block);
    return carry->block;
}

void carry_free(Carry *carry)
{
    free(carry->block);
    carry->block = NULL;
}

/* Rows of the largest layer's d. */
static size_t most_rows(const Weights *weights)
{
    size_t most = 1;
    for (uint32_t i = 0; i < weights->n_layers; i++) {
        const TrainWeights *l = &weights->layer[i];
        const size_t rows = (size_t)train_cells[l->op].n_slots * l->n_units + 1;
        most = rows > most ? rows : most;
    }
    return most;
}

static uint32_t chunk_of(const Weights *weights, uint32_t W)
{
    const size_t n = CHUNK_FLOATS / (most_rows(weights) * W);
    return n < MIN_CHUNK ? MIN_CHUNK : n > MAX_CHUNK ? MAX_CHUNK : (uint32_t)n;
}

static Plan plan_unroll(Unroll *u, float *block)
{
    Plan plan = {block, 0};
    const Weights *weights = u->weights;
    const size_t T = u->window, W = u->kernel->width, hop = weights->shape.hop;
    float *d = take(&plan, u->chunk * most_rows(weights) * W);
    size_t most = 0; /* rows that are handed back */
    for (uint32_t i = 0; i < weights->n_layers; i++) {
        const TrainWeights *l = &weights->layer[i];
        const size_t H = l->n_units * W;
        const bool head = l->op == TRAIN_HEAD, lstm = l->op == TRAIN_LSTM;
        most = l->n_in > most ? l->n_in : most;
        u->pass[i] = (TrainPass){
            .h = take(&plan, (T + 1) * H),
            .s = lstm ? take(&plan, (T + 1) * H) : NULL,
            .tape = take(&plan, T * (size_t)train_cells[l->op].n_slots * H),
            .d = d,
            .dh = head ? NULL : take(&plan, H),
            .ds = lstm ? take(&plan, H) : NULL,
            .spare = head ? NULL : take(&plan, H),
        };
    }
    u->x = take(&plan, T * (hop + weights->n_knobs) * W);
    u->target = take(&plan, T * hop * W);
    u->mask = take(&plan, T * W);
    u->dout[0] = take(&plan, u->chunk * most * W);
    u->dout[1] = take(&plan, u->chunk * most * W);
    return plan;
}

bool unroll_new(Unroll *u, const Weights *weights, const TrainKernel *kernel, uint32_t window)
{
    *u = (Unroll){.weights = weights, .kernel = kernel, .window = window};
    u->chunk = chunk_of(weights, kernel->width);
    u->block = block_new(plan_unroll(u, NULL).used);
    if (!u->block)
        return false;
    plan_unroll(u, u->block);
    unroll_use(u, kernel);
    return true;
}

/* Every part is long enough for the widest; a narrower one uses the beginning. */
void unroll_use(Unroll *u, const TrainKernel *kernel)
{
    u->kernel = kernel;
    u->y = u->pass[u->weights->n_layers - 1].h + (size_t)u->weights->shape.hop * kernel->width;
}

void unroll_free(Unroll *u)
{
    free(u->block);
    u->block = NULL;
    spectral_free(&u->spectrum);
}

/* ---- forward ---- */

static void load_state(const Unroll *u, const Carry *carry)
{
    for (uint32_t i = 0; i + 1 < u->weights->n_layers; i++) {
        const size_t n = (size_t)u->weights->layer[i].n_units * u->kernel->width * sizeof(float);
        memcpy(u->pass[i].h, carry->h[i], n);
        if (carry->s[i])
            memcpy(u->pass[i].s, carry->s[i], n);
    }
}

static void store_state(const Unroll *u, Carry *carry, uint32_t t)
{
    for (uint32_t i = 0; i + 1 < u->weights->n_layers; i++) {
        const size_t H = (size_t)u->weights->layer[i].n_units * u->kernel->width;
        memcpy(carry->h[i], u->pass[i].h + t * H, H * sizeof(float));
        if (carry->s[i])
            memcpy(carry->s[i], u->pass[i].s + t * H, H * sizeof(float));
    }
}

/* A layer's inputs over the window: x, or the outputs of the layer below. */
static const float *inputs(const Unroll *u, uint32_t layer)
{
    return layer == 0 ? u->x
                      : u->pass[layer - 1].h + (size_t)u->weights->layer[layer].n_in * u->kernel->width;
}

static void add_skip(const Unroll *u, uint32_t from, uint32_t to)
{
    const size_t W = u->kernel->width, n_x = (u->weights->shape.hop + u->weights->n_knobs) * W;
    const size_t n_y = u->weights->shape.hop * W;
    for (uint32_t t = from; t < to; t++)
        for (size_t i = 0; i < n_y; i++)
            u->y[t * n_y + i] += u->x[t * n_x + i];
}

void unroll_play(Unroll *u, Carry *carry, uint32_t n_steps)
{
    load_state(u, carry);
    for (uint32_t from = 0; from < n_steps; from += u->chunk) {
        const uint32_t to = from + u->chunk < n_steps ? from + u->chunk : n_steps;
        for (uint32_t i = 0; i < u->weights->n_layers; i++)
            u->kernel->forward(&u->weights->layer[i], &u->pass[i], inputs(u, i), from, to);
        if (u->weights->shape.skip)
            add_skip(u, from, to);
    }
    store_state(u, carry, n_steps);
}

/* ---- backward ---- */

static void backward(Unroll *u, float *gradient)
{
    const Weights *weights = u->weights;
    const size_t W = u->kernel->width;
    TrainArrays to[WEIGHTS_MAX_LAYERS];
    for (uint32_t i = 0; i < weights->n_layers; i++) {
        const TrainWeights *l = &weights->layer[i];
        to[i] = weights_arrays(weights, i, gradient);
        if (u->pass[i].dh)
            memset(u->pass[i].dh, 0, l->n_units * W * sizeof(float));
        if (u->pass[i].ds)
            memset(u->pass[i].ds, 0, l->n_units * W * sizeof(float));
    }
    const uint32_t T = u->window;
    for (uint32_t end = T; end > 0;) {
        const uint32_t from = end > u->chunk ? end - u->chunk : 0;
        const float *dout = u->y + from * weights->shape.hop * W;
        for (uint32_t i = weights->n_layers; i-- > 0;) {
            float *dx = i ? u->dout[i & 1] : NULL;
            u->kernel->backward(&weights->layer[i], &u->pass[i], inputs(u, i), dout, dx, &to[i], from, end);
            dout = dx;
        }
        end = from;
    }
}

void unroll_learn(Unroll *u, Carry *carry, TrainLoss *loss, float *gradient)
{
    const uint32_t hop = u->weights->shape.hop, n = u->window * hop;
    TrainSpectrum *spectrum = &u->spectrum;
    unroll_play(u, carry, u->window);
    if (spectrum->n_sizes)
        u->kernel->spectrum(spectrum, u->y, u->target, u->mask, hop, n);
    loss->before = carry->loss_before;
    u->kernel->loss(loss, u->y, u->target, u->mask, hop, n);
    for (size_t i = 0; spectrum->n_sizes && i < (size_t)n * u->kernel->width; i++)
        u->y[i] += spectrum->gradient[i];
    loss->spectral_sum = spectrum->n_sizes ? spectrum->sum : 0.0;
    backward(u, gradient);
}
