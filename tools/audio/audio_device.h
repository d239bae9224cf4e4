/* Sound devices as PortAudio shows them: find, choose, list. All of it SETUP. What fails is said on standard
 * error, and EXIT_FAILED comes back. */
#ifndef GRUFF_AUDIO_DEVICE_H
#define GRUFF_AUDIO_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define AUDIO_MAX_CHANNELS 8
#define AUDIO_MAX_NAME     128

/* What the user asked for, as typed. NULL or 0: not asked for. */
typedef struct AudioWish {
    const char *host;            /* part of a host API's name */
    const char *input, *output;  /* a device's number in the list, or part of its name */
    const char *input_channels;  /* channels by number from 1 or part of their name, commas between */
    const char *output_channels; /* the same */
    double rate_hz;
    uint32_t frames; /* a block */
} AudioWish;

typedef struct AudioSide {
    int device; /* PortAudio's index */
    char name[AUDIO_MAX_NAME];
    uint32_t n_channels;                  /* 1…AUDIO_MAX_CHANNELS */
    uint32_t channel[AUDIO_MAX_CHANNELS]; /* from 0, in the order asked for */
    double latency_s;                     /* to ask for */
} AudioSide;

typedef struct AudioChoice {
    AudioSide input, output;
    char host[AUDIO_MAX_NAME];
    bool is_jack, is_alsa;
    double rate_hz;
    uint32_t frames; /* a block; 0: as the device likes */
} AudioChoice;

/* Start PortAudio, and stop it right before the program ends, without the noise its libraries make. */
int audio_begin(void);
void audio_end(void);

/* Hide what libraries print on standard error until audio_noise_back(audio_noise_away()). */
int audio_noise_away(void);
void audio_noise_back(int saved);

/* Every device of every host API with its channels, default latencies and rate. */
int audio_list(FILE *to);

/* Turn the wish into a choice the devices can do. What is not asked for is what was used last time by command
 * ("live", "capture"), else the standard: JACK's devices where JACK runs, else the system's default; the
 * first input channel and the first two output channels. rate_hz, where not asked for, is preferred_rate_hz
 * if the devices can do it, else their default. */
int audio_choose(const AudioWish *wish, const char *command, double preferred_rate_hz, AudioChoice *choice);

/* ---- remembered choice: $XDG_CONFIG_HOME/gruff/audio.json (~/.config/gruff/audio.json) */

typedef struct AudioMemory {
    char host[AUDIO_MAX_NAME], input[AUDIO_MAX_NAME], output[AUDIO_MAX_NAME];
    char input_channels[64], output_channels[64]; /* as in AudioWish; "" where nothing is remembered */
} AudioMemory;

/* All "" where nothing is remembered or the file cannot be read. */
void audio_recall(const char *command, AudioMemory *memory);

/* Remember the choice for next time; a failure is a warning. */
void audio_remember(const char *command, const AudioChoice *choice);

#endif
