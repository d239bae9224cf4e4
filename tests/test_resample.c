/* Rate conversion, one way and round trip. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rate.h"
#include "reference.h"

static const double pi = 3.14159265358979323846;

static const double rates[] = {44100, 48000, 88200, 96000, 176400, 192000};
enum { N_RATES = sizeof rates / sizeof rates[0] };

/* ---- a converter in a block of its own ---- */

typedef struct Trip {
    GruffRate rate;
    GruffRateClock clock;
    void *fixed, *moving;
    size_t n_moving;
} Trip;

static Trip trip_new(double host_hz, double net_hz, uint32_t net_latency, uint32_t n_channels)
{
    Trip trip;
    GruffArena fixed = {0}, moving = {0};
    gruff_rate_place(&trip.rate, host_hz, net_hz, net_latency, n_channels, &fixed, &moving);
    trip.n_moving = moving.used;
    fixed = (GruffArena){.base = trip.fixed = gruff_block_new(fixed.used)};
    moving = (GruffArena){.base = trip.moving = gruff_block_new(moving.used)};
    gruff_rate_place(&trip.rate, host_hz, net_hz, net_latency, n_channels, &fixed, &moving);
    gruff_rate_design(&trip.rate);
    trip.clock = trip.rate.start;
    return trip;
}

static void trip_free(Trip *trip)
{
    gruff_block_free(trip->fixed);
    gruff_block_free(trip->moving);
}

static void wire(void *net, const float *const *in, float *const *out, const float *const *knobs, uint32_t n)
{
    (void)net, (void)in, (void)out, (void)knobs, (void)n;
}

static void run_one(Trip *trip, const float *in, float *out, uint32_t n, GruffRatePlay *play, void *net)
{
    gruff_rate_run(&trip->rate, &trip->clock, (const float *const[]){in}, (float *const[]){out}, NULL, n,
                   play, net);
}

/* ---- tests ---- */

