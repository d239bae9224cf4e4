/* RTNeural / Keras JSON (.json, .aidax). Keras stores matrices [inputs][units], biases of a GRU as two rows.
 * Keys that Gruff adds and other players ignore: on a gru "reset_after": false, "reset_gate": false,
 * "update": "write"; on any recurrent layer "h0" and (lstm) "s0", the initial state; at the top "hop",
 * "knobs". */
#include "mem.h"
#include "model_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STANDARD_RATE_HZ 48000

/* ---- reading ---- */

static const struct {
    const char *type;
    GruffCell cell;
} types[] = {{"gru", GRUFF_CELL_GRU},     {"lstm", GRUFF_CELL_LSTM},
             {"dense", GRUFF_CELL_DENSE}, {"time-distributed-dense", GRUFF_CELL_DENSE},
             {"rnn", GRUFF_CELL_RNN},     {"simple_rnn", GRUFF_CELL_RNN}};

static bool find_cell(const char *type, GruffCell *cell)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (!strcmp(type, types[i].type)) {
            *cell = types[i].cell;
            return true;
        }
    return false;
}

static GruffStatus read_activation(const GruffPlace *place, const json_t *object, GruffLayer *layer)
{
    char shown[32];
    const char *name = json_string_value(json_object_get(object, "activation"));
    bool standard = !name || !*name;
    if (layer->cell == GRUFF_CELL_GRU || layer->cell == GRUFF_CELL_LSTM)
        return GRUFF_OK; /* every player ignores it there */
    if (layer->cell == GRUFF_CELL_RNN && (standard || !strcmp(name, "tanh")))
        return GRUFF_OK;
    for (int a = 0; layer->cell == GRUFF_CELL_DENSE && a <= GRUFF_ACTIVATION_SOFTMAX; a++)
        if (standard ? a == GRUFF_ACTIVATION_LINEAR
                     : !strcmp(name, gruff_activation_name((GruffActivation)a))) {
            layer->activation = (GruffActivation)a;
            return GRUFF_OK;
        }
    return gruff_place_fail(place, GRUFF_ERROR_UNSUPPORTED,
                            "has the activation \"%s\", which Gruff does not play",
                            gruff_printable(name, shown, sizeof shown));
}

/* The last number of a Keras shape such as [null, null, 16]; 0 where there is none. */
static GruffStatus read_shape(const GruffPlace *place, const json_t *object, const char *key, uint32_t *last)
{
    const json_t *shape = json_object_get(object, key);
    size_t n = json_array_size(shape);
    double number = 0;
    *last = 0;
    if (!n || json_is_null(json_array_get(shape, n - 1)))
        return GRUFF_OK;
    if (!gruff_json_is_number(json_array_get(shape, n - 1), &number) || !(number >= 1 && number <= 1e6) ||
        number != (double)(uint32_t)number)
        return gruff_place_fail(place, GRUFF_ERROR_FORMAT,
                                "gives no whole number above 0 as the last of its \"%s\"", key);
    *last = (uint32_t)number;
    return GRUFF_OK;
}

static GruffStatus read_variant(const GruffPlace *place, const json_t *object, const json_t *bias,
                                GruffLayer *layer, bool *write_update)
{
    bool after, gate;
    char shown[32];
    bool one_row = json_is_array(bias) && !json_is_array(json_array_get(bias, 0));
    GruffStatus status = gruff_json_flag(place, object, "reset_after", !one_row, &after);
    if (!status)
        status = gruff_json_flag(place, object, "reset_gate", true, &gate);
    if (status)
        return status;
    layer->reset = !gate ? GRUFF_RESET_NONE : after ? GRUFF_RESET_AFTER : GRUFF_RESET_BEFORE;
    const char *update = json_string_value(json_object_get(object, "update"));
    *write_update = update && !strcmp(update, "write");
    if (update && !*write_update && *update && strcmp(update, "keep") != 0)
        return gruff_place_fail(place, GRUFF_ERROR_UNSUPPORTED,
                                "has an update gate of the kind \"%s\"; Gruff knows \"keep\" and \"write\"",
                                gruff_printable(update, shown, sizeof shown));
    return GRUFF_OK;
}

/* A GRU's bias: [2][3H], or [3H] where the rows need not be told apart. */
static GruffStatus read_bias(const GruffPlace *place, const json_t *bias, GruffLayer *layer)
{
    size_t n = (size_t)gruff_cell_gates(layer->cell) * layer->n_out;
    if (layer->cell != GRUFF_CELL_GRU || !json_is_array(json_array_get(bias, 0)))
        return gruff_json_vector(place, bias, "biases", n, layer->b);
    float *rows = gruff_array_new(2 * n, sizeof(float));
    if (!rows)
        return GRUFF_ERROR_MEMORY;
    GruffStatus status = gruff_json_matrix(place, bias, "biases", 2, n, n, 1, rows);
    memcpy(layer->b, rows, n * sizeof(float));
    memcpy(layer->c, rows + n, n * sizeof(float));
    free(rows);
    return status;
}

