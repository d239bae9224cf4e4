/* Whether sound is fit to train on: levels, clipping, a gate, gear that was bypassed. */
#include "train/data/parts.h"

#include <math.h>
#include <stdlib.h>

#define SILENT_PEAK 1e-4 /* below this is no sound */
#define WEAK_PEAK   0.01
#define FULL_SCALE  0.9999f
#define SHORT_S     45.0
#define BYPASSED    3e-5 /* of wet's power: what may be left beside dry itself */

#define BLOCK_S   0.02
#define BIN_DB    3.0
#define GATE_DROP 20.0 /* dB by which wet falls while dry falls by two bins */

enum { CLIP_RUN = 3, N_BINS = 30, BIN_BLOCKS = 8, N_WINDOWS = 24, LENGTH = 16384, MOST_LATE = 10 };

/* ---- one sound */

static double peak_of(const TrainSound *sound)
{
    float peak = 0;
    for (size_t t = 0; t < sound->n; t++)
        peak = fmaxf(peak, fabsf(sound->x[t]));
    return (double)peak;
}

static size_t count_clips(const TrainSound *sound)
{
    size_t run = 0, n = 0;
    for (size_t t = 0; t < sound->n; t++) {
        bool full = fabsf(sound->x[t]) >= FULL_SCALE;
        run = full && (run == 0 || sound->x[t] * sound->x[t - 1] > 0) ? run + 1 : full;
        n += run == CLIP_RUN;
    }
    return n;
}

/* Seconds in which something is played. */
static double playing_s(const TrainSound *sound, double peak)
{
    size_t length = (size_t)(BLOCK_S * sound->rate_hz), n = 0;
    for (size_t b = 0; b + length <= sound->n; b += length) {
        double sum = 0;
        for (size_t t = b; t < b + length; t++)
            sum += (double)sound->x[t] * (double)sound->x[t];
        n += sum > 1e-6 * peak * peak * (double)length;
    }
    return (double)n * BLOCK_S;
}

bool train_check_sound(const TrainSound *sound, bool is_wet, TrainData *data, GruffMessage *message)
{
    const char *name = train_name(sound->path);
    double peak = peak_of(sound), playing = playing_s(sound, peak);
    size_t n_clips = count_clips(sound);
    if (peak < SILENT_PEAK)
        return train_refuse(message, GRUFF_OK, "%.300s: is silent (its peak is %.0f dBFS); %s", sound->path,
                            20 * log10(peak + 1e-10),
                            is_wet ? "check that the recording holds the gear's sound"
                                   : "give what was played into the gear"),
               false;
    if (playing < TRAIN_MIN_S)
        return train_refuse(message, GRUFF_OK,
                            "%.300s: something is played for %.1f s only; record a few minutes of playing",
                            sound->path, playing),
               false;
    if (playing < SHORT_S && !is_wet)
        train_note(data, false,
                   "%.80s: something is played for %.0f s; two or three minutes make better models", name,
                   playing);
    if (n_clips && is_wet)
        train_note(
            data, (double)n_clips > (double)sound->n / sound->rate_hz,
            "%.80s: clipped in %zu places at full scale; record it a few dB softer, unless the gear itself "
            "does that",
            name, n_clips);
    else if (n_clips)
        train_note(data, false, "%.80s: clipped in %zu places at full scale", name, n_clips);
    if (peak < WEAK_PEAK)
        train_note(data, false, "%.80s: is weak (its peak is %.0f dBFS); record it louder for less noise",
                   name, 20 * log10(peak));
    return true;
}

/* ---- dry and wet */

/* Whether wet is dry at another level; it may come a little late. */
static void check_bypass(const TrainPair *pair, TrainData *data)
{
    size_t start[N_WINDOWS], n = train_windows(pair->x, pair->n, LENGTH, N_WINDOWS, start);
    double own = 0, each[MOST_LATE + 1] = {0}, cross = 0, wet = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t t = start[i] + MOST_LATE; t < start[i] + LENGTH; t++) {
            wet += (double)pair->y[t] * (double)pair->y[t];
            own += (double)pair->x[t] * (double)pair->x[t];
            for (size_t late = 0; late <= MOST_LATE; late++)
                each[late] += (double)pair->x[t - late] * (double)pair->y[t];
        }
    for (size_t late = 0; late <= MOST_LATE; late++)
        cross = fabs(each[late]) > fabs(cross) ? each[late] : cross;
    if (own > 0 && wet - cross * cross / own < BYPASSED * wet)
        train_note(
            data, true,
            "%.60s: holds the same sound as %.60s, at %.1f dB: was the same file given twice, or the gear "
            "bypassed?",
            train_name(pair->wet), train_name(pair->dry), 20 * log10(fabs(cross) / own));
}

static double level_db(const float *x, size_t n)
{
    double sum = 0;
    for (size_t t = 0; t < n; t++)
        sum += (double)x[t] * (double)x[t];
    return 10 * log10(sum / (double)n + 1e-14);
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Median level of wet where dry's level is in a bin: wet_db[bin], NAN where there is little of it. */
static bool level_curve(const TrainPair *pair, size_t length, double wet_db[N_BINS])
{
    size_t n_blocks = pair->n / length, n_in[N_BINS] = {0};
    float *list = malloc((n_blocks * N_BINS + 1) * sizeof *list);
    if (!list)
        return false;
    for (size_t b = 0; b < n_blocks; b++) {
        double dry = level_db(pair->x + b * length, length);
        int bin = (int)floor(-dry / BIN_DB);
        if (bin >= 0 && bin < N_BINS)
            list[(size_t)bin * n_blocks + n_in[bin]++] = (float)level_db(pair->y + b * length, length);
    }
    for (int bin = 0; bin < N_BINS; bin++) {
        qsort(list + (size_t)bin * n_blocks, n_in[bin], sizeof *list, by_size);
        wet_db[bin] = n_in[bin] >= BIN_BLOCKS ? (double)list[(size_t)bin * n_blocks + n_in[bin] / 2] : NAN;
    }
    free(list);
    return true;
}

/* Gear that answers softer playing with much less, or nothing. */
static bool check_gate(const TrainPair *pair, double rate_hz, TrainData *data)
{
    double wet_db[N_BINS];
    if (!level_curve(pair, (size_t)(BLOCK_S * rate_hz), wet_db))
        return false;
    for (int bin = 0; bin + 2 < N_BINS; bin++) {
        if (!(wet_db[bin] - wet_db[bin + 2] > GATE_DROP))
            continue;
        train_note(
            data, false,
            "%.60s: what is played below %.0f dBFS comes back as near silence: a noise gate? Switch it off, or "
            "the model learns it",
            train_name(pair->wet), -BIN_DB * (bin + 1));
        break;
    }
    return true;
}

bool train_check_pair(const TrainPair *pair, double rate_hz, bool judged, TrainData *data)
{
    check_bypass(pair, data);
    return judged || (check_gate(pair, rate_hz, data) && train_check_steady(pair, rate_hz, data));
}
