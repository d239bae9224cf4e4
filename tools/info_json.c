#include "info.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A string that JSON can hold; a file's name need not be UTF-8. */
static json_t *text(const char *string)
{
    json_t *value = json_string(string);
    return value ? value : json_string("?");
}

static json_t *refusal(const Info *info)
{
    return json_pack("{s:o, s:{s:s, s:o}}", "file", text(info->file), "error", "status",
                     gruff_status_name(info->status), "message", text(info->message.text));
}

static json_t *layer_json(const GruffLayer *layer)
{
    json_t *json = json_pack("{s:s, s:i, s:i}", "type", gruff_cell_name(layer->cell), "in", (int)layer->n_in,
                             "out", (int)layer->n_out);
    if (layer->cell == GRUFF_CELL_GRU)
        json_object_set_new(json, "reset", json_string(info_reset_name(layer->reset)));
    if (layer->cell == GRUFF_CELL_DENSE)
        json_object_set_new(json, "activation", json_string(gruff_activation_name(layer->activation)));
    return json;
}

static json_t *layers_json(const GruffModel *model)
{
    json_t *list = json_array();
    for (uint32_t k = 0; k < model->n_layers; k++)
        json_array_append_new(list, layer_json(&model->layers[k]));
    return list;
}

static json_t *knobs_json(const GruffModel *model)
{
    json_t *list = json_array();
    for (uint32_t k = 0; k < model->n_knobs; k++)
        json_array_append_new(list, text(gruff_model_knob_name(model, k)));
    return list;
}

static json_t *optional(bool has, double value)
{
    return has ? json_real(value) : json_null();
}

static json_t *metadata_json(const GruffModel *model)
{
    json_t *object = json_object();
    for (uint32_t k = 0; k < model->n_meta; k++)
        json_object_set_new(object, model->meta[k].key,
                            json_loads(model->meta[k].json, JSON_DECODE_ANY, NULL));
    return object;
}

json_t *info_json(const Info *info)
{
    const GruffModel *model = info->model;
    if (!model)
        return refusal(info);
    const GruffLayer *main_layer = info_main_layer(model);
    bool tested = model->self_test != GRUFF_SELF_TEST_ABSENT;
    json_t *json = json_pack(
        "{s:o, s:s, s:o, s:s, s:i, s:o, s:i, s:o, s:f, s:b, s:b, s:f, s:f, s:i, s:I, s:I}", "file",
        text(info->file), "format", gruff_format_name(model->format), "name", text(gruff_model_name(model)),
        "cell", gruff_cell_name(main_layer->cell), "hidden", (int)main_layer->n_out, "layers",
        layers_json(model), "inputs", (int)model->layers[0].n_in, "knobs", knobs_json(model), "rate_hz",
        model->rate_hz, "rate_stated", model->rate_stated, "skip", model->skip, "in_gain_db",
        model->in_gain_db, "out_gain_db", model->out_gain_db, "hop", (int)model->hop, "weights",
        (json_int_t)gruff_model_n_weights(model), "macs_per_step", (json_int_t)gruff_model_macs(model));
    if (!json)
        return NULL;
    json_t *rest =
        json_pack("{s:o, s:o, s:o, s:{s:s, s:o}, s:{s:s, s:f, s:f}, s:f, s:s, s:o}", "loudness_db",
                  optional(model->has_loudness, model->loudness_db), "input_level_dbu",
                  optional(model->has_input_level, model->input_level_dbu), "output_level_dbu",
                  optional(model->has_output_level, model->output_level_dbu), "self_test", "result",
                  info_self_test_name(model->self_test), "error_db",
                  optional(tested, info_self_test_db(model)), "cost", "kernel", info->kernel, "ns_per_sample",
                  info->ns_per_sample, "realtime_percent", info->realtime_percent, "load_ms", info->load_ms,
                  "warning", model->warning, "metadata", metadata_json(model));
    if (rest)
        json_object_update(json, rest);
    json_decref(rest);
    return json;
}
