#include "live/recorder.h"

#include "audio/ring.h"
#include "say.h"

#include <errno.h>
#include <pthread.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define RING_S 8

enum { CHUNK = 1024, PATH_SIZE = 1024, MAX_ROW = 2 * GRUFF_MAX_CHANNELS };

struct Recorder {
    double rate_hz;
    uint32_t n_channels;
    Ring ring; /* rows of 2 n_channels: dry, then wet */
    pthread_t thread;
    /* wanted: set by the user's thread, or off by the writer when the disk fails. taking: the audio thread's
     * answer. The writer closes the files once both are off and the ring is empty. */
    atomic_bool wanted, taking, open, failed, quit, abandoned;
    atomic_uint_fast64_t n_lost, n_written;
    SNDFILE *wet, *dry;
    char wet_path[PATH_SIZE], dry_path[PATH_SIZE];
    char failure[PATH_SIZE + 200];
    float rows[CHUNK * MAX_ROW], part[CHUNK * GRUFF_MAX_CHANNELS]; /* the writer's */
    float block[CHUNK * MAX_ROW];                                  /* the audio thread's */
};

static void doze(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
}

/* ---- audio thread */

void recorder_put(Recorder *recorder, const float *const *dry, const float *const *wet, uint32_t n_frames)
{
    bool wanted = atomic_load_explicit(&recorder->wanted, memory_order_acquire);
    uint32_t n_channels = recorder->n_channels, row = 2 * n_channels;
    for (uint32_t from = 0; wanted && from < n_frames; from += CHUNK) {
        uint32_t n = n_frames - from < CHUNK ? n_frames - from : CHUNK;
        for (uint32_t t = 0; t < n; t++) {
            for (uint32_t c = 0; c < n_channels; c++) {
                recorder->block[t * row + c] = dry[c][from + t];
                recorder->block[t * row + n_channels + c] = wet[c][from + t];
            }
        }
        if (!ring_put(&recorder->ring, recorder->block, n * row))
            atomic_store(&recorder->n_lost, atomic_load(&recorder->n_lost) + n);
    }
    atomic_store_explicit(&recorder->taking, wanted, memory_order_release);
}

/* ---- writing thread */

static bool write_part(Recorder *recorder, SNDFILE *file, uint32_t first, sf_count_t n)
{
    uint32_t n_channels = recorder->n_channels, row = 2 * n_channels;
    for (sf_count_t t = 0; t < n; t++)
        for (uint32_t c = 0; c < n_channels; c++)
            recorder->part[t * n_channels + c] = recorder->rows[t * row + first + c];
    return sf_writef_float(file, recorder->part, n) == n;
}

/* Both files end with the last frame that both could take. */
static void cut_to_written(Recorder *recorder)
{
    sf_count_t n_wet = (sf_count_t)recorder->n_written, n_dry = n_wet;
    sf_command(recorder->wet, SFC_FILE_TRUNCATE, &n_wet, sizeof n_wet);
    sf_command(recorder->dry, SFC_FILE_TRUNCATE, &n_dry, sizeof n_dry);
}

static void disk_failed(Recorder *recorder)
{
    const char *why = sf_error(recorder->wet) ? sf_strerror(recorder->wet) : sf_strerror(recorder->dry);
    if (errno == ENOSPC || errno == EFBIG || errno == EDQUOT)
        why = "the disk is full";
    snprintf(recorder->failure, sizeof recorder->failure,
             "%s: recording stopped after %.1f s (%s); what was recorded before is whole", recorder->wet_path,
             (double)recorder->n_written / recorder->rate_hz, why);
    cut_to_written(recorder);
    atomic_store(&recorder->failed, true);
    atomic_store(&recorder->wanted, false);
}

/* Write what waits. After a failure the rest is thrown away. */
static void write_waiting(Recorder *recorder)
{
    uint32_t row = 2 * recorder->n_channels, n;
    while ((n = ring_take(&recorder->ring, recorder->rows, CHUNK * row) / row) > 0) {
        if (atomic_load(&recorder->failed))
            continue;
        errno = 0;
        if (write_part(recorder, recorder->dry, 0, n) &&
            write_part(recorder, recorder->wet, recorder->n_channels, n))
            atomic_store(&recorder->n_written, atomic_load(&recorder->n_written) + n);
        else
            disk_failed(recorder);
    }
}

static void close_files(Recorder *recorder)
{
    sf_close(recorder->wet);
    sf_close(recorder->dry);
    recorder->wet = recorder->dry = NULL;
    atomic_store(&recorder->open, false);
}

