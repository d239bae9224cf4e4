#include "stack.h"

#include <assert.h>
#include <string.h>

static uint32_t pad(const GruffKernel *kernel, uint32_t n)
{
    return (n + kernel->lanes - 1) / kernel->lanes * kernel->lanes;
}

/* ---- packing ---- */

/* A head narrower than this runs as dot products. */
enum { DOT_OUTPUTS = 2 };

static GruffOp op_of(const GruffLayer *layer)
{
    switch (layer->cell) {
    case GRUFF_CELL_GRU:
        return layer->reset == GRUFF_RESET_AFTER    ? GRUFF_OP_GRU_AFTER
               : layer->reset == GRUFF_RESET_BEFORE ? GRUFF_OP_GRU_BEFORE
                                                    : GRUFF_OP_GRU_NONE;
    case GRUFF_CELL_LSTM:
        return GRUFF_OP_LSTM;
    case GRUFF_CELL_RNN:
        return GRUFF_OP_RNN;
    case GRUFF_CELL_DENSE:
        break;
    }
    return layer->n_out <= DOT_OUTPUTS ? GRUFF_OP_DOT : GRUFF_OP_DENSE;
}

/* Where the next packed number goes. While w is NULL it only counts. */
typedef struct Packer {
    float *w;
    size_t n;
} Packer;

/* One column of a group: outputs k…k + n - 1 of the gates in `gates`, from a row-major matrix with n_columns
 * columns (NULL: zero; addend, when given, has the same shape). */
typedef struct Source {
    const float *rows, *addend;
    uint32_t n_columns, n_out;
} Source;

static void put(Packer *p, const Source *from, uint32_t gate, uint32_t column, uint32_t k, uint32_t n)
{
    if (p->w)
        for (uint32_t i = 0; i < n; i++) {
            float value = 0.0f;
            if (k + i < from->n_out) {
                size_t at = ((size_t)gate * from->n_out + k + i) * from->n_columns + column;
                value = from->rows[at] + (from->addend ? from->addend[at] : 0.0f);
            }
            p->w[p->n + i] = value;
        }
    p->n += n;
}

/* All groups of the gates gates[0…n_gates-1]. The last gate's recurrent bias stays apart where `apart`. */
static void pack_groups(Packer *p, const GruffLayer *l, const GruffKernel *kernel, uint32_t n_channels,
                        const uint32_t *gates, uint32_t n_gates, bool apart)
{
    const uint32_t H = l->n_out, wide = gruff_pack_group(n_channels) * kernel->lanes, padded = pad(kernel, H);
    const Source w = {l->w, NULL, l->n_in, H}, u = {l->u, NULL, H, H};
    const Source both = {l->b, l->c, 1, H}, input = {l->b, NULL, 1, H}, recurrent = {l->c, NULL, 1, H};
    for (uint32_t k = 0, n; k < padded; k += n) {
        n = padded - k >= wide ? wide : kernel->lanes;
        for (uint32_t g = 0; g < n_gates; g++)
            put(p, apart && g == n_gates - 1 ? &input : &both, gates[g], 0, k, n);
        if (apart)
            put(p, &recurrent, gates[n_gates - 1], 0, k, n);
        for (uint32_t j = 0; j < l->n_in; j++)
            for (uint32_t g = 0; g < n_gates; g++)
                put(p, &w, gates[g], j, k, n);
        for (uint32_t j = 0; l->u && j < H; j++)
            for (uint32_t g = 0; g < n_gates; g++)
                put(p, &u, gates[g], j, k, n);
    }
}

static void pack_dot(Packer *p, const GruffLayer *l, const GruffKernel *kernel)
{
    uint32_t n_bias = pad(kernel, l->n_out), n_row = pad(kernel, l->n_in);
    if (p->w) {
        memcpy(p->w, l->b, l->n_out * sizeof(float));
        for (uint32_t k = 0; k < l->n_out; k++)
            memcpy(p->w + n_bias + (size_t)k * n_row, l->w + (size_t)k * l->n_in, l->n_in * sizeof(float));
    }
    p->n += n_bias + (size_t)l->n_out * n_row;
}

/* Packs layer to w, or only counts where w is NULL; returns the number of floats. w must be zero. */
static size_t pack(float *w, const GruffLayer *l, const GruffKernel *kernel, uint32_t n_channels)
{
    static const uint32_t gates[] = {0, 1, 2, 3}, z_and_n[] = {0, 2}, n[] = {2};
    Packer p = {.w = w};
    switch (op_of(l)) {
    case GRUFF_OP_GRU_AFTER:
        pack_groups(&p, l, kernel, n_channels, gates, 3, true);
        break;
    case GRUFF_OP_GRU_BEFORE:
        pack_groups(&p, l, kernel, n_channels, gates, 2, false);
        pack_groups(&p, l, kernel, n_channels, n, 1, false);
        break;
    case GRUFF_OP_GRU_NONE:
        pack_groups(&p, l, kernel, n_channels, z_and_n, 2, false);
        break;
    case GRUFF_OP_LSTM:
        pack_groups(&p, l, kernel, n_channels, gates, 4, false);
        break;
    case GRUFF_OP_RNN:
    case GRUFF_OP_DENSE:
        pack_groups(&p, l, kernel, n_channels, gates, 1, false);
        break;
    case GRUFF_OP_DOT:
        pack_dot(&p, l, kernel);
        break;
    }
    return p.n;
}

