#include "signal_layout.h"

#include "guitar.h"
#include "score.h"
#include "steady.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { MAX_NOTES = 1024 };

const SignalSpan signal_spans[SIGNAL_N_PARTS] = {
    [SIGNAL_LEAD] = {"lead", 0, 0.5, 0, false},
    [SIGNAL_CLICKS_START] = {"clicks-start", 0.5, 1, 0.7, false},
    [SIGNAL_SILENCE] = {"silence", 1.5, 2, 0, true},
    [SIGNAL_LEVELS] = {"levels", 3.5, 6.5, 0.9, true},
    [SIGNAL_SWEEPS] = {"sweeps", 10, 16, 0.7, true},
    [SIGNAL_NOISE] = {"noise", 26, 8, 0.7, true},
    [SIGNAL_NOTES] = {"notes", 34, 40, 0.7, true},
    [SIGNAL_CHORDS] = {"chords", 74, 24.5, 0.9, true},
    [SIGNAL_MUTES] = {"mutes", 98.5, 12.5, 0.8, true},
    [SIGNAL_SLIDES] = {"slides", 111, 14.5, 0.6, true},
    [SIGNAL_DYNAMICS] = {"dynamics", 125.5, 12.5, 0.9, true},
    [SIGNAL_RIFFS] = {"riffs", 138, 16.5, 0.8, true},
    [SIGNAL_REPEAT_A] = {"repeat-a", 154.5, 4.5, 0.7, true},
    [SIGNAL_REPEAT_B] = {"repeat-b", 159, 4.5, 0.7, true},
    [SIGNAL_VALIDATION] = {"validation", 163.5, 18, 0.8, false},
    [SIGNAL_REST] = {"rest", 181.5, 1, 0, false},
    [SIGNAL_CLICKS_END] = {"clicks-end", 182.5, 1, 0.7, false},
    [SIGNAL_TAIL] = {"tail", 183.5, 0.5, 0, false},
};

/* The optimal Golomb ruler of order 9 in steps of 20 ms: no two gaps are alike. */
const double signal_click_s[SIGNAL_N_CLICKS] = {0.06, 0.08, 0.16, 0.30, 0.56, 0.60, 0.76, 0.88, 0.94};

static const char chords[] =
    /* open and barred, down and up, loud and soft */
    "v80 E0A2D2G1B0e0:8 E0A2D2G1B0e0:4 D2G1B0e0u:4 | v60 A0D2G2B2e0:4 A0D2G2B2e0:4 D2G2B2e0u:2 "
    "A0D2G2B2e0:4 D2G2B2e0?u:2 | v95 D0G2B3e2:8 E3A2D0G0B0e3:8 | v35 A3D2G0B1e0:6 A3D2G0B1e0u:2 "
    "E3A2D0G0B3e3:8 | v100 E1A3D3G2B1e1:4 E1A3D3G2B1e1x E1A3D3G2B1e1u:4 E1A3D3G2B1e1:6 | v50 A2D4G2B4e2:4 "
    "A2D4G2B4e2u:4 E2A4D2G2B2e2:4 E2A4D2G2B2e2u:4 | v100 E5A7:4 E5A7:4 E8A10:4 E3A5:4 | v100 A5D7G7:8 "
    "A7D9G9:8 | v15 E0A2D2G0B0e0:8 A0D2G2B1e0:8 | v25 A3D2G0B1e0:8 D0G2B1e1:8 | v70 D7G7B6:4 D9G7B8:4 "
    "G11B10e10:4 G9B8e9:4 | v100 E0A2D2G1B0e0!:16";

static const char mutes[] =
    "v90 E0m:1 E0m:1 E0m E0m E0m:1 E0m:1 E0m E3m E2m E0m | A0m:1 A0m:1 A0m A0m E3m E0m:1 E0m:1 E0m A2m A1m "
    "| v100 E0A2m E0A2m E0A2m E3A5:4 E0A2m E2A4m E3A5m | v60 E5m A7m D7m A7m D5m G7m D7m A5m | v40 A0x:1 "
    "A0x:1 D2m G2m B2x e2x A0x:1 A0x:1 D4m G4m B5m e5m | v100 E0A2m:1 E0A2m:1 E0A2m:1 E0A2m:1 E0m E0m E0A2!:8";

