/* Whole fits on a toy: they learn, the same way each time, on any number of threads, and with a pause in
 * between; what they learn is what the player plays. */
#include "train/fit/fit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAMES = 40000 };

/* ---- the toy: a pluck every now and then, through a soft clipper with a one-pole filter ---- */

typedef struct Toy {
    float x[FRAMES], y[FRAMES];
    TrainPair pair;
    TrainSpan spans[2];
    TrainData data;
} Toy;

static Toy *toy_new(void)
{
    Toy *toy = calloc(1, sizeof *toy);
    uint64_t random = 88172645463325252u;
    double memory = 0.0;
    for (int t = 0; t < FRAMES; t++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        const double age = t % 1500, noise = (double)(random >> 11) * 0x1p-52 - 1.0;
        toy->x[t] = (float)(exp(-age / 400.0) * (sin(t * 0.07) * 0.6 + 0.3 * noise));
        memory += 0.3 * (tanh(3.0 * (double)toy->x[t] + 0.3) - tanh(0.3) - memory);
        toy->y[t] = (float)memory;
    }
    toy->pair = (TrainPair){.dry = "dry", .wet = "wet", .n = FRAMES, .x = toy->x, .y = toy->y};
    toy->spans[0] = (TrainSpan){0, TRAIN_ROLE_TRAIN, 0, 32000};
    toy->spans[1] = (TrainSpan){0, TRAIN_ROLE_VALIDATE, 32000, 8000};
    toy->data =
        (TrainData){.rate_hz = 48000, .n_pairs = 1, .pairs = &toy->pair, .n_spans = 2, .spans = toy->spans};
    return toy;
}

static FitPlan toy_plan(void)
{
    FitPlan plan;
    fit_plan_default(&plan);
    plan.shape.hidden = 6;
    plan.n_streams = 40;
    plan.window = 50;
    plan.last_window = 200;
    plan.epochs = 24;
    return plan;
}

static Fit *fit_of(const FitPlan *plan, const Toy *toy)
{
    Fit *fit;
    GruffMessage message = {""};
    const GruffStatus status = fit_new(plan, &toy->data, &message, &fit);
    if (status)
        print_message("%s\n", message.text);
    assert_int_equal(status, GRUFF_OK);
    return fit;
}

static double run(Fit *fit)
{
    FitPoint point;
    while (fit_advance(fit, NULL, NULL, &point))
        ;
    return fit_best_esr(fit);
}

static void assert_same_model(const Fit *a, const Fit *b)
{
    GruffModel *p, *q;
    assert_int_equal(fit_best_model(a, &p), GRUFF_OK);
    assert_int_equal(fit_best_model(b, &q), GRUFF_OK);
    for (uint32_t i = 0; i < p->n_layers; i++) {
        const GruffLayer *l = &p->layers[i], *m = &q->layers[i];
        const size_t rows = gruff_cell_gates(l->cell) * (size_t)l->n_out;
        assert_memory_equal(l->w, m->w, rows * l->n_in * sizeof(float));
        assert_memory_equal(l->b, m->b, rows * sizeof(float));
        if (l->u) {
            assert_memory_equal(l->u, m->u, rows * l->n_out * sizeof(float));
            assert_memory_equal(l->c, m->c, rows * sizeof(float));
        }
    }
    gruff_model_free(p);
    gruff_model_free(q);
}

/* ---- learning ---- */

/* Every cell fits the toy: each ends below a tenth of what doing nothing gives, GRU and LSTM below a
 * hundredth. */
static void test_learns(void **state)
{
    (void)state;
    static const struct {
        FitShape shape;
        double most;
    } cases[] = {
        {{GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 6, 1, 1, true}, 0.01},
        {{GRUFF_CELL_GRU, GRUFF_RESET_BEFORE, 6, 1, 1, true}, 0.02},
        {{GRUFF_CELL_GRU, GRUFF_RESET_NONE, 6, 1, 1, true}, 0.02},
        {{GRUFF_CELL_LSTM, GRUFF_RESET_AFTER, 6, 1, 1, true}, 0.02},
        {{GRUFF_CELL_RNN, GRUFF_RESET_AFTER, 8, 1, 1, true}, 0.05},
        {{GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 5, 2, 1, true}, 0.02},
        {{GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 10, 1, 4, false}, 0.1},
    };
    Toy *toy = toy_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        FitPlan plan = toy_plan();
        plan.shape = cases[i].shape;
        plan.epochs = 60;
        Fit *fit = fit_of(&plan, toy);
        const double esr = run(fit);
        size_t n;
        const FitPoint *history = fit_history(fit, &n);
        print_message("case %zu: ESR %.4f after %.4f\n", i, esr, history[0].validation_esr);
        assert_true(esr < cases[i].most);
        fit_free(fit);
    }
    free(toy);
}

