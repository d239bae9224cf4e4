/* Smoother, DC blocker and tone stack, against what their formulas say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <complex.h>
#include <math.h>
#include <string.h>

#include "filter.h"
#include "reference.h"

static const double pi = 3.14159265358979323846;

/* ---- smoother ---- */

static void smoother_glides_and_arrives(void **state)
{
    (void)state;
    GruffSmooth s;
    gruff_smooth_init(&s, 48000, 0.005, 1);
    assert_false(s.moving);
    gruff_smooth_set(&s, 10);
    double before = 1, slope = 0;
    uint32_t n = 0;
    for (; s.moving && n < 48000; n++) {
        double value = gruff_smooth_next(&s);
        assert_true(value >= before && value <= 10);
        assert_true(fabs(value - before - slope) < 9.0 / (240 * 240)); /* the slope moves by little too */
        slope = value - before;
        before = value;
        gruff_smooth_settle(&s);
    }
    assert_true(n > 240 && n < 0.1 * 48000);
    assert_true(fabs(before - 10) <= 1e-5 && s.value == 10);
}

static void smoother_in_pieces_is_the_same(void **state)
{
    (void)state;
    GruffSmooth a, b;
    float whole[500], pieces[500];
    gruff_smooth_init(&a, 44100, 0.005, 0);
    b = a;
    gruff_smooth_set(&a, -3);
    gruff_smooth_set(&b, -3);
    gruff_smooth_fill(&a, whole, 500);
    for (uint32_t at = 0, n; at < 500; at += n) {
        n = random_below(40);
        n = n < 500 - at ? n : 500 - at;
        gruff_smooth_fill(&b, pieces + at, n);
    }
    assert_memory_equal(whole, pieces, sizeof whole);
}

/* ---- DC blocker ---- */

static double dc_gain(double rate_hz, double f_hz)
{
    GruffDcBlock dc;
    gruff_dc_init(&dc, rate_hz, 5);
    double complex sum = 0;
    const uint32_t n_warm = (uint32_t)rate_hz, n = (uint32_t)rate_hz; /* whole periods of whole Hz */
    for (uint32_t t = 0; t < n_warm + n; t++) {
        float x = (float)cos(2 * pi * f_hz / rate_hz * t);
        gruff_dc_run(&dc, 0, &x, 1);
        if (t >= n_warm)
            sum += x * cexp(-2 * pi * I * f_hz / rate_hz * t);
    }
    return cabs(sum) / n * 2;
}

static void dc_blocker_has_its_corner_at_5_hz(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        double rate_hz = (const double[]){8000, 44100, 192000}[i];
        assert_true(fabs(20 * log10(dc_gain(rate_hz, 5)) + 3.0103) < 0.01);
        assert_true(fabs(20 * log10(dc_gain(rate_hz, 31)) + 0.112) < 0.01); /* a bass's low B */
        assert_true(fabs(20 * log10(dc_gain(rate_hz, 1000))) < 0.001);
    }
}

static void dc_blocker_stops_dc_whole(void **state)
{
    (void)state;
    GruffDcBlock dc;
    gruff_dc_init(&dc, 192000, 5);
    float x = 0;
    for (uint32_t t = 0; t < 2 * 192000; t++) {
        x = 0.7f;
        gruff_dc_run(&dc, 1, &x, 1);
    }
    assert_true(fabsf(x) < 1e-9f);
}

static void dc_blocker_does_not_mind_how_frames_are_split(void **state)
{
    (void)state;
    GruffDcBlock a, b;
    float whole[500], pieces[500];
    gruff_dc_init(&a, 44100, 5);
    gruff_dc_init(&b, 44100, 5);
    for (uint32_t t = 0; t < 500; t++)
        whole[t] = pieces[t] = (float)random_below(2000) / 1000 - 0.7f;
    gruff_dc_run(&a, 0, whole, 500);
    for (uint32_t at = 0, n; at < 500; at += n) {
        n = random_below(11);
        n = n < 500 - at ? n : 500 - at;
        gruff_dc_run(&b, 0, pieces + at, n);
    }
    assert_memory_equal(whole, pieces, sizeof whole);
}

static void dc_blocker_starts_where_it_is_told_and_drops_what_is_no_sound(void **state)
{
    (void)state;
    GruffDcBlock dc;
    gruff_dc_init(&dc, 48000, 5);
    gruff_dc_start(&dc, 0, 0.25);
    float x[20];
    for (uint32_t t = 0; t < 20; t++)
        x[t] = 0.25f;
    gruff_dc_run(&dc, 0, x, 20);
    for (uint32_t t = 0; t < 20; t++)
        assert_true(fabsf(x[t]) < 1e-12f);
    float bad[] = {NAN, INFINITY, -INFINITY, 2e6f, 0};
    gruff_dc_start(&dc, 0, 0);
    gruff_dc_run(&dc, 0, bad, 5);
    for (uint32_t t = 0; t < 5; t++)
        assert_true(bad[t] == 0);
}

