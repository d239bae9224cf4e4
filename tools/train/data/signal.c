/* Pairs whose dry sound is the capture signal: its clicks tell where wet lies, its parts tell how good the
 * take is. */
#include "capture/analyse.h"
#include "train/data/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 512 }; /* frames left before the answer, for the measurement to look around in */

void train_find_signal(TrainTake *take, bool *has_guess, TrainLine *guess)
{
    SignalLayout wet;
    const TrainSound *x = &take->dry, *y = &take->wet;
    *has_guess = false;
    take->has_signal = signal_find(x->x, x->n, x->rate_hz, &take->layout) == SIGNAL_WHOLE;
    if (!take->has_signal || signal_find(y->x, y->n, y->rate_hz, &wet) != SIGNAL_WHOLE)
        return;
    guess->step = wet.stretch / take->layout.stretch;
    guess->at = wet.start - take->layout.start * guess->step;
    *has_guess = true;
}

static void note_words(const TrainTake *take, const CaptureFacts *facts, TrainData *data)
{
    CaptureWord words[CAPTURE_MAX_WORDS];
    size_t n = capture_judge(facts, take->dry.rate_hz, words);
    for (size_t i = 0; i < n; i++)
        train_note(data, words[i].weight == CAPTURE_REFUSAL, "%.60s: %.190s", train_name(take->wet.path),
                   words[i].text);
}

static bool measure(TrainTake *take, const float *signal, size_t n, float *raw, size_t n_raw, TrainData *data)
{
    const TrainLine *line = &take->align.line;
    long start = lround(take->layout.start),
         first = (long)floor(line->at + (double)start * line->step) - AHEAD;
    for (size_t t = 0; t < n_raw; t++) {
        long from = first + (long)t;
        raw[t] = from >= 0 && (size_t)from < take->wet.n ? take->wet.x[from] : 0;
    }
    CaptureFacts facts;
    if (!capture_measure(signal, n, raw, n_raw, take->dry.rate_hz, &facts))
        return false;
    note_words(take, &facts, data);
    if (!facts.found || facts.jumped)
        return true;
    double step = 1 + facts.drift_ppm * 1e-6;
    if (fabs(facts.drift_ppm) * 1e-6 * (double)n < 0.1)
        step = 1;
    take->align.line = (TrainLine){(double)first + facts.delay_frames - (double)start * step, step};
    take->align.inverted = facts.inverted;
    take->best_esr = pow(10, facts.repeat_db / 10);
    return true;
}

bool train_measure_signal(TrainTake *take, TrainData *data)
{
    size_t n = signal_n_frames(take->dry.rate_hz),
           n_raw = n + (size_t)ceil(CAPTURE_MAX_DELAY_S * take->dry.rate_hz);
    long start = lround(take->layout.start);
    float *signal = calloc(n, sizeof *signal), *raw = malloc(n_raw * sizeof *raw);
    bool ok = signal && raw;
    for (size_t t = 0; ok && t < n; t++) {
        long from = start + (long)t;
        signal[t] = from >= 0 && (size_t)from < take->dry.n ? take->dry.x[from] : 0;
    }
    if (ok)
        ok = measure(take, signal, n, raw, n_raw, data);
    free(signal);
    free(raw);
    return ok;
}
