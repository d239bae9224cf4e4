#include "train/fit/weights.h"

#include "train/fit/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- shape ---- */

static TrainOp op_of(const FitShape *shape)
{
    static const TrainOp gru[] = {TRAIN_GRU_AFTER, TRAIN_GRU_BEFORE, TRAIN_GRU_NONE};
    return shape->cell == GRUFF_CELL_LSTM  ? TRAIN_LSTM
           : shape->cell == GRUFF_CELL_RNN ? TRAIN_RNN
                                           : gru[shape->reset];
}

/* Numbers in a layer's w, u, b and c. */
static void array_sizes(const TrainWeights *l, size_t size[4])
{
    const size_t rows = (size_t)train_cells[l->op].n_gates * l->n_units;
    const bool head = l->op == TRAIN_HEAD;
    size[0] = rows * l->n_in;
    size[1] = head ? 0 : rows * l->n_units;
    size[2] = rows;
    size[3] = head ? 0 : rows;
}

static size_t layer_size(const TrainWeights *l)
{
    size_t size[4];
    array_sizes(l, size);
    return size[0] + size[1] + size[2] + size[3];
}

static float *plan_matrix(TrainMatrix *m, uint32_t n_rows, uint32_t n_x, uint32_t n_h, float *at)
{
    *m = (TrainMatrix){n_rows, n_x, n_h, at};
    return at ? at + (size_t)n_rows * (1 + n_x + n_h) : NULL;
}

/* The layer's matrices, packed one behind the other from `at` on. */
static float *plan_matrices(TrainWeights *l, float *at)
{
    const TrainCell *cell = &train_cells[l->op];
    const uint32_t H = l->n_units, I = l->n_in;
    uint32_t n_x = 0, n_h = 0; /* slots that take from x, from h */
    for (int p = 0; p < cell->n_pieces; p++) {
        const TrainPiece *piece = &cell->piece[p];
        const bool has_x = piece->x_gate >= 0, has_h = piece->h_gate >= 0;
        at = plan_matrix(&l->forward[p], (uint32_t)piece->n_slots * H, has_x ? I : 0, has_h ? H : 0, at);
        n_x += has_x ? (uint32_t)piece->n_slots : 0;
        n_h += has_h && !piece->reset ? (uint32_t)piece->n_slots : 0;
    }
    /* A GRU's gate n lies apart from the others: its columns are the matrix's second ones. */
    const bool x_apart = l->op == TRAIN_GRU_AFTER || l->op == TRAIN_GRU_NONE,
               h_apart = l->op == TRAIN_GRU_NONE;
    if (l->op != TRAIN_HEAD)
        at = plan_matrix(&l->to_h, H, (n_h - h_apart) * H, h_apart * H, at);
    if (l->op == TRAIN_GRU_BEFORE)
        at = plan_matrix(&l->to_reset, H, H, 0, at);
    return plan_matrix(&l->to_x, I, (n_x - x_apart) * H, x_apart * H, at);
}

TrainArrays weights_arrays(const Weights *weights, uint32_t layer, float *vector)
{
    size_t size[4];
    for (uint32_t i = 0; i < layer; i++)
        vector += layer_size(&weights->layer[i]);
    array_sizes(&weights->layer[layer], size);
    const bool head = weights->layer[layer].op == TRAIN_HEAD;
    return (TrainArrays){
        .w = vector,
        .u = head ? NULL : vector + size[0],
        .b = vector + size[0] + size[1],
        .c = head ? NULL : vector + size[0] + size[1] + size[2],
    };
}

