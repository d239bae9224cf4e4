/* The report's drawings. */
#include "plot.h"
#include "train/report/facts.h"
#include "train/report/parts.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 960, LEFT = 60, RIGHT = 14, N_BANDS = 121 };
static const double zoom_s = 0.025, low_hz = 40, high_hz = 20000, band_octaves = 1.0 / 6;

static void begin(const Report *report, int height, const char *what)
{
    fprintf(report->out, "<svg viewBox='0 0 %d %d' role='img' aria-label='%s'>\n", WIDTH, height, what);
}

static void end(const Report *report)
{
    fputs("</svg>\n", report->out);
}

static Plot panel(const Report *report, double top, double height)
{
    return (Plot){
        .out = report->out, .left = LEFT, .top = top, .width = WIDTH - LEFT - RIGHT, .height = height};
}

/* ---- how good */

void report_draw_scale(const Report *report)
{
    /* The words of capture_error_word, and where they end. */
    static const double ends_db[] = {-5, -13, -20, -30, -40, -50};
    static const char *const words[] = {"poor", "fair", "good", "great", "excellent"};
    const Plot p = {.out = report->out,
                    .left = 10,
                    .top = 24,
                    .width = WIDTH - 20,
                    .height = 14,
                    .x0 = ends_db[0],
                    .x1 = ends_db[5],
                    .y0 = 0,
                    .y1 = 1};
    begin(report, 64, "How good, from poor to excellent");
    for (int i = 0; i < 5; i++) {
        double from = plot_across(&p, ends_db[i]), to = plot_across(&p, ends_db[i + 1]);
        fprintf(p.out, "<rect class='step%d' x='%.1f' y='%.1f' width='%.1f' height='%.1f' rx='3'/>", i,
                from + 1, p.top, to - from - 2, p.height);
        fprintf(p.out, "<text class='tick' text-anchor='middle' x='%.1f' y='%.1f'>%s</text>", (from + to) / 2,
                p.top + 31, words[i]);
        if (i)
            fprintf(p.out, "<text class='tick' text-anchor='middle' x='%.1f' y='%.1f'>−%.0f dB</text>\n",
                    from, p.top - 9, -ends_db[i]);
    }
    double esr = report->outcome->esr[report->passages.role], best = report->outcome->story.data->best_esr;
    double at = fmin(fmax(finish_db(isnan(esr) ? 1 : esr), ends_db[5]), ends_db[0]);
    if (isfinite(best))
        fprintf(p.out, "<path class='best' d='M%.1f %.1fv%.1f'><title>no model can do better</title></path>",
                plot_across(&p, fmin(fmax(finish_db(best), ends_db[5]), ends_db[0])), p.top - 3,
                p.height + 6);
    fprintf(p.out, "<path class='mark' d='M%.1f %.1fl8 -13h-16z'/>\n", plot_across(&p, at), p.top + 7);
    end(report);
}

/* ---- while training */

static void find_range(const Report *report, double *least, double *most)
{
    const TrainStory *story = &report->outcome->story;
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < story->n_points; i++) {
        const double both[] = {story->points[i].train_esr, story->points[i].validation_esr};
        for (int k = 0; k < 2; k++)
            if (isfinite(both[k]) && both[k] > 0) {
                low = fmin(low, both[k]);
                high = fmax(high, both[k]);
            }
    }
    if (isfinite(story->data->best_esr) && story->data->best_esr > 0)
        low = fmin(low, story->data->best_esr);
    *most = high > 0 ? fmin(high, 2) * 1.2 : 1;
    *least = isfinite(low) && low < *most ? fmax(low / 1.4, 1e-9) : *most / 10;
}

static void draw_curve(const Report *report, const Plot *p, bool validation)
{
    const TrainStory *story = &report->outcome->story;
    enum { MOST = 512 };
    double x[MOST], y[MOST];
    size_t stride = story->n_points / MOST + 1, n = 0;
    for (size_t i = stride - 1; i < story->n_points; i += stride, n++) {
        x[n] = story->points[i].epoch;
        y[n] = validation ? story->points[i].validation_esr : story->points[i].train_esr;
    }
    plot_line(p, validation ? "line validate" : "line train", x, y, n);
}