static const char slides[] =
    "v80 A5/2:4 D5/2:4 D7\\2:4 A7\\2~:4 | G7^2:4 G7^2~:4 B8^1:4 B10^2:4 | e12^2~:8 B12~:4 G12\\5:4 | v50 "
    "E3/9:8 E12\\9:8 | v90 D9/3~:6 G9^1 B10/2:4 e10~:4 | v30 G5/2:4 B5^2:4 e5/7~:8 | v100 A7/5:4 D10^2~:6 "
    "E0A2/5:6";

/* One bar, played from v2 to v100. */
static const char phrase[] = "E0A2:2 D2 G2 B3 A3D5:3 D7^2~:3 E0m:1 E0m:1";

static const char riffs[] =
    "v90 E0A2 E0m E3A5 E0m A0D2 A0m E3A5 E2A4 | E0A2 E0m E3A5 E0m A5D7:3 A3D5:3 E3A5 | v70 B12 B15^1 e12 "
    "B15 G14\\2 G12 D14~:4 | v100 E0A2D2:3 E0m:1 E0A2D2 . E3A5D5:3 E0m:1 A0D2G2 . | v45 A0r E7r D7r G6r B5r "
    "e7r G6r B5r | v45 E0r A7r D6r G7r B0r e0r G7r D6r | v85 A7D9 A7m A7D9 A5D7:3 A7m:1 A3D5:4 A2m | v100 "
    "E0A2D2G0B3e3:6 v20 e3 B3 G0 D2 E0~";

static const char repeated[] =
    "v85 E0A2:3 E0m:1 G7^2:4 v30 B8 e7 v100 E3A5D5:4 | v60 A0 D2 G2 B1 v90 E8A10D10:4 E0m E0m";

static const char validation[] =
    "v85 A0D2m A0D2m A3D5:3 A0m:1 A0D2m A5D7 A3D5:4 | E1A3m E1A3m E1A3D3:4 E3A5m E3A5m E3A5D5:4 | v35 D0r A5r "
    "G2r B3r e2r B3r G2r e5r | v35 G0r B0r D0r E3r B3r G0r e3r B3r | v100 B10^2~:6 B8 G9\\2:4 e10^2~:4 | "
    "v65 E6A8D8G7B6e6:4 A6D8G8u:2 D8G8B6u:2 E8A10D10:4 E8x E8A10m | v100 E0A2D2G1B0e0:8 v12 e0 B0 G1 D2";

static const char riff[] =
    "v92 E0A2:3 E0m:1 E0m E3A5:3 E0m:1 A5D7 A7D9:2 E0m | E0A2:3 E0m:1 E0m E5A7 E3A5:3 E2A4:3 | v92 E0A2:3 "
    "E0m:1 E0m E3A5:3 E0m:1 A5D7 A9D11:2 E0m | v70 B12 e12 B15^2~:6 B12 G14^1 G12:2 v100 | "
    "E0A2D2G1B0e0:10 v30 A7r D9r G7r | v28 E0r B8r G9r e7r B8r G7r D9r e12~r | v22 E3r B8r G7r e7r A0D2G2r:4 v100 "
    "E0A2D2G0B0e0r:14";

size_t signal_n_frames(double rate_hz)
{
    return (size_t)(SIGNAL_LENGTH_S * rate_hz);
}

double signal_level(int step)
{
    return step == SIGNAL_N_LEVELS - 1 ? signal_spans[SIGNAL_LEVELS].peak : steady_gain(-60 + 5.0 * step);
}

double signal_sweep(int sweep)
{
    static const double db[SIGNAL_N_SWEEPS] = {-42, -24, -12, 0};
    return sweep == SIGNAL_N_SWEEPS - 1 ? signal_spans[SIGNAL_SWEEPS].peak : steady_gain(db[sweep]);
}

/* 0…1 over fade_s at both ends of length_s. */
static double edges(double t_s, double length_s, double fade_s)
{
    double at = t_s < length_s - t_s ? t_s : length_s - t_s;
    double x = at <= 0 ? 0 : at >= fade_s ? 1 : at / fade_s;
    return x * x * (3 - 2 * x);
}

static void clicks_make(double rate_hz, bool mirrored, float *out, size_t n)
{
    for (int k = 0; k < SIGNAL_N_CLICKS; k++) {
        double at_s = mirrored ? 1 - signal_click_s[k] : signal_click_s[k];
        for (size_t t = 0; t < n; t++) {
            double away = ((double)t / rate_hz - at_s) / SIGNAL_CLICK_S;
            if (away > -0.5 && away < 0.5)
                out[t] = (float)(0.5 + 0.5 * steady_sine(away + 0.25));
        }
    }
}

