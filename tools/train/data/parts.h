/* What the files of the data loader share. SETUP. */
#ifndef GRUFF_DATA_PARTS_H
#define GRUFF_DATA_PARTS_H

#include "signal_layout.h"
#include "train/data/data.h"

#define TRAIN_MIN_S 2.0    /* less sound than this is refused */
#define TRAIN_MAX_S 3600.0 /* of one file */

/* One channel of sound in memory. */
typedef struct TrainSound {
    const char *path;
    double rate_hz;
    size_t n;
    float *x; /* [n] */
} TrainSound;

/* dry[t] is answered by wet(at + t · step). */
typedef struct TrainLine {
    double at, step;
} TrainLine;

typedef struct TrainAlign {
    bool found;     /* the two have something in common */
    TrainLine line; /* to the strongest arrival */
    bool inverted;
    double jump_s, jump_frames; /* sound was lost (< 0) or put in about there; 0: not */
} TrainAlign;

/* A source while it is loaded. */
typedef struct TrainTake {
    const TrainSource *source;
    TrainSound dry, wet;
    bool has_signal;     /* dry is the capture signal… */
    SignalLayout layout; /* …and it lies there, in dry's frames */
    TrainAlign align;
    double lead_frames; /* by which wet is to come later than the line says */
    double wander_frames;
    double best_esr; /* NaN: not known */
} TrainTake;

/* The last part of a path. */
const char *train_name(const char *path);

/* Note something about the data. */
GRUFF_PRINTF(3, 4) void train_note(TrainData *data, bool fault, const char *format, ...);

/* Put words into message (may be NULL); returns status. */
GRUFF_PRINTF(3, 4)
GruffStatus train_refuse(GruffMessage *message, GruffStatus status, const char *format, ...);

/* Read a file of one or two channels as one. What is odd about it becomes a note; sound->x is the caller's.
 */
GRUFF_MUST_USE GruffStatus train_read(const char *path, TrainData *data, GruffMessage *message,
                                      TrainSound *sound);

/* The sound at another rate, without a shift. False: no memory. */
GRUFF_MUST_USE bool train_convert(TrainSound *sound, double rate_hz);

/* x at 1/factor of its rate, for measuring only; NULL: no memory. The caller frees it. */
float *train_slow(const float *x, size_t n, size_t factor, size_t *n_slow);

/* x[n] with what is loud squashed, in place: gear that distorts does the same, so its answer is more like dry
 * then. */
void train_squash(float *x, size_t n);

/* The mean of wet for every value of dry. */
enum { TRAIN_CURVE_BINS = 257, TRAIN_CURVE_LEAST = 8 };
typedef struct TrainCurve {
    double peak; /* largest |dry|; all else 0 at the start */
    double sum[TRAIN_CURVE_BINS], y[TRAIN_CURVE_BINS];
    size_t n[TRAIN_CURVE_BINS];
} TrainCurve;
void train_curve_add(TrainCurve *curve, const float *x, const float *y, size_t n);
void train_curve_finish(TrainCurve *curve);
/* x[n] through the curve, in place. */
void train_curve_apply(const TrainCurve *curve, float *x, size_t n);

/* The loudest window of length frames in each of up to n_most equal stretches of x, those much weaker than
 * the loudest left out: returns how many, their starts in order in start[n_most]. */
size_t train_windows(const float *x, size_t n, size_t length, size_t n_most, size_t *start);

/* Find which wet sound answers which dry sound; guess (may be NULL) is right within 10 ms. False: no memory.
 */
GRUFF_MUST_USE bool train_align(const TrainSound *dry, const TrainSound *wet, const TrainLine *guess,
                                TrainAlign *align);

/* x[n] whitened: what the 32 frames before do not foretell, at unit power and no more than 4, in blocks of
 * 4096; silence is 0. */
void train_whiten(const float *x, size_t n, float *to);

/* Whole frames by which wet is to come later than the line says, so that a causal model can make it, with a
 * few to spare. False: no memory. */
GRUFF_MUST_USE bool train_lead(const TrainSound *dry, const TrainSound *wet, const TrainLine *line,
                               int *lead);

/* By how many frames the delay moves along the way; 0 where too little answers clearly to tell. False: no
 * memory. */
GRUFF_MUST_USE bool train_wander(const TrainSound *dry, const TrainSound *wet, const TrainLine *line,
                                 double *frames);

/* Find the capture signal in dry; where wet holds it too, *guess tells how they lie. */
void train_find_signal(TrainTake *take, bool *has_guess, TrainLine *guess);

/* Measure wet as an answer to the capture signal: alignment, best ESR, notes. False: no memory. */
GRUFF_MUST_USE bool train_measure_signal(TrainTake *take, TrainData *data);

/* Check one sound by itself. False: nothing can be trained on it; message says why. */
GRUFF_MUST_USE bool train_check_sound(const TrainSound *sound, bool is_wet, TrainData *data,
                                      GruffMessage *message);

/* Check a pair that is aligned; judged: the capture signal told the rest already. False: no memory. */
GRUFF_MUST_USE bool train_check_pair(const TrainPair *pair, double rate_hz, bool judged, TrainData *data);

/* Its part that looks for effects which move by themselves, or answer late. */
GRUFF_MUST_USE bool train_check_steady(const TrainPair *pair, double rate_hz, TrainData *data);

/* Give every pair's stretches their roles. shift[n_pairs]: dry's frame at which a pair begins. False: no
 * memory. */
GRUFF_MUST_USE bool train_split(const TrainWish *wish, const TrainTake *takes, const size_t *shift,
                                TrainData *data);

#endif
