/* Sound files: every format that libsndfile reads and writes, streamed as interleaved float frames.
 * Messages read "FILE: why; what to do". */
#ifndef GRUFF_AUDIO_FILE_H
#define GRUFF_AUDIO_FILE_H

#include "gruff.h"

/* ---- reading */

typedef struct AudioReader AudioReader;

typedef struct AudioFacts {
    int rate_hz;
    uint32_t n_channels;
    int64_t n_frames; /* -1: not known before the end (some Ogg and FLAC files) */
    int format;       /* libsndfile's: container | encoding */
} AudioFacts;

/* Open a sound file of 1 or 2 channels; "-" is standard input, which is put into a nameless temporary file
 * first. False: message says why. The caller closes *reader. */
GRUFF_MUST_USE bool audio_open(const char *path, GruffMessage *message, AudioReader **reader);

AudioFacts audio_facts(const AudioReader *reader);

/* The next frames: samples [n_frames][n_channels], 1.0 = full scale. Fewer than n_frames at the end or on
 * damage only; then message is "" or says what is wrong. */
size_t audio_read(AudioReader *reader, float *samples, size_t n_frames, GruffMessage *message);

/* Back to the first frame. False: message says why. */
GRUFF_MUST_USE bool audio_rewind(AudioReader *reader, GruffMessage *message);

void audio_close(AudioReader *reader);

/* ---- formats */

enum { AUDIO_BITS_KEEP = 0, AUDIO_BITS_FLOAT = 33 };

/* What to write at `path`: container from `name` ("flac"; NULL: from the path's ending, for "-" WAV),
 * encoding from `bits` (16, 24, 32, AUDIO_BITS_FLOAT; AUDIO_BITS_KEEP: the source's, or the nearest the
 * container can hold). WAV becomes RF64 if the sound does not fit into 4 GB. False: message says why, and
 * what there is. */
GRUFF_MUST_USE bool audio_choose_format(const char *path, const char *name, int bits,
                                        const AudioFacts *source, GruffMessage *message, int *format);

/* Whether such a name is known ("flac"); if not, message says which there are. */
GRUFF_MUST_USE bool audio_format_known(const char *name, GruffMessage *message);

/* "WAV, 24 bit", for people. text: at least 64 bytes. */
void audio_describe_format(int format, char *text);

/* The ending that files of that container have, without the dot. */
const char *audio_format_ending(int format);

/* ---- writing */

typedef struct AudioWriter AudioWriter;

/* Of everything written so far. */
typedef struct AudioPeaks {
    double peak;        /* largest |sample|, before clipping */
    uint64_t n_clipped; /* samples beyond full scale, cut to it; 0 for float encodings */
} AudioPeaks;

/* Start a file that appears whole or not at all. dither: add triangular noise of 2 steps peak to peak before
 * rounding to 16 bits or fewer (Lipshitz, Wannamaker, Vanderkooy 1992), the same noise every time. like: its
 * titles, markers and broadcast data are taken over where the container can hold them; may be NULL.
 * False: message says why. */
GRUFF_MUST_USE bool audio_create(const char *path, const AudioFacts *facts, bool dither, AudioReader *like,
                                 GruffMessage *message, AudioWriter **writer);

/* What the file says of itself, before the first audio_write. Containers without comments leave it out. */
void audio_set_comment(AudioWriter *writer, const char *comment);

/* Append frames: samples [n_frames][n_channels]. False: message says why; audio_abandon then. */
GRUFF_MUST_USE bool audio_write(AudioWriter *writer, const float *samples, size_t n_frames,
                                GruffMessage *message);

AudioPeaks audio_peaks(const AudioWriter *writer);

/* Complete the file and put it in its place; frees the writer. False: message says why, nothing is left. */
GRUFF_MUST_USE bool audio_finish(AudioWriter *writer, GruffMessage *message);

/* Leave nothing of the file; frees the writer. NULL is allowed. */
void audio_abandon(AudioWriter *writer);

#endif
