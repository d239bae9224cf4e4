#include "gruff.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "filter.h"
#include "fpu.h"
#include "handover.h"
#include "mem.h"
#include "status.h"

/* What is louder than this (120 dB over full scale) or not a number is no sound and plays as 0, so that no
 * sum overflows. */
#define LOUDEST 1e6f

/* Longest latency the dry path can match: a hop of 256 at the lowest model rate, and rate conversion. */
#define LONGEST_LATENCY_S 0.034

/* A net and what is done to its sound alone. */
typedef struct Voice {
    GruffNet *net; /* NULL: nothing plays */
    uint32_t latency;
    GruffDcBlock dc;
} Voice;

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

    Voice now, old; /* old fades out while fading */
    bool fading;
    uint32_t fade_at, n_fade;
    const float *fade; /* [n_fade + 1] 0…1, a quarter of a sine */

    bool bypass_rising;             /* towards the net's sound */
    uint32_t bypass_at, n_bypass;   /* 0: dry, n_bypass: the net's sound */
    const float *bypass;            /* [n_bypass + 1] as fade */
    float *dry[GRUFF_MAX_CHANNELS]; /* [n_dry] ring of the input, finite */
    uint32_t dry_at, n_dry;         /* n_dry is a power of two and a multiple of the grid */

    /* [GRUFF_GRID] each */
    float *wet[GRUFF_MAX_CHANNELS], *fed[GRUFF_MAX_CHANNELS], *other[GRUFF_MAX_CHANNELS];
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

static double gain_of_db(double db)
{
    return exp2(db * (3.32192809488736234787 / 20));
}

/* ---- setup ---- */

static uint32_t grid_frames(double frames)
{
    return ((uint32_t)(frames / GRUFF_GRID) + 1) * GRUFF_GRID;
}

static float *quarter_sine(GruffArena *arena, uint32_t n)
{
    float *table = gruff_arena_take(arena, n + 1, sizeof *table);
    for (uint32_t t = 0; table && t <= n; t++)
        table[t] = (float)sin(1.57079632679489661923 * t / n);
    return table;
}

/* Every part of the engine's block; twice, as GruffArena says. */
static GruffEngine *lay_out(GruffArena *arena, double rate_hz, uint32_t n_channels)
{
    GruffEngine plan = {.rate_hz = rate_hz, .n_channels = n_channels, .block = arena->base};
    GruffEngine *engine = gruff_arena_take(arena, 1, sizeof *engine);
    plan.n_fade = grid_frames(0.020 * rate_hz);
    plan.n_bypass = grid_frames(0.010 * rate_hz);
    plan.fade = quarter_sine(arena, plan.n_fade);
    plan.bypass = quarter_sine(arena, plan.n_bypass);
    plan.n_dry = 2 * GRUFF_GRID;
    while (plan.n_dry < LONGEST_LATENCY_S * rate_hz + GRUFF_GRID)
        plan.n_dry *= 2;
    for (uint32_t c = 0; c < n_channels; c++) {
        plan.dry[c] = gruff_arena_take(arena, plan.n_dry, sizeof(float));
        plan.wet[c] = gruff_arena_take(arena, GRUFF_GRID, sizeof(float));
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
    return gruff_handover_give(&engine->handover, net);
}

GruffNet *gruff_engine_collect(GruffEngine *engine)
{
    return gruff_handover_collect(&engine->handover);
}

void gruff_engine_set(GruffEngine *engine, GruffControl control, float value)
{
    if ((unsigned)control >= GRUFF_N_CONTROLS || isnan(value))
        return;
    value = fminf(fmaxf(value, ranges[control].min), ranges[control].max);
    engine->set[control] = value;
    switch (control) {
    case GRUFF_CONTROL_INPUT_DB:
        gruff_smooth_set(&engine->input, gain_of_db(value));
        break;
    case GRUFF_CONTROL_OUTPUT_DB:
        gruff_smooth_set(&engine->output, gain_of_db(value));
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
    default:
        break;
    }
}

uint32_t gruff_engine_latency(const GruffEngine *engine)
{
    return engine->now.latency;
}

GruffMeters gruff_engine_meters(GruffEngine *engine)
{
    GruffMeters meters = {engine->input_peak, engine->output_peak};
    engine->input_peak = engine->output_peak = 0;
    return meters;
}

/* ---- nets come and go ---- */

static void hold_knobs(GruffEngine *engine, GruffNet *net)
{
    for (uint32_t k = 0; k < GRUFF_MAX_KNOBS; k++)
        gruff_net_set_knob(net, k, (float)engine->knob[k].value);
}

/* Start a settled net with its DC blocker at rest too: the constant it gives on silence is no sound. */
static void voice_start(GruffEngine *engine, Voice *voice, GruffNet *net)
{
    float zero = 0, rest[GRUFF_MAX_CHANNELS];
    const float *in[GRUFF_MAX_CHANNELS] = {&zero, &zero};
    float *out[GRUFF_MAX_CHANNELS] = {&rest[0], &rest[1]};
    *voice = (Voice){.net = net, .latency = gruff_net_latency(net)};
    assert(voice->latency + GRUFF_GRID <= engine->n_dry);
    hold_knobs(engine, net);
    gruff_dc_init(&voice->dc, engine->rate_hz, 5);
    gruff_net_reset(net);
    gruff_net_run(net, in, out, NULL, 1);
    gruff_net_reset(net);
    for (uint32_t c = 0; c < engine->n_channels; c++)
        voice->dc.state[c] = isfinite(rest[c]) ? rest[c] : 0;
}

static void fade_end(GruffEngine *engine)
{
    if (engine->old.net)
        gruff_handover_return(&engine->handover, engine->old.net);
    engine->old = (Voice){0};
    engine->fading = false;
}

static void fade_start(GruffEngine *engine, GruffNet *net)
{
    engine->old = engine->now;
    voice_start(engine, &engine->now, net);
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
    bool knob_rests = false;
    for (uint32_t k = 0; k < GRUFF_MAX_KNOBS; k++)
        knob_rests |= gruff_smooth_settle(&engine->knob[k]);
    if (knob_rests)
        hold_knobs(engine, engine->now.net);
    if (knob_rests && engine->old.net)
        hold_knobs(engine, engine->old.net);
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
    engine->bypass_rising = wants_net(engine);
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
        voice_start(engine, &engine->now, engine->now.net);
    }
    engine->bypass_rising = wants_net(engine);
    engine->bypass_at = engine->bypass_rising ? engine->n_bypass : 0;
    for (uint32_t c = 0; c < engine->n_channels; c++)
        memset(engine->dry[c], 0, engine->n_dry * sizeof(float));
    engine->phase = engine->dry_at = 0;
    engine->input_peak = engine->output_peak = 0;
    gruff_fpu_restore(mode);
}

