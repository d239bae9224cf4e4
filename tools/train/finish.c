#include "train/finish.h"

#include "capture/analyse.h"
#include "measure.h"
#include "progress.h"
#include "train/report/facts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SELF_TEST = 2048, LEAST_SELF_TEST = 512, BLOCK = 4096, COST_BLOCK = 64 };
#define STEADY 2e-5 /* of the largest sample; what a self-test may differ by is 3e-4 */
static const double cost_s = 0.02, largest_difference = 1e-6;

/* ---- errors of models ---- */

double finish_db(double esr)
{
    return 10 * log10(fmax(esr, 1e-15));
}

const char *finish_word(double esr)
{
    return isfinite(esr) ? capture_error_word(finish_db(esr)) : "not known";
}

double finish_esr(const TrainData *data, float *const *played, uint32_t hop, TrainRole role)
{
    double error = 0, energy = 0;
    for (uint32_t i = 0; i < data->n_spans; i++) {
        const TrainSpan *span = &data->spans[i];
        const TrainPair *pair = &data->pairs[span->pair];
        size_t end = span->start + span->n, whole = pair->n - pair->n % hop;
        for (size_t t = span->start; span->role == role && t < end && t < whole; t++) {
            double y = (double)pair->y[t], e = (double)played[span->pair][t] - y;
            error += e * e;
            energy += y * y;
        }
    }
    return energy > 0 ? error / energy : NAN;
}

/* ---- playing all the sound ---- */

static void free_sound(float **sound, uint32_t n_pairs)
{
    for (uint32_t i = 0; sound && i < n_pairs; i++)
        free(sound[i]);
    free(sound);
}

/* [n_pairs][n], zero. */
static float **new_sound(const TrainData *data)
{
    float **sound = calloc(data->n_pairs, sizeof *sound);
    bool whole = sound;
    for (uint32_t i = 0; whole && i < data->n_pairs; i++)
        whole = (sound[i] = calloc(data->pairs[i].n + 1, sizeof **sound));
    if (whole)
        return sound;
    free_sound(sound, data->n_pairs);
    return NULL;
}

/* One pair through the player, lined up with its input. */
static void player_pair(GruffNet *net, const TrainData *data, const TrainPair *pair, float *y)
{
    float x[BLOCK];
    const size_t latency = gruff_net_latency(net);
    gruff_net_reset(net);
    for (uint32_t k = 0; k < data->n_knobs; k++)
        gruff_net_set_knob(net, k, pair->knob[k]);
    for (size_t t = 0; t < pair->n + latency; t += BLOCK) {
        size_t n = pair->n + latency - t < BLOCK ? pair->n + latency - t : BLOCK;
        for (size_t i = 0; i < n; i++)
            x[i] = t + i < pair->n ? pair->x[t + i] : 0;
        gruff_net_run(net, (const float *const[]){x}, (float *const[]){x}, NULL, (uint32_t)n);
        for (size_t i = 0; i < n; i++)
            if (t + i >= latency)
                y[t + i - latency] = x[i];
    }
}

static GruffStatus player_scores(const GruffModel *model, const TrainData *data, GruffMessage *message,
                                 TrainOutcome *outcome)
{
    GruffNet *net = NULL;
    float **y = new_sound(data);
    GruffStatus status = y ? gruff_net_build(model, NULL, message, &net) : GRUFF_ERROR_MEMORY;
    const double start_s = progress_clock();
    size_t n = 0;
    for (uint32_t i = 0; !status && i < data->n_pairs; n += data->pairs[i++].n)
        player_pair(net, data, &data->pairs[i], y[i]);
    if (!outcome->ns_per_sample && n)
        outcome->ns_per_sample = 1e9 * (progress_clock() - start_s) / (double)n;
    outcome->load_percent = outcome->ns_per_sample * 1e-7 * data->rate_hz;
    for (int role = 0; !status && role < TRAIN_N_ROLES; role++)
        outcome->player_esr[role] = finish_esr(data, y, model->hop, (TrainRole)role);
    gruff_net_free(net);
    free_sound(y, data->n_pairs);
    return status;
}

