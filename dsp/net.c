#include "net.h"

#include "fpu.h"
#include "rate.h"
#include "stack.h"
#include "status.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

/* Steps between two looks at whether the states are finite, in stream time, so that it does not matter how
 * the frames are split into calls. */
enum { GRID = GRUFF_STACK_STEPS };

/* gruff_net_settle: at most this many steps of silence per state; at rest where no state moves more than this
 * in a chunk. */
enum { SETTLE_STEPS = 96000, SETTLE_CHUNK = 512 };
static const float settled_step = 2e-7f;

/* Seconds that the output is watched before a net is said to start at rest. */
static const double watch_s = 0.2;

/* gruff_net_find_rest: steps in the longest circle looked for. */
enum { CIRCLE = 64 };

/* Where in stream time the net is. */
typedef struct Clock {
    uint32_t phase; /* steps modulo twice the number of states */
    uint32_t grid;  /* steps modulo GRID */
    uint32_t hop;   /* frames of the hop taken in so far */
    GruffRateClock rate;
} Clock;

struct GruffNet {
    GruffStack stack;
    uint32_t hop, n_knobs;
    bool skip;
    float in_gain, out_gain;
    float knob[GRUFF_MAX_KNOBS];
    Clock clock, start_clock;
    GruffNetLevels levels;
    bool converts; /* plays at another rate than its own, through rate */
    GruffRate rate;
    double frames_per_step; /* of the sound that comes in, per step and state */
    float *moving, *rest;   /* [n_moving] all that a step changes, and what it is after a reset */
    float *seen;            /* [n_own] moving when gruff_net_find_rest was called */
    bool starts_at_rest;    /* with the knobs at rest_knob */
    float rest_knob[GRUFF_MAX_KNOBS];
    uint32_t circle,
        n_behind; /* at rest: the net's frames after which its state comes back; those still to be run */
    size_t n_moving, n_own; /* the first n_own are the net's own, the others the rate conversion's */
    float *hop_in[GRUFF_MAX_CHANNELS],
        *hop_out[GRUFF_MAX_CHANNELS]; /* [hop] the hop coming in, the one going out */
};

/* ---- building ---- */

static uint32_t largest_layer(const GruffModel *model)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < model->n_layers; i++)
        most = model->layers[i].n_out > most ? model->layers[i].n_out : most;
    return most;
}

static GruffStatus check_options(const GruffModel *model, const GruffNetOptions *o,
                                 const GruffKernel **kernel, GruffMessage *message)
{
    if (o->n_channels > GRUFF_MAX_CHANNELS)
        return gruff_fail(message, GRUFF_ERROR_ARGUMENT, "a net plays 1 or 2 channels, not %u",
                          o->n_channels);
    if (o->rate_hz != 0.0 && !(o->rate_hz >= 8000.0 && o->rate_hz <= 768000.0))
        return gruff_fail(message, GRUFF_ERROR_ARGUMENT,
                          "a net plays at 8000 to 768000 Hz, not %g Hz; choose a rate within", o->rate_hz);
    *kernel = o->kernel ? gruff_kernel_find(o->kernel) : gruff_kernel_best(largest_layer(model));
    if (!*kernel)
        return gruff_fail(message, GRUFF_ERROR_ARGUMENT,
                          "no kernel '%s' on this CPU; the best one here is '%s'", o->kernel,
                          gruff_kernel_name(0));
    return GRUFF_OK;
}

/* States per unit for GRUFF_QUALITY_HQ: the whole multiple that rate_hz is of the model's rate, if it is one.
 */
static uint32_t n_states_for(const GruffModel *model, const GruffNetOptions *o)
{
    const double multiple = o->rate_hz / model->rate_hz, whole = round(multiple);
    const bool can = o->quality == GRUFF_QUALITY_HQ && model->hop == 1 && whole >= 2.0;
    return can && fabs(multiple - whole) < 1e-9 * whole ? (uint32_t)whole : 1;
}

