#include "score.h"

#include "steady.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What applies to all notes of a step. */
typedef struct Step {
    double velocity, mute, glide, vibrato;
    int sixteenths;
    bool up, ring;
} Step;

static int string_of(char c)
{
    const char *names = "EADGBe", *at = strchr(names, c);
    return c && at ? (int)(at - names) : -1;
}

static int number(const char **text)
{
    char *end;
    long n = strtol(*text, &end, 10);
    assert(end != *text && n >= 0 && n < 1000);
    *text = end;
    return (int)n;
}

static const char *step_read(const char *text, Step *step)
{
    for (; *text && *text != ' ';) {
        char c = *text++;
        if (c == ':')
            step->sixteenths = number(&text);
        else if (c == '/' || c == '^')
            step->glide = number(&text);
        else if (c == '\\')
            step->glide = -number(&text);
        else if (c == 'm')
            step->mute = 0.75;
        else if (c == 'x')
            step->mute = 1;
        else if (c == '!')
            step->velocity *= 1.25;
        else if (c == '?')
            step->velocity *= 0.5;
        else if (c == '~')
            step->vibrato = 0.25;
        else if (c == 'u')
            step->up = true;
        else if (c == 'r')
            step->ring = true;
        else
            assert(!"a score holds an unknown sign");
    }
    return text;
}

static int by_start(const void *a, const void *b)
{
    const GuitarNote *x = a, *y = b;
    if (x->start_s != y->start_s)
        return x->start_s < y->start_s ? -1 : 1;
    return x->string - y->string;
}

/* Give the n notes of a step their time and touch. */
static void step_play(const Step *step, GuitarNote *notes, int n, double now_s, double sixteenth_s,
                      uint64_t *seed)
{
    double length_s = step->sixteenths * sixteenth_s;
    double late_s = 0.004 * (1 + steady_noise(seed));
    double between_s = 0.009 - 0.005 * (step->velocity < 1 ? step->velocity : 1);
    for (int i = 0; i < n; i++) {
        int place = step->up ? n - 1 - i : i;
        double velocity = step->velocity * (1 + 0.08 * steady_noise(seed));
        notes[i].start_s = now_s + late_s + place * between_s;
        notes[i].length_s = step->ring ? 60 : 0.95 * length_s;
        notes[i].velocity = velocity < 1 ? velocity : 1;
        notes[i].mute = step->mute;
        notes[i].glide = step->glide;
        notes[i].glide_s = length_s / 4;
        notes[i].vibrato = step->vibrato;
    }
}

size_t score_read(const char *text, double bpm, double start_s, uint64_t seed, GuitarNote *notes, size_t max,
                  double *end_s)
{
    double velocity = 0.8, now_s = start_s, sixteenth_s = 15 / bpm;
    size_t count = 0;
    while (*text && count + GUITAR_STRINGS <= max) {
        if (*text == ' ' || *text == '|') {
            text++;
            continue;
        }
        if (*text == 'v') {
            text++;
            velocity = number(&text) / 100.0;
            continue;
        }
        int n = 0;
        text += *text == '.';
        for (int string; (string = string_of(*text)) >= 0; n++) {
            text++;
            notes[count + (size_t)n] = (GuitarNote){.string = string, .fret = number(&text)};
        }
        Step step = {.velocity = velocity, .sixteenths = 2};
        text = step_read(text, &step);
        step_play(&step, notes + count, n, now_s, sixteenth_s, &seed);
        count += (size_t)n;
        now_s += step.sixteenths * sixteenth_s;
    }
    qsort(notes, count, sizeof *notes, by_start);
    if (end_s)
        *end_s = now_s;
    return count;
}
