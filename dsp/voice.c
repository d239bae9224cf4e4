#include "voice.h"

#include "level.h"
#include "net.h"

/* An input below this is silence (-200 dBFS: 80 dB of gain keep it below -120). */
static const float silence = 1e-10f;

/* Seconds of quiet between two looks for rest. */
static const double window_s = 0.2;

/* Loudness that GRUFF_CONTROL_MATCH brings every model to, and how far it and the calibration may go. -18 is
 * what Neural Amp Modeler's player normalises to. */
static const double target_db = -18, most_db = 40;

void gruff_voice_init(GruffVoice *voice, double rate_hz, uint32_t n_channels)
{
    *voice = (GruffVoice){.n_channels = n_channels};
    voice->n_window = (uint32_t)ceil(window_s * rate_hz / GRUFF_GRID);
    gruff_smooth_init(&voice->feed, rate_hz, 0.005, 1);
    gruff_smooth_init(&voice->match, rate_hz, 0.005, 1);
    gruff_dc_init(&voice->dc, rate_hz, 5);
}

void gruff_voice_hold_knobs(GruffVoice *voice, const double *knobs)
{
    for (uint32_t k = 0; voice->net && k < GRUFF_MAX_KNOBS; k++)
        gruff_net_set_knob(voice->net, k, (float)knobs[k]);
}

void gruff_voice_start(GruffVoice *voice, GruffNet *net, const double *knobs)
{
    const float zero = 0;
    float still[GRUFF_MAX_CHANNELS] = {0};
    voice->net = net;
    voice->latency = net ? gruff_net_latency(net) : 0;
    voice->quiet = voice->rests = false;
    voice->n_quiet = 0;
    if (net) {
        gruff_voice_hold_knobs(voice, knobs);
        gruff_net_reset(net);
        gruff_net_run(net, (const float *const[]){&zero, &zero}, (float *const[]){&still[0], &still[1]}, NULL,
                      1);
        gruff_net_reset(net);
        voice->quiet = voice->rests = gruff_net_starts_at_rest(net);
    }
    for (uint32_t c = 0; c < GRUFF_MAX_CHANNELS; c++) {
        voice->still[c] = voice->last[c] = still[c];
        gruff_dc_start(&voice->dc, c, gruff_tame(still[c]));
    }
}

static double gain_within(double db)
{
    return isfinite(db) ? gruff_gain_of_db(fmin(fmax(db, -most_db), most_db)) : 1;
}

/* Calibration: a sine that peaks at 0 dBFS in the interface has calibrate_dbu; the model was made where such
 * a sine had input_level_dbu. Both as in Neural Amp Modeler's files and player. */
void gruff_voice_set_levels(GruffVoice *voice, bool match, double calibrate_dbu)
{
    double feed_db = 0, match_db = 0;
    if (voice->net) {
        const GruffNetLevels *levels = gruff_net_levels(voice->net);
        feed_db = calibrate_dbu > 0 ? calibrate_dbu - levels->input_level_dbu : 0;
        match_db = match ? target_db - levels->loudness_db : 0;
    }
    gruff_smooth_set(&voice->feed, gain_within(feed_db));
    gruff_smooth_set(&voice->match, gain_within(match_db));
}

void gruff_voice_line(GruffVoice *voice, bool knobs_move)
{
    if (!voice->net)
        return;
    gruff_smooth_settle(&voice->feed);
    gruff_smooth_settle(&voice->match);
    for (uint32_t c = 0; !voice->rests && c < voice->n_channels; c++)
        voice->still[c] = voice->last[c];
    if (knobs_move || !voice->quiet) {
        voice->rests = false;
        voice->n_quiet = 0;
    } else if (!voice->rests && ++voice->n_quiet % voice->n_window == 0) {
        voice->rests = gruff_net_find_rest(voice->net);
    }
    voice->quiet = true;
}

