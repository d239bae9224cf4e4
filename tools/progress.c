#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double last_shown = -1;
static bool visible;

double progress_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void progress_show(const char *label, double fraction)
{
    double now = progress_clock();
    if (now - last_shown < 0.1 || !isatty(STDERR_FILENO))
        return;
    last_shown = now;
    visible = true;
    fprintf(stderr, "\r%.76s", label);
    if (fraction >= 0)
        fprintf(stderr, " %3.0f %%", 100 * fraction);
    fputs("\033[K", stderr);
    fflush(stderr);
}

void progress_clear(void)
{
    if (visible)
        fputs("\r\033[K", stderr);
    visible = false;
}
