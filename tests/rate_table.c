/* What playing at another rate costs: error, latency and aliasing by model rate, host rate and method, on
 * real guitar through real captures. A benchmark: prints tables, fails only where files are missing (exit
 * 77).
 *
 * The reference converts with filters of 512 taps in double precision: guitar → model's rate → net → host's
 * rate. Its net frames stand at the same instants as the player's: a net folds what it makes above half its
 * rate, and how that sounds depends on where its frames stand. The error is what the player's output differs
 * below 16 kHz. */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gruff_model.h"

static const double pi = 3.14159265358979323846;
static const char *const captures[] = {"aidax-lstm12-blues-deluxe.json",
                                       "aidax-lstm12-british-lead.json",
                                       "aidax-lstm12-california-clean.json",
                                       "keras-gru8-klon-gain50.json",
                                       "nam-lstm-1x16-boss.nam",
                                       "nam-lstm-1x3.nam",
                                       "pytorch-gru64-muff.json",
                                       "pytorch-lstm20-ts9.json",
                                       "pytorch-lstm40-princeton-clean.json"};
enum { N_CAPTURES = sizeof captures / sizeof captures[0], HALF = 256 };

/* ---- the reference's conversion ---- */

static double bessel_i0(double x)
{
    double term = 1, sum = 1;
    for (int k = 1; term > 1e-18 * sum; k++)
        sum += term *= (x / (2 * k)) * (x / (2 * k));
    return sum;
}

/* y[t] = x at t * from / to + shift, lowpassed at pass (of the lower rate's half); Kaiser window, beta 12. */
static void convert(const double *x, size_t n_x, double from, double to, double shift, double pass, double *y,
                    size_t n_y)
{
    enum { STEPS = 4096 };
    static double table[HALF * STEPS + 2];
    const double band = pass * fmin(1, to / from);
    for (int i = 0; i <= HALF * STEPS; i++) {
        double d = (double)i / STEPS, w = 1 - (d / HALF) * (d / HALF), a = pi * band * d;
        table[i] = (a < 1e-12 ? 1 : sin(a) / a) * band * bessel_i0(12 * sqrt(w)) / bessel_i0(12);
    }
    for (size_t t = 0; t < n_y; t++) {
        double at = (double)t * from / to + shift, sum = 0;
        long first = (long)floor(at) - HALF + 1;
        for (long k = first < 0 ? 0 : first; k < first + 2 * HALF && k < (long)n_x; k++) {
            double d = fabs(at - (double)k) * STEPS;
            size_t i = (size_t)d;
            if (i < (size_t)HALF * STEPS)
                sum += x[k] * (table[i] + (d - (double)i) * (table[i + 1] - table[i]));
        }
        y[t] = sum;
    }
}

/* ---- nets ---- */

static GruffModel *model_at(const char *folder, const char *name, double rate_hz)
{
    char path[1024];
    GruffMessage message;
    GruffModel *model;
    snprintf(path, sizeof path, "%s/models/%s", folder, name);
    if (gruff_model_load(path, &message, &model)) {
        printf("skipped: %s\n", message.text);
        exit(77);
    }
    model->rate_hz = rate_hz;
    return model;
}

/* Play x through the model as a host at rate_hz does. Returns the latency. */
static uint32_t play(const GruffModel *model, double rate_hz, GruffQuality quality, const double *x,
                     double *y, size_t n)
{
    const GruffNetOptions options = {.rate_hz = rate_hz, .quality = quality};
    GruffNet *net;
    float *sound = malloc(n * sizeof *sound);
    if (!sound || gruff_net_build(model, &options, NULL, &net))
        exit(1);
    gruff_net_settle(net);
    for (size_t t = 0; t < n; t++)
        sound[t] = (float)x[t];
    gruff_net_run(net, (const float *const[]){sound}, (float *const[]){sound}, NULL, (uint32_t)n);
    for (size_t t = 0; t < n; t++)
        y[t] = sound[t];
    uint32_t latency = gruff_net_latency(net);
    gruff_net_free(net);
    free(sound);
    return latency;
}

/* ---- tables ---- */

static int ascending(const void *a, const void *b)
{
    double d = *(const double *)a - *(const double *)b;
    return (d > 0) - (d < 0);
}

/* 10 log10 of the error's energy over the reference's, both below 16 kHz; mean (DC) left out. */
static double error_db(const double *y, uint32_t latency, const double *want, size_t n, double rate_hz)
{
    const size_t edge = (size_t)(0.1 * rate_hz), m = n - latency - 2 * edge;
    double *pair[2] = {malloc(m * sizeof(double)), malloc(m * sizeof(double))}, energy[2] = {0, 0};
    double *low = malloc(m * sizeof *low);
    for (size_t t = 0; t < m; t++) {
        pair[0][t] = y[edge + t + latency] - want[edge + t];
        pair[1][t] = want[edge + t];
    }
    for (int i = 0; i < 2; i++) {
        double mean = 0;
        convert(pair[i], m, rate_hz, rate_hz, 0, 16000 / (rate_hz / 2), low, m);
        for (size_t t = HALF; t < m - HALF; t++)
            mean += low[t] / (double)(m - 2 * HALF);
        for (size_t t = HALF; t < m - HALF; t++)
            energy[i] += (low[t] - mean) * (low[t] - mean);
        free(pair[i]);
    }
    free(low);
    return 10 * log10(energy[0] / energy[1]);
}

