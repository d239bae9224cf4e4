/* Reading models: what real files look like, and one clear sentence for whatever is wrong with others. */
#include "model_help.h"
#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char keras[] =
    "{\"in_shape\": [null, null, 1],\n"
    " \"layers\": [{\"type\": \"gru\", \"activation\": \"\", \"shape\": [null, null, 2], \"weights\": [\n"
    "  [[1, 2, 3, 4, 5, 6]],\n"
    "  [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]],\n"
    "  [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]]]},\n"
    " {\"type\": \"dense\", \"activation\": null, \"shape\": [null, null, 1], \"weights\": [[[0.5], [-0.25]], [0.125]]}]}\n";

static const char torch[] =
    "{\"model_data\": {\"model\": \"SimpleRNN\", \"input_size\": 1, \"skip\": 1, \"output_size\": 1, \"unit_type\": "
    "\"GRU\",\n  \"num_layers\": 1, \"hidden_size\": 2, \"bias_fl\": true},\n"
    " \"state_dict\": {\"rec.weight_ih_l0\": [[1], [2], [3], [4], [5], [6]],\n"
    "  \"rec.weight_hh_l0\": [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10], [11, 12]],\n"
    "  \"rec.bias_ih_l0\": [1, 2, 3, 4, 5, 6], \"rec.bias_hh_l0\": [7, 8, 9, 10, 11, 12],\n"
    "  \"lin.weight\": [[0.5, -0.25]], \"lin.bias\": [0.125]}}\n";

static const char nam[] =
    "{\"version\": \"0.5.4\", \"architecture\": \"LSTM\", \"metadata\": {\"name\": \"Amp\"},\n"
    " \"config\": {\"input_size\": 1, \"hidden_size\": 1, \"num_layers\": 1},\n"
    " \"weights\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], "
    "\"sample_rate\": 44100}\n";

/* The text with the first find changed. Valid until the next call. */
static const char *edit(const char *text, const char *find, const char *put)
{
    static char edited[8192];
    const char *at = strstr(text, find);
    assert_non_null(at);
    snprintf(edited, sizeof edited, "%.*s%s%s", (int)(at - text), text, put, at + strlen(find));
    return edited;
}

static GruffModel *read_edit(const char *text, const char *find, const char *put)
{
    return read_text(edit(text, find, put));
}

/* ---- layouts ---- */

static void keras_layout(void **state)
{
    (void)state;
    GruffModel *model = read_text(keras);
    const GruffLayer *gru = &model->layers[0], *head = &model->layers[1];
    assert_int_equal(model->format, GRUFF_FORMAT_KERAS);
    assert_int_equal(gru->cell, GRUFF_CELL_GRU);
    assert_int_equal(gru->reset, GRUFF_RESET_AFTER);
    assert_true(gru->u[0] == 1 && gru->u[1] == 7 && gru->u[2] == 2 && gru->u[11] == 12);
    assert_true(gru->b[5] == 6 && gru->c[0] == 7 && head->w[1] == -0.25f && head->b[0] == 0.125f);
    assert_string_equal(model->name, "amp");
    assert_true(model->rate_hz == 48000 && !model->rate_stated && !model->skip);
    gruff_model_free(model);
}

static void torch_layout(void **state)
{
    (void)state;
    GruffModel *model = read_text(torch);
    const GruffLayer *gru = &model->layers[0];
    assert_int_equal(model->format, GRUFF_FORMAT_TORCH);
    assert_true(gru->w[0] == 3 && gru->w[2] == 1 && gru->w[4] == 5); /* r z n becomes z r n */
    assert_true(gru->u[0] == 5 && gru->u[1] == 6 && gru->u[4] == 1 && gru->u[8] == 9);
    assert_true(gru->b[0] == 3 && gru->c[2] == 7 && gru->c[5] == 12);
    assert_true(model->rate_hz == 44100 && !model->rate_stated && model->skip);
    gruff_model_free(model);
    model = read_edit(torch, ", \"lin.bias\": [0.125]", "");
    assert_true(model->layers[1].b[0] == 0);
    gruff_model_free(model);
}

static void nam_layout(void **state)
{
    (void)state;
    GruffModel *model = read_text(nam);
    const GruffLayer *lstm = &model->layers[0], *head = &model->layers[1];
    assert_int_equal(model->format, GRUFF_FORMAT_NAM);
    assert_true(lstm->w[0] == 1 && lstm->u[0] == 2 && lstm->w[3] == 7 && lstm->u[3] == 8);
    assert_true(lstm->b[0] == 9 && lstm->b[3] == 12 && lstm->h0[0] == 13 && lstm->s0[0] == 14);
    assert_true(head->w[0] == 15 && head->b[0] == 16);
    assert_true(model->rate_hz == 44100 && model->rate_stated);
    assert_string_equal(model->name, "Amp");
    gruff_model_free(model);
}

