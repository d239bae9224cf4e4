/* What plays one file: an engine, or the bare net. SETUP. */
#ifndef GRUFF_RENDER_DECK_H
#define GRUFF_RENDER_DECK_H

#include "render.h"

typedef struct Deck {
    GruffEngine *engine;
    GruffNet *net;      /* if there is no engine */
    const char *kernel; /* the net's */
    uint32_t n_channels, block, latency, period;
    size_t n_state;                     /* numbers in its state */
    size_t n_chunk;                     /* frames: a whole number of blocks */
    float *channel[GRUFF_MAX_CHANNELS]; /* [n_chunk] */
} Deck;

/* False after saying why; then nothing needs freeing. */
GRUFF_MUST_USE bool deck_build(const Render *render, int rate_hz, uint32_t n_channels, Deck *deck);

/* All zero is allowed. */
void deck_free(Deck *deck);

/* Play in[n_frames][n_channels] to out, which may be in, or NULL where nobody wants to hear it. */
void deck_run(Deck *deck, const float *in, float *out, size_t n_frames);

/* Back to the start; at a whole multiple of `period` frames into a stream it can meet one that played all of
 * it. */
void deck_reset(Deck *deck);

/* See gruff_engine_state. state: [n_state]. */
void deck_state(const Deck *deck, double *state);

#endif