static GruffStatus read_arrays(const GruffPlace *place, const json_t *object, GruffLayer *layer)
{
    const json_t *weights = json_object_get(object, "weights");
    bool recurrent = layer->cell != GRUFF_CELL_DENSE;
    size_t rows = (size_t)gruff_cell_gates(layer->cell) * layer->n_out, k = 0;
    GruffStatus status = gruff_json_matrix(place, json_array_get(weights, k++), "input weights", layer->n_in,
                                           rows, 1, layer->n_in, layer->w);
    if (!status && recurrent)
        status = gruff_json_matrix(place, json_array_get(weights, k++), "recurrent weights", layer->n_out,
                                   rows, 1, layer->n_out, layer->u);
    if (!status && (recurrent || json_array_size(weights) > k))
        status = read_bias(place, json_array_get(weights, k), layer);
    const json_t *h0 = json_object_get(object, "h0"), *s0 = json_object_get(object, "s0");
    if (!status && h0 && layer->h0)
        status = gruff_json_vector(place, h0, "initial state values", layer->n_out, layer->h0);
    if (!status && s0 && layer->s0)
        status = gruff_json_vector(place, s0, "initial cell state values", layer->n_out, layer->s0);
    return status;
}

static void negate_update_gate(GruffLayer *layer)
{
    size_t n_out = layer->n_out;
    for (size_t i = 0; i < n_out * layer->n_in; i++)
        layer->w[i] = -layer->w[i];
    for (size_t i = 0; i < n_out * n_out; i++)
        layer->u[i] = -layer->u[i];
    for (size_t i = 0; i < n_out; i++) {
        layer->b[i] = -layer->b[i];
        layer->c[i] = -layer->c[i];
    }
}

static GruffStatus find_units(GruffPlace *place, const json_t *object, GruffCell cell, uint32_t n_in,
                              uint32_t *n_out)
{
    GruffStatus status = read_shape(place, object, "shape", n_out);
    if (status)
        return status;
    const json_t *weights = json_object_get(object, "weights");
    if (!*n_out)
        *n_out =
            (uint32_t)json_array_size(json_array_get(json_array_get(weights, 0), 0)) / gruff_cell_gates(cell);
    if (!*n_out)
        return gruff_place_fail(place, GRUFF_ERROR_FORMAT,
                                "has no number of units: neither a \"shape\" nor weights that tell");
    if (*n_out > GRUFF_MAX_HIDDEN)
        return gruff_place_fail(place, GRUFF_ERROR_LIMIT, "has %u units; Gruff plays 1 to %d", *n_out,
                                GRUFF_MAX_HIDDEN);
    snprintf(place->claim, sizeof place->claim, "says %u unit%s and has %u input%s", *n_out,
             *n_out == 1 ? "" : "s", n_in, n_in == 1 ? "" : "s");
    return GRUFF_OK;
}

static GruffStatus read_type(GruffPlace *place, const json_t *object, size_t k, GruffCell *cell)
{
    const char *type = json_string_value(json_object_get(object, "type"));
    gruff_place_layer(place, k, type ? type : "without a type");
    if (type && find_cell(type, cell))
        return GRUFF_OK;
    return gruff_place_fail(place, GRUFF_ERROR_UNSUPPORTED,
                            "is of a type Gruff does not play; it plays gru, lstm, rnn and dense layers");
}

static GruffStatus read_layer(GruffPlace *place, const json_t *object, GruffModel *model, uint32_t n_in)
{
    GruffCell cell = GRUFF_CELL_DENSE;
    GruffLayer *layer;
    uint32_t n_out = 0;
    bool write_update = false;
    GruffStatus status = read_type(place, object, model->n_layers, &cell);
    if (!status)
        status = find_units(place, object, cell, n_in, &n_out);
    if (status)
        return status;
    status = gruff_model_add_layer(model, cell, n_in, n_out, &layer);
    if (status)
        return gruff_place_fail(place, status, "cannot be added: %s", gruff_status_name(status));
    status = read_activation(place, object, layer);
    if (!status && cell == GRUFF_CELL_GRU)
        status = read_variant(place, object, json_array_get(json_object_get(object, "weights"), 2), layer,
                              &write_update);
    if (!status)
        status = read_arrays(place, object, layer);
    if (!status && write_update)
        negate_update_gate(layer);
    return status;
}