/* Give the net its parts, or only plan them where the arenas have no base. */
static void place(GruffNet *net, const GruffModel *model, const GruffKernel *kernel, const GruffNetOptions *o,
                  GruffArena *fixed, GruffArena *moving)
{
    const uint32_t n_channels = o->n_channels ? o->n_channels : 1, n_states = n_states_for(model, o);
    gruff_stack_place(&net->stack, model, kernel, n_channels, n_states, fixed, moving);
    for (uint32_t c = 0; c < n_channels; c++) {
        net->hop_in[c] = gruff_arena_take(moving, model->hop, sizeof(float));
        net->hop_out[c] = gruff_arena_take(moving, model->hop, sizeof(float));
    }
    net->n_own = moving->used / sizeof(float);
    net->frames_per_step = o->rate_hz != 0.0 ? o->rate_hz / model->rate_hz : 1.0;
    net->converts = net->frames_per_step != 1.0 && n_states == 1;
    if (net->converts)
        gruff_rate_place(&net->rate, o->rate_hz, model->rate_hz, model->hop - 1, n_channels, fixed, moving);
}

GruffStatus gruff_net_build(const GruffModel *model, const GruffNetOptions *options, GruffMessage *message,
                            GruffNet **result)
{
    const GruffNetOptions none = {0};
    const GruffNetOptions *o = options ? options : &none;
    const GruffKernel *kernel;
    *result = NULL;
    if (message)
        message->text[0] = '\0';
    GruffStatus status = gruff_model_check(model, model->name ? model->name : "model", message);
    if (!status)
        status = check_options(model, o, &kernel, message);
    if (status)
        return status;

    GruffNet plan;
    GruffArena head = {0}, fixed = {0}, moving = {0};
    gruff_arena_take(&head, 1, sizeof(GruffNet));
    place(&plan, model, kernel, o, &fixed, &moving);
    const size_t n_head = head.used, n_fixed = fixed.used, n_moving = moving.used;
    unsigned char *block =
        fixed.failed || moving.failed ? NULL : gruff_block_new(n_head + n_fixed + 3 * n_moving);
    if (!block)
        return gruff_fail(message, GRUFF_ERROR_MEMORY, "%s: no memory for its net", model->name);

    GruffNet *net = (GruffNet *)block;
    fixed = (GruffArena){.base = block + n_head};
    moving = (GruffArena){.base = block + n_head + n_fixed};
    place(net, model, kernel, o, &fixed, &moving);
    gruff_stack_start(&net->stack, model);
    if (net->converts) {
        gruff_rate_design(&net->rate);
        net->clock.rate = net->start_clock.rate = net->rate.start;
    }
    net->hop = model->hop;
    net->n_knobs = model->n_knobs;
    net->skip = model->skip;
    net->in_gain = (float)pow(10.0, model->in_gain_db / 20.0);
    net->out_gain = (float)pow(10.0, model->out_gain_db / 20.0);
    for (uint32_t k = 0; k < GRUFF_MAX_KNOBS; k++)
        net->knob[k] = 0.5f;
    net->moving = (float *)(block + n_head + n_fixed);
    net->rest = (float *)(block + n_head + n_fixed + n_moving);
    net->seen = (float *)(block + n_head + n_fixed + 2 * n_moving);
    net->levels.rate_hz = o->rate_hz != 0.0 ? o->rate_hz : model->rate_hz;
    net->levels.loudness_db = model->has_loudness ? model->loudness_db : (double)NAN;
    net->levels.input_level_dbu = model->has_input_level ? model->input_level_dbu : (double)NAN;
    net->n_moving = n_moving / sizeof(float);
    net->circle = 1;
    memcpy(net->rest, net->moving, n_moving);
    *result = net;
    return GRUFF_OK;
}

void gruff_net_free(GruffNet *net)
{
    gruff_block_free(net);
}

/* ---- state ---- */

void gruff_net_reset(GruffNet *net)
{
    memcpy(net->moving, net->rest, net->n_moving * sizeof(float));
    net->clock = net->start_clock;
    net->circle = 1;
    net->n_behind = 0;
}

/* The states back to rest after they went non-finite; the stream goes on. */
static void revive(GruffNet *net)
{
    memcpy(net->moving, net->rest, net->n_own * sizeof(float));
    net->clock.phase = net->start_clock.phase;
}

static float largest_difference(const float *a, const float *b, size_t n)
{
    float most = 0.0f;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, fabsf(a[i] - b[i]));
    return most;
}

