#include "train/fit/streams.h"

#include <stdlib.h>
#include <string.h>

enum { SETTLE_SAMPLES = 2048 };

/* Samples from one restart of a stream to the next. */
static const double least_restart = 24000.0, most_restart = 96000.0;

/* ---- the ring ---- */

static size_t usable(const TrainSpan *span, TrainRole role, uint32_t hop)
{
    return span->role == role ? span->n / hop * hop : 0;
}

static void measure(Streams *s)
{
    double energy = 0.0, pre_energy = 0.0;
    for (size_t i = 0; i < s->n; i++) {
        const double y = (double)s->y[i], p = y - (double)s->pre_emphasis * (i ? (double)s->y[i - 1] : 0.0);
        energy += y * y;
        pre_energy += p * p;
    }
    s->energy = s->n ? energy / (double)s->n : 0.0;
    s->pre_energy = s->n ? pre_energy / (double)s->n : 0.0;
}

static void spread(Streams *s)
{
    const size_t n_hops = s->n / s->hop;
    for (uint32_t b = 0; b < s->n_streams; b++) {
        Stream *stream = &s->streams[b];
        *stream = (Stream){.at = n_hops * b / s->n_streams * s->hop, .random = random_new(b)};
        while (stream->at >= s->spans[stream->span].end)
            stream->span++;
    }
}

bool streams_new(Streams *s, const TrainData *data, TrainRole role, uint32_t hop, uint32_t n_streams,
                 float pre_emphasis)
{
    *s =
        (Streams){.hop = hop, .n_knobs = data->n_knobs, .n_streams = n_streams, .pre_emphasis = pre_emphasis};
    for (uint32_t i = 0; i < data->n_spans; i++)
        s->n += usable(&data->spans[i], role, hop);
    s->x = malloc((s->n + 1) * sizeof(float));
    s->y = malloc((s->n + 1) * sizeof(float));
    s->spans = malloc((data->n_spans + 1) * sizeof *s->spans);
    s->streams = malloc(n_streams * sizeof *s->streams);
    if (!s->x || !s->y || !s->spans || !s->streams) {
        streams_free(s);
        return false;
    }
    size_t at = 0;
    for (uint32_t i = 0; i < data->n_spans; i++) {
        const TrainSpan *span = &data->spans[i];
        const TrainPair *pair = &data->pairs[span->pair];
        const size_t n = usable(span, role, hop);
        if (!n)
            continue;
        memcpy(s->x + at, pair->x + span->start, n * sizeof(float));
        memcpy(s->y + at, pair->y + span->start, n * sizeof(float));
        s->spans[s->n_spans++] = (RingSpan){at, at + n, pair->knob};
        at += n;
    }
    measure(s);
    if (s->n)
        spread(s);
    return true;
}

void streams_free(Streams *s)
{
    free(s->x);
    free(s->y);
    free(s->spans);
    free(s->streams);
    *s = (Streams){0};
}

/* ---- windows ---- */

void streams_energy(const Streams *s, uint32_t first, uint32_t n_lanes, uint32_t window, double energy[2])
{
    const float a = s->pre_emphasis;
    energy[0] = energy[1] = 0.0;
    for (uint32_t lane = 0; lane < n_lanes; lane++) {
        size_t at = s->streams[first + lane].at;
        for (size_t left = (size_t)window * s->hop; left > 0;) {
            const size_t n = left < s->n - at ? left : s->n - at;
            float plain = 0.0f, pre = 0.0f, before = at ? s->y[at - 1] : s->y[s->n - 1];
            for (size_t i = at; i < at + n; i++) {
                const float y = s->y[i], p = y - a * before;
                plain += y * y;
                pre += p * p;
                before = y;
            }
            energy[0] += (double)plain;
            energy[1] += (double)pre;
            left -= n;
            at = (at + n) % s->n;
        }
    }
}

static void clear_lane_state(const Weights *weights, uint32_t width, uint32_t lane, Carry *carry)
{
    for (uint32_t i = 0; i + 1 < weights->n_layers; i++)
        for (size_t k = lane; k < (size_t)weights->layer[i].n_units * width; k += width) {
            carry->h[i][k] = 0.0f;
            if (carry->s[i])
                carry->s[i][k] = 0.0f;
        }
    carry->loss_before[lane] = 0.0f;
}

void streams_restart(Streams *s, uint32_t first, uint32_t n, const Weights *weights, uint32_t width,
                     Carry *carry)
{
    for (uint32_t lane = 0; lane < n; lane++) {
        Stream *stream = &s->streams[first + lane];
        if (stream->left)
            continue;
        clear_lane_state(weights, width, lane, carry);
        stream->fresh = 0;
        stream->left = (uint64_t)random_uniform(&stream->random, least_restart, most_restart);
    }
}

/* Steps until the stream leaps. */
static uint32_t steps_ahead(const Streams *s, const Stream *stream, uint32_t most)
{
    const size_t n = (s->spans[stream->span].end - stream->at) / s->hop;
    return n < most ? (uint32_t)n : most;
}

static void move_on(const Streams *s, Stream *stream, uint32_t n_steps)
{
    const uint32_t n = n_steps * s->hop;
    stream->at += n;
    stream->left = stream->left > n ? stream->left - n : 0;
    stream->fresh = stream->fresh + n < SETTLE_SAMPLES ? stream->fresh + n : SETTLE_SAMPLES;
    if (stream->at == s->spans[stream->span].end) {
        stream->span = (stream->span + 1) % s->n_spans;
        stream->at = s->spans[stream->span].start;
        stream->fresh = 0;
    }
}

static void fill_lane(const Streams *s, Stream *stream, Unroll *u, uint32_t lane)
{
    const size_t W = u->kernel->width, hop = s->hop, n_in = hop + s->n_knobs;
    for (uint32_t t = 0; t < u->window;) {
        const uint32_t n = steps_ahead(s, stream, u->window - t);
        const float *x = s->x + stream->at, *y = s->y + stream->at;
        for (size_t i = 0; i < n; i++) {
            float *to = u->x + (t + i) * n_in * W + lane;
            for (size_t j = 0; j < hop; j++) {
                to[j * W] = x[i * hop + j];
                u->target[((t + i) * hop + j) * W + lane] = y[i * hop + j];
            }
            for (size_t k = 0; k < s->n_knobs; k++)
                to[(hop + k) * W] = s->spans[stream->span].knob[k];
            u->mask[(t + i) * W + lane] = stream->fresh + i * hop >= SETTLE_SAMPLES ? 1.0f : 0.0f;
        }
        move_on(s, stream, n);
        t += n;
    }
}

static void clear_lane(Unroll *u, uint32_t lane, size_t hop, size_t n_in)
{
    const size_t W = u->kernel->width;
    for (size_t i = 0; i < u->window * n_in; i++)
        u->x[i * W + lane] = 0.0f;
    for (size_t i = 0; i < u->window * hop; i++)
        u->target[i * W + lane] = 0.0f;
    for (size_t t = 0; t < u->window; t++)
        u->mask[t * W + lane] = 0.0f;
}

void streams_fill(Streams *s, uint32_t first, uint32_t n, Unroll *u)
{
    for (uint32_t lane = 0; lane < u->kernel->width; lane++)
        if (lane < n)
            fill_lane(s, &s->streams[first + lane], u, lane);
        else
            clear_lane(u, lane, s->hop, s->hop + s->n_knobs);
}
