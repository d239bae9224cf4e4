/* The analysis of a capture on simulated gear: what is planted is measured or caught, and sound gear passes.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/analyse.h"
#include "gear.h"
#include "signal_layout.h"

#define RATE_HZ 32000.0 /* the signal's least: half the work */
#define PI      3.14159265358979323846

static float *dry, *raw, *wet;
static size_t n_dry, n_raw;
static uint64_t seed;
static GearState state_of_gear;

/* Play dry through the gear into raw; wet is what the amp alone makes of it. */
static void play(const Gear *gear)
{
    GearState *amp = &state_of_gear;
    gear_start(amp, gear, RATE_HZ, seed);
    for (size_t t = 0; t < n_dry; t++, amp->t++)
        wet[t] = (float)gear_amplify(amp, (double)dry[t]);
    gear_start(amp, gear, RATE_HZ, seed);
    for (size_t t = 0; t < n_raw; t++)
        raw[t] = (float)gear_play(amp, t < n_dry ? (double)dry[t] : 0);
}

static CaptureFacts measure(const Gear *gear)
{
    CaptureFacts facts;
    play(gear);
    assert_true(capture_measure(dry, n_dry, raw, n_raw, RATE_HZ, &facts));
    return facts;
}

/* The sentence that holds part, of that weight or none. */
static bool says(const CaptureFacts *facts, CaptureWeight weight, const char *part)
{
    CaptureWord words[CAPTURE_MAX_WORDS];
    size_t n = capture_judge(facts, RATE_HZ, words);
    for (size_t i = 0; i < n; i++)
        if (words[i].weight == weight && strstr(words[i].text, part))
            return true;
    for (size_t i = 0; i < n; i++)
        printf("  said: %s\n", words[i].text);
    return false;
}

static size_t n_words(const CaptureFacts *facts)
{
    CaptureWord words[CAPTURE_MAX_WORDS];
    size_t n = capture_judge(facts, RATE_HZ, words);
    for (size_t i = 0; i < n; i++)
        printf("  said: %s\n", words[i].text);
    return n;
}

static void near(const char *what, double measured, double planted, double within)
{
    printf("  %s: planted %.3f, measured %.3f\n", what, planted, measured);
    assert_true(fabs(measured - planted) <= within);
}

static void sound_gear_passes_in_silence(void **state)
{
    (void)state;
    CaptureFacts facts = measure(&(Gear){.delay = 1234.37, .drive = 8, .noise_db = -80});
    assert_true(facts.found);
    near("delay", facts.delay_frames, 1234.37, 0.1);
    near("drift", facts.drift_ppm, 0, 0.05);
    near("noise", facts.noise_db, -80, 0.5);
    assert_false(facts.inverted);
    assert_false(facts.gated);
    assert_false(facts.jumped);
    assert_false(facts.is_cable);
    assert_true(facts.hum_hz == 0);
    assert_int_equal(capture_trim(&facts, -1), 1234);
    assert_int_equal(n_words(&facts), 0);
}

static void polarity_is_told(void **state)
{
    (void)state;
    CaptureFacts facts = measure(&(Gear){.delay = 77.81, .drive = 3, .gain = -0.4, .noise_db = -60});
    near("delay", facts.delay_frames, 77.81, 0.1);
    assert_true(facts.inverted);
    assert_true(says(&facts, CAPTURE_NOTE, "upside down"));
}

/* Power of what lies below about 7 kHz: near half the rate no two short interpolators agree. */
static double low_power(float *x, size_t n)
{
    double power = 0;
    for (int pass = 0; pass < 4; pass++)
        for (size_t t = 0; t + 2 < n; t++)
            x[t] = (x[t] + 2 * x[t + 1] + x[t + 2]) / 4;
    for (size_t t = 0; t + 8 < n; t++)
        power += (double)x[t] * (double)x[t];
    return power;
}

