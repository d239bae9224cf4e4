/* The sound path: what it must leave alone, what it must do, and that nothing clicks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "little_models.h"
#include "reference.h"

static const double pi = 3.14159265358979323846;

enum { N = 48000 };
static float x[2][N], y[2][N], z[2][N];

/* ---- helpers ---- */

static GruffEngine *engine_new(double rate_hz, uint32_t n_channels)
{
    GruffEngine *engine;
    assert_int_equal(gruff_engine_new(rate_hz, n_channels, NULL, &engine), GRUFF_OK);
    return engine;
}

static void run(GruffEngine *engine, uint32_t at, uint32_t n, float (*in)[N], float (*out)[N])
{
    gruff_engine_run(engine, (const float *const[]){in[0] + at, in[1] + at},
                     (float *const[]){out[0] + at, out[1] + at}, n);
}

static void collect(GruffEngine *engine)
{
    for (GruffNet *net; (net = gruff_engine_collect(engine));)
        gruff_net_free(net);
}

static void noise(float (*into)[N])
{
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t t = 0; t < N; t++)
            into[c][t] = (float)random_uniform(-0.5, 0.5);
}

static void sine(float (*into)[N], double f_hz, double amplitude)
{
    for (uint32_t c = 0; c < 2; c++)
        for (uint32_t t = 0; t < N; t++)
            into[c][t] = (float)(amplitude * sin(2 * pi * f_hz / 48000 * t));
}

static float largest_step(const float *s, uint32_t from, uint32_t to)
{
    float most = 0;
    for (uint32_t t = from + 1; t < to; t++)
        most = fmaxf(most, fabsf(s[t] - s[t - 1]));
    return most;
}

/* Second difference: zipper noise and clicks stand out of a low sine in it. */
static float largest_bend(const float *s, uint32_t from, uint32_t to)
{
    float most = 0;
    for (uint32_t t = from + 2; t < to; t++)
        most = fmaxf(most, fabsf(s[t] - 2 * s[t - 1] + s[t - 2]));
    return most;
}

static float largest_difference(const float *a, const float *b, uint32_t n)
{
    float most = 0;
    for (uint32_t t = 0; t < n; t++)
        most = fmaxf(most, fabsf(a[t] - b[t]));
    return most;
}

static void play_at_once(GruffEngine *engine, GruffNet *net)
{
    assert_true(gruff_engine_offer(engine, net));
    gruff_engine_reset(engine);
}

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
    uint32_t n_offered, n_back;
} Clicker;

