/* tape: sound into and out of ngspice.
 *
 *   tape cut IN OUT.wav RATE [FROM_S SECONDS]     part of a sound at another rate (float, mono)
 *   tape share IN.wav OUT.wav K N SECONDS         of its stretches of so many seconds each N-th, from the
 * K-th (0…) tape feed IN.wav OUT.txt TIMES                for ngspice's filesource: seconds and volts at
 * TIMES the rate; says how long a step is and the whole, in seconds tape fetch RAW LIKE.wav OUT.wav TIMES the
 * last vector of ngspice's binary raw file, at LIKE's rate and length
 *
 * 1 V is full scale. Every filter is linear-phase, so that what goes in and what comes out stay aligned. */
#include <assert.h>
#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

typedef struct Sound {
    double *x;
    size_t n;
    uint32_t rate_hz;
} Sound;

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "tape: %s: %s\n", what, why);
    return 1;
}

/* All that a command makes, freed when it is done. */
static double *made[4];
static size_t n_made;

static bool sound_make(Sound *sound, size_t n, uint32_t rate_hz)
{
    *sound = (Sound){calloc(n ? n : 1, sizeof(double)), n, rate_hz};
    assert(n_made < sizeof made / sizeof *made);
    made[n_made++] = sound->x;
    return sound->x != NULL;
}

static bool sound_read(const char *path, Sound *sound)
{
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    bool whole = file && info.channels == 1 &&
                 sound_make(sound, (size_t)info.frames, (uint32_t)info.samplerate) &&
                 sf_read_double(file, sound->x, info.frames) == info.frames;
    sf_close(file);
    return whole;
}

static bool sound_write(const char *path, const Sound *sound)
{
    SF_INFO info = {
        .channels = 1, .samplerate = (int)sound->rate_hz, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (file)
        sf_command(file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE); /* it holds the date */
    bool whole = file && sf_write_double(file, sound->x, (sf_count_t)sound->n) == (sf_count_t)sound->n;
    return sf_close(file) == 0 && whole;
}

/* ---- rate ---- */

/* Modified Bessel function of the first kind, order 0, by its power series. */
static double bessel_i0(double x)
{
    double term = 1, sum = 1;
    for (int k = 1; term > 1e-17 * sum; k++) {
        term *= (x / (2 * k)) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t rest = a % b;
        a = b, b = rest;
    }
    return a;
}

/* To rate_hz: a sinc under Kaiser's window (beta 12: -118 dB), 64 periods of the lower rate to either side.
 * What lies below 0.96 of half the lower rate passes, what would fold back below that is held back. */
static bool sound_convert(const Sound *in, uint32_t rate_hz, Sound *out)
{
    const uint32_t divisor = common_divisor(in->rate_hz, rate_hz);
    const uint32_t from = in->rate_hz / divisor, to = rate_hz / divisor;
    const double low = fmin(1, (double)to / from), half = 64 / low, beta = 12;
    const size_t n_taps = 2 * (size_t)ceil(half), n = (size_t)((uint64_t)in->n * to / from);
    double *taps = malloc(to * n_taps * sizeof *taps);
    if (!taps || !sound_make(out, n, rate_hz)) {
        free(taps);
        return false;
    }
    for (uint32_t phase = 0; phase < to; phase++)
        for (size_t k = 0; k < n_taps; k++) {
            double d = (double)k - (double)(n_taps / 2 - 1) - (double)phase / to, x = PI * low * d;
            double within = 1 - (d / half) * (d / half);
            taps[phase * n_taps + k] = within <= 0 ? 0
                                                   : low * bessel_i0(beta * sqrt(within)) / bessel_i0(beta) *
                                                         (fabs(x) < 1e-9 ? 1 : sin(x) / x);
        }
    for (size_t j = 0; j < n; j++) {
        const uint64_t at = (uint64_t)j * from;
        const double *row = taps + at % to * n_taps;
        const int64_t first = (int64_t)(at / to) - (int64_t)(n_taps / 2 - 1);
        double sum = 0;
        for (int64_t k = first < 0 ? -first : 0; k < (int64_t)n_taps && first + k < (int64_t)in->n; k++)
            sum += row[k] * in->x[first + k];
        out->x[j] = sum;
    }
    free(taps);
    return true;
}

/* ---- ngspice's files ---- */

static int feed(const char *in_path, const char *out_path, uint32_t times)
{
    Sound in, fine;
    if (!sound_read(in_path, &in) || !sound_convert(&in, in.rate_hz * times, &fine))
        return fail(in_path, "cannot be read, or is not mono");
    FILE *file = fopen(out_path, "w");
    for (size_t i = 0; file && i < fine.n; i++)
        fprintf(file, "%.10g %.6g\n", (double)i / fine.rate_hz, fine.x[i]);
    if (!file || fclose(file))
        return fail(out_path, "cannot be written");
    printf("%.10g %.10g\n", 1.0 / fine.rate_hz, (double)in.n / in.rate_hz);
    return 0;
}

/* Past the header, which ends with "Binary:"; how many numbers a point has, 0 if this is no such file. */
static int raw_start(FILE *file)
{
    char line[512];
    int n_vectors = 0;
    while (fgets(line, sizeof line, file)) {
        sscanf(line, "No. Variables: %d", &n_vectors);
        if (!strcmp(line, "Binary:\n"))
            return n_vectors;
    }
    return 0;
}

/* Through the four points t[], v[] (Lagrange) at time x. */
static double through_four(const double *t, const double *v, double x)
{
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        double term = v[i];
        for (int k = 0; k < 4; k++)
            term *= k == i ? 1 : (x - t[k]) / (t[i] - t[k]);
        sum += term;
    }
    return sum;
}

