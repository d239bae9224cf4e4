/* Simulated gear and cables, sample by sample: what a capture goes through in the tests. Shares no code with
 * the program. */
#ifndef GRUFF_TESTS_GEAR_H
#define GRUFF_TESTS_GEAR_H

#include <stddef.h>
#include <stdint.h>

enum { GEAR_HISTORY = 1 << 17, GEAR_TAPS = 48 };

/* What is wrong with it. All zero: a cable. */
typedef struct Gear {
    double delay;                    /* frames, at least GEAR_TAPS / 2 */
    double drift_ppm;                /* the return runs later and later */
    double drive;                    /* y = tanh(drive x) / 2; 0: y = x */
    double gain;                     /* 0: 1; negative turns upside down */
    double noise_db, hum_db, hum_hz; /* rms, below 0; 0: none */
    double clip;                     /* cut at ±clip; 0: not */
    double gate_db;                  /* quieter sound does not pass; 0: none */
    double jump_s, jump_frames;      /* frames lost there (< 0: put in) */
    double wobble;                   /* depth of a tremolo of 0.7 Hz */
    double dies_s;                   /* silent from then on; 0: never */
} Gear;

typedef struct GearState {
    Gear gear;
    double rate_hz;
    uint64_t seed, t;                  /* frames so far */
    double envelope, noise, hum, gate; /* linear */
    float history[GEAR_HISTORY];       /* amplified */
    double weight[GEAR_TAPS], weight_for;
} GearState;

void gear_start(GearState *state, const Gear *gear, double rate_hz, uint64_t seed);

/* What the amp alone makes of the next sample: no delay, noise or clipping. Part of gear_play. */
double gear_amplify(GearState *state, double x);

/* The next sample of the return. */
double gear_play(GearState *state, double x);

/* Set one of Gear's values by its name, "noise_db=-60". Returns 0, or -1 where there is none of that name. */
int gear_set(Gear *gear, const char *assignment);

#endif
