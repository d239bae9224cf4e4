/* The self-test a file carries: run bare (no skip, gains, knobs or initial state), told when it fails, and a
 * converter's known faults put right. */
#include "model_help.h"
#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 300 };

/* What the double-precision reference gives becomes the model's self-test; afterwards the model gets all that
 * must not matter to it. */
static GruffModel *tested(GruffCell cell, uint32_t n_knobs, uint32_t hop)
{
    GruffModel *model = stack_model(cell, GRUFF_RESET_AFTER, n_knobs, 2, 9, hop);
    double out[N];
    model->n_self_test = N;
    model->self_test_in = calloc(N, sizeof(float));
    model->self_test_out = calloc(N, sizeof(float));
    for (int t = 0; t < N; t++)
        model->self_test_in[t] = (float)random_uniform(-0.7, 0.7);
    Reference *reference = reference_new(model, false, 1);
    reference_run(reference, model->self_test_in, out, (const float[]){0, 0}, N);
    reference_free(reference);
    for (int t = 0; t < N; t++)
        model->self_test_out[t] = (float)out[t];
    model->skip = true;
    model->in_gain_db = 3;
    model->out_gain_db = -5;
    random_state(model);
    return model;
}

static GruffModel *saved_and_loaded(const GruffModel *model)
{
    save(model, scratch_path("tested.json"), GRUFF_FORMAT_KERAS);
    return load(scratch_path("tested.json"));
}

static void passes(void **state)
{
    (void)state;
    static const GruffCell cells[] = {GRUFF_CELL_GRU, GRUFF_CELL_LSTM, GRUFF_CELL_RNN};
    for (uint32_t k = 0; k < 6; k++) {
        GruffModel *model = tested(cells[k % 3], k % 3, k < 3 ? 1 : 4);
        GruffModel *back = saved_and_loaded(model);
        assert_int_equal(back->self_test, GRUFF_SELF_TEST_PASSED);
        assert_true(back->self_test_error < 1e-5);
        assert_string_equal(gruff_model_warning(back), "");
        assert_int_equal(back->n_self_test, N);
        gruff_model_free(back);
        gruff_model_free(model);
    }
}

static void swap(float *a, float *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float kept = a[i];
        a[i] = b[i], b[i] = kept;
    }
}

/* What a careless converter does to every GRU: leave r z n as it was, swap the two rows of biases. */
static void mistreat(GruffModel *model, bool gates, bool biases)
{
    for (uint32_t k = 0; k + 1 < model->n_layers; k++) {
        GruffLayer *layer = &model->layers[k];
        size_t h = layer->n_out;
        if (gates) {
            swap(layer->w, layer->w + h * layer->n_in, h * layer->n_in);
            swap(layer->u, layer->u + h * h, h * h);
            swap(layer->b, layer->b + h, h);
            swap(layer->c, layer->c + h, h);
        }
        if (biases)
            swap(layer->b, layer->c, 3 * h);
    }
}

static void repairs(void **state)
{
    (void)state;
    static const char *const words[] = {"gates are in PyTorch's order, a known",
                                        "bias rows of its GRU are swapped",
                                        "gates are in PyTorch's order and its two bias rows swapped"};
    for (int fault = 1; fault <= 3; fault++) {
        GruffModel *model = tested(GRUFF_CELL_GRU, 1, 1), *sound = saved_and_loaded(model);
        mistreat(model, fault & 1, fault & 2);
        GruffModel *back = saved_and_loaded(model);
        assert_int_equal(back->self_test, GRUFF_SELF_TEST_REPAIRED);
        assert_true(back->self_test_error < 1e-5);
        assert_same_sound(back, sound);
        if (!strstr(gruff_model_warning(back), words[fault - 1]))
            fail_msg("'%s' does not say '%s'", gruff_model_warning(back), words[fault - 1]);
        GruffModel *again = saved_and_loaded(back); /* once written, it is sound */
        assert_int_equal(again->self_test, GRUFF_SELF_TEST_PASSED);
        gruff_model_free(again);
        gruff_model_free(back);
        gruff_model_free(sound);
        gruff_model_free(model);
    }
}

static void fails(void **state)
{
    (void)state;
    static const GruffCell cells[] = {GRUFF_CELL_GRU, GRUFF_CELL_LSTM};
    for (int k = 0; k < 2; k++) {
        GruffModel *model = tested(cells[k], 0, 1);
        model->layers[2].w[3] += 0.1f;
        GruffModel *back = saved_and_loaded(model);
        assert_int_equal(back->self_test, GRUFF_SELF_TEST_FAILED);
        assert_same_sound(back, model); /* tried to repair, and put back */
        const char *said = strstr(gruff_model_warning(back), "its self-test fails (largest error ");
        double error_db;
        assert_true(said && sscanf(said, "its self-test fails (largest error %lf dB)", &error_db) == 1);
        print_message("largest error %.1f dB\n", error_db);
        assert_true(fabs(error_db - 20 * log10(back->self_test_error)) < 0.1);
        gruff_model_free(back);
        gruff_model_free(model);
    }
}

#define DOUBLER "{\"layers\": [{\"type\": \"dense\", \"weights\": [[[2]], [0]]}], "

static void assert_tested(const char *text, GruffSelfTest result, uint32_t n, const char *warning)
{
    GruffModel *model = read_text(text);
    assert_int_equal(model->self_test, result);
    assert_int_equal(model->n_self_test, n);
    if (*warning ? !strstr(gruff_model_warning(model), warning) : *gruff_model_warning(model))
        fail_msg("warning '%s' for %s", gruff_model_warning(model), text);
    gruff_model_free(model);
}

static void shapes_and_damage(void **state)
{
    (void)state;
    const GruffSelfTest passed = GRUFF_SELF_TEST_PASSED, absent = GRUFF_SELF_TEST_ABSENT;
    assert_tested(DOUBLER "\"input_batch\": [1, -2], \"output_batch\": [2, -4]}", passed, 2, "");
    assert_tested(DOUBLER "\"input_batch\": [[1], [-2]], \"output_batch\": [[2], [-4]]}", passed, 2, "");
    assert_tested(DOUBLER "\"input_batch\": [[[1], [-2]]], \"output_batch\": [[2, -4]]}", passed, 2, "");
    assert_tested(DOUBLER "\"input_batch\": [0, 0], \"output_batch\": [0, 0]}", passed, 2, "");
    assert_tested(DOUBLER "\"input_batch\": null, \"output_batch\": []}", absent, 0, "");
    assert_tested(DOUBLER "\"input_batch\": [1, 2], \"output_batch\": [2]}", absent, 0,
                  "damaged and was not run");
    assert_tested(DOUBLER "\"input_batch\": [1, 2]}", absent, 0, "damaged");
    assert_tested(DOUBLER "\"input_batch\": [1, \"x\"], \"output_batch\": [2, 4]}", absent, 0, "damaged");
    assert_tested(DOUBLER "\"input_batch\": [1, 2], \"output_batch\": [2, 1e39]}", absent, 0, "damaged");
    assert_tested(DOUBLER "\"input_batch\": [1, 2], \"output_batch\": [2, 5]}", GRUFF_SELF_TEST_FAILED, 2,
                  "-14.0 dB");
}

int main(void)
{
    random_seed();
    const struct CMUnitTest tests[] = {cmocka_unit_test(passes), cmocka_unit_test(repairs),
                                       cmocka_unit_test(fails), cmocka_unit_test(shapes_and_damage)};
    return cmocka_run_group_tests_name("model_self_test", tests, NULL, NULL);
}