/* ---- placing ---- */

static GruffPacked place_layer(const GruffStack *s, const GruffLayer *l, GruffArena *fixed,
                               GruffArena *moving)
{
    GruffPacked p = {.op = op_of(l),
                     .activation = l->activation,
                     .n_in = l->n_in,
                     .n_out = l->n_out,
                     .n_in_padded = pad(s->kernel, l->n_in),
                     .n_out_padded = pad(s->kernel, l->n_out),
                     .n_channels = s->n_channels,
                     .n_states = s->n_states};
    const size_t n_state = (size_t)s->n_channels * s->n_states * p.n_out_padded;
    float *w = gruff_arena_take(fixed, pack(NULL, l, s->kernel, s->n_channels), sizeof(float));
    if (w)
        pack(w, l, s->kernel, s->n_channels);
    p.weights = w;
    if (l->cell != GRUFF_CELL_DENSE)
        p.h = gruff_arena_take(moving, n_state, sizeof(float));
    if (l->cell == GRUFF_CELL_LSTM)
        p.s = gruff_arena_take(moving, n_state, sizeof(float));
    if (p.op == GRUFF_OP_GRU_BEFORE)
        p.scratch = gruff_arena_take(fixed, (size_t)s->n_channels * 2 * p.n_out_padded, sizeof(float));
    return p;
}

void gruff_stack_place(GruffStack *stack, const GruffModel *model, const GruffKernel *kernel,
                       uint32_t n_channels, uint32_t n_states, GruffArena *fixed, GruffArena *moving)
{
    const uint32_t n_layers = model->n_layers;
    uint32_t widest = 0;
    *stack =
        (GruffStack){.kernel = kernel, .n_channels = n_channels, .n_states = n_states, .n_layers = n_layers};
    stack->layers = gruff_arena_take(fixed, n_layers, sizeof(GruffPacked));
    for (uint32_t i = 0; i < n_layers; i++) {
        GruffPacked layer = place_layer(stack, &model->layers[i], fixed, moving);
        widest = layer.n_out_padded > widest ? layer.n_out_padded : widest;
        if (i == 0)
            stack->n_in_padded = layer.n_in_padded;
        stack->n_out_padded = layer.n_out_padded;
        if (stack->layers)
            stack->layers[i] = layer;
    }
    for (uint32_t c = 0; c < n_channels; c++) {
        stack->in[c] = gruff_arena_take(fixed, GRUFF_STACK_STEPS * (size_t)stack->n_in_padded, sizeof(float));
        for (uint32_t i = 0; i < 2; i++)
            stack->rows[i][c] = gruff_arena_take(fixed, GRUFF_STACK_STEPS * (size_t)widest, sizeof(float));
    }
    stack->out = stack->rows[(n_layers - 1) % 2];
}

void gruff_stack_start(GruffStack *stack, const GruffModel *model)
{
    for (uint32_t i = 0; i < stack->n_layers; i++) {
        const GruffLayer *from = &model->layers[i];
        GruffPacked *to = &stack->layers[i];
        for (uint32_t m = 0; m < to->n_channels * to->n_states; m++) {
            if (to->h)
                memcpy(to->h + (size_t)m * to->n_out_padded, from->h0, to->n_out * sizeof(float));
            if (to->s)
                memcpy(to->s + (size_t)m * to->n_out_padded, from->s0, to->n_out * sizeof(float));
        }
    }
}

/* ---- running ---- */

void gruff_stack_run(GruffStack *stack, uint32_t phase, uint32_t n_steps)
{
    assert(n_steps <= GRUFF_STACK_STEPS);
    float *const *in = stack->in;
    for (uint32_t i = 0; i < stack->n_layers; i++) {
        stack->kernel->run(&stack->layers[i], phase, (const float *const *)in, stack->rows[i % 2], n_steps);
        in = stack->rows[i % 2];
    }
}

/* Inf - Inf and NaN are not 0. */
static bool finite_all(const float *x, size_t n)
{
    float sum = 0.0f;
    for (size_t i = 0; i < n; i++)
        sum += x[i] - x[i];
    return sum == 0.0f;
}

bool gruff_stack_is_finite(const GruffStack *stack)
{
    for (uint32_t i = 0; i < stack->n_layers; i++) {
        const GruffPacked *l = &stack->layers[i];
        const size_t n = (size_t)l->n_channels * l->n_states * l->n_out_padded;
        if ((l->h && !finite_all(l->h, n)) || (l->s && !finite_all(l->s, n)))
            return false;
    }
    return true;
}
