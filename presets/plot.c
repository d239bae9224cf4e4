#include "plot.h"

#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

#include "capture/fft.h"

enum { FFT = 16384 };

#define PI 3.14159265358979323846

bool clip_read(const char *path, Clip *clip)
{
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file || info.channels != 1 || info.frames < FFT) {
        fprintf(stderr, "%s: cannot be read, or is not mono, or is shorter than %d frames\n", path, FFT);
        sf_close(file);
        return false;
    }
    clip->n = (size_t)info.frames;
    clip->rate_hz = info.samplerate;
    clip->x = malloc(clip->n * sizeof *clip->x);
    bool whole = clip->x && sf_read_float(file, clip->x, info.frames) == info.frames;
    sf_close(file);
    return whole;
}

double band_hz(int band)
{
    return PLOT_LOW_HZ * pow(PLOT_HIGH_HZ / PLOT_LOW_HZ, band / (double)(PLOT_N_BANDS - 1));
}

bool spectrum(const Clip *clip, double *db)
{
    static double complex x[FFT];
    static double power[FFT / 2];
    size_t n_windows = 0;
    memset(power, 0, sizeof power);
    for (size_t first = 0; first + FFT <= clip->n; first += FFT / 2, n_windows++) {
        for (size_t i = 0; i < FFT; i++)
            x[i] = (double)clip->x[first + i] * (0.5 - 0.5 * cos(2 * PI * (double)i / FFT));
        if (!fft(x, FFT, false))
            return false;
        for (size_t i = 0; i < FFT / 2; i++)
            power[i] += creal(x[i]) * creal(x[i]) + cimag(x[i]) * cimag(x[i]);
    }
    for (int b = 0; b < PLOT_N_BANDS; b++) {
        double sum = 0, hop_hz = clip->rate_hz / FFT;
        for (size_t i = 1; i < FFT / 2; i++) {
            double octaves = fabs(log2((double)i * hop_hz / band_hz(b)));
            sum += octaves < 1.0 / 6 ? power[i] : 0;
        }
        /* A full-scale sine sums to FFT^2 · 3/32 under a Hann window. */
        db[b] = 10 * log10(sum / (double)n_windows / ((double)FFT * FFT * 3 / 32) + 1e-12);
    }
    return true;
}

double across(const Panel *p, double x)
{
    double part = p->log_x ? log(x / p->x0) / log(p->x1 / p->x0) : (x - p->x0) / (p->x1 - p->x0);
    return p->left + part * p->width;
}

double down(const Panel *p, double y)
{
    double part = (y - p->y0) / (p->y1 - p->y0);
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    return p->top + (1 - part) * p->height;
}

void tick_x(FILE *out, const Panel *p, double x, const char *label)
{
    fprintf(out, "<path class='grid' d='M%.1f %.1fv%.1f'/>", across(p, x), p->top, p->height);
    fprintf(out, "<text class='tick' text-anchor='middle' x='%.1f' y='%.1f'>%s</text>\n", across(p, x),
            p->top + p->height + 16, label);
}

void tick_y(FILE *out, const Panel *p, double y, const char *label)
{
    fprintf(out, "<path class='grid' d='M%.1f %.1fh%.1f'/>", p->left, down(p, y), p->width);
    fprintf(out, "<text class='tick' text-anchor='end' x='%.1f' y='%.1f'>%s</text>\n", p->left - 7,
            down(p, y) + 4, label);
}

void frame(FILE *out, const Panel *p, const char *title, const char *x_axis)
{
    fprintf(out, "<rect class='frame' x='%.1f' y='%.1f' width='%.1f' height='%.1f'/>\n", p->left, p->top,
            p->width, p->height);
    fprintf(out, "<text class='title' x='%.1f' y='%.1f'>%s</text>\n", p->left, p->top - 9, title);
    fprintf(out, "<text class='tick' text-anchor='end' x='%.1f' y='%.1f'>%s</text>\n", p->left + p->width,
            p->top + p->height + 31, x_axis);
}

/* Coordinates to a tenth, each after the first as a step, and no step shorter than 0.9: a third of the bytes.
 */
void draw_line(FILE *out, const Panel *p, const double *x, const double *y, size_t n, const char *kind)
{
    long last_x = 0, last_y = 0;
    fprintf(out, "<path class='%s line' d='", kind);
    for (size_t i = 0; i < n; i++) {
        const long step_x = lround(10 * across(p, x[i])) - last_x,
                   step_y = lround(10 * down(p, y[i])) - last_y;
        if (i && i + 1 < n && step_x * step_x + step_y * step_y < 81)
            continue;
        fprintf(out, "%s%g %g", i ? "l" : "M", (double)step_x / 10, (double)step_y / 10);
        last_x += step_x, last_y += step_y;
    }
    fprintf(out, "'/>\n");
}

void draw_name(FILE *out, double x, double y, const char *name, const char *kind)
{
    fprintf(out, "<text class='%s name' x='%.1f' y='%.1f'>%s</text>\n", kind, x, y, name);
}

static const char style[] =
    ".page{fill:#fff}.frame{fill:none;stroke:#8c959f}.grid{fill:none;stroke:#d8dee4}"
    "text{font-family:'Helvetica Neue',Arial,'Liberation Sans',sans-serif;fill:#24292f}"
    ".head{font-size:17px;font-weight:bold}.title{font-size:13px;font-weight:bold}"
    ".tick{font-size:12px;fill:#57606a}.name{font-size:13px;font-weight:bold}"
    ".line{fill:none;stroke-width:1.7;stroke-linejoin:round}.dry.line{stroke:#0969da}.wet.line{stroke:#cf4a0c}"
    ".faint{stroke-width:3.6;opacity:.45}.rest.line,.input.line{stroke:#8c959f;stroke-width:1.2}"
    ".input.name{fill:#8c959f}.dry.band,.dry.name{fill:#0969da}.wet.band,.wet.name{fill:#cf4a0c}"
    "@media(prefers-color-scheme:dark){.page{fill:#0d1117}.frame{stroke:#6e7681}.grid{stroke:#262c36}"
    "text{fill:#e6edf3}.tick{fill:#9198a1}.dry.line{stroke:#58a6ff}.wet.line{stroke:#ff9452}"
    ".dry.band,.dry.name{fill:#58a6ff}.wet.band,.wet.name{fill:#ff9452}}";

void page_start(FILE *out, int width, int height, const char *title)
{
    fprintf(out, "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d' height='%d'>\n",
            width, height, width, height);
    fprintf(out, "<style>%s</style>\n<rect class='page' width='%d' height='%d' rx='6'/>\n", style, width,
            height);
    fprintf(out, "<text class='head' x='64' y='36'>%s</text>\n", title);
}

bool page_end(FILE *out)
{
    fprintf(out, "</svg>\n");
    bool whole = !ferror(out);
    return fclose(out) == 0 && whole;
}