static void *write_on(void *argument)
{
    Recorder *recorder = argument;
    uint64_t n_in_header = 0;
    while (!atomic_load(&recorder->quit)) {
        doze();
        if (!atomic_load(&recorder->open))
            continue;
        bool ending = !atomic_load(&recorder->wanted) &&
                      (!atomic_load(&recorder->taking) || atomic_load(&recorder->abandoned));
        write_waiting(recorder);
        if (ending) {
            close_files(recorder);
            n_in_header = 0;
        } else if (recorder->n_written - n_in_header > (uint64_t)recorder->rate_hz) {
            /* A recording cut off by a crash is then whole up to the last second. */
            sf_command(recorder->wet, SFC_UPDATE_HEADER_NOW, NULL, 0);
            sf_command(recorder->dry, SFC_UPDATE_HEADER_NOW, NULL, 0);
            n_in_header = recorder->n_written;
        }
    }
    return NULL;
}

/* ---- user's thread */

Recorder *recorder_new(double rate_hz, uint32_t n_channels)
{
    Recorder *recorder = calloc(1, sizeof *recorder);
    if (!recorder)
        return NULL;
    recorder->rate_hz = rate_hz;
    recorder->n_channels = n_channels;
    if (!ring_new(&recorder->ring, (uint32_t)(RING_S * rate_hz) * 2 * n_channels))
        goto fail;
    if (pthread_create(&recorder->thread, NULL, write_on, recorder))
        goto fail;
    return recorder;
fail:
    ring_free(&recorder->ring);
    free(recorder);
    return NULL;
}

void recorder_free(Recorder *recorder)
{
    if (!recorder)
        return;
    recorder_stop(recorder, false);
    atomic_store(&recorder->quit, true);
    pthread_join(recorder->thread, NULL);
    ring_free(&recorder->ring);
    free(recorder);
}

static bool name_files(Recorder *recorder, const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    int stem = (int)(dot ? (size_t)(dot - path) : strlen(path));
    const char *ending = dot ? dot : ".wav";
    for (int i = 1; i < 10000; i++) {
        char number[16] = "";
        if (i > 1)
            snprintf(number, sizeof number, "-%d", i);
        int wet = snprintf(recorder->wet_path, PATH_SIZE, "%.*s%s%s", stem, path, number, ending);
        int dry = snprintf(recorder->dry_path, PATH_SIZE, "%.*s%s-dry%s", stem, path, number, ending);
        if (wet >= PATH_SIZE || dry >= PATH_SIZE)
            return false;
        if (access(recorder->wet_path, F_OK) && access(recorder->dry_path, F_OK))
            return true;
    }
    return false;
}

static SNDFILE *open_file(const Recorder *recorder, const char *path)
{
    SF_INFO info = {.samplerate = (int)(recorder->rate_hz + 0.5),
                    .channels = (int)recorder->n_channels,
                    .format = SF_FORMAT_RF64 | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file) {
        say_failed("%s: cannot record there (%s)", path, sf_strerror(NULL));
        return NULL;
    }
    sf_command(file, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE); /* a plain WAV up to 4 GB */
    return file;
}

int recorder_start(Recorder *recorder, const char *path)
{
    recorder_stop(recorder, true);
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    if (dot && strcasecmp(dot, ".wav"))
        return say_failed("%s: recordings are WAV files: name it .wav", path);
    if (!name_files(recorder, path))
        return say_failed("%s: too long a name, or too many recordings of that name", path);
    recorder->wet = open_file(recorder, recorder->wet_path);
    recorder->dry = recorder->wet ? open_file(recorder, recorder->dry_path) : NULL;
    if (!recorder->dry) {
        if (recorder->wet) {
            sf_close(recorder->wet);
            unlink(recorder->wet_path);
        }
        recorder->wet = NULL;
        return EXIT_FAILED;
    }
    while (
        ring_take(&recorder->ring, recorder->rows, CHUNK)) /* a block that ran while the last was stopped */
        continue;
    atomic_store(&recorder->n_lost, 0);
    atomic_store(&recorder->n_written, 0);
    atomic_store(&recorder->failed, false);
    atomic_store(&recorder->abandoned, false);
    atomic_store(&recorder->open, true);
    atomic_store(&recorder->wanted, true);
    return EXIT_DONE;
}

void recorder_stop(Recorder *recorder, bool playing)
{
    atomic_store(&recorder->wanted, false);
    if (!playing)
        atomic_store(&recorder->abandoned, true);
    for (int i = 0; atomic_load(&recorder->open); i++) {
        doze();
        if (i == 100) /* a second without a block: the audio thread has stopped */
            atomic_store(&recorder->abandoned, true);
    }
}

RecorderState recorder_state(Recorder *recorder)
{
    if (atomic_load(&recorder->failed))
        return RECORDER_FAILED;
    return atomic_load(&recorder->wanted) ? RECORDER_ON : RECORDER_IDLE;
}

const char *recorder_failure(const Recorder *recorder)
{
    return recorder->failure;
}

double recorder_seconds(const Recorder *recorder)
{
    return (double)atomic_load(&recorder->n_written) / recorder->rate_hz;
}

uint64_t recorder_lost(const Recorder *recorder)
{
    return atomic_load(&recorder->n_lost);
}

const char *recorder_path(const Recorder *recorder)
{
    return recorder->wet_path;
}

const char *recorder_dry_path(const Recorder *recorder)
{
    return recorder->dry_path;
}
