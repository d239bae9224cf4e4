/* Playing a file in parts, with decks and streams that stand in: made to remember for as long as a test
 * wants, and to differ by as much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "progress.h"
#include "render_parts.h"

enum { RATE = 8000, N = 90 * RATE };
static float sound[N], played[N], want[N];

/* ---- what stands in */

/* y = x + s, s' = keep s + (1 - keep) x; and where |x| is above `loud`, decks differ by `apart`. After an x
 * above 0.8 their states differ by `shaken`. */
static struct {
    double keep, loud, apart, shaken;
} model;
static int n_built, n_fails_from, n_seen;

typedef struct Memory {
    double s, last;
    int number;
} Memory;

static Memory *memory(const Deck *deck)
{
    return (Memory *)(void *)deck->channel[0];
}

bool deck_build(const Render *render, int rate_hz, uint32_t n_channels, Deck *deck)
{
    (void)render;
    assert_int_equal(rate_hz, RATE);
    *deck =
        (Deck){.n_channels = n_channels, .period = 64, .n_state = 1, .channel = {calloc(1, sizeof(Memory))}};
    memory(deck)->number = __atomic_fetch_add(&n_built, 1, __ATOMIC_SEQ_CST);
    return n_fails_from == 0 || memory(deck)->number < n_fails_from;
}

void deck_free(Deck *deck)
{
    free(deck->channel[0]);
    *deck = (Deck){0};
}

void deck_run(Deck *deck, const float *in, float *out, size_t n)
{
    Memory *m = memory(deck);
    for (size_t t = 0; t < n; t++) {
        const double x = in[t], other = fabs(x) > model.loud ? model.apart * m->number : 0;
        m->s = model.keep * m->s + (1 - model.keep) * x;
        m->last = x;
        if (out)
            out[t] = (float)(x + m->s + (t % 2 ? other : -other));
    }
}

void deck_reset(Deck *deck)
{
    memory(deck)->s = 0;
}

void deck_state(const Deck *deck, double *state)
{
    const Memory *m = memory(deck);
    *state = m->s + (model.apart + (m->last > 0.8 ? model.shaken : 0)) * m->number;
}

/* Reading or writing beyond these frames fails, 0: never; how often either was asked for after that. */
static int64_t read_fails_at, write_fails_at;
static int n_after_failure;
static bool has_failed;

static bool fails(int64_t at, int64_t end, GruffMessage *message)
{
    n_after_failure += has_failed;
    if (!at || end <= at)
        return false;
    has_failed = true;
    strcpy(message->text, "no more");
    return true;
}

AudioFacts audio_facts(const AudioReader *reader)
{
    (void)reader;
    return (AudioFacts){.rate_hz = RATE, .n_channels = 1, .n_frames = N};
}

size_t stream_read(Stream *s, float *samples, size_t n, GruffMessage *message)
{
    message->text[0] = '\0';
    const size_t left = (size_t)(N - s->n_in);
    s->ended = n >= left;
    n = s->ended ? left : n;
    if (fails(read_fails_at, s->n_in + (int64_t)n, message))
        return 0;
    memcpy(samples, sound + s->n_in, n * sizeof *samples);
    s->n_in += (int64_t)n;
    return n;
}

bool stream_write(Stream *s, const float *samples, size_t n, GruffMessage *message)
{
    if (fails(write_fails_at, s->n_out + (int64_t)n, message))
        return false;
    memcpy(played + s->n_out, samples, n * sizeof *samples);
    s->n_out += (int64_t)n;
    return true;
}

int64_t stream_left(const Stream *s)
{
    return N - s->n_in;
}

bool interrupted(void)
{
    return false;
}

void progress_show(const char *label, double fraction)
{
    (void)label;
    assert_true(fraction >= 0 && fraction <= 1);
    n_seen++;
}

int say_failed(const char *format, ...)
{
    (void)format;
    return 1;
}

/* ---- the tests */

/* What is played in parts, and then in one; *want what it should be. */
static PartsReport play(uint32_t n_jobs)
{
    const Render render = {.n_jobs = n_jobs};
    atomic_bool show = true;
    const RenderTalk talk = {.may_progress = &show};
    PartsReport report;
    GruffMessage message;
    Stream stream = {.n_channels = 1};
    Deck deck;
    n_built = n_seen = 0;
    assert_true(deck_build(&render, RATE, 1, &deck));
    deck_run(&deck, sound, want, N);
    deck_reset(&deck);
    memset(played, 0, sizeof played);
    assert_true(render_parts(&render, &talk, "x", &deck, &stream, &report, &message));
    if (!report.untrue) {
        deck_run(&deck, sound + stream.n_out, played + stream.n_out, (size_t)(N - stream.n_out));
        assert_true(stream.n_in == stream.n_out);
    }
    deck_free(&deck);
    return report;
}

static double error_db(size_t from)
{
    double error = 0, energy = 0;
    for (size_t t = from; t < N; t++) {
        error += pow((double)played[t] - (double)want[t], 2);
        energy += pow((double)want[t], 2);
    }
    return 10 * log10(error / energy);
}

static void make_sound(size_t n_soft)
{
    uint32_t state = 7;
    for (size_t t = 0; t < N; t++) {
        state = state * 1664525u + 1013904223u;
        sound[t] = (float)((double)(state >> 8) * 0x1p-24 - 0.5) * (t < n_soft ? 0.1f : 1.0f);
    }
}

