/* What the parts of audio_file share: libsndfile. */
#ifndef GRUFF_AUDIO_LIBRARY_H
#define GRUFF_AUDIO_LIBRARY_H

#include "audio_file.h"

#include <sndfile.h>

enum { AUDIO_WHY_BYTES = 128 };

/* The libsndfile handle of a reader, still the reader's. */
SNDFILE *audio_reader_file(AudioReader *reader);

/* Why the last call failed (file NULL: the last sf_open), as part of a sentence. why: AUDIO_WHY_BYTES. */
void audio_why(SNDFILE *file, char *why);

/* Around sf_open and the question why it failed: libsndfile keeps one answer for all threads. */
void audio_open_begin(void);
void audio_open_end(void);

/* Take over titles, broadcast data (bext), markers, loops and channel map; before the first sample is
 * written. What the container of `to` cannot hold is left out. */
void audio_copy_meta(SNDFILE *from, SNDFILE *to);

#endif
