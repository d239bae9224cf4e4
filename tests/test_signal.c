/* The capture signal: the same bits everywhere, parts where the layout says, found again in recordings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guitar.h"
#include "score.h"
#include "signal_layout.h"
#include "steady.h"

/* Change these only with SIGNAL_COMMENT: recordings of the old signal would no longer fit the new. */
#define SIGNAL_PRINT 0xf63201b0307ea528u
#define RIFF_PRINT   0x87af13953b01c0edu

static const double rate = 48000;
static float *whole;
static size_t n_whole;

static int make_whole(void **state)
{
    (void)state;
    n_whole = signal_n_frames(rate);
    whole = malloc(n_whole * sizeof *whole);
    return whole && signal_make(rate, whole) ? 0 : -1;
}

static int free_whole(void **state)
{
    (void)state;
    free(whole);
    return 0;
}

static uint64_t fingerprint(const float *x, size_t n)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t t = 0; t < n; t++)
        hash = (hash ^ (uint64_t)(int64_t)((double)x[t] * 8388608)) * 0x100000001b3u;
    return hash;
}

static float peak_of(const float *x, size_t n)
{
    float peak = 0;
    for (size_t t = 0; t < n; t++)
        peak = fabsf(x[t]) > peak ? fabsf(x[t]) : peak;
    return peak;
}

static const float *part(SignalPart p, size_t *n)
{
    *n = (size_t)(signal_spans[p].length_s * rate);
    return whole + (size_t)(signal_spans[p].start_s * rate);
}

static void steady_mathematics_is_right(void **state)
{
    (void)state;
    for (double x = -40; x < 40; x += 0.0137) {
        assert_true(fabs(steady_exp2(x) / exp2(x) - 1) < 4e-15);
        assert_true(fabs(steady_sine(x) - sin(2 * acos(-1) * (x - floor(x)))) < 1e-13);
    }
    assert_true(fabs(steady_gain(-20) - 0.1) < 1e-15);
}

static void samples_are_the_same_everywhere(void **state)
{
    (void)state;
    assert_true(fingerprint(whole, n_whole) == SIGNAL_PRINT);
    size_t n = signal_riff_n_frames(rate);
    float *riff = malloc(n * sizeof *riff);
    assert_true(signal_riff(rate, riff));
    assert_true(fingerprint(riff, n) == RIFF_PRINT);
    free(riff);
}

static void parts_follow_each_other(void **state)
{
    (void)state;
    double end_s = 0;
    for (int p = 0; p < SIGNAL_N_PARTS; p++) {
        assert_true(signal_spans[p].start_s == end_s);
        end_s += signal_spans[p].length_s;
    }
    assert_true(end_s == SIGNAL_LENGTH_S);
    assert_int_equal(n_whole, SIGNAL_LENGTH_S * rate);
}

static void parts_have_their_peaks(void **state)
{
    (void)state;
    for (int p = 0; p < SIGNAL_N_PARTS; p++) {
        size_t n;
        const float *x = part((SignalPart)p, &n);
        assert_true(fabs(peak_of(x, n) - signal_spans[p].peak) < 2e-7);
        for (size_t t = 0; t < n; t++)
            assert_true(x[t] * 8388608 == rintf(x[t] * 8388608));
    }
}

static void levels_and_sweeps_have_theirs(void **state)
{
    (void)state;
    size_t n;
    const float *x = part(SIGNAL_LEVELS, &n);
    for (int i = 0; i < SIGNAL_N_LEVELS; i++) {
        float peak = peak_of(x + (size_t)(i * SIGNAL_LEVEL_S * rate), (size_t)(SIGNAL_LEVEL_S * rate));
        assert_true(fabs(peak / signal_level(i) - 1) < 1e-3);
    }
    x = part(SIGNAL_SWEEPS, &n);
    for (int i = 0; i < SIGNAL_N_SWEEPS; i++) {
        float peak = peak_of(x + (size_t)(i * SIGNAL_SWEEP_S * rate), (size_t)(SIGNAL_SWEEP_S * rate));
        assert_true(fabs(peak / signal_sweep(i) - 1) < 1e-3);
    }
}

static void repeated_part_repeats(void **state)
{
    (void)state;
    size_t n;
    const float *a = part(SIGNAL_REPEAT_A, &n), *b = part(SIGNAL_REPEAT_B, &n);
    assert_memory_equal(a, b, n * sizeof *a);
    assert_true(peak_of(a, n) > 0.5f);
}

