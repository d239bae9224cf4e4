#include "plot.h"

#include <math.h>

double plot_across(const Plot *p, double x)
{
    double part = p->log_x ? log(x / p->x0) / log(p->x1 / p->x0) : (x - p->x0) / (p->x1 - p->x0);
    return p->left + part * p->width;
}

double plot_down(const Plot *p, double y)
{
    double part = p->log_y ? log(fmax(y, 1e-30) / p->y0) / log(p->y1 / p->y0) : (y - p->y0) / (p->y1 - p->y0);
    return p->top + (1 - fmin(fmax(part, 0), 1)) * p->height;
}

void plot_escape(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>')
            fputs("&gt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '"')
            fputs("&quot;", out);
        else if ((unsigned char)*text >= 0x20)
            fputc(*text, out);
    }
}

static void text_at(const Plot *p, const char *class, const char *anchor, double x, double y,
                    const char *text)
{
    if (!*text)
        return;
    fprintf(p->out, "<text class='%s' text-anchor='%s' x='%.1f' y='%.1f'>", class, anchor, x, y);
    plot_escape(p->out, text);
    fputs("</text>\n", p->out);
}

void plot_frame(const Plot *p, const char *title, const char *x_axis, const char *y_axis)
{
    fprintf(p->out, "<rect class='frame' x='%.1f' y='%.1f' width='%.1f' height='%.1f'/>\n", p->left, p->top,
            p->width, p->height);
    text_at(p, "title", "start", p->left, p->top - 10, title);
    text_at(p, "tick", "end", p->left + p->width, p->top + p->height + 33, x_axis);
    text_at(p, "tick", "end", p->left + p->width, p->top - 10, y_axis ? y_axis : "");
}

/* ---- grid ---- */

void plot_tick_x(const Plot *p, double x, const char *label)
{
    fprintf(p->out, "<path class='grid' d='M%.1f %.1fv%.1f'/>", plot_across(p, x), p->top, p->height);
    text_at(p, "tick", "middle", plot_across(p, x), p->top + p->height + 16, label);
}

void plot_tick_y(const Plot *p, double y, const char *label)
{
    fprintf(p->out, "<path class='grid' d='M%.1f %.1fh%.1f'/>", p->left, plot_down(p, y), p->width);
    text_at(p, "tick", "end", p->left - 7, plot_down(p, y) + 4, label);
}

/* With a true minus sign. */
static const char *number(double value, const char *format, char text[64])
{
    char plain[32];
    snprintf(plain, sizeof plain, format ? format : "%g", value);
    snprintf(text, 64, "%s%s", *plain == '-' ? "−" : "", *plain == '-' ? plain + 1 : plain);
    return text;
}

static void ticks(const Plot *p, double from, double to, int n, const char *format,
                  void (*tick)(const Plot *, double, const char *))
{
    char text[64];
    double rough = (to - from) / n, power = pow(10, floor(log10(rough)));
    double step = power * (rough <= power ? 1 : rough <= 2 * power ? 2 : rough <= 5 * power ? 5 : 10);
    for (double at = ceil(from / step - 1e-9); at * step <= to + 1e-9 * step; at++)
        tick(p, at * step, number(at == 0 ? 0 : at * step, format, text)); /* no minus nought */
}

static void log_ticks(const Plot *p, double from, double to, int n, const char *format,
                      void (*tick)(const Plot *, double, const char *))
{
    static const double steps[] = {1, 2, 5};
    char text[64];
    bool only_powers = log10(to / from) >= n;
    for (double power = pow(10, floor(log10(from))); power <= to; power *= 10)
        for (int i = 0; i < (only_powers ? 1 : 3); i++)
            if (power * steps[i] >= from * 0.9999 && power * steps[i] <= to * 1.0001)
                tick(p, power * steps[i], number(power * steps[i], format, text));
}

void plot_ticks_x(const Plot *p, int n, const char *format)
{
    (p->log_x ? log_ticks : ticks)(p, p->x0, p->x1, n, format, plot_tick_x);
}

void plot_ticks_y(const Plot *p, int n, const char *format)
{
    (p->log_y ? log_ticks : ticks)(p, p->y0, p->y1, n, format, plot_tick_y);
}

/* ---- what is drawn ---- */

void plot_line(const Plot *p, const char *class, const double *x, const double *y, size_t n)
{
    bool drawing = false;
    fprintf(p->out, "<path class='%s' d='", class);
    for (size_t i = 0; i < n; i++) {
        bool there = isfinite(x[i]) && isfinite(y[i]);
        if (there)
            fprintf(p->out, "%s%.1f %.1f", drawing ? "L" : "M", plot_across(p, x[i]), plot_down(p, y[i]));
        drawing = there;
    }
    fputs("'/>\n", p->out);
}

void plot_samples(const Plot *p, const char *class, const float *y, size_t n, double from, double step)
{
    double pixels = fabs(plot_across(p, from + step) - plot_across(p, from));
    size_t stride = pixels >= 0.5 ? 1 : (size_t)(1 / pixels);
    fprintf(p->out, "<path class='%s' d='", class);
    for (size_t t = 0; t < n; t += stride) {
        float least = y[t], most = y[t];
        for (size_t i = t; i < t + stride && i < n; i++) {
            least = fminf(least, y[i]);
            most = fmaxf(most, y[i]);
        }
        fprintf(p->out, "%s%.1f %.1f", t ? "L" : "M", plot_across(p, from + (double)t * step),
                plot_down(p, (double)most));
        if (stride > 1)
            fprintf(p->out, "V%.1f", plot_down(p, (double)least));
    }
    fputs("'/>\n", p->out);
}

void plot_dot(const Plot *p, const char *class, double x, double y, double radius, const char *text)
{
    fprintf(p->out, "<circle class='%s' cx='%.1f' cy='%.1f' r='%.1f'>", class, plot_across(p, x),
            plot_down(p, y), radius);
    if (text) {
        fputs("<title>", p->out);
        plot_escape(p->out, text);
        fputs("</title>", p->out);
    }
    fputs("</circle>\n", p->out);
}