/* One row: how a model of net_hz sounds in a host of host_hz. */
static void error_row(const char *folder, const double *guitar, size_t n_guitar, double net_hz,
                      double host_hz, GruffQuality quality)
{
    const bool hq = quality == GRUFF_QUALITY_HQ;
    const double shift = hq ? 0 : floor(13 * host_hz / 44100 + 1e-6); /* see gruff_rate_place */
    const size_t n_host = (size_t)((double)n_guitar / 44100 * host_hz);
    const size_t n_net = (size_t)((double)n_guitar / 44100 * net_hz);
    double *x = malloc(3 * n_host * sizeof *x), *at_net = malloc(2 * n_net * sizeof *at_net), db[N_CAPTURES];
    if (!x || !at_net)
        exit(1);
    double *y = x + n_host, *want = y + n_host, *played = at_net + n_net;
    uint32_t latency = 0;
    convert(guitar, n_guitar, 44100, host_hz, 0, 0.95, x, n_host);
    convert(x, n_host, host_hz, net_hz, -shift, 0.95, at_net, n_net);
    for (size_t i = 0; i < N_CAPTURES; i++) {
        GruffModel *model = model_at(folder, captures[i], net_hz);
        play(model, net_hz, quality, at_net, played, n_net);
        convert(played, n_net, net_hz, host_hz, shift * net_hz / host_hz, 0.95, want, n_host);
        latency = play(model, host_hz, quality, x, y, n_host);
        db[i] = error_db(y, latency, want, n_host, host_hz);
        if (getenv("GRUFF_VERBOSE"))
            printf("  %s %.1f dB\n", captures[i], db[i]);
        gruff_model_free(model);
    }
    qsort(db, N_CAPTURES, sizeof *db, ascending);
    printf("| %g kHz | %g kHz | %s | %u frames, %.2f ms | %.0f dB (%.0f … %.0f) |\n", net_hz / 1e3,
           host_hz / 1e3, hq ? "HQ" : "conversion", latency, 1e3 * latency / host_hz, db[N_CAPTURES / 2],
           db[0], db[N_CAPTURES - 1]);
    fflush(stdout);
    free(x);
    free(at_net);
}

static void error_table(const char *folder, const double *guitar, size_t n_guitar)
{
    const double hosts[] = {44100, 48000, 88200, 96000, 176400, 192000};
    printf("| model | host | method | latency | error, median (best … worst) |\n|--|--|--|--|--|\n");
    for (int n = 0; n < 2; n++)
        for (int h = 0; h < 6; h++) {
            if (h != n)
                error_row(folder, guitar, n_guitar, hosts[n], hosts[h], GRUFF_QUALITY_NORMAL);
            if (h > n && h % 2 == n)
                error_row(folder, guitar, n_guitar, hosts[n], hosts[h], GRUFF_QUALITY_HQ);
        }
}

/* Of a sine's output: energy between its harmonics over all energy, up to 16 kHz, in dB. The sine's period
 * and the length are chosen so that every harmonic falls on a bin. */
static double alias_db(const GruffModel *model, double rate_hz, GruffQuality quality)
{
    enum { SIZE = 4800, CYCLES = 131 }; /* 1310 Hz; a prime, so that aliases fall beside harmonics */
    const uint32_t m = (uint32_t)(rate_hz / 48000);
    const size_t n = (size_t)SIZE * m;
    double *x = malloc(6 * n * sizeof *x), all = 0, harmonics = 0;
    for (size_t t = 0; t < 6 * n; t++)
        x[t] = 0.25 * sin(2 * pi * CYCLES * (double)t / (double)n);
    play(model, rate_hz, quality, x, x, 6 * n);
    for (size_t bin = 4; bin < 1600; bin++) { /* Goertzel */
        const double w = 2 * pi * (double)bin / (double)n, c = 2 * cos(w);
        double s1 = 0, s2 = 0;
        for (size_t t = 5 * n; t < 6 * n; t++) {
            double s0 = x[t] + c * s1 - s2;
            s2 = s1;
            s1 = s0;
        }
        double power = s1 * s1 + s2 * s2 - c * s1 * s2;
        all += power;
        if (bin % CYCLES == 0)
            harmonics += power;
    }
    free(x);
    return 10 * log10((all - harmonics) / all);
}

static void alias_table(const char *folder)
{
    printf("\n| capture | 48 kHz | 96 kHz | 96 kHz HQ | 192 kHz HQ |\n|--|--|--|--|--|\n");
    for (size_t i = 0; i < N_CAPTURES; i++) {
        GruffModel *model = model_at(folder, captures[i], 48000);
        printf("| %s | %.0f dB | %.0f dB | %.0f dB | %.0f dB |\n", captures[i],
               alias_db(model, 48000, GRUFF_QUALITY_NORMAL), alias_db(model, 96000, GRUFF_QUALITY_NORMAL),
               alias_db(model, 96000, GRUFF_QUALITY_HQ), alias_db(model, 192000, GRUFF_QUALITY_HQ));
        fflush(stdout);
        gruff_model_free(model);
    }
}

int main(void)
{
    const char *folder = getenv("GRUFF_SHARED");
    char path[1024];
    SF_INFO info = {0};
    snprintf(path, sizeof path, "%s/audio/guitar-di-44k1.flac", folder ? folder : ".");
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file) {
        printf("skipped: needs %s\n", path);
        return 77;
    }
    const size_t n = 2 * 44100;
    double *guitar = malloc(n * sizeof *guitar);
    sf_seek(file, 20 * 44100, SEEK_SET);
    const size_t n_read = (size_t)sf_readf_double(file, guitar, (sf_count_t)n);
    sf_close(file);
    error_table(folder, guitar, n_read);
    alias_table(folder);
    free(guitar);
    return 0;
}