/* Whether n_frames of silence leave the output where it is. */
static bool is_still(GruffNet *net, double n_frames)
{
    float silence[SETTLE_CHUNK] = {0}, out[GRUFF_MAX_CHANNELS][SETTLE_CHUNK] = {{0}};
    const float *const in[GRUFF_MAX_CHANNELS] = {silence, silence};
    float *const to[GRUFF_MAX_CHANNELS] = {out[0], out[1]};
    float first[GRUFF_MAX_CHANNELS], most = 0.0f;
    gruff_net_run(net, in, to, NULL, 1);
    for (uint32_t c = 0; c < GRUFF_MAX_CHANNELS; c++)
        first[c] = out[c][0];
    for (double t = 0; t < n_frames && most <= GRUFF_STILL; t += SETTLE_CHUNK) {
        gruff_net_run(net, in, to, NULL, SETTLE_CHUNK);
        for (uint32_t c = 0; c < net->stack.n_channels; c++)
            for (uint32_t i = 0; i < SETTLE_CHUNK; i++)
                most = fmaxf(most, fabsf(out[c][i] - first[c]));
    }
    return most <= GRUFF_STILL;
}

/* The clock goes back to the start: where a converter's net frames stand must not depend on how long a model
 * takes to settle. */
void gruff_net_settle(GruffNet *net)
{
    float silence[SETTLE_CHUNK] = {0}, out[GRUFF_MAX_CHANNELS][SETTLE_CHUNK];
    const float *const in[GRUFF_MAX_CHANNELS] = {silence, silence};
    float *const to[GRUFF_MAX_CHANNELS] = {out[0], out[1]};
    bool rests = false;
    const double n_frames = SETTLE_STEPS * net->frames_per_step;
    for (uint32_t t = 0; t < n_frames && !rests; t += SETTLE_CHUNK) {
        gruff_net_run(net, in, to, NULL, SETTLE_CHUNK);
        rests = largest_difference(net->moving, net->rest, net->n_moving) <= settled_step;
        memcpy(net->rest, net->moving, net->n_moving * sizeof(float));
    }
    gruff_net_reset(net);
    net->starts_at_rest = is_still(net, watch_s * net->levels.rate_hz);
    memcpy(net->rest_knob, net->knob, sizeof net->rest_knob);
    gruff_net_reset(net);
}

bool gruff_net_starts_at_rest(const GruffNet *net)
{
    bool same = net->starts_at_rest;
    for (uint32_t k = 0; k < net->n_knobs; k++)
        same = same && net->knob[k] == net->rest_knob[k];
    return same;
}

GruffNetLevels *gruff_net_levels(GruffNet *net)
{
    return &net->levels;
}

uint32_t gruff_net_n_channels(const GruffNet *net)
{
    return net->stack.n_channels;
}

void gruff_net_set_knob(GruffNet *net, uint32_t knob, float value)
{
    if (knob < net->n_knobs && value == value)
        net->knob[knob] = fminf(fmaxf(value, 0.0f), 1.0f);
}

uint32_t gruff_net_latency(const GruffNet *net)
{
    return net->converts ? net->rate.latency : net->hop - 1;
}

const char *gruff_net_kernel(const GruffNet *net)
{
    return net->stack.kernel->name;
}

size_t gruff_net_state(const GruffNet *net, double *state)
{
    const Clock *c = &net->clock;
    const double counters[] = {c->phase,
                               c->grid,
                               c->hop,
                               c->rate.to_net.lag,
                               c->rate.to_net.phase,
                               c->rate.to_host.lag,
                               c->rate.to_host.phase,
                               net->circle,
                               net->n_behind};
    const size_t n = sizeof counters / sizeof *counters;
    for (size_t i = 0; state && i < n; i++)
        state[i] = counters[i];
    for (size_t i = 0; state && i < net->n_moving; i++)
        state[n + i] = (double)net->moving[i];
    return n + net->n_moving;
}

static uint32_t common(uint32_t a, uint32_t b) /* their greatest common divisor */
{
    while (b) {
        const uint32_t rest = a % b;
        a = b, b = rest;
    }
    return a;
}