/* The aligned return against the amp's own sound, moved by what is left of the delay: a sinc of 65 taps. */
static void check_aligned(const CaptureFacts *facts, const Gear *gear)
{
    size_t start = (size_t)(70 * RATE_HZ), n = (size_t)(100 * RATE_HZ);
    float *straight = malloc(n_dry * sizeof *straight), *expected = malloc(n * sizeof *expected);
    long trim = capture_trim(facts, -1);
    near("trim", (double)trim, gear->delay - 1, 1);
    capture_align(raw, n_raw, facts, trim, straight, n_dry);
    double rest = gear->delay - (double)trim / (1 + gear->drift_ppm * 1e-6), tap[65];
    for (int i = -32; i <= 32; i++) {
        double d = rest + i;
        tap[i + 32] = (0.5 + 0.5 * cos(PI * d / 33.5)) * (fabs(d) < 1e-9 ? 1 : sin(PI * d) / (PI * d));
    }
    for (size_t t = 0; t < n; t++) {
        double sum = 0;
        for (size_t i = 0; i < 65; i++)
            sum += (double)wet[start + t + i - 32] * tap[i];
        expected[t] = (float)sum;
        straight[start + t] -= expected[t];
    }
    double esr_db = 10 * log10(low_power(straight + start, n) / low_power(expected, n));
    printf("  aligned return against the amp's sound: %.1f dB\n", esr_db);
    free(straight);
    free(expected);
    assert_true(esr_db < -60);
}

static void drift_is_measured_and_put_right(void **state)
{
    (void)state;
    static const double drifts[] = {50, -7.3, 30}, drives[] = {2, 40, 4};
    for (int i = 0; i < 3; i++) {
        Gear gear = {.delay = 2000.6, .drive = drives[i], .drift_ppm = drifts[i], .noise_db = -90};
        CaptureFacts facts = measure(&gear);
        near("drift", facts.drift_ppm, drifts[i], 0.1);
        near("delay", facts.delay_frames, 2000.6 * (1 + drifts[i] * 1e-6), 0.1);
        assert_false(facts.jumped);
        assert_true(says(&facts, CAPTURE_WARNING, "drift"));
        check_aligned(&facts, &gear);
    }
}

static void hum_is_told_from_noise(void **state)
{
    (void)state;
    CaptureFacts facts =
        measure(&(Gear){.delay = 300, .drive = 2, .noise_db = -70, .hum_db = -45, .hum_hz = 60});
    near("hum", facts.hum_db, -45, 1);
    assert_true(facts.hum_hz == 60);
    assert_true(says(&facts, CAPTURE_WARNING, "hum of 60 Hz"));
    facts = measure(&(Gear){.delay = 300, .drive = 2, .noise_db = -70, .hum_db = -62, .hum_hz = 50});
    near("hum", facts.hum_db, -62, 1);
    assert_true(facts.hum_hz == 50);
    assert_true(says(&facts, CAPTURE_NOTE, "hum of 50 Hz"));
}

static void clipping_is_caught(void **state)
{
    (void)state;
    CaptureFacts facts = measure(&(Gear){.delay = 300.5, .gain = 1.3, .clip = 1, .noise_db = -80});
    assert_true(facts.n_clipped > 100);
    assert_true(says(&facts, CAPTURE_REFUSAL, "clipped"));
    facts = measure(&(Gear){.delay = 300.5, .gain = 1.1, .clip = 0.7, .noise_db = -80});
    assert_true(facts.n_clipped == 0);
    assert_true(says(&facts, CAPTURE_WARNING, "cut flat at -3.1 dBFS"));
}

static void a_gate_is_caught(void **state)
{
    (void)state;
    CaptureFacts facts = measure(&(Gear){.delay = 300.5, .drive = 5, .gate_db = -47, .noise_db = -80});
    near("gate", facts.gate_db, -50, 0.1); /* the loudest step below it */
    assert_true(says(&facts, CAPTURE_WARNING, "gate"));
}

