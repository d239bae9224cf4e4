#include "stack.h"

#include "level.h"

#include <string.h>

static uint32_t pad(const GruffKernel *kernel, uint32_t n)
{
    return (n + kernel->lanes - 1) / kernel->lanes * kernel->lanes;
}

/* ---- packing ---- */

/* A head narrower than this runs as dot products. */
enum { DOT_OUTPUTS = 2 };

static GruffOp op_of(const GruffLayer *layer, const GruffKernel *kernel)
{
    const uint32_t n_quick = layer->cell == GRUFF_CELL_LSTM ? kernel->n_quick_lstm : kernel->n_quick;
    const bool quick = layer->n_out <= n_quick * kernel->lanes;
    switch (layer->cell) {
    case GRUFF_CELL_GRU:
        return layer->reset == GRUFF_RESET_BEFORE ? GRUFF_OP_GRU_BEFORE
               : layer->reset == GRUFF_RESET_NONE ? GRUFF_OP_GRU_NONE
               : quick                            ? GRUFF_OP_GRU_AFTER
                                                  : GRUFF_OP_GRU_AFTER_EXP;
    case GRUFF_CELL_LSTM:
        return quick ? GRUFF_OP_LSTM : GRUFF_OP_LSTM_EXP;
    case GRUFF_CELL_RNN:
        return GRUFF_OP_RNN;
    case GRUFF_CELL_DENSE:
        break;
    }
    return layer->n_out <= DOT_OUTPUTS ? GRUFF_OP_DOT : GRUFF_OP_DENSE;
}

/* Where the next packed number goes: each run of `lanes` of a layer's weights `copies` times. While w is NULL
 * it only counts. */
typedef struct Packer {
    float *w;
    size_t n;
    uint32_t lanes, copies;
} Packer;

/* One sum of a layer: whose weights, and which of them. */
typedef struct Part {
    uint32_t gate;
    bool b, c, w, u; /* bias, recurrent bias, input and recurrent weights */
    float scale;
} Part;

/* Column `column` of rows first … first + n - 1 of a matrix with n_columns (NULL: zero). */
static void add_column(const Packer *p, const float *rows, uint32_t first, uint32_t n, uint32_t column,
                       uint32_t n_columns, float scale)
{
    float *to = p->w + p->n;
    for (uint32_t i = 0; rows && column < n_columns && i < n; i++)
        for (uint32_t k = 0; k < p->copies; k++)
            to[(i / p->lanes * p->copies + k) * p->lanes + i % p->lanes] +=
                scale * rows[(size_t)(first + i) * n_columns + column];
}

/* A run of n floats: column `column` of a matrix (NULL: zero), outputs first … first + n - 1, as far as the
 * layer has them. */
static void pack_run(Packer *p, const GruffLayer *l, const Part *part, const float *matrix, uint32_t first,
                     uint32_t n, uint32_t column, uint32_t n_columns)
{
    const uint32_t n_real = l->n_out - first < n ? l->n_out - first : n;
    if (p->w)
        add_column(p, matrix, part->gate * l->n_out + first, n_real, column, n_columns, part->scale);
    p->n += (size_t)n * p->copies;
}

static void pack_bias(Packer *p, const GruffLayer *l, const Part *part, uint32_t first, uint32_t n)
{
    const size_t at = p->n;
    pack_run(p, l, part, part->b ? l->b : NULL, first, n, 0, 1);
    p->n = at;
    pack_run(p, l, part, part->c ? l->c : NULL, first, n, 0, 1);
}

static void pack_group(Packer *p, const GruffLayer *l, const Part *parts, uint32_t n_parts, uint32_t first,
                       uint32_t n)
{
    const uint32_t n_x = l->n_in < 4 ? l->n_in : (l->n_in + 3) / 4 * 4, n_h = (l->n_out + 3) / 4 * 4;
    const Part *end = parts + n_parts;
    for (const Part *part = parts; part < end; part++)
        pack_bias(p, l, part, first, n);
    for (uint32_t j = 0; j < n_x; j++)
        for (const Part *part = parts; part < end; part++)
            if (part->w)
                pack_run(p, l, part, l->w, first, n, j, l->n_in);
    for (uint32_t j = 0; j < n_h; j++)
        for (const Part *part = parts; part < end; part++)
            if (part->u)
                pack_run(p, l, part, l->u, first, n, j, l->n_out);
}

