/* A synthesised electric guitar, plugged straight in: six plucked strings over a magnetic pickup. */
#ifndef GRUFF_GUITAR_H
#define GRUFF_GUITAR_H

#include <stddef.h>
#include <stdint.h>

enum { GUITAR_STRINGS = 6 }; /* 0 is the low E, 5 the high e */

/* One pluck. A string rings until its note's length is over (then the hand stops it) or it is plucked anew.
 */
typedef struct GuitarNote {
    double start_s, length_s;
    int string;      /* 0…5 */
    double fret;     /* 0…24 at the pluck */
    double velocity; /* 0…1; the level is proportional, and soft plucks are darker */
    double mute;     /* 0 open … 1 tight palm mute */
    double glide;    /* frets the pitch moves by, a slide or a bend; 0 for none */
    double glide_s;  /* seconds the move takes, beginning a third into the note */
    double vibrato;  /* depth in frets, from the middle of the note on */
} GuitarNote;

/* What stays the same while a piece is played. */
typedef struct GuitarSetup {
    double pickup;       /* pickup's distance from the bridge over the scale length: 0.06 bridge, 0.25 neck */
    double pick;         /* where the pick hits, likewise; 0.1…0.25 */
    double resonance_hz; /* of pickup and cable, 2 000…5 000 */
    double resonance_q;  /* 0.7…3 */
} GuitarSetup;

extern const GuitarSetup guitar_bridge, guitar_neck;

/* Add the sound of notes to out.
 * Shapes: notes[n_notes] in order of start_s; out[n_frames], frame t at t / rate_hz seconds.
 * Units: rate_hz 8 000…384 000. A full six-string chord at velocity 1 peaks near 1.0, one note near 0.3.
 * The same call gives the same bits on every machine with IEEE arithmetic. seed (not 0) varies pick noise.
 * Errors: returns 0, or -1 where memory is short. No thread state.
 * Source: digital waveguide strings after Smith, "Physical Modeling using Digital Waveguides" (1992), and
 * Jaffe and Smith, "Extensions of the Karplus-Strong Plucked-String Algorithm" (1983). */
int guitar_play(const GuitarSetup *setup, const GuitarNote *notes, size_t n_notes, uint64_t seed,
                double rate_hz, float *out, size_t n_frames);

#endif