static void assert_reset(const char *put, GruffReset reset)
{
    GruffModel *model = read_edit(keras, "\"activation\": \"\"", put);
    assert_int_equal(model->layers[0].reset, reset);
    gruff_model_free(model);
}

static void keras_variants(void **state)
{
    (void)state;
    assert_reset("\"reset_after\": true", GRUFF_RESET_AFTER);
    assert_reset("\"reset_after\": false", GRUFF_RESET_BEFORE);
    assert_reset("\"reset_gate\": false", GRUFF_RESET_NONE);
    assert_reset("\"update\": \"keep\", \"activation\": \"relu\"", GRUFF_RESET_AFTER);
    GruffModel *model =
        read_edit(keras, "[[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]]]}", "[1, 2, 3, 4, 5, 6]]}");
    assert_int_equal(model->layers[0].reset, GRUFF_RESET_BEFORE);
    assert_true(model->layers[0].c[0] == 0);
    gruff_model_free(model);
    model = read_edit(keras, "\"activation\": \"\"", "\"update\": \"write\"");
    const GruffLayer *gru = &model->layers[0];
    assert_true(gru->w[0] == -1 && gru->w[2] == 3 && gru->u[3] == -8 && gru->u[4] == 3);
    assert_true(gru->b[1] == -2 && gru->b[2] == 3 && gru->c[0] == -7 && gru->c[2] == 9);
    gruff_model_free(model);
}

/* ---- what people write ---- */

static double rate_of(const char *text)
{
    GruffModel *model = read_text(text);
    double rate_hz = model->rate_stated ? model->rate_hz : -1;
    gruff_model_free(model);
    return rate_hz;
}

static void rates(void **state)
{
    (void)state;
    assert_true(rate_of(edit(keras, "{", "{\"samplerate\": \"44100\", ")) == 44100);
    assert_true(rate_of(edit(keras, "{", "{\"samplerate\": 96000.0, ")) == 96000);
    assert_true(rate_of(edit(keras, "{", "{\"metadata\": {\"samplerate\": \"44100.0\"}, ")) == 44100);
    assert_true(rate_of(edit(keras, "{", "{\"metadata\": {\"samplerate\": null}, ")) == -1);
    assert_true(rate_of(edit(keras, "{", "{\"metadata\": {\"samplerate\": \"\"}, ")) == -1);
    assert_true(rate_of(edit(keras, "{", "{\"metadata\": null, ")) == -1);
    assert_true(rate_of(edit(torch, "{", "{\"samplerate\": 48000, ")) == 48000);
    assert_true(rate_of(edit(nam, "44100", "null")) == -1);
    assert_true(rate_of(edit(nam, "44100", "\"96000\"")) == 96000);
}

static void nulls_strings_and_extras(void **state)
{
    (void)state;
    GruffModel *model =
        read_edit(keras, "{",
                  "\xef\xbb\xbf{\"in_skip\": null, \"in_gain\": \"-3.5\", \"out_gain\": null, "
                  "\"author\": null, \"knobs\": null, ");
    assert_true(!model->skip && model->in_gain_db == -3.5 && model->out_gain_db == 0);
    assert_string_equal(model->meta[0].key, "/author");
    gruff_model_free(model);
    model =
        read_edit(keras, "{",
                  "{\"in_skip\": true, \"metadata\": {\"name\": \"Big\\nAmp\\u009b\", \"loudness\": \"-18\", "
                  "\"input_level_dbu\": \"loud\", \"output_level_dbu\": null}, ");
    assert_true(model->skip && model->has_loudness && model->loudness_db == -18);
    assert_true(!model->has_input_level && !model->has_output_level);
    assert_string_equal(model->name, "Big Amp "); /* nothing that a terminal would obey */
    assert_string_equal(model->meta[0].json, "\"loud\"");
    gruff_model_free(model);
    model =
        read_edit(torch, "\"bias_fl\": true", "\"bias_fl\": false, \"seed\": 5, \"loss\": {\"ESR\": 0.1}");
    gruff_model_free(model);
    model = read_edit(keras, "\"shape\": [null, null, 2], ", ""); /* units told by the weights alone */
    assert_int_equal(model->layers[0].n_out, 2);
    gruff_model_free(model);
    model = read_edit(keras, "\"in_shape\": [null, null, 1],", "");
    assert_int_equal(model->n_knobs, 0);
    gruff_model_free(model);
}