static void levels_make(double rate_hz, float *out, size_t n)
{
    for (size_t t = 0; t < n; t++) {
        double t_s = (double)t / rate_hz;
        int step = (int)(t_s / SIGNAL_LEVEL_S);
        double into_s = t_s - step * SIGNAL_LEVEL_S;
        out[t] = (float)(signal_level(step) * edges(into_s, SIGNAL_LEVEL_S, 0.01) *
                         steady_sine(SIGNAL_LEVEL_HZ * into_s));
    }
}

static void sweeps_make(double rate_hz, float *out, size_t n)
{
    const double length_s = SIGNAL_SWEEP_S - 0.2;
    const double octaves = 9.965784284662087; /* log2(high / low) */
    const double scale = SIGNAL_SWEEP_LOW_HZ * length_s / (octaves * 0.69314718055994530942);
    for (size_t t = 0; t < n; t++) {
        double t_s = (double)t / rate_hz;
        int sweep = (int)(t_s / SIGNAL_SWEEP_S);
        double into_s = t_s - sweep * SIGNAL_SWEEP_S;
        double turns = scale * (steady_exp2(octaves * into_s / length_s) - 1);
        double hz = SIGNAL_SWEEP_LOW_HZ * steady_exp2(octaves * into_s / length_s);
        if (into_s < length_s && hz < 0.45 * rate_hz)
            out[t] = (float)(signal_sweep(sweep) * edges(into_s, length_s, 0.01) * steady_sine(turns));
    }
}

/* Eight bursts: noise with less treble, each 6 dB louder, each dying away by 24 dB. */
static void noise_make(double rate_hz, float *out, size_t n)
{
    uint64_t state = 20;
    double low = 0, slow = 1 - steady_exp2(-9064.7 / rate_hz); /* 1 kHz */
    for (size_t t = 0; t < n; t++) {
        double t_s = (double)t / rate_hz;
        double into_s = t_s - floor(t_s);
        double white = steady_noise(&state);
        low += slow * (white - low);
        double level = steady_gain(-42 + 6 * floor(t_s) - 24 * into_s);
        out[t] = (float)(level * edges(into_s, 0.9, 0.005) * (2 * low + 0.2 * white));
    }
}

/* Scale so that the largest sample is peak, and fade out at the end. */
static void finish(float *out, size_t n, double peak, double fade_frames)
{
    float most = 0;
    for (size_t t = 0; t < n; t++) {
        double left = (double)(n - 1 - t) / fade_frames;
        if (left < 1)
            out[t] *= (float)left;
        if (fabsf(out[t]) > most)
            most = fabsf(out[t]);
    }
    double scale = most > 0 ? peak / (double)most : 0;
    for (size_t t = 0; t < n; t++)
        out[t] = (float)(rint((double)out[t] * scale * 8388608) / 8388608);
}

static void swap_notes(GuitarNote *a, GuitarNote *b)
{
    double fret = a->fret;
    int string = a->string;
    a->fret = b->fret, a->string = b->string;
    b->fret = fret, b->string = string;
}

/* Every fret of every string once, shuffled, at any velocity. */
static size_t neck_notes(GuitarNote *notes)
{
    enum { FRETS = 22 };
    uint64_t state = 6;
    size_t n = 0;
    for (int string = 0; string < GUITAR_STRINGS; string++)
        for (int fret = 0; fret < FRETS; fret++, n++)
            notes[n] = (GuitarNote){.start_s = 0.1 + 0.3 * (double)n, .string = string, .fret = fret};
    for (size_t i = 0; i < n; i++) {
        swap_notes(&notes[i], &notes[i + (size_t)((0.5 + 0.5 * steady_noise(&state)) * (double)(n - i))]);
        notes[i].length_s = 0.24 + 0.12 * steady_noise(&state);
        notes[i].velocity = steady_gain(-15 + 15 * steady_noise(&state));
    }
    return n;
}

/* The phrase of SIGNAL_DYNAMICS, bar by bar from v2 to v100. */
static size_t dynamic_notes(GuitarNote *notes)
{
    static const double velocity[] = {0.02, 0.05, 0.12, 0.27, 0.55, 1};
    double now_s = 0.1;
    size_t n = 0;
    for (size_t bar = 0; bar < sizeof velocity / sizeof *velocity; bar++) {
        size_t first = n;
        n += score_read(phrase, 120, now_s, 5, notes + n, MAX_NOTES - n, &now_s);
        for (size_t i = first; i < n; i++)
            notes[i].velocity *= velocity[bar] / 0.8;
    }
    return n;
}

