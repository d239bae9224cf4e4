#include "model_help.h"
#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- models
 * ------------------------------------------------------------------------------------------------- */

static GruffLayer *append(GruffModel *model, GruffCell cell, uint32_t n_in, uint32_t n_out)
{
    GruffLayer *layer;
    assert_int_equal(gruff_model_add_layer(model, cell, n_in, n_out, &layer), GRUFF_OK);
    random_layer(layer, 1.0);
    return layer;
}

static void drop_second_bias(GruffLayer *layer)
{
    bool two_rows = layer->cell == GRUFF_CELL_GRU && layer->reset != GRUFF_RESET_BEFORE;
    if (layer->c && !two_rows)
        memset(layer->c, 0, gruff_cell_gates(layer->cell) * layer->n_out * sizeof(float));
}

GruffModel *stack_model(GruffCell cell, GruffReset reset, uint32_t n_knobs, uint32_t n_rec, uint32_t n_hidden,
                        uint32_t hop)
{
    GruffModel *model;
    assert_int_equal(gruff_model_new(&model), GRUFF_OK);
    model->hop = hop;
    model->n_knobs = n_knobs;
    model->name = strdup("Stack");
    for (uint32_t k = 0; k < n_rec; k++) {
        GruffLayer *layer = append(model, cell, k ? n_hidden : hop + n_knobs, n_hidden);
        layer->reset = reset;
        drop_second_bias(layer);
    }
    append(model, GRUFF_CELL_DENSE, n_hidden, hop);
    return model;
}

void random_state(GruffModel *model)
{
    for (uint32_t k = 0; k < model->n_layers; k++)
        for (uint32_t i = 0; i < model->layers[k].n_out; i++) {
            if (model->layers[k].h0)
                model->layers[k].h0[i] = (float)random_uniform(-0.9, 0.9);
            if (model->layers[k].s0)
                model->layers[k].s0[i] = (float)random_uniform(-0.9, 0.9);
        }
}

GruffModel *rich_model(void)
{
    static const GruffCell cells[] = {GRUFF_CELL_GRU, GRUFF_CELL_GRU, GRUFF_CELL_GRU, GRUFF_CELL_LSTM,
                                      GRUFF_CELL_RNN};
    GruffModel *model;
    uint32_t n_in = 3;
    assert_int_equal(gruff_model_new(&model), GRUFF_OK);
    model->n_knobs = 2;
    for (uint32_t a = 0; a <= GRUFF_ACTIVATION_SOFTMAX; a++, n_in = 4)
        append(model, GRUFF_CELL_DENSE, n_in, 4)->activation = (GruffActivation)a;
    for (uint32_t k = 0; k < 5; k++, n_in = 2 + k) {
        GruffLayer *layer = append(model, cells[k], n_in, 3 + k);
        layer->reset = cells[k] == GRUFF_CELL_GRU ? (GruffReset)k : GRUFF_RESET_AFTER;
        drop_second_bias(layer);
        n_in = 3 + k;
    }
    append(model, GRUFF_CELL_DENSE, model->layers[model->n_layers - 1].n_out, 1);
    random_state(model);
    model->skip = true;
    model->in_gain_db = 1.0 / 3;
    model->out_gain_db = -7.25;
    model->rate_hz = 44100.5;
    model->rate_stated = true;
    model->name = strdup("Röhre \"1\"");
    model->knob_name[0] = strdup("Drive");
    model->knob_name[1] = strdup("Tone");
    model->has_loudness = model->has_input_level = model->has_output_level = true;
    model->loudness_db = -18.1;
    model->input_level_dbu = 12.2;
    model->output_level_dbu = 1e-3;
    assert_int_equal(gruff_model_set_meta(model, "author", "\"A. Nonym\""), GRUFF_OK);
    assert_int_equal(gruff_model_set_meta(model, "training", "{\"a\":[1,2.5,null,{\"b\":true}],\"c\":0.1}"),
                     GRUFF_OK);
    assert_int_equal(gruff_model_set_meta(model, "/esr", "0.0039001109544187784"), GRUFF_OK);
    return model;
}

/* ---- comparing
 * ---------------------------------------------------------------------------------------------- */

static void assert_same_floats(const float *a, const float *b, size_t n, const char *what, uint32_t k)
{
    assert_true(!a == !b);
    for (size_t i = 0; a && i < n; i++)
        if (memcmp(&a[i], &b[i], sizeof(float)))
            fail_msg("layer %u: %s[%zu] is %.9g, not %.9g", k + 1, what, i, (double)a[i], (double)b[i]);
}

