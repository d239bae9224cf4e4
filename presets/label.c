/* label MODEL.json OUT.json NAME STYLE CIRCUIT: a trained model as it ships: who made it, from what, under
 * which licence, how loud it is; silent at rest; without the date, so that the same training gives the same
 * file. */
#include "gruff.h"
#include "gruff_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Quotes and backslashes do not occur in what is passed. */
static GruffStatus put_text(GruffModel *model, const char *key, const char *text)
{
    char json[512];
    snprintf(json, sizeof json, "\"%s\"", text);
    return gruff_model_set_meta(model, key, json);
}

/* What comes out when nothing goes in, all knobs at one place. */
static GruffStatus rest_of(const GruffModel *model, float knob, double *rest, GruffMessage *message)
{
    enum { N = 24000 };
    static float sound[N];
    GruffNet *net;
    GruffStatus status = gruff_net_build(model, NULL, message, &net);
    if (status)
        return status;
    for (uint32_t k = 0; k < model->n_knobs; k++)
        gruff_net_set_knob(net, k, knob);
    gruff_net_settle(net);
    memset(sound, 0, sizeof sound);
    gruff_net_run(net, (const float *const[]){sound}, (float *const[]){sound}, NULL, N);
    *rest = (double)sound[N - 1];
    gruff_net_free(net);
    return GRUFF_OK;
}

/* Silence is to give silence: what little offset training left goes into the output's bias. */
static GruffStatus take_out_rest(GruffModel *model, GruffMessage *message)
{
    double low, high;
    GruffStatus status = rest_of(model, 0, &low, message);
    if (!status)
        status = rest_of(model, 1, &high, message);
    if (status)
        return status;
    const float rest = (float)((low + high) / 2);
    model->layers[model->n_layers - 1].b[0] -= rest;
    for (uint32_t t = 0; t < model->n_self_test; t++)
        model->self_test_out[t] -= rest;
    return GRUFF_OK;
}

/* As the player measures it where a file says nothing. */
static GruffStatus put_loudness(GruffModel *model, GruffMessage *message)
{
    GruffNet *net;
    model->has_loudness = false;
    GruffStatus status = gruff_net_build(model, NULL, message, &net);
    if (status)
        return status;
    for (uint32_t k = 0; k < model->n_knobs; k++)
        gruff_net_set_knob(net, k, 0.5f);
    gruff_net_settle(net);
    model->loudness_db = round(10 * gruff_net_measure_loudness(net)) / 10;
    model->has_loudness = isfinite(model->loudness_db);
    gruff_net_free(net);
    return GRUFF_OK;
}

int main(int argc, char **argv)
{
    GruffMessage message = {{0}};
    GruffModel *model = NULL;
    if (argc != 6) {
        fprintf(stderr, "usage: label MODEL.json OUT.json NAME STYLE CIRCUIT\n");
        return 2;
    }
    GruffStatus status = gruff_model_load(argv[1], &message, &model);
    if (!status) {
        free(model->name);
        model->name = strdup(argv[3]);
        status = model->name ? take_out_rest(model, &message) : GRUFF_ERROR_MEMORY;
    }
    if (!status)
        status = put_loudness(model, &message);
    const char *const facts[][2] = {
        {"author", "The Gruff authors"},
        {"license", "ISC"},
        {"style", argv[4]},
        {"based", argv[5]},
        {"trained", "by gruff train, on the Gruff capture signal through ngspice"}};
    for (size_t i = 0; !status && i < sizeof facts / sizeof *facts; i++)
        status = put_text(model, facts[i][0], facts[i][1]);
    for (size_t i = 0; !status && i < 2; i++)
        status = gruff_model_set_meta(model, i ? "training" : "date", NULL);
    if (!status)
        status = gruff_model_write(model, argv[2], GRUFF_FORMAT_KERAS, &message);
    gruff_model_free(model);
    if (status)
        fprintf(stderr, "label: %s\n", *message.text ? message.text : "not enough memory");
    return status ? 1 : 0;
}
