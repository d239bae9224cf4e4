/* NAM (.nam), architecture LSTM. "weights" is one flat list; per layer W [4H][inputs + H] (columns x, then
 * h), b [4H], initial h [H], initial c [H]; then the head's weights [H] and bias. */
#include "level.h"
#include "mem.h"
#include "model_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STANDARD_RATE_HZ 48000

/* ---- reading ---- */

typedef struct NamShape {
    uint32_t n_in, n_hidden, n_rec;
} NamShape;

static size_t count_weights(const NamShape *shape)
{
    size_t h = shape->n_hidden, n = h + 1;
    for (uint32_t k = 0; k < shape->n_rec; k++)
        n += 4 * h * ((k ? h : shape->n_in) + h) + 4 * h + 2 * h;
    return n;
}

static GruffStatus check_architecture(const GruffPlace *place, const json_t *root)
{
    char shown[40];
    const char *name = json_string_value(json_object_get(root, "architecture"));
    if (name && !strcmp(name, "LSTM"))
        return GRUFF_OK;
    if (name && !strcmp(name, "SlimmableContainer"))
        return gruff_place_fail(place, GRUFF_ERROR_UNSUPPORTED,
                                "is a NAM A2 container of WaveNets; of NAM's models Gruff plays LSTM");
    return gruff_place_fail(place, GRUFF_ERROR_UNSUPPORTED,
                            "is a NAM model of the architecture \"%s\"; of NAM's models Gruff plays LSTM",
                            name ? gruff_printable(name, shown, sizeof shown) : "");
}

static GruffStatus read_config(const GruffPlace *place, const json_t *config, NamShape *shape)
{
    if (!json_is_object(config))
        return gruff_place_fail(place, GRUFF_ERROR_FORMAT, "has no config that tells its shape");
    GruffStatus status = gruff_json_count(place, config, "input_size", 1, &shape->n_in);
    if (!status)
        status = gruff_json_count(place, config, "hidden_size", 0, &shape->n_hidden);
    if (!status)
        status = gruff_json_count(place, config, "num_layers", 1, &shape->n_rec);
    if (status)
        return status;
    if (shape->n_in < 1 || shape->n_in > 1 + GRUFF_MAX_KNOBS)
        return gruff_place_fail(place, GRUFF_ERROR_LIMIT,
                                "takes %u inputs; Gruff plays 1 for audio and up to %d for knobs",
                                shape->n_in, GRUFF_MAX_KNOBS);
    if (shape->n_hidden < 1 || shape->n_hidden > GRUFF_MAX_HIDDEN || shape->n_rec < 1 ||
        shape->n_rec >= GRUFF_MAX_LAYERS)
        return gruff_place_fail(place, GRUFF_ERROR_LIMIT,
                                "has %u LSTM layers of %u units; Gruff plays 1 to %d of 1 to %d",
                                shape->n_rec, shape->n_hidden, GRUFF_MAX_LAYERS - 1, GRUFF_MAX_HIDDEN);
    return GRUFF_OK;
}

static GruffStatus take_layer(GruffModel *model, const NamShape *shape, const float **from)
{
    size_t h = shape->n_hidden, n_in = model->n_layers ? h : shape->n_in;
    GruffLayer *layer;
    GruffStatus status =
        gruff_model_add_layer(model, GRUFF_CELL_LSTM, (uint32_t)n_in, shape->n_hidden, &layer);
    if (status)
        return status;
    for (size_t i = 0; i < 4 * h; i++, *from += n_in + h) {
        memcpy(&layer->w[i * n_in], *from, n_in * sizeof(float));
        memcpy(&layer->u[i * h], *from + n_in, h * sizeof(float));
    }
    memcpy(layer->b, *from, 4 * h * sizeof(float));
    memcpy(layer->h0, *from + 4 * h, h * sizeof(float));
    memcpy(layer->s0, *from + 5 * h, h * sizeof(float));
    *from += 6 * h;
    return GRUFF_OK;
}

static GruffStatus take_layers(GruffModel *model, const NamShape *shape, const float *from)
{
    GruffLayer *head;
    GruffStatus status = GRUFF_OK;
    for (uint32_t k = 0; !status && k < shape->n_rec; k++)
        status = take_layer(model, shape, &from);
    if (!status)
        status = gruff_model_add_layer(model, GRUFF_CELL_DENSE, shape->n_hidden, 1, &head);
    if (status)
        return status;
    memcpy(head->w, from, shape->n_hidden * sizeof(float));
    head->b[0] = from[shape->n_hidden];
    return GRUFF_OK;
}

static GruffStatus read_weights(GruffPlace *place, const json_t *root, const NamShape *shape,
                                GruffModel *model)
{
    size_t n = count_weights(shape);
    snprintf(place->claim, sizeof place->claim, "says %u LSTM layer%s of %u unit%s", shape->n_rec,
             shape->n_rec == 1 ? "" : "s", shape->n_hidden, shape->n_hidden == 1 ? "" : "s");
    if (n > GRUFF_JSON_MAX_VALUES)
        return gruff_place_fail(place, GRUFF_ERROR_LIMIT, "%s, %zu weights; Gruff reads up to %d",
                                place->claim, n, GRUFF_JSON_MAX_VALUES);
    float *weights = gruff_array_new(n, sizeof(float));
    if (!weights)
        return GRUFF_ERROR_MEMORY;
    GruffStatus status = gruff_json_vector(place, json_object_get(root, "weights"), "weights", n, weights);
    if (!status)
        status = take_layers(model, shape, weights);
    free(weights);
    return status;
}

