/* A running full-duplex stream: PortAudio's callback, its counts, and its health. */
#ifndef GRUFF_AUDIO_STREAM_H
#define GRUFF_AUDIO_STREAM_H

#include "audio/audio_device.h"

#include "gruff.h"

/* Makes sound. in[i][t]: i < input.n_channels of the choice; out[i][t]: i < output.n_channels; t < n_frames,
 * which may differ from call to call. in and out do not overlap. gap: the device lost sound before this
 * block. RT: called on the audio thread. */
typedef void AudioRun(void *user, const float *const *in, float *const *out, uint32_t n_frames, bool gap);

/* Blocks at which the device reported a fault. */
typedef struct AudioFaults {
    uint32_t input_overflows;   /* input lost */
    uint32_t input_underflows;  /* silence put in for input that was not there in time */
    uint32_t output_overflows;  /* output discarded */
    uint32_t output_underflows; /* a gap was heard */
} AudioFaults;

typedef enum AudioHealth {
    AUDIO_WELL,
    AUDIO_GONE,   /* the device or the server is gone */
    AUDIO_STALLED /* it asked for no sound for two seconds */
} AudioHealth;

typedef struct AudioStream AudioStream;

/* Open and start. run is called with user until audio_stream_stop returns. SETUP. On failure says so and
 * returns EXIT_FAILED, *stream NULL. */
int audio_stream_start(const AudioChoice *choice, AudioRun *run, void *user, AudioStream **stream);

/* Stop, close, free and forget (*stream becomes NULL). One that is gone or stalled is left to the end of the
 * process, since closing it may block for ever: then *stream stays. NULL in *stream is allowed. SETUP. */
void audio_stream_stop(AudioStream **stream);

/* Any thread but the audio one: */
AudioHealth audio_stream_health(AudioStream *stream); /* call at least once a second, from one thread */
AudioFaults audio_stream_faults(const AudioStream *stream);
uint64_t audio_stream_frames(const AudioStream *stream); /* played so far */
uint32_t audio_stream_block(const AudioStream *stream);  /* frames of the largest block so far */
double audio_stream_load(const AudioStream *stream);     /* share of the time there is, 0…1 and over */
/* From input to output as the device says, blocks included; right once the first block has come. */
double audio_stream_round_trip_s(const AudioStream *stream);

/* Say in words how a stream died. */
const char *audio_health_words(const AudioChoice *choice, AudioHealth health);

/* The scheduling of the audio thread: its real-time priority, or 0 where it has none. Looks at this process's
 * threads. SETUP. */
int audio_realtime_priority(void);

/* For tests: a stream without a device, and one block through what PortAudio calls. flags: PortAudio's. */
AudioStream *audio_stream_new(const AudioChoice *choice, AudioRun *run, void *user);
void audio_stream_free(AudioStream *stream);
GRUFF_RT void audio_stream_process(AudioStream *stream, const float *const *in, float *const *out,
                                   uint32_t n_frames, unsigned long flags);

#endif
