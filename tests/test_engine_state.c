/* The state of engines as numbers: one that was reset in the middle of a stream meets one that played all of
 * it, and from then on they play the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_help.h"

static float in[2][N], out[2][N], other[2][N];

/* Ways to play: every counter there is. */
static const struct way {
    const char *name;
    double model_hz, rate_hz;
    uint32_t hop;
    GruffQuality quality;
    uint32_t period;
} ways[] = {
    {"own rate", 48000, 48000, 1, GRUFF_QUALITY_NORMAL, 64},
    {"hops of 5", 48000, 48000, 5, GRUFF_QUALITY_NORMAL, 320},
    {"44.1 at 48 kHz", 44100, 48000, 1, GRUFF_QUALITY_NORMAL, 160 * 64},
    {"48 at 44.1 kHz", 48000, 44100, 1, GRUFF_QUALITY_NORMAL, 147 * 64},
    {"48 at 96 kHz", 48000, 96000, 1, GRUFF_QUALITY_NORMAL, 128},
    {"hops of 4 at twice the rate", 48000, 96000, 4, GRUFF_QUALITY_NORMAL, 128},
    {"HQ at three times the rate", 48000, 144000, 1, GRUFF_QUALITY_HQ, 192},
};
enum { N_WAYS = sizeof ways / sizeof *ways };

/* Without memory of its own, so that all is forgotten but the DC blocker's past. */
static GruffEngine *wire(const struct way *w, uint32_t n_channels)
{
    GruffModel *model = w->hop == 1 ? little_wire(w->model_hz, 0.7, 0.1) : little_hop(w->model_hz, w->hop);
    GruffEngine *engine = engine_new(w->rate_hz, n_channels);
    play_at_once(engine, little_net(model, w->rate_hz, n_channels, w->quality));
    return engine;
}

/* Largest difference of their numbers. */
static double distance(const GruffEngine *a, const GruffEngine *b)
{
    const size_t n = gruff_engine_state(a, NULL);
    double *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y), most = 0;
    assert_int_equal(gruff_engine_state(b, NULL), n);
    assert_int_equal(gruff_engine_state(a, x), n);
    assert_int_equal(gruff_engine_state(b, y), n);
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i] - y[i]));
    free(x);
    free(y);
    return most;
}

static void play_on(GruffEngine *a, GruffEngine *b, uint32_t at, uint32_t n)
{
    run(a, at, n, in, out);
    run(b, at, n, in, other);
}

static void test_periods(void **unused)
{
    (void)unused;
    for (int i = 0; i < N_WAYS; i++) {
        GruffEngine *engine = wire(&ways[i], 1);
        assert_int_equal(gruff_engine_period(engine), ways[i].period);
        gruff_engine_free(engine);
    }
    GruffEngine *empty = engine_new(48000, 2);
    assert_int_equal(gruff_engine_period(empty), 64);
    assert_true(gruff_engine_state(empty, NULL) > 0);
    gruff_engine_free(empty);
}

/* What the DC blocker, 5 Hz, still knows after that many frames. */
static double left(double rate_hz, uint32_t n)
{
    return exp(-2 * pi * 5 * n / rate_hz);
}

/* b starts `late` frames into the stream; their distance 24 000 frames later. */
static double meet(const struct way *w, uint32_t n_channels, uint32_t late)
{
    GruffEngine *a = wire(w, n_channels), *b = wire(w, n_channels);
    run(a, 0, late, in, out);
    play_on(a, b, late, 24000);
    const double met = distance(a, b);
    play_on(a, b, late + 24000, 3000);
    for (uint32_t c = 0; c < n_channels && met < 1; c++)
        assert_true(largest_difference(out[c] + late + 24000, other[c] + late + 24000, 3000) <=
                    2e-7 + left(w->rate_hz, 24000));
    gruff_engine_free(a);
    gruff_engine_free(b);
    return met;
}

