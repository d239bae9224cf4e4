/* The options of the commands that use a sound device. */
#ifndef GRUFF_AUDIO_OPTIONS_H
#define GRUFF_AUDIO_OPTIONS_H

#include "audio/audio_device.h"
#include "options.h"

enum { AUDIO_N_OPTIONS = 9 };

/* Fill the table; what is parsed goes into *wish and *list. */
void audio_options_init(AudioWish *wish, bool *list, Option options[AUDIO_N_OPTIONS]);

/* Whether the wish says which device or channel: then it is worth remembering. */
bool audio_wish_names_device(const AudioWish *wish);

#endif