static void knobs_have_names(void **state)
{
    (void)state;
    const char *text = edit(nam, "\"input_size\": 1", "\"input_size\": 3");
    char *three = strdup(text);
    GruffModel *model = read_edit(three, "[1, 2,", "[0, 0, 0, 0, 0, 0, 0, 0, 1, 2,");
    assert_int_equal(model->n_knobs, 2);
    assert_string_equal(gruff_model_knob_name(model, 0), "Knob 1");
    gruff_model_free(model);
    free(three);
    model =
        read_text("{\"in_shape\": [null, null, 3], \"knobs\": [\"drive\", \"\", 7], \"layers\": [{\"type\": "
                  "\"dense\", \"weights\": [[[1], [2], [3]], [4]]}]}");
    assert_string_equal(gruff_model_knob_name(model, 0), "drive");
    assert_string_equal(gruff_model_knob_name(model, 1), "Knob 2");
    gruff_model_free(model);
}

/* ---- what is wrong ---- */

typedef struct Fault {
    const char *text, *find, *put;
    GruffStatus status;
    const char *part;
} Fault;

static void refuse_all(const Fault *faults, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *text = edit(faults[i].text, faults[i].find, faults[i].put);
        refuse_text(text, strlen(text), faults[i].status, faults[i].part);
    }
}

#define REFUSE_ALL(faults) refuse_all(faults, sizeof faults / sizeof faults[0])
#define FORMAT             GRUFF_ERROR_FORMAT
#define LIMIT              GRUFF_ERROR_LIMIT
#define UNSUPPORTED        GRUFF_ERROR_UNSUPPORTED

static void faults_of_keras(void **state)
{
    (void)state;
    static const Fault faults[] = {
        {keras, "null, 2]", "null, 3]", FORMAT,
         "layer 1 (gru) says 3 units and has 1 input but its input weights are 1 x 6, not 1 x 9; ask its author"},
        {keras, "[7, 8, 9, 10, 11, 12]],\n", "[7, 8, 9, 10, 11]],\n", FORMAT,
         "ragged recurrent weights: row 2 holds 5"},
        {keras, ", [7, 8, 9, 10, 11, 12]],", "],", FORMAT, "recurrent weights are 1 x 6, not 2 x 6"},
        {keras, "[[1, 2, 3, 4, 5, 6]],", "7,", FORMAT,
         "layer 1 (gru) says 2 units and has 1 input but has no list"},
        {keras, "[7, 8, 9, 10, 11, 12]]]}", "[7, 8, 9, 10, 11]]]}", FORMAT, "ragged biases"},
        {keras, "\"weights\": [\n", "\"wights\": [\n", FORMAT, "no list of numbers for its input weights"},
        {keras, "[0.125]", "[0.125, 1]", FORMAT,
         "layer 2 (dense) says 1 unit and has 2 inputs but its biases are"},
        {keras, "[0.125]", "[\"0.125\"]", FORMAT,
         "layer 2 (dense) has \"0.125\" in its biases where a number"},
        {keras, "0.125", "NaN", FORMAT, "line 6, column"},
        {keras, "0.125", "NaN", FORMAT, "not finite"},
        {keras, "0.125", "-Infinity", FORMAT, "line 6"},
        {keras, "0.125", "1e39", FORMAT, "too large for single precision"},
        {keras, "0.125", "1e999", FORMAT, "not finite"},
        {keras, "[null, null, 1]", "[null, null, 4]", LIMIT,
         "takes 4 inputs; Gruff plays 1 for audio and up to 2"},
        {keras, "[null, null, 1]", "[null, null, 2]", FORMAT, "has 2 inputs but its input weights are 1 x 6"},
        {keras, "[null, null, 1]", "[null, null, 0.5]", FORMAT, "\"in_shape\""},
        {keras, "\"gru\"", "\"conv1d\"", UNSUPPORTED, "layer 1 (conv1d) is of a type Gruff does not play"},
        {keras, "\"gru\"", "\"prelu\"", UNSUPPORTED, "layer 1 (prelu) is of a type Gruff does not play"},
        {keras, "\"gru\"", "\"batchnorm\"", UNSUPPORTED, "layer 1 (batchnorm)"},
        {nam, nam, "{\"layers\": [{\"type\": \"conv1d\", \"weights\": [[1, 2, 3, 4]]}]}", UNSUPPORTED,
         "(conv1d)"},
        {nam, nam, "{\"layers\": [{\"type\": \"gru\"}]}", FORMAT, "layer 1 (gru) has no number of units"},
        {keras, "\"gru\"", "7", UNSUPPORTED, "layer 1 (without a type)"},
        {keras, "\"activation\": null", "\"activation\": \"selu\"", UNSUPPORTED,
         "layer 2 (dense) has the activation \"selu\""},
        {keras, "\"activation\": \"\"", "\"update\": \"jump\"", UNSUPPORTED,
         "update gate of the kind \"jump\""},
        {keras, "null, 2]", "null, 513]", LIMIT, "has 513 units; Gruff plays 1 to 512"},
        {keras, "null, 2]", "null, 4294967298]", FORMAT, "\"shape\""},
        {keras, "null, 2]", "null, -2]", FORMAT, "\"shape\""},
        {keras, "{", "{\"hop\": 2, ", LIMIT, "takes 1 input; Gruff plays 2 for audio"},
        {keras, "{", "{\"hop\": 1.5, ", FORMAT, "\"hop\""},
        {keras, "{", "{\"hop\": 300, ", LIMIT, "hop of 300"},
        {keras, "{", "{\"in_gain\": \"loud\", ", FORMAT, "gives \"loud\" for \"in_gain\" where a number"},
        {keras, "{", "{\"in_gain\": 500, ", LIMIT, "gains are 500 and 0 dB"},
        {keras, "{", "{\"samplerate\": \"48k\", ", FORMAT, "\"48k\" for \"samplerate\""},
        {keras, "{", "{\"samplerate\": -5, ", LIMIT, "sample rate is -5 Hz"},
        {keras, "{", "{\"in_shape\": 1, ", FORMAT, "line 1, column 26: not valid JSON (duplicate object key"},
        {keras, "\"activation\": \"\"", "\"h0\": [1, 2, 3]", FORMAT,
         "initial state values are a list of 3, not a list of 2"},
        {keras, "\"layers\"", "\"leyers\"", FORMAT, "neither \"layers\""},
        {keras, "\"layers\": [", "\"layers\": [], \"x\": [", FORMAT, "has no layers"},
        {keras, "\"layers\": [", "\"layers\": [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,", LIMIT, "has 19 layers"},
        {keras, "\"gru\"", "\"\xff\"", FORMAT, "line 2"},
        {keras, "]}]}\n", "]}", FORMAT, "it may be cut short"},
    };
    REFUSE_ALL(faults);
}