/* Frames there are `from` for each `to` of the net's; a period has both in whole grids. */
uint32_t gruff_net_period(const GruffNet *net)
{
    const GruffResample *r = &net->rate.to_net;
    const uint32_t to = net->converts ? r->n_phases : 1;
    const uint32_t from = net->converts ? r->step * r->n_phases + r->step_phase : 1;
    const uint32_t unit = net->hop * net->stack.n_states * 2; /* as far as phase counts */
    const uint32_t grid = GRID / common(GRID, unit) * unit;
    const uint32_t a = grid / common(grid, to), b = GRID / common(GRID, from);
    return from * (a / common(a, b) * b);
}

/* ---- running ---- */

/* NaN and Inf count as 0. */
static inline float tame(float x)
{
    return fabsf(x) <= FLT_MAX ? x : 0.0f;
}

/* The knobs of frame t behind the audio of an input row. */
static inline void put_knobs(const GruffNet *net, float *row, const float *const *knobs, uint32_t t)
{
    for (uint32_t k = 0; k < net->n_knobs; k++) {
        float value = knobs && knobs[k] ? knobs[k][t] : net->knob[k];
        row[net->hop + k] = value >= 0.0f ? fminf(value, 1.0f) : 0.0f;
    }
}

/* n frames of audio, and of knobs, into a channel's input rows. Here and below a single frame leaves out what
 * gets a loop over many of them going. */
static inline void fill_rows(const GruffNet *net, float *restrict row, const float *restrict in,
                             const float *const *knobs, uint32_t at, uint32_t n)
{
    const size_t stride = net->stack.n_in_padded;
    if (stride == 1 && n == 1)
        row[0] = tame(in[at]) * net->in_gain;
    else if (stride == 1)
        for (uint32_t t = 0; t < n; t++)
            row[t] = tame(in[at + t]) * net->in_gain;
    else
        for (uint32_t t = 0; t < n; t++, row += stride) {
            row[0] = tame(in[at + t]) * net->in_gain;
            put_knobs(net, row, knobs, at + t);
        }
}

/* The first of each output row, and of each input row where that skips the layers, to out. */
static inline void take_rows(const GruffNet *net, const float *restrict row, const float *restrict in_row,
                             float *restrict out, uint32_t n)
{
    const size_t stride = net->stack.n_out_padded, in_stride = net->stack.n_in_padded;
    if (n == 1 && !net->skip)
        out[0] = tame(row[0] * net->out_gain);
    else if (stride == 1 && !net->skip)
        for (uint32_t t = 0; t < n; t++)
            out[t] = tame(row[t] * net->out_gain);
    else
        for (uint32_t t = 0; t < n; t++)
            out[t] = tame((row[t * stride] + (net->skip ? in_row[t * in_stride] : 0.0f)) * net->out_gain);
}

/* n <= GRID frames with a step each. */
static void run_steps(GruffNet *net, const float *const *in, float *const *out, const float *const *knobs,
                      uint32_t at, uint32_t n)
{
    GruffStack *s = &net->stack;
    for (uint32_t c = 0; c < s->n_channels; c++)
        fill_rows(net, s->in[c], in[c], knobs, at, n);
    gruff_stack_run(s, net->clock.phase, n);
    for (uint32_t c = 0; c < s->n_channels; c++)
        take_rows(net, s->out[c], s->in[c], out[c] + at, n);
    net->clock.phase = (net->clock.phase + n) % (2 * s->n_states);
}

/* A whole hop has come in: one step gives the next hop that goes out. */
static void step_hop(GruffNet *net, const float *const *knobs, uint32_t t)
{
    GruffStack *s = &net->stack;
    for (uint32_t c = 0; c < s->n_channels; c++) {
        memcpy(s->in[c], net->hop_in[c], net->hop * sizeof(float));
        put_knobs(net, s->in[c], knobs, t);
    }
    gruff_stack_run(s, net->clock.phase, 1);
    net->clock.phase = (net->clock.phase + 1) % (2 * s->n_states);
    for (uint32_t c = 0; c < s->n_channels; c++)
        for (uint32_t i = 0; i < net->hop; i++)
            net->hop_out[c][i] =
                tame((s->out[c][i] + (net->skip ? net->hop_in[c][i] : 0.0f)) * net->out_gain);
}