/* Bytes of weights that stay in the first-level cache from frame to frame. */
enum { CACHE = 32768 };

/* Vectors in a group: as many as have room for their sums. Where the weights outgrow the cache smaller groups
 * pay, since the last groups of a frame are the first of the next one: of 32 outputs, from twice the cache on
 * of 16 (simd/README.md). */
static uint32_t most_of(const GruffLayer *l, const GruffKernel *kernel)
{
    const uint32_t n_sums = l->cell == GRUFF_CELL_DENSE ? 1 : gruff_cell_gates(l->cell);
    const uint32_t n_out = pad(kernel, l->n_out);
    const size_t n_bytes = sizeof(float) * n_sums * n_out * n_out;
    const uint32_t few = (n_bytes >= 2 * CACHE ? 16 : 32) / kernel->lanes;
    const uint32_t most = n_bytes > CACHE && few < GRUFF_MAX_GROUP ? few : GRUFF_MAX_GROUP;
    const uint32_t n_fit = kernel->n_sums / n_sums;
    return n_fit < most ? n_fit : most;
}

/* Where the groups of a layer start, and the last one ends, in vectors: as equal as can be. Returns how many
 * there are; start may be NULL. */
static uint32_t cut(uint32_t *start, const GruffLayer *l, const GruffKernel *kernel)
{
    const uint32_t n_vectors = pad(kernel, l->n_out) / kernel->lanes, most = most_of(l, kernel);
    const uint32_t n_groups = (n_vectors + most - 1) / most;
    for (uint32_t i = 0, v = 0; start && i <= n_groups; i++) {
        start[i] = v;
        v += (n_vectors + n_groups - 1 - i) / n_groups;
    }
    return n_groups;
}

