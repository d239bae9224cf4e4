#include "mem.h"
#include "model_format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAME 200

/* ---- reading ---- */

static bool is_in(const char *key, const char *const *list)
{
    for (; list && *list; list++)
        if (!strcmp(key, *list))
            return true;
    return false;
}

/* A value as JSON text, numbers with as few digits as bring them back. NULL without memory. */
static char *dump(const json_t *value)
{
    char *text = NULL;
    for (size_t digits = 15; digits <= 17; digits++) {
        size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits);
        size_t n = json_dumpb(value, NULL, 0, flags);
        free(text);
        text = n ? gruff_array_new(n + 1, 1) : NULL;
        if (!text || json_dumpb(value, text, n, flags) != n)
            break;
        json_t *back = json_loadb(text, n, JSON_DECODE_ANY, NULL);
        bool same = json_equal(value, back);
        json_decref(back);
        if (same)
            return text;
    }
    free(text);
    return NULL;
}

static GruffStatus keep(GruffModel *model, const char *prefix, const char *key, const json_t *value)
{
    size_t size = strlen(prefix) + strlen(key) + 1;
    char *name = gruff_array_new(size, 1), *text = dump(value);
    GruffStatus status = GRUFF_ERROR_MEMORY;
    if (name && text) {
        snprintf(name, size, "%s%s", prefix, key);
        status = gruff_model_set_meta(model, name, text);
    }
    free(name);
    free(text);
    return status;
}

static GruffStatus set_text(char **to, const char *text)
{
    char shown[MAX_NAME];
    char *copy = strdup(gruff_printable(text, shown, sizeof shown));
    if (!copy)
        return GRUFF_ERROR_MEMORY;
    free(*to);
    *to = copy;
    return GRUFF_OK;
}

/* Loudness and levels, which have a place of their own in a model. */
static bool take_level(GruffModel *model, const char *key, const json_t *value)
{
    const struct {
        const char *key;
        bool *has;
        double *level;
    } levels[] = {{"loudness", &model->has_loudness, &model->loudness_db},
                  {"input_level_dbu", &model->has_input_level, &model->input_level_dbu},
                  {"output_level_dbu", &model->has_output_level, &model->output_level_dbu}};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (!strcmp(key, levels[i].key))
            return *levels[i].has = gruff_json_is_number(value, levels[i].level);
    return false;
}

GruffStatus gruff_meta_read(GruffModel *model, json_t *metadata, const char *const *known)
{
    const char *key;
    json_t *value;
    json_object_foreach(metadata, key, value)
    {
        GruffStatus status = GRUFF_OK;
        if (!strcmp(key, "name") && json_string_length(value))
            status = set_text(&model->name, json_string_value(value));
        else if (strcmp(key, "name") != 0 && !is_in(key, known) && !take_level(model, key, value))
            status = keep(model, "", key, value);
        if (status)
            return status;
    }
    return GRUFF_OK;
}

GruffStatus gruff_meta_read_top(GruffModel *model, json_t *root, const char *const *known)
{
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value)
    {
        GruffStatus status = is_in(key, known) ? GRUFF_OK : keep(model, "/", key, value);
        if (status)
            return status;
    }
    return GRUFF_OK;
}

GruffStatus gruff_meta_read_knobs(GruffModel *model, const json_t *root)
{
    const json_t *names = json_object_get(root, "knobs");
    for (uint32_t k = 0; k < model->n_knobs; k++) {
        const json_t *name = json_array_get(names, k);
        GruffStatus status =
            json_string_length(name) ? set_text(&model->knob_name[k], json_string_value(name)) : GRUFF_OK;
        if (status)
            return status;
    }
    return GRUFF_OK;
}

GruffStatus gruff_meta_read_rate(const GruffPlace *place, const json_t *object, const char *key,
                                 GruffModel *model)
{
    double rate_hz;
    GruffStatus status = gruff_json_number(place, object, key, 0, &rate_hz);
    if (!status && rate_hz != 0) {
        model->rate_hz = rate_hz;
        model->rate_stated = true;
    }
    return status;
}

/* [x, …] or [[x], …], or either once more in a list of one. False if it holds anything else. */
static bool read_samples(const json_t *list, size_t n, float *to)
{
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(list, i);
        if (json_array_size(value) == 1)
            value = json_array_get(value, 0);
        if (!json_is_number(value))
            return false;
        to[i] = (float)json_number_value(value);
        if (!isfinite(to[i]))
            return false;
    }
    return true;
}