static GruffStatus trainer_scores(TrainOutcome *outcome)
{
    const TrainData *data = outcome->story.data;
    GruffStatus status = GRUFF_OK;
    for (uint32_t i = 0; !status && i < data->n_pairs; i++) {
        const TrainPair *pair = &data->pairs[i];
        status = fit_play(outcome->model, pair->x, pair->knob, pair->n, outcome->played[i]);
    }
    for (int role = 0; !status && role < TRAIN_N_ROLES; role++)
        outcome->esr[role] = finish_esr(data, outcome->played, outcome->model->hop, (TrainRole)role);
    return status;
}

static GruffStatus check_scores(const TrainOutcome *outcome, GruffMessage *message)
{
    for (int role = TRAIN_N_ROLES - 1; role >= 0; role--) {
        double trainer = outcome->esr[role], player = outcome->player_esr[role];
        if ((isnan(trainer) && isnan(player)) ||
            fabs(trainer - player) <= largest_difference * fmax(1, trainer))
            continue;
        snprintf(
            message->text, sizeof message->text,
            "%.150s: not written: the player's sound of the model is not the trainer's (ESR %.9g on the %s sound, "
            "trained to %.9g). A net of much gain can be that touchy: train it with a lower --learning-rate. Kept "
            "under this name and .unchecked",
            outcome->story.path, player, facts_role((TrainRole)role), trainer);
        return GRUFF_ERROR_FORMAT;
    }
    return GRUFF_OK;
}

/* ---- what the file says of itself ---- */

/* Loudness as every player of Gruff's measures it, and what the net costs. */
static GruffStatus measure_player(TrainOutcome *outcome, GruffMessage *message)
{
    GruffNet *net;
    GruffModel *model = outcome->model;
    GruffStatus status = gruff_net_build(model, NULL, message, &net);
    if (status)
        return status;
    for (uint32_t k = 0; k < model->n_knobs; k++)
        gruff_net_set_knob(net, k, gruff_control_range(GRUFF_CONTROL_KNOB_1 + k)->standard);
    gruff_net_settle(net);
    double loudness_db = gruff_net_measure_loudness(net);
    model->has_loudness = isfinite(loudness_db);
    model->loudness_db = model->has_loudness ? round(100 * loudness_db) / 100 : 0;
    Cost cost = measure_net(net, 1, COST_BLOCK, cost_s);
    outcome->kernel = gruff_net_kernel(net);
    outcome->ns_per_sample = cost.median_ns; /* 0 after Ctrl-C: then the check below tells */
    gruff_net_free(net);
    return GRUFF_OK;
}

/* Where the n frames with the most energy begin. */
static size_t loudest(const float *x, size_t n_x, size_t n, double *energy)
{
    double now = 0;
    size_t best = 0;
    *energy = -1;
    for (size_t t = 0; t < n_x; t++) {
        now += (double)x[t] * (double)x[t];
        if (t >= n)
            now -= (double)x[t - n] * (double)x[t - n];
        if (t + 1 >= n && now > *energy) {
            *energy = now;
            best = t + 1 - n;
        }
    }
    return best;
}

/* How many of the n samples of a self-test to keep. A net of much gain can turn the last bit of rounding, in
 * which processors differ, into another sound after a while: half of what the player plays alike. 0: no
 * memory. */
static size_t steady_part(const GruffModel *bare, size_t n)
{
    GruffNet *net = NULL;
    double largest = 0;
    size_t t = 0;
    if (gruff_net_build(bare, NULL, NULL, &net))
        return 0;
    float *y = calloc(n + gruff_net_latency(net), sizeof *y);
    if (y) {
        const size_t latency = gruff_net_latency(net);
        for (uint32_t k = 0; k < bare->n_knobs; k++)
            gruff_net_set_knob(net, k, 0);
        memcpy(y, bare->self_test_in, n * sizeof *y);
        gruff_net_run(net, (const float *const[]){y}, (float *const[]){y}, NULL, (uint32_t)(n + latency));
        for (t = 0; t < n; t++)
            largest = fmax(largest, fabs((double)bare->self_test_out[t]));
        t = 0;
        while (t < n && fabs((double)y[t + latency] - (double)bare->self_test_out[t]) <= STEADY * largest)
            t++;
        t = t == n ? n : t < 2 * LEAST_SELF_TEST ? LEAST_SELF_TEST : t / 2;
        t -= t % bare->hop;
    }
    free(y);
    gruff_net_free(net);
    return t;
}

