/* The sound path: what it must leave alone, blocks of every size, bad input. */
#include <float.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine_help.h"

static float x[2][N], y[2][N], z[2][N];

/* ---- what it must leave alone ---- */

static void without_a_net_nothing_changes(void **state)
{
    (void)state;
    GruffEngine *engine = engine_new(48000, 2);
    noise(x);
    x[0][5] = 1e-41f;
    x[1][6] = -0.0f;
    gruff_engine_set(engine, GRUFF_CONTROL_BASS_DB, 9);
    gruff_engine_set(engine, GRUFF_CONTROL_INPUT_DB, 9);
    run(engine, 0, 0, x, y);
    for (uint32_t at = 0; at < N; at += 1000)
        run(engine, at, 1000, x, y);
    assert_memory_equal(x, y, sizeof x);
    assert_int_equal(gruff_engine_latency(engine), 0);
    x[0][0] = NAN;
    x[0][1] = -INFINITY;
    run(engine, 0, 3, x, y);
    assert_true(y[0][0] == 0 && y[0][1] == 0 && y[0][2] == x[0][2]);
    assert_true(isfinite(gruff_engine_meters(engine).input_peak));
    gruff_engine_free(engine);
}

static void settled_bypass_is_exact(void **state)
{
    (void)state;
    const uint32_t expected[] = {0, 28, 16};
    for (int i = 0; i < 3; i++) {
        GruffEngine *engine = engine_new(48000, 2);
        GruffModel *model = i == 0   ? little_gru(48000, 8, 0)
                            : i == 1 ? little_gru(44100, 8, 0)
                                     : little_hop(48000, 17);
        play_at_once(engine, little_net(model, 48000, 2, GRUFF_QUALITY_NORMAL));
        const uint32_t latency = gruff_engine_latency(engine);
        assert_int_equal(latency, expected[i]);
        noise(x);
        x[0][3000] = 1e-41f;
        x[1][3001] = -0.0f;
        run(engine, 0, 1000, x, y);
        gruff_engine_set(engine, GRUFF_CONTROL_ENABLED, 0);
        run(engine, 1000, 600, x, y);
        run(engine, 1600, N - 1600, x, y);
        for (uint32_t c = 0; c < 2; c++)
            assert_memory_equal(x[c] + 1600, y[c] + 1600 + latency, (N - 1600 - latency) * sizeof(float));
        gruff_engine_free(engine);
    }
}

static void flat_engine_is_the_net_and_a_dc_blocker(void **state)
{
    (void)state;
    GruffEngine *engine = engine_new(48000, 1);
    play_at_once(engine, little_net(little_wire(48000, 1, 0.25), 48000, 1, GRUFF_QUALITY_NORMAL));
    sine(x, 500, 0.5);
    run(engine, 0, N, x, y);
    /* No thump of the offset, and the sine as it was but for the high-pass's quarter degree and 0.0004 dB. */
    double lead = atan(tan(pi * 5 / 48000) / tan(pi * 500 / 48000));
    for (uint32_t t = 0; t < N; t++)
        z[0][t] = (float)(0.5 * cos(lead) * sin(2 * pi * 500 / 48000 * t + lead));
    assert_true(largest_difference(y[0] + 9600, z[0] + 9600, N - 9600) < 1e-5f);
    assert_true(largest_difference(y[0], z[0], N) < 0.006f);
    gruff_engine_free(engine);
}

/* ---- blocks ---- */

/* A busy second: controls, offers and silences at set frames, in blocks of random or fixed length. */
static void busy(uint32_t fixed_block, bool in_place, float (*out)[N])
{
    GruffEngine *engine = engine_new(48000, 2);
    const double net_hz[] = {48000, 44100, 96000, 48000};
    for (uint32_t at = 0, n; at < N; at += n) {
        n = fixed_block;
        if (!fixed_block)
            n = random_below(6) ? random_below(130) : random_below(3000);
        for (uint32_t e = 0; e < 60; e++) { /* events, every 731 frames: stop at the next */
            uint32_t when = e * 731;
            if (when > at && when < at + n)
                n = when - at;
            if (when != at)
                continue;
            gruff_engine_set(engine, (GruffControl)(1 + e % (GRUFF_N_CONTROLS - 1)), (float)(e % 7) - 3);
            if (e % 9 == 1) {
                GruffModel *model = e % 18 == 1 ? little_wire(net_hz[e % 4], 1.0 / (1 + e), 0.1)
                                                : little_hop(net_hz[e % 4], 5);
                assert_true(gruff_engine_offer(engine, little_net(model, 48000, 2, GRUFF_QUALITY_NORMAL)));
            }
            if (e % 13 == 5)
                gruff_engine_set(engine, GRUFF_CONTROL_ENABLED, e % 2);
        }
        n = n < N - at ? n : N - at;
        if (in_place) {
            memcpy(out[0] + at, x[0] + at, n * sizeof(float));
            memcpy(out[1] + at, x[1] + at, n * sizeof(float));
        }
        run(engine, at, n, in_place ? out : x, out);
        collect(engine);
    }
    gruff_engine_free(engine);
}