static const json_t *unwrap(const json_t *list)
{
    const json_t *first = json_array_get(list, 0);
    return json_array_size(list) == 1 && json_array_size(first) > 1 ? first : list;
}

GruffStatus gruff_meta_read_self_test(GruffModel *model, const json_t *in, const json_t *out)
{
    in = unwrap(in), out = unwrap(out);
    size_t n = json_array_size(in), n_out = json_array_size(out);
    if (!n && !n_out)
        return GRUFF_OK;
    bool sound = n == n_out;
    n = n < GRUFF_MAX_SELF_TEST ? n : GRUFF_MAX_SELF_TEST;
    if (sound) {
        model->self_test_in = gruff_array_new(n, sizeof(float));
        model->self_test_out = gruff_array_new(n, sizeof(float));
        if (!model->self_test_in || !model->self_test_out)
            return GRUFF_ERROR_MEMORY;
        sound = read_samples(in, n, model->self_test_in) && read_samples(out, n, model->self_test_out);
    }
    if (sound)
        model->n_self_test = (uint32_t)n;
    else
        snprintf(model->warning, sizeof model->warning,
                 "its self-test is damaged and was not run; ask its author for an undamaged file");
    return GRUFF_OK;
}

/* ---- writing ---- */

/* What the same thing is called. */
static const char *key_in(const char *key, GruffFormat format)
{
    if (format == GRUFF_FORMAT_NAM)
        return strcmp(key, "author") ? key : "modeled_by";
    return strcmp(key, "modeled_by") ? key : "author";
}

static bool has_key(const GruffModel *model, const char *key)
{
    for (uint32_t k = 0; k < model->n_meta; k++)
        if (!strcmp(model->meta[k].key, key))
            return true;
    return false;
}

static void put_member(GruffText *text, bool *first, const char *key, const char *json)
{
    gruff_text_put(text, *first ? "\n    " : ",\n    ");
    gruff_text_quote(text, key);
    gruff_text_put(text, ": ");
    gruff_text_put(text, json);
    *first = false;
}

static void put_level(GruffText *text, bool *first, const char *key, double level)
{
    put_member(text, first, key, "");
    gruff_text_double(text, level);
}

static void put_kept(GruffText *text, bool *first, const GruffModel *model, const GruffMeta *meta,
                     GruffFormat format)
{
    bool top = meta->key[0] == '/';
    const char *key = meta->key + top;
    if (top && (format == model->format || model->format == GRUFF_FORMAT_NAM || has_key(model, key)))
        return; /* stays at the top of its own format; NAM has only its version there */
    if (format != model->format && !has_key(model, key_in(key, format)))
        key = key_in(key, format);
    put_member(text, first, key, meta->json);
}

void gruff_meta_write(GruffText *text, const GruffModel *model, GruffFormat format, const char *extra)
{
    bool first = true;
    gruff_text_put(text, ",\n  \"metadata\": {");
    if (model->name && *model->name) {
        put_member(text, &first, "name", "");
        gruff_text_quote(text, model->name);
    }
    if (extra)
        put_member(text, &first, "samplerate", extra);
    if (model->has_loudness)
        put_level(text, &first, "loudness", model->loudness_db);
    if (model->has_input_level)
        put_level(text, &first, "input_level_dbu", model->input_level_dbu);
    if (model->has_output_level)
        put_level(text, &first, "output_level_dbu", model->output_level_dbu);
    for (uint32_t k = 0; k < model->n_meta; k++)
        put_kept(text, &first, model, &model->meta[k], format);
    gruff_text_put(text, first ? "}" : "\n  }");
}

void gruff_meta_write_top(GruffText *text, const GruffModel *model, GruffFormat format)
{
    for (uint32_t k = 0; k < model->n_meta; k++) {
        const GruffMeta *meta = &model->meta[k];
        if (meta->key[0] != '/' || format != model->format)
            continue;
        gruff_text_put(text, ",\n  ");
        gruff_text_quote(text, meta->key + 1);
        gruff_text_put(text, ": ");
        gruff_text_put(text, meta->json);
    }
}

void gruff_meta_write_knobs(GruffText *text, const GruffModel *model)
{
    bool any = false;
    for (uint32_t k = 0; k < model->n_knobs; k++)
        any |= model->knob_name[k] != NULL;
    if (!any)
        return;
    gruff_text_put(text, ",\n  \"knobs\": [");
    for (uint32_t k = 0; k < model->n_knobs; k++) {
        gruff_text_put(text, k ? ", " : "");
        gruff_text_quote(text, model->knob_name[k] ? model->knob_name[k] : "");
    }
    gruff_text_put(text, "]");
}