/* Frequency of the strongest partial within a semitone of hz, by a fine search of the Fourier sum. */
static double pitch_near(const float *x, size_t n, double hz)
{
    double best = 0, most = 0;
    for (double cents = -50; cents <= 50; cents += 2) {
        double f = hz * exp2(cents / 1200), re = 0, im = 0;
        for (size_t t = 0; t < n; t++) {
            double window = 0.5 - 0.5 * cos(2 * acos(-1) * (double)t / (double)n);
            re += window * (double)x[t] * cos(2 * acos(-1) * f * (double)t / rate);
            im += window * (double)x[t] * sin(2 * acos(-1) * f * (double)t / rate);
        }
        if (re * re + im * im > most)
            most = re * re + im * im, best = cents;
    }
    return best;
}

static void guitar_is_in_tune(void **state)
{
    (void)state;
    static const double open_hz[] = {82.4069, 110, 146.8324, 195.9977, 246.9417, 329.6276};
    enum { N = 48000 };
    float *x = malloc(N * sizeof *x);
    for (int string = 0; string < GUITAR_STRINGS; string++)
        for (int fret = 0; fret <= 21; fret += 7) {
            memset(x, 0, N * sizeof *x);
            GuitarNote note = {.length_s = 2, .string = string, .fret = fret, .velocity = 0.1};
            assert_int_equal(guitar_play(&guitar_bridge, &note, 1, 1, rate, x, N), 0);
            double cents = pitch_near(x + N / 2, N / 4, open_hz[string] * exp2(fret / 12.0));
            assert_true(fabs(cents) <= 3);
        }
    free(x);
}

static double rms(const float *x, size_t n)
{
    double sum = 0;
    for (size_t t = 0; t < n; t++)
        sum += (double)x[t] * (double)x[t];
    return sqrt(sum / (double)n);
}

static void touch_is_heard(void **state)
{
    (void)state;
    enum { N = 96000 };
    float *x = malloc(N * sizeof *x);
    double late[3]; /* level after a second: open, muted, stopped after half a second */
    for (int i = 0; i < 3; i++) {
        memset(x, 0, N * sizeof *x);
        GuitarNote note = {.length_s = i == 2 ? 0.5 : 4, .velocity = 0.8, .mute = i == 1 ? 0.75 : 0};
        guitar_play(&guitar_bridge, &note, 1, 1, rate, x, N);
        late[i] = rms(x + N / 2, 4800) / rms(x, 4800);
    }
    free(x);
    assert_true(late[0] > 0.1 && late[0] < 0.7);
    assert_true(late[1] < 1e-4 && late[2] < 1e-3);
}

static void scores_are_read(void **state)
{
    (void)state;
    GuitarNote notes[16];
    double end_s;
    size_t n = score_read("v50 E0A2 | . e12/2:4 D3m?:1 G9\\4", 120, 1, 3, notes, 16, &end_s);
    assert_int_equal(n, 5);
    assert_true(fabs(end_s - (1 + (2 + 2 + 4 + 1 + 2) * 0.125)) < 1e-12);
    assert_int_equal(notes[1].string, 1);
    assert_true(notes[1].fret == 2 && fabs(notes[1].velocity - 0.5) < 0.041);
    assert_true(notes[2].string == 5 && notes[2].glide == 2 && fabs(notes[2].start_s - 1.504) <= 0.0041);
    assert_true(notes[3].mute > 0 && fabs(notes[3].velocity - 0.25) < 0.021);
    assert_true(notes[4].glide == -4);
    assert_true(score_read("E0A2D2 E0A2D2 E0A2D2", 120, 0, 3, notes, 8, NULL) <= 8);
}

/* What recordings do to the signal: y[t] = gain · x((t - delay) / stretch), cubic interpolation. */
static float *recorded(double gain, double delay, double stretch, size_t n)
{
    float *y = calloc(n, sizeof *y);
    assert_non_null(y);
    for (size_t t = 0; t < n; t++) {
        double at = ((double)t - delay) / stretch;
        if (at < 1 || at + 3 > (double)n_whole)
            continue;
        const float *x = whole + (size_t)at;
        double d = at - floor(at);
        double a = -d * (d - 1) * (d - 2) / 6, b = (d + 1) * (d - 1) * (d - 2) / 2;
        double c = -(d + 1) * d * (d - 2) / 2, e = (d + 1) * d * (d - 1) / 6;
        y[t] = (float)(gain * (a * (double)x[-1] + b * (double)x[0] + c * (double)x[1] + e * (double)x[2]));
    }
    return y;
}

static void expect_found(const float *y, size_t n, double delay, double stretch, double gain, double frames)
{
    SignalLayout layout;
    assert_int_equal(signal_find(y, n, rate, &layout), SIGNAL_WHOLE);
    double end = layout.start + SIGNAL_LENGTH_S * rate * layout.stretch;
    if (fabs(layout.start - delay) > frames ||
        fabs(end - delay - SIGNAL_LENGTH_S * rate * stretch) > frames || fabs(layout.gain / gain - 1) > 0.05)
        fail_msg("found at %.3f to %.3f, stretch %.9f, gain %.3f", layout.start, end, layout.stretch,
                 layout.gain);
}

