/* Every kernel this machine can run against the double-precision reference, and what must hold for any net:
 * splits, in place, reset, channels, states, bad input. No test library, no files: also run under an
 * emulator. */
#include "check.h"
#include "reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 1536, PARTS = 60 };

/* With the argument --quick (an emulator is some 40 times slower): fewer sizes and frames, the same checks.
 */
static bool quick;

typedef struct Variant {
    const char *name;
    GruffCell cell;
    GruffReset reset;
} Variant;

static const Variant variants[] = {
    {"gru", GRUFF_CELL_GRU, GRUFF_RESET_AFTER},       {"gru before", GRUFF_CELL_GRU, GRUFF_RESET_BEFORE},
    {"gru simple", GRUFF_CELL_GRU, GRUFF_RESET_NONE}, {"lstm", GRUFF_CELL_LSTM, GRUFF_RESET_AFTER},
    {"rnn", GRUFF_CELL_RNN, GRUFF_RESET_AFTER},
};
enum { N_VARIANTS = sizeof variants / sizeof variants[0] };

static GruffModel *model_of(const Variant *v, uint32_t hidden, uint32_t n_layers, uint32_t n_knobs,
                            uint32_t hop)
{
    GruffModel *m;
    GruffLayer *l;
    if (gruff_model_new(&m))
        abort();
    m->hop = hop;
    m->n_knobs = n_knobs;
    for (uint32_t i = 0; i < n_layers; i++) {
        if (gruff_model_add_layer(m, v->cell, i ? hidden : hop + n_knobs, hidden, &l))
            abort();
        l->reset = v->reset;
        random_layer(l, 1.0);
        for (uint32_t k = 0; k < hidden; k++) {
            l->h0[k] = (float)random_uniform(-0.5, 0.5);
            if (l->s0)
                l->s0[k] = (float)random_uniform(-0.5, 0.5);
        }
    }
    if (gruff_model_add_layer(m, GRUFF_CELL_DENSE, hidden, hop, &l))
        abort();
    random_layer(l, 0.5);
    return m;
}

/* n_states: 1 with hops. */
static GruffNet *net_with(const GruffModel *m, const char *kernel, uint32_t n_channels, uint32_t n_states)
{
    GruffNet *net;
    GruffMessage message;
    const GruffNetOptions options = {.kernel = kernel,
                                     .n_channels = n_channels,
                                     .rate_hz = n_states * m->rate_hz,
                                     .quality = GRUFF_QUALITY_HQ};
    if (gruff_net_build(m, &options, &message, &net)) {
        printf("%s\n", message.text);
        exit(1);
    }
    return net;
}

static GruffNet *net_of(const GruffModel *m, const char *kernel, uint32_t n_channels)
{
    return net_with(m, kernel, n_channels, 1);
}

static void run_mono(GruffNet *net, const float *in, float *out, uint32_t n)
{
    gruff_net_run(net, &in, &out, NULL, n);
}

/* Notes that decay over noise, with some extreme samples. */
static void make_input(float *x, bool extremes)
{
    double phase = 0.0, level = 1.0;
    for (int t = 0; t < N; t++) {
        if (t % 500 == 0)
            level = random_uniform(0.01, 1.0);
        phase += random_uniform(0.01, 0.03);
        x[t] = (float)(level * exp(-(t % 500) / 300.0) * (sin(phase) + 0.4 * sin(3.1 * phase)) +
                       random_uniform(-1e-3, 1e-3));
        if (extremes && random_below(50) == 0)
            x[t] = (float)(random_below(2) ? random_uniform(-1e4, 1e4) : random_uniform(-1e-39, 1e-39));
    }
}