void report_draw_curves(const Report *report)
{
    const TrainStory *story = &report->outcome->story;
    Plot p = panel(report, 30, 240);
    char text[64], esr[32];
    const FitPoint *best = NULL;
    for (size_t i = 0; i < story->n_points; i++)
        best = story->points[i].best ? &story->points[i] : best;
    p.x1 = story->n_points ? fmax(story->points[story->n_points - 1].epoch, 1e-6) : 1;
    p.log_y = true;
    find_range(report, &p.y0, &p.y1);
    begin(report, 310, "Error while training");
    plot_frame(&p, "Error while training", "passes over the sound (epochs)", "ESR, lower is better");
    plot_ticks_y(&p, 4, NULL);
    plot_ticks_x(&p, 10, NULL);
    if (isfinite(story->data->best_esr) && story->data->best_esr > 0) {
        const double x[] = {p.x0, p.x1}, y[] = {story->data->best_esr, story->data->best_esr};
        plot_line(&p, "line best", x, y, 2);
    }
    draw_curve(report, &p, false);
    draw_curve(report, &p, true);
    if (best) {
        snprintf(text, sizeof text, "best: epoch %.4g, ESR %s", best->epoch,
                 report_esr(best->validation_esr, esr));
        plot_dot(&p, "dot validate", best->epoch, best->validation_esr, 5, text);
    }
    end(report);
}

/* ---- along the recordings */

static size_t n_before(const TrainData *data, uint32_t pair)
{
    size_t n = 0;
    for (uint32_t i = 0; i < pair; i++)
        n += data->pairs[i].n;
    return n;
}

/* What the gear gave, as its extremes in every column, coloured by role. */
static void draw_envelope(const Report *report, const Plot *p)
{
    const TrainData *data = report->outcome->story.data;
    for (uint32_t i = 0; i < data->n_spans; i++) {
        const TrainSpan *span = &data->spans[i];
        double from = (double)(n_before(data, span->pair) + span->start) / data->rate_hz;
        char class[32];
        snprintf(class, sizeof class, "wave %s", facts_role(span->role));
        plot_samples(p, class, data->pairs[span->pair].y + span->start, span->n, from, 1 / data->rate_hz);
    }
}

static void draw_dots(const Report *report, const Plot *p)
{
    const TrainData *data = report->outcome->story.data;
    double loudest = 0;
    for (size_t i = 0; i < report->passages.n; i++)
        loudest = fmax(loudest, report->passages.list[i].energy);
    for (size_t i = 0; i < report->passages.n; i++) {
        const Passage *passage = &report->passages.list[i];
        double esr = passage_esr(passage), at = (double)passage->start + 0.5 * (double)passage->n;
        char class[32], text[96], db[32];
        if (passage->energy <= 1e-6 * loudest)
            continue;
        bool chosen = passage == report->worst || passage == report->median;
        snprintf(class, sizeof class, "dot %s", facts_role(passage->role));
        snprintf(text, sizeof text, "%.1f s: %s (%s)", (double)passage->start / data->rate_hz,
                 report_db(esr, db), facts_role(passage->role));
        plot_dot(p, class, ((double)n_before(data, passage->pair) + at) / data->rate_hz, finish_db(esr),
                 chosen ? 4.5 : 2, text);
    }
}

static float peak(const TrainData *data)
{
    float most = 1e-6f;
    for (uint32_t i = 0; i < data->n_pairs; i++)
        for (size_t t = 0; t < data->pairs[i].n; t++)
            most = fmaxf(most, fabsf(data->pairs[i].y[t]));
    return most;
}

