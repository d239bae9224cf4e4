#include "render_deck.h"

#include <stdlib.h>

enum { CHUNK_FRAMES = 4096 };

static bool build(const Render *render, int rate_hz, Deck *p)
{
    if (render->raw) {
        p->net = play_build_net(&render->play, render->model, 0, p->n_channels);
        if (!p->net)
            return false;
        p->kernel = gruff_net_kernel(p->net);
        p->latency = gruff_net_latency(p->net);
        p->period = gruff_net_period(p->net);
        p->n_state = gruff_net_state(p->net, NULL);
        return true;
    }
    p->engine = play_build_engine(&render->play, render->model, rate_hz, p->n_channels, &p->kernel);
    if (!p->engine)
        return false;
    p->latency = gruff_engine_latency(p->engine);
    p->period = gruff_engine_period(p->engine);
    p->n_state = gruff_engine_state(p->engine, NULL);
    return true;
}

bool deck_build(const Render *render, int rate_hz, uint32_t n_channels, Deck *p)
{
    *p = (Deck){.n_channels = n_channels, .block = render->block};
    p->n_chunk = (size_t)p->block * ((CHUNK_FRAMES + p->block - 1) / p->block);
    bool memory = true;
    for (uint32_t c = 0; c < n_channels; c++)
        memory = (p->channel[c] = malloc(p->n_chunk * sizeof(float))) && memory;
    if (!memory)
        say_failed("render: no memory; give a smaller --block");
    if (memory && build(render, rate_hz, p))
        return true;
    deck_free(p);
    return false;
}

void deck_free(Deck *p)
{
    gruff_engine_free(p->engine);
    gruff_net_free(p->net);
    for (uint32_t c = 0; c < GRUFF_MAX_CHANNELS; c++)
        free(p->channel[c]);
    *p = (Deck){0};
}

/* p->channel in place. */
static void run_blocks(Deck *p, size_t n_frames)
{
    for (size_t t = 0; t < n_frames; t += p->block) {
        uint32_t n = (uint32_t)(n_frames - t < p->block ? n_frames - t : p->block);
        float *at[GRUFF_MAX_CHANNELS] = {p->channel[0] + t, p->n_channels > 1 ? p->channel[1] + t : NULL};
        if (p->net)
            gruff_net_run(p->net, (const float *const *)at, at, NULL, n);
        else
            gruff_engine_run(p->engine, (const float *const *)at, at, n);
    }
}

void deck_run(Deck *p, const float *in, float *out, size_t n_frames)
{
    const uint32_t n_channels = p->n_channels;
    for (size_t at = 0, n; at < n_frames; at += n) {
        n = n_frames - at < p->n_chunk ? n_frames - at : p->n_chunk;
        for (uint32_t c = 0; c < n_channels; c++)
            for (size_t t = 0; t < n; t++)
                p->channel[c][t] = in[(at + t) * n_channels + c];
        run_blocks(p, n);
        for (uint32_t c = 0; out && c < n_channels; c++)
            for (size_t t = 0; t < n; t++)
                out[(at + t) * n_channels + c] = p->channel[c][t];
    }
}

void deck_reset(Deck *p)
{
    if (p->net)
        gruff_net_reset(p->net);
    else
        gruff_engine_reset(p->engine);
}

void deck_state(const Deck *p, double *state)
{
    if (p->net)
        gruff_net_state(p->net, state);
    else
        gruff_engine_state(p->engine, state);
}
