/* PyTorch JSON of Automated-GuitarAmpModelling (Proteus, NeuralPi, Chameleon): "model_data" tells the shape,
 * "state_dict" holds PyTorch's own arrays, [G·H][inputs], a GRU's gates in the order r z n. Keys that Gruff
 * adds and other players ignore, all at the top: "knobs", "metadata", and "h0", "c0": a stored initial state
 * per recurrent layer. */
#include "level.h"
#include "model_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STANDARD_RATE_HZ 44100

typedef struct TorchShape {
    GruffCell cell;
    uint32_t n_in, n_hidden, n_rec;
} TorchShape;

/* ---- reading ---- */

static GruffStatus read_unit(const GruffPlace *place, const json_t *data, TorchShape *shape)
{
    static const struct {
        const char *unit;
        GruffCell cell;
    } units[] = {{"GRU", GRUFF_CELL_GRU}, {"LSTM", GRUFF_CELL_LSTM}, {"RNN", GRUFF_CELL_RNN}};
    char shown[32];
    const char *model = json_string_value(json_object_get(data, "model"));
    const char *unit = json_string_value(json_object_get(data, "unit_type"));
    if (model && strcmp(model, "SimpleRNN") != 0)
        return gruff_place_fail(place, GRUFF_ERROR_UNSUPPORTED,
                                "is a PyTorch model of the kind \"%s\"; Gruff plays SimpleRNN",
                                gruff_printable(model, shown, sizeof shown));
    for (size_t i = 0; unit && i < sizeof units / sizeof units[0]; i++)
        if (!strcmp(unit, units[i].unit)) {
            shape->cell = units[i].cell;
            return GRUFF_OK;
        }
    return gruff_place_fail(place, GRUFF_ERROR_UNSUPPORTED,
                            "has the unit type \"%s\"; Gruff plays GRU, LSTM and RNN",
                            unit ? gruff_printable(unit, shown, sizeof shown) : "");
}

static GruffStatus check_shape(const GruffPlace *place, const TorchShape *shape, uint32_t n_out)
{
    if (n_out != 1)
        return gruff_place_fail(place, GRUFF_ERROR_UNSUPPORTED, "gives %u outputs; Gruff plays 1", n_out);
    if (shape->n_in < 1 || shape->n_in > 1 + GRUFF_MAX_KNOBS)
        return gruff_place_fail(place, GRUFF_ERROR_LIMIT,
                                "takes %u inputs; Gruff plays 1 for audio and up to %d for knobs",
                                shape->n_in, GRUFF_MAX_KNOBS);
    if (shape->n_hidden < 1 || shape->n_hidden > GRUFF_MAX_HIDDEN)
        return gruff_place_fail(place, GRUFF_ERROR_LIMIT, "has a hidden size of %u; Gruff plays 1 to %d",
                                shape->n_hidden, GRUFF_MAX_HIDDEN);
    if (shape->n_rec < 1 || shape->n_rec >= GRUFF_MAX_LAYERS)
        return gruff_place_fail(place, GRUFF_ERROR_LIMIT, "has %u recurrent layers; Gruff plays 1 to %d",
                                shape->n_rec, GRUFF_MAX_LAYERS - 1);
    return GRUFF_OK;
}

static GruffStatus read_model_data(const GruffPlace *place, const json_t *data, GruffModel *model,
                                   TorchShape *shape)
{
    uint32_t n_out;
    if (!json_is_object(data))
        return gruff_place_fail(place, GRUFF_ERROR_FORMAT,
                                "has a state_dict but no model_data that tells its shape");
    GruffStatus status = read_unit(place, data, shape);
    if (!status)
        status = gruff_json_count(place, data, "input_size", 1, &shape->n_in);
    if (!status)
        status = gruff_json_count(place, data, "output_size", 1, &n_out);
    if (!status)
        status = gruff_json_count(place, data, "hidden_size", 0, &shape->n_hidden);
    if (!status)
        status = gruff_json_count(place, data, "num_layers", 1, &shape->n_rec);
    if (!status)
        status = gruff_json_flag(place, data, "skip", true, &model->skip);
    return status ? status : check_shape(place, shape, n_out);
}

static const json_t *find(const json_t *states, const char *name, uint32_t k)
{
    char key[48];
    snprintf(key, sizeof key, "rec.%s_l%u", name, k);
    return json_object_get(states, key);
}

static GruffStatus read_recurrent(GruffPlace *place, const json_t *states, const TorchShape *shape,
                                  GruffModel *model)
{
    uint32_t k = model->n_layers, n_in = k ? shape->n_hidden : shape->n_in;
    size_t rows = (size_t)gruff_cell_gates(shape->cell) * shape->n_hidden;
    GruffLayer *layer;
    gruff_place_layer(place, k, gruff_cell_name(shape->cell));
    snprintf(place->claim, sizeof place->claim, "says %u units and %u input%s", shape->n_hidden, n_in,
             n_in == 1 ? "" : "s");
    GruffStatus status = gruff_model_add_layer(model, shape->cell, n_in, shape->n_hidden, &layer);
    if (!status)
        status = gruff_json_matrix(place, find(states, "weight_ih", k), "input weights", rows, n_in, n_in, 1,
                                   layer->w);
    if (!status)
        status = gruff_json_matrix(place, find(states, "weight_hh", k), "recurrent weights", rows,
                                   layer->n_out, layer->n_out, 1, layer->u);
    if (!status)
        status = gruff_json_vector(place, find(states, "bias_ih", k), "biases", rows, layer->b);
    if (!status)
        status = gruff_json_vector(place, find(states, "bias_hh", k), "recurrent biases", rows, layer->c);
    if (!status && shape->cell == GRUFF_CELL_GRU)
        gruff_layer_swap_gates(layer, 0, 1);
    return status;
}

