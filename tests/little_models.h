/* Small models made in code, for tests. */
#ifndef GRUFF_TEST_LITTLE_MODELS_H
#define GRUFF_TEST_LITTLE_MODELS_H

#include "gruff_model.h"

/* y = gain * x + offset. */
GruffModel *little_wire(double rate_hz, double gain, double offset);

/* The same in hops: hop samples at a time, each unchanged. */
GruffModel *little_hop(double rate_hz, uint32_t hop);

/* A random GRU of hidden units and n_knobs knobs with a dense head, whose state rests in silence. */
GruffModel *little_gru(double rate_hz, uint32_t hidden, uint32_t n_knobs);

/* h' = tanh(-4 h), y = h: swings for ever, every other sample. */
GruffModel *little_swing(double rate_hz);

/* A settled net of a model, which is freed. */
GruffNet *little_net(GruffModel *model, double rate_hz, uint32_t n_channels, GruffQuality quality);

#endif