static void lost_and_added_sound_is_caught(void **state)
{
    (void)state;
    CaptureFacts facts =
        measure(&(Gear){.delay = 300.5, .drive = 5, .noise_db = -70, .jump_s = 90, .jump_frames = 256});
    near("jump", facts.jump_frames, -256, 8);
    near("its time", facts.jump_s, 90, 6);
    assert_true(says(&facts, CAPTURE_REFUSAL, "lost or put in"));
    facts = measure(&(Gear){.delay = 300.5, .drive = 5, .noise_db = -70, .jump_s = 130, .jump_frames = -64});
    near("jump", facts.jump_frames, 64, 4);
    near("its time", facts.jump_s, 130, 6);
}

static void repeatability_is_the_noise(void **state)
{
    (void)state;
    Gear gear = {.delay = 41.2, .drive = 5, .noise_db = -40};
    CaptureFacts facts = measure(&gear);
    size_t start = (size_t)((signal_spans[SIGNAL_REPEAT_A].start_s + 0.5) * RATE_HZ);
    double power = 0;
    for (size_t t = 0; t < (size_t)(3.9 * RATE_HZ); t++)
        power += (double)wet[start + t] * (double)wet[start + t] / (3.9 * RATE_HZ);
    near("repeatability", facts.repeat_db, -40 - 10 * log10(power + 1e-4), 0.7);
    facts = measure(&(Gear){.delay = 41.2, .drive = 5, .noise_db = -80, .wobble = 0.5});
    assert_true(says(&facts, CAPTURE_WARNING, "came back differently"));
}

static void what_is_no_return_is_refused(void **state)
{
    (void)state;
    CaptureFacts facts = measure(&(Gear){.delay = 300, .gain = 1e-9, .noise_db = -50});
    assert_false(facts.found);
    assert_true(says(&facts, CAPTURE_REFUSAL, "did not come back"));
    facts = measure(&(Gear){.delay = 300, .gain = 1e-30});
    assert_false(facts.found);
    play(&(Gear){.delay = 300, .drive = 3, .noise_db = -60});
    for (size_t t = n_raw / 2; t < n_raw; t++)
        raw[t] = (float)(1e-3 * sin(0.001 * (double)(t % 1013) * (double)(t % 977)));
    assert_true(capture_measure(dry, n_dry, raw, n_raw, RATE_HZ, &facts));
    assert_true(says(&facts, CAPTURE_REFUSAL, "the end of the signal"));
    facts = measure(&(Gear){.delay = 300.3, .gain = 0.5, .noise_db = -100});
    assert_true(facts.is_cable);
    assert_true(says(&facts, CAPTURE_WARNING, "the signal itself"));
    facts = measure(&(Gear){.delay = 300.3, .drive = 3, .gain = 0.02, .noise_db = -100});
    assert_true(says(&facts, CAPTURE_WARNING, "weak"));
}

static int set_up(void **state)
{
    (void)state;
    const char *given = getenv("GRUFF_SEED");
    seed = given ? strtoull(given, NULL, 10) : 20260101;
    printf("GRUFF_SEED=%llu\n", (unsigned long long)seed);
    n_dry = signal_n_frames(RATE_HZ);
    n_raw = n_dry + (size_t)(CAPTURE_MAX_DELAY_S * RATE_HZ);
    dry = malloc(n_dry * sizeof *dry);
    wet = malloc(n_dry * sizeof *wet);
    raw = malloc(n_raw * sizeof *raw);
    return dry && wet && raw && signal_make(RATE_HZ, dry) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    free(dry);
    free(wet);
    free(raw);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_gear_passes_in_silence),
        cmocka_unit_test(polarity_is_told),
        cmocka_unit_test(drift_is_measured_and_put_right),
        cmocka_unit_test(hum_is_told_from_noise),
        cmocka_unit_test(clipping_is_caught),
        cmocka_unit_test(a_gate_is_caught),
        cmocka_unit_test(lost_and_added_sound_is_caught),
        cmocka_unit_test(repeatability_is_the_noise),
        cmocka_unit_test(what_is_no_return_is_refused),
    };
    return cmocka_run_group_tests_name("analyse", tests, set_up, tear_down);
}
