#include "train/data/parts.h"

#include "capture/delay.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIN_RATE_HZ  8000.0
#define MAX_RATE_HZ  192000.0
#define USUAL_MAX_HZ 48000.0
#define WHOLE        0.02 /* frames: a delay this near to a whole number is one */
/* Frames: no sound goes out and comes back in so short a time, so what lies between these is in time with dry
 * already, as a plug-in's export is; where the strongest arrival lies is not that sure with gear that
 * filters. On two circuits, GRU-16, 12 epochs, one seed each: wet 5 frames ahead of its cause costs 1 to 4
 * dB, 5 behind less than 1. */
#define MIN_CABLE    -8.0
#define MAX_CABLE    8.0
#define SAME_GEAR    4.0 /* frames: takes whose delays differ by less were made in one go */
#define WANDERS      8.0 /* frames */
#define WORTH_SAYING 1.0 /* s of sound left out */

enum { NOTES_A_SOURCE = 40 };

/* ---- words */

const char *train_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

void train_note(TrainData *data, bool fault, const char *format, ...)
{
    TrainFinding *finding = &data->findings[data->n_findings];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->text, sizeof finding->text, format, arguments);
    va_end(arguments);
    finding->fault = fault;
    data->n_findings++;
}

GruffStatus train_refuse(GruffMessage *message, GruffStatus status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (message)
        vsnprintf(message->text, sizeof message->text, format, arguments);
    va_end(arguments);
    return status;
}

/* ---- one source */

/* 96 000 → 48 000, 88 200 → 44 100. */
static double usual_rate(double rate_hz)
{
    while (rate_hz > USUAL_MAX_HZ)
        rate_hz /= 2;
    return rate_hz;
}

static GruffStatus convert(TrainSound *sound, TrainData *data, GruffMessage *message)
{
    if (sound->rate_hz == data->rate_hz)
        return GRUFF_OK;
    train_note(data, false, "%.80s: converted from %g to %g Hz, the model's rate", train_name(sound->path),
               sound->rate_hz, data->rate_hz);
    if (!train_convert(sound, data->rate_hz))
        return train_refuse(message, GRUFF_ERROR_MEMORY, "%.300s: no memory", sound->path);
    return GRUFF_OK;
}

static GruffStatus read_take(const TrainWish *wish, TrainTake *take, TrainData *data, GruffMessage *message)
{
    GruffStatus status = train_read(take->source->dry, data, message, &take->dry);
    if (!status)
        status = train_read(take->source->wet, data, message, &take->wet);
    if (!status && (!train_check_sound(&take->dry, false, data, message) ||
                    !train_check_sound(&take->wet, true, data, message)))
        status = GRUFF_ERROR_ARGUMENT;
    if (!status && data->rate_hz == 0)
        data->rate_hz = wish->rate_hz > 0 ? wish->rate_hz : usual_rate(take->wet.rate_hz);
    if (!status && !(data->rate_hz >= MIN_RATE_HZ && data->rate_hz <= MAX_RATE_HZ))
        status = train_refuse(message, GRUFF_ERROR_ARGUMENT,
                              "%.300s: its rate of %g Hz is none for a model (%g to %g)", take->wet.path,
                              data->rate_hz, MIN_RATE_HZ, MAX_RATE_HZ);
    if (!status)
        status = convert(&take->dry, data, message);
    return status ? status : convert(&take->wet, data, message);
}

/* Whether wet is in time with dry as it came. */
static bool in_time(const TrainTake *take)
{
    double from = take->align.line.at - take->lead_frames;
    return take->align.found && from > MIN_CABLE && from < MAX_CABLE;
}

static void note_alignment(const TrainTake *take, TrainData *data)
{
    const TrainAlign *a = &take->align;
    const char *wet = train_name(take->wet.path);
    double ppm = 1e6 * (a->line.step - 1);
    if (!a->found) {
        train_note(
            data, true,
            "%.60s: has nothing in common with %.60s; is it the right file? If the gear is that wild, align the "
            "two by hand",
            wet, train_name(take->dry.path));
        return;
    }
    const char *turned = a->inverted && !take->has_signal ? ", and upside down, which stays so" : "";
    if (in_time(take))
        train_note(data, false, "%.60s: in time with dry%s", wet, turned);
    else
        train_note(data, false, "%.60s: %.2f frames (%.2f ms) %s dry%s; put right", wet, fabs(a->line.at),
                   1e3 * fabs(a->line.at) / data->rate_hz, a->line.at < 0 ? "ahead of" : "behind", turned);
    if (take->has_signal)
        return; /* its own measurement has told */
    if (ppm != 0)
        train_note(
            data, fabs(ppm) > 500,
            "%.60s: its clock drifts against dry's by %.2f ppm (%.1f frames in all); put right by resampling",
            wet, ppm, ppm * 1e-6 * (double)take->dry.n);
    if (a->jump_frames != 0)
        train_note(
            data, true,
            "%.60s: sound was lost or put in at about %.0f s (a jump of %.0f frames); record it again, or cut "
            "both files there",
            wet, a->jump_s, a->jump_frames);
    else if (take->wander_frames > WANDERS)
        train_note(
            data, false,
            "%.60s: its delay wanders by %.1f frames: a vibrato, a chorus, a tape? A model cannot learn that",
            wet, take->wander_frames);
}

