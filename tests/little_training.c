#include "little_training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "little_models.h"

float little_training_lie;
size_t little_training_lie_at, little_training_lie_within = SIZE_MAX;
GruffStatus little_training_failure;

/* The trainer's forward pass, as far as these tests need one: the player. */
GruffStatus fit_play(const GruffModel *model, const float *x, const float *knobs, size_t n, float *y)
{
    GruffNet *net;
    if (little_training_failure)
        return little_training_failure;
    GruffStatus status = gruff_net_build(model, NULL, NULL, &net);
    if (status)
        return status;
    const uint32_t latency = gruff_net_latency(net);
    for (uint32_t k = 0; k < model->n_knobs; k++)
        gruff_net_set_knob(net, k, knobs[k]);
    n -= n % model->hop;
    for (size_t t = 0; t < n + latency; t++) {
        float v = t < n ? x[t] : 0;
        gruff_net_run(net, (const float *const[]){&v}, (float *const[]){&v}, NULL, 1);
        if (t >= latency)
            y[t - latency] =
                t >= little_training_lie_at && n <= little_training_lie_within ? v + little_training_lie : v;
    }
    gruff_net_free(net);
    return GRUFF_OK;
}

double train_data_seconds(const TrainData *data, TrainRole role)
{
    double n = 0;
    for (uint32_t i = 0; i < data->n_spans; i++)
        n += data->spans[i].role == role ? (double)data->spans[i].n : 0;
    return n / data->rate_hz;
}

static float noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u; /* Numerical Recipes' generator */
    return (float)(*state >> 8) * 0x1p-23f - 1;
}

/* A note every quarter of a second, each louder than the last; then again. */
static void make_notes(float *x, size_t n, double rate_hz)
{
    size_t length = (size_t)(rate_hz / 4);
    for (size_t t = 0; t < n; t++) {
        size_t note = t / length % 8, since = t % length;
        double f_hz = 110 * pow(2, (double)note / 4), at = (double)since / rate_hz;
        x[t] = (float)((0.1 + 0.1 * (double)note) * exp(-8 * at) * sin(6.283185307 * f_hz * at));
    }
}

static void make_pair(LittleTraining *training, uint32_t i, size_t n, double error_db)
{
    TrainPair *pair = &training->data.pairs[i];
    uint32_t state = i + 1;
    *pair = (TrainPair){.dry = "takes/dry.wav", .wet = "takes/wet.wav", .n = n, .delay_frames = 123.25};
    pair->x = calloc(n, sizeof *pair->x);
    pair->y = calloc(n, sizeof *pair->y);
    if (!pair->x || !pair->y)
        exit(1);
    for (uint32_t k = 0; k < training->data.n_knobs; k++)
        pair->knob[k] = (float)(i + 1) / (float)(training->data.n_pairs + 1);
    make_notes(pair->x, n, training->data.rate_hz);
    if (fit_play(training->model, pair->x, pair->knob, n, pair->y))
        exit(1);
    double energy = 0;
    for (size_t t = 0; t < n; t++)
        energy += (double)pair->y[t] * (double)pair->y[t];
    float size = (float)(sqrt(3 * energy / (double)n) * pow(10, error_db / 20));
    for (size_t t = 0; t < n; t++)
        pair->y[t] += size * noise(&state);
    for (int role = 0; role < TRAIN_N_ROLES; role++) {
        size_t start = role == 0 ? 0 : role == 1 ? n * 6 / 10 : n * 8 / 10;
        size_t end = role == 0 ? n * 6 / 10 : role == 1 ? n * 8 / 10 : n;
        training->data.spans[training->data.n_spans++] =
            (TrainSpan){.pair = i, .role = (TrainRole)role, .start = start, .n = end - start};
    }
}

static void make_points(LittleTraining *training)
{
    const size_t n = sizeof training->points / sizeof *training->points;
    for (size_t i = 0; i < n; i++) {
        double part = (double)(i + 1) / (double)n,
               esr = 0.002 + 0.3 * exp(-7 * part) * (i % 3 == 2 ? 1.4 : 1);
        training->points[i] = (FitPoint){.epoch = 4 * (double)(i + 1),
                                         .seconds = 3 * (double)(i + 1),
                                         .done = part,
                                         .learning_rate = 0.005 * (1 - part) + 5e-5,
                                         .loss = 1.3 * esr,
                                         .train_esr = 0.9 * esr,
                                         .validation_esr = esr,
                                         .gradient_norm = 0.4,
                                         .samples_per_second = 2e7,
                                         .validated = true,
                                         .best = i % 3 != 2};
    }
}

static GruffModel *make_model(uint32_t n_knobs, uint32_t hop)
{
    GruffModel *model = hop > 1 ? little_hop(48000, hop) : little_gru(48000, 8, n_knobs);
    model->skip = true;
    for (uint32_t k = 0; k < n_knobs; k++)
        model->knob_name[k] = strdup(k ? "tone" : "drive");
    return model;
}

void little_training_make(LittleTraining *training, double seconds, uint32_t n_pairs, uint32_t n_knobs,
                          uint32_t hop, double error_db)
{
    *training = (LittleTraining){.model = make_model(n_knobs, hop)};
    training->data =
        (TrainData){.rate_hz = 48000, .n_knobs = n_knobs, .n_pairs = n_pairs, .best_esr = 0.0004};
    training->data.pairs = calloc(n_pairs, sizeof *training->data.pairs);
    training->data.spans = calloc(n_pairs * TRAIN_N_ROLES, sizeof *training->data.spans);
    training->data.findings = calloc(2, sizeof *training->data.findings);
    if (!training->data.pairs || !training->data.spans || !training->data.findings)
        exit(1);
    for (uint32_t k = 0; k < n_knobs; k++)
        training->data.knob_name[k] = training->model->knob_name[k];
    for (uint32_t i = 0; i < n_pairs; i++)
        make_pair(training, i, (size_t)(seconds * 48000), error_db);
    training->data.n_findings = 2;
    snprintf(training->data.findings[0].text, 256, "wet.wav: 123.25 frames late; moved back");
    snprintf(training->data.findings[1].text, 256, "wet.wav: clips <at full scale> & more; turn it down");
    training->data.findings[1].fault = true;
    training->plan =
        (FitPlan){.shape = {.cell = GRUFF_CELL_GRU, .hidden = 8, .n_layers = 1, .hop = hop, .skip = true},
                  .seed = 7,
                  .n_threads = 1,
                  .n_streams = 64,
                  .window = 512,
                  .epochs = 48,
                  .learning_rate = 0.005,
                  .clip_norm = 1,
                  .pre_emphasis = 0.85,
                  .dc_weight = 0.25};
    make_points(training);
    training->story = (TrainStory){.data = &training->data,
                                   .plan = &training->plan,
                                   .points = training->points,
                                   .n_points = sizeof training->points / sizeof *training->points,
                                   .input_level_dbu = NAN};
}

void little_training_free(LittleTraining *training)
{
    for (uint32_t i = 0; i < training->data.n_pairs; i++) {
        free(training->data.pairs[i].x);
        free(training->data.pairs[i].y);
    }
    free(training->data.pairs);
    free(training->data.spans);
    free(training->data.findings);
}