static size_t packed_size(Weights *weights)
{
    static float origin[1];
    size_t n = 0;
    for (uint32_t i = 0; i < weights->n_layers; i++) {
        TrainWeights *l = &weights->layer[i];
        plan_matrices(l, origin);
        for (int p = 0; p < TRAIN_MAX_PIECES + 3; p++) {
            const TrainMatrix *m = p < TRAIN_MAX_PIECES        ? &l->forward[p]
                                   : p == TRAIN_MAX_PIECES     ? &l->to_h
                                   : p == TRAIN_MAX_PIECES + 1 ? &l->to_reset
                                                               : &l->to_x;
            n += (size_t)m->n_rows * (1 + m->n_x + m->n_h);
        }
    }
    return n;
}

bool weights_new(Weights *weights, const FitShape *shape, uint32_t n_knobs)
{
    *weights = (Weights){.shape = *shape, .n_knobs = n_knobs, .n_layers = shape->n_layers + 1};
    for (uint32_t i = 0; i < weights->n_layers; i++) {
        TrainWeights *l = &weights->layer[i];
        const bool head = i == shape->n_layers;
        l->op = head ? TRAIN_HEAD : op_of(shape);
        l->n_in = i == 0 ? shape->hop + n_knobs : shape->hidden;
        l->n_units = head ? shape->hop : shape->hidden;
        weights->n += layer_size(l);
    }
    weights->value = calloc(weights->n, sizeof(float));
    weights->packed = calloc(packed_size(weights), sizeof(float));
    if (!weights->value || !weights->packed) {
        weights_free(weights);
        return false;
    }
    float *at = weights->packed;
    for (uint32_t i = 0; i < weights->n_layers; i++) {
        at = plan_matrices(&weights->layer[i], at);
        weights->layer[i].at = weights_arrays(weights, i, weights->value);
    }
    return true;
}

void weights_free(Weights *weights)
{
    free(weights->value);
    free(weights->packed);
    weights->value = weights->packed = NULL;
}

void weights_pack(const Weights *weights, const TrainKernel *kernel)
{
    for (uint32_t i = 0; i < weights->n_layers; i++)
        kernel->pack(&weights->layer[i]);
}

/* ---- the start ---- */

static void fill_uniform(Random *random, float *to, size_t n, double limit)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (float)random_uniform(random, -limit, limit);
}

/* u[H][H] ← a random orthogonal matrix: normal numbers, their rows made orthonormal one by one (Gram and
 * Schmidt).
 */
static void fill_orthogonal(Random *random, float *u, uint32_t H)
{
    for (uint32_t k = 0; k < H; k++) {
        float *row = u + (size_t)k * H;
        double norm = 0.0;
        while (norm < 1e-3) {
            for (uint32_t j = 0; j < H; j++)
                row[j] = (float)random_normal(random);
            for (int twice = 0; twice < 2; twice++)
                for (uint32_t i = 0; i < k; i++) {
                    const float *other = u + (size_t)i * H;
                    double dot = 0.0;
                    for (uint32_t j = 0; j < H; j++)
                        dot += (double)row[j] * (double)other[j];
                    for (uint32_t j = 0; j < H; j++)
                        row[j] -= (float)(dot * (double)other[j]);
                }
            norm = 0.0;
            for (uint32_t j = 0; j < H; j++)
                norm += (double)row[j] * (double)row[j];
            norm = sqrt(norm);
        }
        for (uint32_t j = 0; j < H; j++)
            row[j] = (float)((double)row[j] / norm);
    }
}

/* The gate that keeps the old state when open: GRU's z, LSTM's f. */
static void open_to_remember(Random *random, TrainWeights *l, const FitStart *start)
{
    const size_t gate = l->op == TRAIN_LSTM ? l->n_units : 0;
    if (l->op != TRAIN_RNN)
        for (uint32_t k = 0; k < l->n_units; k++)
            l->at.b[gate + k] = (float)random_uniform(random, start->remember_low, start->remember_high);
}