/* Whichever kernel trains, and where the last streams have a narrower one's, it comes to the same but for
 * rounding. */
static void test_kernels_agree(void **state)
{
    (void)state;
    static const char *const kernels[] = {"c", "avx2", "avx512", "avx512x1", "avx512vl", "neon"};
    Toy *toy = toy_new();
    FitPlan plan = toy_plan();
    plan.epochs = 6; /* the first two and a half do not count: streams settle */
    Fit *fit = fit_of(&plan, toy);
    const double esr = run(fit);
    fit_free(fit);
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        plan.kernel = kernels[i];
        if (fit_new(&plan, &toy->data, NULL, &fit))
            continue; /* not on this CPU */
        const double other = run(fit);
        print_message("%s: %.9f, %.9f by default\n", kernels[i], other, esr);
        assert_true(fabs(other / esr - 1.0) < 1e-3);
        fit_free(fit);
    }
    free(toy);
}

/* ---- the same each time ---- */

static void test_deterministic(void **state)
{
    (void)state;
    Toy *toy = toy_new();
    FitPlan plan = toy_plan();
    plan.n_threads = 1;
    Fit *one = fit_of(&plan, toy);
    run(one);
    for (uint32_t n_threads = 1; n_threads <= 3; n_threads++) {
        plan.n_threads = n_threads;
        Fit *again = fit_of(&plan, toy);
        run(again);
        assert_same_model(one, again);
        fit_free(again);
    }
    plan.seed = 1;
    Fit *other = fit_of(&plan, toy);
    run(other);
    assert_true(fit_best_esr(other) != fit_best_esr(one));
    fit_free(other);
    fit_free(one);
    free(toy);
}

/* ---- pausing ---- */

static int updates_left;

static bool stop_soon(void *context, double epoch, double done)
{
    (void)context, (void)epoch;
    assert_true(done >= 0.0 && done <= 1.0);
    return updates_left-- <= 0;
}

static void test_resume(void **state)
{
    (void)state;
    Toy *toy = toy_new();
    FitPlan plan = toy_plan();
    Fit *whole = fit_of(&plan, toy);
    run(whole);
    char path[] = "/tmp/gruff-fit-XXXXXX";
    close(mkstemp(path));
    GruffMessage message = {""};
    for (int pause = 0; pause < 400; pause += 37) {
        Fit *first = fit_of(&plan, toy), *second = fit_of(&plan, toy);
        FitPoint point;
        updates_left = pause;
        while (updates_left > 0 && fit_advance(first, stop_soon, NULL, &point))
            ;
        assert_int_equal(fit_save(first, path, &message), GRUFF_OK);
        fit_free(first);
        assert_int_equal(fit_resume(second, path, &message), GRUFF_OK);
        run(second);
        assert_same_model(whole, second);
        size_t n_whole, n_second;
        const FitPoint *a = fit_history(whole, &n_whole), *b = fit_history(second, &n_second);
        assert_int_equal(n_whole, n_second);
        for (size_t i = 0; i < n_whole; i++)
            assert_true(a[i].validation_esr == b[i].validation_esr && a[i].loss == b[i].loss);
        fit_free(second);
    }
    unlink(path);
    fit_free(whole);
    free(toy);
}

static void expect_refusal(const FitPlan *plan, const Toy *toy, const char *path, const char *word)
{
    GruffMessage message = {""};
    Fit *fit = fit_of(plan, toy);
    assert_int_not_equal(fit_resume(fit, path, &message), GRUFF_OK);
    if (!strstr(message.text, word))
        print_message("'%s' without '%s'\n", message.text, word);
    assert_non_null(strstr(message.text, word));
    fit_free(fit);
}