static void any_split_sounds_the_same(void **state)
{
    (void)state;
    noise(x);
    for (uint32_t t = 10000; t < 34000; t++)
        x[0][t] = x[1][t] = 0;
    x[0][40000] = NAN;
    busy(N, false, y);
    for (int i = 0; i < 4; i++) {
        busy(i == 0 ? 1 : 0, i > 1, z);
        assert_memory_equal(y, z, sizeof y);
    }
}

static void reset_is_exact(void **state)
{
    (void)state;
    GruffEngine *engine = engine_new(48000, 2);
    play_at_once(engine, little_net(little_gru(44100, 12, 1), 48000, 2, GRUFF_QUALITY_NORMAL));
    noise(x);
    gruff_engine_set(engine, GRUFF_CONTROL_MIDDLE_DB, -4);
    gruff_engine_set(engine, GRUFF_CONTROL_KNOB_1, 0.8f);
    gruff_engine_reset(engine);
    run(engine, 0, 7001, x, y);
    run(engine, 9000, 333, x, z);
    gruff_engine_reset(engine);
    run(engine, 0, 7001, x, z);
    assert_memory_equal(y[0], z[0], 7001 * sizeof(float));
    assert_memory_equal(y[1], z[1], 7001 * sizeof(float));
    gruff_engine_free(engine);
}

static void two_channels_are_two_monos(void **state)
{
    (void)state;
    noise(x);
    GruffModel *model = little_gru(44100, 12, 0);
    for (uint32_t n_channels = 1; n_channels <= 2; n_channels++)
        for (uint32_t c = 0; c < 2; c += n_channels) {
            const GruffNetOptions options = {.n_channels = n_channels, .rate_hz = 48000, .kernel = "c"};
            GruffEngine *engine = engine_new(48000, n_channels);
            GruffNet *net;
            assert_int_equal(gruff_net_build(model, &options, NULL, &net), GRUFF_OK);
            gruff_net_settle(net);
            gruff_engine_set(engine, GRUFF_CONTROL_TREBLE_DB, 5);
            play_at_once(engine, net);
            run(engine, 0, N, x + c, (n_channels == 1 ? y : z) + c);
            gruff_engine_free(engine);
        }
    gruff_model_free(model);
    assert_true(largest_difference(y[0], z[0], N) < 2e-6f);
    assert_true(largest_difference(y[1], z[1], N) < 2e-6f);
}

/* ---- bad input ---- */

static void what_is_not_finite_plays_as_0(void **state)
{
    (void)state;
    for (int skip = 0; skip < 2; skip++) {
        noise(x);
        for (int bad = 0; bad < 2; bad++) {
            GruffEngine *engine = engine_new(48000, 1);
            GruffModel *model = skip ? little_wire(48000, 1, 0) : little_wire(44100, 1, 0);
            model->skip = skip;
            play_at_once(engine, little_net(model, 48000, 1, GRUFF_QUALITY_NORMAL));
            gruff_engine_set(engine, GRUFF_CONTROL_BASS_DB, 6);
            gruff_engine_set(engine, GRUFF_CONTROL_ENABLED, 1);
            for (uint32_t t = 2000; t < 2400; t += 7)
                x[0][t] = bad ? (const float[]){NAN, INFINITY, -INFINITY}[t % 3] : 0;
            run(engine, 0, N, x, bad ? z : y);
            gruff_engine_free(engine);
        }
        assert_memory_equal(y[0], z[0], sizeof y[0]);
    }
}

static void enormous_input_does_not_stick(void **state)
{
    (void)state;
    GruffEngine *engine = engine_new(48000, 1);
    GruffModel *model = little_wire(48000, 1, 0);
    model->skip = true;
    play_at_once(engine, little_net(model, 48000, 1, GRUFF_QUALITY_NORMAL));
    for (int control = GRUFF_CONTROL_INPUT_DB; control <= GRUFF_CONTROL_PRESENCE_DB; control++)
        gruff_engine_set(engine, (GruffControl)control, 1e9f);
    noise(x);
    for (uint32_t t = 100; t < 200; t++)
        x[0][t] = t % 2 ? FLT_MAX : -1e30f;
    run(engine, 0, N, x, y);
    for (uint32_t t = 0; t < N; t++)
        assert_true(isfinite(y[0][t]));
    gruff_engine_reset(engine);
    for (uint32_t t = 100; t < 200; t++)
        x[0][t] = 0;
    run(engine, 0, N, x, z);
    assert_memory_equal(y[0] + N - 1000, z[0] + N - 1000, 1000 * sizeof(float));
    gruff_engine_free(engine);
}