/* ---- sound ---- */

/* y = x, and 0 where x is not finite. */
static void copy_finite(const float *x, float *y, uint32_t n)
{
    for (uint32_t t = 0; t < n; t++)
        y[t] = fabsf(x[t]) <= FLT_MAX ? x[t] : 0.0f;
}

static float tame(float x)
{
    return fabsf(x) <= LOUDEST ? x : 0.0f;
}

static void scale(const float *x, float gain, float *y, uint32_t n)
{
    for (uint32_t t = 0; t < n; t++)
        y[t] = tame(x[t] * gain);
}

static void scale_each(const float *x, const float *gain, float *y, uint32_t n)
{
    for (uint32_t t = 0; t < n; t++)
        y[t] = tame(x[t] * gain[t]);
}

/* y = y * up[t] + x * down[-t] */
static void crossfade(float *y, const float *up, const float *x, const float *down, uint32_t n)
{
    for (uint32_t t = 0; t < n; t++)
        y[t] = y[t] * up[t] + x[t] * *(down - t);
}

/* The bits of a float without its sign are in the order of its size. */
static float peak(const float *x, uint32_t n, float so_far)
{
    int32_t most;
    memcpy(&most, &so_far, sizeof most);
    for (uint32_t t = 0; t < n; t++) {
        int32_t bits;
        memcpy(&bits, &x[t], sizeof bits);
        bits &= 0x7fffffff;
        most = bits > most ? bits : most;
    }
    memcpy(&so_far, &most, sizeof so_far);
    return so_far;
}

/* out[c] = in[c] * gain; in[c] may be out[c]. */
static void trim(GruffEngine *engine, GruffSmooth *gain, const float *const *in, float *const *out,
                 uint32_t n)
{
    if (gain->moving)
        gruff_smooth_fill(gain, engine->gain, n);
    for (uint32_t c = 0; c < engine->n_channels; c++)
        if (gain->moving)
            scale_each(in[c], engine->gain, out[c], n);
        else
            scale(in[c], (float)gain->value, out[c], n);
}

static void voice_run(GruffEngine *engine, Voice *voice, const float *const *in, float *const *out,
                      const float *const *knobs, uint32_t n)
{
    gruff_net_run(voice->net, in, out, knobs, n);
    for (uint32_t c = 0; c < engine->n_channels; c++) {
        scale(out[c], 1, out[c], n);
        gruff_dc_run(&voice->dc, c, out[c], n);
    }
}