static void test_meet_at_periods(void **unused)
{
    (void)unused;
    noise(in);
    for (int i = 0; i < N_WAYS; i++)
        for (uint32_t n_channels = 1; n_channels <= 2; n_channels++) {
            const struct way *w = &ways[i];
            const double limit = left(w->rate_hz, 24000);
            assert_true(meet(w, n_channels, w->period) < limit);
            assert_true(meet(w, n_channels, 2 * w->period) < limit);
            assert_true(meet(w, n_channels, w->period + 1) >= 1);
            if (w->period > 64)
                assert_true(meet(w, n_channels, 64) >= 1);
        }
}

/* The same numbers, the same sound; any number that differs tells. */
static void test_equal_states(void **unused)
{
    (void)unused;
    noise(in);
    for (int quality = 0; quality < 2; quality++) {
        const GruffNetOptions options = {2, 96000, (GruffQuality)quality, NULL};
        GruffModel *model = little_gru(48000, 5, 0);
        GruffEngine *e[2];
        GruffNet *net;
        for (int i = 0; i < 2; i++) {
            e[i] = engine_new(96000, 2);
            gruff_engine_set(e[i], GRUFF_CONTROL_BASS_DB, 6);
            assert_int_equal(gruff_net_build(model, &options, NULL, &net), GRUFF_OK);
            play_at_once(e[i], net);
        }
        gruff_model_free(model);
        play_on(e[0], e[1], 0, 10000);
        assert_true(distance(e[0], e[1]) == 0);
        in[1][10000] += 0.001f;
        run(e[0], 10000, 1000, in, out);
        in[1][10000] -= 0.001f;
        run(e[1], 10000, 1000, in, other);
        assert_true(distance(e[0], e[1]) > 0);
        uint32_t at = 11000;
        for (; at < N && distance(e[0], e[1]) != 0; at += 1000)
            play_on(e[0], e[1], at, 1000);
        for (; at < N; at += 1000) {
            play_on(e[0], e[1], at, 1000);
            for (int c = 0; c < 2; c++)
                assert_memory_equal(out[c] + at, other[c] + at, 1000 * sizeof(float));
        }
        gruff_engine_free(e[0]);
        gruff_engine_free(e[1]);
    }
}

/* The sound of one net is heard in its numbers, however little of it comes out. */
static void test_nets(void **unused)
{
    (void)unused;
    const GruffNetOptions options = {2, 44100, GRUFF_QUALITY_NORMAL, NULL};
    GruffModel *model = little_wire(48000, 1e-12, 0);
    GruffNet *net[2];
    double state[2][1000];
    noise(in);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(gruff_net_build(model, &options, NULL, &net[i]), GRUFF_OK);
        gruff_net_run(net[i], (const float *const[]){in[0], in[1]}, (float *const[]){out[0], out[1]}, NULL,
                      1000);
        assert_in_range(gruff_net_state(net[i], NULL), 10, 1000);
        in[1][999] += 0.01f; /* the second net hears this one frame otherwise */
        gruff_net_state(net[i], state[i]);
    }
    const size_t n = gruff_net_state(net[0], NULL);
    uint32_t n_other = 0;
    for (size_t i = 0; i < n; i++)
        n_other += state[0][i] != state[1][i];
    assert_in_range(n_other, 1, 2); /* the newest input that each converter keeps */
    for (int i = 0; i < 2; i++)
        gruff_net_free(net[i]);
    gruff_model_free(model);
}

/* One that rests is not where one is that runs. */
static void test_rest(void **unused)
{
    (void)unused;
    noise(in);
    memset(in[0] + 4000, 0, (N - 4000) * sizeof(float));
    GruffEngine *a = wire(&ways[0], 1), *b = wire(&ways[0], 1);
    play_on(a, b, 0, 64);
    run(a, 64, 30016, in, out); /* 0.5 s of silence: it rests, the other does not yet */
    run(b, 64, 8000, in, other);
    assert_true(distance(a, b) >= 1);
    run(b, 64 + 8000, 30016 - 8000, in, other);
    assert_true(distance(a, b) == 0);
    gruff_engine_free(a);
    gruff_engine_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_periods),      cmocka_unit_test(test_meet_at_periods),
        cmocka_unit_test(test_equal_states), cmocka_unit_test(test_nets),
        cmocka_unit_test(test_rest),
    };
    random_seed();
    return cmocka_run_group_tests_name("engine state", tests, NULL, NULL);
}
