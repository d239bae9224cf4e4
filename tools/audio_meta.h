/* What a sound file says besides its sound. */
#ifndef GRUFF_AUDIO_META_H
#define GRUFF_AUDIO_META_H

#include "audio_file.h"

#include <sndfile.h>

/* The libsndfile handle of a reader, still the reader's. */
SNDFILE *audio_reader_file(AudioReader *reader);

/* Take over titles, broadcast data (bext), markers, loops and channel map; before the first sample is
 * written. What the container of `to` cannot hold is left out. */
void audio_copy_meta(SNDFILE *from, SNDFILE *to);

#endif
