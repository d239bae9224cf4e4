/* What scripts read of a training: stable keys, one object a line; and the words for kinds of model. */
#include "model_help.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "little_training.h"
#include "train/report/log.h"

static json_t *nth_line(const char *path, int n)
{
    size_t size;
    char *text = read_whole(path, &size), *line = strtok(text, "\n");
    while (line && n--)
        line = strtok(NULL, "\n");
    json_t *value = line ? json_loads(line, 0, NULL) : NULL;
    free(text);
    return value;
}

static void assert_has(const json_t *object, const char *const *keys)
{
    for (; *keys; keys++)
        if (!json_object_get(object, *keys))
            fail_msg("no \"%s\"", *keys);
}

static void open_log(TrainLog *log, const char *path, bool append)
{
    GruffMessage message;
    if (!train_log_open(log, path, append, &message))
        fail_msg("%s", message.text);
}

static void test_lines(void **state)
{
    (void)state;
    LittleTraining training;
    TrainLog log;
    GruffMessage message;
    TrainOutcome *outcome;
    char path[600], model[600];
    snprintf(path, sizeof path, "%s", scratch_path("log.jsonl"));
    snprintf(model, sizeof model, "%s", scratch_path("logged.json"));
    little_training_make(&training, 1, 1, 1, 1, -20);
    training.story.path = model;
    training.points[3].validation_esr = NAN;
    assert_false(finish_model(training.model, &training.story, &message, &outcome));
    open_log(&log, path, false);
    train_log_start(&log, &training.data, &training.plan);
    train_log_point(&log, &training.points[3]);
    train_log_end(&log, outcome);
    assert_int_equal(train_log_close(&log), 0);

    json_t *start = nth_line(path, 0), *point = nth_line(path, 1), *end = nth_line(path, 2);
    assert_string_equal(json_string_value(json_object_get(start, "event")), "start");
    assert_string_equal(json_string_value(json_object_get(start, "model")), "gru8");
    assert_has(start, (const char *const[]){"version", "date", "rate_hz", "knobs", "best_esr", "plan",
                                            "pairs", "spans", "findings", NULL});
    json_t *span = json_array_get(json_object_get(start, "spans"), 1);
    assert_string_equal(json_string_value(json_object_get(span, "role")), "validate");
    assert_int_equal(json_integer_value(json_object_get(span, "start")), 28800);
    assert_int_equal(json_integer_value(json_object_get(span, "n")), 9600);
    assert_string_equal(json_string_value(json_object_get(point, "event")), "point");
    assert_has(point,
               (const char *const[]){"epoch", "seconds", "done", "learning_rate", "loss", "train_esr",
                                     "validation_esr", "gradient_norm", "samples_per_second", "best", NULL});
    assert_true(json_is_null(json_object_get(point, "validation_esr"))); /* JSON has no NaN */
    assert_string_equal(json_string_value(json_object_get(end, "event")), "end");
    assert_has(end, (const char *const[]){"file", "stopped", "epochs", "seconds", "train_esr",
                                          "validation_esr", "test_esr", "player_test_esr", "weights",
                                          "ns_per_sample", "load_percent", "loudness_db", NULL});
    assert_true(fabs(json_number_value(json_object_get(end, "test_esr")) - outcome->esr[TRAIN_ROLE_TEST]) <
                1e-8);
    json_decref(start), json_decref(point), json_decref(end);
    finish_free(outcome);
    little_training_free(&training);
}

static void test_append_and_none(void **state)
{
    (void)state;
    TrainLog log;
    char path[600];
    snprintf(path, sizeof path, "%s", scratch_path("more.jsonl"));
    for (int i = 0; i < 3; i++) {
        open_log(&log, path, i == 2); /* the second starts anew, the third goes on */
        train_log_point(&log, &(FitPoint){.epoch = i, .validated = true});
        train_log_point(&log, &(FitPoint){.epoch = 9}); /* stopped on the way: nothing to tell */
        assert_int_equal(train_log_close(&log), 0);
    }
    for (int i = 0; i < 3; i++) {
        json_t *line = nth_line(path, i);
        assert_true(i == 2 ? !line : json_number_value(json_object_get(line, "epoch")) == i + 1);
        json_decref(line);
    }
    open_log(&log, NULL, false);
    train_log_point(&log, &(FitPoint){.validated = true});
    assert_int_equal(train_log_close(&log), 0);
}

static void test_errors(void **state)
{
    (void)state;
    TrainLog log;
    GruffMessage message = {""};
    assert_false(train_log_open(&log, "/not/there/log", false, &message));
    assert_non_null(strstr(message.text, "/not/there/log: cannot be written"));
    if (!train_log_open(&log, "/dev/full", true, &message))
        return;
    train_log_point(&log, &(FitPoint){.validated = true});
    assert_int_equal(train_log_close(&log), 1);
}

static void test_shape_words(void **state)
{
    (void)state;
    static const char *const words[] = {"gru16", "before8",  "simple12", "lstm40",
                                        "rnn1",  "lstm12x2", "gru32h8",  "gru512x15h256"};
    static const char *const wrong[] = {"",         "gru",      "16",       "gru0",  "gru513",
                                        "gru-1",    "gru16x",   "gru16x0",  "gru8 ", "gru8h",
                                        "gru8h257", "wavenet8", "gru8h2x2", "GRU16", "gru16x16"};
    GruffMessage message;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        FitShape shape = {.skip = true};
        char text[SHAPE_NAME_SIZE];
        assert_true(shape_read(words[i], &shape, &message));
        shape_write(&shape, text);
        assert_string_equal(text, words[i]);
        assert_true(shape.skip);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        FitShape shape = {.hidden = 3};
        message.text[0] = 0;
        assert_false(shape_read(wrong[i], &shape, &message));
        assert_non_null(strstr(message.text, "not a kind of model"));
        assert_int_equal(shape.hidden, 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines), cmocka_unit_test(test_append_and_none),
                                       cmocka_unit_test(test_errors), cmocka_unit_test(test_shape_words)};
    return cmocka_run_group_tests_name("train log", tests, NULL, NULL);
}
