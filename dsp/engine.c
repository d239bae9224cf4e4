#include "gruff.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "bypass.h"
#include "fpu.h"
#include "handover.h"
#include "level.h"
#include "mem.h"
#include "net.h"
#include "status.h"
#include "voice.h"

struct GruffEngine {
    GruffHandover handover;
    void *block;
    double rate_hz;
    uint32_t n_channels;
    uint32_t phase; /* frames since the last grid line */

    float set[GRUFF_N_CONTROLS]; /* as the player set them */
    GruffSmooth input, output;   /* linear gains */
    GruffSmooth knob[GRUFF_MAX_KNOBS];
    GruffTone tone;
    float input_peak, output_peak;

    GruffVoice now, old; /* old fades out while fading */
    bool fading;
    uint32_t fade_at, n_fade;
    const float *fade; /* [n_fade + 1] */

    GruffBypass bypass;

    /* [GRUFF_GRID] each */
    float *fed[GRUFF_MAX_CHANNELS], *other[GRUFF_MAX_CHANNELS];
    float *gain, *knob_values[GRUFF_MAX_KNOBS];
};

static const GruffControlRange ranges[GRUFF_N_CONTROLS] = {
    [GRUFF_CONTROL_ENABLED] = {"Enabled", 0, 1, 1},
    [GRUFF_CONTROL_INPUT_DB] = {"Input", -24, 24, 0},
    [GRUFF_CONTROL_OUTPUT_DB] = {"Output", -40, 24, 0},
    [GRUFF_CONTROL_BASS_DB] = {"Bass", -12, 12, 0},
    [GRUFF_CONTROL_MIDDLE_DB] = {"Middle", -12, 12, 0},
    [GRUFF_CONTROL_TREBLE_DB] = {"Treble", -12, 12, 0},
    [GRUFF_CONTROL_PRESENCE_DB] = {"Presence", -12, 12, 0},
    [GRUFF_CONTROL_KNOB_1] = {"Knob 1", 0, 1, 0.5f},
    [GRUFF_CONTROL_KNOB_2] = {"Knob 2", 0, 1, 0.5f},
    [GRUFF_CONTROL_MATCH] = {"Match loudness", 0, 1, 0},
    [GRUFF_CONTROL_CALIBRATE_DBU] = {"Interface level", 0, 30, 0},
};

const GruffControlRange *gruff_control_range(GruffControl control)
{
    assert((unsigned)control < GRUFF_N_CONTROLS);
    return &ranges[control];
}

/* ---- setup ---- */

/* Every part of the engine's block; twice, as GruffArena says. */
static GruffEngine *lay_out(GruffArena *arena, double rate_hz, uint32_t n_channels)
{
    GruffEngine plan = {.rate_hz = rate_hz, .n_channels = n_channels, .block = arena->base};
    GruffEngine *engine = gruff_arena_take(arena, 1, sizeof *engine);
    plan.fade = gruff_fade_table(arena, rate_hz, 0.020, &plan.n_fade);
    gruff_bypass_place(&plan.bypass, rate_hz, n_channels, arena);
    for (uint32_t c = 0; c < n_channels; c++) {
        plan.fed[c] = gruff_arena_take(arena, GRUFF_GRID, sizeof(float));
        plan.other[c] = gruff_arena_take(arena, GRUFF_GRID, sizeof(float));
    }
    for (uint32_t k = 0; k < GRUFF_MAX_KNOBS; k++)
        plan.knob_values[k] = gruff_arena_take(arena, GRUFF_GRID, sizeof(float));
    plan.gain = gruff_arena_take(arena, GRUFF_GRID, sizeof(float));
    if (engine)
        *engine = plan;
    return engine;
}

