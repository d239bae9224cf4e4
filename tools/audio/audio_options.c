#include "audio/audio_options.h"

#include <string.h>

void audio_options_init(AudioWish *wish, bool *list, Option options[AUDIO_N_OPTIONS])
{
    const Option table[AUDIO_N_OPTIONS] = {
        {"list", 'l', OPTION_FLAG, list, NULL, "show every device with its channels, latencies and rate", 0,
         0, NULL},
        {"host", 0, OPTION_TEXT, &wish->host, "NAME", "ALSA, JACK …: devices of this host API only", 0, 0,
         NULL},
        {"input", 'i', OPTION_TEXT, &wish->input, "DEVICE", "its number in the list, or part of its name", 0,
         0, NULL},
        {"output", 'o', OPTION_TEXT, &wish->output, "DEVICE", "the same", 0, 0, NULL},
        {"input-channel", 0, OPTION_TEXT, &wish->input_channels, "CHANNEL",
         "its number, from 1, or part of its name; 1 without it", 0, 0, NULL},
        {"output-channel", 0, OPTION_TEXT, &wish->output_channels, "CHANNELS",
         "one or several, commas between; 1,2 without it", 0, 0, NULL},
        {"rate", 'r', OPTION_NUMBER, &wish->rate_hz, "HZ",
         "sample rate; without it the model's (capture: 48000) if the device can, else the device's", 8000,
         768000, NULL},
        {"frames", 'f', OPTION_COUNT, &wish->frames, "N",
         "frames a block: fewer for less delay, more for safety", 8, 8192, NULL},
        {0}};
    memcpy(options, table, sizeof table);
}

bool audio_wish_names_device(const AudioWish *wish)
{
    return wish->host || wish->input || wish->output || wish->input_channels || wish->output_channels;
}
