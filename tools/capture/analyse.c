#include "capture/analyse.h"

#include "capture/delay.h"
#include "signal_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI          3.14159265358979323846
#define FLOOR_DB    -140.0
#define SILENT_DB   -90.0 /* a peak below this is no return */
#define FULL_SCALE  0.9999f
#define WORTH_DRIFT 0.1 /* frames over the whole take */

#define CHECK_S      1.0
#define CHECK_FRAMES 3.0

enum { FLAT_RUN = 4, MIN_FLAT_TOPS = 10, CHECK_REACH = 4096, FINE_REACH = 1024 };

typedef struct Take {
    const float *dry, *raw;
    size_t n_dry, n_raw;
    double rate_hz;
} Take;

static double db_of_power(double power)
{
    return power > 1e-14 ? 10 * log10(power) : FLOOR_DB;
}

static size_t frame_of(const Take *take, double s)
{
    return (size_t)(s * take->rate_hz);
}

static double power_of(const float *x, size_t n)
{
    double sum = 0;
    for (size_t t = 0; t < n; t++)
        sum += (double)x[t] * (double)x[t];
    return n ? sum / (double)n : 0;
}

/* ---- delay and drift */

static Delay delay_of_part(const Take *take, SignalPart part)
{
    const SignalSpan *span = &signal_spans[part];
    size_t start = frame_of(take, span->start_s), n = frame_of(take, span->length_s);
    size_t reach = frame_of(take, CAPTURE_MAX_DELAY_S);
    if (start + n + reach > take->n_raw)
        reach = take->n_raw - start - n;
    return delay_measure(DELAY_SMOOTH, take->dry + start, n, take->raw + start, reach);
}

static double middle_of(const Take *take, SignalPart part)
{
    return (signal_spans[part].start_s + signal_spans[part].length_s / 2) * take->rate_hz;
}

static bool drifts(const CaptureFacts *facts, size_t n_dry)
{
    return fabs(facts->drift_ppm) * 1e-6 * (double)n_dry > WORTH_DRIFT;
}

/* The same on raw resampled: lag in frames of dry's clock, behind trim. False: no memory. */
static bool delay_behind(const Take *take, SignalPart part, double trim, double step, Delay *delay)
{
    size_t start = frame_of(take, signal_spans[part].start_s),
           n = frame_of(take, signal_spans[part].length_s);
    float *wet = malloc((n + FINE_REACH) * sizeof *wet);
    if (!wet)
        return false;
    delay_resample(take->raw, take->n_raw, trim + (double)start * step, step, wet, n + FINE_REACH);
    DelayWay way = part == SIGNAL_NOISE ? DELAY_SHARP : DELAY_SMOOTH;
    *delay = delay_measure(way, take->dry + start, n, wet, FINE_REACH);
    free(wet);
    return true;
}

/* Clicks at both ends give the drift, roughly, then on raw with that taken out; the bursts of noise, all
 * frequencies at many levels, give the delay. */
static bool find_delay(const Take *take, CaptureFacts *facts)
{
    Delay head = delay_of_part(take, SIGNAL_CLICKS_START), foot = delay_of_part(take, SIGNAL_CLICKS_END),
          noise;
    if (facts->peak_db < SILENT_DB)
        return true;
    facts->cut_off = head.found && !foot.found;
    if (!head.found || !foot.found)
        return true;
    double between = middle_of(take, SIGNAL_CLICKS_END) - middle_of(take, SIGNAL_CLICKS_START);
    double drift = (foot.frames - head.frames) / between;
    double trim = fmax(floor(head.frames - drift * middle_of(take, SIGNAL_CLICKS_START)) - FINE_REACH / 8, 0);
    if (!delay_behind(take, SIGNAL_CLICKS_START, trim, 1 + drift, &head) ||
        !delay_behind(take, SIGNAL_CLICKS_END, trim, 1 + drift, &foot))
        return false;
    drift = (1 + drift) * (1 + (foot.frames - head.frames) / between) - 1;
    facts->drift_ppm = 1e6 * drift;
    double step = drifts(facts, take->n_dry) ? 1 + drift : 1;
    if (!delay_behind(take, SIGNAL_NOISE, trim, step, &noise))
        return false;
    facts->found = noise.found;
    facts->inverted = noise.inverted;
    facts->delay_frames = trim + noise.frames * step;
    facts->onset_frames = trim + noise.onset * step;
    return true;
}

/* The delay where a second of the music plays; false where it cannot be told clearly. */
static bool delay_at(const Take *take, size_t start, double expected, double *frames)
{
    size_t n = frame_of(take, CHECK_S);
    long from = (long)start + lround(expected) - CHECK_REACH / 2;
    if (from < 0 || (size_t)from + n + CHECK_REACH > take->n_raw)
        return false;
    Delay delay = delay_measure(DELAY_SHARP, take->dry + start, n, take->raw + from, CHECK_REACH);
    *frames = (double)(from - (long)start) + delay.frames;
    return delay.found;
}

