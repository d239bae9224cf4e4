/* A file's frames as they are played, and as they come out: after the sound follows as much silence as pushes
 * out what the player holds back, and what comes out is moved back in line with what went in. */
#ifndef GRUFF_RENDER_STREAM_H
#define GRUFF_RENDER_STREAM_H

#include "audio_file.h"

typedef struct Stream {
    AudioReader *reader;
    AudioWriter *writer;
    uint32_t n_channels;
    uint32_t n_silence, n_late; /* frames of silence still to come; frames out still to be left out */
    bool ended;                 /* no more sound comes */
    int64_t n_in, n_out;        /* frames: read, with the silence; written */
    uint64_t n_not_finite;      /* samples read */
} Stream;

Stream stream_start(AudioReader *reader, AudioWriter *writer, uint32_t latency);

/* The next frames: samples [n_frames][n_channels]. Fewer than n_frames at the end or on damage only; then
 * message is "" or says what is wrong. */
size_t stream_read(Stream *stream, float *samples, size_t n_frames, GruffMessage *message);

/* What came out for the next frames. False: message says why. */
GRUFF_MUST_USE bool stream_write(Stream *stream, const float *samples, size_t n_frames,
                                 GruffMessage *message);

/* Frames still to be read, as far as is known; -1: unknown. */
int64_t stream_left(const Stream *stream);

/* How much is done, 0…1; -1: unknown. */
double stream_fraction(const Stream *stream);

#endif
