/* The self-test vectors that some files carry. */
#include "mem.h"
#include "model_format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASS_ERROR 3e-4        /* of the largest expected value; sound files are within 1e-5 */
#define MAX_MACS   250000000.0 /* spent on a run: some 0.1 s */

/* ---- repairs ---- */

static void swap_floats(float *a, float *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

void gruff_layer_swap_gates(GruffLayer *layer, uint32_t a, uint32_t b)
{
    size_t h = layer->n_out, w = h * layer->n_in, u = h * h;
    swap_floats(layer->w + a * w, layer->w + b * w, w);
    swap_floats(layer->u + a * u, layer->u + b * u, u);
    swap_floats(layer->b + a * h, layer->b + b * h, h);
    swap_floats(layer->c + a * h, layer->c + b * h, h);
}

enum { FAULT_GATES = 1, FAULT_BIASES = 2, FAULT_BOTH = 3 };

/* Undo a converter's faults in all GRUs; doing it twice changes nothing. False: there is no GRU. */
static bool toggle_fault(GruffModel *model, int fault)
{
    bool any = false;
    for (uint32_t k = 0; k < model->n_layers; k++) {
        GruffLayer *layer = &model->layers[k];
        if (layer->cell != GRUFF_CELL_GRU)
            continue;
        any = true;
        if (fault & FAULT_BIASES)
            swap_floats(layer->b, layer->c, (size_t)3 * layer->n_out);
        if (fault & FAULT_GATES)
            gruff_layer_swap_gates(layer, 0, 1);
    }
    return any;
}

/* ---- running ---- */

/* Play n samples with the knobs at 0 and give the largest |difference| over the largest
 * |expected|; scratch holds n + latency samples. */
static double play(GruffNet *net, const GruffModel *model, uint32_t n, float *scratch)
{
    uint32_t latency = gruff_net_latency(net);
    memcpy(scratch, model->self_test_in, n * sizeof(float));
    memset(scratch + n, 0, latency * sizeof(float));
    for (uint32_t k = 0; k < model->n_knobs; k++)
        gruff_net_set_knob(net, k, 0);
    gruff_net_run(net, (const float *const[]){scratch}, (float *const[]){scratch}, NULL, n + latency);
    double worst = 0, largest = 0;
    for (uint32_t t = 0; t < n; t++) {
        double difference = fabs((double)scratch[t + latency] - (double)model->self_test_out[t]);
        worst = difference <= worst ? worst : difference; /* NaN stays */
        largest = fmax(largest, fabs((double)model->self_test_out[t]));
    }
    return largest > 0 ? worst / largest : worst;
}

static GruffStatus measure(const GruffModel *bare, uint32_t n, double *error)
{
    GruffNet *net;
    GruffStatus status = gruff_net_build(bare, NULL, NULL, &net);
    if (status)
        return status;
    float *scratch = gruff_array_new(n + gruff_net_latency(net), sizeof(float));
    if (scratch)
        *error = play(net, bare, n, scratch);
    free(scratch);
    gruff_net_free(net);
    return scratch ? GRUFF_OK : GRUFF_ERROR_MEMORY;
}

/* The same with skip, gains and initial state taken away. */
static GruffStatus measure_bare(const GruffModel *model, uint32_t n, double *error)
{
    static float zeros[GRUFF_MAX_HIDDEN]; /* never written */
    GruffModel bare = *model;
    bare.skip = false;
    bare.in_gain_db = bare.out_gain_db = 0;
    bare.layers = gruff_array_new(model->n_layers, sizeof *bare.layers);
    if (!bare.layers)
        return GRUFF_ERROR_MEMORY;
    for (uint32_t k = 0; k < model->n_layers; k++) {
        bare.layers[k] = model->layers[k];
        bare.layers[k].h0 = model->layers[k].h0 ? zeros : NULL;
        bare.layers[k].s0 = model->layers[k].s0 ? zeros : NULL;
    }
    GruffStatus status = measure(&bare, n, error);
    free(bare.layers);
    return status;
}

static double to_db(double error)
{
    return 20 * log10(fmax(error, 1e-15));
}

static void warn(GruffModel *model, int fault)
{
    static const char *const faults[] = {
        "", "its GRU gates are in PyTorch's order", "the two bias rows of its GRU are swapped",
        "its GRU gates are in PyTorch's order and its two bias rows swapped"};
    if (model->self_test == GRUFF_SELF_TEST_REPAIRED)
        snprintf(model->warning, sizeof model->warning,
                 "%s, a known fault of converters; put right, its self-test passes", faults[fault]);
    if (model->self_test == GRUFF_SELF_TEST_FAILED)
        snprintf(
            model->warning, sizeof model->warning,
            "its self-test fails (largest error %.1f dB): it may not sound as its author meant; ask for a "
            "sound file",
            to_db(model->self_test_error));
}

GruffStatus gruff_model_self_test(GruffModel *model)
{
    if (!model->n_self_test)
        return GRUFF_OK;
    double most = MAX_MACS / ((double)gruff_model_macs(model) / model->hop + 1);
    uint32_t n = most < model->n_self_test ? (uint32_t)most + 1 : model->n_self_test;
    GruffStatus status = measure_bare(model, n, &model->self_test_error);
    if (status)
        return status;
    model->self_test = GRUFF_SELF_TEST_PASSED;
    if (model->self_test_error <= PASS_ERROR)
        return GRUFF_OK;
    model->self_test = GRUFF_SELF_TEST_FAILED;
    int fault = FAULT_BOTH;
    for (; fault; fault--) {
        double error = INFINITY;
        if (!toggle_fault(model, fault))
            break;
        status = measure_bare(model, n, &error);
        if (status)
            return status;
        if (error <= PASS_ERROR) {
            model->self_test = GRUFF_SELF_TEST_REPAIRED;
            model->self_test_error = error;
            break;
        }
        toggle_fault(model, fault);
    }
    warn(model, fault);
    return GRUFF_OK;
}