GruffStatus gruff_engine_new(double rate_hz, uint32_t n_channels, GruffMessage *message, GruffEngine **engine)
{
    *engine = NULL;
    if (message)
        message->text[0] = '\0';
    if (!(rate_hz >= 8000 && rate_hz <= 768000))
        return gruff_fail(message, GRUFF_ERROR_ARGUMENT,
                          "engine: sample rate %g Hz is outside 8000 to 768000 Hz; choose a rate within",
                          rate_hz);
    if (n_channels < 1 || n_channels > GRUFF_MAX_CHANNELS)
        return gruff_fail(message, GRUFF_ERROR_ARGUMENT, "engine: %u channels; only 1 or 2 can be played",
                          (unsigned)n_channels);
    GruffArena arena = {0};
    lay_out(&arena, rate_hz, n_channels);
    arena = (GruffArena){.base = gruff_block_new(arena.used)};
    if (!arena.base)
        return gruff_fail(message, GRUFF_ERROR_MEMORY,
                          "engine: out of memory; close something and try again");

    GruffEngine *made = lay_out(&arena, rate_hz, n_channels);
    gruff_smooth_init(&made->input, rate_hz, 0.005, 1);
    gruff_smooth_init(&made->output, rate_hz, 0.005, 1);
    for (uint32_t k = 0; k < GRUFF_MAX_KNOBS; k++)
        gruff_smooth_init(&made->knob[k], rate_hz, 0.010, 0);
    gruff_tone_init(&made->tone, rate_hz);
    gruff_voice_init(&made->now, rate_hz, n_channels);
    gruff_voice_init(&made->old, rate_hz, n_channels);
    for (int control = 0; control < GRUFF_N_CONTROLS; control++)
        made->set[control] = NAN;
    for (int control = 0; control < GRUFF_N_CONTROLS; control++)
        gruff_engine_set(made, (GruffControl)control, ranges[control].standard);
    gruff_engine_reset(made);
    *engine = made;
    return GRUFF_OK;
}

void gruff_engine_free(GruffEngine *engine)
{
    if (!engine)
        return;
    gruff_net_free(engine->now.net);
    gruff_net_free(engine->old.net);
    gruff_net_free(gruff_handover_take(&engine->handover));
    for (GruffNet *net; (net = gruff_handover_collect(&engine->handover));)
        gruff_net_free(net);
    gruff_block_free(engine->block);
}

/* ---- controls ---- */

bool gruff_engine_offer(GruffEngine *engine, GruffNet *net)
{
    assert(gruff_net_n_channels(net) == engine->n_channels);
    assert(gruff_net_levels(net)->rate_hz == engine->rate_hz);
    return gruff_handover_give(&engine->handover, net);
}

GruffNet *gruff_engine_collect(GruffEngine *engine)
{
    return gruff_handover_collect(&engine->handover);
}

static void set_levels(const GruffEngine *engine, GruffVoice *voice)
{
    gruff_voice_set_levels(voice, engine->set[GRUFF_CONTROL_MATCH] >= 0.5f,
                           engine->set[GRUFF_CONTROL_CALIBRATE_DBU]);
}

void gruff_engine_set(GruffEngine *engine, GruffControl control, float value)
{
    if ((unsigned)control >= GRUFF_N_CONTROLS || isnan(value) || value == engine->set[control])
        return;
    value = fminf(fmaxf(value, ranges[control].min), ranges[control].max);
    engine->set[control] = value;
    switch (control) {
    case GRUFF_CONTROL_INPUT_DB:
        gruff_smooth_set(&engine->input, gruff_gain_of_db(value));
        break;
    case GRUFF_CONTROL_OUTPUT_DB:
        gruff_smooth_set(&engine->output, gruff_gain_of_db(value));
        break;
    case GRUFF_CONTROL_BASS_DB:
    case GRUFF_CONTROL_MIDDLE_DB:
    case GRUFF_CONTROL_TREBLE_DB:
    case GRUFF_CONTROL_PRESENCE_DB:
        gruff_tone_set(&engine->tone, (uint32_t)(control - GRUFF_CONTROL_BASS_DB), value);
        break;
    case GRUFF_CONTROL_KNOB_1:
    case GRUFF_CONTROL_KNOB_2:
        gruff_smooth_set(&engine->knob[control - GRUFF_CONTROL_KNOB_1], value);
        break;
    case GRUFF_CONTROL_MATCH:
    case GRUFF_CONTROL_CALIBRATE_DBU:
        set_levels(engine, &engine->now);
        set_levels(engine, &engine->old);
        break;
    default:
        break;
    }
}

uint32_t gruff_engine_latency(const GruffEngine *engine)
{
    return engine->now.latency;
}

