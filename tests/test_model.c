/* Models made by hand: layers, metadata, counts and the check. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gruff_model.h"

/* GRU of H units and a dense head, all weights zero. */
static GruffModel *small_model(uint32_t n_knobs, uint32_t n_hidden, uint32_t hop)
{
    GruffModel *model;
    GruffLayer *layer;
    assert_int_equal(gruff_model_new(&model), GRUFF_OK);
    model->hop = hop;
    model->n_knobs = n_knobs;
    assert_int_equal(gruff_model_add_layer(model, GRUFF_CELL_GRU, hop + n_knobs, n_hidden, &layer), GRUFF_OK);
    assert_int_equal(gruff_model_add_layer(model, GRUFF_CELL_DENSE, n_hidden, hop, &layer), GRUFF_OK);
    assert_null(layer->u);
    assert_null(layer->h0);
    return model;
}

static void counts(void **state)
{
    (void)state;
    GruffModel *model = small_model(1, 8, 1);
    assert_int_equal(gruff_model_macs(model), 3 * 8 * (2 + 8) + 8);
    assert_int_equal(gruff_model_n_weights(model), 3 * 8 * (2 + 8 + 2) + 8 + 1);
    model->layers[0].reset = GRUFF_RESET_NONE;
    assert_int_equal(gruff_model_macs(model), 2 * 8 * (2 + 8) + 8);
    gruff_model_free(model);
}

static void getters_never_give_null(void **state)
{
    (void)state;
    GruffModel *model = small_model(2, 3, 1);
    assert_string_equal(gruff_model_name(model), "");
    assert_string_equal(gruff_model_warning(model), "");
    assert_string_equal(gruff_model_knob_name(model, 1), "Knob 2");
    assert_string_equal(gruff_model_knob_name(model, 9), "");
    model->knob_name[1] = strdup("Tone");
    assert_string_equal(gruff_model_knob_name(model, 1), "Tone");
    assert_true(gruff_model_rate_hz(model) == 48000);
    assert_int_equal(gruff_model_n_knobs(model), 2);
    gruff_model_free(model);
    gruff_model_free(NULL);
}

static void names(void **state)
{
    (void)state;
    GruffFormat format;
    assert_true(gruff_format_of_path("a/b.c/amp.NAM", &format) && format == GRUFF_FORMAT_NAM);
    assert_true(gruff_format_of_path("amp.aidax", &format) && format == GRUFF_FORMAT_KERAS);
    assert_true(gruff_format_of_path("amp.json", &format) && format == GRUFF_FORMAT_KERAS);
    assert_false(gruff_format_of_path("amp", &format));
    assert_false(gruff_format_of_path("amp.wav", &format));
    assert_string_equal(gruff_cell_name(GRUFF_CELL_LSTM), "lstm");
    assert_string_equal(gruff_activation_name(GRUFF_ACTIVATION_ELU), "elu");
    assert_string_equal(gruff_format_name(GRUFF_FORMAT_NAM), "NAM");
    assert_int_equal(gruff_cell_gates(GRUFF_CELL_LSTM), 4);
    assert_int_equal(gruff_cell_gates(GRUFF_CELL_DENSE), 1);
}

static void meta_is_kept_in_order(void **state)
{
    (void)state;
    GruffModel *model = small_model(0, 1, 1);
    assert_int_equal(gruff_model_set_meta(model, "style", "\"high gain\""), GRUFF_OK);
    assert_int_equal(gruff_model_set_meta(model, "esr", "0.1"), GRUFF_OK);
    assert_int_equal(gruff_model_set_meta(model, "license", "null"), GRUFF_OK);
    assert_int_equal(gruff_model_set_meta(model, "esr", "0.2"), GRUFF_OK);
    assert_int_equal(model->n_meta, 3);
    assert_string_equal(model->meta[1].json, "0.2");
    assert_int_equal(gruff_model_set_meta(model, "style", NULL), GRUFF_OK);
    assert_int_equal(gruff_model_set_meta(model, "gone", NULL), GRUFF_OK);
    assert_int_equal(model->n_meta, 2);
    assert_string_equal(model->meta[0].key, "esr");
    assert_string_equal(model->meta[1].key, "license");
    gruff_model_free(model);
}

