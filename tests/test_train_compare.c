/* Which kinds of model are compared, where their files go, and the table. */
#include "model_help.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "little_training.h"
#include "train/compare.h"

static void test_list(void **state)
{
    (void)state;
    const FitShape base = {.hidden = 99, .skip = true};
    FitShape shapes[COMPARE_MOST];
    GruffMessage message;
    size_t n;
    assert_true(compare_read("gru16,lstm12x2,gru32h8", &base, shapes, &n, &message));
    assert_int_equal(n, 3);
    assert_int_equal(shapes[1].cell, GRUFF_CELL_LSTM);
    assert_int_equal(shapes[1].n_layers, 2);
    assert_int_equal(shapes[2].hop, 8);
    assert_true(shapes[0].skip && shapes[2].skip);
    assert_true(compare_read(compare_standard, &base, shapes, &n, &message));
    assert_int_equal(n, 8);
}

static void refuse(const char *list, const char *part)
{
    FitShape shapes[COMPARE_MOST];
    GruffMessage message;
    size_t n;
    assert_false(compare_read(list, &(FitShape){0}, shapes, &n, &message));
    if (!strstr(message.text, part))
        fail_msg("\"%s\" does not say \"%s\"", message.text, part);
}

static void test_wrong_lists(void **state)
{
    (void)state;
    char list[400] = "gru1";
    refuse("", "not a kind of model");
    refuse("gru16,", "not a kind of model");
    refuse("gru16,,gru8", "not a kind of model");
    refuse("gru16,lstm16,gru16", "gru16: twice");
    refuse("gru16 gru8", "gru16 gru8: not a kind");
    for (int i = 2; i <= COMPARE_MOST; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), ",gru%d", i);
    FitShape shapes[COMPARE_MOST];
    GruffMessage message;
    size_t n;
    assert_true(compare_read(list, &(FitShape){0}, shapes, &n, &message));
    snprintf(list + strlen(list), sizeof list - strlen(list), ",gru99");
    refuse(list, "more than 32");
}

static void test_paths(void **state)
{
    (void)state;
    const FitShape shape = {.cell = GRUFF_CELL_GRU, .hidden = 16, .n_layers = 1, .hop = 4};
    char path[COMPARE_PATH_SIZE], longest[COMPARE_PATH_SIZE];
    assert_true(compare_path("a.b/amp.json", &shape, path));
    assert_string_equal(path, "a.b/amp-gru16h4.json");
    assert_true(compare_path("a.b/amp", &shape, path));
    assert_string_equal(path, "a.b/amp-gru16h4");
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    assert_false(compare_path(longest, &shape, path));
}

static CompareRow row(const char *word, double validation, double ns)
{
    GruffMessage message;
    CompareRow made = {.esr = {NAN, validation, NAN}, .ns_per_sample = ns, .path = "x"};
    assert_true(shape_read(word, &made.shape, &message));
    return made;
}

static char *print(const CompareRow *rows, size_t n)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    compare_print(out, rows, n);
    fclose(out);
    return text;
}

static void test_table(void **state)
{
    (void)state;
    const CompareRow rows[] = {row("gru12", 0.0026, 40), row("gru16", 0.0024, 50), row("gru32", 0.002, 100)};
    char *text = print(rows, 3);
    assert_non_null(
        strstr(text, "Best by the validation sound: gru32. Within 1 dB of it at 50 % of its cost: gru16."));
    assert_non_null(strstr(text, "0.0024"));
    assert_non_null(strstr(text, "-27.0 dB"));
    free(text);
    text = print(rows + 2, 1);
    assert_non_null(strstr(text, "gru32.\n"));
    assert_null(strstr(text, "Within"));
    free(text);
    const CompareRow silent = row("gru8", NAN, 40);
    text = print(&silent, 1);
    assert_null(strstr(text, "Best"));
    assert_null(strstr(text, "nan"));
    free(text);
}

static void test_outcome_becomes_a_row(void **state)
{
    (void)state;
    LittleTraining training;
    GruffMessage message;
    TrainOutcome *outcome;
    CompareRow made;
    char path[600];
    snprintf(path, sizeof path, "%s", scratch_path("row.json"));
    little_training_make(&training, 1, 1, 0, 1, -30);
    training.story.path = path;
    assert_false(finish_model(training.model, &training.story, &message, &outcome));
    compare_note(outcome, &made);
    assert_string_equal(made.path, path);
    assert_true(made.esr[TRAIN_ROLE_TEST] == outcome->esr[TRAIN_ROLE_TEST]);
    assert_true(made.n_weights == gruff_model_n_weights(outcome->model));
    assert_true(made.epochs == 48 && made.seconds == 36);
    finish_free(outcome);
    little_training_free(&training);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_list), cmocka_unit_test(test_wrong_lists),
                                       cmocka_unit_test(test_paths), cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_outcome_becomes_a_row)};
    return cmocka_run_group_tests_name("train compare", tests, NULL, NULL);
}