size_t gruff_engine_state(const GruffEngine *engine, double *state)
{
    const GruffVoice *v = &engine->now;
    double own[64], *to = own;
    *to++ = engine->phase;
    *to++ = v->quiet;
    *to++ = v->rests;
    *to++ = v->n_quiet % v->n_window;
    for (uint32_t c = 0; c < engine->n_channels; c++) {
        const GruffDcState dc = v->dc.at[c];
        *to++ = dc.now, *to++ = dc.base, *to++ = dc.more, *to++ = dc.n;
        *to++ = v->last[c], *to++ = v->still[c];
        for (uint32_t b = 0; b < GRUFF_N_BANDS; b++)
            *to++ = engine->tone.band[b].s1[c], *to++ = engine->tone.band[b].s2[c];
    }
    const size_t n = (size_t)(to - own);
    assert(n <= sizeof own / sizeof *own);
    for (size_t i = 0; state && i < n; i++)
        state[i] = own[i];
    return n + (v->net ? gruff_net_state(v->net, state ? state + n : NULL) : 0);
}

uint32_t gruff_engine_period(const GruffEngine *engine)
{
    return engine->now.net ? gruff_net_period(engine->now.net) : GRUFF_GRID;
}

GruffMeters gruff_engine_meters(GruffEngine *engine)
{
    GruffMeters meters = {engine->input_peak, engine->output_peak};
    engine->input_peak = engine->output_peak = 0;
    return meters;
}

/* ---- nets come and go ---- */

static void knobs_now(const GruffEngine *engine, double *knobs)
{
    for (uint32_t k = 0; k < GRUFF_MAX_KNOBS; k++)
        knobs[k] = engine->knob[k].value;
}

static void start(GruffEngine *engine, GruffNet *net)
{
    double knobs[GRUFF_MAX_KNOBS];
    knobs_now(engine, knobs);
    gruff_voice_start(&engine->now, net, knobs);
    set_levels(engine, &engine->now);
    gruff_smooth_jump(&engine->now.feed);
    gruff_smooth_jump(&engine->now.match);
}

static void fade_end(GruffEngine *engine)
{
    if (engine->old.net)
        gruff_handover_return(&engine->handover, engine->old.net);
    engine->old.net = NULL;
    engine->fading = false;
}

static void fade_start(GruffEngine *engine, GruffNet *net)
{
    engine->old = engine->now;
    start(engine, net);
    engine->fading = true;
    engine->fade_at = 0;
}

static bool wants_net(const GruffEngine *engine)
{
    return engine->now.net && engine->set[GRUFF_CONTROL_ENABLED] >= 0.5f;
}

static void controls_jump(GruffEngine *engine)
{
    gruff_smooth_jump(&engine->input);
    gruff_smooth_jump(&engine->output);
    for (uint32_t k = 0; k < GRUFF_MAX_KNOBS; k++)
        gruff_smooth_jump(&engine->knob[k]);
    gruff_tone_reset(&engine->tone);
}

static void controls_settle(GruffEngine *engine)
{
    gruff_smooth_settle(&engine->input);
    gruff_smooth_settle(&engine->output);
    gruff_tone_line(&engine->tone);
    bool arrived = false, moving = false;
    for (uint32_t k = 0; k < GRUFF_MAX_KNOBS; k++) {
        arrived |= gruff_smooth_settle(&engine->knob[k]);
        moving |= engine->knob[k].moving;
    }
    double knobs[GRUFF_MAX_KNOBS];
    knobs_now(engine, knobs);
    GruffVoice *voices[] = {&engine->now, &engine->old};
    for (int i = 0; i < 2; i++) {
        if (arrived)
            gruff_voice_hold_knobs(voices[i], knobs);
        gruff_voice_line(voices[i], moving || arrived);
    }
}

/* All that happens now and then happens here, at set frames of the stream: fades start and end, controls come
 * to rest, tone coefficients move. */
static void grid_line(GruffEngine *engine)
{
    if (engine->now.net)
        controls_settle(engine);
    else
        controls_jump(engine);
    if (engine->fading && engine->fade_at == engine->n_fade)
        fade_end(engine);
    GruffNet *net = engine->fading ? NULL : gruff_handover_take(&engine->handover);
    if (net)
        fade_start(engine, net);
    gruff_bypass_line(&engine->bypass, wants_net(engine));
}

void gruff_engine_reset(GruffEngine *engine)
{
    uint64_t mode = gruff_fpu_flush();
    fade_end(engine);
    controls_jump(engine);
    GruffNet *net = gruff_handover_take(&engine->handover);
    if (net) {
        fade_start(engine, net);
        fade_end(engine);
    } else if (engine->now.net) {
        start(engine, engine->now.net);
    }
    gruff_bypass_reset(&engine->bypass, wants_net(engine));
    engine->phase = 0;
    engine->input_peak = engine->output_peak = 0;
    gruff_fpu_restore(mode);
}

