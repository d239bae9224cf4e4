/* One file played in several parts at a time.
 *
 * A part's deck starts a little ahead of its part, like one that was just switched on, so that by the time
 * its part begins it has forgotten that it was. Then the deck of the part before plays on into this one, and
 * what it plays replaces what was there, until the states of the two agree and the sound of the last stretch
 * does. If that never happens, the file is played on from there in one, as without parts. The first round of
 * parts is compared from end to end; if a part of it does not meet, or all of it differs by too much, the
 * file is played in one. */
#ifndef GRUFF_RENDER_PARTS_H
#define GRUFF_RENDER_PARTS_H

#include "render_deck.h"
#include "render_stream.h"

/* How it went. */
typedef struct PartsReport {
    uint32_t n_parts;   /* that stand; 1: played in one */
    double broken_at_s; /* where two parts did not meet, and the rest is to be played in one; -1: nowhere */
    bool untrue;        /* what came out may be further than -110 dB from what it should be: play all anew */
} PartsReport;

/* Play the stream, render->n_jobs parts at a time, to its end or as far as parts meet; *deck is at rest, and
 * then where the stream is. False: message says why, or is "" after an interrupt or if it has been said. */
bool render_parts(const Render *render, const RenderTalk *talk, const char *label, Deck *deck, Stream *stream,
                  PartsReport *report, GruffMessage *message);

#endif