void assert_same_sound(const GruffModel *a, const GruffModel *b)
{
    assert_int_equal(a->n_layers, b->n_layers);
    assert_int_equal(a->hop, b->hop);
    assert_int_equal(a->n_knobs, b->n_knobs);
    assert_int_equal(a->skip, b->skip);
    assert_true(a->in_gain_db == b->in_gain_db && a->out_gain_db == b->out_gain_db);
    assert_true(a->rate_hz == b->rate_hz);
    for (uint32_t k = 0; k < a->n_layers; k++) {
        const GruffLayer *p = &a->layers[k], *q = &b->layers[k];
        assert_int_equal(p->cell, q->cell);
        assert_int_equal(p->reset, q->reset);
        assert_int_equal(p->activation, q->activation);
        assert_int_equal(p->n_in, q->n_in);
        assert_int_equal(p->n_out, q->n_out);
        size_t rows = (size_t)gruff_cell_gates(p->cell) * p->n_out;
        assert_same_floats(p->w, q->w, rows * p->n_in, "w", k);
        assert_same_floats(p->u, q->u, rows * p->n_out, "u", k);
        assert_same_floats(p->b, q->b, rows, "b", k);
        assert_same_floats(p->c, q->c, rows, "c", k);
        assert_same_floats(p->h0, q->h0, p->n_out, "h0", k);
        assert_same_floats(p->s0, q->s0, p->n_out, "s0", k);
    }
}

void assert_same_words(const GruffModel *a, const GruffModel *b)
{
    assert_string_equal(gruff_model_name(a), gruff_model_name(b));
    assert_string_equal(gruff_model_knob_name(a, 0), gruff_model_knob_name(b, 0));
    assert_string_equal(gruff_model_knob_name(a, 1), gruff_model_knob_name(b, 1));
    assert_int_equal(a->has_loudness, b->has_loudness);
    assert_int_equal(a->has_input_level, b->has_input_level);
    assert_int_equal(a->has_output_level, b->has_output_level);
    assert_true(a->loudness_db == b->loudness_db && a->input_level_dbu == b->input_level_dbu);
    assert_true(a->output_level_dbu == b->output_level_dbu);
    assert_int_equal(a->n_meta, b->n_meta);
    for (uint32_t k = 0; k < a->n_meta; k++) {
        assert_string_equal(a->meta[k].key, b->meta[k].key);
        assert_string_equal(a->meta[k].json, b->meta[k].json);
    }
}

double sound_difference(const GruffModel *a, const GruffModel *b)
{
    enum { N = 400 };
    const GruffModel *models[] = {a, b};
    float x[N], y[2][N];
    double worst = 0, largest = 0;
    for (int t = 0; t < N; t++)
        x[t] = (float)(0.5 * sin(0.05 * t) * exp(-0.01 * t));
    for (int m = 0; m < 2; m++) {
        GruffNet *net;
        assert_int_equal(gruff_net_build(models[m], NULL, NULL, &net), GRUFF_OK);
        gruff_net_set_knob(net, 0, 0.3f);
        gruff_net_set_knob(net, 1, 0.8f);
        gruff_net_run(net, (const float *const[]){x}, (float *const[]){y[m]}, NULL, N);
        gruff_net_free(net);
    }
    for (int t = 0; t < N; t++) {
        worst = fmax(worst, fabs((double)y[0][t] - (double)y[1][t]));
        largest = fmax(largest, fabs((double)y[1][t]));
    }
    return worst / largest;
}

/* ---- files
 * -------------------------------------------------------------------------------------------------- */

static char folder[256];

static void remove_folder(void)
{
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command))
        printf("%s: left behind\n", folder);
}

const char *scratch_path(const char *name)
{
    static char paths[8][512];
    static int next;
    if (!*folder) {
        const char *base = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/gruff-test-XXXXXX", base ? base : "/tmp");
        assert_non_null(mkdtemp(folder));
        atexit(remove_folder);
    }
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

char *read_whole(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *n = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*n + 1);
    assert_int_equal(fread(bytes, 1, *n, file), *n);
    bytes[*n] = 0;
    fclose(file);
    return bytes;
}

void write_whole(const char *path, const char *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

GruffModel *load(const char *path)
{
    GruffMessage message = {""};
    GruffModel *model = NULL;
    if (gruff_model_load(path, &message, &model))
        fail_msg("%s", message.text);
    assert_string_equal(message.text, "");
    return model;
}

GruffModel *read_text(const char *text)
{
    GruffMessage message = {""};
    GruffModel *model = NULL;
    if (gruff_model_read(text, strlen(text), "amp.json", &message, &model))
        fail_msg("%s", message.text);
    return model;
}

void save(const GruffModel *model, const char *path, GruffFormat format)
{
    GruffMessage message = {""};
    if (gruff_model_write(model, path, format, &message))
        fail_msg("%s", message.text);
}

void refuse_text(const char *text, size_t n, GruffStatus status, const char *part)
{
    GruffMessage message = {""};
    GruffModel *model = (GruffModel *)&message;
    GruffStatus got = gruff_model_read(text, n, "amp.json", &message, &model);
    if (got != status)
        fail_msg("%s, not %s: '%s' for %.200s", gruff_status_name(got), gruff_status_name(status),
                 message.text, text);
    assert_null(model);
    if (strncmp(message.text, "amp.json: ", 10) || !strstr(message.text, part))
        fail_msg("'%s' does not say '%s'", message.text, part);
}
