/* The loader without a plugin around it: what hosts cannot bring about at will. Usage: test_loader BUNDLE */
#include "../failing_malloc.h"
#include "loader.h"
#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *bundle;

typedef struct Scene {
    GruffEngine *engine;
    Loader *loader;
    LV2_Log_Logger log;
    Wish wish;
    const Report *report;
} Scene;

static int print_nothing(LV2_Log_Handle handle, LV2_URID type, const char *format, ...)
{
    (void)handle, (void)type, (void)format;
    return 0;
}

static int vprint_nothing(LV2_Log_Handle handle, LV2_URID type, const char *format, va_list arguments)
{
    (void)handle, (void)type, (void)format, (void)arguments;
    return 0;
}

static void begin(Scene *scene, double rate_hz)
{
    static LV2_Log_Log log = {NULL, print_nothing, vprint_nothing};
    const GruffNetOptions net = {.n_channels = 1, .rate_hz = rate_hz};
    *scene = (Scene){.log = {.log = &log}};
    assert_int_equal(gruff_engine_new(rate_hz, 1, NULL, &scene->engine), GRUFF_OK);
    scene->loader = loader_new(bundle, scene->engine, &net, &scene->log);
    assert_non_null(scene->loader);
}

static void end(Scene *scene)
{
    loader_free(scene->loader);
    gruff_engine_free(scene->engine);
}

static void read_report(Scene *scene)
{
    bool fresh;
    scene->report = loader_report(scene->loader, &fresh);
}

/* As run() does it: with what was known when the block began. */
static void leave(Scene *scene)
{
    scene->wish.n_restores = scene->report->n_restores;
    loader_wish(scene->loader, &scene->wish);
}

static void restore(Scene *scene, const char *path)
{
    Session session = {0};
    snprintf(session.chosen.path, PATH_SIZE, "%s", path);
    loader_restore(scene->loader, &session);
}

/* A wish of the block in which a session is restored, which run() cannot know of yet: whether it is left
 * before or after, the session plays. The next wish counts. */
static void test_restore_within_a_block(void **state)
{
    (void)state;
    for (int after = 0; after < 2; after++)
        for (int by_slot = 0; by_slot < 2; by_slot++) {
            Scene scene;
            begin(&scene, RATE);
            read_report(&scene);
            if (by_slot)
                scene.wish.slot = 2, scene.wish.slot_stamp = 1;
            else
                snprintf(scene.wish.model, PATH_SIZE, "%s", model_a), scene.wish.model_stamp = 1;
            if (!after)
                leave(&scene);
            restore(&scene, model_b);
            if (after)
                leave(&scene);
            loader_work(scene.loader, false);
            read_report(&scene);
            assert_string_equal(scene.report->model, model_b);
            snprintf(scene.wish.model, PATH_SIZE, "%s", model_c), scene.wish.model_stamp = 2;
            leave(&scene);
            loader_work(scene.loader, false);
            read_report(&scene);
            assert_string_equal(scene.report->model, model_c);
            end(&scene);
        }
}

/* A quality for which there is no memory is not taken for the one that plays, and is tried again. */
static void test_quality_without_memory(void **state)
{
    (void)state;
#ifndef FAILING_MALLOC_WORKS
    skip();
#else
    int n_failed = 0;
    for (failing_malloc.fail_at = 1; failing_malloc.fail_at <= 40; failing_malloc.fail_at += 3) {
        Scene scene;
        begin(&scene, 96000);
        restore(&scene, model_a);
        read_report(&scene);
        scene.wish.quality = GRUFF_QUALITY_HQ;
        leave(&scene);
        failing_malloc.n_allocations = 0;
        failing_malloc.counting = true;
        loader_work(scene.loader, false);
        failing_malloc.counting = false;
        read_report(&scene);
        if (scene.report->quality == GRUFF_QUALITY_NORMAL) {
            n_failed++;
            assert_says(scene.report->status, "still playing Anna");
            leave(&scene);
            loader_work(scene.loader, false);
            read_report(&scene);
        }
        assert_int_equal(scene.report->quality, GRUFF_QUALITY_HQ);
        assert_says(scene.report->status, "Playing Anna.");
        gruff_engine_reset(scene.engine);
        assert_int_equal(gruff_engine_latency(scene.engine), 0);
        end(&scene);
    }
    assert_true(n_failed > 3);
#endif
}

int main(int argc, char **argv)
{
    bundle = argc > 1 ? argv[1] : "";
    stage_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restore_within_a_block),
        cmocka_unit_test(test_quality_without_memory),
    };
    return cmocka_run_group_tests(tests, stage_set_up, stage_tear_down);
}