GruffStatus gruff_nam_read(GruffPlace *place, json_t *root, GruffModel *model)
{
    static const char *const known[] = {"architecture", "config", "weights", "sample_rate",
                                        "metadata",     "knobs",  NULL};
    NamShape shape = {0};
    model->format = GRUFF_FORMAT_NAM;
    GruffStatus status = check_architecture(place, root);
    if (!status)
        status = read_config(place, json_object_get(root, "config"), &shape);
    if (!status)
        status = read_weights(place, root, &shape, model);
    if (status)
        return status;
    model->n_knobs = shape.n_in - 1;
    status = gruff_meta_read_rate(place, root, "sample_rate", model);
    if (!status)
        status = gruff_meta_read(model, json_object_get(root, "metadata"), NULL);
    if (!status)
        status = gruff_meta_read_top(model, root, known);
    return status ? status : gruff_meta_read_knobs(model, root);
}

/* ---- writing ---- */

/* Numbers with more to follow. */
static void put_numbers(GruffText *text, const float *from, const float *add, size_t n)
{
    gruff_text_list(text, from, add, n, 1, 1);
    gruff_text_put(text, ", ");
}

static void put_weights(GruffText *text, const GruffModel *model, const float *first_w)
{
    double out = gruff_gain_of_db(model->out_gain_db);
    for (uint32_t k = 0; k + 1 < model->n_layers; k++) {
        const GruffLayer *layer = &model->layers[k];
        const float *w = k ? layer->w : first_w;
        size_t n_in = layer->n_in, h = layer->n_out;
        for (size_t i = 0; i < 4 * h; i++) {
            put_numbers(text, w + i * n_in, NULL, n_in);
            put_numbers(text, layer->u + i * h, NULL, h);
        }
        put_numbers(text, layer->b, layer->c, 4 * h);
        put_numbers(text, layer->h0, NULL, h);
        put_numbers(text, layer->s0, NULL, h);
    }
    const GruffLayer *head = &model->layers[model->n_layers - 1];
    gruff_text_list(text, head->w, NULL, head->n_in, 1, out);
    gruff_text_put(text, ", ");
    gruff_text_list(text, head->b, NULL, 1, 1, out);
}

static GruffStatus check_holds(const GruffPlace *place, const GruffModel *model)
{
    if (model->layers[0].cell != GRUFF_CELL_LSTM)
        return gruff_place_fail(place, GRUFF_ERROR_UNSUPPORTED,
                                "NAM files hold LSTM layers, and this model has %s layers; write Keras JSON",
                                gruff_cell_name(model->layers[0].cell));
    if (model->skip)
        return gruff_place_fail(
            place, GRUFF_ERROR_UNSUPPORTED,
            "a NAM LSTM cannot add its input to its output, and this model does; write Keras JSON");
    if (model->n_knobs)
        return gruff_place_fail(place, GRUFF_ERROR_UNSUPPORTED,
                                "NAM files have no knobs, and this model has %u; write Keras JSON",
                                model->n_knobs);
    return GRUFF_OK;
}

static const char *version_of(const GruffModel *model)
{
    for (uint32_t k = 0; model->format == GRUFF_FORMAT_NAM && k < model->n_meta; k++)
        if (!strcmp(model->meta[k].key, "/version"))
            return NULL; /* comes with the rest */
    return "\"version\": \"0.5.4\",\n  ";
}

GruffStatus gruff_nam_write(const GruffPlace *place, const GruffModel *model, GruffText *text)
{
    char config[128];
    GruffStatus status = gruff_check_plain_stack(place, model, GRUFF_FORMAT_NAM);
    if (!status)
        status = check_holds(place, model);
    if (status)
        return status;
    float *first_w = gruff_gained_inputs(model);
    if (!first_w)
        return GRUFF_ERROR_MEMORY;
    const char *version = version_of(model);
    snprintf(
        config, sizeof config,
        "\"architecture\": \"LSTM\",\n  \"config\": {\"input_size\": 1, \"hidden_size\": %u, \"num_layers\": %u}",
        model->layers[0].n_out, model->n_layers - 1);
    gruff_text_put(text, "{\n  ");
    gruff_text_put(text, version ? version : "");
    gruff_text_put(text, config);
    gruff_meta_write(text, model, GRUFF_FORMAT_NAM, NULL);
    gruff_meta_write_top(text, model, GRUFF_FORMAT_NAM);
    if (gruff_rate_needed(model, STANDARD_RATE_HZ)) {
        gruff_text_put(text, ",\n  \"sample_rate\": ");
        gruff_text_double(text, model->rate_hz);
    }
    gruff_text_put(text, ",\n  \"weights\": [");
    put_weights(text, model, first_w);
    gruff_text_put(text, "]\n}\n");
    free(first_w);
    return GRUFF_OK;
}
