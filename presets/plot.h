/* Sound as SVG: panels with axes, lines, spectra. For the pictures in READMEs. */
#ifndef GRUFF_PLOT_H
#define GRUFF_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Third octaves at every 12th of an octave from 50 Hz to 20 kHz. */
enum { PLOT_N_BANDS = 105 };
#define PLOT_LOW_HZ  50.0
#define PLOT_HIGH_HZ 20000.0

typedef struct Clip {
    float *x; /* the caller frees it */
    size_t n;
    double rate_hz;
} Clip;

/* A panel: where it lies on the page and what its axes span. */
typedef struct Panel {
    double left, top, width, height;
    double x0, x1, y0, y1;
    bool log_x;
} Panel;

/* A mono sound of 16384 frames or more; else false, and says why. */
bool clip_read(const char *path, Clip *clip);

double band_hz(int band);

/* Mean power in third octaves, dB against a full-scale sine: db[PLOT_N_BANDS]. False: no memory. */
bool spectrum(const Clip *clip, double *db);

/* Where a value lies on the page. What is above or below the panel stays at its edge. */
double across(const Panel *panel, double x);
double down(const Panel *panel, double y);

/* The page with its title, and its end: true if all was written. Closes out. */
void page_start(FILE *out, int width, int height, const char *title);
bool page_end(FILE *out);

/* A panel's frame with its title and the x axis' unit, then its ticks. */
void frame(FILE *out, const Panel *panel, const char *title, const char *x_axis);
void tick_x(FILE *out, const Panel *panel, double x, const char *label);
void tick_y(FILE *out, const Panel *panel, double y, const char *label);

/* y[n] over x[n]. kind: "dry" or "wet", with "faint" too where it is to stay behind. */
void draw_line(FILE *out, const Panel *panel, const double *x, const double *y, size_t n, const char *kind);
void draw_name(FILE *out, double x, double y, const char *name, const char *kind);

#endif
