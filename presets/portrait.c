/* portrait DRY TARGET PLAYED OUT.svg TITLE: a circuit and its model side by side, on the sound that tape's
 * probe makes: input against output on a sine that grows, a few periods of a chord with what the model
 * misses, and the chord's spectrum. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>

/* Where they lie in the probe, seconds. */
#define SINE_END_S 0.75
#define SINE_HZ    220.0
#define CHORD_S    1.0
#define ZOOM_S     0.02

enum { DRY, TARGET, PLAYED, N_CLIPS };

static float peak_of(const Clip *clip, size_t first, size_t n)
{
    float peak = 0;
    for (size_t t = first; t < first + n && t < clip->n; t++)
        peak = fabsf(clip->x[t]) > peak ? fabsf(clip->x[t]) : peak;
    return peak;
}

/* The sine's periods at an eighth, a third and all of its loudness, output over input. */
static void draw_transfer(FILE *out, const Clip *clips)
{
    static const double part[] = {0.125, 0.33, 1};
    const size_t n_sine = (size_t)(SINE_END_S * clips[TARGET].rate_hz);
    const double loudest =
                     (double)fmaxf(peak_of(&clips[TARGET], 0, n_sine), peak_of(&clips[PLAYED], 0, n_sine)),
                 reach = fmax(0.3, ceil(11 * loudest) / 10);
    Panel p = {60, 78, 200, 200, -1, 1, -reach, reach, false};
    char label[2][16];
    snprintf(label[0], sizeof label[0], "%.1f", reach);
    snprintf(label[1], sizeof label[1], "−%.1f", reach);
    frame(out, &p, "Output over input, 220 Hz", "");
    tick_x(out, &p, -1, "−1"), tick_x(out, &p, 0, "0"), tick_x(out, &p, 1, "1");
    tick_y(out, &p, -reach, label[1]), tick_y(out, &p, 0, "0"), tick_y(out, &p, reach, label[0]);
    for (int c = TARGET; c <= PLAYED; c++)
        for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
            const double rate_hz = clips[c].rate_hz;
            const size_t n = (size_t)(rate_hz / SINE_HZ),
                         first = (size_t)(part[i] * SINE_END_S * rate_hz) - n - 1;
            double x[512], y[512];
            for (size_t t = 0; t <= n && t < 512; t++) {
                x[t] = (double)clips[DRY].x[first + t];
                y[t] = (double)clips[c].x[first + t];
            }
            draw_line(out, &p, x, y, n < 511 ? n + 1 : 512, c == TARGET ? "dry faint" : "wet");
        }
}

static void draw_zoom(FILE *out, const Clip *clips)
{
    Panel p = {320, 78, 300, 200, 0, ZOOM_S * 1000, 0, 0, false};
    const size_t first = (size_t)((CHORD_S + 0.25) * clips[TARGET].rate_hz),
                 n = (size_t)(ZOOM_S * clips[TARGET].rate_hz);
    double x[2048], y[2048];
    p.y1 = fmax(0.1, ceil(11 * (double)peak_of(&clips[TARGET], first, n)) / 10);
    p.y0 = -p.y1;
    char label[2][16];
    snprintf(label[0], sizeof label[0], "%.1f", p.y1);
    snprintf(label[1], sizeof label[1], "−%.1f", p.y1);
    frame(out, &p, "20 ms of a chord; grey: the difference", "ms");
    tick_x(out, &p, 0, "0"), tick_x(out, &p, 5, "5"), tick_x(out, &p, 10, "10"), tick_x(out, &p, 15, "15");
    tick_x(out, &p, 20, "20");
    tick_y(out, &p, p.y0, label[1]), tick_y(out, &p, 0, "0"), tick_y(out, &p, p.y1, label[0]);
    static const char *const kind[] = {"dry faint", "wet", "rest"};
    for (int k = 0; k < 3; k++) {
        for (size_t t = 0; t < n && t < 2048; t++) {
            double target = (double)clips[TARGET].x[first + t], played = (double)clips[PLAYED].x[first + t];
            x[t] = 1000 * (double)t / clips[TARGET].rate_hz;
            y[t] = k == 0 ? target : k == 1 ? played : played - target;
        }
        draw_line(out, &p, x, y, n < 2048 ? n : 2048, kind[k]);
    }
}

static bool draw_spectra(FILE *out, const Clip *clips)
{
    Panel p = {680, 78, 270, 200, PLOT_LOW_HZ, PLOT_HIGH_HZ, -100, 0, true};
    frame(out, &p, "The chord in third octaves, dBFS", "Hz");
    tick_x(out, &p, 50, "50"), tick_x(out, &p, 200, "200"), tick_x(out, &p, 1000, "1k");
    tick_x(out, &p, 5000, "5k"), tick_x(out, &p, 20000, "20k");
    tick_y(out, &p, 0, "0"), tick_y(out, &p, -50, "−50"), tick_y(out, &p, -100, "−100");
    static const char *const kind[] = {"input", "dry faint", "wet"};
    for (int c = DRY; c <= PLAYED; c++) {
        double hz[PLOT_N_BANDS], db[PLOT_N_BANDS];
        const size_t first = (size_t)(CHORD_S * clips[c].rate_hz);
        if (!spectrum(&(Clip){clips[c].x + first, clips[c].n - first, clips[c].rate_hz}, db))
            return false;
        for (int b = 0; b < PLOT_N_BANDS; b++)
            hz[b] = band_hz(b);
        draw_line(out, &p, hz, db, PLOT_N_BANDS, kind[c]);
    }
    return true;
}

int main(int argc, char **argv)
{
    Clip clips[N_CLIPS] = {{0}};
    if (argc != 6) {
        fprintf(stderr, "usage: portrait DRY TARGET PLAYED OUT.svg TITLE\n");
        return 2;
    }
    for (int c = 0; c < N_CLIPS; c++)
        if (!clip_read(argv[1 + c], &clips[c]) || clips[c].n < (size_t)((CHORD_S + 0.5) * clips[c].rate_hz)) {
            fprintf(stderr, "portrait: %s: not the probe\n", argv[1 + c]);
            return 1;
        }
    FILE *out = fopen(argv[4], "w");
    if (!out) {
        perror(argv[4]);
        return 1;
    }
    page_start(out, 980, 326, argv[5]);
    draw_name(out, 790, 36, "circuit", "dry");
    draw_name(out, 851, 36, "model", "wet");
    draw_name(out, 911, 36, "guitar", "input");
    draw_transfer(out, clips);
    draw_zoom(out, clips);
    bool whole = draw_spectra(out, clips);
    whole = page_end(out) && whole;
    for (int c = 0; c < N_CLIPS; c++)
        free(clips[c].x);
    return whole ? 0 : 1;
}