static void faults_of_torch(void **state)
{
    (void)state;
    static const Fault faults[] = {
        {torch, "\"hidden_size\": 2", "\"hidden_size\": 3", FORMAT,
         "layer 1 (gru) says 3 units and 1 input but its input weights are 6 x 1, not 9 x 1"},
        {torch, "\"hidden_size\": 2", "\"hidden_size\": 100000", LIMIT, "hidden size of 100000"},
        {torch, "\"hidden_size\": 2", "\"hidden_size\": 1e300", FORMAT, "\"hidden_size\""},
        {torch, "\"num_layers\": 1", "\"num_layers\": 2", FORMAT,
         "layer 2 (gru) says 2 units and 2 inputs but has no list"},
        {torch, "\"num_layers\": 1", "\"num_layers\": 16", LIMIT, "has 16 recurrent layers"},
        {torch, "\"input_size\": 1", "\"input_size\": 2", FORMAT, "input weights are 6 x 1, not 6 x 2"},
        {torch, "\"input_size\": 1", "\"input_size\": 4", LIMIT, "takes 4 inputs"},
        {torch, "\"output_size\": 1", "\"output_size\": 2", UNSUPPORTED, "gives 2 outputs"},
        {torch, "\"GRU\"", "\"QRNN\"", UNSUPPORTED, "unit type \"QRNN\""},
        {torch, "SimpleRNN", "WaveNet", UNSUPPORTED, "PyTorch model of the kind \"WaveNet\""},
        {torch, "11, 12]],", "11, 12], [13, 14]],", FORMAT, "recurrent weights are 7 x 2, not 6 x 2"},
        {torch, "[1, 2, 3, 4, 5, 6]", "[1, 2, 3, 4, 5]", FORMAT, "biases are a list of 5, not a list of 6"},
        {torch, "[[0.5, -0.25]]", "[[0.5]]", FORMAT,
         "layer 2 (dense) says 1 unit and 2 inputs but its weights are 1 x 1"},
        {torch, "\"rec.weight_hh_l0\"", "\"rec.weight_ih_l1\": 1, \"rec.weight_hh_l0\"", FORMAT,
         "but holds more"},
        {torch, "\"model_data\"", "\"modal_data\"", FORMAT, "no model_data"},
    };
    REFUSE_ALL(faults);
}