/* Time constants of 1 ms; of 0.1 s, which the first warming up (5 of them) does not forget; of 100 s. */
static void test_memory(void **unused)
{
    (void)unused;
    make_sound(0);
    for (uint32_t n_jobs = 2; n_jobs <= 8; n_jobs++) {
        model.keep = exp(-1.0 / (0.001 * RATE)), model.loud = 2;
        PartsReport report = play(n_jobs);
        assert_true(report.n_parts >= 2 * n_jobs && report.broken_at_s < 0 && !report.untrue);
        assert_true(error_db(0) < -150);
        assert_true(n_built == (int)n_jobs && n_seen > 0);
        model.keep = exp(-1.0 / (0.1 * RATE));
        report = play(n_jobs);
        assert_true(report.n_parts >= 2 * n_jobs && report.broken_at_s < 0 && !report.untrue);
        assert_true(error_db(0) < -110);
        model.keep = exp(-1.0 / (100.0 * RATE));
        report = play(n_jobs);
        assert_true(report.n_parts == 1 && report.broken_at_s == 4 && !report.untrue);
        assert_memory_equal(played, want, sizeof want);
    }
}

/* Silence that all parts of the first round but the last agree on: that one is enough for all to be played in
 * one. */
static void test_last_of_the_first(void **unused)
{
    (void)unused;
    make_sound(0);
    memset(sound, 0, 10 * RATE * sizeof *sound);
    model.keep = exp(-1.0 / (100.0 * RATE)), model.loud = 2;
    const PartsReport report = play(4);
    assert_true(report.n_parts == 1 && report.broken_at_s == 4 && !report.untrue);
    assert_memory_equal(played, want, sizeof want);
}

/* States that are apart where the first round ends, though the sound is as good as the same. */
static void test_end_of_the_first(void **unused)
{
    (void)unused;
    make_sound(0);
    sound[8 * RATE - 1] = 0.9f;
    model.keep = 0.5, model.loud = 2;
    PartsReport report = play(2);
    assert_true(report.n_parts > 2 && report.broken_at_s < 0 && !report.untrue);
    model.shaken = 1e-4;
    report = play(2);
    assert_true(report.n_parts == 1 && report.broken_at_s == 4 && !report.untrue);
    assert_memory_equal(played, want, sizeof want);
    model.shaken = 0;
}

/* Where decks never agree: a little less than what is promised, more, more only for a moment, more only
 * later. */
static void test_differences(void **unused)
{
    (void)unused;
    model.keep = 0.5, model.loud = 0.01;
    make_sound(0);
    model.apart = 5e-7; /* 120 dB below the sound */
    PartsReport report = play(2);
    assert_true(report.broken_at_s < 0 && !report.untrue && error_db(0) < -115 && error_db(0) > -130);
    model.apart = 1e-5;
    report = play(2);
    assert_true(report.n_parts == 1 && report.broken_at_s == 4 && !report.untrue);
    assert_memory_equal(played, want, sizeof want);
    make_sound(0);
    for (size_t t = 15 * RATE / 2; t < 8 * RATE; t++) /* the end of the first round: -110 dB there */
        sound[t] *= 1.1f;
    model.loud = 0.5, model.apart = 5e-6;
    report = play(2);
    assert_true(report.broken_at_s < 0 && !report.untrue && error_db(0) < -115);
    make_sound(20 * RATE);
    model.loud = 0.06, model.apart = 9e-7; /* -113 dB to -115 dB where it is loud */
    report = play(2);
    assert_true(report.untrue);
    model.apart = 0;
}

static void test_no_deck(void **unused)
{
    (void)unused;
    const Render render = {.n_jobs = 3, .quiet = true};
    const RenderTalk talk = {0};
    PartsReport report;
    GruffMessage message = {""};
    Stream stream = {.n_channels = 1};
    Deck deck;
    n_built = 0, n_fails_from = 2;
    assert_true(deck_build(&render, RATE, 1, &deck));
    assert_false(render_parts(&render, &talk, "x", &deck, &stream, &report, &message));
    deck_free(&deck);
    n_fails_from = 0;
}

/* Reading and writing that fail, in the first round, later and at the end: said once, and nothing more is
 * tried. */
static void test_no_reading_or_writing(void **unused)
{
    static const int64_t at[] = {1, 9 * RATE, 30 * RATE, N - 1};
    const Render render = {.n_jobs = 2, .quiet = true};
    const RenderTalk talk = {0};
    (void)unused;
    model.keep = 0;
    make_sound(N);
    for (int i = 0; i < 8; i++) {
        PartsReport report;
        GruffMessage message = {""};
        Stream stream = {.n_channels = 1};
        Deck deck;
        read_fails_at = i % 2 ? at[i / 2] : 0, write_fails_at = i % 2 ? 0 : at[i / 2];
        n_built = n_after_failure = 0, has_failed = false;
        assert_true(deck_build(&render, RATE, 1, &deck));
        assert_false(render_parts(&render, &talk, "x", &deck, &stream, &report, &message));
        assert_string_equal(message.text, "no more");
        assert_int_equal(n_after_failure, 0);
        deck_free(&deck);
    }
    read_fails_at = write_fails_at = 0;
}

/* Counters that come round too seldom for a part to begin where they do. */
static void test_long_period(void **unused)
{
    (void)unused;
    const Render render = {.n_jobs = 2};
    PartsReport report;
    GruffMessage message;
    Stream stream = {.n_channels = 1};
    Deck deck = {.n_channels = 1, .period = RATE + 1};
    assert_true(render_parts(&render, NULL, "x", &deck, &stream, &report, &message));
    assert_true(report.n_parts == 1 && stream.n_out == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory),           cmocka_unit_test(test_last_of_the_first),
        cmocka_unit_test(test_end_of_the_first), cmocka_unit_test(test_differences),
        cmocka_unit_test(test_no_deck),          cmocka_unit_test(test_no_reading_or_writing),
        cmocka_unit_test(test_long_period),
    };
    return cmocka_run_group_tests_name("render parts", tests, NULL, NULL);
}
