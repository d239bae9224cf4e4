/* The sound path while things change: controls, bypass and models, from one thread and from two. Nothing
 * clicks. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "engine_help.h"

static float x[2][N], y[2][N];

/* ---- nothing clicks ---- */

static void controls_do_not_zip(void **state)
{
    (void)state;
    sine(x, 110, 0.05);
    for (int control = 0; control < GRUFF_N_CONTROLS; control++) {
        const GruffControlRange *range = gruff_control_range((GruffControl)control);
        GruffEngine *engine = engine_new(48000, 1);
        GruffModel *model = little_wire(48000, 1, 0);
        model->has_loudness = model->has_input_level = true;
        model->loudness_db = -30;
        model->input_level_dbu = 10;
        play_at_once(engine, little_net(model, 48000, 1, GRUFF_QUALITY_NORMAL));
        gruff_engine_set(engine, (GruffControl)control, range->min);
        run(engine, 0, 16000, x, y);
        gruff_engine_set(engine, (GruffControl)control, range->max);
        run(engine, 16000, 16000, x, y);
        gruff_engine_set(engine, (GruffControl)control, range->min);
        run(engine, 32000, 16000, x, y);
        float calm = fmaxf(largest_bend(y[0], 12000, 16000), largest_bend(y[0], 28000, 32000));
        float moving = largest_bend(y[0], 16000, N);
        print_message("%s: bend %.2e while moving, %.2e before and after\n", range->name, (double)moving,
                      (double)calm);
        assert_true(moving <= 2.5f * calm + 1e-6f);
        gruff_engine_free(engine);
    }
}

/* While models change, no step between samples is larger than the louder model's own. */
static void model_changes_do_not_click(void **state)
{
    (void)state;
    static const struct {
        double hz, gain, offset;
    } nets[] = {{48000, 1, 0}, {48000, -0.7, 0.4}, {44100, 0.9, -0.3}, {96000, -1, 0.2}, {48000, 1, -0.5}};
    sine(x, 220, 0.5);
    GruffEngine *engine = engine_new(48000, 1);
    float own = largest_step(x[0], 0, N);
    for (uint32_t i = 0; i < 9; i++) {
        GruffModel *model = little_wire(nets[i % 5].hz, nets[i % 5].gain, nets[i % 5].offset);
        assert_true(gruff_engine_offer(engine, little_net(model, 48000, 1, GRUFF_QUALITY_NORMAL)));
        run(engine, i * 5000 + 317, 5000, x, y);
        collect(engine);
    }
    float most = largest_step(y[0], 317, 45000);
    print_message("largest step %.4f, the programme's own %.4f\n", (double)most, (double)own);
    assert_true(most <= 1.45f * own); /* equal power lets two alike sounds be 3 dB louder half way */
    gruff_engine_free(engine);
}

/* A change between two nets whose latencies differ, while bypassed: the dry sound slides over. */
static void bypassed_model_changes_do_not_click(void **state)
{
    (void)state;
    sine(x, 220, 0.5);
    GruffEngine *engine = engine_new(48000, 1);
    gruff_engine_set(engine, GRUFF_CONTROL_ENABLED, 0);
    float own = largest_step(x[0], 0, N);
    for (uint32_t i = 0; i < 6; i++) {
        GruffModel *model = i % 2 ? little_hop(48000, 64) : little_wire(48000, 1, 0);
        assert_true(gruff_engine_offer(engine, little_net(model, 48000, 1, GRUFF_QUALITY_NORMAL)));
        run(engine, i * 8000, 8000, x, y);
        collect(engine);
    }
    assert_true(largest_step(y[0], 0, N) <= 1.1f * own);
    gruff_engine_free(engine);
}

