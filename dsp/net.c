#include "level.h"
#include "net_parts.h"
#include "status.h"

#include <math.h>
#include <string.h>

/* gruff_net_settle: at most this many steps of silence per state; at rest where no state moves more than this
 * in a chunk. */
enum { SETTLE_STEPS = 96000, SETTLE_CHUNK = 512 };
static const float settled_step = 2e-7f;

/* Seconds that the output is watched before a net is said to start at rest. */
static const double watch_s = 0.2;

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
    net->in_gain = (float)gruff_gain_of_db(model->in_gain_db);
    net->out_gain = (float)gruff_gain_of_db(model->out_gain_db);
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
    const uint32_t hop = c->hop + net->n_behind; /* as if those had been run */
    const double counters[] = {(c->phase + hop / net->hop) % (2 * net->stack.n_states),
                               (c->grid + net->n_behind) % GRID,
                               hop % net->hop,
                               c->rate.to_net.lag,
                               c->rate.to_net.phase,
                               c->rate.to_host.lag,
                               c->rate.to_host.phase};
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