/* One model on every kernel against the reference. */
static void against_reference(const Variant *v, const GruffModel *m, const char *what, const float *x)
{
    const uint32_t n_frames = m->layers[0].n_out > 100 || quick ? 240 : N;
    static double want[N], rough[N];
    static float y[N];
    const float knob[GRUFF_MAX_KNOBS] = {0.3f, 0.8f};
    const uint32_t late = m->hop - 1, n = n_frames / m->hop * m->hop - late;
    Reference *exact = reference_new(m, false, 1), *floats = reference_new(m, true, 1);
    reference_run(exact, x, want, knob, n_frames);
    reference_run(floats, x, rough, knob, n_frames);
    const double limit = esr_limit_db(esr_db_doubles(rough, want, n));
    const char *kernel;
    for (uint32_t i = 0; (kernel = gruff_kernel_name(i)); i++) {
        GruffNet *net = net_of(m, kernel, 1);
        check(gruff_net_latency(net) == late, "%s", what);
        for (uint32_t k = 0; k < m->n_knobs; k++)
            gruff_net_set_knob(net, k, knob[k]);
        run_mono(net, x, y, n_frames);
        double db = esr_db(y + late, want, n);
        check(db <= limit, "%s %s hidden %u on %s: %.1f dB, limit %.1f dB", v->name, what, m->layers[0].n_out,
              kernel, db, limit);
        gruff_net_free(net);
    }
    reference_free(exact);
    reference_free(floats);
}

static void every_size(void)
{
    static const uint32_t sizes[] = {1,  2,  3,  4,  5,  6,  7,  8,   9,   10,  11,  12,
                                     13, 15, 16, 17, 19, 20, 23, 24,  25,  31,  32,  33,
                                     39, 40, 41, 47, 48, 64, 65, 100, 128, 200, 511, 512};
    static float x[N];
    for (int v = 0; v < N_VARIANTS; v++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            if ((sizes[i] > 150 && v % 3) || (quick && (sizes[i] > 50 || i % 3)))
                continue;
            GruffModel *m = model_of(&variants[v], sizes[i], 1, 0, 1);
            make_input(x, i % 2);
            against_reference(&variants[v], m, "one layer", x);
            gruff_model_free(m);
        }
}

static void stacks_knobs_and_hops(void)
{
    static float x[N];
    make_input(x, false);
    for (int v = 0; v < N_VARIANTS; v++) {
        const uint32_t hidden = 5 + random_below(30);
        for (uint32_t n_knobs = 0; n_knobs <= 2; n_knobs++) {
            GruffModel *m = model_of(&variants[v], hidden, 1 + n_knobs, n_knobs, 1);
            m->skip = n_knobs == 1;
            m->in_gain_db = -3.0;
            m->out_gain_db = 2.5;
            against_reference(&variants[v], m, "stack with knobs, gains", x);
            gruff_model_free(m);
        }
        static const uint32_t hops[] = {2, 3, 4, 8, 16, 64};
        for (size_t i = 0; i < sizeof hops / sizeof hops[0]; i++) {
            GruffModel *m = model_of(&variants[v], hidden, 1, i % 3, hops[i]);
            m->skip = i % 2;
            against_reference(&variants[v], m, "hop", x);
            gruff_model_free(m);
        }
    }
}

/* Weights so large that gates saturate. */
static void extreme_weights(void)
{
    static float x[N];
    make_input(x, true);
    for (int v = 0; v < N_VARIANTS; v++) {
        GruffModel *m = model_of(&variants[v], 21, 1, 0, 1);
        random_layer(&m->layers[0], 8.0);
        /* without feedback, so that what rounding does is bounded */
        memset(m->layers[0].u, 0, sizeof(float) * 21 * 21 * gruff_cell_gates(m->layers[0].cell));
        against_reference(&variants[v], m, "large weights", x);
        gruff_model_free(m);
    }
}