static void ratios_are_exact(void **state)
{
    (void)state;
    static const struct {
        double from, to;
        uint32_t n, d;
    } cases[] = {{44100, 48000, 147, 160}, {192000, 48000, 4, 1},      {48000, 44100, 160, 147},
                 {8000, 768000, 1, 96},    {22050, 192000, 147, 1280}, {48000, 32000, 3, 2},
                 {44100, 44056, 11025, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t n, d;
        gruff_resample_ratio(cases[i].from, cases[i].to, &n, &d);
        if (cases[i].d) {
            assert_int_equal(n, cases[i].n);
            assert_int_equal(d, cases[i].d);
        }
        assert_true(n <= 8192 && d <= 8192);
        assert_true(fabs((double)n / d * cases[i].to / cases[i].from - 1) < 1e-7);
    }
}

/* Largest error of a sine that goes to the net's rate and back, against the sine as many frames earlier as
 * the latency says: level, delay and all that is added. dB of the sine. */
static double sine_error_db(double host_hz, double net_hz, double f_hz)
{
    enum { N = 8192, START = 6144 };
    static float x[N], y[N];
    Trip trip = trip_new(host_hz, net_hz, 0, 1);
    double most = 0, w = 2 * pi * f_hz / host_hz;
    for (uint32_t t = 0; t < N; t++)
        x[t] = (float)sin(w * t);
    run_one(&trip, x, y, N, wire, NULL);
    for (uint32_t t = START; t < N; t++)
        most = fmax(most, fabs(y[t] - sin(w * ((double)t - trip.rate.latency))));
    trip_free(&trip);
    return 20 * log10(most);
}

static void sines_come_back_where_and_as_they_were(void **state)
{
    (void)state;
    for (int h = 0; h < N_RATES; h++)
        for (int n = 0; n < N_RATES; n++) {
            if (rates[h] == rates[n])
                continue;
            Trip trip = trip_new(rates[h], rates[n], 0, 1);
            double ms = 1e3 * trip.rate.latency / rates[h];
            trip_free(&trip);
            double top = fmin(rates[h], rates[n]) / 2 - 5550, worst = -200;
            for (double f = 50; f < top; f *= 1.31)
                worst = fmax(worst, sine_error_db(rates[h], rates[n], f));
            worst = fmax(worst, sine_error_db(rates[h], rates[n], top));
            print_message("host %6.0f net %6.0f: %.3f ms, worst sine below %5.0f Hz %.1f dB\n", rates[h],
                          rates[n], ms, top, worst);
            assert_true(ms <= 0.6);
            assert_true(worst < -90);
        }
}

static void odd_rates_work_too(void **state)
{
    (void)state;
    static const double pairs[][2] = {{22050, 48000}, {48000, 22050}, {32000, 44100}, {44056.3, 48000},
                                      {768000, 8000}, {8000, 768000}, {48000, 44099}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        double top = fmin(pairs[i][0], pairs[i][1]) * 0.35;
        print_message("host %g net %g: %.1f dB at %g Hz\n", pairs[i][0], pairs[i][1],
                      sine_error_db(pairs[i][0], pairs[i][1], top), top);
        assert_true(sine_error_db(pairs[i][0], pairs[i][1], top) < -80);
        assert_true(sine_error_db(pairs[i][0], pairs[i][1], top / 10) < -86);
    }
}

/* Sound at the host's rate that the net's rate cannot hold must not fold into the guitar's band. */
static void what_would_fold_is_held_back(void **state)
{
    (void)state;
    enum { N = 8192 };
    static float x[N], y[N];
    for (double f = 30000; f < 48000; f += 1100) {
        Trip trip = trip_new(96000, 48000, 0, 1);
        for (uint32_t t = 0; t < N; t++)
            x[t] = (float)sin(2 * pi * f / 96000 * t);
        run_one(&trip, x, y, N, wire, NULL);
        float most = 0;
        for (uint32_t t = 1024; t < N; t++)
            most = fmaxf(most, fabsf(y[t]));
        assert_true(most < 3e-5f);
        trip_free(&trip);
    }
}

/* A net with memory and a bend, to see every net frame and its order. */
static void bend(void *net, const float *const *in, float *const *out, const float *const *knobs, uint32_t n)
{
    float *memory = net;
    for (uint32_t t = 0; t < n; t++)
        for (uint32_t c = 0; c < 2; c++) {
            memory[c] = 0.5f * memory[c] + tanhf(3 * in[c][t]) * (knobs[0] ? knobs[0][t] : 1);
            out[c][t] = memory[c];
        }
}

static void any_split_sounds_the_same(void **state)
{
    (void)state;
    enum { N = 5000 };
    static float x[2][N], knob[N], whole[2][N], split[2][N];
    for (uint32_t t = 0; t < N; t++) {
        x[0][t] = (float)random_uniform(-1, 1);
        x[1][t] = (float)random_uniform(-1, 1);
        knob[t] = (float)random_uniform(0, 1);
    }
    x[0][700] = NAN;
    x[1][900] = INFINITY;
    for (int h = 0; h < N_RATES; h++)
        for (int r = 0; r < N_RATES; r++) {
            uint32_t latency = random_below(40);
            float memory[2] = {0, 0};
            Trip trip = trip_new(rates[h], rates[r], latency, 2);
            gruff_rate_run(&trip.rate, &trip.clock, (const float *const[]){x[0], x[1]},
                           (float *const[]){whole[0], whole[1]}, (const float *const[]){knob, NULL}, N, bend,
                           memory);
            trip_free(&trip);
            trip = trip_new(rates[h], rates[r], latency, 2);
            memset(memory, 0, sizeof memory);
            memcpy(split, x, sizeof split);
            for (uint32_t at = 0, n; at < N; at += n) {
                n = random_below(5) ? random_below(20) : random_below(N);
                n = n < N - at ? n : N - at;
                gruff_rate_run(&trip.rate, &trip.clock, (const float *const[]){split[0] + at, split[1] + at},
                               (float *const[]){split[0] + at, split[1] + at},
                               (const float *const[]){knob + at, NULL}, n, bend, memory);
            }
            assert_memory_equal(whole, split, sizeof whole);
            for (uint32_t t = 0; t < N; t++)
                assert_true(isfinite(whole[0][t]) && isfinite(whole[1][t]));
            trip_free(&trip);
        }
}

static void skipping_is_as_running_on_silence(void **state)
{
    (void)state;
    enum { N = 3000 };
    static float x[N], y[N], z[N];
    for (int h = 0; h < N_RATES; h++)
        for (int r = 0; r < N_RATES; r++) {
            float silence[777] = {0}, out[777];
            Trip a = trip_new(rates[h], rates[r], 3, 1), b = trip_new(rates[h], rates[r], 3, 1);
            for (uint32_t t = 0; t < N; t++)
                x[t] = (float)random_uniform(-1, 1);
            for (uint32_t at = 0, n; at < 777; at += n) {
                n = 1 + random_below(64);
                n = n < 777 - at ? n : 777 - at;
                run_one(&a, silence, out, n, wire, NULL);
                gruff_rate_skip(&b.rate, &b.clock, n);
            }
            run_one(&a, x, y, N, wire, NULL);
            run_one(&b, x, z, N, wire, NULL);
            assert_memory_equal(y, z, sizeof y);
            trip_free(&a);
            trip_free(&b);
        }
}

/* A net that lags: the whole lag is a whole number of host frames, and that is where an impulse comes out. */
typedef struct Lag {
    float past[64];
    uint32_t at, n;
} Lag;

static void lag(void *net, const float *const *in, float *const *out, const float *const *knobs, uint32_t n)
{
    (void)knobs;
    Lag *l = net;
    for (uint32_t t = 0; t < n; t++, l->at++) {
        l->past[l->at % 64] = in[0][t];
        out[0][t] = l->past[(l->at - l->n) % 64];
    }
}

static void a_lagging_net_is_counted_in(void **state)
{
    (void)state;
    enum { N = 4096 };
    static float x[N], y[N];
    for (int h = 0; h < N_RATES; h++)
        for (uint32_t n_lag = 0; n_lag < 64; n_lag += 21) {
            double net_hz = rates[h] == 44100 ? 48000 : 44100, most = 0, w = 2 * pi * 997 / rates[h];
            Lag l = {.n = n_lag};
            Trip trip = trip_new(rates[h], net_hz, n_lag, 1);
            for (uint32_t t = 0; t < N; t++)
                x[t] = (float)sin(w * t);
            run_one(&trip, x, y, N, lag, &l);
            for (uint32_t t = 1024; t < N; t++)
                most = fmax(most, fabs(y[t] - sin(w * ((double)t - trip.rate.latency))));
            assert_true(most < 5e-5);
            assert_true(trip.rate.latency < 0.0006 * rates[h] + (n_lag + 1) * rates[h] / net_hz + 1);
            trip_free(&trip);
        }
}

int main(void)
{
    random_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_are_exact),
        cmocka_unit_test(sines_come_back_where_and_as_they_were),
        cmocka_unit_test(odd_rates_work_too),
        cmocka_unit_test(what_would_fold_is_held_back),
        cmocka_unit_test(any_split_sounds_the_same),
        cmocka_unit_test(skipping_is_as_running_on_silence),
        cmocka_unit_test(a_lagging_net_is_counted_in),
    };
    return cmocka_run_group_tests_name("resample", tests, NULL, NULL);
}
