/* The file that a training ends in: what it says of itself, that it plays as trained, and what is said where
 * not. */
#include "model_help.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failing_malloc.h"
#include "little_training.h"

static char path[600];

static TrainOutcome *finish(LittleTraining *training)
{
    GruffMessage message;
    TrainOutcome *outcome;
    training->story.path = path;
    if (finish_model(training->model, &training->story, &message, &outcome))
        fail_msg("%s", message.text);
    return outcome;
}

static void refuse(LittleTraining *training, GruffStatus expected, const char *part)
{
    GruffMessage message;
    TrainOutcome *outcome;
    training->story.path = path;
    assert_int_equal(finish_model(training->model, &training->story, &message, &outcome), expected);
    assert_null(outcome);
    if (!strstr(message.text, part))
        fail_msg("\"%s\" does not say \"%s\"", message.text, part);
}

static void set_path(const char *name)
{
    snprintf(path, sizeof path, "%s", scratch_path(name));
}

static void assert_no_leftover(void)
{
    char beside[620];
    snprintf(beside, sizeof beside, "%s.unchecked", path);
    assert_int_not_equal(access(beside, F_OK), 0);
}

static void test_file_tells_how_it_was_made(void **state)
{
    (void)state;
    LittleTraining training;
    set_path("amp.json");
    little_training_make(&training, 2, 2, 1, 1, -25);
    training.story.input_level_dbu = 12.5;
    TrainOutcome *outcome = finish(&training);
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error), *meta = json_object_get(root, "metadata");
    json_t *made = json_object_get(meta, "training");
    assert_string_equal(json_string_value(json_object_get(meta, "name")), "amp");
    assert_string_equal(json_string_value(json_object_get(meta, "samplerate")), "48000");
    assert_int_equal(strlen(json_string_value(json_object_get(meta, "date"))), 20);
    assert_string_equal(json_string_value(json_object_get(meta, "software")), "gruff " GRUFF_VERSION);
    assert_true(fabs(json_number_value(json_object_get(meta, "esr")) - outcome->esr[TRAIN_ROLE_TEST]) < 1e-8);
    assert_true(json_number_value(json_object_get(meta, "input_level_dbu")) == 12.5);
    assert_true(json_is_number(json_object_get(meta, "loudness")));
    assert_string_equal(json_string_value(json_array_get(json_object_get(root, "knobs"), 0)), "drive");
    assert_int_equal(json_integer_value(json_object_get(root, "in_skip")), 1);
    assert_string_equal(json_string_value(json_object_get(made, "cell")), "gru");
    assert_int_equal(json_integer_value(json_object_get(made, "hidden")), 8);
    assert_int_equal(json_integer_value(json_object_get(made, "seed")), 7);
    assert_true(json_number_value(json_object_get(made, "epochs")) == 48);
    assert_true(json_number_value(json_object_get(made, "seconds")) == 36);
    json_t *recording = json_array_get(json_object_get(made, "recordings"), 1);
    assert_string_equal(json_string_value(json_object_get(recording, "dry")), "dry.wav"); /* no folder */
    assert_true(json_number_value(json_object_get(recording, "delay_frames")) == 123.25);
    json_decref(root);
    finish_free(outcome);
    little_training_free(&training);
}

static void test_scores_and_cost(void **state)
{
    (void)state;
    LittleTraining training;
    set_path("scores.json");
    little_training_make(&training, 2, 1, 0, 1, -20);
    TrainOutcome *outcome = finish(&training);
    for (int role = 0; role < TRAIN_N_ROLES; role++) {
        /* the notes differ in level from role to role, the error does not */
        assert_true(outcome->esr[role] > 0.001 && outcome->esr[role] < 0.1);
        assert_true(fabs(outcome->esr[role] - outcome->player_esr[role]) <= 1e-6);
    }
    assert_true(outcome->ns_per_sample > 0.1 && outcome->ns_per_sample < 1e5);
    assert_true(fabs(outcome->load_percent - outcome->ns_per_sample * 48000 * 1e-7) < 1e-9);
    finish_free(outcome);
    little_training_free(&training);
}

static void test_self_test_is_loud_and_passes(void **state)
{
    (void)state;
    for (uint32_t hop = 1; hop <= 6; hop += 5) {
        LittleTraining training;
        set_path("self-test.json");
        little_training_make(&training, 2.5, 1, hop > 1 ? 0 : 1, hop, -30);
        finish_free(finish(&training));
        GruffModel *read = load(path);
        assert_int_equal(read->self_test, GRUFF_SELF_TEST_PASSED);
        assert_int_equal(read->n_self_test, 2048 / hop * hop);
        float peak = 0;
        for (uint32_t t = 0; t < read->n_self_test; t++)
            peak = fmaxf(peak, fabsf(read->self_test_in[t]));
        assert_true(peak > 0.6f); /* the eighth note: 0.8 */
        gruff_model_free(read);
        little_training_free(&training);
    }
}

static void assert_kept_unchecked(void)
{
    char beside[620];
    snprintf(beside, sizeof beside, "%s.unchecked", path);
    assert_int_equal(unlink(beside), 0);
}