/* Each activation over its range through a dense layer, against libm. */
static void activations(void)
{
    static const char *const names[] = {"linear", "tanh", "sigmoid", "relu", "elu", "softmax"};
    static const double bounds[] = {0.0, 3e-7, 3e-7, 0.0, 6e-7, 6e-7};
    const char *kernel;
    for (int a = GRUFF_ACTIVATION_LINEAR; a <= GRUFF_ACTIVATION_SOFTMAX; a++) {
        GruffModel *m;
        GruffLayer *l;
        if (gruff_model_new(&m) || gruff_model_add_layer(m, GRUFF_CELL_DENSE, 1, 3, &l))
            abort();
        l->activation = (GruffActivation)a;
        for (int k = 0; k < 3; k++)
            l->w[k] =
                (float)(k - 1) + (a == GRUFF_ACTIVATION_SOFTMAX ? 0.0f : 1.0f); /* x·0, x, 2x or -x, 0, x */
        if (gruff_model_add_layer(m, GRUFF_CELL_DENSE, 3, 1, &l))
            abort();
        l->w[1] = a == GRUFF_ACTIVATION_SOFTMAX ? 0.0f : 1.0f;
        l->w[2] = a == GRUFF_ACTIVATION_SOFTMAX ? 1.0f : 0.0f;
        for (uint32_t i = 0; (kernel = gruff_kernel_name(i)); i++) {
            GruffNet *net = net_of(m, kernel, 1);
            double worst = 0.0, at = 0.0;
            for (int part = 0; part < (quick ? 6 : PARTS); part++) {
                static float x[N], y[N];
                for (int t = 0; t < N; t++) {
                    double u = ((part * N + t) / (double)((quick ? 6 : PARTS) * N) - 0.5) * 2.0;
                    x[t] = (float)(part % 2 ? 20.0 * u : copysign(pow(10.0, -8.0 * fabs(u)), u));
                }
                run_mono(net, x, y, N);
                for (int t = 0; t < N; t++) {
                    double v = x[t], want = v;
                    if (a == GRUFF_ACTIVATION_TANH)
                        want = tanh(v);
                    else if (a == GRUFF_ACTIVATION_SIGMOID)
                        want = 1.0 / (1.0 + exp(-v));
                    else if (a == GRUFF_ACTIVATION_RELU)
                        want = fmax(v, 0.0);
                    else if (a == GRUFF_ACTIVATION_ELU)
                        want = v > 0.0 ? v : expm1(v);
                    else if (a == GRUFF_ACTIVATION_SOFTMAX)
                        want = 1.0 / (1.0 + exp(-v) + exp(-2.0 * v));
                    if (fabs(y[t] - want) > worst) {
                        worst = fabs(y[t] - want);
                        at = v;
                    }
                }
            }
            check(worst <= bounds[a], "%s on %s: error %.3g at %g", names[a], kernel, worst, at);
            printf("# %s on %s: largest error %.3g\n", names[a], kernel, worst);
            gruff_net_free(net);
        }
        gruff_model_free(m);
    }
}

/* ---- properties ---- */

static bool same(const float *a, const float *b, int n)
{
    return memcmp(a, b, (size_t)n * sizeof *a) == 0;
}

static void splits_in_place_and_reset(const GruffModel *m, const char *what, const char *kernel,
                                      const float *x)
{
    static float whole[N], y[N];
    GruffNet *net = net_of(m, kernel, 1);
    run_mono(net, x, whole, N);

    gruff_net_reset(net);
    for (uint32_t t = 0, n; t < N; t += n) {
        n = random_below(4) ? random_below(80) : random_below(400);
        n = n > N - t ? N - t : n;
        run_mono(net, x + t, y + t, n);
    }
    check(same(y, whole, N), "%s on %s: split blocks, after a reset", what, kernel);

    gruff_net_reset(net);
    memcpy(y, x, sizeof y);
    run_mono(net, y, y, N);
    check(same(y, whole, N), "%s on %s: in place", what, kernel);
    gruff_net_free(net);
}

static void two_channels(const GruffModel *m, const char *what, const char *kernel, const float *x,
                         uint32_t n_states)
{
    static float reversed[N], left[N], right[N], y[2][N];
    for (int t = 0; t < N; t++)
        reversed[t] = x[N - 1 - t];
    GruffNet *mono = net_with(m, kernel, 1, n_states), *stereo = net_with(m, kernel, 2, n_states);
    run_mono(mono, x, left, N);
    gruff_net_reset(mono);
    run_mono(mono, reversed, right, N);
    const float *in[] = {x, reversed};
    float *out[] = {y[0], y[1]};
    gruff_net_run(stereo, in, out, NULL, N);
    check(same(y[0], left, N) && same(y[1], right, N), "%s on %s: two channels are two monos, %u states",
          what, kernel, n_states);
    gruff_net_free(mono);
    gruff_net_free(stereo);
}

