#include "audio_library.h"

#include "output_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1024 };

struct AudioWriter {
    OutputFile output;
    SNDFILE *file;
    uint32_t n_channels;
    int bits;  /* of integer samples; 0: float, or an encoder that takes float */
    bool cuts; /* samples beyond full scale are cut */
    bool dither;
    uint64_t noise;
    AudioPeaks peaks;
};

/* ---- libsndfile's way to the file: every failed write is noticed, those of sf_close too */

static sf_count_t file_length(void *user)
{
    OutputFile *output = user;
    off_t at = lseek(output->fd, 0, SEEK_CUR), end = lseek(output->fd, 0, SEEK_END);
    lseek(output->fd, at, SEEK_SET);
    return end;
}

static sf_count_t file_seek(sf_count_t offset, int whence, void *user)
{
    return lseek(((OutputFile *)user)->fd, offset, whence);
}

static sf_count_t file_read(void *bytes, sf_count_t n, void *user)
{
    return read(((OutputFile *)user)->fd, bytes, (size_t)n);
}

static sf_count_t file_write(const void *bytes, sf_count_t n, void *user)
{
    return (sf_count_t)output_file_write(user, bytes, (size_t)n);
}

static sf_count_t file_tell(void *user)
{
    return lseek(((OutputFile *)user)->fd, 0, SEEK_CUR);
}

/* ---- samples */

static int integer_bits(int format)
{
    switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
        return 8;
    case SF_FORMAT_PCM_16:
        return 16;
    case SF_FORMAT_PCM_24:
        return 24;
    case SF_FORMAT_PCM_32:
        return 32;
    default:
        return 0;
    }
}

static double uniform(uint64_t *state) /* 0…1; xorshift64* (Vigna 2016) */
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (double)((*state * 0x2545F4914F6CDD1Dull) >> 11) * 0x1p-53;
}

/* Cut to full scale, keeping count. */
static float cut(AudioWriter *w, float x)
{
    float size = fabsf(x);
    if (size > w->peaks.peak)
        w->peaks.peak = size;
    if (!w->cuts || !(size > 1.0f))
        return x;
    w->peaks.n_clipped++;
    return x > 0 ? 1.0f : -1.0f;
}

/* One sample as libsndfile takes integers of any width: the top bits of 32. */
static int quantise(AudioWriter *w, float x)
{
    const int64_t scale = INT64_C(1) << (w->bits - 1);
    double y = cut(w, x) * (double)scale;
    if (w->dither && w->bits <= 16)
        y += uniform(&w->noise) - uniform(&w->noise);
    int64_t n = llrint(y);
    n = n > scale - 1 ? scale - 1 : n < -scale ? -scale : n;
    return (int)(n * (INT64_C(1) << (32 - w->bits)));
}

static sf_count_t write_integers(AudioWriter *w, const float *samples, size_t n)
{
    int block[BLOCK];
    for (size_t i = 0; i < n; i++)
        block[i] = quantise(w, samples[i]);
    return sf_write_int(w->file, block, (sf_count_t)n);
}

static sf_count_t write_floats(AudioWriter *w, const float *samples, size_t n)
{
    float block[BLOCK];
    for (size_t i = 0; i < n; i++)
        block[i] = cut(w, samples[i]);
    return sf_write_float(w->file, block, (sf_count_t)n);
}

/* ---- the file */

static bool fail(AudioWriter *w, GruffMessage *message)
{
    char why[AUDIO_WHY_BYTES];
    audio_why(w->file, why);
    snprintf(message->text, sizeof message->text, "%.300s: writing failed: %.150s", w->output.path,
             w->output.error ? strerror(w->output.error) : why);
    return false;
}

bool audio_create(const char *path, const AudioFacts *facts, bool dither, AudioReader *like,
                  GruffMessage *message, AudioWriter **writer)
{
    static SF_VIRTUAL_IO way = {file_length, file_seek, file_read, file_write, file_tell};
    SF_INFO info = {
        .samplerate = facts->rate_hz, .channels = (int)facts->n_channels, .format = facts->format};
    AudioWriter *w = calloc(1, sizeof *w);
    *writer = NULL;
    if (!w) {
        snprintf(message->text, sizeof message->text, "%.300s: no memory", path);
        return false;
    }
    if (!output_file_open(&w->output, path, message)) {
        free(w);
        return false;
    }
    char why[AUDIO_WHY_BYTES] = "";
    audio_open_begin();
    w->file = sf_open_virtual(&way, SFM_WRITE, &info, &w->output);
    if (!w->file)
        audio_why(NULL, why);
    audio_open_end();
    if (!w->file) {
        snprintf(message->text, sizeof message->text, "%.250s: %.150s; choose another --format", path, why);
        audio_abandon(w);
        return false;
    }
    int encoding = facts->format & SF_FORMAT_SUBMASK;
    w->n_channels = facts->n_channels;
    w->bits = integer_bits(facts->format);
    w->cuts = encoding != SF_FORMAT_FLOAT && encoding != SF_FORMAT_DOUBLE;
    w->dither = dither, w->noise = 0x9E3779B97F4A7C15ull;
    sf_command(w->file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE); /* it holds the time of day */
    if (facts->n_frames < 0) /* RF64 for want of a length: WAV if it turns out short */
        sf_command(w->file, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE);
    sf_command(w->file, SFC_SET_CLIPPING, NULL, SF_TRUE);
    if (like)
        audio_copy_meta(audio_reader_file(like), w->file);
    *writer = w;
    return true;
}

void audio_set_comment(AudioWriter *w, const char *comment)
{
    sf_set_string(w->file, SF_STR_COMMENT, comment);
    sf_set_string(w->file, SF_STR_SOFTWARE, "Gruff");
}

bool audio_write(AudioWriter *w, const float *samples, size_t n_frames, GruffMessage *message)
{
    size_t n_samples = n_frames * w->n_channels;
    for (size_t i = 0; i < n_samples;) {
        size_t n = n_samples - i < BLOCK ? n_samples - i : BLOCK;
        sf_count_t done = w->bits ? write_integers(w, samples + i, n) : write_floats(w, samples + i, n);
        if (done != (sf_count_t)n || w->output.error)
            return fail(w, message);
        i += n;
    }
    return true;
}

AudioPeaks audio_peaks(const AudioWriter *writer)
{
    return writer->peaks;
}

bool audio_finish(AudioWriter *w, GruffMessage *message)
{
    sf_close(w->file);
    bool ok = output_file_finish(&w->output, message);
    free(w);
    return ok;
}

void audio_abandon(AudioWriter *w)
{
    if (!w)
        return;
    if (w->file)
        sf_close(w->file);
    output_file_abandon(&w->output);
    free(w);
}
