/* The capture signal: what is played into real gear to learn its sound. Where its parts lie, how to make it,
 * and how to find it again in a recording. */
#ifndef GRUFF_SIGNAL_LAYOUT_H
#define GRUFF_SIGNAL_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

/* Stands at the head of the file's comment (libsndfile: SF_STR_COMMENT), for people; signal_find needs only
 * the sound. */
#define SIGNAL_COMMENT "Gruff capture signal 1"

/* The parts in their order. */
typedef enum SignalPart {
    SIGNAL_LEAD,         /* silence */
    SIGNAL_CLICKS_START, /* nine clicks, spaced as an optimal Golomb ruler */
    SIGNAL_SILENCE,      /* for noise floor and hum */
    SIGNAL_LEVELS,       /* SIGNAL_N_LEVELS steps of a 220 Hz sine, SIGNAL_LEVEL_S each */
    SIGNAL_SWEEPS,       /* SIGNAL_N_SWEEPS sweeps, SIGNAL_SWEEP_S each */
    SIGNAL_NOISE,        /* bursts of noise, each dying away, getting louder */
    SIGNAL_NOTES,        /* single notes over the whole neck, every velocity */
    SIGNAL_CHORDS,
    SIGNAL_MUTES,    /* palm mutes and dead notes */
    SIGNAL_SLIDES,   /* slides, bends, vibrato */
    SIGNAL_DYNAMICS, /* one phrase from a whisper to full */
    SIGNAL_RIFFS,
    SIGNAL_REPEAT_A,   /* a phrase … */
    SIGNAL_REPEAT_B,   /* … and the very same samples again */
    SIGNAL_VALIDATION, /* music that occurs nowhere else in the signal */
    SIGNAL_REST,       /* silence */
    SIGNAL_CLICKS_END, /* the start's clicks mirrored in time */
    SIGNAL_TAIL,       /* silence */
    SIGNAL_N_PARTS
} SignalPart;

typedef struct SignalSpan {
    const char *name;         /* "notes" */
    double start_s, length_s; /* multiples of 0.5 s */
    double peak;              /* largest |sample|, exactly to 24 bits; 0 for silence */
    bool train;               /* sound to train on (SIGNAL_VALIDATION is to be held out) */
} SignalSpan;

extern const SignalSpan signal_spans[SIGNAL_N_PARTS];

#define SIGNAL_LENGTH_S 184.0

/* Steps of SIGNAL_LEVELS: step i lasts SIGNAL_LEVEL_S and peaks at signal_level(i): −60 dBFS, 5 dB louder
 * each; the last peaks at 0 dBFS less the span's headroom. Each step fades in and out in 10 ms. */
#define SIGNAL_N_LEVELS 13
#define SIGNAL_LEVEL_S  0.5
#define SIGNAL_LEVEL_HZ 220.0
double signal_level(int step);

/* Sweeps: sweep i is a sine whose pitch rises exponentially from SIGNAL_SWEEP_LOW_HZ to SIGNAL_SWEEP_HIGH_HZ
 * in SIGNAL_SWEEP_S − 0.2 s, then 0.2 s of silence; it peaks at signal_sweep(i). */
#define SIGNAL_N_SWEEPS      4
#define SIGNAL_SWEEP_S       4.0
#define SIGNAL_SWEEP_LOW_HZ  20.0
#define SIGNAL_SWEEP_HIGH_HZ 20000.0
double signal_sweep(int sweep);

/* The clicks: click i peaks signal_click_s[i] after the start of SIGNAL_CLICKS_START, and signal_click_s[i]
 * before the end of SIGNAL_CLICKS_END. Each is a raised cosine SIGNAL_CLICK_S wide. */
#define SIGNAL_N_CLICKS 9
#define SIGNAL_CLICK_S  0.00025
extern const double signal_click_s[SIGNAL_N_CLICKS];

/* Rates at which the signal can be made. */
#define SIGNAL_MIN_RATE_HZ 32000
#define SIGNAL_MAX_RATE_HZ 192000

/* Frames of the whole signal, or of the riff, at rate_hz. */
size_t signal_n_frames(double rate_hz);
size_t signal_riff_n_frames(double rate_hz);

/* Make the signal: out[signal_n_frames(rate_hz)]. Every sample is a multiple of 2^-23, so a 24-bit file holds
 * it exactly; the same bits on every machine. About 2 s of work at 48 kHz.
 * SETUP. Errors: false where memory is short. */
bool signal_make(double rate_hz, float *out);

/* Make the demo clip, a guitar riff that the capture signal does not hold:
 * out[signal_riff_n_frames(rate_hz)]. Peaks at −3 dBFS; else as signal_make. */
bool signal_riff(double rate_hz, float *out);

/* Where a recording holds the signal: its time s lies at frame start + s · rate_hz · stretch. */
typedef struct SignalLayout {
    double start;   /* frames; fractional; negative if the recording begins later than the signal */
    double stretch; /* 1, but for drift between two clocks */
    double gain;    /* of the clicks, as they are in the recording over as they were made; < 0: inverted */
} SignalLayout;

typedef enum SignalFound {
    SIGNAL_ABSENT, /* no clicks */
    SIGNAL_CUT,    /* the start's clicks are there, the end's are not (stretch is taken as 1) */
    SIGNAL_WHOLE
} SignalFound;

/* Look for the signal in a recording by its clicks: any level, polarity, place and rate, with hum and noise
 * (clicks must stand 15 dB above the noise), and through gear that colours and distorts them.
 * Shapes: x[n]. Units: rate_hz is the recording's. Times are right to 0.02 frames for a clean recording; gear
 * that delays or smears the clicks moves them by just that delay.
 * SETUP. Errors: SIGNAL_ABSENT also where memory is short. *layout is set unless SIGNAL_ABSENT. */
SignalFound signal_find(const float *x, size_t n, double rate_hz, SignalLayout *layout);

/* The frame of the recording at which a part begins, rounded; may be negative or past its end. */
long signal_part_start(const SignalLayout *layout, SignalPart part, double rate_hz);

#endif