static void knob_lists(const GruffModel *m, const char *what, const char *kernel, const float *x)
{
    static float held[N], y[N], value[N];
    GruffNet *net = net_of(m, kernel, 1);
    gruff_net_set_knob(net, 0, 0.25f);
    gruff_net_set_knob(net, 0, NAN);
    gruff_net_set_knob(net, 7, 0.9f);
    run_mono(net, x, held, N);
    gruff_net_reset(net);
    gruff_net_set_knob(net, 0, 1.0f);
    for (int t = 0; t < N; t++)
        value[t] = 0.25f;
    const float *knobs[GRUFF_MAX_KNOBS] = {value, NULL};
    float *out = y;
    gruff_net_run(net, &x, &out, knobs, N);
    check(same(y, held, N), "%s on %s: a held knob is a constant list", what, kernel);
    gruff_net_reset(net);
    gruff_net_set_knob(net, 0, -3.0f);
    run_mono(net, x, held, N);
    for (int t = 0; t < N; t++)
        value[t] = t % 2 ? -1.0f : NAN;
    gruff_net_reset(net);
    gruff_net_run(net, &x, &out, knobs, N);
    check(same(y, held, N), "%s on %s: knobs are clamped", what, kernel);
    gruff_net_free(net);
}

static void bad_input(const GruffModel *m, const char *what, const char *kernel, const float *x)
{
    static float bad[N], good[N], y[N], want[N];
    memcpy(bad, x, sizeof bad);
    memcpy(good, x, sizeof good);
    for (int i = 0; i < 40; i++) {
        uint32_t t = random_below(N);
        bad[t] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -INFINITY;
        good[t] = 0.0f;
    }
    GruffNet *net = net_of(m, kernel, 1);
    run_mono(net, good, want, N);
    gruff_net_reset(net);
    run_mono(net, bad, y, N);
    check(same(y, want, N), "%s on %s: NaN and Inf count as silence", what, kernel);
    gruff_net_free(net);
}

/* Weakens the feedback first: with what chance gives, a net may well sing by itself. */
static void settling(const GruffModel *m, const char *what, const char *kernel, const float *x)
{
    for (uint32_t i = 0; i + 1 < m->n_layers; i++) {
        const GruffLayer *l = &m->layers[i];
        for (uint32_t k = 0; k < gruff_cell_gates(l->cell) * l->n_out * l->n_out; k++)
            l->u[k] *= 0.3f;
    }
    static float y[N], again[N], silence[N];
    GruffNet *net = net_of(m, kernel, 1);
    gruff_net_settle(net);
    run_mono(net, silence, y, N);
    float step = 0.0f;
    for (int t = 1; t < N; t++)
        step = fmaxf(step, fabsf(y[t] - y[t - 1]));
    check(step < 1e-4f || m->hop > 1, "%s on %s: a settled net rests on silence (step %g)", what, kernel,
          step);
    run_mono(net, x, y, N);
    gruff_net_reset(net);
    run_mono(net, silence, again, N);
    gruff_net_reset(net);
    run_mono(net, silence, y, N);
    check(same(y, again, N), "%s on %s: reset goes back to the settled state", what, kernel);
    gruff_net_free(net);
}

/* Frames one by one, in place, are frames in blocks, in mono and stereo, with one state and with three, with
 * gains, what skips the layers and a knob; what is not a number counts as silence there too. */
