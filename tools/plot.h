/* Drawing with axes, as SVG. Colours and strokes come from the page's style sheet, by class: frame, grid,
 * tick, title, and the class given for what is drawn. */
#ifndef GRUFF_PLOT_H
#define GRUFF_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Where it lies on the page, and what its axes span; a logarithmic axis needs ends above 0. */
typedef struct Plot {
    FILE *out;
    double left, top, width, height;
    double x0, x1, y0, y1;
    bool log_x, log_y;
} Plot;

/* Place on the page of a point; what lies outside in y is held to the edge. NaN: the lower edge. */
double plot_across(const Plot *plot, double x);
double plot_down(const Plot *plot, double y);

/* The border, its title above, and what the axes are: x below at the right, y above at the right (may be
 * NULL). */
void plot_frame(const Plot *plot, const char *title, const char *x_axis, const char *y_axis);

/* A grid line with its label (may be ""). */
void plot_tick_x(const Plot *plot, double x, const char *label);
void plot_tick_y(const Plot *plot, double y, const char *label);

/* About n grid lines at round values; on a logarithmic axis at 1, 2 and 5 times powers of ten, or only at the
 * powers where that is enough. %g unless a printf format for one double is given. */
void plot_ticks_x(const Plot *plot, int n, const char *format);
void plot_ticks_y(const Plot *plot, int n, const char *format);

/* A line through n points; not finite ones break it. */
void plot_line(const Plot *plot, const char *class, const double *x, const double *y, size_t n);

/* The same through samples y[0…n) at x = from + t · step. Where they are closer than half a pixel: their
 * extremes. */
void plot_samples(const Plot *plot, const char *class, const float *y, size_t n, double from, double step);

/* A dot with a text that shows when pointed at (may be NULL). */
void plot_dot(const Plot *plot, const char *class, double x, double y, double radius, const char *text);

/* Text as HTML and SVG take it. */
void plot_escape(FILE *out, const char *text);

#endif