static void test_resume_refuses(void **state)
{
    (void)state;
    Toy *toy = toy_new();
    FitPlan plan = toy_plan(), other = plan;
    char path[] = "/tmp/gruff-fit-XXXXXX";
    close(mkstemp(path));
    GruffMessage message = {""};
    expect_refusal(&plan, toy, path, "not a training");
    expect_refusal(&plan, toy, "/no/such/file", "No such file");
    Fit *fit = fit_of(&plan, toy);
    FitPoint point;
    fit_advance(fit, NULL, NULL, &point);
    assert_int_equal(fit_save(fit, path, &message), GRUFF_OK);
    assert_int_not_equal(fit_save(fit, "/no/such/folder/file", &message), GRUFF_OK);
    other.shape.hidden = 7;
    expect_refusal(&other, toy, path, "size");
    other = plan;
    other.seed = 5;
    expect_refusal(&other, toy, path, "settings");
    const float kept = toy->x[100];
    toy->x[100] = 0.25f;
    expect_refusal(&plan, toy, path, "other recordings");
    toy->x[100] = kept;
    /* Damage, and loss of the end. */
    FILE *file = fopen(path, "r+b");
    fseek(file, 1000, SEEK_SET);
    const int byte = fgetc(file);
    fseek(file, 1000, SEEK_SET);
    fputc(byte ^ 64, file);
    fclose(file);
    expect_refusal(&plan, toy, path, "damaged");
    assert_int_equal(fit_save(fit, path, &message), GRUFF_OK);
    assert_int_equal(truncate(path, 2000), 0);
    expect_refusal(&plan, toy, path, "damaged");
    unlink(path);
    fit_free(fit);
    free(toy);
}

/* ---- the player agrees ---- */

static void test_player_plays_it(void **state)
{
    (void)state;
    Toy *toy = toy_new();
    FitPlan plan = toy_plan();
    Fit *fit = fit_of(&plan, toy);
    run(fit);
    GruffModel *model;
    GruffNet *net;
    assert_int_equal(fit_best_model(fit, &model), GRUFF_OK);
    assert_int_equal(gruff_net_build(model, NULL, NULL, &net), GRUFF_OK);
    float *played = malloc(FRAMES * sizeof *played), *mine = malloc(FRAMES * sizeof *mine);
    const float *in = toy->x;
    gruff_net_run(net, &in, &played, NULL, FRAMES);
    assert_int_equal(fit_play(model, toy->x, NULL, FRAMES, mine), GRUFF_OK);
    double error = 0.0, energy = 0.0;
    for (int t = 0; t < FRAMES; t++) {
        error += pow((double)played[t] - (double)mine[t], 2.0);
        energy += pow((double)mine[t], 2.0);
    }
    assert_true(error < 1e-11 * energy);
    /* And the validation agrees with playing from the start, but for the state it warms up. */
    double wrong = 0.0, right = 0.0;
    for (int t = 32000; t < FRAMES; t++) {
        wrong += pow((double)mine[t] - (double)toy->y[t], 2.0);
        right += pow((double)toy->y[t], 2.0);
    }
    assert_true(fabs(wrong / right - fit_best_esr(fit)) < 1e-4 * wrong / right);
    free(played);
    free(mine);
    gruff_net_free(net);
    gruff_model_free(model);
    fit_free(fit);
    free(toy);
}

static void test_refuses(void **state)
{
    (void)state;
    Toy *toy = toy_new();
    FitPlan plan = toy_plan();
    Fit *fit;
    GruffMessage message = {""};
    plan.window = 10000;
    assert_int_equal(fit_new(&plan, &toy->data, &message, &fit), GRUFF_ERROR_ARGUMENT);
    assert_non_null(strstr(message.text, "too little sound"));
    plan = toy_plan();
    plan.kernel = "abacus";
    assert_int_equal(fit_new(&plan, &toy->data, &message, &fit), GRUFF_ERROR_ARGUMENT);
    plan = toy_plan();
    memset(toy->y, 0, sizeof toy->y);
    assert_int_equal(fit_new(&plan, &toy->data, &message, &fit), GRUFF_ERROR_ARGUMENT);
    assert_non_null(strstr(message.text, "silent"));
    free(toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),         cmocka_unit_test(test_kernels_agree),
        cmocka_unit_test(test_deterministic),  cmocka_unit_test(test_resume),
        cmocka_unit_test(test_resume_refuses), cmocka_unit_test(test_player_plays_it),
        cmocka_unit_test(test_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
