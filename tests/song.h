/* Something like guitar playing, for tests: other seeds, other songs. Shares no code with the program. */
#ifndef GRUFF_TESTS_SONG_H
#define GRUFF_TESTS_SONG_H

#include <stddef.h>
#include <stdint.h>

/* Plucked notes over three octaves at random times and velocities, some pauses; peaks at 0.5. The same song
 * at every rate. */
void song_make(uint64_t seed, double rate_hz, float *x, size_t n);

#endif