/* Inputs of the net: audio (hop) and knobs. */
static GruffStatus read_inputs(const GruffPlace *place, const json_t *root, GruffModel *model, uint32_t *n_in)
{
    GruffStatus status = gruff_json_count(place, root, "hop", 1, &model->hop);
    if (!status)
        status = read_shape(place, root, "in_shape", n_in);
    if (status)
        return status;
    const json_t *first = json_array_get(json_object_get(root, "layers"), 0);
    if (!*n_in)
        *n_in = (uint32_t)json_array_size(json_array_get(json_object_get(first, "weights"), 0));
    if (!*n_in) /* the layer will be refused, with better words */
        *n_in = model->hop;
    if (model->hop < 1 || model->hop > GRUFF_MAX_HOP)
        return gruff_place_fail(place, GRUFF_ERROR_LIMIT, "has a hop of %u; Gruff plays 1 to %d", model->hop,
                                GRUFF_MAX_HOP);
    if (*n_in < model->hop || *n_in > model->hop + GRUFF_MAX_KNOBS)
        return gruff_place_fail(place, GRUFF_ERROR_LIMIT,
                                "takes %u input%s; Gruff plays %u for audio and up to %d for knobs", *n_in,
                                *n_in == 1 ? "" : "s", model->hop, GRUFF_MAX_KNOBS);
    model->n_knobs = *n_in - model->hop;
    return GRUFF_OK;
}

static GruffStatus read_layers(GruffPlace *place, const json_t *root, GruffModel *model)
{
    const json_t *layers = json_object_get(root, "layers");
    size_t n_layers = json_array_size(layers);
    uint32_t n_in = 0;
    GruffCell cell;
    GruffStatus status = GRUFF_OK;
    if (!n_layers)
        return gruff_place_fail(place, GRUFF_ERROR_FORMAT, "has no layers");
    if (n_layers > GRUFF_MAX_LAYERS)
        return gruff_place_fail(place, GRUFF_ERROR_LIMIT, "has %zu layers; Gruff plays up to %d", n_layers,
                                GRUFF_MAX_LAYERS);
    for (size_t k = 0; !status && k < n_layers; k++)
        status = read_type(place, json_array_get(layers, k), k, &cell);
    if (status)
        return status;
    gruff_place_layer(place, SIZE_MAX, NULL);
    status = read_inputs(place, root, model, &n_in);
    for (size_t k = 0; !status && k < n_layers; k++) {
        status = read_layer(place, json_array_get(layers, k), model, n_in);
        if (!status)
            n_in = model->layers[k].n_out;
    }
    gruff_place_layer(place, SIZE_MAX, NULL);
    return status;
}

GruffStatus gruff_keras_read(GruffPlace *place, json_t *root, GruffModel *model)
{
    static const char *const known[] = {"in_shape",    "in_skip",      "in_gain",    "out_gain",
                                        "layers",      "hop",          "knobs",      "metadata",
                                        "input_batch", "output_batch", "samplerate", NULL};
    static const char *const known_metadata[] = {"samplerate", NULL};
    json_t *metadata = json_object_get(root, "metadata");
    model->format = GRUFF_FORMAT_KERAS;
    GruffStatus status = read_layers(place, root, model);
    if (!status)
        status = gruff_json_flag(place, root, "in_skip", false, &model->skip);
    if (!status)
        status = gruff_json_number(place, root, "in_gain", 0, &model->in_gain_db);
    if (!status)
        status = gruff_json_number(place, root, "out_gain", 0, &model->out_gain_db);
    if (!status)
        status = gruff_meta_read_rate(place, root, "samplerate", model);
    if (!status)
        status = gruff_meta_read_rate(place, metadata, "samplerate", model);
    if (!status)
        status = gruff_meta_read(model, metadata, known_metadata);
    if (!status)
        status = gruff_meta_read_top(model, root, known);
    if (!status)
        status = gruff_meta_read_knobs(model, root);
    if (!status)
        status = gruff_meta_read_self_test(model, json_object_get(root, "input_batch"),
                                           json_object_get(root, "output_batch"));
    return status;
}

/* ---- writing ---- */

/* [n_in][rows] from the canonical [rows][n_in]. */
static void put_matrix(GruffText *text, const float *from, size_t n_in, size_t rows)
{
    gruff_text_put(text, "[");
    for (size_t i = 0; i < n_in; i++) {
        gruff_text_put(text, i ? ",\n        " : "\n        ");
        gruff_text_vector(text, from + i, NULL, rows, n_in, 1);
    }
    gruff_text_put(text, "]");
}

