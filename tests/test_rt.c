/* The RT promise, proved: nets on every kernel and engines through model changes run with no call of the
 * malloc family and no system call. And the guard itself is seen to catch both. */
#include "check.h"
#include "reference.h"
#include "rt_guard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N = 3000 };

typedef struct Scene {
    GruffNet *net, *next[3];
    GruffEngine *engine;
    uint32_t n_channels;
} Scene;

static float signal_of(uint32_t t)
{
    if (t % 701 == 0)
        return NAN;
    return t % 900 < 300 ? 0.0f : sinf((float)t * 0.05f) * (t % 50 ? 0.3f : 1e-39f);
}

static float buffers[2][N];

static void fill(float *const out[2])
{
    for (uint32_t t = 0; t < N; t++)
        out[0][t] = out[1][t] = signal_of(t);
}

static void play_net(void *data)
{
    Scene *s = data;
    float *io[2] = {buffers[0], buffers[1]};
    static float slow[N];
    const float *knobs[GRUFF_MAX_KNOBS] = {slow, NULL};
    gruff_net_reset(s->net);
    for (uint32_t n = 0; n < 300; n += 7) {
        gruff_net_set_knob(s->net, 0, (float)n / 300.0f);
        gruff_net_run(s->net, (const float *const *)io, io, n % 2 ? knobs : NULL, n);
    }
    if (gruff_net_latency(s->net) > 100000 || !gruff_net_kernel(s->net))
        abort();
}

static void play_engine(void *data)
{
    Scene *s = data;
    float *io[2] = {buffers[0], buffers[1]};
    unsigned n_offered = 0, n_back = 0;
    gruff_engine_reset(s->engine);
    for (uint32_t round = 0; round < 120; round++) {
        if (round % 30 == 5 && n_offered < 3 && gruff_engine_offer(s->engine, s->next[n_offered]))
            n_offered++;
        if (gruff_engine_collect(s->engine))
            n_back++;
        for (int c = 0; c < GRUFF_N_CONTROLS; c++) {
            const GruffControlRange *range = gruff_control_range((GruffControl)c);
            float part = (float)((round * 7 + (uint32_t)c * 3) % 11) / 10.0f;
            gruff_engine_set(s->engine, (GruffControl)c, range->min + part * (range->max - range->min));
        }
        gruff_engine_set(s->engine, GRUFF_CONTROL_ENABLED, round % 17 != 0);
        gruff_engine_run(s->engine, (const float *const *)io, io, round % 5 ? round * 3 : N);
        GruffMeters meters = gruff_engine_meters(s->engine);
        if (meters.input_peak < 0.0f || gruff_engine_latency(s->engine) > 100000)
            abort();
    }
    if (n_offered < 3 || n_back < 2)
        abort();
}

static GruffModel *model_of(GruffCell cell, GruffReset reset, uint32_t hidden, uint32_t hop)
{
    GruffModel *m;
    GruffLayer *l;
    if (gruff_model_new(&m) || gruff_model_add_layer(m, cell, hop + 1, hidden, &l))
        abort();
    m->hop = hop;
    m->n_knobs = 1;
    l->reset = reset;
    random_layer(l, 1.0);
    if (gruff_model_add_layer(m, GRUFF_CELL_DENSE, hidden, hop, &l))
        abort();
    random_layer(l, 0.5);
    return m;
}

static GruffNet *net_of(const GruffModel *m, const GruffNetOptions *options)
{
    GruffNet *net;
    GruffMessage message;
    if (gruff_net_build(m, options, &message, &net)) {
        puts(message.text);
        exit(1);
    }
    return net;
}

static void nets(void)
{
    static const struct {
        GruffCell cell;
        GruffReset reset;
        uint32_t hop;
    } cells[] = {{GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 1},  {GRUFF_CELL_GRU, GRUFF_RESET_BEFORE, 1},
                 {GRUFF_CELL_GRU, GRUFF_RESET_NONE, 4},   {GRUFF_CELL_LSTM, GRUFF_RESET_AFTER, 1},
                 {GRUFF_CELL_RNN, GRUFF_RESET_AFTER, 16}, {GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 8}};
    static const double rates[] = {0.0, 44100.0, 96000.0};
    const char *kernel, *what;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        GruffModel *m = model_of(cells[i].cell, cells[i].reset, 11, cells[i].hop);
        for (uint32_t k = 0; (kernel = gruff_kernel_name(k)); k++)
            for (uint32_t variant = 0; variant < 12; variant++) {
                GruffNetOptions o = {.kernel = kernel,
                                     .n_channels = 1 + variant % 2,
                                     .rate_hz = rates[variant / 2 % 3],
                                     .quality = variant / 6 ? GRUFF_QUALITY_HQ : GRUFF_QUALITY_NORMAL};
                Scene s = {.net = net_of(m, &o)};
                check(rt_guard(play_net, &s, &what), "%s hop %u at %g Hz on %s: %s",
                      gruff_cell_name(cells[i].cell), cells[i].hop, o.rate_hz, kernel, what);
                gruff_net_free(s.net);
            }
        gruff_model_free(m);
    }
}

static void engines(void)
{
    static const double rates[] = {48000.0, 44100.0, 96000.0};
    const char *what;
    for (uint32_t i = 0; i < 6; i++) {
        const GruffNetOptions o = {.n_channels = 1 + i % 2, .rate_hz = rates[i / 2]};
        Scene s = {0};
        GruffMessage message;
        if (gruff_engine_new(o.rate_hz, o.n_channels, &message, &s.engine)) {
            puts(message.text);
            exit(1);
        }
        GruffModel *m = model_of(GRUFF_CELL_GRU, GRUFF_RESET_AFTER, 8, 1);
        for (int k = 0; k < 3; k++) {
            s.next[k] = net_of(m, &o);
            gruff_net_settle(s.next[k]);
        }
        check(rt_guard(play_engine, &s, &what), "engine at %g Hz, %u channels: %s", o.rate_hz, o.n_channels,
              what);
        for (int k = 0; k < 3; k++)
            gruff_net_free(s.next[k]);
        gruff_engine_free(s.engine);
        gruff_model_free(m);
    }
}

static void allocates(void *data)
{
    *(void *volatile *)data = malloc(10);
}

static void calls_system(void *data)
{
    *(volatile int *)data = getppid();
}

static void guard_catches(void)
{
    const char *what;
    void *p = NULL;
    int id = 0;
    check(!rt_guard(allocates, &p, &what) && strstr(what, "malloc"), "%s", what);
    check(!rt_guard(calls_system, &id, &what) && strstr(what, "system"), "%s", what);
}

int main(void)
{
    const char *why;
    if (!rt_guard_works(&why)) {
        printf("skipped: %s\n", why);
        return 77;
    }
    random_seed();
    fill((float *const[2]){buffers[0], buffers[1]});
    guard_catches();
    nets();
    engines();
    return check_report();
}
