/* Trims, calibration, loudness, meters, latency and HQ. */
#include <string.h>

#include "engine_help.h"

static float x[2][N], y[2][N], z[2][N];

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
        cmocka_unit_test(trims_and_calibration_are_in_db),
        cmocka_unit_test(matched_models_are_equally_loud),
        cmocka_unit_test(loudness_is_the_same_at_every_rate),
        cmocka_unit_test(meters_show_peaks_since_the_last_look),
        cmocka_unit_test(latency_is_what_it_says),
        cmocka_unit_test(hq_is_m_nets_taking_turns),
        cmocka_unit_test(settling_does_not_move_net_frames),
    };
    return cmocka_run_group_tests_name("engine levels", tests, NULL, NULL);
}
