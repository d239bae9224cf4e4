#include "gruff_model.h"
#include "mem.h"
#include "status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MIN_RATE_HZ 8000.0
#define MAX_RATE_HZ 768000.0
#define MAX_GAIN_DB 120.0

/* ---- names ---- */

uint32_t gruff_cell_gates(GruffCell cell)
{
    switch (cell) {
    case GRUFF_CELL_GRU:
        return 3;
    case GRUFF_CELL_LSTM:
        return 4;
    case GRUFF_CELL_RNN:
    case GRUFF_CELL_DENSE:
        break;
    }
    return 1;
}

const char *gruff_cell_name(GruffCell cell)
{
    static const char *const names[] = {"dense", "gru", "lstm", "rnn"};
    return (unsigned)cell < 4 ? names[cell] : "unknown";
}

const char *gruff_activation_name(GruffActivation activation)
{
    static const char *const names[] = {"linear", "tanh", "sigmoid", "relu", "elu", "softmax"};
    return (unsigned)activation < 6 ? names[activation] : "unknown";
}

const char *gruff_format_name(GruffFormat format)
{
    static const char *const names[] = {"Keras JSON", "PyTorch JSON", "NAM"};
    return (unsigned)format < 3 ? names[format] : "unknown";
}

bool gruff_format_of_path(const char *path, GruffFormat *format)
{
    static const struct {
        const char *ending;
        GruffFormat format;
    } endings[] = {{".json", GRUFF_FORMAT_KERAS}, {".aidax", GRUFF_FORMAT_KERAS}, {".nam", GRUFF_FORMAT_NAM}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (!strcasecmp(dot, endings[i].ending)) {
            *format = endings[i].format;
            return true;
        }
    return false;
}

/* ---- facts ---- */

const char *gruff_model_name(const GruffModel *model)
{
    return model->name ? model->name : "";
}

const char *gruff_model_warning(const GruffModel *model)
{
    return model->warning;
}

double gruff_model_rate_hz(const GruffModel *model)
{
    return model->rate_hz;
}

uint32_t gruff_model_n_knobs(const GruffModel *model)
{
    return model->n_knobs;
}

const char *gruff_model_knob_name(const GruffModel *model, uint32_t knob)
{
    static const char *const standard[GRUFF_MAX_KNOBS] = {"Knob 1", "Knob 2"};
    if (knob >= GRUFF_MAX_KNOBS)
        return "";
    return model->knob_name[knob] ? model->knob_name[knob] : standard[knob];
}

/* Gates that take part: the simplified GRU's reset gate does not. */
static uint64_t gates_in_use(const GruffLayer *layer)
{
    bool no_reset = layer->cell == GRUFF_CELL_GRU && layer->reset == GRUFF_RESET_NONE;
    return gruff_cell_gates(layer->cell) - (no_reset ? 1 : 0);
}

uint64_t gruff_model_macs(const GruffModel *model)
{
    uint64_t n = 0;
    for (uint32_t k = 0; k < model->n_layers; k++) {
        const GruffLayer *l = &model->layers[k];
        n += gates_in_use(l) * l->n_out * (l->n_in + (l->u ? l->n_out : 0));
    }
    return n;
}

uint64_t gruff_model_n_weights(const GruffModel *model)
{
    uint64_t n = gruff_model_macs(model);
    for (uint32_t k = 0; k < model->n_layers; k++) {
        const GruffLayer *l = &model->layers[k];
        n += gates_in_use(l) * l->n_out * (l->c ? 2 : 1);
    }
    return n;
}

/* ---- making ---- */

GruffStatus gruff_model_new(GruffModel **model)
{
    *model = gruff_array_new(1, sizeof **model);
    if (!*model)
        return GRUFF_ERROR_MEMORY;
    (*model)->hop = 1;
    (*model)->rate_hz = 48000;
    return GRUFF_OK;
}

static void free_layer(GruffLayer *layer)
{
    free(layer->w);
    free(layer->u);
    free(layer->b);
    free(layer->c);
    free(layer->h0);
    free(layer->s0);
}

void gruff_model_free(GruffModel *model)
{
    if (!model)
        return;
    for (uint32_t k = 0; k < model->n_layers; k++)
        free_layer(&model->layers[k]);
    free(model->layers);
    for (uint32_t k = 0; k < GRUFF_MAX_KNOBS; k++)
        free(model->knob_name[k]);
    free(model->name);
    for (uint32_t k = 0; k < model->n_meta; k++) {
        free(model->meta[k].key);
        free(model->meta[k].json);
    }
    free(model->meta);
    free(model->self_test_in);
    free(model->self_test_out);
    free(model);
}

static bool allocate_layer(GruffLayer *l)
{
    size_t rows = (size_t)gruff_cell_gates(l->cell) * l->n_out;
    bool recurrent = l->cell != GRUFF_CELL_DENSE;
    l->w = gruff_array_new(rows * l->n_in, sizeof(float));
    l->b = gruff_array_new(rows, sizeof(float));
    if (!l->w || !l->b)
        return false;
    if (recurrent) {
        l->u = gruff_array_new(rows * l->n_out, sizeof(float));
        l->c = gruff_array_new(rows, sizeof(float));
        l->h0 = gruff_array_new(l->n_out, sizeof(float));
        if (!l->u || !l->c || !l->h0)
            return false;
    }
    if (l->cell == GRUFF_CELL_LSTM)
        l->s0 = gruff_array_new(l->n_out, sizeof(float));
    return l->cell != GRUFF_CELL_LSTM || l->s0;
}

GruffStatus gruff_model_add_layer(GruffModel *model, GruffCell cell, uint32_t n_in, uint32_t n_out,
                                  GruffLayer **layer)
{
    *layer = NULL;
    if (model->n_layers >= GRUFF_MAX_LAYERS || n_in < 1 || n_in > GRUFF_MAX_HIDDEN || n_out < 1 ||
        n_out > GRUFF_MAX_HIDDEN)
        return GRUFF_ERROR_LIMIT;
    GruffLayer *layers = realloc(model->layers, (model->n_layers + 1) * sizeof *layers);
    if (!layers)
        return GRUFF_ERROR_MEMORY;
    model->layers = layers;
    GruffLayer *l = &layers[model->n_layers];
    *l = (GruffLayer){.cell = cell, .n_in = n_in, .n_out = n_out};
    if (!allocate_layer(l)) {
        free_layer(l);
        return GRUFF_ERROR_MEMORY;
    }
    model->n_layers++;
    *layer = l;
    return GRUFF_OK;
}

static void remove_meta(GruffModel *model, uint32_t k)
{
    free(model->meta[k].key);
    free(model->meta[k].json);
    memmove(&model->meta[k], &model->meta[k + 1], (model->n_meta - k - 1) * sizeof *model->meta);
    model->n_meta--;
}

static GruffStatus append_meta(GruffModel *model, const char *key, char *json)
{
    if (model->n_meta >= GRUFF_MAX_META)
        return GRUFF_ERROR_LIMIT;
    GruffMeta *meta = realloc(model->meta, (model->n_meta + 1) * sizeof *meta);
    if (!meta)
        return GRUFF_ERROR_MEMORY;
    model->meta = meta;
    char *own_key = strdup(key);
    if (!own_key)
        return GRUFF_ERROR_MEMORY;
    meta[model->n_meta++] = (GruffMeta){.key = own_key, .json = json};
    return GRUFF_OK;
}

GruffStatus gruff_model_set_meta(GruffModel *model, const char *key, const char *json)
{
    uint32_t k = 0;
    while (k < model->n_meta && strcmp(model->meta[k].key, key) != 0)
        k++;
    bool there = k < model->n_meta;
    if (!json) {
        if (there)
            remove_meta(model, k);
        return GRUFF_OK;
    }
    char *own_json = strdup(json);
    if (!own_json)
        return GRUFF_ERROR_MEMORY;
    if (there) {
        free(model->meta[k].json);
        model->meta[k].json = own_json;
        return GRUFF_OK;
    }
    GruffStatus status = append_meta(model, key, own_json);
    if (status)
        free(own_json);
    return status;
}

/* ---- checking ---- */

static bool all_finite(const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

/* Name of the first array with NaN, an infinity or no memory behind it; NULL if all are sound. */
static const char *unsound_array(const GruffLayer *l)
{
    size_t rows = (size_t)gruff_cell_gates(l->cell) * l->n_out;
    bool recurrent = l->cell != GRUFF_CELL_DENSE;
    const struct {
        const char *name;
        const float *values;
        size_t n;
    } arrays[] = {
        {"input weights", l->w, rows * l->n_in},
        {"bias", l->b, rows},
        {"recurrent weights", l->u, recurrent ? rows * l->n_out : 0},
        {"recurrent bias", l->c, recurrent ? rows : 0},
        {"initial state", l->h0, recurrent ? l->n_out : 0},
        {"initial cell state", l->s0, l->cell == GRUFF_CELL_LSTM ? l->n_out : 0},
    };
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        if (arrays[i].n && (!arrays[i].values || !all_finite(arrays[i].values, arrays[i].n)))
            return arrays[i].name;
    return NULL;
}

static GruffStatus check_layer(const GruffModel *model, uint32_t k, const char *label, GruffMessage *message)
{
    const GruffLayer *l = &model->layers[k];
    const char *cell = gruff_cell_name(l->cell);
    if ((unsigned)l->cell > GRUFF_CELL_RNN || (unsigned)l->reset > GRUFF_RESET_NONE ||
        (unsigned)l->activation > GRUFF_ACTIVATION_SOFTMAX)
        return gruff_fail(message, GRUFF_ERROR_FORMAT, "%s: layer %u is of a kind Gruff does not know", label,
                          k + 1);
    if (l->n_in < 1 || l->n_in > GRUFF_MAX_HIDDEN || l->n_out < 1 || l->n_out > GRUFF_MAX_HIDDEN)
        return gruff_fail(message, GRUFF_ERROR_LIMIT,
                          "%s: layer %u (%s) has %u inputs and %u units; Gruff plays 1 to %d of each", label,
                          k + 1, cell, l->n_in, l->n_out, GRUFF_MAX_HIDDEN);
    uint32_t given = k ? model->layers[k - 1].n_out : model->hop + model->n_knobs;
    if (l->n_in != given && k == 0)
        return gruff_fail(message, GRUFF_ERROR_FORMAT,
                          "%s: layer 1 (%s) takes %u inputs, but the model has %u (audio and knobs)", label,
                          cell, l->n_in, given);
    if (l->n_in != given)
        return gruff_fail(message, GRUFF_ERROR_FORMAT,
                          "%s: layer %u (%s) takes %u inputs, but layer %u gives %u", label, k + 1, cell,
                          l->n_in, k, given);
    const char *unsound = unsound_array(l);
    if (unsound)
        return gruff_fail(message, GRUFF_ERROR_FORMAT,
                          "%s: layer %u (%s) has a number that is not finite in its %s; "
                          "ask its author for an undamaged file",
                          label, k + 1, cell, unsound);
    return GRUFF_OK;
}

static GruffStatus check_head(const GruffModel *model, const char *label, GruffMessage *message)
{
    if (model->n_layers < 1)
        return gruff_fail(message, GRUFF_ERROR_FORMAT, "%s: the model has no layers", label);
    if (model->n_layers > GRUFF_MAX_LAYERS)
        return gruff_fail(message, GRUFF_ERROR_LIMIT, "%s: the model has %u layers; Gruff plays up to %d",
                          label, model->n_layers, GRUFF_MAX_LAYERS);
    if (model->hop < 1 || model->hop > GRUFF_MAX_HOP)
        return gruff_fail(message, GRUFF_ERROR_LIMIT, "%s: the hop is %u; Gruff plays 1 to %d", label,
                          model->hop, GRUFF_MAX_HOP);
    if (model->n_knobs > GRUFF_MAX_KNOBS)
        return gruff_fail(message, GRUFF_ERROR_LIMIT, "%s: the model has %u knobs; Gruff plays up to %d",
                          label, model->n_knobs, GRUFF_MAX_KNOBS);
    if (!(model->rate_hz >= MIN_RATE_HZ && model->rate_hz <= MAX_RATE_HZ))
        return gruff_fail(message, GRUFF_ERROR_LIMIT,
                          "%s: the sample rate is %g Hz; Gruff plays %.0f to %.0f Hz", label, model->rate_hz,
                          MIN_RATE_HZ, MAX_RATE_HZ);
    if (!(fabs(model->in_gain_db) <= MAX_GAIN_DB && fabs(model->out_gain_db) <= MAX_GAIN_DB))
        return gruff_fail(message, GRUFF_ERROR_LIMIT,
                          "%s: the gains are %g and %g dB; Gruff plays %.0f to %.0f dB", label,
                          model->in_gain_db, model->out_gain_db, -MAX_GAIN_DB, MAX_GAIN_DB);
    return GRUFF_OK;
}

/* What only informs or tests must be sound too: players calculate with it. */
static GruffStatus check_rest(const GruffModel *model, const char *label, GruffMessage *message)
{
    const GruffLayer *last = &model->layers[model->n_layers - 1];
    if (last->n_out != model->hop)
        return gruff_fail(message, GRUFF_ERROR_FORMAT,
                          "%s: the last layer (%s) gives %u values per step where %u %s expected", label,
                          gruff_cell_name(last->cell), last->n_out, model->hop,
                          model->hop == 1 ? "is" : "are");
    if ((model->has_loudness && !isfinite(model->loudness_db)) ||
        (model->has_input_level && !isfinite(model->input_level_dbu)) ||
        (model->has_output_level && !isfinite(model->output_level_dbu)))
        return gruff_fail(message, GRUFF_ERROR_FORMAT, "%s: a loudness or level is not a finite number",
                          label);
    if (model->n_self_test > GRUFF_MAX_SELF_TEST)
        return gruff_fail(message, GRUFF_ERROR_LIMIT,
                          "%s: the self-test has %u samples; Gruff takes up to %d", label, model->n_self_test,
                          GRUFF_MAX_SELF_TEST);
    if (model->n_self_test && (!all_finite(model->self_test_in, model->n_self_test) ||
                               !all_finite(model->self_test_out, model->n_self_test)))
        return gruff_fail(message, GRUFF_ERROR_FORMAT, "%s: the self-test has a number that is not finite",
                          label);
    return GRUFF_OK;
}

GruffStatus gruff_model_check(const GruffModel *model, const char *label, GruffMessage *message)
{
    GruffStatus status = check_head(model, label, message);
    for (uint32_t k = 0; !status && k < model->n_layers; k++)
        status = check_layer(model, k, label, message);
    return status ? status : check_rest(model, label, message);
}