static GruffStatus read_head(GruffPlace *place, const json_t *states, const TorchShape *shape,
                             GruffModel *model)
{
    const json_t *bias = json_object_get(states, "lin.bias");
    GruffLayer *layer;
    gruff_place_layer(place, model->n_layers, "dense");
    snprintf(place->claim, sizeof place->claim, "says 1 unit and %u inputs", shape->n_hidden);
    GruffStatus status = gruff_model_add_layer(model, GRUFF_CELL_DENSE, shape->n_hidden, 1, &layer);
    if (!status)
        status = gruff_json_matrix(place, json_object_get(states, "lin.weight"), "weights", 1,
                                   shape->n_hidden, shape->n_hidden, 1, layer->w);
    if (!status && bias && !json_is_null(bias))
        status = gruff_json_vector(place, bias, "biases", 1, layer->b);
    return status;
}

static GruffStatus read_initial_state(GruffPlace *place, const json_t *root, GruffModel *model)
{
    GruffStatus status = GRUFF_OK;
    for (uint32_t k = 0; !status && k + 1 < model->n_layers; k++) {
        GruffLayer *layer = &model->layers[k];
        const json_t *h0 = json_array_get(json_object_get(root, "h0"), k);
        const json_t *c0 = json_array_get(json_object_get(root, "c0"), k);
        gruff_place_layer(place, k, gruff_cell_name(layer->cell));
        if (h0)
            status = gruff_json_vector(place, h0, "initial state values", layer->n_out, layer->h0);
        if (!status && c0 && layer->s0)
            status = gruff_json_vector(place, c0, "initial cell state values", layer->n_out, layer->s0);
    }
    return status;
}

static GruffStatus read_states(GruffPlace *place, const json_t *root, const TorchShape *shape,
                               GruffModel *model)
{
    const json_t *states = json_object_get(root, "state_dict");
    GruffStatus status = GRUFF_OK;
    if (find(states, "weight_ih", shape->n_rec))
        return gruff_place_fail(
            place, GRUFF_ERROR_FORMAT,
            "says %u recurrent layer%s but holds more; ask its author for an undamaged file", shape->n_rec,
            shape->n_rec == 1 ? "" : "s");
    for (uint32_t k = 0; !status && k < shape->n_rec; k++)
        status = read_recurrent(place, states, shape, model);
    if (!status)
        status = read_head(place, states, shape, model);
    if (!status)
        status = read_initial_state(place, root, model);
    gruff_place_layer(place, SIZE_MAX, NULL);
    return status;
}

GruffStatus gruff_torch_read(GruffPlace *place, json_t *root, GruffModel *model)
{
    static const char *const known[] = {"model_data", "state_dict", "metadata", "knobs",
                                        "samplerate", "h0",         "c0",       NULL};
    static const char *const known_metadata[] = {"samplerate", NULL};
    const json_t *data = json_object_get(root, "model_data");
    json_t *metadata = json_object_get(root, "metadata");
    TorchShape shape = {0};
    model->format = GRUFF_FORMAT_TORCH;
    model->rate_hz = STANDARD_RATE_HZ;
    GruffStatus status = read_model_data(place, data, model, &shape);
    if (!status)
        status = read_states(place, root, &shape, model);
    if (status)
        return status;
    model->n_knobs = shape.n_in - 1;
    status = gruff_meta_read_rate(place, root, "samplerate", model);
    if (!status)
        status = gruff_meta_read_rate(place, metadata, "samplerate", model);
    if (!status)
        status = gruff_meta_read(model, metadata, known_metadata);
    if (!status)
        status = gruff_meta_read_top(model, root, known);
    return status ? status : gruff_meta_read_knobs(model, root);
}

/* ---- writing ---- */

/* The block of canonical rows that PyTorch has as its block g. */
static size_t block_of(const GruffLayer *layer, size_t g)
{
    return layer->cell == GRUFF_CELL_GRU && g < 2 ? 1 - g : g;
}

static void put_key(GruffText *text, const char *name, uint32_t k)
{
    char key[48];
    snprintf(key, sizeof key, "%s\n    \"rec.%s_l%u\": ", k || strcmp(name, "weight_ih") != 0 ? "," : "",
             name, k);
    gruff_text_put(text, key);
}

