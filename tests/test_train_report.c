/* The page beside a model: whole, self-contained, without figures that are none, whatever the training was
 * like. */
#include "model_help.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failing_malloc.h"
#include "little_training.h"
#include "train/report/passages.h"
#include "train/report/report.h"

static char model_path[600];

static TrainOutcome *finish(LittleTraining *training)
{
    GruffMessage message;
    TrainOutcome *outcome;
    snprintf(model_path, sizeof model_path, "%s", scratch_path("amp & more.json"));
    training->story.path = model_path;
    if (finish_model(training->model, &training->story, &message, &outcome))
        fail_msg("%s", message.text);
    return outcome;
}

/* Fails unless every element is closed, in order. */
static void assert_balanced(const char *page)
{
    static const char *const empty[] = {"!DOCTYPE", "meta", "br"};
    const char *open[64];
    size_t length[64], n = 0;
    for (const char *at = strchr(page, '<'); at; at = strchr(at + 1, '<')) {
        bool closes = at[1] == '/';
        const char *name = at + 1 + closes, *end = strchr(at, '>');
        size_t size = strcspn(name, " >/\n");
        bool single = end[-1] == '/';
        for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
            single |= strlen(empty[i]) == size && !strncmp(name, empty[i], size);
        if (single)
            continue;
        if (!closes) {
            assert_true(n < 64);
            open[n] = name;
            length[n++] = size;
        } else if (!n-- || length[n] != size || strncmp(open[n], name, size) != 0) {
            fail_msg("</%.*s> closes something else at: %.60s", (int)size, name, at);
        }
    }
    assert_int_equal(n, 0);
}

static char *write_report(const TrainOutcome *outcome)
{
    char path[REPORT_PATH_SIZE];
    GruffMessage message;
    size_t n;
    assert_true(report_path(model_path, path));
    if (report_write(outcome, path, &message))
        fail_msg("%s", message.text);
    char *page = read_whole(path, &n);
    assert_balanced(page);
    /* Nothing from elsewhere, nothing that runs, no figures that are none. */
    static const char *const never[] = {"<script", "http:", "https:", "url(",
                                        "nan",     "inf",   "(null)", "@import"};
    char *sound;
    while ((sound = strstr(page, ";base64,"))) { /* may spell anything */
        char *end = strchr(sound, '\'');
        memmove(sound, end, strlen(end) + 1);
    }
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (strstr(page, never[i]))
            fail_msg("the page holds %.60s", strstr(page, never[i]));
    return page;
}

static void assert_says(const char *page, const char *part)
{
    if (!strstr(page, part))
        fail_msg("the page does not say \"%s\"", part);
}

static void test_page(void **state)
{
    (void)state;
    LittleTraining training;
    little_training_make(&training, 8, 2, 1, 1, -24);
    TrainOutcome *outcome = finish(&training);
    char *page = write_report(outcome);
    assert_says(page, "<h1>amp &amp; more</h1>");
    assert_says(page, "clips &lt;at full scale&gt; &amp; more");
    assert_says(page, "GRU-8");
    assert_says(page, "good");
    assert_says(page, "A typical passage");
    assert_says(page, "The worst passage");
    assert_says(page, "no model can do better");
    assert_says(page, "drive");
    assert_says(page, "--hidden 16"); /* -24 dB could be better */
    assert_says(page, "ESR 0.00");
    free(page);
    training.data.best_esr = 0.003;
    page = write_report(outcome);
    assert_says(page, "the gear itself differs about as much");
    free(page);
    finish_free(outcome);
    little_training_free(&training);
}

static void test_little_to_tell(void **state)
{
    (void)state;
    for (int kind = 0; kind < 5; kind++) {
        LittleTraining training;
        little_training_make(&training, kind == 4 ? 0.05 : 1, 1, 0, 1, -24);
        if (kind == 0)
            training.story.n_points = 0;
        if (kind == 1)
            training.data.n_spans = 1; /* all of it trains */
        if (kind == 2)
            for (size_t i = 0; i < training.story.n_points; i++)
                training.points[i].validation_esr = training.points[i].train_esr = NAN;
        if (kind == 3)
            memset(training.data.pairs[0].y, 0, training.data.pairs[0].n * sizeof(float));
        training.data.best_esr = NAN;
        TrainOutcome *outcome = finish(&training);
        free(write_report(outcome));
        finish_free(outcome);
        little_training_free(&training);
    }
}

