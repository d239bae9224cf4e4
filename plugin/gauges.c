/* What the output control ports show. Works on levels and times, never on samples. */
#include "plugin.h"

#include <math.h>
#include <time.h>

/* A clock that is no system call, in any unit: only shares of it are shown. */
static uint64_t ticks(void)
{
#if defined(__x86_64__) || defined(__i386__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t now;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(now));
    return now;
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* in the vDSO */
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#endif
}

void gauges_begin(Plugin *p, uint32_t n_frames)
{
    if (!p->port[PORT_LOAD] || !n_frames)
        return;
    uint64_t now = ticks();
    double kept = exp(-(double)n_frames / (0.3 * p->rate_hz));
    if (p->load.began && now > p->load.began) {
        p->load.all = kept * p->load.all + (double)(now - p->load.began);
        p->load.busy = kept * (p->load.busy + p->load.last);
    }
    p->load.began = now;
}

static void show(Plugin *p, int port, float value)
{
    if (p->port[port])
        *(float *)p->port[port] = value;
}

static float fallen(float db, float peak, float seconds)
{
    float least = gruff_ports[PORT_INPUT_PEAK].least, most = gruff_ports[PORT_INPUT_PEAK].most;
    float now = peak > 0 ? 20 * log10f(peak) : least;
    return fminf(fmaxf(fmaxf(db - 20 * seconds, now), least), most);
}

void gauges_end(Plugin *p, uint32_t n_frames)
{
    GruffMeters meters = gruff_engine_meters(p->engine);
    float seconds = (float)(n_frames / p->rate_hz);
    p->input_db = fallen(p->input_db, meters.input_peak, seconds);
    p->output_db = fallen(p->output_db, meters.output_peak, seconds);
    show(p, PORT_INPUT_PEAK, p->input_db);
    show(p, PORT_OUTPUT_PEAK, p->output_db);
    show(p, PORT_LATENCY, (float)gruff_engine_latency(p->engine));
    show(p, PORT_PLAYING, (float)p->report->slot);
    show(p, PORT_LOAD, p->load.all > 0 ? (float)fmin(100 * p->load.busy / p->load.all, 100) : 0);
    if (p->port[PORT_LOAD] && n_frames)
        p->load.last = (double)(ticks() - p->load.began);
}