/* x * a gain on its way or at rest → y, which may be x. */
static void apply(GruffSmooth *gain, const float *const *x, float *const *y, uint32_t n_channels, uint32_t n)
{
    float each[GRUFF_GRID];
    if (gain->moving)
        gruff_smooth_fill(gain, each, n);
    for (uint32_t c = 0; c < n_channels; c++)
        if (gain->moving)
            gruff_scale_each(x[c], each, y[c], n);
        else
            gruff_scale(x[c], (float)gain->value, y[c], n);
}

/* Sound is mostly told by its first frames. */
static bool is_silent(const GruffVoice *voice, const float *const *in, uint32_t n)
{
    enum { LOOK = 16 };
    float peak = 0;
    for (uint32_t t = 0; t < n && peak <= silence; t += LOOK)
        for (uint32_t c = 0; c < voice->n_channels; c++)
            peak = gruff_peak(in[c] + t, n - t < LOOK ? n - t : LOOK, peak);
    return peak <= silence;
}

/* Frames before the first sound. */
static uint32_t n_before_sound(const GruffVoice *voice, const float *const *in, uint32_t n)
{
    if (is_silent(voice, in, n))
        return n;
    uint32_t t = 0;
    while (is_silent(voice, (const float *const[]){in[0] + t, in[voice->n_channels - 1] + t}, 1))
        t++;
    return t;
}

/* Whether the output stands where it stood at the grid line. */
static bool is_still(const GruffVoice *voice, float *const *out, uint32_t n)
{
    bool still = true;
    for (uint32_t c = 0; c < voice->n_channels; c++)
        for (uint32_t t = 0; t < n; t++)
            still &= fabsf(out[c][t] - voice->still[c]) <= GRUFF_STILL;
    return still;
}

/* A knob that moves wakes a net, as sound does. */
static void run_net(GruffVoice *voice, const float *const *in, float *const *out, const float *const *knobs,
                    uint32_t n)
{
    const bool may_rest = voice->rests && !knobs[0] && !knobs[1];
    const uint32_t n_rest = may_rest ? n_before_sound(voice, in, n) : 0;
    const bool silent = n_rest == n || is_silent(voice, in, n);
    if (n_rest < n) {
        const float *from[GRUFF_MAX_CHANNELS] = {0}, *knobs_from[GRUFF_MAX_KNOBS] = {0};
        float *to[GRUFF_MAX_CHANNELS] = {0};
        for (uint32_t c = 0; c < voice->n_channels; c++) {
            from[c] = in[c] + n_rest;
            to[c] = out[c] + n_rest;
        }
        for (uint32_t k = 0; k < GRUFF_MAX_KNOBS; k++)
            knobs_from[k] = knobs[k] ? knobs[k] + n_rest : NULL;
        if (n_rest)
            gruff_net_skip(voice->net, n_rest);
        gruff_net_run(voice->net, from, to, knobs_from, n - n_rest);
        voice->rests = false;
        voice->quiet = voice->quiet && silent && is_still(voice, to, n - n_rest);
        for (uint32_t c = 0; c < voice->n_channels; c++)
            voice->last[c] = to[c][n - n_rest - 1];
    } else {
        gruff_net_skip(voice->net, n);
    }
    for (uint32_t c = 0; c < voice->n_channels; c++)
        for (uint32_t t = 0; t < n_rest; t++)
            out[c][t] = voice->still[c];
}

void gruff_voice_run(GruffVoice *voice, const float *const *in, float *const *out, const float *const *knobs,
                     uint32_t n_frames)
{
    const bool feeds = voice->feed.moving || voice->feed.value != 1;
    if (feeds)
        apply(&voice->feed, in, out, voice->n_channels, n_frames);
    run_net(voice, feeds ? (const float *const *)out : in, out, knobs, n_frames);
    for (uint32_t c = 0; c < voice->n_channels; c++)
        gruff_dc_run(&voice->dc, c, out[c], n_frames);
    if (voice->match.moving || voice->match.value != 1)
        apply(&voice->match, (const float *const *)out, out, voice->n_channels, n_frames);
}