static void found_where_it_was_put(void **state)
{
    (void)state;
    static const struct {
        double gain, delay, stretch;
    } cases[] = {
        {1, 0, 1}, {-0.05, 4800.5, 1}, {0.5, 31234.37, 1.00002}, {-1, -20000.25, 0.9999}, {0.01, 3, 1.002}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = n_whole + 60000;
        float *y = recorded(cases[i].gain, cases[i].delay, cases[i].stretch, n);
        expect_found(y, n, cases[i].delay, cases[i].stretch, cases[i].gain, 0.05);
        free(y);
    }
}

static void found_in_noise_and_hum(void **state)
{
    (void)state;
    float *y = recorded(0.5, 777.7, 1, n_whole + 1000);
    uint64_t seed = 99;
    for (size_t t = 0; t < n_whole + 1000; t++)
        y[t] += (float)(0.003 * steady_noise(&seed) + 0.05 * steady_sine(50 * (double)t / rate));
    expect_found(y, n_whole + 1000, 777.7, 1, 0.5, 0.3);
    free(y);
}

static void found_through_an_amp(void **state)
{
    (void)state;
    float *y = recorded(1, 1000, 1, n_whole + 2000);
    double low = 0, slow = 0;
    for (size_t t = 0; t < n_whole + 2000; t++) {
        low += 0.4 * (tanh(20 * (double)y[t]) - low);
        slow += 0.005 * (low - slow);
        y[t] = (float)(0.4 * (low - slow));
    }
    SignalLayout layout;
    assert_int_equal(signal_find(y, n_whole + 2000, rate, &layout), SIGNAL_WHOLE);
    assert_true(layout.start > 999 && layout.start < 1006);
    assert_true(fabs(layout.stretch - 1) < 1e-7);
    assert_true(layout.gain > 0);
    long start = signal_part_start(&layout, SIGNAL_NOTES, rate);
    assert_int_equal(start, lround(layout.start + 34 * rate));
    free(y);
}

static void found_at_another_rate(void **state)
{
    (void)state;
    static const double rates[] = {44100, 96000};
    for (int i = 0; i < 2; i++) {
        size_t n = signal_n_frames(rates[i]);
        float *y = malloc(n * sizeof *y);
        assert_true(signal_make(rates[i], y));
        SignalLayout layout;
        assert_int_equal(signal_find(y, n, rates[i], &layout), SIGNAL_WHOLE);
        assert_true(fabs(layout.start) < 0.02 && fabs(layout.stretch - 1) < 1e-8);
        free(y);
    }
}

static void cut_or_absent_is_told(void **state)
{
    (void)state;
    SignalLayout layout;
    assert_int_equal(signal_find(whole, n_whole - 96000, rate, &layout), SIGNAL_CUT);
    assert_true(fabs(layout.start) < 0.02 && layout.stretch == 1);
    size_t first = (size_t)(3 * rate);
    assert_int_equal(signal_find(whole + first, n_whole - first, rate, &layout), SIGNAL_ABSENT);
    size_t n_riff = signal_riff_n_frames(rate);
    float *riff = malloc(n_riff * sizeof *riff);
    assert_true(signal_riff(rate, riff));
    assert_int_equal(signal_find(riff, n_riff, rate, &layout), SIGNAL_ABSENT);
    memset(riff, 0, n_riff * sizeof *riff);
    for (size_t n = 0; n < 100; n += 33)
        assert_int_equal(signal_find(riff, n, rate, &layout), SIGNAL_ABSENT);
    assert_int_equal(signal_find(riff, n_riff, rate, &layout), SIGNAL_ABSENT);
    free(riff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_mathematics_is_right),
        cmocka_unit_test(samples_are_the_same_everywhere),
        cmocka_unit_test(parts_follow_each_other),
        cmocka_unit_test(parts_have_their_peaks),
        cmocka_unit_test(levels_and_sweeps_have_theirs),
        cmocka_unit_test(repeated_part_repeats),
        cmocka_unit_test(guitar_is_in_tune),
        cmocka_unit_test(touch_is_heard),
        cmocka_unit_test(scores_are_read),
        cmocka_unit_test(found_where_it_was_put),
        cmocka_unit_test(found_in_noise_and_hum),
        cmocka_unit_test(found_through_an_amp),
        cmocka_unit_test(found_at_another_rate),
        cmocka_unit_test(cut_or_absent_is_told),
    };
    return cmocka_run_group_tests_name("signal", tests, make_whole, free_whole);
}
