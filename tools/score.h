/* Guitar music written as short text. */
#ifndef GRUFF_SCORE_H
#define GRUFF_SCORE_H

#include "guitar.h"

/* Read a score into notes, ready for guitar_play.
 *
 * A score is a row of steps separated by spaces:
 *     E0          a note: string (E A D G B e) and fret
 *     E0A2D2      several at once: strummed low to high
 *     .           a rest
 *     v60         from here on, velocity 60 percent
 *     |           nothing: a bar line for the eye
 * What may follow a note or rest, in any order:
 *     :N          it lasts N sixteenths (default 2)
 *     m           palm mute     x  hand lies on the strings: a dull click
 *     !           accent        ?  ghost note
 *     u           strummed high to low
 *     r           rings on until its string is played again
 *     /N  \N      slides up or down N frets       ^N  bends up N frets
 *     ~           vibrato
 *
 * Units: bpm quarter notes a minute; the first step begins at start_s. seed (not 0) varies timing by up to 4
 * ms and velocity by up to 8 percent, as a player does. Shapes: notes[max]; returns how many were written, in
 * order of start_s; *end_s, if not NULL, is where the last step ends. Errors: a score that cannot be read, or
 * has over max notes, is the programmer's: assert. */
size_t score_read(const char *text, double bpm, double start_s, uint64_t seed, GuitarNote *notes, size_t max,
                  double *end_s);

#endif
