#include "rate.h"

#include <float.h>
#include <math.h>

/* Taps of a filter: what fits into 26 samples at 44.1 kHz, or at the lower rate if it is lower; even. */
static uint32_t n_taps_at(double rate_hz, double lower_hz)
{
    return 2 * (uint32_t)(13 * rate_hz / fmin(lower_hz, 44100) + 1e-6);
}

/* Time is counted in the host frames' and the net's common fraction. Net frame m stands at host frame m *
 * host / net - to_net.n_taps / 2, which makes it ready with the first host frame that reaches it. The latency
 * is the least whole number of host frames for which the net's frames needed are always there. */
void gruff_rate_place(GruffRate *rate, double host_hz, double net_hz, uint32_t net_latency,
                      uint32_t n_channels, GruffArena *fixed, GruffArena *moving)
{
    uint32_t host, net;
    gruff_resample_ratio(host_hz, net_hz, &host, &net);
    const double lower_hz = fmin(host_hz, net_hz);
    const uint32_t n_down = n_taps_at(host_hz, lower_hz), n_up = n_taps_at(net_hz, lower_hz);
    *rate = (GruffRate){.n_most_net = (uint32_t)((uint64_t)GRUFF_RATE_PIECE * net / host) + 1};
    gruff_resample_place(&rate->to_net, host, net, n_down, GRUFF_RATE_PIECE, 0, n_channels, fixed, moving);
    gruff_resample_place(&rate->to_host, net, host, n_up, rate->n_most_net, net / host + 2, n_channels, fixed,
                         moving);
    for (uint32_t c = 0; c < n_channels; c++)
        rate->sound[c] = gruff_arena_take(fixed, rate->n_most_net, sizeof(float));
    for (uint32_t k = 0; k < GRUFF_MAX_KNOBS; k++)
        rate->knob[k] = gruff_arena_take(fixed, rate->n_most_net, sizeof(float));

    const int64_t ahead = net_latency + n_up / 2; /* net frames needed beyond the one at the output's time */
    const int64_t wait = (ahead * host + net) / net - 1; /* host frames */
    rate->latency = (uint32_t)(n_down / 2 + wait);
    int64_t due = (ahead + 1) * host - wait * net;
    int64_t lag = due >= 0 ? due / host : -((host - 1 - due) / host);
    rate->start.to_net = (GruffResampleClock){.lag = 1};
    rate->start.to_host = (GruffResampleClock){.lag = (int32_t)lag, .phase = (uint32_t)(due - lag * host)};
}

void gruff_rate_design(GruffRate *rate)
{
    gruff_resample_design(&rate->to_net);
    gruff_resample_design(&rate->to_host);
}

static void copy_finite(const float *x, float *y, uint32_t n)
{
    for (uint32_t t = 0; t < n; t++)
        y[t] = fabsf(x[t]) <= FLT_MAX ? x[t] : 0.0f;
}

/* A knob for each net frame: where it is at the last host frame that reaches that net frame. */
static void hold(const GruffResample *to_net, GruffResampleClock clock, const float *host, float *net,
                 uint32_t n)
{
    for (uint32_t t = 0; t < n; t++) {
        net[t] = host[clock.lag - 1];
        gruff_resample_skip(to_net, &clock, 0, 1);
    }
}

static void run_piece(GruffRate *rate, GruffRateClock *clock, const float *const *in, float *const *out,
                      const float *const *knobs, uint32_t n, GruffRatePlay *play, void *net)
{
    float *const *sound = rate->sound;
    const float *const *heard = (const float *const *)sound, *held[GRUFF_MAX_KNOBS] = {0};
    float finite[GRUFF_MAX_CHANNELS][GRUFF_RATE_PIECE];
    const float *const from[GRUFF_MAX_CHANNELS] = {finite[0], finite[1]};
    const uint32_t n_net = gruff_resample_ready(&rate->to_net, clock->to_net, n);
    for (uint32_t k = 0; knobs && k < GRUFF_MAX_KNOBS; k++)
        if (knobs[k]) {
            hold(&rate->to_net, clock->to_net, knobs[k], rate->knob[k], n_net);
            held[k] = rate->knob[k];
        }
    for (uint32_t c = 0; c < rate->to_net.n_channels; c++)
        copy_finite(in[c], finite[c], n);
    gruff_resample_run(&rate->to_net, &clock->to_net, from, n, sound, n_net);
    play(net, heard, sound, held, n_net);
    gruff_resample_run(&rate->to_host, &clock->to_host, heard, n_net, out, n);
}

void gruff_rate_run(GruffRate *rate, GruffRateClock *clock, const float *const *in, float *const *out,
                    const float *const *knobs, uint32_t n_frames, GruffRatePlay *play, void *net)
{
    for (uint32_t at = 0, n; at < n_frames; at += n) {
        const float *from[GRUFF_MAX_CHANNELS] = {0}, *knobs_from[GRUFF_MAX_KNOBS] = {0};
        float *to[GRUFF_MAX_CHANNELS] = {0};
        n = n_frames - at < GRUFF_RATE_PIECE ? n_frames - at : GRUFF_RATE_PIECE;
        for (uint32_t c = 0; c < rate->to_net.n_channels; c++) {
            from[c] = in[c] + at;
            to[c] = out[c] + at;
        }
        for (uint32_t k = 0; knobs && k < GRUFF_MAX_KNOBS; k++)
            knobs_from[k] = knobs[k] ? knobs[k] + at : NULL;
        run_piece(rate, clock, from, to, knobs_from, n, play, net);
    }
}

uint32_t gruff_rate_skip(const GruffRate *rate, GruffRateClock *clock, uint32_t n_frames)
{
    uint32_t n_net = gruff_resample_ready(&rate->to_net, clock->to_net, n_frames);
    gruff_resample_skip(&rate->to_net, &clock->to_net, n_frames, n_net);
    gruff_resample_skip(&rate->to_host, &clock->to_host, n_net, n_frames);
    return n_net;
}