/* The loudest passage, played from rest by the trainer: no skip, no knobs. */
static GruffStatus add_self_test(GruffModel *model, const TrainData *data)
{
    const float knobs[GRUFF_MAX_KNOBS] = {0}, *x = NULL;
    size_t n = SELF_TEST / model->hop * model->hop;
    double most = -1;
    for (uint32_t i = 0; i < data->n_pairs; i++) {
        double energy;
        size_t at = loudest(data->pairs[i].x, data->pairs[i].n, n, &energy);
        if (energy > most) {
            most = energy;
            x = data->pairs[i].x + at;
        }
    }
    if (!x)
        return GRUFF_OK; /* less sound than that */
    model->self_test_in = malloc(n * sizeof(float));
    model->self_test_out = malloc(n * sizeof(float));
    if (!model->self_test_in || !model->self_test_out)
        return GRUFF_ERROR_MEMORY;
    memcpy(model->self_test_in, x, n * sizeof(float));
    GruffModel bare = *model;
    bare.skip = false;
    GruffStatus status = fit_play(&bare, model->self_test_in, knobs, n, model->self_test_out);
    if (!status && !(n = steady_part(&bare, n)))
        status = GRUFF_ERROR_MEMORY;
    model->n_self_test = status ? 0 : (uint32_t)n;
    return status;
}

/* Takes value. */
static GruffStatus put(GruffModel *model, const char *key, json_t *value)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(9)) : NULL;
    GruffStatus status = text ? gruff_model_set_meta(model, key, text) : GRUFF_ERROR_MEMORY;
    free(text);
    json_decref(value);
    return status;
}

/* Highest |sample| of all dry or wet sound, dBFS. */
static double peak_db(const TrainData *data, bool wet)
{
    float most = 0;
    for (uint32_t i = 0; i < data->n_pairs; i++)
        for (size_t t = 0; t < data->pairs[i].n; t++)
            most = fmaxf(most, fabsf(wet ? data->pairs[i].y[t] : data->pairs[i].x[t]));
    return round(200 * log10(fmax((double)most, 1e-7))) / 10;
}

static json_t *training_json(const TrainOutcome *outcome)
{
    const TrainStory *story = &outcome->story;
    json_t *object = facts_plan(story->plan);
    const FitPoint *last = story->n_points ? &story->points[story->n_points - 1] : NULL;
    json_object_set_new(object, "epochs", facts_number(last ? last->epoch : 0));
    json_object_set_new(object, "seconds", facts_number(last ? last->seconds : 0));
    json_object_set_new(object, "train_esr", facts_number(outcome->esr[TRAIN_ROLE_TRAIN]));
    json_object_set_new(object, "validation_esr", facts_number(outcome->esr[TRAIN_ROLE_VALIDATE]));
    json_object_set_new(object, "test_esr", facts_number(outcome->esr[TRAIN_ROLE_TEST]));
    json_object_set_new(object, "best_esr", facts_number(story->data->best_esr));
    json_object_set_new(object, "dry_peak_db", facts_number(peak_db(story->data, false)));
    json_object_set_new(object, "wet_peak_db", facts_number(peak_db(story->data, true)));
    json_object_set_new(object, "recordings", facts_pairs(story->data));
    return object;
}

