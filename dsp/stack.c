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

/* One sum of a layer: whose weights, and which of them. */
typedef struct Part {
    uint32_t gate;
    bool b, c, w, u; /* bias, recurrent bias, input and recurrent weights */
    float scale;
} Part;

/* Column `column` of rows first … first + n - 1 of a matrix with n_columns (NULL: zero). */
static void add_column(float *to, const float *rows, uint32_t first, uint32_t n, uint32_t column,
                       uint32_t n_columns, float scale)
{
    for (uint32_t i = 0; rows && column < n_columns && i < n; i++)
        to[i] += scale * rows[(size_t)(first + i) * n_columns + column];
}

/* Outputs k … k + n - 1 of one sum, n_real of them in the layer. */
static void pack_part(Packer *p, const GruffLayer *l, const Part *part, uint32_t k, uint32_t n, uint32_t n_x,
                      uint32_t n_h)
{
    const uint32_t first = part->gate * l->n_out + k, n_real = l->n_out - k < n ? l->n_out - k : n;
    float *to = p->w ? p->w + p->n : NULL;
    if (to) {
        add_column(to, part->b ? l->b : NULL, first, n_real, 0, 1, part->scale);
        add_column(to, part->c ? l->c : NULL, first, n_real, 0, 1, part->scale);
    }
    p->n += n;
    for (uint32_t j = 0; part->w && j < n_x; j++, p->n += n)
        if (to)
            add_column(p->w + p->n, l->w, first, n_real, j, l->n_in, part->scale);
    for (uint32_t j = 0; part->u && j < n_h; j++, p->n += n)
        if (to)
            add_column(p->w + p->n, l->u, first, n_real, j, l->n_out, part->scale);
}

static void pack_groups(Packer *p, const GruffLayer *l, const GruffKernel *kernel, uint32_t n_channels,
                        const Part *parts, uint32_t n_parts)
{
    const uint32_t n_vectors = pad(kernel, l->n_out) / kernel->lanes;
    const uint32_t n_x = l->n_in < 4 ? l->n_in : (l->n_in + 3) / 4 * 4;
    const uint32_t n_h = n_vectors == 1 ? kernel->lanes : (l->n_out + 3) / 4 * 4;
    for (uint32_t v = 0, n; v < n_vectors; v += n) {
        n = gruff_pack_group(n_vectors - v, kernel->most[n_channels - 1]);
        for (uint32_t i = 0; i < n_parts; i++)
            pack_part(p, l, &parts[i], v * kernel->lanes, n * kernel->lanes, n_x, n_h);
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

/* The sums of each op, in the kernel's order; `half` where a sigmoid follows. */
static const Part gru_after[] = {{1, true, true, true, true, 0.5f},
                                 {0, true, true, true, true, 0.5f},
                                 {2, true, false, true, false, 1.0f},
                                 {2, false, true, false, true, 0.5f}};
static const Part gru_gates[] = {{1, true, true, true, true, 0.5f}, {0, true, true, true, true, 0.5f}};
static const Part gru_candidate[] = {{2, true, true, true, true, 1.0f}};
static const Part gru_none[] = {{2, true, true, true, true, 1.0f}, {0, true, true, true, true, 0.5f}};
static const Part lstm[] = {{0, true, true, true, true, 0.5f},
                            {1, true, true, true, true, 0.5f},
                            {2, true, true, true, true, 1.0f},
                            {3, true, true, true, true, 0.5f}};
static const Part rnn[] = {{0, true, true, true, true, 1.0f}};
static const Part dense[] = {{0, true, false, true, false, 1.0f}};

/* Packs layer to w, or only counts where w is NULL; returns the number of floats. w must be zero. *second is
 * where the second layout starts. */
static size_t pack(float *w, const GruffLayer *l, const GruffKernel *kernel, uint32_t n_channels,
                   size_t *second)
{
    Packer p = {.w = w};
    switch (op_of(l)) {
    case GRUFF_OP_GRU_AFTER:
        pack_groups(&p, l, kernel, n_channels, gru_after, 4);
        break;
    case GRUFF_OP_GRU_BEFORE:
        pack_groups(&p, l, kernel, n_channels, gru_gates, 2);
        *second = p.n;
        pack_groups(&p, l, kernel, n_channels, gru_candidate, 1);
        break;
    case GRUFF_OP_GRU_NONE:
        pack_groups(&p, l, kernel, n_channels, gru_none, 2);
        break;
    case GRUFF_OP_LSTM:
        pack_groups(&p, l, kernel, n_channels, lstm, 4);
        break;
    case GRUFF_OP_RNN:
        pack_groups(&p, l, kernel, n_channels, rnn, 1);
        break;
    case GRUFF_OP_DENSE:
        pack_groups(&p, l, kernel, n_channels, dense, 1);
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
    size_t second = 0;
    const size_t n_weights = pack(NULL, l, s->kernel, s->n_channels, &second);
    float *w = gruff_arena_take(fixed, n_weights, sizeof(float));
    if (w)
        pack(w, l, s->kernel, s->n_channels, &second);
    p.weights = w;
    p.second = w ? w + second : NULL;
    p.floats_per_output = (uint32_t)((second ? second : n_weights) / p.n_out_padded);
    p.second_per_output = (uint32_t)((n_weights - second) / p.n_out_padded);
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
