#include "capture/analyse.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "gruff.h"

typedef struct Words {
    CaptureWord *word;
    size_t n;
} Words;

GRUFF_PRINTF(3, 4) static void add(Words *words, CaptureWeight weight, const char *format, ...)
{
    if (words->n == CAPTURE_MAX_WORDS)
        return;
    CaptureWord *word = &words->word[words->n++];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(word->text, sizeof word->text, format, arguments);
    va_end(arguments);
    word->weight = weight;
}

const char *capture_error_word(double esr_db)
{
    static const struct {
        double below_db;
        const char *word;
    } scale[] = {{-40, "excellent"}, {-30, "great"}, {-20, "good"}, {-13, "fair"}, {1000, "poor"}};
    int i = 0;
    while (esr_db >= scale[i].below_db)
        i++;
    return scale[i].word;
}

static void judge_level(const CaptureFacts *facts, Words *words)
{
    if (facts->n_clipped)
        add(words, CAPTURE_REFUSAL,
            "the interface clipped: %llu samples at full scale; turn its input down a few dB and take it again",
            (unsigned long long)facts->n_clipped);
    else if (facts->n_flat_tops)
        add(words, CAPTURE_WARNING,
            "the return is cut flat at %.1f dBFS in %u places: something digital clips before it is recorded; unless "
            "the gear does that itself, turn its output down",
            facts->peak_db, facts->n_flat_tops);
    else if (facts->peak_db < -30)
        add(words, CAPTURE_WARNING, "the return is weak (peak %.1f dBFS): turn the interface's input up",
            facts->peak_db);
}

static void judge_clock(const CaptureFacts *facts, double rate_hz, Words *words)
{
    if (facts->jumped)
        add(words, CAPTURE_REFUSAL,
            "sound was lost or put in at about %.0f s (a jump of %.0f frames); close other programs, use larger "
            "--frames, and take it again",
            facts->jump_s, facts->jump_frames);
    else if (fabs(facts->drift_ppm) > 500)
        add(words, CAPTURE_REFUSAL,
            "input and output run at different rates (%.0f ppm apart); use one device for both",
            facts->drift_ppm);
    else if (fabs(facts->drift_ppm) > 0.5)
        add(words, CAPTURE_WARNING,
            "the clocks of input and output drift apart by %.2f ppm (put right by resampling); one device for both "
            "is better",
            facts->drift_ppm);
    if (facts->delay_frames / rate_hz > 0.2)
        add(words, CAPTURE_NOTE, "the round trip is long: %.0f ms; is an effect with delay switched on?",
            1e3 * facts->delay_frames / rate_hz);
}

static void judge_gear(const CaptureFacts *facts, Words *words)
{
    if (facts->inverted)
        add(words, CAPTURE_NOTE,
            "the gear turns the signal upside down, as many amps do; the model will too");
    if (facts->gated)
        add(words, CAPTURE_WARNING,
            "a gate is on: tones of %.0f dBFS and below vanish; switch the noise gate off, or the model learns it",
            facts->gate_db);
    if (facts->hum_hz > 0 && facts->hum_db > -70)
        add(words, facts->hum_db > -50 ? CAPTURE_WARNING : CAPTURE_NOTE,
            "mains hum of %.0f Hz at %.1f dBFS: look for a ground loop, move the cables", facts->hum_hz,
            facts->hum_db);
    if (facts->noise_db > -50)
        add(words, CAPTURE_WARNING,
            "the noise floor is high: %.1f dBFS; less gain, or a quieter place to pick it up",
            facts->noise_db);
    if (facts->is_cable)
        add(words, CAPTURE_WARNING,
            "what came back is the signal itself: is the gear bypassed, or does the interface monitor directly?");
    if (facts->repeat_db > -20)
        add(words, CAPTURE_WARNING,
            "the same phrase came back differently the second time: noise, a modulation effect, or a loose cable; "
            "no model can do better than %.1f dB",
            facts->repeat_db);
}

size_t capture_judge(const CaptureFacts *facts, double rate_hz, CaptureWord word[CAPTURE_MAX_WORDS])
{
    Words words = {word, 0};
    if (facts->cut_off) {
        add(&words, CAPTURE_REFUSAL,
            "the end of the signal did not come back: was the gear switched off or a cable pulled? Take it again");
        return words.n;
    }
    if (!facts->found) {
        add(&words, CAPTURE_REFUSAL,
            "the signal did not come back (peak %.1f dBFS): check cables, the channels (--input-channel, "
            "--output-channel) and the levels",
            facts->peak_db);
        return words.n;
    }
    judge_level(facts, &words);
    judge_clock(facts, rate_hz, &words);
    judge_gear(facts, &words);
    return words.n;
}