static void put_bias(GruffText *text, const GruffLayer *layer)
{
    size_t rows = (size_t)gruff_cell_gates(layer->cell) * layer->n_out;
    if (layer->cell == GRUFF_CELL_GRU && layer->reset != GRUFF_RESET_BEFORE) {
        gruff_text_put(text, "[");
        gruff_text_vector(text, layer->b, NULL, rows, 1, 1);
        gruff_text_put(text, ",\n        ");
        gruff_text_vector(text, layer->c, NULL, rows, 1, 1);
        gruff_text_put(text, "]");
    } else {
        gruff_text_vector(text, layer->b, layer->c, rows, 1, 1);
    }
}

static void put_state(GruffText *text, const char *key, const float *state, size_t n)
{
    bool any = false;
    for (size_t i = 0; state && i < n; i++)
        any |= state[i] != 0;
    if (!any)
        return;
    gruff_text_put(text, ",\n      ");
    gruff_text_quote(text, key);
    gruff_text_put(text, ": ");
    gruff_text_vector(text, state, NULL, n, 1, 1);
}

static void put_layer(GruffText *text, const GruffLayer *layer)
{
    size_t rows = (size_t)gruff_cell_gates(layer->cell) * layer->n_out;
    bool activated = layer->cell == GRUFF_CELL_DENSE && layer->activation != GRUFF_ACTIVATION_LINEAR;
    gruff_text_put(text, "{\n      \"type\": ");
    gruff_text_quote(text, gruff_cell_name(layer->cell));
    gruff_text_put(text, ", \"activation\": ");
    gruff_text_quote(text, activated ? gruff_activation_name(layer->activation) : "");
    gruff_text_put(text, ", \"shape\": [null, null, ");
    gruff_text_double(text, layer->n_out);
    gruff_text_put(text, "]");
    if (layer->cell == GRUFF_CELL_GRU && layer->reset == GRUFF_RESET_BEFORE)
        gruff_text_put(text, ", \"reset_after\": false");
    if (layer->cell == GRUFF_CELL_GRU && layer->reset == GRUFF_RESET_NONE)
        gruff_text_put(text, ", \"reset_gate\": false");
    put_state(text, "h0", layer->h0, layer->n_out);
    put_state(text, "s0", layer->s0, layer->n_out);
    gruff_text_put(text, ",\n      \"weights\": [\n        ");
    put_matrix(text, layer->w, layer->n_in, rows);
    gruff_text_put(text, ",\n        ");
    if (layer->u) {
        put_matrix(text, layer->u, layer->n_out, rows);
        gruff_text_put(text, ",\n        ");
    }
    put_bias(text, layer);
    gruff_text_put(text, "]\n    }");
}

static void put_value(GruffText *text, const char *key, double value)
{
    gruff_text_put(text, ",\n  ");
    gruff_text_quote(text, key);
    gruff_text_put(text, ": ");
    gruff_text_double(text, value);
}

static void put_self_test(GruffText *text, const GruffModel *model)
{
    gruff_text_put(text, ",\n  \"input_batch\": ");
    gruff_text_vector(text, model->self_test_in, NULL, model->n_self_test, 1, 1);
    gruff_text_put(text, ",\n  \"output_batch\": ");
    gruff_text_vector(text, model->self_test_out, NULL, model->n_self_test, 1, 1);
}

static void put_metadata(GruffText *text, const GruffModel *model)
{
    GruffText rate = {0};
    gruff_text_put(&rate, "\"");
    gruff_text_double(&rate, model->rate_hz);
    gruff_text_put(&rate, "\"");
    text->failed |= rate.failed;
    gruff_meta_write(text, model, GRUFF_FORMAT_KERAS,
                     gruff_rate_needed(model, STANDARD_RATE_HZ) ? rate.bytes : NULL);
    free(rate.bytes);
}

GruffStatus gruff_keras_write(const GruffPlace *place, const GruffModel *model, GruffText *text)
{
    (void)place;
    gruff_text_put(text, "{\n  \"in_shape\": [null, null, ");
    gruff_text_double(text, model->hop + model->n_knobs);
    gruff_text_put(text, "]");
    if (model->hop > 1)
        put_value(text, "hop", model->hop);
    if (model->skip)
        put_value(text, "in_skip", 1);
    if (model->in_gain_db != 0)
        put_value(text, "in_gain", model->in_gain_db);
    if (model->out_gain_db != 0)
        put_value(text, "out_gain", model->out_gain_db);
    gruff_meta_write_knobs(text, model);
    put_metadata(text, model);
    gruff_meta_write_top(text, model, GRUFF_FORMAT_KERAS);
    gruff_text_put(text, ",\n  \"layers\": [");
    for (uint32_t k = 0; k < model->n_layers; k++) {
        gruff_text_put(text, k ? ", " : "");
        put_layer(text, &model->layers[k]);
    }
    gruff_text_put(text, "]");
    if (model->n_self_test)
        put_self_test(text, model);
    gruff_text_put(text, "\n}\n");
    return GRUFF_OK;
}