/* The input as it was latency frames ago: y[t], t < n, for the piece at dry_at. */
static void tap(const GruffEngine *engine, uint32_t c, uint32_t latency, float *y, uint32_t n)
{
    uint32_t from = (engine->dry_at + engine->phase - latency) & (engine->n_dry - 1);
    uint32_t before_end = engine->n_dry - from < n ? engine->n_dry - from : n;
    memcpy(y, engine->dry[c] + from, before_end * sizeof *y);
    memcpy(y + before_end, engine->dry[c], (n - before_end) * sizeof *y);
}

/* The dry sound in line with the net's. Where a model change moves the latency, the two dry sounds are alike,
 * so their gains and not their powers add up to 1. */
static const float *dry(const GruffEngine *engine, uint32_t c, float *y, uint32_t n)
{
    tap(engine, c, engine->now.latency, y, n);
    if (engine->fading && engine->old.latency != engine->now.latency) {
        float *before = engine->gain;
        tap(engine, c, engine->old.latency, before, n);
        for (uint32_t t = 0; t < n; t++) {
            float up = engine->fade[engine->fade_at + t];
            y[t] = before[t] + up * up * (y[t] - before[t]);
        }
    }
    return y;
}

static void play_nets(GruffEngine *engine, const float *const *in, uint32_t n)
{
    float *const *wet = engine->wet, *const *fed = engine->fed, *const *other = engine->other;
    const float *knobs[GRUFF_MAX_KNOBS] = {0};
    for (uint32_t k = 0; k < GRUFF_MAX_KNOBS; k++)
        if (engine->knob[k].moving) {
            gruff_smooth_fill(&engine->knob[k], engine->knob_values[k], n);
            knobs[k] = engine->knob_values[k];
        }
    trim(engine, &engine->input, in, fed, n);
    voice_run(engine, &engine->now, (const float *const *)fed, wet, knobs, n);
    if (engine->fading && engine->old.net) {
        voice_run(engine, &engine->old, (const float *const *)fed, other, knobs, n);
        for (uint32_t c = 0; c < engine->n_channels; c++)
            crossfade(wet[c], engine->fade + engine->fade_at, other[c],
                      engine->fade + engine->n_fade - engine->fade_at, n);
    }
    for (uint32_t c = 0; c < engine->n_channels; c++)
        gruff_tone_run(&engine->tone, c, wet[c], engine->phase, n);
    trim(engine, &engine->output, (const float *const *)wet, wet, n);
}

/* Mix the net's sound with the dry one and move the bypass fade on. */
static void play_bypass(GruffEngine *engine, float *const *out, uint32_t n)
{
    bool moves = engine->bypass_at != (engine->bypass_rising ? engine->n_bypass : 0);
    for (uint32_t c = 0; c < engine->n_channels; c++) {
        const float *wet = engine->wet[c];
        if (!moves && engine->bypass_rising) {
            memcpy(out[c], wet, n * sizeof *wet);
            continue;
        }
        const float *straight = dry(engine, c, engine->other[c], n);
        for (uint32_t t = 0; moves && t < n; t++) {
            uint32_t at = engine->bypass_rising ? engine->bypass_at + t : engine->bypass_at - t;
            out[c][t] = wet[t] * engine->bypass[at] + straight[t] * engine->bypass[engine->n_bypass - at];
        }
        if (!moves)
            memcpy(out[c], straight, n * sizeof *straight);
    }
    if (moves)
        engine->bypass_at += engine->bypass_rising ? n : 0u - n;
}

/* n frames between two grid lines. */
static void piece(GruffEngine *engine, const float *const *in, float *const *out, uint32_t n)
{
    const float *finite[GRUFF_MAX_CHANNELS] = {0};
    for (uint32_t c = 0; c < engine->n_channels; c++) {
        float *dry_now = engine->dry[c] + engine->dry_at + engine->phase;
        copy_finite(in[c], dry_now, n);
        engine->input_peak = peak(dry_now, n, engine->input_peak);
        finite[c] = dry_now;
    }
    if (engine->now.net)
        play_nets(engine, finite, n);
    play_bypass(engine, out, n);
    for (uint32_t c = 0; c < engine->n_channels; c++)
        engine->output_peak = peak(out[c], n, engine->output_peak);
    if (engine->fading)
        engine->fade_at += n;
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
        engine->phase += n;
        if (engine->phase == GRUFF_GRID) {
            engine->phase = 0;
            engine->dry_at = (engine->dry_at + GRUFF_GRID) & (engine->n_dry - 1);
        }
        done += n;
    }
    gruff_fpu_restore(mode);
}