static void pack_groups(Packer *p, const GruffLayer *l, const GruffKernel *kernel, const Part *parts,
                        uint32_t n_parts)
{
    uint32_t start[GRUFF_MAX_HIDDEN + 1];
    const uint32_t n_groups = cut(start, l, kernel);
    for (uint32_t i = 0; i < n_groups; i++)
        pack_group(p, l, parts, n_parts, start[i] * kernel->lanes, (start[i + 1] - start[i]) * kernel->lanes);
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

/* The sums of each op, in the kernel's order and with its factors (kernels.h). */
static const Part gru_after[] = {{2, true, false, true, false, 1.0f},
                                 {1, true, true, true, true, 0.5f},
                                 {0, true, true, true, true, GRUFF_LOG2_E},
                                 {2, false, true, false, true, 0.5f}};
static const Part gru_after_exp[] = {{2, true, false, true, false, 2.0f * GRUFF_LOG2_E},
                                     {1, true, true, true, true, -GRUFF_LOG2_E},
                                     {0, true, true, true, true, GRUFF_LOG2_E},
                                     {2, false, true, false, true, 2.0f * GRUFF_LOG2_E}};
static const Part gru_gates[] = {{1, true, true, true, true, 0.5f},
                                 {0, true, true, true, true, GRUFF_LOG2_E}};
static const Part gru_candidate[] = {{2, true, true, true, true, 1.0f}};
static const Part gru_none[] = {{2, true, true, true, true, 1.0f}, {0, true, true, true, true, GRUFF_LOG2_E}};
static const Part lstm[] = {{0, true, true, true, true, 0.5f},
                            {1, true, true, true, true, 0.5f},
                            {2, true, true, true, true, 1.0f},
                            {3, true, true, true, true, 0.5f}};
static const Part lstm_exp[] = {{0, true, true, true, true, -GRUFF_LOG2_E},
                                {1, true, true, true, true, -GRUFF_LOG2_E},
                                {2, true, true, true, true, 2.0f * GRUFF_LOG2_E},
                                {3, true, true, true, true, -GRUFF_LOG2_E}};
static const Part rnn[] = {{0, true, true, true, true, 1.0f}};
static const Part dense[] = {{0, true, false, true, false, 1.0f}};

/* Packs layer to w, or only counts where w is NULL; returns the number of floats. w must be zero. *second is
 * where the second layout starts. */
static size_t pack(float *w, const GruffLayer *l, const GruffKernel *kernel, bool pairs, size_t *second)
{
    Packer p = {.w = w, .lanes = kernel->lanes, .copies = pairs ? 2 : 1};
    switch (op_of(l, kernel)) {
    case GRUFF_OP_GRU_AFTER:
        pack_groups(&p, l, kernel, gru_after, 4);
        break;
    case GRUFF_OP_GRU_AFTER_EXP:
        pack_groups(&p, l, kernel, gru_after_exp, 4);
        break;
    case GRUFF_OP_GRU_BEFORE:
        pack_groups(&p, l, kernel, gru_gates, 2);
        *second = p.n;
        pack_groups(&p, l, kernel, gru_candidate, 1);
        break;
    case GRUFF_OP_GRU_NONE:
        pack_groups(&p, l, kernel, gru_none, 2);
        break;
    case GRUFF_OP_LSTM:
        pack_groups(&p, l, kernel, lstm, 4);
        break;
    case GRUFF_OP_LSTM_EXP:
        pack_groups(&p, l, kernel, lstm_exp, 4);
        break;
    case GRUFF_OP_RNN:
        pack_groups(&p, l, kernel, rnn, 1);
        break;
    case GRUFF_OP_DENSE:
        pack_groups(&p, l, kernel, dense, 1);
        break;
    case GRUFF_OP_DOT:
        pack_dot(&p, l, kernel);
        break;
    }
    return p.n;
}

/* ---- placing ---- */

static bool can_be_held(GruffOp op)
{
    return op == GRUFF_OP_GRU_AFTER || op == GRUFF_OP_GRU_AFTER_EXP || op == GRUFF_OP_LSTM ||
           op == GRUFF_OP_LSTM_EXP;
}

/* Whether the sums of the largest group have room for both channels; cut makes groups as equal as can be. */
static bool shares(const GruffPacked *p, const GruffLayer *l, const GruffKernel *kernel)
{
    const uint32_t n_vectors = p->n_out_padded / kernel->lanes;
    const uint32_t largest = (n_vectors + p->n_groups - 1) / p->n_groups;
    return (p->op == GRUFF_OP_GRU_AFTER_EXP || p->op == GRUFF_OP_LSTM_EXP) && p->n_channels == 2 &&
           p->n_groups > 1 && largest * gruff_cell_gates(l->cell) <= kernel->n_shared;
}

static GruffPacked place_layer(const GruffStack *s, const GruffLayer *l, GruffArena *fixed,
                               GruffArena *moving)
{
    GruffPacked p = {.op = op_of(l, s->kernel),
                     .activation = l->activation,
                     .n_in = l->n_in,
                     .n_out = l->n_out,
                     .n_in_padded = pad(s->kernel, l->n_in),
                     .n_out_padded = pad(s->kernel, l->n_out),
                     .n_channels = s->n_channels,
                     .n_states = s->n_states,
                     .n_groups = cut(NULL, l, s->kernel)};
    const size_t n_state = (size_t)s->n_channels * s->n_states * p.n_out_padded;
    const uint32_t n_vectors = p.n_out_padded / s->kernel->lanes;
    p.holds = can_be_held(p.op) && s->n_states == 1 && p.n_groups == 1 && n_vectors <= s->kernel->n_held;
    p.pairs = p.holds && s->n_channels == 2 && n_vectors >= 2 && n_vectors <= s->kernel->n_paired;
    p.shares = shares(&p, l, s->kernel);
    size_t second = 0;
    uint32_t *start = gruff_arena_take(fixed, p.n_groups + 1, sizeof *start);
    cut(start, l, s->kernel);
    p.group_start = start;
    const size_t n_weights = pack(NULL, l, s->kernel, p.pairs, &second);
    float *w = gruff_arena_take(fixed, n_weights, sizeof(float));
    if (w)
        pack(w, l, s->kernel, p.pairs, &second);
    p.weights = w;
    p.second = w ? w + second : NULL;
    p.floats_per_output = (uint32_t)((second ? second : n_weights) / p.n_out_padded);
    p.second_per_output = (uint32_t)((n_weights - second) / p.n_out_padded);
    p.run = s->kernel->runner(&p);
    if (l->cell != GRUFF_CELL_DENSE)
        p.h = gruff_arena_take(moving, n_state, sizeof(float));
    if (l->cell == GRUFF_CELL_LSTM)
        p.s = gruff_arena_take(moving, n_state, sizeof(float));
    if (p.op == GRUFF_OP_GRU_BEFORE)
        p.scratch = gruff_arena_take(fixed, (size_t)s->n_channels * 2 * p.n_out_padded, sizeof(float));
    return p;
}

/* Whether the layer before can run layer i on the way. */
static bool is_head(const GruffModel *model, uint32_t i)
{
    const GruffLayer *layer = &model->layers[i];
    return i + 1 == model->n_layers && layer->cell == GRUFF_CELL_DENSE && layer->n_out == 1 &&
           layer->activation == GRUFF_ACTIVATION_LINEAR;
}

/* Unless it finishes, its output is left as it is. */
static void add_head(GruffPacked *layer, const GruffPacked *head, const GruffModel *model, bool finishes)
{
    layer->head = head->weights;
    layer->head_skips = finishes && model->skip;
    layer->head_gain = finishes ? (float)gruff_gain_of_db(model->out_gain_db) : 1.0f;
}

void gruff_stack_place(GruffStack *stack, const GruffModel *model, const GruffKernel *kernel,
                       uint32_t n_channels, uint32_t n_states, GruffArena *fixed, GruffArena *moving)
{
    const uint32_t n_layers = model->n_layers;
    uint32_t widest = 0;
    GruffPacked layer = {0};
    *stack = (GruffStack){.kernel = kernel,
                          .n_channels = n_channels,
                          .n_states = n_states,
                          .n_layers = n_layers,
                          .n_runs = n_layers};
    stack->layers = gruff_arena_take(fixed, n_layers, sizeof(GruffPacked));
    for (uint32_t i = 0; i < n_layers; i++) {
        const bool heads = layer.holds && is_head(model, i);
        layer = place_layer(stack, &model->layers[i], fixed, moving);
        if (i == 0 && layer.op != GRUFF_OP_DOT && layer.n_in < 4)
            layer.n_in_padded = layer.n_in;
        if (i == n_layers - 1 && layer.op == GRUFF_OP_DOT && layer.n_out == 1 &&
            layer.activation != GRUFF_ACTIVATION_SOFTMAX)
            layer.n_out_padded = 1;
        widest = layer.n_out_padded > widest ? layer.n_out_padded : widest;
        if (i == 0)
            stack->n_in_padded = layer.n_in_padded;
        stack->n_out_padded = layer.n_out_padded;
        if (stack->layers)
            stack->layers[i] = layer;
        if (heads) {
            stack->n_runs = i;
            stack->finishes = !model->skip || i == 1;
            if (stack->layers)
                add_head(&stack->layers[i - 1], &layer, model, stack->finishes);
        }
    }
    for (uint32_t c = 0; c < n_channels; c++) {
        stack->in[c] = gruff_arena_take(fixed, GRUFF_STACK_STEPS * (size_t)stack->n_in_padded, sizeof(float));
        for (uint32_t i = 0; i < 2; i++)
            stack->rows[i][c] = gruff_arena_take(fixed, GRUFF_STACK_STEPS * (size_t)widest, sizeof(float));
    }
    stack->out = stack->rows[(stack->n_runs - 1) % 2];
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