static void *click(void *pointer)
{
    Clicker *clicker = pointer;
    while (!atomic_load(&clicker->stop)) {
        GruffNet *net = little_net(little_wire(48000, 0.5, 0.1), 48000, 1, GRUFF_QUALITY_NORMAL);
        if (gruff_engine_offer(clicker->engine, net))
            clicker->n_offered++;
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
    for (int second = 0; second < 20; second++)
        for (uint32_t at = 0; at < N; at += 96) {
            run(clicker.engine, at, 96, x, y);
            for (uint32_t t = at; t < at + 96; t++)
                assert_true(fabsf(y[0][t]) < 1);
        }
    atomic_store(&clicker.stop, true);
    pthread_join(thread, NULL);
    print_message("%u offered, %u back\n", clicker.n_offered, clicker.n_back);
    assert_true(clicker.n_offered > 10 && clicker.n_offered - clicker.n_back <= 16);
    gruff_engine_free(clicker.engine);
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

/* ---- levels ---- */

static float peak_of(float gain_of_model, GruffControl control, float value, double loudness_db,
                     double level_dbu, bool measure)
{
    GruffEngine *engine = engine_new(48000, 1);
    GruffModel *model = little_wire(48000, gain_of_model, 0);
    model->has_loudness = isfinite(loudness_db);
    model->loudness_db = loudness_db;
    model->has_input_level = isfinite(level_dbu);
    model->input_level_dbu = level_dbu;
    GruffNet *net = little_net(model, 48000, 1, GRUFF_QUALITY_NORMAL);
    if (measure)
        gruff_net_measure_loudness(net);
    gruff_engine_set(engine, control, value);
    play_at_once(engine, net);
    sine(x, 1000, 0.1);
    run(engine, 0, N, x, y);
    gruff_engine_free(engine);
    float most = 0;
    for (uint32_t t = N / 2; t < N; t++)
        most = fmaxf(most, fabsf(y[0][t]));
    return 20 * log10f(most / 0.1f);
}

static void trims_and_calibration_are_in_db(void **state)
{
    (void)state;
    assert_true(fabsf(peak_of(1, GRUFF_CONTROL_INPUT_DB, 6, NAN, NAN, false) - 6) < 0.02f);
    assert_true(fabsf(peak_of(1, GRUFF_CONTROL_OUTPUT_DB, -11, NAN, NAN, false) + 11) < 0.02f);
    /* 0 dBFS is 12 dBu here and was 18 dBu where the model was made: the same voltage is 6 dB lower there. */
    assert_true(fabsf(peak_of(1, GRUFF_CONTROL_CALIBRATE_DBU, 12, NAN, 18, false) + 6) < 0.02f);
    assert_true(fabsf(peak_of(1, GRUFF_CONTROL_CALIBRATE_DBU, 12, NAN, NAN, false)) < 0.02f);
    assert_true(fabsf(peak_of(1, GRUFF_CONTROL_CALIBRATE_DBU, 0, NAN, 18, false)) < 0.02f);
}

static void matched_models_are_equally_loud(void **state)
{
    (void)state;
    assert_true(fabsf(peak_of(1, GRUFF_CONTROL_MATCH, 1, -25, NAN, false) - 7) < 0.02f); /* the file's word */
    assert_true(fabsf(peak_of(1, GRUFF_CONTROL_MATCH, 1, -25, NAN, true) - 7) < 0.02f);
    assert_true(fabsf(peak_of(1, GRUFF_CONTROL_MATCH, 0, -25, NAN, true)) < 0.02f);
    assert_true(fabsf(peak_of(1, GRUFF_CONTROL_MATCH, 1, NAN, NAN, false)) < 0.02f); /* nobody knows */
    /* Measured: a wire turns the built-in sound of -15 dB into -15 dB, so it goes down by 3 to -18. */
    assert_true(fabsf(peak_of(1, GRUFF_CONTROL_MATCH, 1, NAN, NAN, true) + 3) < 0.1f);
    assert_true(fabsf(peak_of(0.05f, GRUFF_CONTROL_MATCH, 1, NAN, NAN, true) + 3) < 0.1f);
    assert_true(fabsf(peak_of(1e-9f, GRUFF_CONTROL_MATCH, 1, NAN, NAN, true) + 180) <
                1); /* silent: left so */
}

static void loudness_is_the_same_at_every_rate(void **state)
{
    (void)state;
    const double rates[] = {44100, 48000, 96000, 192000};
    for (int i = 0; i < 4; i++) {
        GruffNet *net = little_net(little_wire(48000, 1, 0.3), rates[i], 2, GRUFF_QUALITY_NORMAL);
        assert_true(fabs(gruff_net_measure_loudness(net) + 15) < 0.1);
        assert_true(gruff_net_measure_loudness(net) == gruff_net_measure_loudness(net));
        gruff_net_free(net);
    }
}

static void meters_show_peaks_since_the_last_look(void **state)
{
    (void)state;
    GruffEngine *engine = engine_new(48000, 2);
    play_at_once(engine, little_net(little_wire(48000, 0.5, 0), 48000, 2, GRUFF_QUALITY_NORMAL));
    memset(x, 0, sizeof x);
    x[0][100] = 0.25f;
    x[1][1000] = -0.75f;
    run(engine, 0, 2000, x, y);
    GruffMeters meters = gruff_engine_meters(engine);
    assert_true(meters.input_peak == 0.75f && fabsf(meters.output_peak - 0.375f) < 1e-3f);
    run(engine, 2000, 5, x, y);
    meters = gruff_engine_meters(engine);
    assert_true(meters.input_peak == 0 && meters.output_peak < 1e-3f);
    gruff_engine_free(engine);
}

/* ---- latency ---- */

/* How many frames y lags x, to a fraction, near `about`: the peak of a parabola through their correlation. */
static double lag_of(const float *in, const float *out, uint32_t n, uint32_t about)
{
    double at[3] = {0};
    for (uint32_t k = 0; k < 3; k++)
        for (uint32_t t = 1; t < n; t++)
            at[k] += (double)in[t] * out[t + about + k - 1];
    return about + 0.5 * (at[0] - at[2]) / (at[0] - 2 * at[1] + at[2]);
}

/* A burst comes out as many frames later as the engine says, for hops and rate pairs. */
static void latency_is_what_it_says(void **state)
{
    (void)state;
    const double rates[] = {44100, 48000, 88200, 96000, 176400, 192000};
    for (int h = 0; h < 6; h++) {
        memset(x, 0, sizeof x);
        for (int t = 0; t < 400; t++)
            x[0][500 + t] = (float)(pow(sin(pi * t / 400), 2) * sin(2 * pi * 3000 / rates[h] * t));
        for (int n = 0; n < 6; n++)
            for (uint32_t hop = 1; hop <= 64; hop *= 8)
                for (int quality = 0; quality < 2; quality++) {
                    GruffEngine *engine = engine_new(rates[h], 1);
                    GruffModel *model = little_hop(rates[n], hop);
                    play_at_once(engine, little_net(model, rates[h], 1, (GruffQuality)quality));
                    run(engine, 0, 2000, x, y);
                    const uint32_t latency = gruff_engine_latency(engine);
                    const bool whole = quality == GRUFF_QUALITY_HQ && fmod(rates[h], rates[n]) == 0;
                    assert_true(fabs(lag_of(x[0], y[0], 1000, latency) - latency) < 0.03);
                    if (hop == 1 && (h == n || whole))
                        assert_int_equal(latency, 0);
                    if (hop == 1)
                        assert_true(latency <= 0.0006 * rates[h]);
                    gruff_engine_free(engine);
                }
    }
}

/* HQ: every M-th sample sees the states that every M-th sample before left, as if M nets took turns. */
static void hq_is_m_nets_taking_turns(void **state)
{
    (void)state;
    noise(x);
    for (uint32_t m = 2; m <= 4; m++) {
        GruffModel *model = little_gru(48000, 13, 0);
        const GruffNetOptions hq = {.rate_hz = 48000 * m, .quality = GRUFF_QUALITY_HQ};
        GruffNet *net, *one;
        assert_int_equal(gruff_net_build(model, &hq, NULL, &net), GRUFF_OK);
        assert_int_equal(gruff_net_latency(net), 0);
        for (uint32_t at = 0, n; at < N; at += n) {
            n = 1 + random_below(300);
            n = n < N - at ? n : N - at;
            gruff_net_run(net, (const float *const[]){x[0] + at}, (float *const[]){y[0] + at}, NULL, n);
        }
        for (uint32_t turn = 0; turn < m; turn++) {
            assert_int_equal(gruff_net_build(model, NULL, NULL, &one), GRUFF_OK);
            for (uint32_t t = 0; t < N / m; t++)
                z[0][t] = x[0][t * m + turn];
            gruff_net_run(one, (const float *const[]){z[0]}, (float *const[]){z[1]}, NULL, N / m);
            for (uint32_t t = 0; t < N / m; t++)
                assert_true(z[1][t] == y[0][t * m + turn]);
            gruff_net_free(one);
        }
        gruff_net_free(net);
        gruff_model_free(model);
    }
}

/* Where a converter's net frames stand must not depend on how long a model takes to settle: one that never
 * does, silenced, plays as a wire. */
static void settling_does_not_move_net_frames(void **state)
{
    (void)state;
    GruffModel *swing = little_swing(48000);
    swing->layers[1].w[0] = 0;
    swing->skip = true;
    GruffNet *nets[] = {little_net(swing, 44100, 1, GRUFF_QUALITY_NORMAL),
                        little_net(little_wire(48000, 1, 0), 44100, 1, GRUFF_QUALITY_NORMAL)};
    noise(x);
    for (int i = 0; i < 2; i++) {
        gruff_net_run(nets[i], (const float *const[]){x[0]}, (float *const[]){y[i]}, NULL, N);
        gruff_net_free(nets[i]);
    }
    assert_memory_equal(y[0], y[1], sizeof y[0]);
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
        cmocka_unit_test(controls_do_not_zip),
        cmocka_unit_test(model_changes_do_not_click),
        cmocka_unit_test(bypassed_model_changes_do_not_click),
        cmocka_unit_test(every_offer_comes_back_once),
        cmocka_unit_test(the_latest_offer_wins),
        cmocka_unit_test(offers_come_from_another_thread),
        cmocka_unit_test(what_is_not_finite_plays_as_0),
        cmocka_unit_test(enormous_input_does_not_stick),
        cmocka_unit_test(controls_out_of_range_are_clamped),
        cmocka_unit_test(the_hosts_float_mode_is_restored),
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(short_memory_is_said),
        cmocka_unit_test(trims_and_calibration_are_in_db),
        cmocka_unit_test(matched_models_are_equally_loud),
        cmocka_unit_test(loudness_is_the_same_at_every_rate),
        cmocka_unit_test(meters_show_peaks_since_the_last_look),
        cmocka_unit_test(latency_is_what_it_says),
        cmocka_unit_test(hq_is_m_nets_taking_turns),
        cmocka_unit_test(settling_does_not_move_net_frames),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
