/* How loud a net plays, for models whose file does not say. */
#include <math.h>

#include "filter.h"
#include "fpu.h"
#include "net.h"

/* The built-in guitar: six strings, each a sum of partials that start together and die away, the higher the
 * sooner, struck one after the other. A plucked string's partials fall with the square of their number, and
 * those with a node where it is plucked are missing (Fletcher and Rossing, "The Physics of Musical
 * Instruments", ch. 2); a magnetic pickup hears velocity, which gives one power back. */
enum { N_STRINGS = 6, N_PARTIALS = 20, BLOCK = 256 };
static const double stroke_s = 0.012, chord_s = 0.5, pluck_at = 0.13;

/* E major and A major, low string first, Hz. 0: not played. */
static const double chords[2][N_STRINGS] = {{82.407, 123.471, 164.814, 207.652, 246.942, 329.628},
                                            {0, 110.000, 164.814, 220.000, 277.183, 329.628}};

/* Brings the sound to -15 dB RMS, the level of the noise that Neural Amp Modeler states loudness for. */
static const float level = 0.2834f;

/* Spreads the partials' phases, so that the strokes stay below full scale. */
static const double spread = 2.4;
static const double pi = 3.14159265358979323846;

/* Every partial of every string is a point turning on a shrinking circle. */
typedef struct Guitar {
    float re[N_STRINGS * N_PARTIALS], im[N_STRINGS * N_PARTIALS];
    float turn_re[N_STRINGS * N_PARTIALS], turn_im[N_STRINGS * N_PARTIALS];
} Guitar;

static void pluck(Guitar *guitar, int string, double pitch_hz, double rate_hz)
{
    for (int k = 0; k < N_PARTIALS; k++) {
        const int i = string * N_PARTIALS + k;
        const double f_hz = pitch_hz * (k + 1);
        const bool heard = pitch_hz > 0 && f_hz < 0.45 * rate_hz;
        const double decay = exp(-(2 + f_hz / 300) / rate_hz), turn = 2 * pi * f_hz / rate_hz;
        const double size = heard ? sin(pi * (k + 1) * pluck_at) / (k + 1) : 0,
                     phase = spread * (i + 1) * (k + 1);
        guitar->re[i] = (float)(size * cos(phase));
        guitar->im[i] = (float)(size * sin(phase));
        guitar->turn_re[i] = (float)(decay * cos(turn));
        guitar->turn_im[i] = (float)(decay * sin(turn));
    }
}

static float next_sample(Guitar *guitar)
{
    float sum = 0;
    for (int i = 0; i < N_STRINGS * N_PARTIALS; i++) {
        const float re = guitar->re[i], im = guitar->im[i];
        guitar->re[i] = re * guitar->turn_re[i] - im * guitar->turn_im[i];
        guitar->im[i] = re * guitar->turn_im[i] + im * guitar->turn_re[i];
    }
    for (int i = 0; i < N_STRINGS * N_PARTIALS; i++)
        sum += guitar->re[i];
    return sum * level;
}

/* n frames from frame `at` of the sound. */
static void play(Guitar *guitar, double rate_hz, uint64_t at, float *x, uint32_t n)
{
    for (uint32_t t = 0; t < n; t++) {
        for (int chord = 0; chord < 2; chord++)
            for (int string = 0; string < N_STRINGS; string++)
                if (at + t == (uint64_t)((chord * chord_s + string * stroke_s) * rate_hz))
                    pluck(guitar, string, chords[chord][string], rate_hz);
        x[t] = next_sample(guitar);
    }
}

double gruff_net_measure_loudness(GruffNet *net)
{
    GruffNetLevels *levels = gruff_net_levels(net);
    if (isfinite(levels->loudness_db))
        return levels->loudness_db;
    const uint64_t n_frames = (uint64_t)(2 * chord_s * levels->rate_hz) / BLOCK * BLOCK;
    const uint64_t mode = gruff_fpu_flush();
    Guitar guitar = {0};
    float x[BLOCK], y[GRUFF_MAX_CHANNELS][BLOCK];
    double sum = 0, squares = 0;
    gruff_net_reset(net);
    for (uint64_t at = 0; at < n_frames; at += BLOCK) {
        play(&guitar, levels->rate_hz, at, x, BLOCK);
        gruff_net_run(net, (const float *const[]){x, x}, (float *const[]){y[0], y[1]}, NULL, BLOCK);
        for (uint32_t t = 0; t < BLOCK; t++) {
            sum += y[0][t];
            squares += (double)y[0][t] * y[0][t];
        }
    }
    gruff_net_reset(net);
    gruff_fpu_restore(mode);
    const double mean = sum / (double)n_frames, power = squares / (double)n_frames - mean * mean;
    if (power > 1e-12)
        levels->loudness_db = 10 * log10(power);
    return levels->loudness_db;
}