/* ngspice's points lie where its steps ended: to even steps, by a cubic through the two points to either
 * side. Points that nearly coincide count once. */
static bool raw_even(FILE *file, Sound *out)
{
    double t[4] = {0}, v[4] = {0}, point[64];
    const int n_vectors = raw_start(file);
    const double step = 1.0 / out->rate_hz;
    size_t j = 0, n_points = 0;
    if (n_vectors < 2 || n_vectors > 64)
        return false;
    while (j < out->n && fread(point, sizeof *point, (size_t)n_vectors, file) == (size_t)n_vectors) {
        if (n_points && point[0] < t[3] + 0.02 * step)
            continue;
        memmove(t, t + 1, 3 * sizeof *t);
        memmove(v, v + 1, 3 * sizeof *v);
        t[3] = point[0], v[3] = point[n_vectors - 1];
        for (n_points++; n_points >= 4 && j < out->n && (double)j * step <= t[2]; j++)
            out->x[j] = through_four(t, v, (double)j * step);
    }
    const bool whole = j + 3 > out->n || (n_points > 4 && (double)(out->n - 1) * step <= t[3] + 2 * step);
    for (; whole && j < out->n; j++)
        out->x[j] = v[3];
    return whole;
}

static int fetch(const char *raw, const char *like_path, const char *out_path, uint32_t times)
{
    Sound like, fine, out;
    FILE *file = fopen(raw, "rb");
    if (!sound_read(like_path, &like) || !sound_make(&fine, like.n * times, like.rate_hz * times))
        return fail(like_path, "cannot be read, or is not mono");
    if (!file || !raw_even(file, &fine))
        return fail(raw, "is no binary raw file of ngspice, or ends too soon");
    fclose(file);
    if (!sound_convert(&fine, like.rate_hz, &out))
        return fail(out_path, "not enough memory");
    return sound_write(out_path, &out) ? 0 : fail(out_path, "cannot be written");
}

static int cut(const char *in_path, const char *out_path, uint32_t rate_hz, double from_s, double seconds)
{
    Sound in, out;
    if (!sound_read(in_path, &in))
        return fail(in_path, "cannot be read, or is not mono");
    size_t first = (size_t)(from_s * in.rate_hz), n = (size_t)(seconds * in.rate_hz);
    if (first >= in.n)
        return fail(in_path, "ends before the part that was asked for");
    Sound part = {in.x + first, n && n < in.n - first ? n : in.n - first, in.rate_hz};
    if (in.rate_hz == rate_hz)
        out = part;
    else if (!sound_convert(&part, rate_hz, &out))
        return fail(out_path, "not enough memory");
    return sound_write(out_path, &out) ? 0 : fail(out_path, "cannot be written");
}