/* Delays along the way must lie on the line from start to end; two neighbours that agree but lie beside it
 * show a jump. It is at the first that is nearer to the end's delay than to the start's. */
static void find_jump(const Take *take, CaptureFacts *facts)
{
    double total = facts->drift_ppm * 1e-6 * (double)take->n_dry, last = NAN, behind_s = 0;
    for (double s = signal_spans[SIGNAL_NOTES].start_s; s < signal_spans[SIGNAL_REST].start_s - 1; s += 5) {
        double middle = (s + CHECK_S / 2) * take->rate_hz, frames;
        double expected = facts->delay_frames + facts->drift_ppm * 1e-6 * middle;
        if (!delay_at(take, frame_of(take, s), expected, &frames))
            continue;
        bool agrees = fabs(frames - last) < 2;
        if (agrees && fabs(frames - expected) > CHECK_FRAMES)
            facts->jumped = true;
        if (fabs(frames - facts->delay_frames) < fabs(total) / 2)
            behind_s = 0;
        else if (behind_s == 0)
            behind_s = s;
        last = frames;
    }
    if (!facts->jumped)
        return;
    facts->jump_s = behind_s;
    facts->jump_frames = total;
}

/* ---- levels */

static void find_clipping(const Take *take, CaptureFacts *facts)
{
    float top = 0;
    for (size_t t = 0; t < take->n_raw; t++) {
        top = fmaxf(top, fabsf(take->raw[t]));
        facts->n_clipped += fabsf(take->raw[t]) >= FULL_SCALE;
    }
    facts->peak_db = db_of_power((double)top * (double)top);
    uint32_t run = 1, n_tops = 0;
    for (size_t t = 1; t < take->n_raw; t++) {
        bool flat = fabsf(take->raw[t]) > 0.98f * top && fabsf(take->raw[t] - take->raw[t - 1]) < 1e-6f * top;
        run = flat ? run + 1 : 1;
        n_tops += run == FLAT_RUN;
    }
    facts->n_flat_tops = top > 0 && top < FULL_SCALE && n_tops >= MIN_FLAT_TOPS ? n_tops : 0;
}

/* Power of the sine of hz in x[n] under Hann's window. */
static double tone_power(const float *x, size_t n, double hz, double rate_hz)
{
    double re = 0, im = 0, weight = 0;
    for (size_t t = 0; t < n; t++) {
        double hann = 0.5 - 0.5 * cos(2 * PI * ((double)t + 0.5) / (double)n),
               turn = 2 * PI * hz * (double)t / rate_hz;
        re += hann * (double)x[t] * cos(turn);
        im += hann * (double)x[t] * sin(turn);
        weight += hann;
    }
    return 2 * (re * re + im * im) / (weight * weight);
}

/* Power of the harmonics of hz that stand 10 dB above their neighbourhood. */
static double hum_power(const float *x, size_t n, double hz, double rate_hz)
{
    double sum = 0;
    for (int k = 1; k <= 10; k++) {
        double here = tone_power(x, n, k * hz, rate_hz);
        double beside = tone_power(x, n, k * hz - 4, rate_hz) + tone_power(x, n, k * hz + 4, rate_hz) +
                        tone_power(x, n, k * hz - 5.5, rate_hz) + tone_power(x, n, k * hz + 5.5, rate_hz);
        if (here > 10 * beside / 4)
            sum += here;
    }
    return sum;
}

static void find_noise(const float *silence, size_t n, double rate_hz, CaptureFacts *facts)
{
    facts->noise_db = db_of_power(power_of(silence, n));
    double at_50 = hum_power(silence, n, 50, rate_hz), at_60 = hum_power(silence, n, 60, rate_hz);
    double hum = fmax(at_50, at_60);
    facts->hum_db = db_of_power(hum);
    facts->hum_hz = facts->hum_db < -110 ? 0 : at_50 > at_60 ? 50 : 60;
}

/* The steps of rising tone: one that comes back over 8 dB weaker than its louder neighbour promises, though
 * noise would not hide it, was gated. */
static void find_gate(const Take *take, long trim, double noise_power, CaptureFacts *facts)
{
    double louder_gain_db = 0;
    for (int i = SIGNAL_N_LEVELS - 1; i >= 0; i--) {
        double start_s = signal_spans[SIGNAL_LEVELS].start_s + i * SIGNAL_LEVEL_S;
        size_t start = frame_of(take, start_s + 0.1) + (size_t)trim,
               n = frame_of(take, SIGNAL_LEVEL_S - 0.15);
        double power = tone_power(take->raw + start, n, SIGNAL_LEVEL_HZ, take->rate_hz);
        double level_db = 20 * log10(signal_level(i)), gain_db = db_of_power(power) - level_db;
        double hidden_db = db_of_power(noise_power / (double)n * 10) + 10;
        if (i < SIGNAL_N_LEVELS - 1 && gain_db < louder_gain_db - 8 &&
            louder_gain_db + level_db > hidden_db) {
            facts->gated = true;
            facts->gate_db = level_db;
            return;
        }
        louder_gain_db = gain_db;
    }
}