/* A net of much gain: rounding becomes another sound after 1000 samples of its self-test. */
static void test_self_test_of_a_touchy_net_is_short(void **state)
{
    (void)state;
    LittleTraining training;
    set_path("touchy.json");
    little_training_make(&training, 2.5, 1, 0, 1, -30);
    little_training_lie = 0.1f;
    little_training_lie_at = 1500;
    little_training_lie_within = 2048; /* the self-test alone */
    finish_free(finish(&training));
    little_training_lie = 0;
    little_training_lie_at = 0;
    little_training_lie_within = SIZE_MAX;
    GruffModel *read = load(path);
    assert_int_equal(read->self_test, GRUFF_SELF_TEST_PASSED);
    assert_int_equal(read->n_self_test, 750);
    assert_no_leftover();
    gruff_model_free(read);
    little_training_free(&training);
}

static void test_player_must_agree(void **state)
{
    (void)state;
    LittleTraining training;
    set_path("lie.json");
    write_whole(path, "mine", 4);
    little_training_make(&training, 1, 1, 0, 1, -30);
    little_training_lie = 0.02f;
    refuse(&training, GRUFF_ERROR_FORMAT, "not written");
    little_training_lie = 0;
    assert_kept_unchecked();
    size_t n;
    char *kept = read_whole(path, &n);
    assert_true(n == 4 && !memcmp(kept, "mine", 4)); /* what was there stays */
    free(kept);
    little_training_free(&training);
}

/* A lie too small for the self-test's limit, but not for the scores'. */
static void test_player_must_agree_to_a_millionth(void **state)
{
    (void)state;
    LittleTraining training;
    set_path("fine-lie.json");
    little_training_make(&training, 1, 1, 0, 1, -20);
    for (size_t t = 0; t < training.data.pairs[0].n; t++)
        training.data.pairs[0].y[t] += 0.01f; /* an offset: a small lie about it counts in full */
    little_training_lie = 2e-5f;
    refuse(&training, GRUFF_ERROR_FORMAT, "ESR");
    little_training_lie = 0;
    assert_kept_unchecked();
    little_training_free(&training);
}

static void test_missing_roles(void **state)
{
    (void)state;
    LittleTraining training;
    set_path("roles.json");
    little_training_make(&training, 1, 1, 0, 1, -30);
    training.data.n_spans = 2; /* nothing tests */
    TrainOutcome *outcome = finish(&training);
    assert_true(isnan(outcome->esr[TRAIN_ROLE_TEST]));
    assert_string_equal(finish_word(outcome->esr[TRAIN_ROLE_TEST]), "not known");
    finish_free(outcome);
    little_training_free(&training);
}

static void test_errors(void **state)
{
    (void)state;
    LittleTraining training;
    little_training_make(&training, 1, 1, 0, 1, -30);
    snprintf(path, sizeof path, "%s/there/amp.json", scratch_path("not"));
    refuse(&training, GRUFF_ERROR_FILE, "amp.json");
    little_training_free(&training);
    little_training_make(&training, 1, 1, 0, 1, -30);
    set_path("failed.json");
    little_training_failure = GRUFF_ERROR_UNSUPPORTED;
    refuse(&training, GRUFF_ERROR_UNSUPPORTED, "failed.json");
    little_training_failure = GRUFF_OK;
    little_training_free(&training);
}

static void test_a_short_sound_has_no_self_test(void **state)
{
    (void)state;
    LittleTraining training;
    set_path("short.json");
    little_training_make(&training, 0.04, 1, 0, 1, -30);
    TrainOutcome *outcome = finish(&training);
    assert_int_equal(outcome->model->n_self_test, 0);
    finish_free(outcome);
    little_training_free(&training);
}

static void test_memory(void **state)
{
    (void)state;
#ifdef FAILING_MALLOC_WORKS
    for (long n = 1, done = 0; !done; n += n < 40 ? 1 : 97) {
        LittleTraining training;
        GruffMessage message;
        TrainOutcome *outcome;
        set_path("memory.json");
        little_training_make(&training, 0.05, 1, 1, 1, -30);
        training.story.path = path;
        failing_malloc.n_allocations = failing_malloc.n_live = 0;
        failing_malloc.fail_at = n;
        failing_malloc.counting = true;
        GruffStatus status = finish_model(training.model, &training.story, &message, &outcome);
        failing_malloc.counting = false;
        done = failing_malloc.n_allocations < n;
        assert_true(!status == (outcome != NULL));
        assert_true(!status || *message.text);
        finish_free(outcome);
        little_training_free(&training);
    }
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_file_tells_how_it_was_made),
                                       cmocka_unit_test(test_scores_and_cost),
                                       cmocka_unit_test(test_self_test_is_loud_and_passes),
                                       cmocka_unit_test(test_self_test_of_a_touchy_net_is_short),
                                       cmocka_unit_test(test_player_must_agree),
                                       cmocka_unit_test(test_player_must_agree_to_a_millionth),
                                       cmocka_unit_test(test_missing_roles),
                                       cmocka_unit_test(test_errors),
                                       cmocka_unit_test(test_a_short_sound_has_no_self_test),
                                       cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests_name("train finish", tests, NULL, NULL);
}