static char *model_name(const TrainStory *story)
{
    const char *slash = strrchr(story->path, '/'), *base = slash ? slash + 1 : story->path;
    const char *dot = strrchr(base, '.');
    return story->name ? strdup(story->name)
                       : strndup(base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

static GruffStatus describe(TrainOutcome *outcome)
{
    char date[32];
    GruffModel *model = outcome->model;
    const TrainStory *story = &outcome->story;
    facts_date(date);
    free(model->name);
    if (!(model->name = model_name(story)))
        return GRUFF_ERROR_MEMORY;
    model->rate_stated = true;
    model->has_input_level = isfinite(story->input_level_dbu);
    model->input_level_dbu = model->has_input_level ? story->input_level_dbu : 0;
    double esr = outcome->esr[TRAIN_ROLE_TEST];
    esr = isnan(esr) ? outcome->esr[TRAIN_ROLE_VALIDATE] : esr;
    GruffStatus status = put(model, "date", json_string(date));
    if (!status)
        status = put(model, "software", json_string("gruff " GRUFF_VERSION));
    if (!status)
        status = put(model, "esr", facts_number(esr));
    if (!status)
        status = put(model, "training", training_json(outcome));
    return status;
}

/* ---- writing ---- */

/* Write under another name, play that through the player, and only then let it take its place. What the
 * player does not agree with stays there: it may have taken hours. */
static GruffStatus write_checked(TrainOutcome *outcome, GruffMessage *message)
{
    const char *path = outcome->story.path;
    GruffModel *read = NULL;
    char *beside = malloc(strlen(path) + sizeof ".unchecked");
    if (!beside)
        return GRUFF_ERROR_MEMORY;
    sprintf(beside, "%s.unchecked", path);
    GruffStatus status = gruff_model_write(outcome->model, beside, GRUFF_FORMAT_KERAS, message);
    bool written = !status;
    if (!status)
        status = gruff_model_load(beside, message, &read);
    if (!status && outcome->model->n_self_test && read->self_test != GRUFF_SELF_TEST_PASSED) {
        snprintf(
            message->text, sizeof message->text,
            "%.150s: not written: in the player, %.150s; this is a fault of Gruff: please report it. Kept under "
            "this name and .unchecked",
            path, gruff_model_warning(read));
        written = false;
        status = GRUFF_ERROR_FORMAT;
    }
    if (!status)
        status = player_scores(read, outcome->story.data, message, outcome);
    if (!status) {
        status = check_scores(outcome, message);
        written = !status;
    }
    if (!status && rename(beside, path)) {
        snprintf(message->text, sizeof message->text, "%.300s: cannot be written: %s; it is at %.100s", path,
                 strerror(errno), beside);
        status = GRUFF_ERROR_FILE;
    } else if (status && written) {
        unlink(beside);
    }
    gruff_model_free(read);
    free(beside);
    return status;
}

GruffStatus finish_model(GruffModel *model, const TrainStory *story, GruffMessage *message,
                         TrainOutcome **result)
{
    GruffStatus status = GRUFF_ERROR_MEMORY;
    TrainOutcome *outcome = *result = calloc(1, sizeof *outcome);
    *message = (GruffMessage){""};
    if (!outcome) {
        gruff_model_free(model);
        goto fail;
    }
    *outcome = (TrainOutcome){.story = *story, .model = model, .played = new_sound(story->data)};
    if (!outcome->played)
        goto fail;
    status = trainer_scores(outcome);
    if (!status)
        status = measure_player(outcome, message);
    if (!status)
        status = describe(outcome);
    if (!status)
        status = add_self_test(model, story->data);
    if (!status)
        status = write_checked(outcome, message);
    if (!status)
        return GRUFF_OK;
fail:
    if (!*message->text)
        snprintf(message->text, sizeof message->text, "%.300s: %s; close other programs", story->path,
                 gruff_status_name(status));
    finish_free(outcome);
    *result = NULL;
    return status;
}

void finish_free(TrainOutcome *outcome)
{
    if (!outcome)
        return;
    free_sound(outcome->played, outcome->story.data->n_pairs);
    gruff_model_free(outcome->model);
    free(outcome);
}