/* n frames, a step every hop frames: the frame that completes a hop gets the first of the new hop. */
static void run_hops(GruffNet *net, const float *const *in, float *const *out, const float *const *knobs,
                     uint32_t at, uint32_t n)
{
    const uint32_t n_channels = net->stack.n_channels, hop = net->hop;
    for (uint32_t t = at; t < at + n; t++) {
        const uint32_t i = net->clock.hop;
        for (uint32_t c = 0; c < n_channels; c++)
            net->hop_in[c][i] = tame(in[c][t]) * net->in_gain;
        if (i == hop - 1)
            step_hop(net, knobs, t);
        net->clock.hop = (i + 1) % hop;
        for (uint32_t c = 0; c < n_channels; c++)
            out[c][t] = net->hop_out[c][net->clock.hop];
    }
}

/* At the net's own rate. */
static void run_own(void *net_pointer, const float *const *in, float *const *out, const float *const *knobs,
                    uint32_t n_frames)
{
    GruffNet *net = net_pointer;
    for (uint32_t at = 0, n; at < n_frames; at += n) {
        n = n_frames - at < GRID - net->clock.grid ? n_frames - at : GRID - net->clock.grid;
        if (net->hop == 1)
            run_steps(net, in, out, knobs, at, n);
        else
            run_hops(net, in, out, knobs, at, n);
        net->clock.grid = (net->clock.grid + n) % GRID;
        if (net->clock.grid == 0 && !gruff_stack_is_finite(&net->stack))
            revive(net);
    }
}

/* ---- at rest ---- */

/* n frames of silence at the net's own rate. */
static void run_silence(GruffNet *net, uint32_t n_frames)
{
    const float silence[GRID] = {0};
    float none[GRUFF_MAX_CHANNELS][GRID];
    for (uint32_t at = 0, n; at < n_frames; at += n) {
        n = n_frames - at < GRID ? n_frames - at : GRID;
        run_own(net, (const float *const[]){silence, silence}, (float *const[]){none[0], none[1]}, NULL, n);
    }
}

/* A circle closes where every one of the states has been stepped there and back (kernels.h: phase), and hops
 * are whole. */
bool gruff_net_find_rest(GruffNet *net)
{
    const uint64_t mode = gruff_fpu_flush();
    const Clock clock = net->clock;
    const size_t n_bytes = net->n_own * sizeof(float);
    const uint32_t n_steps = 2 * net->stack.n_states, unit = n_steps * net->hop;
    uint32_t n = 0;
    bool closed = false;
    memcpy(net->seen, net->moving, n_bytes);
    for (uint32_t i = 0; i < CIRCLE && !closed; i += n_steps) {
        run_silence(net, unit);
        n += unit;
        closed = !memcmp(net->moving, net->seen, n_bytes);
    }
    memcpy(net->moving, net->seen, n_bytes);
    net->clock = clock;
    net->circle = closed ? n : 1;
    gruff_fpu_restore(mode);
    return closed;
}

void gruff_net_skip(GruffNet *net, uint32_t n_frames)
{
    const uint32_t n = net->converts ? gruff_rate_skip(&net->rate, &net->clock.rate, n_frames) : n_frames;
    const uint32_t n_all = net->n_behind + n;
    net->n_behind = n_all % net->circle;
    net->clock.grid = (net->clock.grid + n_all - net->n_behind) % GRID;
}

static void catch_up(GruffNet *net)
{
    const uint32_t n = net->n_behind;
    net->n_behind = 0;
    net->circle = 1;
    run_silence(net, n);
}

void gruff_net_run(GruffNet *net, const float *const *in, float *const *out, const float *const *knobs,
                   uint32_t n_frames)
{
    const uint64_t mode = gruff_fpu_flush();
    if (n_frames > 0 && net->n_behind > 0)
        catch_up(net);
    if (net->converts)
        gruff_rate_run(&net->rate, &net->clock.rate, in, out, knobs, n_frames, run_own, net);
    else
        run_own(net, in, out, knobs, n_frames);
    gruff_fpu_restore(mode);
}
