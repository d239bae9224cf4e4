#include "fpu.h"
#include "net_parts.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* gruff_net_find_rest: steps in the longest circle looked for. */
enum { CIRCLE = 64 };

/* ---- at its own rate ---- */

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

/* n frames of audio, and of knobs, into a channel's input rows. */
static inline void fill_rows(const GruffNet *net, float *restrict row, const float *restrict in,
                             const float *const *knobs, uint32_t at, uint32_t n)
{
    const size_t stride = net->stack.n_in_padded;
    if (stride == 1)
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
    if (stride == 1 && !net->skip)
        for (uint32_t t = 0; t < n; t++)
            out[t] = tame(row[t] * net->out_gain);
    else
        for (uint32_t t = 0; t < n; t++)
            out[t] = tame((row[t * stride] + (net->skip ? in_row[t * in_stride] : 0.0f)) * net->out_gain);
}

/* n <= GRID frames with a step each. What finishes (stack.h) gives a single frame as it goes out. */
static void run_steps(GruffNet *net, const float *const *in, float *const *out, const float *const *knobs,
                      uint32_t at, uint32_t n)
{
    GruffStack *s = &net->stack;
    for (uint32_t c = 0; c < s->n_channels; c++)
        fill_rows(net, s->in[c], in[c], knobs, at, n);
    gruff_stack_run(s, net->clock.phase, s->out, n);
    for (uint32_t c = 0; c < s->n_channels; c++)
        if (n == 1 && s->finishes)
            out[c][at] = s->out[c][0];
        else
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
    gruff_stack_run(s, net->clock.phase, s->out, 1);
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

/* The states back to rest after they went non-finite; the stream goes on. */
static void revive(GruffNet *net)
{
    memcpy(net->moving, net->rest, net->n_own * sizeof(float));
    net->clock.phase = net->start_clock.phase;
}

/* After n more frames. */
static inline void look(GruffNet *net, uint32_t n)
{
    net->clock.grid = (net->clock.grid + n) % GRID;
    if (net->clock.grid == 0 && !gruff_stack_is_finite(&net->stack))
        revive(net);
}

/* Any number of frames. */
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
        look(net, n);
    }
}

/* Whether run_one will do. */
static inline bool is_plain(const GruffNet *net)
{
    const GruffStack *s = &net->stack;
    return net->hop == 1 && s->n_in_padded == 1 && (s->finishes || !net->skip) && !net->converts;
}

/* A frame of its own, without what gets run_own and its loops going. */
static void run_one(GruffNet *net, const float *const *in, float *const *out)
{
    GruffStack *s = &net->stack;
    for (uint32_t c = 0; c < s->n_channels; c++)
        s->in[c][0] = tame(in[c][0]) * net->in_gain;
    gruff_stack_run(s, net->clock.phase, s->finishes ? out : s->out, 1);
    for (uint32_t c = 0; !s->finishes && c < s->n_channels; c++)
        out[c][0] = tame(s->out[c][0] * net->out_gain);
    const uint32_t phase = net->clock.phase + 1;
    net->clock.phase = phase < 2 * s->n_states ? phase : 0;
    look(net, 1);
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

/* A fresh net (circle 1) keeps its state; its steps are counted all the same: what a step does must depend on
 * stream time alone. */
void gruff_net_skip(GruffNet *net, uint32_t n_frames)
{
    const uint32_t n = net->converts ? gruff_rate_skip(&net->rate, &net->clock.rate, n_frames) : n_frames;
    const uint32_t n_all = net->n_behind + n, n_behind = n_all % net->circle, n_gone = n_all - n_behind;
    const uint32_t n_steps = (net->clock.hop + n_gone) / net->hop;
    net->n_behind = n_behind;
    net->clock.phase = (net->clock.phase + n_steps) % (2 * net->stack.n_states);
    net->clock.hop = (net->clock.hop + n_gone) % net->hop;
    net->clock.grid = (net->clock.grid + n_gone) % GRID;
}

/* Sound comes: what is left of the silence is run. */
static void wake(GruffNet *net)
{
    const uint32_t n = net->n_behind;
    net->n_behind = 0;
    net->circle = 1;
    run_silence(net, n);
}

/* ---- running ---- */

void gruff_net_run(GruffNet *net, const float *const *in, float *const *out, const float *const *knobs,
                   uint32_t n_frames)
{
    const uint64_t mode = gruff_fpu_flush();
    if (n_frames > 0 && net->circle > 1)
        wake(net);
    if (n_frames == 1 && is_plain(net))
        run_one(net, in, out);
    else if (net->converts)
        gruff_rate_run(&net->rate, &net->clock.rate, in, out, knobs, n_frames, run_own, net);
    else
        run_own(net, in, out, knobs, n_frames);
    gruff_fpu_restore(mode);
}

void gruff_flush_denormals(void)
{
    gruff_fpu_flush();
}