/* Stretches end and begin in a fade of 4 ms. */
static int share(const char *in_path, const char *out_path, size_t k, size_t n, double seconds)
{
    Sound in, out;
    if (!sound_read(in_path, &in) || !sound_make(&out, in.n, in.rate_hz))
        return fail(in_path, "cannot be read, or is not mono");
    const size_t stretch = (size_t)(seconds * in.rate_hz), fade = in.rate_hz / 250;
    out.n = 0;
    for (size_t t = 0; stretch && n && t < in.n; t++) {
        const size_t at = t % stretch, left = stretch - 1 - at;
        if (t / stretch % n != k)
            continue;
        const double edge = (double)(at < left ? at : left) / (double)fade;
        out.x[out.n++] = in.x[t] * (edge < 1 && n > 1 ? 0.5 - 0.5 * cos(PI * edge) : 1);
    }
    return sound_write(out_path, &out) ? 0 : fail(out_path, "cannot be written");
}

static int probe(const char *riff_path, const char *out_path)
{
    Sound riff, out;
    if (!sound_read(riff_path, &riff) || !sound_make(&out, riff.rate_hz * 5 / 2, riff.rate_hz))
        return fail(riff_path, "cannot be read, or is not mono");
    for (size_t t = 0; t < out.n; t++) {
        const double s = (double)t / out.rate_hz;
        if (s < 0.75)
            out.x[t] = 0.8 * s / 0.75 * sin(2 * PI * 220 * s);
        else if (s >= 1 && t - out.rate_hz < riff.n)
            out.x[t] = riff.x[t - out.rate_hz];
    }
    return sound_write(out_path, &out) ? 0 : fail(out_path, "cannot be written");
}

/* Energy of the difference over that of the target; the same after 1 - 0.85 z^-1, which weighs the treble
 * more. */
static int compare(const char *target_path, const char *played_path)
{
    Sound target, played;
    if (!sound_read(target_path, &target) || !sound_read(played_path, &played) || target.n != played.n)
        return fail(played_path, "cannot be read, or is not as long as the target");
    double sum[4] = {0}, last[2] = {0};
    for (size_t t = 0; t < target.n; t++) {
        const double error = played.x[t] - target.x[t],
                     edge[] = {error - 0.85 * last[0], target.x[t] - 0.85 * last[1]};
        sum[0] += error * error, sum[1] += target.x[t] * target.x[t];
        sum[2] += edge[0] * edge[0], sum[3] += edge[1] * edge[1];
        last[0] = error, last[1] = target.x[t];
    }
    printf("%.6f %.6f\n", sum[0] / sum[1], sum[2] / sum[3]);
    return 0;
}

static int run(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    if (!strcmp(command, "cut") && (argc == 5 || argc == 7))
        return cut(argv[2], argv[3], (uint32_t)atoi(argv[4]), argc > 5 ? atof(argv[5]) : 0,
                   argc > 5 ? atof(argv[6]) : 0);
    if (!strcmp(command, "share") && argc == 7)
        return share(argv[2], argv[3], (size_t)atoi(argv[4]), (size_t)atoi(argv[5]), atof(argv[6]));
    if (!strcmp(command, "probe") && argc == 4)
        return probe(argv[2], argv[3]);
    if (!strcmp(command, "compare") && argc == 4)
        return compare(argv[2], argv[3]);
    if (!strcmp(command, "feed") && argc == 5)
        return feed(argv[2], argv[3], (uint32_t)atoi(argv[4]));
    if (!strcmp(command, "fetch") && argc == 6)
        return fetch(argv[2], argv[3], argv[4], (uint32_t)atoi(argv[5]));
    fprintf(
        stderr,
        "usage: tape cut IN OUT.wav RATE [FROM_S SECONDS] | share IN.wav OUT.wav K N SECONDS | probe RIFF "
        "OUT.wav | compare TARGET.wav PLAYED.wav | feed IN.wav OUT.txt TIMES | fetch RAW LIKE.wav OUT.wav TIMES\n");
    return 2;
}

int main(int argc, char **argv)
{
    const int status = run(argc, argv);
    while (n_made)
        free(made[--n_made]);
    return status;
}