static void faults_of_nam_and_others(void **state)
{
    (void)state;
    static const Fault faults[] = {
        {nam, "LSTM", "WaveNet", UNSUPPORTED, "NAM model of the architecture \"WaveNet\""},
        {nam, "LSTM", "ConvNet", UNSUPPORTED, "\"ConvNet\""},
        {nam, "LSTM", "Linear", UNSUPPORTED, "\"Linear\""},
        {nam, "LSTM", "SlimmableContainer", UNSUPPORTED, "A2 container"},
        {nam, "\"LSTM\"", "[]", UNSUPPORTED, "architecture \"\""},
        {nam, "\"hidden_size\": 1", "\"hidden_size\": 2", FORMAT,
         "says 1 LSTM layer of 2 units but its weights are a list of 16, not a list of 39"},
        {nam, ", 16]", "]", FORMAT,
         "says 1 LSTM layer of 1 unit but its weights are a list of 15, not a list of 16"},
        {nam, "\"hidden_size\": 1", "\"hidden_size\": 512", FORMAT, "a list of 16"},
        {nam, "\"hidden_size\": 1, \"num_layers\": 1", "\"hidden_size\": 512, \"num_layers\": 15", LIMIT,
         "weights; Gruff"},
        {nam, "\"num_layers\": 1", "\"num_layers\": 0", LIMIT, "0 LSTM layers"},
        {nam, "\"input_size\": 1", "\"input_size\": 9", LIMIT, "takes 9 inputs"},
        {nam, "\"config\"", "\"conf\"", FORMAT, "has no config"},
        {nam, "8, 9,", "8, null,", FORMAT, "has null in its weights"},
        {nam, nam, "", FORMAT, "is empty; give a model file"},
        {nam, nam, "[1]", FORMAT, "is JSON, but no object"},
        {nam, nam, "\"x\"", FORMAT, "is JSON, but no object"},
        {nam, nam, "{}, {}", FORMAT, "is JSON, but no object"},
        {nam, nam, "{}]", FORMAT, "line 1, column 4: not valid JSON"},
        {nam, nam, "{} x", FORMAT, "line 1, column 4: not valid JSON"},
        {nam, nam, "{\n\n x", FORMAT, "line 3, column 2: not valid JSON"},
        {nam, nam, "RIFF....WAVE", FORMAT, "is a WAV file, not a model; give a model file"},
        {nam, nam, "PK\3\4....", FORMAT, "is a ZIP archive"},
        {nam, nam, "{}", FORMAT, "no model that Gruff knows"},
        {nam, nam, "{\"conv1d_kernel_size\": 12}", UNSUPPORTED, "SmartAmpPro"},
        {nam, nam, "{\"residual_channels\": 16}", UNSUPPORTED, "SmartAmp model (WaveNet)"},
    };
    REFUSE_ALL(faults);
    refuse_text(keras, strlen(keras) + 1, FORMAT, "line 7"); /* a NUL at the end */
}

static void places_that_are_no_files(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "folder"}, {"none.json", "No such file"}, {"pipe", "not an ordinary file"}};
    assert_int_equal(mkfifo(scratch_path("pipe"), 0600), 0);
    for (size_t i = 0; i < 3; i++) {
        GruffMessage message;
        GruffModel *model;
        assert_int_equal(gruff_model_load(scratch_path(cases[i][0]), &message, &model), GRUFF_ERROR_FILE);
        assert_null(model);
        assert_non_null(strstr(message.text, cases[i][1]));
    }
}

static void long_paths_leave_room(void **state)
{
    (void)state;
    char path[2000] = "";
    GruffMessage message;
    GruffModel *model;
    while (strlen(path) < 1900)
        strcat(path, "ü/");
    assert_int_equal(gruff_model_load(path, &message, &model), GRUFF_ERROR_FILE);
    assert_non_null(strstr(message.text, "cannot be opened: No such file"));
    assert_true((message.text[0] & 0xC0) != 0x80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keras_layout),
        cmocka_unit_test(torch_layout),
        cmocka_unit_test(nam_layout),
        cmocka_unit_test(keras_variants),
        cmocka_unit_test(rates),
        cmocka_unit_test(nulls_strings_and_extras),
        cmocka_unit_test(knobs_have_names),
        cmocka_unit_test(faults_of_keras),
        cmocka_unit_test(faults_of_torch),
        cmocka_unit_test(faults_of_nam_and_others),
        cmocka_unit_test(places_that_are_no_files),
        cmocka_unit_test(long_paths_leave_room),
    };
    return cmocka_run_group_tests_name("model_read", tests, NULL, NULL);
}
