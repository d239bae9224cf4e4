/* A fit as a file: numbers in this machine's layout, and a check sum. */
#include "train/fit/fit_private.h"

#include "output_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[8] = "GRUFFIT1";

/* What must be the same for a fit to go on. No padding: it is compared byte by byte. */
typedef struct Identity {
    char magic[8], kernel[8];
    uint64_t seed, n_samples, sound, n_weights, n_carry;
    uint32_t shape[6], n_streams, window, last_window, n_knobs, n_groups, spare;
    double settings[10];
} Identity;

typedef struct Numbers {
    uint64_t n_updates, n_trained, next_validation, n_steps, n_history;
    uint32_t n_worse;
    double seconds, best_esr;
    FitSums sums;
} Numbers;

/* FNV-1a over words (Fowler, Noll, Vo). */
static uint64_t hash(uint64_t sum, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    for (; n >= 4; n -= 4, p += 4) {
        uint32_t word;
        memcpy(&word, p, 4);
        sum = (sum ^ word) * UINT64_C(0x100000001B3);
    }
    return sum;
}

static Identity identity_of(const Fit *fit)
{
    const FitPlan *p = &fit->plan;
    const Learner *l = &fit->learner;
    Identity id;
    memset(&id, 0, sizeof id);
    memcpy(id.magic, magic, sizeof magic);
    snprintf(id.kernel, sizeof id.kernel, "%s", l->kernel->name);
    id.seed = p->seed;
    id.n_samples = l->streams.n;
    id.sound = hash(UINT64_C(0xCBF29CE484222325), l->streams.x, l->streams.n * sizeof(float));
    id.sound = hash(id.sound, l->streams.y, l->streams.n * sizeof(float));
    id.n_weights = l->weights.n;
    id.n_carry = l->carries[0].n;
    id.n_streams = p->n_streams;
    id.window = p->window;
    id.last_window = p->last_window;
    id.n_knobs = l->weights.n_knobs;
    id.n_groups = l->n_groups;
    const uint32_t shape[] = {p->shape.cell,     p->shape.reset, p->shape.hidden,
                              p->shape.n_layers, p->shape.hop,   p->shape.skip};
    memcpy(id.shape, shape, sizeof shape);
    const double settings[] = {p->learning_rate,      p->clip_norm,        p->pre_weight,
                               p->plain_weight,       p->pre_emphasis,     p->dc_weight,
                               p->spectral_weight,    p->start.orthogonal, p->start.remember_low,
                               p->start.remember_high};
    memcpy(id.settings, settings, sizeof settings);
    return id;
}

/* ---- one list of what is kept, for both ways ---- */

typedef struct Transfer {
    OutputFile *out; /* or */
    FILE *in;
    uint64_t sum;
    bool ok;
} Transfer;

static void move_bytes(Transfer *t, void *bytes, size_t n)
{
    if (t->ok)
        t->ok = t->out ? output_file_write(t->out, bytes, n) == n : fread(bytes, 1, n, t->in) == n;
    if (t->ok)
        t->sum = hash(t->sum, bytes, n);
}

/* Everything that moves in a fit but its numbers and history. */
static void move_learner(Transfer *t, Learner *l, float *best)
{
    const size_t n = l->weights.n * sizeof(float);
    move_bytes(t, l->weights.value, n);
    move_bytes(t, best, n);
    move_bytes(t, l->optimiser.mean, n);
    move_bytes(t, l->optimiser.square, n);
    move_bytes(t, l->streams.streams, l->streams.n_streams * sizeof *l->streams.streams);
    for (uint32_t g = 0; g < l->n_groups; g++)
        move_bytes(t, l->carries[g].block, l->carries[g].n * sizeof(float));
}