static void single_frames(void)
{
    static float x[2][N], y[2][N], z[2][N];
    const char *kernel;
    for (uint32_t i = 0; (kernel = gruff_kernel_name(i)); i++)
        for (int round = 0; round < 8 * N_VARIANTS; round++) {
            const Variant *v = &variants[round / 8];
            const uint32_t n_layers = 1 + round / 4 % 2;
            GruffModel *m = model_of(v, 1 + random_below(60), n_layers, random_below(2), 1);
            const uint32_t n_channels = 1 + round % 2, n_states = round % 4 < 2 ? 1 : 3;
            m->in_gain_db = 3, m->out_gain_db = -2, m->skip = n_layers > 1 || random_below(2);
            GruffNet *net = net_with(m, kernel, n_channels, n_states);
            make_input(x[0], false);
            make_input(x[1], false);
            x[0][100] = x[1][101] = NAN;
            memcpy(z, x, sizeof z);
            gruff_net_run(net, (const float *const[]){x[0], x[1]}, (float *const[]){y[0], y[1]}, NULL, N);
            gruff_net_reset(net);
            for (int t = 0; t < N; t++)
                gruff_net_run(net, (const float *const[]){z[0] + t, z[1] + t},
                              (float *const[]){z[0] + t, z[1] + t}, NULL, 1);
            for (uint32_t c = 0; c < n_channels; c++)
                check(same(y[c], z[c], N), "%s on %s: frame by frame, channel %u of %u, %u states", v->name,
                      kernel, c + 1, n_channels, n_states);
            gruff_net_free(net);
            gruff_model_free(m);
        }
}

static void properties(void)
{
    static float x[N];
    const char *kernel;
    make_input(x, false);
    for (uint32_t i = 0; (kernel = gruff_kernel_name(i)); i++)
        for (int v = 0; v < N_VARIANTS; v++)
            for (int round = 0; round < 10; round += quick ? 5 : 1) {
                static const uint32_t sizes[] = {8, 16, 24, 0, 0, 0, 64, 88, 96, 48};
                const uint32_t hidden = sizes[round] ? sizes[round]
                                        : round == 3 ? 1 + random_below(24)
                                                     : 1 + random_below(70);
                const uint32_t hop = round == 3 || round == 5 || round == 9 ? 5 : 1;
                GruffModel *m = model_of(&variants[v], hidden, 1 + random_below(2), 1, hop);
                m->skip = round % 2;
                splits_in_place_and_reset(m, variants[v].name, kernel, x);
                two_channels(m, variants[v].name, kernel, x, hop == 1 ? 1 + (uint32_t)round % 3 : 1);
                knob_lists(m, variants[v].name, kernel, x);
                bad_input(m, variants[v].name, kernel, x);
                settling(m, variants[v].name, kernel, x);
                gruff_model_free(m);
            }
}

/* A net driven to overflow comes back by itself. */
static void overflow_heals(void)
{
    const char *kernel;
    for (uint32_t i = 0; (kernel = gruff_kernel_name(i)); i++) {
        GruffModel *m;
        GruffLayer *l;
        if (gruff_model_new(&m) || gruff_model_add_layer(m, GRUFF_CELL_DENSE, 1, 4, &l))
            abort();
        for (int k = 0; k < 4; k++)
            l->w[k] = k % 2 ? 3e38f : -3e38f;
        if (gruff_model_add_layer(m, GRUFF_CELL_LSTM, 4, 4, &l))
            abort();
        random_layer(l, 1.0);
        if (gruff_model_add_layer(m, GRUFF_CELL_DENSE, 4, 1, &l))
            abort();
        random_layer(l, 1.0);
        GruffNet *net = net_of(m, kernel, 1);
        static float x[N], y[N], z[N];
        memset(x, 0, sizeof x);
        for (int t = 0; t < 64; t++)
            x[t] = 1e30f;
        run_mono(net, x, y, N);
        bool finite = true;
        for (int t = 0; t < N; t++)
            finite = finite && isfinite(y[t]);
        check(finite, "overflow never reaches the output on %s", kernel);
        gruff_net_reset(net);
        for (int t = 0; t < N; t++)
            run_mono(net, x + t, z + t, 1);
        check(same(y, z, N), "overflow frame by frame is overflow in a block on %s", kernel);
        run_mono(net, x + 64, y, N - 64);
        check(isfinite(y[N - 65]) && fabsf(y[N - 65] - y[N - 66]) < 1.0f, "the state heals on %s", kernel);
        gruff_net_free(net);
        gruff_model_free(m);
    }
}

/* x of -1e30 … 1e30, all over the scale. */
static float sweep(int t, int n)
{
    const double u = 2.0 * t / (n - 1) - 1.0; /* -1 … 1 */
    return (float)(t == 0       ? -1e30
                   : t == n - 1 ? 1e30
                   : t == n / 2 ? 0.0
                                : copysign(pow(10.0, 11.0 * fabs(u) - 7.0), u));
}