static GruffStatus align_take(TrainTake *take, TrainData *data, GruffMessage *message)
{
    TrainLine guess;
    bool has_guess;
    train_find_signal(take, &has_guess, &guess);
    bool ok = train_align(&take->dry, &take->wet, has_guess ? &guess : NULL, &take->align);
    if (ok && take->has_signal && take->align.found)
        ok = train_measure_signal(take, data);
    int lead = 0;
    if (ok && take->align.found)
        ok = train_lead(&take->dry, &take->wet, &take->align.line, &lead) &&
             train_wander(&take->dry, &take->wet, &take->align.line, &take->wander_frames);
    if (!ok)
        return train_refuse(message, GRUFF_ERROR_MEMORY, "%.300s: no memory", take->source->wet);
    take->lead_frames = lead;
    if (in_time(take) && fabs(take->align.line.step - 1) * (double)take->dry.n < MAX_CABLE)
        take->align.line.step = 1; /* what has no way to go has one clock */
    note_alignment(take, data);
    return GRUFF_OK;
}

/* ---- all of them */

/* Where in wet the model's output for dry's first frame is to lie: the strongest arrival less its lead. One
 * line for takes that were made in one go, so that a knob does not move the sound in time. */
static void agree(TrainTake *takes, uint32_t n, double *from)
{
    bool together = true;
    double earliest = INFINITY;
    for (uint32_t i = 0; i < n; i++) {
        from[i] = takes[i].align.line.at - takes[i].lead_frames * takes[i].align.line.step;
        earliest = fmin(earliest, from[i]);
    }
    for (uint32_t i = 0; i < n; i++)
        together = together && takes[i].align.found && from[i] - earliest < SAME_GEAR;
    for (uint32_t i = 0; i < n; i++) {
        from[i] = together ? earliest : from[i];
        if (fabs(from[i] - round(from[i])) < WHOLE)
            from[i] = round(from[i]);
        if (takes[i].align.line.step == 1 && in_time(&takes[i]))
            from[i] = 0;
    }
}

/* Cut and move the two into a pair. *shift: the dry frame it begins with. */
static GruffStatus make_pair(TrainTake *take, double from, TrainPair *pair, size_t *shift, TrainData *data,
                             GruffMessage *message)
{
    double step = take->align.line.step, first = fmax(0, ceil(-from / step)),
           end = fmin((double)take->dry.n, floor(((double)take->wet.n - 1 - from) / step) + 1);
    double dry_s = (double)take->dry.n / data->rate_hz, wet_s = (double)take->wet.n / data->rate_hz,
           both_s = fmax(end - first, 0) / data->rate_hz;
    if (both_s < TRAIN_MIN_S)
        return train_refuse(
            message, GRUFF_ERROR_ARGUMENT,
            "%.150s and %.150s: only %.1f s of the one answer the other; give the whole of both",
            take->source->dry, take->source->wet, both_s);
    if (fmax(dry_s, wet_s) > both_s + WORTH_SAYING)
        train_note(data, false, "%.60s lasts %.1f s, %.60s %.1f s: the %.1f s that both hold are used",
                   train_name(take->dry.path), dry_s, train_name(take->wet.path), wet_s, both_s);
    pair->n = (size_t)(end - first);
    pair->delay_frames = from == 0 ? 0 : take->align.line.at;
    pair->drift_ppm = 1e6 * (step - 1);
    pair->inverted = take->align.inverted;
    memcpy(pair->knob, take->source->knob, sizeof pair->knob);
    *shift = (size_t)first;
    pair->x = malloc(pair->n * sizeof *pair->x);
    pair->y = malloc(pair->n * sizeof *pair->y);
    pair->dry = strdup(take->source->dry);
    pair->wet = strdup(take->source->wet);
    if (!pair->x || !pair->y || !pair->dry || !pair->wet)
        return train_refuse(message, GRUFF_ERROR_MEMORY, "%.300s: no memory", take->source->wet);
    memcpy(pair->x, take->dry.x + *shift, pair->n * sizeof *pair->x);
    double at = from + first * step;
    if (step == 1 && at == floor(at))
        memcpy(pair->y, take->wet.x + (size_t)at, pair->n * sizeof *pair->y);
    else
        delay_resample(take->wet.x, take->wet.n, at, step, pair->y, pair->n);
    return GRUFF_OK;
}

static void free_sounds(TrainTake *take)
{
    free(take->dry.x);
    free(take->wet.x);
    take->dry.x = take->wet.x = NULL;
}

