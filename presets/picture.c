/* picture DRY PLAYED OUT.svg TITLE ZOOM_S: draw what a model does to a sound: both clips whole, a few periods
 * of both, and their spectra. */
#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_CLIPS = 2, FFT = 16384, N_BANDS = 105 };

#define LOW_HZ   50.0
#define HIGH_HZ  20000.0
#define FLOOR_DB -100.0
#define ZOOM_S   0.03
#define PI       3.14159265358979323846

static const char *const clip_class[N_CLIPS] = {"dry", "wet"};
static const char *const clip_name[N_CLIPS] = {"dry guitar", "played"};

typedef struct Clip {
    float *x;
    size_t n;
    double rate_hz;
} Clip;

/* A panel: where it lies on the page and what its axes span. */
typedef struct Panel {
    double left, top, width, height;
    double x0, x1, y0, y1;
    bool log_x;
} Panel;

static bool clip_read(const char *path, Clip *clip)
{
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file || info.channels != 1 || info.frames < FFT) {
        fprintf(stderr, "picture: %s: cannot be read, or is not mono, or is shorter than %d frames\n", path,
                FFT);
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

/* In place, n a power of two: decimation in time (Cooley and Tukey 1965). */
static void fourier(double *re, double *im, size_t n)
{
    for (size_t i = 1, j = 0; i < n; i++) {
        size_t bit = n >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            double a = re[i], b = im[i];
            re[i] = re[j], im[i] = im[j], re[j] = a, im[j] = b;
        }
    }
    for (size_t half = 1; half < n; half *= 2)
        for (size_t k = 0; k < half; k++) {
            double c = cos(PI * (double)k / (double)half), s = -sin(PI * (double)k / (double)half);
            for (size_t i = k; i < n; i += 2 * half) {
                double a = re[i + half] * c - im[i + half] * s, b = re[i + half] * s + im[i + half] * c;
                re[i + half] = re[i] - a, im[i + half] = im[i] - b;
                re[i] += a, im[i] += b;
            }
        }
}

static double band_hz(int band)
{
    return LOW_HZ * pow(HIGH_HZ / LOW_HZ, band / (double)(N_BANDS - 1));
}

/* Mean power of the whole clip in third-octave bands, dB against a full-scale sine. */
static void spectrum(const Clip *clip, double *db)
{
    static double re[FFT], im[FFT], power[FFT / 2];
    size_t n_windows = 0;
    memset(power, 0, sizeof power);
    for (size_t first = 0; first + FFT <= clip->n; first += FFT / 2, n_windows++) {
        for (size_t i = 0; i < FFT; i++) {
            re[i] = (double)clip->x[first + i] * (0.5 - 0.5 * cos(2 * PI * (double)i / FFT));
            im[i] = 0;
        }
        fourier(re, im, FFT);
        for (size_t i = 0; i < FFT / 2; i++)
            power[i] += re[i] * re[i] + im[i] * im[i];
    }
    for (int b = 0; b < N_BANDS; b++) {
        double sum = 0, hop_hz = clip->rate_hz / FFT;
        for (size_t i = 1; i < FFT / 2; i++) {
            double octaves = fabs(log2((double)i * hop_hz / band_hz(b)));
            sum += octaves < 1.0 / 6 ? power[i] : 0;
        }
        /* A full-scale sine sums to FFT^2 · 3/32 under a Hann window. */
        db[b] = 10 * log10(sum / (double)n_windows / ((double)FFT * FFT * 3 / 32) + 1e-12);
    }
}

static double across(const Panel *p, double x)
{
    double part = p->log_x ? log(x / p->x0) / log(p->x1 / p->x0) : (x - p->x0) / (p->x1 - p->x0);
    return p->left + part * p->width;
}

static double down(const Panel *p, double y)
{
    double part = (y - p->y0) / (p->y1 - p->y0);
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    return p->top + (1 - part) * p->height;
}

static void tick_x(FILE *out, const Panel *p, double x, const char *label)
{
    fprintf(out, "<path class='grid' d='M%.1f %.1fv%.1f'/>", across(p, x), p->top, p->height);
    fprintf(out, "<text class='tick' text-anchor='middle' x='%.1f' y='%.1f'>%s</text>\n", across(p, x),
            p->top + p->height + 16, label);
}

static void tick_y(FILE *out, const Panel *p, double y, const char *label)
{
    fprintf(out, "<path class='grid' d='M%.1f %.1fh%.1f'/>", p->left, down(p, y), p->width);
    fprintf(out, "<text class='tick' text-anchor='end' x='%.1f' y='%.1f'>%s</text>\n", p->left - 7,
            down(p, y) + 4, label);
}

