/* What JACK knows and PortAudio has no call for: port names, the period, whether it runs in real time.
 * libjack is looked up in what PortAudio has loaded, so nothing is linked or needed for it. */
#ifndef GRUFF_JACK_FACTS_H
#define GRUFF_JACK_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JACK_NAME_SIZE 64

typedef struct JackFacts {
    uint32_t period; /* frames; 0: not known */
    bool realtime;   /* the server gives its clients real-time scheduling */
} JackFacts;

/* Ask the running server. All zero where there is no libjack or no server. */
JackFacts jack_facts(void);

/* Short names of the audio ports of a client, in JACK's order: those it plays out of (its sound can be
 * captured) or those it takes sound in at. Returns how many there are; fills at most max names. */
size_t jack_port_names(const char *client, bool plays, char (*names)[JACK_NAME_SIZE], size_t max);

/* Let libjack and libasound, where loaded, print nothing from now on. */
void silence_sound_libraries(void);

#endif