/* ---- sameness */

static double difference_db(const float *a, const float *b, size_t n)
{
    double difference = 0, power = 0;
    for (size_t t = 0; t < n; t++) {
        double d = (double)a[t] - (double)b[t];
        difference += d * d;
        power += ((double)a[t] * (double)a[t] + (double)b[t] * (double)b[t]) / 2;
    }
    return power > 0 ? db_of_power(difference / power) : 0;
}

static bool find_repeatability(const Take *take, CaptureFacts *facts)
{
    double a_s = signal_spans[SIGNAL_REPEAT_A].start_s, b_s = signal_spans[SIGNAL_REPEAT_B].start_s;
    double step = 1 + (drifts(facts, take->n_dry) ? facts->drift_ppm * 1e-6 : 0),
           trim = floor(facts->delay_frames);
    /* The second play runs into its own successor: leave out the last tenth of a second, and the first, where
     * what came before still rings. */
    size_t skip = frame_of(take, 0.5), n = frame_of(take, signal_spans[SIGNAL_REPEAT_A].length_s - 0.6);
    float *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
    bool ok = a && b;
    if (ok) {
        double from_a = (double)(frame_of(take, a_s) + skip), from_b = (double)(frame_of(take, b_s) + skip);
        delay_resample(take->raw, take->n_raw, trim + from_a * step, step, a, n);
        delay_resample(take->raw, take->n_raw, trim + from_b * step, step, b, n);
        facts->repeat_db = difference_db(a, b, n) - 10 * log10(2);
    }
    free(a);
    free(b);
    return ok;
}

/* Whether dry at the right gain and delay explains the return to -45 dB, on a loud part. */
static bool find_cable(const Take *take, CaptureFacts *facts)
{
    size_t start = frame_of(take, signal_spans[SIGNAL_CHORDS].start_s + 1), n = frame_of(take, 3);
    float *wet = malloc(n * sizeof *wet);
    if (!wet)
        return false;
    double step = 1 + facts->drift_ppm * 1e-6;
    delay_resample(take->raw, take->n_raw, facts->delay_frames + (double)start * step, step, wet, n);
    double cross = 0, dry_power = 0, wet_power = 0;
    for (size_t t = 0; t < n; t++) {
        double x = take->dry[start + t], y = wet[t];
        cross += x * y, dry_power += x * x, wet_power += y * y;
    }
    double rest = wet_power - cross * cross / dry_power;
    facts->is_cable = wet_power > 0 && rest < 3e-5 * wet_power;
    free(wet);
    return true;
}

bool capture_measure(const float *dry, size_t n_dry, const float *raw, size_t n_raw, double rate_hz,
                     CaptureFacts *facts)
{
    Take take = {dry, raw, n_dry, n_raw, rate_hz};
    *facts = (CaptureFacts){.noise_db = FLOOR_DB, .hum_db = FLOOR_DB, .repeat_db = 0};
    find_clipping(&take, facts);
    if (!find_delay(&take, facts))
        return false;
    if (!facts->found)
        return true;
    long trim = (long)facts->delay_frames;
    size_t silence = frame_of(&take, signal_spans[SIGNAL_SILENCE].start_s + 0.3) + (size_t)trim;
    size_t n_silence = frame_of(&take, signal_spans[SIGNAL_SILENCE].length_s - 0.4);
    find_noise(raw + silence, n_silence, rate_hz, facts);
    find_gate(&take, trim, power_of(raw + silence, n_silence), facts);
    find_jump(&take, facts);
    return find_repeatability(&take, facts) && find_cable(&take, facts);
}

long capture_trim(const CaptureFacts *facts, double lead)
{
    long trim = lead < 0 ? (long)floor(facts->onset_frames) : lround(facts->delay_frames - lead);
    return trim > 0 ? trim : 0;
}

void capture_align(const float *raw, size_t n_raw, const CaptureFacts *facts, long trim, float *wet,
                   size_t n_dry)
{
    if (drifts(facts, n_dry)) {
        delay_resample(raw, n_raw, (double)trim, 1 + facts->drift_ppm * 1e-6, wet, n_dry);
        return;
    }
    for (size_t t = 0; t < n_dry; t++)
        wet[t] = t + (size_t)trim < n_raw ? raw[t + (size_t)trim] : 0;
}