static bool play(const GuitarSetup *setup, const GuitarNote *notes, size_t n_notes, SignalPart part,
                 double rate_hz, float *out)
{
    const SignalSpan *span = &signal_spans[part];
    size_t n = (size_t)(span->length_s * rate_hz);
    return guitar_play(setup, notes, n_notes, 77, rate_hz, out + (size_t)(span->start_s * rate_hz), n) == 0;
}

static bool play_score(const GuitarSetup *setup, const char *text, double bpm, SignalPart part,
                       double rate_hz, float *out)
{
    static const uint64_t seed = 11;
    GuitarNote *notes = malloc(MAX_NOTES * sizeof *notes);
    if (!notes)
        return false;
    double end_s;
    size_t n = score_read(text, bpm, 0.1, seed, notes, MAX_NOTES, &end_s);
    assert(end_s < signal_spans[part].length_s);
    bool done = play(setup, notes, n, part, rate_hz, out);
    free(notes);
    return done;
}

static bool play_neck_and_dynamics(double rate_hz, float *out)
{
    GuitarNote *notes = malloc(MAX_NOTES * sizeof *notes);
    if (!notes)
        return false;
    size_t n = neck_notes(notes);
    bool done = play(&guitar_bridge, notes, n, SIGNAL_NOTES, rate_hz, out);
    n = dynamic_notes(notes);
    done = done && play(&guitar_bridge, notes, n, SIGNAL_DYNAMICS, rate_hz, out);
    free(notes);
    return done;
}

bool signal_make(double rate_hz, float *out)
{
    size_t first[SIGNAL_N_PARTS], n[SIGNAL_N_PARTS];
    for (size_t t = 0; t < signal_n_frames(rate_hz); t++)
        out[t] = 0;
    for (int p = 0; p < SIGNAL_N_PARTS; p++) {
        first[p] = (size_t)(signal_spans[p].start_s * rate_hz);
        n[p] = (size_t)(signal_spans[p].length_s * rate_hz);
    }
    clicks_make(rate_hz, false, out + first[SIGNAL_CLICKS_START], n[SIGNAL_CLICKS_START]);
    clicks_make(rate_hz, true, out + first[SIGNAL_CLICKS_END], n[SIGNAL_CLICKS_END]);
    levels_make(rate_hz, out + first[SIGNAL_LEVELS], n[SIGNAL_LEVELS]);
    sweeps_make(rate_hz, out + first[SIGNAL_SWEEPS], n[SIGNAL_SWEEPS]);
    noise_make(rate_hz, out + first[SIGNAL_NOISE], n[SIGNAL_NOISE]);
    if (!play_neck_and_dynamics(rate_hz, out) ||
        !play_score(&guitar_bridge, chords, 120, SIGNAL_CHORDS, rate_hz, out) ||
        !play_score(&guitar_bridge, mutes, 128, SIGNAL_MUTES, rate_hz, out) ||
        !play_score(&guitar_neck, slides, 120, SIGNAL_SLIDES, rate_hz, out) ||
        !play_score(&guitar_bridge, riffs, 120, SIGNAL_RIFFS, rate_hz, out) ||
        !play_score(&guitar_neck, repeated, 120, SIGNAL_REPEAT_A, rate_hz, out) ||
        !play_score(&guitar_neck, repeated, 120, SIGNAL_REPEAT_B, rate_hz, out) ||
        !play_score(&guitar_bridge, validation, 104, SIGNAL_VALIDATION, rate_hz, out))
        return false;
    for (int p = 0; p < SIGNAL_N_PARTS; p++)
        finish(out + first[p], n[p], signal_spans[p].peak, 0.03 * rate_hz);
    return true;
}

#define RIFF_S 15.5

size_t signal_riff_n_frames(double rate_hz)
{
    return (size_t)(RIFF_S * rate_hz);
}

bool signal_riff(double rate_hz, float *out)
{
    GuitarNote *notes = malloc(MAX_NOTES * sizeof *notes);
    if (!notes)
        return false;
    size_t n_frames = signal_riff_n_frames(rate_hz);
    for (size_t t = 0; t < n_frames; t++)
        out[t] = 0;
    double end_s;
    size_t n = score_read(riff, 126, 0.05, 3, notes, MAX_NOTES, &end_s);
    assert(end_s < RIFF_S);
    int failed = guitar_play(&guitar_bridge, notes, n, 9, rate_hz, out, n_frames);
    finish(out, n_frames, steady_gain(-3), 0.3 * rate_hz);
    free(notes);
    return !failed;
}