void report_draw_places(const Report *report)
{
    const TrainData *data = report->outcome->story.data;
    const double seconds = (double)n_before(data, data->n_pairs) / data->rate_hz, most = (double)peak(data);
    Plot wave = panel(report, 30, 90), error = panel(report, 132, 150);
    wave.x1 = error.x1 = seconds;
    wave.y0 = -most;
    wave.y1 = most;
    error.y0 = -60;
    error.y1 = 0;
    begin(report, 322, "Error along the recordings");
    plot_frame(&wave, "Error along the recordings", "",
               "what the gear gave, and the error of every half second");
    draw_envelope(report, &wave);
    plot_frame(&error, "", "seconds", NULL);
    plot_ticks_y(&error, 4, "%g dB");
    plot_ticks_x(&error, 12, NULL);
    for (uint32_t i = 1; i < data->n_pairs; i++) {
        double x = plot_across(&wave, (double)n_before(data, i) / data->rate_hz);
        fprintf(report->out, "<path class='frame' d='M%.1f %.1fV%.1f'/>", x, wave.top,
                error.top + error.height);
    }
    draw_dots(report, &error);
    end(report);
}

/* ---- waveforms of a passage */

static void draw_zoom(const Report *report, const Passage *passage, size_t start, size_t n)
{
    const TrainData *data = report->outcome->story.data;
    const float *y = data->pairs[passage->pair].y + start,
                *its = report->outcome->played[passage->pair] + start;
    double step = 1000 / data->rate_hz, most = 1e-6;
    float error[8192];
    n = n < 8192 ? n : 8192;
    for (size_t t = 0; t < n; t++) {
        error[t] = its[t] - y[t];
        most = fmax(most, fmax(fabs((double)y[t]), fabs((double)its[t])));
    }
    Plot p = panel(report, 30, 210);
    p.x1 = (double)n * step;
    p.y0 = -1.05 * most;
    p.y1 = 1.05 * most;
    plot_frame(&p, "The 25 ms of it with the largest error", "milliseconds", NULL);
    plot_ticks_x(&p, 5, NULL);
    plot_ticks_y(&p, 5, NULL);
    plot_samples(&p, "line error", error, n, 0, step);
    plot_samples(&p, "line gear", y, n, 0, step);
    plot_samples(&p, "line model", its, n, 0, step);
}

void report_draw_passage(const Report *report, const Passage *passage)
{
    const double rate_hz = report->outcome->story.data->rate_hz;
    size_t n = (size_t)(zoom_s * rate_hz);
    n = n < passage->n ? n : passage->n;
    begin(report, 282, "Waveforms of the gear, the model and the difference");
    draw_zoom(report, passage, passage_worst(report->outcome, passage, n), n);
    end(report);
}

/* ---- spectra */

static void draw_spectrum(const Plot *p, const char *class, const Spectrum *spectrum, double rate_hz,
                          double *top)
{
    double hz[N_BANDS], db[N_BANDS];
    for (int b = 0; b < N_BANDS; b++) {
        hz[b] = low_hz * pow(p->x1 / low_hz, b / (double)(N_BANDS - 1));
        db[b] = spectrum_db(spectrum, rate_hz, hz[b], band_octaves);
        if (top)
            *top = fmax(*top, db[b]);
    }
    if (class)
        plot_line(p, class, hz, db, N_BANDS);
}

void report_draw_spectra(const Report *report)
{
    static const double ticks[] = {50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000};
    static const char *const labels[] = {"50", "100", "200", "500", "1k", "2k", "5k", "10k", "20k"};
    const double rate_hz = report->outcome->story.data->rate_hz;
    Plot p = panel(report, 30, 260);
    double top = -160;
    p.x0 = low_hz;
    p.x1 = fmin(high_hz, 0.49 * rate_hz);
    p.log_x = true;
    draw_spectrum(&p, NULL, report->target, rate_hz, &top);
    p.y1 = 10 * ceil((top + 3) / 10);
    p.y0 = p.y1 - 90;
    begin(report, 332, "Spectra of the gear, the model and the difference");
    plot_frame(&p, "Spectrum in sixths of an octave", "hertz", "dBFS");
    for (int i = 0; i < 9 && ticks[i] <= p.x1; i++)
        plot_tick_x(&p, ticks[i], labels[i]);
    plot_ticks_y(&p, 9, "%g");
    draw_spectrum(&p, "line error", report->error, rate_hz, NULL);
    draw_spectrum(&p, "line gear", report->target, rate_hz, NULL);
    draw_spectrum(&p, "line model", report->played, rate_hz, NULL);
    end(report);
}