/* ---- sound ---- */

/* y = y * up[t] + x * down[-t] */
static void crossfade(float *y, const float *up, const float *x, const float *down, uint32_t n)
{
    for (uint32_t t = 0; t < n; t++)
        y[t] = y[t] * up[t] + x[t] * *(down - t);
}

/* Samples no louder than peak are the same after it. */
static bool does_nothing(const GruffSmooth *gain, float peak)
{
    return !gain->moving && gain->value == 1 && peak <= GRUFF_LOUDEST;
}

/* out[c] = in[c] * gain; in[c] may be out[c]. */
static void trim(GruffEngine *engine, GruffSmooth *gain, const float *const *in, float *const *out,
                 uint32_t n)
{
    if (gain->moving)
        gruff_smooth_fill(gain, engine->gain, n);
    for (uint32_t c = 0; c < engine->n_channels; c++)
        if (gain->moving)
            gruff_scale_each(in[c], engine->gain, out[c], n);
        else
            gruff_scale(in[c], (float)gain->value, out[c], n);
}

/* The net's sound of in[c][n], which is no louder than peak, into wet[c][n]. */
static void play_nets(GruffEngine *engine, const float *const *in, float peak, float *const *wet, uint32_t n)
{
    float *const *other = engine->other;
    const float *const *fed = in;
    const float *knobs[GRUFF_MAX_KNOBS] = {0};
    for (uint32_t k = 0; k < GRUFF_MAX_KNOBS; k++)
        if (engine->knob[k].moving) {
            gruff_smooth_fill(&engine->knob[k], engine->knob_values[k], n);
            knobs[k] = engine->knob_values[k];
        }
    if (!does_nothing(&engine->input, peak)) {
        trim(engine, &engine->input, in, engine->fed, n);
        fed = (const float *const *)engine->fed;
    }
    gruff_voice_run(&engine->now, fed, wet, knobs, n);
    if (engine->fading && engine->old.net) {
        gruff_voice_run(&engine->old, fed, other, knobs, n);
        for (uint32_t c = 0; c < engine->n_channels; c++)
            crossfade(wet[c], engine->fade + engine->fade_at, other[c],
                      engine->fade + engine->n_fade - engine->fade_at, n);
    }
    for (uint32_t c = 0; c < engine->n_channels; c++)
        gruff_tone_run(&engine->tone, c, wet[c], engine->phase, n);
    trim(engine, &engine->output, (const float *const *)wet, wet, n);
}

/* n frames between two grid lines. */
static void piece(GruffEngine *engine, const float *const *in, float *const *out, uint32_t n)
{
    const GruffBypassLag lag = {.latency = engine->now.latency,
                                .latency_before = engine->old.latency,
                                .change = engine->fading ? engine->fade + engine->fade_at : NULL};
    const float *kept[GRUFF_MAX_CHANNELS] = {0};
    float peak = 0;
    for (uint32_t c = 0; c < engine->n_channels; c++) {
        float own;
        kept[c] = gruff_bypass_keep(&engine->bypass, c, in[c], engine->phase, n, &own);
        peak = fmaxf(peak, own);
    }
    engine->input_peak = fmaxf(engine->input_peak, peak);
    if (engine->now.net)
        play_nets(engine, kept, peak, out, n);
    gruff_bypass_mix(&engine->bypass, &lag, out, out, engine->phase, n);
    for (uint32_t c = 0; c < engine->n_channels; c++)
        engine->output_peak = gruff_peak(out[c], n, engine->output_peak);
    if (engine->fading)
        engine->fade_at += n;
    engine->phase = (engine->phase + n) % GRUFF_GRID;
}

void gruff_engine_run(GruffEngine *engine, const float *const *in, float *const *out, uint32_t n_frames)
{
    uint64_t mode = gruff_fpu_flush();
    for (uint32_t done = 0; done < n_frames;) {
        if (engine->phase == 0)
            grid_line(engine);
        uint32_t n = GRUFF_GRID - engine->phase;
        if (n > n_frames - done)
            n = n_frames - done;
        const float *from[GRUFF_MAX_CHANNELS] = {0};
        float *to[GRUFF_MAX_CHANNELS] = {0};
        for (uint32_t c = 0; c < engine->n_channels; c++) {
            from[c] = in[c] + done;
            to[c] = out[c] + done;
        }
        piece(engine, from, to, n);
        done += n;
    }
    gruff_fpu_restore(mode);
}