static void controls_out_of_range_are_clamped(void **state)
{
    (void)state;
    noise(x);
    const float odd[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 1e-42f, 0, 1};
    GruffEngine *a = engine_new(48000, 1), *b = engine_new(48000, 1);
    play_at_once(a, little_net(little_wire(48000, 1, 0), 48000, 1, GRUFF_QUALITY_NORMAL));
    play_at_once(b, little_net(little_wire(48000, 1, 0), 48000, 1, GRUFF_QUALITY_NORMAL));
    for (uint32_t at = 0; at < N; at += 480) {
        GruffControl control = (GruffControl)random_below(GRUFF_N_CONTROLS);
        float value = odd[random_below(sizeof odd / sizeof odd[0])];
        const GruffControlRange *range = gruff_control_range(control);
        gruff_engine_set(a, control, value);
        if (!isnan(value))
            gruff_engine_set(b, control,
                             value < range->min   ? range->min
                             : value > range->max ? range->max
                                                  : value);
        run(a, at, 480, x, y);
        run(b, at, 480, x, z);
    }
    assert_memory_equal(y[0], z[0], sizeof y[0]);
    for (uint32_t t = 0; t < N; t++)
        assert_true(isfinite(y[0][t]));
    gruff_engine_set(a, (GruffControl)99, 1);
    gruff_engine_set(a, (GruffControl)-1, 1);
    gruff_engine_free(a);
    gruff_engine_free(b);
}

static void the_hosts_float_mode_is_restored(void **state)
{
    (void)state;
    GruffEngine *engine = engine_new(48000, 1);
    run(engine, 0, 100, x, y);
    gruff_engine_reset(engine);
    volatile float small = FLT_MIN;
    small /= 4;
    assert_true(small > 0);
    gruff_engine_free(engine);
}

static void bad_arguments_are_refused(void **state)
{
    (void)state;
    GruffEngine *engine = (GruffEngine *)&engine;
    GruffMessage message;
    const double rates[] = {0, 7999, 768001, -48000, NAN, INFINITY};
    for (int i = 0; i < 6; i++) {
        assert_int_equal(gruff_engine_new(rates[i], 1, &message, &engine), GRUFF_ERROR_ARGUMENT);
        assert_null(engine);
        assert_non_null(strstr(message.text, "rate"));
    }
    for (uint32_t n = 0; n < 4; n += 3) {
        assert_int_equal(gruff_engine_new(48000, n, &message, &engine), GRUFF_ERROR_ARGUMENT);
        assert_non_null(strstr(message.text, "channels"));
    }
    gruff_engine_free(NULL);
}

/* The linker puts this in the place of gruff_block_new (see meson.build). */
static bool memory_is_short;
void *__real_gruff_block_new(size_t n_bytes);
void *__wrap_gruff_block_new(size_t n_bytes);
void *__wrap_gruff_block_new(size_t n_bytes)
{
    return memory_is_short ? NULL : __real_gruff_block_new(n_bytes);
}

/* A net made for another engine is a mistake of the program: it ends there, not in the listener's ears. */
static void nets_for_others_are_refused(void **state)
{
    (void)state;
#ifdef NDEBUG
    skip();
#endif
    for (int way = 0; way < 3; way++) {
        GruffEngine *engine;
        GruffNet *net = little_net(little_gru(48000, 8, 0), way == 1 ? 44100 : 48000, way == 2 ? 2 : 1,
                                   GRUFF_QUALITY_NORMAL);
        assert_int_equal(gruff_engine_new(48000, 1, NULL, &engine), GRUFF_OK);
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            fclose(stderr);
            signal(SIGABRT, SIG_DFL);
            _exit(gruff_engine_offer(engine, net) ? 0 : 1);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(way == 0 ? WIFEXITED(status) && WEXITSTATUS(status) == 0
                             : WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        gruff_net_free(net);
        gruff_engine_free(engine);
    }
}

static void short_memory_is_said(void **state)
{
    (void)state;
    GruffEngine *engine = (GruffEngine *)&engine;
    GruffNet *net = (GruffNet *)&net;
    GruffModel *model = little_gru(44100, 8, 0);
    GruffMessage message;
    const GruffNetOptions options = {.rate_hz = 48000};
    memory_is_short = true;
    assert_int_equal(gruff_engine_new(48000, 2, &message, &engine), GRUFF_ERROR_MEMORY);
    assert_null(engine);
    assert_non_null(strstr(message.text, "memory"));
    assert_int_equal(gruff_net_build(model, &options, &message, &net), GRUFF_ERROR_MEMORY);
    assert_null(net);
    memory_is_short = false;
    gruff_model_free(model);
}

int main(void)
{
    random_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_net_nothing_changes),
        cmocka_unit_test(settled_bypass_is_exact),
        cmocka_unit_test(flat_engine_is_the_net_and_a_dc_blocker),
        cmocka_unit_test(any_split_sounds_the_same),
        cmocka_unit_test(reset_is_exact),
        cmocka_unit_test(two_channels_are_two_monos),
        cmocka_unit_test(what_is_not_finite_plays_as_0),
        cmocka_unit_test(enormous_input_does_not_stick),
        cmocka_unit_test(controls_out_of_range_are_clamped),
        cmocka_unit_test(the_hosts_float_mode_is_restored),
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(nets_for_others_are_refused),
        cmocka_unit_test(short_memory_is_said),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
