#include "little_models.h"

#include <stdio.h>
#include <stdlib.h>

#include "reference.h"

static void must(GruffStatus status)
{
    if (status) {
        fprintf(stderr, "a little model cannot be made: %s\n", gruff_status_name(status));
        exit(1);
    }
}

static GruffModel *model_new(double rate_hz)
{
    GruffModel *model;
    must(gruff_model_new(&model));
    model->rate_hz = rate_hz;
    return model;
}

static GruffLayer *add(GruffModel *model, GruffCell cell, uint32_t n_in, uint32_t n_out)
{
    GruffLayer *layer;
    must(gruff_model_add_layer(model, cell, n_in, n_out, &layer));
    return layer;
}

GruffModel *little_wire(double rate_hz, double gain, double offset)
{
    GruffModel *model = model_new(rate_hz);
    GruffLayer *layer = add(model, GRUFF_CELL_DENSE, 1, 1);
    layer->w[0] = (float)gain;
    layer->b[0] = (float)offset;
    return model;
}

GruffModel *little_hop(double rate_hz, uint32_t hop)
{
    GruffModel *model = model_new(rate_hz);
    GruffLayer *layer = add(model, GRUFF_CELL_DENSE, hop, hop);
    model->hop = hop;
    for (uint32_t k = 0; k < hop; k++)
        layer->w[k * hop + k] = 1;
    return model;
}

GruffModel *little_gru(double rate_hz, uint32_t hidden, uint32_t n_knobs)
{
    GruffModel *model = model_new(rate_hz);
    model->n_knobs = n_knobs;
    random_layer(add(model, GRUFF_CELL_GRU, 1 + n_knobs, hidden), 0.5);
    random_layer(add(model, GRUFF_CELL_DENSE, hidden, 1), 1);
    return model;
}

GruffModel *little_swing(double rate_hz)
{
    GruffModel *model = model_new(rate_hz);
    GruffLayer *cell = add(model, GRUFF_CELL_RNN, 1, 1);
    cell->u[0] = -4;
    cell->h0[0] = 0.5f;
    add(model, GRUFF_CELL_DENSE, 1, 1)->w[0] = 0.5f;
    return model;
}

GruffNet *little_net(GruffModel *model, double rate_hz, uint32_t n_channels, GruffQuality quality)
{
    const GruffNetOptions options = {.n_channels = n_channels, .rate_hz = rate_hz, .quality = quality};
    GruffMessage message;
    GruffNet *net;
    if (gruff_net_build(model, &options, &message, &net)) {
        fprintf(stderr, "%s\n", message.text);
        exit(1);
    }
    gruff_model_free(model);
    gruff_net_settle(net);
    return net;
}