static void frame(FILE *out, const Panel *p, const char *title, const char *x_axis)
{
    fprintf(out, "<rect class='frame' x='%.1f' y='%.1f' width='%.1f' height='%.1f'/>\n", p->left, p->top,
            p->width, p->height);
    fprintf(out, "<text class='title' x='%.1f' y='%.1f'>%s</text>\n", p->left, p->top - 9, title);
    fprintf(out, "<text class='tick' text-anchor='end' x='%.1f' y='%.1f'>%s</text>\n", p->left + p->width,
            p->top + p->height + 31, x_axis);
}

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

static void draw_line(FILE *out, const Panel *p, const double *x, const double *y, size_t n, int which)
{
    fprintf(out, "<path class='%s line' d='", clip_class[which]);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s%.1f %.1f", i ? "L" : "M", across(p, x[i]), down(p, y[i]));
    fprintf(out, "'/>\n");
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
        fprintf(out, "<text class='%s name' x='%.1f' y='%.1f'>%s</text>\n", clip_class[c], p.left + 8,
                p.top + 17, clip_name[c]);
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
            draw_line(out, &p, x, y, n, c);
        free(x);
        free(y);
    }
}

static void draw_spectra(FILE *out, const Clip *clips)
{
    Panel p = {544, 322, 400, 200, LOW_HZ, HIGH_HZ, FLOOR_DB, 0, true};
    frame(out, &p, "Spectrum in third octaves, dBFS", "hertz");
    tick_x(out, &p, 50, "50"), tick_x(out, &p, 100, "100"), tick_x(out, &p, 200, "200");
    tick_x(out, &p, 500, "500"), tick_x(out, &p, 1000, "1k"), tick_x(out, &p, 2000, "2k");
    tick_x(out, &p, 5000, "5k"), tick_x(out, &p, 10000, "10k"), tick_x(out, &p, 20000, "20k");
    tick_y(out, &p, 0, "0"), tick_y(out, &p, -20, "−20"), tick_y(out, &p, -40, "−40");
    tick_y(out, &p, -60, "−60"), tick_y(out, &p, -80, "−80"), tick_y(out, &p, -100, "−100");
    for (int c = 0; c < N_CLIPS; c++) {
        double hz[N_BANDS], db[N_BANDS];
        for (int b = 0; b < N_BANDS; b++)
            hz[b] = band_hz(b);
        spectrum(&clips[c], db);
        draw_line(out, &p, hz, db, N_BANDS, c);
    }
}

static const char style[] =
    ".page{fill:#fff}.frame{fill:none;stroke:#8c959f}.grid{fill:none;stroke:#d8dee4}"
    "text{font-family:'Helvetica Neue',Arial,'Liberation Sans',sans-serif;fill:#24292f}"
    ".head{font-size:17px;font-weight:bold}.title{font-size:13px;font-weight:bold}"
    ".tick{font-size:12px;fill:#57606a}.name{font-size:13px;font-weight:bold}"
    ".line{fill:none;stroke-width:1.7;stroke-linejoin:round}.dry.line{stroke:#0969da}.wet.line{stroke:#cf4a0c}"
    ".dry.band,.dry.name{fill:#0969da}.wet.band,.wet.name{fill:#cf4a0c}"
    "@media(prefers-color-scheme:dark){.page{fill:#0d1117}.frame{stroke:#6e7681}.grid{stroke:#262c36}"
    "text{fill:#e6edf3}.tick{fill:#9198a1}.dry.line{stroke:#58a6ff}.wet.line{stroke:#ff9452}"
    ".dry.band,.dry.name{fill:#58a6ff}.wet.band,.wet.name{fill:#ff9452}}";

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
    fprintf(out, "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 980 570' width='980' height='570'>\n");
    fprintf(out, "<style>%s</style>\n<rect class='page' width='980' height='570' rx='6'/>\n", style);
    fprintf(out, "<text class='head' x='64' y='36'>%s</text>\n", argv[4]);
    draw_whole(out, clips);
    draw_zoom(out, clips, atof(argv[5]));
    draw_spectra(out, clips);
    fprintf(out, "</svg>\n");
    bool whole = !ferror(out);
    whole = fclose(out) == 0 && whole;
    free(clips[0].x);
    free(clips[1].x);
    return whole ? 0 : 1;
}