static void test_hop(void **state)
{
    (void)state;
    LittleTraining training;
    little_training_make(&training, 1.00005, 1, 0, 7, -30);
    training.story.stopped = true;
    TrainOutcome *outcome = finish(&training);
    char *page = write_report(outcome);
    assert_says(page, "once per 7 samples: 0.12 ms late");
    assert_says(page, "stopped");
    free(page);
    finish_free(outcome);
    little_training_free(&training);
}

static void test_passages(void **state)
{
    (void)state;
    LittleTraining training;
    Passages passages;
    little_training_make(&training, 20, 1, 0, 1, -30);
    TrainPair *pair = &training.data.pairs[0];
    size_t bad = (size_t)(17.8 * 48000), quiet = (size_t)(18.6 * 48000);
    for (size_t t = bad; t < bad + 480; t++)
        pair->y[t] += 0.5f; /* the model errs here */
    for (size_t t = (size_t)(18.5 * 48000); t < (size_t)(19 * 48000); t++)
        pair->y[t] = 1e-5f * (float)(t % 2); /* much worse, but hardly heard */
    TrainOutcome *outcome = finish(&training);
    assert_true(passages_make(outcome, &passages));
    assert_int_equal(passages.role, TRAIN_ROLE_TEST);
    const Passage *worst = passages_pick(&passages, 1), *best = passages_pick(&passages, 0);
    const Passage *median = passages_pick(&passages, 0.5);
    assert_true(worst->start <= bad && bad < worst->start + worst->n);
    assert_true(quiet < worst->start || quiet >= worst->start + worst->n);
    assert_true(passage_esr(best) < passage_esr(median) && passage_esr(median) < passage_esr(worst));
    size_t at = passage_worst(outcome, worst, 1200);
    assert_true(at <= bad && bad + 480 <= at + 1200);
    free(passages.list);
    finish_free(outcome);
    little_training_free(&training);
}

static void test_errors(void **state)
{
    (void)state;
    LittleTraining training;
    GruffMessage message = {""};
    char path[REPORT_PATH_SIZE], longest[REPORT_PATH_SIZE + 8];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    assert_false(report_path(longest, path));
    assert_true(report_path("a.b/.amp", path));
    assert_string_equal(path, "a.b/.amp.html");
    little_training_make(&training, 1, 1, 0, 1, -24);
    TrainOutcome *outcome = finish(&training);
    assert_int_equal(report_write(outcome, "/not/there/amp.html", &message), GRUFF_ERROR_FILE);
    assert_non_null(strstr(message.text, "/not/there/amp.html"));
    if (!access("/dev/full", W_OK))
        assert_int_equal(report_write(outcome, "/dev/full", &message), GRUFF_ERROR_FILE);
#ifdef FAILING_MALLOC_WORKS
    snprintf(path, sizeof path, "%s", scratch_path("memory.html"));
    for (long n = 1, done = 0; !done; n++) {
        failing_malloc.n_allocations = failing_malloc.n_live = 0;
        failing_malloc.fail_at = n;
        failing_malloc.counting = true;
        GruffStatus status = report_write(outcome, path, &message);
        failing_malloc.counting = false;
        done = failing_malloc.n_allocations < n;
        assert_int_equal(failing_malloc.n_live, 0);
        assert_true(!done || !status);
    }
#endif
    finish_free(outcome);
    little_training_free(&training);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_page), cmocka_unit_test(test_little_to_tell),
                                       cmocka_unit_test(test_hop), cmocka_unit_test(test_passages),
                                       cmocka_unit_test(test_errors)};
    return cmocka_run_group_tests_name("train report", tests, NULL, NULL);
}
