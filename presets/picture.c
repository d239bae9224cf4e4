/* picture DRY PLAYED OUT.svg TITLE ZOOM_S: draw what a model does to a sound: both clips whole, a few periods
 * of both, and their spectra. */
#include "plot.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_CLIPS = 2 };

#define FLOOR_DB -100.0
#define ZOOM_S   0.03

static const char *const clip_class[N_CLIPS] = {"dry", "wet"};
static const char *const clip_name[N_CLIPS] = {"dry guitar", "played"};

/* The whole clip as its extremes in every pixel. */
static void draw_envelope(FILE *out, const Panel *p, const Clip *clip, int which)
{
    size_t columns = (size_t)p->width * 2;
    fprintf(out, "<path class='%s band' d='", clip_class[which]);
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < columns; i++) {
            size_t c = pass ? columns - 1 - i : i;
            float most = 0;
            for (size_t t = c * clip->n / columns; t < (c + 1) * clip->n / columns; t++) {
                float x = pass ? -clip->x[t] : clip->x[t];
                most = x > most ? x : most;
            }
            fprintf(out, "%s%.1f %.1f", pass + i ? "L" : "M", p->left + (double)c / 2,
                    down(p, pass ? -(double)most : (double)most));
        }
    fprintf(out, "z'/>\n");
}

static void draw_whole(FILE *out, const Clip *clips)
{
    double seconds = (double)clips[0].n / clips[0].rate_hz;
    for (int c = 0; c < N_CLIPS; c++) {
        Panel p = {64, 66 + 92 * c, 880, 78, 0, seconds, -1, 1, false};
        frame(out, &p, "", c ? "seconds" : "");
        for (int s = 0; s <= (int)seconds; s += 2) {
            char label[16];
            snprintf(label, sizeof label, "%d", s);
            tick_x(out, &p, s, c ? label : "");
        }
        tick_y(out, &p, 1, "1"), tick_y(out, &p, 0, "0"), tick_y(out, &p, -1, "−1");
        draw_envelope(out, &p, &clips[c], c);
        draw_name(out, p.left + 8, p.top + 17, clip_name[c], clip_class[c]);
    }
}

static void draw_zoom(FILE *out, const Clip *clips, double from_s)
{
    Panel p = {64, 322, 400, 200, 0, ZOOM_S * 1000, -0.6, 0.6, false};
    char title[64];
    snprintf(title, sizeof title, "%.0f ms of it, from %.2f s", ZOOM_S * 1000, from_s);
    frame(out, &p, title, "milliseconds");
    tick_x(out, &p, 0, "0"), tick_x(out, &p, 10, "10"), tick_x(out, &p, 20, "20"), tick_x(out, &p, 30, "30");
    tick_y(out, &p, 0.6, "0.6"), tick_y(out, &p, 0.3, "0.3"), tick_y(out, &p, 0, "0");
    tick_y(out, &p, -0.3, "−0.3"), tick_y(out, &p, -0.6, "−0.6");
    for (int c = 0; c < N_CLIPS; c++) {
        size_t first = (size_t)(from_s * clips[c].rate_hz), n = (size_t)(ZOOM_S * clips[c].rate_hz);
        double *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y);
        for (size_t t = 0; x && y && t < n; t++) {
            x[t] = 1000 * (double)t / clips[c].rate_hz;
            y[t] = first + t < clips[c].n ? (double)clips[c].x[first + t] : 0;
        }
        if (x && y)
            draw_line(out, &p, x, y, n, clip_class[c]);
        free(x);
        free(y);
    }
}

static bool draw_spectra(FILE *out, const Clip *clips)
{
    Panel p = {544, 322, 400, 200, PLOT_LOW_HZ, PLOT_HIGH_HZ, FLOOR_DB, 0, true};
    frame(out, &p, "Spectrum in third octaves, dBFS", "hertz");
    tick_x(out, &p, 50, "50"), tick_x(out, &p, 100, "100"), tick_x(out, &p, 200, "200");
    tick_x(out, &p, 500, "500"), tick_x(out, &p, 1000, "1k"), tick_x(out, &p, 2000, "2k");
    tick_x(out, &p, 5000, "5k"), tick_x(out, &p, 10000, "10k"), tick_x(out, &p, 20000, "20k");
    tick_y(out, &p, 0, "0"), tick_y(out, &p, -20, "−20"), tick_y(out, &p, -40, "−40");
    tick_y(out, &p, -60, "−60"), tick_y(out, &p, -80, "−80"), tick_y(out, &p, -100, "−100");
    for (int c = 0; c < N_CLIPS; c++) {
        double hz[PLOT_N_BANDS], db[PLOT_N_BANDS];
        for (int b = 0; b < PLOT_N_BANDS; b++)
            hz[b] = band_hz(b);
        if (!spectrum(&clips[c], db))
            return false;
        draw_line(out, &p, hz, db, PLOT_N_BANDS, clip_class[c]);
    }
    return true;
}

int main(int argc, char **argv)
{
    Clip clips[N_CLIPS] = {{0}};
    if (argc != 6) {
        fprintf(stderr, "usage: picture DRY PLAYED OUT.svg TITLE ZOOM_S\n");
        return 2;
    }
    if (!clip_read(argv[1], &clips[0]) || !clip_read(argv[2], &clips[1]))
        return 1;
    FILE *out = fopen(argv[3], "w");
    if (!out) {
        perror(argv[3]);
        return 1;
    }
    page_start(out, 980, 570, argv[4]);
    draw_whole(out, clips);
    draw_zoom(out, clips, atof(argv[5]));
    bool whole = draw_spectra(out, clips);
    whole = page_end(out) && whole;
    free(clips[0].x);
    free(clips[1].x);
    return whole ? 0 : 1;
}
