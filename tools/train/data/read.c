/* Sound files into memory, one channel each, at one rate. */
#include "audio_file.h"
#include "capture/delay.h"
#include "train/data/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALIKE  1e-4 /* of the power: two channels that differ by less hold the same sound */
#define SILENT 1e-6 /* of the other channel's power: nothing is on this one */

enum { BLOCK_FRAMES = 1 << 16 };

/* All frames, interleaved, in a block of their own. */
static GruffStatus read_all(AudioReader *reader, const char *path, GruffMessage *message, float **samples,
                            size_t *n)
{
    AudioFacts facts = audio_facts(reader);
    size_t room = 0, most = (size_t)(TRAIN_MAX_S * facts.rate_hz), got;
    *n = 0;
    do {
        if (*n + BLOCK_FRAMES > room) {
            room = room ? 2 * room : 16 * (size_t)BLOCK_FRAMES;
            float *larger = realloc(*samples, room * facts.n_channels * sizeof **samples);
            if (!larger)
                return train_refuse(message, GRUFF_ERROR_MEMORY, "%.300s: no memory", path);
            *samples = larger;
        }
        got = audio_read(reader, *samples + *n * facts.n_channels, BLOCK_FRAMES, message);
        *n += got;
        if (*n > most)
            return train_refuse(message, GRUFF_ERROR_LIMIT,
                                "%.300s: is longer than an hour; a few minutes are enough", path);
    } while (got == BLOCK_FRAMES);
    return *message->text ? GRUFF_ERROR_FORMAT : GRUFF_OK;
}

static GruffStatus check_numbers(const float *samples, size_t n, const AudioFacts *facts, const char *path,
                                 GruffMessage *message)
{
    size_t n_bad = 0, first = 0;
    for (size_t i = 0; i < n * facts->n_channels; i++)
        if (!isfinite(samples[i]) && !n_bad++)
            first = i;
    if (n_bad)
        return train_refuse(
            message, GRUFF_ERROR_ARGUMENT,
            "%.300s: %zu samples are no numbers (NaN or infinite), the first at %.2f s; export "
            "or record it again",
            path, n_bad, (double)(first / facts->n_channels) / facts->rate_hz);
    if (n == 0)
        return train_refuse(message, GRUFF_ERROR_ARGUMENT,
                            "%.300s: holds no sound (0 samples); export it again", path);
    if ((double)n < TRAIN_MIN_S * facts->rate_hz)
        return train_refuse(message, GRUFF_ERROR_ARGUMENT,
                            "%.300s: holds only %zu samples (%.2f s); record a few minutes of playing", path,
                            n, (double)n / facts->rate_hz);
    return GRUFF_OK;
}

/* Two channels into one, in place: their mean where they are alike, the only one with sound, or left. */
static void mix(float *samples, size_t n, const char *path, TrainData *data)
{
    double left = 0, right = 0, differ = 0;
    for (size_t t = 0; t < n; t++) {
        double l = samples[2 * t], r = samples[2 * t + 1];
        left += l * l, right += r * r, differ += (l - r) * (l - r) / 2;
    }
    float wl = 0.5f, wr = 0.5f;
    if (right <= SILENT * left)
        wl = 1, wr = 0;
    else if (left <= SILENT * right)
        wl = 0, wr = 1;
    else if (differ > ALIKE * (left + right))
        wl = 1, wr = 0;
    if (wl == 0.5f)
        train_note(data, false, "%.80s: stereo, both sides alike; taken as one", train_name(path));
    else if (right <= SILENT * left || left <= SILENT * right)
        train_note(data, false, "%.80s: stereo, with sound on the %s only; that is taken", train_name(path),
                   wl == 1 ? "left" : "right");
    else
        train_note(
            data, true,
            "%.80s: left and right differ (by %.0f dB) and a model has one channel; export the side that "
            "is wanted as mono",
            train_name(path), 10 * log10(differ / (left + right)));
    for (size_t t = 0; t < n; t++)
        samples[t] = wl * samples[2 * t] + wr * samples[2 * t + 1];
}

GruffStatus train_read(const char *path, TrainData *data, GruffMessage *message, TrainSound *sound)
{
    AudioReader *reader;
    GruffMessage own;
    message = message ? message : &own;
    *sound = (TrainSound){.path = path};
    if (!audio_open(path, message, &reader))
        return GRUFF_ERROR_FILE;
    AudioFacts facts = audio_facts(reader);
    GruffStatus status = read_all(reader, path, message, &sound->x, &sound->n);
    audio_close(reader);
    if (!status)
        status = check_numbers(sound->x, sound->n, &facts, path, message);
    if (status) {
        free(sound->x);
        sound->x = NULL;
        return status;
    }
    if (facts.n_channels == 2)
        mix(sound->x, sound->n, path, data);
    sound->rate_hz = facts.rate_hz;
    return GRUFF_OK;
}

bool train_convert(TrainSound *sound, double rate_hz)
{
    double step = sound->rate_hz / rate_hz;
    size_t n = (size_t)floor((double)(sound->n - 1) / step) + 1;
    float *x = malloc(n * sizeof *x);
    if (!x)
        return false;
    delay_resample(sound->x, sound->n, 0, step, x, n);
    free(sound->x);
    sound->x = x;
    sound->n = n;
    sound->rate_hz = rate_hz;
    return true;
}