static void every_offer_comes_back_once(void **state)
{
    (void)state;
    sine(x, 220, 0.5);
    GruffEngine *engine = engine_new(48000, 1);
    uint32_t n_offered = 0, n_back = 0, n_refused = 0;
    GruffNet *given[700] = {0};
    for (uint32_t at = 0; at < N; at += 75) {
        GruffNet *net = little_net(little_wire(48000, at % 2 ? -1 : 1, 0), 48000, 1, GRUFF_QUALITY_NORMAL);
        if (gruff_engine_offer(engine, net))
            given[n_offered++] = net;
        else
            gruff_net_free(net), n_refused++;
        run(engine, at, 75, x, y);
        for (GruffNet *back; at % 3000 == 0 && (back = gruff_engine_collect(engine)); n_back++) {
            uint32_t i = 0;
            while (i < n_offered && given[i] != back)
                i++;
            assert_true(i < n_offered);
            given[i] = NULL;
            gruff_net_free(back);
        }
    }
    assert_true(n_refused > 0);
    assert_true(n_back > 20 && n_back < n_offered);
    assert_true(largest_step(y[0], 0, N) <= 1.45f * largest_step(x[0], 0, N));
    gruff_engine_free(engine); /* the leak checker sees what is left */
}

/* The latest of several offers is the one that plays. */
static void the_latest_offer_wins(void **state)
{
    (void)state;
    GruffEngine *engine = engine_new(48000, 1);
    for (int i = 1; i <= 5; i++)
        assert_true(gruff_engine_offer(
            engine, little_net(little_wire(48000, 0.1 * i, 0), 48000, 1, GRUFF_QUALITY_NORMAL)));
    sine(x, 1000, 0.5);
    run(engine, 0, N, x, y);
    float most = 0;
    for (uint32_t t = 24000; t < N; t++)
        most = fmaxf(most, fabsf(y[0][t]));
    assert_true(fabsf(most - 0.25f) < 1e-3f);
    collect(engine);
    gruff_engine_free(engine);
}

typedef struct Clicker {
    GruffEngine *engine;
    atomic_bool stop;
    atomic_uint n_offered;
    uint32_t n_back;
} Clicker;

static void *click(void *pointer)
{
    Clicker *clicker = pointer;
    while (!atomic_load(&clicker->stop)) {
        GruffNet *net = little_net(little_wire(48000, 0.5, 0.1), 48000, 1, GRUFF_QUALITY_NORMAL);
        if (gruff_engine_offer(clicker->engine, net))
            atomic_fetch_add(&clicker->n_offered, 1);
        else
            gruff_net_free(net);
        for (GruffNet *back; (back = gruff_engine_collect(clicker->engine)); clicker->n_back++)
            gruff_net_free(back);
    }
    return NULL;
}

static void offers_come_from_another_thread(void **state)
{
    (void)state;
    Clicker clicker = {.engine = engine_new(48000, 1)};
    pthread_t thread;
    sine(x, 220, 0.5);
    assert_int_equal(pthread_create(&thread, NULL, click, &clicker), 0);
    for (int second = 0; second < 20 || (atomic_load(&clicker.n_offered) < 100 && second < 20000); second++)
        for (uint32_t at = 0; at < N; at += 96) {
            run(clicker.engine, at, 96, x, y);
            for (uint32_t t = at; t < at + 96; t++)
                assert_true(fabsf(y[0][t]) < 1);
        }
    atomic_store(&clicker.stop, true);
    pthread_join(thread, NULL);
    const uint32_t n_offered = atomic_load(&clicker.n_offered);
    print_message("%u offered, %u back\n", n_offered, clicker.n_back);
    assert_true(n_offered >= 100 && n_offered - clicker.n_back <= 16);
    gruff_engine_free(clicker.engine);
}

int main(void)
{
    random_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(controls_do_not_zip),
        cmocka_unit_test(model_changes_do_not_click),
        cmocka_unit_test(bypassed_model_changes_do_not_click),
        cmocka_unit_test(every_offer_comes_back_once),
        cmocka_unit_test(the_latest_offer_wins),
        cmocka_unit_test(offers_come_from_another_thread),
    };
    return cmocka_run_group_tests_name("engine changes", tests, NULL, NULL);
}
