/* What a recording of the capture signal tells about the gear and the set-up. SETUP, pure: no files, no sound
 * devices. */
#ifndef GRUFF_ANALYSE_H
#define GRUFF_ANALYSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest round trip looked for. */
#define CAPTURE_MAX_DELAY_S 1.0

/* Levels are dBFS (1.0 = 0 dBFS), at least -140; rms where not said otherwise. */
typedef struct CaptureFacts {
    bool found;           /* the signal came back */
    bool cut_off;         /* its start did, its end did not; then nothing else is known */
    double delay_frames;  /* round trip to the strongest arrival, at the start; to 0.1 frame */
    double onset_frames;  /* to the first arrival: gear with a speaker answers later than it starts to */
    double drift_ppm;     /* positive: the return runs later and later; to 5 ppm */
    bool inverted;        /* it comes back upside down */
    double peak_db;       /* highest |sample| */
    double noise_db;      /* in the signal's silence, hum included */
    double hum_db;        /* mains hum and its harmonics there */
    double hum_hz;        /* 50, 60, or 0: none found */
    uint64_t n_clipped;   /* samples at full scale */
    uint32_t n_flat_tops; /* runs of equal samples at the highest level below full scale: clipped elsewhere */
    bool gated;           /* quiet tones vanish */
    double gate_db;       /* peak of the loudest tone that did */
    double repeat_db;     /* half the energy by which two plays of one phrase differ, over theirs: the lowest
                             ESR a model can reach */
    bool jumped;          /* frames were lost or put in on the way */
    double jump_s, jump_frames; /* from about where; later by how much */
    bool is_cable;              /* it is the signal itself, at another level */
} CaptureFacts;

/* Measure. dry[n_dry]: the whole capture signal as played, at rate_hz. raw[n_raw]: what came back, raw[0]
 * recorded while dry[0] was played; n_raw at least n_dry + CAPTURE_MAX_DELAY_S · rate_hz. False: no memory.
 */
bool capture_measure(const float *dry, size_t n_dry, const float *raw, size_t n_raw, double rate_hz,
                     CaptureFacts *facts);

/* wet[n_dry] aligned to dry: raw from whole frame trim on, so that no sound is moved ahead of its cause; what
 * is left of the delay, less than a frame and the gear's own, stays for the model to learn. Where the clocks
 * drift by over a tenth of a frame in all, raw is resampled to dry's clock. */
void capture_align(const float *raw, size_t n_raw, const CaptureFacts *facts, long trim, float *wet,
                   size_t n_dry);

/* The trim to use: the whole frames before the first arrival. lead < 0: this is the first take, else the
 * first take's delay_frames - trim, so that all takes of one gear are aligned alike. */
long capture_trim(const CaptureFacts *facts, double lead);

/* ---- in words */

typedef enum CaptureWeight { CAPTURE_NOTE, CAPTURE_WARNING, CAPTURE_REFUSAL } CaptureWeight;

typedef struct CaptureWord {
    CaptureWeight weight;
    char text[256]; /* one sentence: what, and what to do */
} CaptureWord;

enum { CAPTURE_MAX_WORDS = 12 };

/* Judge the facts; returns how many words. A refusal means that the take is of no use. */
size_t capture_judge(const CaptureFacts *facts, double rate_hz, CaptureWord words[CAPTURE_MAX_WORDS]);

/* "great", "good" …: what an ESR in dB sounds like. */
const char *capture_error_word(double esr_db);

#endif