GruffStatus fit_save(const Fit *fit, const char *path, GruffMessage *message)
{
    OutputFile file;
    Identity id = identity_of(fit);
    Numbers numbers;
    memset(&numbers, 0, sizeof numbers);
    numbers.n_updates = fit->n_updates;
    numbers.n_trained = fit->n_trained;
    numbers.next_validation = fit->next_validation;
    numbers.n_steps = fit->learner.optimiser.n_steps;
    numbers.n_history = fit->n_history;
    numbers.n_worse = fit->n_worse;
    numbers.seconds = fit->seconds;
    numbers.best_esr = fit->best_esr;
    numbers.sums = fit->sums;
    if (!output_file_open(&file, path, message))
        return GRUFF_ERROR_FILE;
    Transfer t = {.out = &file, .ok = true};
    move_bytes(&t, &id, sizeof id);
    move_bytes(&t, &numbers, sizeof numbers);
    Learner learner = fit->learner; /* writing changes nothing of it */
    move_learner(&t, &learner, fit->best);
    move_bytes(&t, fit->history, fit->n_history * sizeof *fit->history);
    uint64_t sum = t.sum;
    move_bytes(&t, &sum, sizeof sum);
    return output_file_finish(&file, message) ? GRUFF_OK : GRUFF_ERROR_FILE;
}

/* ---- taking up ---- */

static GruffStatus fail(GruffMessage *message, GruffStatus status, const char *path, const char *text)
{
    if (message)
        snprintf(message->text, sizeof message->text, "%s: %s", path, text);
    return status;
}

/* Why this fit cannot go on from that one; NULL: it can. */
static const char *difference(const Identity *is, const Identity *was)
{
    if (memcmp(is->magic, was->magic, sizeof is->magic))
        return "not a training that can be resumed; start it anew without --resume";
    if (memcmp(is->kernel, was->kernel, sizeof is->kernel))
        return "was begun on another kind of CPU; start it anew without --resume";
    if (is->n_samples != was->n_samples || is->sound != was->sound || is->n_knobs != was->n_knobs)
        return "was begun with other recordings; give the same ones, or start anew without --resume";
    if (memcmp(is->shape, was->shape, sizeof is->shape))
        return "was begun with another cell, size or number of layers; give the same ones, or start anew without --resume";
    if (memcmp(is, was, sizeof *is))
        return "was begun with other settings; give the same ones, or start anew without --resume";
    return NULL;
}

/* Where a stream may be: its place inside its span. */
static bool streams_fit(const Streams *s)
{
    for (uint32_t b = 0; b < s->n_streams; b++) {
        const Stream *stream = &s->streams[b];
        if (stream->span >= s->n_spans || stream->at < s->spans[stream->span].start ||
            stream->at >= s->spans[stream->span].end)
            return false;
    }
    return true;
}

static bool read_rest(Fit *fit, Transfer *t)
{
    Numbers n;
    uint64_t sum;
    move_bytes(t, &n, sizeof n);
    move_learner(t, &fit->learner, fit->best);
    if (!t->ok || n.n_history > 1u << 24)
        return false;
    fit->history = malloc((n.n_history + 1) * sizeof *fit->history);
    if (!fit->history)
        return false;
    move_bytes(t, fit->history, n.n_history * sizeof *fit->history);
    const uint64_t want = t->sum;
    move_bytes(t, &sum, sizeof sum);
    if (!t->ok || sum != want || !streams_fit(&fit->learner.streams))
        return false;
    fit->n_history = fit->most_history = n.n_history;
    fit->n_updates = n.n_updates;
    fit->n_trained = n.n_trained;
    fit->next_validation = n.next_validation;
    fit->learner.optimiser.n_steps = n.n_steps;
    fit->n_worse = n.n_worse;
    fit->seconds = n.seconds;
    fit->best_esr = n.best_esr;
    fit->sums = n.sums;
    return true;
}

GruffStatus fit_resume(Fit *fit, const char *path, GruffMessage *message)
{
    const Identity is = identity_of(fit);
    Identity was;
    FILE *file = fopen(path, "rb");
    if (!file)
        return fail(message, GRUFF_ERROR_FILE, path, strerror(errno));
    Transfer t = {.in = file, .ok = true};
    move_bytes(&t, &was, sizeof was);
    const char *why =
        t.ok ? difference(&is, &was) : "not a training that can be resumed; start it anew without --resume";
    GruffStatus status = GRUFF_OK;
    if (why)
        status = fail(message, GRUFF_ERROR_ARGUMENT, path, why);
    else if (!read_rest(fit, &t))
        status = fail(message, GRUFF_ERROR_FORMAT, path, "damaged; start anew without --resume");
    fclose(file);
    weights_pack(&fit->learner.weights, fit->learner.kernel);
    return status;
}