static void layers_are_bounded(void **state)
{
    (void)state;
    GruffModel *model;
    GruffLayer *layer;
    assert_int_equal(gruff_model_new(&model), GRUFF_OK);
    assert_int_equal(gruff_model_add_layer(model, GRUFF_CELL_GRU, 0, 4, &layer), GRUFF_ERROR_LIMIT);
    assert_int_equal(gruff_model_add_layer(model, GRUFF_CELL_GRU, 1, GRUFF_MAX_HIDDEN + 1, &layer),
                     GRUFF_ERROR_LIMIT);
    assert_null(layer);
    for (int k = 0; k < GRUFF_MAX_LAYERS; k++)
        assert_int_equal(gruff_model_add_layer(model, GRUFF_CELL_RNN, 1, 1, &layer), GRUFF_OK);
    assert_int_equal(gruff_model_add_layer(model, GRUFF_CELL_RNN, 1, 1, &layer), GRUFF_ERROR_LIMIT);
    gruff_model_free(model);
}

static void refused(GruffModel *model, GruffStatus status, const char *part)
{
    GruffMessage message = {""};
    assert_int_equal(gruff_model_check(model, "amp.json", &message), status);
    if (strncmp(message.text, "amp.json: ", 10) || !strstr(message.text, part))
        fail_msg("'%s' does not say '%s'", message.text, part);
}

static void check_says_what_is_wrong(void **state)
{
    (void)state;
    GruffMessage message;
    GruffModel *model = small_model(1, 8, 4);
    assert_int_equal(gruff_model_check(model, "amp.json", &message), GRUFF_OK);
    model->n_knobs = 2;
    refused(model, GRUFF_ERROR_FORMAT, "layer 1 (gru) takes 5 inputs, but the model has 6");
    model->n_knobs = 3;
    refused(model, GRUFF_ERROR_LIMIT, "3 knobs");
    model->n_knobs = 1;
    model->layers[1].n_in = 7;
    refused(model, GRUFF_ERROR_FORMAT, "layer 2 (dense) takes 7 inputs, but layer 1 gives 8");
    model->layers[1].n_in = 8;
    model->layers[1].n_out = 3;
    refused(model, GRUFF_ERROR_FORMAT, "gives 3 values per step where 4 are expected");
    model->layers[1].n_out = 4;
    model->layers[0].u[5] = NAN;
    refused(model, GRUFF_ERROR_FORMAT, "layer 1 (gru) has a number that is not finite in its recurrent");
    model->layers[0].u[5] = 0;
    model->layers[0].h0[7] = INFINITY;
    refused(model, GRUFF_ERROR_FORMAT, "initial state");
    model->layers[0].h0[7] = 0;
    model->rate_hz = NAN;
    refused(model, GRUFF_ERROR_LIMIT, "sample rate");
    model->rate_hz = 44100;
    model->in_gain_db = 1e9;
    refused(model, GRUFF_ERROR_LIMIT, "gains");
    model->in_gain_db = 0;
    model->hop = 0;
    refused(model, GRUFF_ERROR_LIMIT, "hop");
    model->hop = 4;
    model->has_loudness = true;
    model->loudness_db = INFINITY;
    refused(model, GRUFF_ERROR_FORMAT, "loudness");
    model->has_loudness = false;
    assert_int_equal(gruff_model_check(model, "amp.json", NULL), GRUFF_OK);
    gruff_model_free(model);
    assert_int_equal(gruff_model_new(&model), GRUFF_OK);
    refused(model, GRUFF_ERROR_FORMAT, "no layers");
    gruff_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(getters_never_give_null),
        cmocka_unit_test(names),
        cmocka_unit_test(meta_is_kept_in_order),
        cmocka_unit_test(layers_are_bounded),
        cmocka_unit_test(check_says_what_is_wrong),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