static GruffStatus make_pairs(TrainTake *takes, TrainData *data, size_t *shift, GruffMessage *message)
{
    double *from = malloc(data->n_pairs * sizeof *from);
    GruffStatus status = from ? GRUFF_OK : train_refuse(message, GRUFF_ERROR_MEMORY, "no memory");
    if (from)
        agree(takes, data->n_pairs, from);
    for (uint32_t i = 0; i < data->n_pairs && !status; i++) {
        status = make_pair(&takes[i], from[i], &data->pairs[i], &shift[i], data, message);
        free_sounds(&takes[i]);
        bool judged = !isnan(takes[i].best_esr);
        if (!status && takes[i].align.found &&
            !train_check_pair(&data->pairs[i], data->rate_hz, judged, data))
            status = train_refuse(message, GRUFF_ERROR_MEMORY, "%.300s: no memory", takes[i].source->wet);
    }
    free(from);
    return status;
}

/* Whether there is enough for each role that is wanted, and no fault, or force. */
static GruffStatus judge(const TrainWish *wish, const TrainData *data, GruffMessage *message)
{
    for (uint32_t i = 0; i < data->n_findings && !wish->force; i++)
        if (data->findings[i].fault)
            return train_refuse(message, GRUFF_ERROR_ARGUMENT, "%s (--force trains all the same)",
                                data->findings[i].text);
    double train_s = train_data_seconds(data, TRAIN_ROLE_TRAIN);
    if (train_s < TRAIN_MIN_S / 2 ||
        (wish->validate > 0 && train_data_seconds(data, TRAIN_ROLE_VALIDATE) <= 0) ||
        (wish->test > 0 && train_data_seconds(data, TRAIN_ROLE_TEST) <= 0))
        return train_refuse(
            message, GRUFF_ERROR_ARGUMENT,
            "%.250s: too little sound for training (%.1f s of it), validation and test; record more",
            wish->sources->wet, train_s);
    return GRUFF_OK;
}

static void set_best_esr(const TrainTake *takes, TrainData *data)
{
    double sum = 0;
    for (uint32_t i = 0; i < data->n_pairs; i++)
        sum += takes[i].best_esr;
    data->best_esr = sum / data->n_pairs;
}

static GruffStatus load(const TrainWish *wish, TrainTake *takes, size_t *shift, TrainData *data,
                        GruffMessage *message)
{
    GruffStatus status = GRUFF_OK;
    for (uint32_t i = 0; i < wish->n_sources && !status; i++) {
        takes[i].source = &wish->sources[i];
        takes[i].best_esr = NAN;
        status = read_take(wish, &takes[i], data, message);
        if (!status && wish->aligned)
            takes[i].align = (TrainAlign){.found = true, .line = {.at = 0, .step = 1}};
        else if (!status)
            status = align_take(&takes[i], data, message);
    }
    data->n_pairs = wish->n_sources;
    if (!status)
        status = make_pairs(takes, data, shift, message);
    if (!status && !train_split(wish, takes, shift, data))
        status = train_refuse(message, GRUFF_ERROR_MEMORY, "no memory");
    set_best_esr(takes, data);
    return status ? status : judge(wish, data, message);
}

GruffStatus train_data_load(const TrainWish *wish, GruffMessage *message, TrainData **data)
{
    TrainData *d = calloc(1, sizeof *d);
    TrainTake *takes = calloc(wish->n_sources, sizeof *takes);
    size_t *shift = calloc(wish->n_sources, sizeof *shift);
    GruffStatus status = train_refuse(message, GRUFF_ERROR_MEMORY, "no memory");
    *data = NULL;
    if (!d || !takes || !shift)
        goto done;
    d->pairs = calloc(wish->n_sources, sizeof *d->pairs);
    d->findings = calloc((size_t)NOTES_A_SOURCE * wish->n_sources, sizeof *d->findings);
    d->n_knobs = wish->n_knobs;
    bool named = true;
    for (uint32_t k = 0; k < wish->n_knobs; k++)
        named = (d->knob_name[k] = strdup(wish->knob_name[k])) && named;
    if (d->pairs && d->findings && named)
        status = load(wish, takes, shift, d, message);
done:
    for (uint32_t i = 0; takes && i < wish->n_sources; i++)
        free_sounds(&takes[i]);
    free(takes);
    free(shift);
    if (status)
        train_data_free(d);
    else
        *data = d;
    return status;
}

void train_data_free(TrainData *data)
{
    if (!data)
        return;
    for (uint32_t i = 0; data->pairs && i < data->n_pairs; i++) {
        free(data->pairs[i].x);
        free(data->pairs[i].y);
        free(data->pairs[i].dry);
        free(data->pairs[i].wet);
    }
    for (uint32_t k = 0; k < data->n_knobs; k++)
        free(data->knob_name[k]);
    free(data->pairs);
    free(data->spans);
    free(data->findings);
    free(data);
}