static void start_layer(Random *random, TrainWeights *l, const FitStart *start)
{
    const uint32_t H = l->n_units, G = (uint32_t)train_cells[l->op].n_gates;
    const double limit = 1.0 / sqrt(l->op == TRAIN_HEAD ? l->n_in : H);
    fill_uniform(random, l->at.w, (size_t)G * H * l->n_in, limit);
    if (l->op == TRAIN_HEAD)
        return;
    if (!start->orthogonal) {
        fill_uniform(random, l->at.u, (size_t)G * H * H, limit);
        fill_uniform(random, l->at.b, (size_t)G * H, limit);
        fill_uniform(random, l->at.c, (size_t)G * H, limit);
        return;
    }
    for (uint32_t g = 0; g < G; g++)
        fill_orthogonal(random, l->at.u + (size_t)g * H * H, H);
    fill_uniform(random, l->at.b, (size_t)G * H, limit);
    open_to_remember(random, l, start);
}

void weights_start(Weights *weights, const FitStart *start, uint64_t seed)
{
    Random random = random_new(seed);
    for (uint32_t i = 0; i < weights->n_layers; i++)
        start_layer(&random, &weights->layer[i], start);
}

/* ---- models ---- */

GruffStatus weights_to_model(const Weights *weights, const float *value, GruffModel **result)
{
    GruffModel *model;
    GruffStatus status = gruff_model_new(&model);
    *result = NULL;
    for (uint32_t i = 0; !status && i < weights->n_layers; i++) {
        const TrainWeights *l = &weights->layer[i];
        const bool head = l->op == TRAIN_HEAD;
        GruffLayer *layer;
        status = gruff_model_add_layer(model, head ? GRUFF_CELL_DENSE : weights->shape.cell, l->n_in,
                                       l->n_units, &layer);
        if (status)
            break;
        size_t size[4];
        array_sizes(l, size);
        const TrainArrays from = weights_arrays(weights, i, (float *)value);
        memcpy(layer->w, from.w, size[0] * sizeof(float));
        memcpy(layer->b, from.b, size[2] * sizeof(float));
        if (head)
            continue;
        memcpy(layer->u, from.u, size[1] * sizeof(float));
        memcpy(layer->c, from.c, size[3] * sizeof(float));
        layer->reset = weights->shape.reset;
    }
    if (status) {
        gruff_model_free(model);
        return status;
    }
    model->hop = weights->shape.hop;
    model->n_knobs = weights->n_knobs;
    model->skip = weights->shape.skip;
    *result = model;
    return GRUFF_OK;
}

static bool shape_of_model(const GruffModel *model, FitShape *shape)
{
    const GruffLayer *l = model->layers;
    if (model->n_layers < 2 || l->cell == GRUFF_CELL_DENSE)
        return false;
    *shape = (FitShape){l->cell, l->reset, l->n_out, model->n_layers - 1, model->hop, model->skip};
    for (uint32_t i = 0; i + 1 < model->n_layers; i++)
        if (l[i].cell != l->cell || l[i].n_out != l->n_out ||
            (l->cell == GRUFF_CELL_GRU && l[i].reset != l->reset))
            return false;
    const GruffLayer *head = &l[model->n_layers - 1];
    return head->cell == GRUFF_CELL_DENSE && head->activation == GRUFF_ACTIVATION_LINEAR &&
           head->n_out == model->hop;
}

bool weights_from_model(Weights *weights, const GruffModel *model)
{
    FitShape shape;
    if (!shape_of_model(model, &shape) || !weights_new(weights, &shape, model->n_knobs))
        return false;
    for (uint32_t i = 0; i < weights->n_layers; i++) {
        size_t size[4];
        const GruffLayer *from = &model->layers[i];
        const TrainArrays *to = &weights->layer[i].at;
        array_sizes(&weights->layer[i], size);
        memcpy(to->w, from->w, size[0] * sizeof(float));
        memcpy(to->b, from->b, size[2] * sizeof(float));
        if (size[1])
            memcpy(to->u, from->u, size[1] * sizeof(float));
        if (size[3])
            memcpy(to->c, from->c, size[3] * sizeof(float));
    }
    return true;
}