/* One step from the initial state, of a unit whose gates have weights of all sizes: no gate errs by more than
 * an activation may, from where it is flat on one side to where it is on the other. Layers of one vector and
 * larger ones have forms of their own. */
static void gates_over_their_range(void)
{
    enum { POINTS = 121 };
    static const uint32_t sizes[] = {8, 40, 4};
    const char *kernel;
    for (int round = 0; round < (quick ? 12 : 48); round++) {
        const Variant *v = &variants[round % 2 ? 3 : 0];
        const uint32_t hidden = sizes[round / 2 % 3], unit = random_below(hidden);
        const double limit = 3e-7 * gruff_cell_gates(v->cell) + (v->cell == GRUFF_CELL_LSTM ? 3e-7 : 0.0);
        GruffModel *m = model_of(v, hidden, 1, 0, 1);
        GruffLayer *l = &m->layers[0];
        double want[POINTS];
        memset(l->u, 0, sizeof(float) * hidden * hidden * gruff_cell_gates(v->cell));
        for (uint32_t k = 0; k < hidden * gruff_cell_gates(v->cell); k++)
            l->w[k] = (float)copysign(pow(10.0, random_uniform(-3.0, 3.0)), random_uniform(-1.0, 1.0));
        memset(m->layers[1].w, 0, sizeof(float) * hidden);
        m->layers[1].w[unit] = 1.0f;
        m->layers[1].b[0] = 0.0f;
        for (int t = 0; t < POINTS; t++) {
            const float x = sweep(t, POINTS);
            Reference *exact = reference_new(m, false, 1);
            reference_run(exact, &x, &want[t], NULL, 1);
            reference_free(exact);
        }
        for (uint32_t i = 0; (kernel = gruff_kernel_name(i)); i++) {
            GruffNet *net = net_of(m, kernel, 1);
            double worst = 0.0;
            int at = 0;
            for (int t = 0; t < POINTS; t++) {
                float x = sweep(t, POINTS), y;
                gruff_net_reset(net);
                run_mono(net, &x, &y, 1);
                const double error = isfinite(y) ? fabs((double)y - want[t]) : INFINITY;
                if (error > worst)
                    worst = error, at = t;
            }
            check(worst <= limit, "%s, unit %u of %u on %s: %.2g off at %g, limit %.2g", v->name, unit,
                  hidden, kernel, worst, (double)sweep(at, POINTS), limit);
            gruff_net_free(net);
        }
        gruff_model_free(m);
    }
}

static void refusals(void)
{
    GruffModel *m = model_of(&variants[0], 4, 1, 0, 1);
    GruffNet *net;
    GruffMessage message;
    GruffNetOptions o = {.kernel = "mmx"};
    check(gruff_net_build(m, &o, &message, &net) == GRUFF_ERROR_ARGUMENT && !net &&
              strstr(message.text, "mmx"),
          "%s", message.text);
    o = (GruffNetOptions){.n_channels = 3};
    check(gruff_net_build(m, &o, &message, &net) == GRUFF_ERROR_ARGUMENT && !net, "%s", message.text);
    m->layers[1].n_in = 7;
    check(gruff_net_build(m, NULL, &message, &net) == GRUFF_ERROR_FORMAT && !net, "%s", message.text);
    m->layers[1].n_in = 4;
    check(gruff_net_build(m, NULL, NULL, &net) == GRUFF_OK && net, "a plain net");
    gruff_net_free(net);
    gruff_net_free(NULL);
    gruff_model_free(m);
}

int main(int argc, char **argv)
{
    const char *kernel;
    quick = argc > 1 && !strcmp(argv[1], "--quick");
    random_seed();
    for (uint32_t i = 0; (kernel = gruff_kernel_name(i)); i++)
        printf("# kernel %s\n", kernel);
    activations();
    every_size();
    stacks_knobs_and_hops();
    extreme_weights();
    properties();
    single_frames();
    overflow_heals();
    gates_over_their_range();
    refusals();
    return check_report();
}