/* ---- tone ---- */

/* Gain in dB at f of a tone stack whose one band has settled at gain_db. */
static double tone_gain_db(double rate_hz, uint32_t band, double gain_db, double f_hz)
{
    GruffTone tone;
    gruff_tone_init(&tone, rate_hz);
    gruff_tone_set(&tone, band, gain_db);
    gruff_tone_reset(&tone);
    double complex sum = 0;
    const uint32_t n = (uint32_t)(rate_hz / 5);
    for (uint32_t t = 0; t < 2 * n; t++) {
        if (t % GRUFF_GRID == 0)
            gruff_tone_line(&tone);
        float x = (float)cos(2 * pi * f_hz / rate_hz * t);
        gruff_tone_run(&tone, 0, &x, t % GRUFF_GRID, 1);
        if (t >= n)
            sum += x * cexp(-2 * pi * I * f_hz / rate_hz * t);
    }
    return 20 * log10(cabs(sum) / n * 2);
}

/* The Audio EQ Cookbook's analogue prototypes, s = j tan(pi f / rate) / tan(pi f0 / rate) for the bilinear
 * transform. */
static double cookbook_db(double rate_hz, uint32_t band, double gain_db, double f_hz)
{
    static const double corner_hz[] = {150, 600, 2200, 4500}, q[] = {0.7071, 0.7, 0.7071, 0.8};
    double complex s = I * tan(pi * f_hz / rate_hz) / tan(pi * corner_hz[band] / rate_hz), h;
    double a = pow(10, gain_db / 40), w = sqrt(a) / q[band];
    if (band == 0)
        h = a * (s * s + w * s + a) / (a * s * s + w * s + 1);
    else if (band == 2)
        h = a * (a * s * s + w * s + 1) / (s * s + w * s + a);
    else
        h = (s * s + s * a / q[band] + 1) / (s * s + s / (a * q[band]) + 1);
    return 20 * log10(cabs(h));
}

static void tone_is_what_the_cookbook_says(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        for (uint32_t band = 0; band < GRUFF_N_BANDS; band++)
            for (int up = -1; up <= 1; up += 2)
                for (double f = 30; f < 15000; f *= 2.5) {
                    double rate_hz = (const double[]){44100, 48000, 192000}[i], f_hz = 5 * round(f / 5);
                    double want = cookbook_db(rate_hz, band, 9.0 * up, f_hz);
                    assert_true(fabs(tone_gain_db(rate_hz, band, 9.0 * up, f_hz) - want) < 0.005);
                }
}

/* A host at 44.1 kHz and one at 192 kHz sound the same: to half a dB where it is still to be heard. */
static void tone_is_alike_at_every_rate(void **state)
{
    (void)state;
    for (uint32_t band = 0; band < GRUFF_N_BANDS; band++)
        for (double f = 50; f < 10000; f *= 1.7)
            assert_true(fabs(cookbook_db(44100, band, 12, f) - cookbook_db(192000, band, 12, f)) < 0.5);
}

static void flat_tone_is_transparent(void **state)
{
    (void)state;
    GruffTone tone;
    float x[GRUFF_GRID], y[GRUFF_GRID];
    gruff_tone_init(&tone, 48000);
    for (int round = 0; round < 3; round++) {
        for (uint32_t t = 0; t < GRUFF_GRID; t++)
            x[t] = (float)random_uniform(-1, 1);
        memcpy(y, x, sizeof x);
        gruff_tone_line(&tone);
        gruff_tone_run(&tone, 0, y, 0, GRUFF_GRID);
        assert_memory_equal(x, y, sizeof x);
        for (uint32_t band = 0; band < GRUFF_N_BANDS; band++) /* away, and back to flat */
            gruff_tone_set(&tone, band, 6);
        for (int line = 0; line < 750; line++) {
            if (line == 300)
                for (uint32_t band = 0; band < GRUFF_N_BANDS; band++)
                    gruff_tone_set(&tone, band, 0);
            gruff_tone_line(&tone);
            gruff_tone_run(&tone, 0, y, 0, GRUFF_GRID);
            if (line == 290)
                assert_memory_not_equal(x, y, sizeof x);
        }
    }
}

int main(void)
{
    random_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smoother_glides_and_arrives),
        cmocka_unit_test(smoother_in_pieces_is_the_same),
        cmocka_unit_test(dc_blocker_has_its_corner_at_5_hz),
        cmocka_unit_test(dc_blocker_stops_dc_whole),
        cmocka_unit_test(dc_blocker_does_not_mind_how_frames_are_split),
        cmocka_unit_test(dc_blocker_starts_where_it_is_told_and_drops_what_is_no_sound),
        cmocka_unit_test(tone_is_what_the_cookbook_says),
        cmocka_unit_test(tone_is_alike_at_every_rate),
        cmocka_unit_test(flat_tone_is_transparent),
    };
    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