static void put_matrix(GruffText *text, const GruffLayer *layer, const float *from, size_t n_columns)
{
    gruff_text_put(text, "[");
    for (size_t g = 0; g < gruff_cell_gates(layer->cell); g++)
        for (size_t i = 0; i < layer->n_out; i++) {
            size_t row = block_of(layer, g) * layer->n_out + i;
            gruff_text_put(text, g || i ? ",\n      " : "\n      ");
            gruff_text_vector(text, from + row * n_columns, NULL, n_columns, 1, 1);
        }
    gruff_text_put(text, "]");
}

static void put_bias(GruffText *text, const GruffLayer *layer, const float *from)
{
    gruff_text_put(text, "[");
    for (size_t g = 0; g < gruff_cell_gates(layer->cell); g++)
        for (size_t i = 0; i < layer->n_out; i++) {
            gruff_text_put(text, g || i ? ", " : "");
            gruff_text_float(text, from[block_of(layer, g) * layer->n_out + i]);
        }
    gruff_text_put(text, "]");
}

static void put_states(GruffText *text, const GruffModel *model, const float *first_w)
{
    uint32_t n_rec = model->n_layers - 1;
    const GruffLayer *head = &model->layers[n_rec];
    double out = gruff_gain_of_db(model->out_gain_db);
    for (uint32_t k = 0; k < n_rec; k++) {
        const GruffLayer *layer = &model->layers[k];
        put_key(text, "weight_ih", k);
        put_matrix(text, layer, k ? layer->w : first_w, layer->n_in);
        put_key(text, "weight_hh", k);
        put_matrix(text, layer, layer->u, layer->n_out);
        put_key(text, "bias_ih", k);
        put_bias(text, layer, layer->b);
        put_key(text, "bias_hh", k);
        put_bias(text, layer, layer->c);
    }
    gruff_text_put(text, ",\n    \"lin.weight\": [");
    gruff_text_vector(text, head->w, NULL, head->n_in, 1, out);
    gruff_text_put(text, "],\n    \"lin.bias\": ");
    gruff_text_vector(text, head->b, NULL, 1, 1, out);
}

/* The initial state that one array of every layer holds: s0 if of_cell, else h0. */
static void put_initial_state(GruffText *text, const GruffModel *model, const char *key, bool of_cell)
{
    bool any = false;
    uint32_t n_rec = model->n_layers - 1;
    for (uint32_t k = 0; k < n_rec; k++) {
        const float *state = of_cell ? model->layers[k].s0 : model->layers[k].h0;
        for (uint32_t i = 0; state && i < model->layers[k].n_out; i++)
            any |= state[i] != 0;
    }
    if (!any)
        return;
    gruff_text_put(text, ",\n  ");
    gruff_text_quote(text, key);
    gruff_text_put(text, ": [");
    for (uint32_t k = 0; k < n_rec; k++) {
        const GruffLayer *layer = &model->layers[k];
        gruff_text_put(text, k ? ",\n    " : "\n    ");
        gruff_text_vector(text, of_cell ? layer->s0 : layer->h0, NULL, layer->n_out, 1, 1);
    }
    gruff_text_put(text, "]");
}

static void put_model_data(GruffText *text, const GruffModel *model)
{
    static const char *const units[] = {"", "GRU", "LSTM", "RNN"};
    char data[256];
    snprintf(
        data, sizeof data,
        "{\n  \"model_data\": {\"model\": \"SimpleRNN\", \"input_size\": %u, \"skip\": %d, \"output_size\": 1, "
        "\"unit_type\": \"%s\", \"num_layers\": %u, \"hidden_size\": %u, \"bias_fl\": true}",
        1 + model->n_knobs, model->skip, units[model->layers[0].cell], model->n_layers - 1,
        model->layers[0].n_out);
    gruff_text_put(text, data);
}

GruffStatus gruff_torch_write(const GruffPlace *place, const GruffModel *model, GruffText *text)
{
    GruffStatus status = gruff_check_plain_stack(place, model, GRUFF_FORMAT_TORCH);
    if (status)
        return status;
    if (gruff_rate_needed(model, STANDARD_RATE_HZ) && model->rate_hz != STANDARD_RATE_HZ)
        return gruff_place_fail(
            place, GRUFF_ERROR_UNSUPPORTED,
            "PyTorch JSON has no place for a sample rate: players take %d Hz, and this model runs "
            "at %g Hz; write Keras JSON or NAM",
            STANDARD_RATE_HZ, model->rate_hz);
    float *first_w = gruff_gained_inputs(model);
    if (!first_w)
        return GRUFF_ERROR_MEMORY;
    put_model_data(text, model);
    gruff_meta_write_knobs(text, model);
    gruff_meta_write(text, model, GRUFF_FORMAT_TORCH, NULL);
    gruff_meta_write_top(text, model, GRUFF_FORMAT_TORCH);
    put_initial_state(text, model, "h0", false);
    if (model->layers[0].cell == GRUFF_CELL_LSTM)
        put_initial_state(text, model, "c0", true);
    gruff_text_put(text, ",\n  \"state_dict\": {");
    put_states(text, model, first_w);
    gruff_text_put(text, "\n  }\n}\n");
    free(first_w);
    return GRUFF_OK;
}
