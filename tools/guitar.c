#include "guitar.h"

#include "steady.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 8192, LINE_MASK = LINE - 1 };

const GuitarSetup guitar_bridge = {.pickup = 0.085, .pick = 0.14, .resonance_hz = 4300, .resonance_q = 1.9};
const GuitarSetup guitar_neck = {.pickup = 0.24, .pick = 0.18, .resonance_hz = 3600, .resonance_q = 1.5};

static const double open_hz[GUITAR_STRINGS] = {82.4069, 110.0, 146.8324, 195.9977, 246.9417, 329.6276};
/* Wound strings and the plain third are louder under the pickup than the thin ones. */
static const double string_gain[GUITAR_STRINGS] = {1.0, 0.95, 0.9, 0.9, 0.75, 0.7};

/* A stiff string carries its high partials faster: all-pass sections, each with this delay low down. They
 * make the low E's partials 2 percent sharp at 2 kHz, those of thinner strings less. */
enum { SECTIONS = 4 };
static const double section_s[GUITAR_STRINGS] = {190e-6, 130e-6, 90e-6, 60e-6, 28e-6, 16e-6};

/* How the string loses energy: time to fall by 60 dB, low down and at 3 kHz. */
typedef struct Decay {
    double low_s, high_s;
} Decay;

/* One plane in which the string moves: a delay line closed over a one-pole low-pass. */
typedef struct Plane {
    double line[LINE];
    double delay, delay_step; /* frames; moves linearly within a control block */
    double gain, pole, lowpass;
    double section[SECTIONS]; /* what each all-pass remembers */
} Plane;

typedef struct String {
    Plane planes[2];
    uint32_t at;
    double open_hz, pickup_frames, section_frames, stiffness; /* stiffness: the all-passes' coefficient */
    const GuitarNote *note;                                   /* sounding now; NULL before the first */
    const GuitarNote *next;
    double age_s;
    double rise_s, width_s, strength; /* the pluck: edges, length, level */
    uint64_t noise;
    double energy;
} String;

static double period_gain(double hz, double decay_s)
{
    return steady_exp2(-9.9657842846620869 / (hz * decay_s));
}

/* Pole of (1 - b) / (1 - b z^-1) with magnitude r at the angle given by turns of a sample. */
static double pole_for(double r, double turns)
{
    double cosine = steady_sine(turns + 0.25);
    double p = 1 - r * r * cosine, q = 1 - r * r;
    return q < 1e-12 ? 0 : (p - sqrt(p * p - q * q)) / q;
}

/* Arc tangent of t >= 0, halved twice and then by its series. */
static double arc(double t)
{
    t /= 1 + sqrt(1 + t * t);
    t /= 1 + sqrt(1 + t * t);
    double tt = t * t;
    return 4 * t * (1 - tt * (1.0 / 3 - tt * (1.0 / 5 - tt * (1.0 / 7 - tt * (1.0 / 9 - tt / 11)))));
}

/* Phase delay in frames of that filter at an angle. */
static double pole_delay(double b, double turns)
{
    double t = b * steady_sine(turns) / (1 - b * steady_sine(turns + 0.25));
    return arc(t) / (6.28318530717958647693 * turns);
}

/* The same of an all-pass section whose delay low down is `frames`. */
static double section_delay(double frames, double turns)
{
    double half_tangent = steady_sine(turns / 2) / steady_sine(turns / 2 + 0.25);
    return arc(frames * half_tangent) / (3.14159265358979323846 * turns);
}

static Decay decay_of(const GuitarNote *note, double hz)
{
    Decay open = {10.0 * sqrt(82.4 / hz), 3.2 * sqrt(sqrt(82.4 / hz))};
    if (note->fret > 0)
        open.low_s *= 0.8, open.high_s *= 0.8;
    double tight = note->mute;
    Decay muted = {0.6 - 0.3 * tight, 0.16 - 0.11 * tight};
    return tight > 0 ? muted : open;
}

static double pitch_of(const String *string)
{
    const GuitarNote *note = string->note;
    double frets = note->fret;
    double into = (string->age_s - note->length_s / 3) / (note->glide_s > 0 ? note->glide_s : 1);
    if (note->glide != 0 && into > 0) {
        double along = into < 1 ? into : 1;
        frets += note->glide * along * along * (3 - 2 * along);
    }
    if (note->vibrato > 0 && string->age_s > note->length_s / 2)
        frets += note->vibrato * steady_sine((string->age_s - note->length_s / 2) * 5.5);
    return string->open_hz * steady_exp2(frets / 12);
}

/* A string struck hard starts a little sharp. */
static double sharpening(const String *string)
{
    double age = string->age_s * 6;
    return 1 + 0.0035 * string->note->velocity * string->note->velocity / (1 + age * age);
}

static void pluck(String *string, const GuitarSetup *setup)
{
    const GuitarNote *note = string->note;
    double hardness = sqrt(note->velocity);
    double hz = string->open_hz * steady_exp2(note->fret / 12);
    string->age_s = 0;
    string->rise_s = 0.0014 - 0.00115 * hardness;
    string->width_s = setup->pick / string->open_hz;
    if (string->width_s > 0.45 / hz)
        string->width_s = 0.45 / hz;
    string->strength = note->velocity;
    string->energy = 1;
}

/* Set the planes for the block of block_frames that begins now. */
static void control(String *string, double now_s, double rate_hz, int block_frames)
{
    const GuitarNote *note = string->note;
    double hz = pitch_of(string) * sharpening(string);
    Decay decay = decay_of(note, hz);
    if (string->age_s > note->length_s)
        decay = (Decay){0.12, 0.03};
    if (string->next && string->next->start_s - now_s < 0.008)
        decay = (Decay){0.03, 0.01};
    for (int p = 0; p < 2; p++) {
        Plane *plane = &string->planes[p];
        double f = hz * (p ? 1.0004 : 1.0);
        double slower = p ? 1.5 : 1.0;
        double low = period_gain(f, decay.low_s * slower), high = period_gain(f, decay.high_s * slower);
        plane->gain = low;
        plane->pole = pole_for(high / low, 3000 / rate_hz);
        double delay = rate_hz / f - pole_delay(plane->pole, f / rate_hz) -
                       SECTIONS * section_delay(string->section_frames, f / rate_hz);
        plane->delay_step = (delay - plane->delay) / block_frames;
        if (plane->delay == 0)
            plane->delay = delay, plane->delay_step = 0;
    }
}

static double smooth_step(double x)
{
    return x <= 0 ? 0 : x >= 1 ? 1 : x * x * (3 - 2 * x);
}

/* The wave a pluck sends out: velocity is a pulse as long as the way from pick to bridge and back. */
static double excitation(String *string)
{
    double t = string->age_s;
    if (t > string->width_s + string->rise_s)
        return 0;
    double pulse = smooth_step(t / string->rise_s) - smooth_step((t - string->width_s) / string->rise_s);
    double scrape = steady_noise(&string->noise) * 0.2 * string->strength;
    return string->strength * (pulse + scrape * (t < 0.002 ? 1 - t * 500 : 0));
}

/* Third-order Lagrange interpolation `delay` frames behind `at`. */
static double line_read(const double *line, uint32_t at, double delay)
{
    uint32_t whole = (uint32_t)delay;
    double d = delay - whole + 1; /* 1…2, in the middle of four points */
    uint32_t i = at - whole + 1;
    double x0 = line[i & LINE_MASK], x1 = line[(i - 1) & LINE_MASK];
    double x2 = line[(i - 2) & LINE_MASK], x3 = line[(i - 3) & LINE_MASK];
    double a = d - 1, b = d - 2, c = d - 3;
    return -a * b * c * x0 / 6 + d * b * c * x1 / 2 - d * a * c * x2 / 2 + d * a * b * x3 / 6;
}

/* c + z^-1 over 1 + c z^-1, SECTIONS times, each with one state. */
static double stiffen(Plane *plane, double c, double x)
{
    for (int i = 0; i < SECTIONS; i++) {
        double y = c * x + plane->section[i];
        plane->section[i] = x - c * y;
        x = y;
    }
    return x;
}

static double plane_step(Plane *plane, const String *string, double pushed)
{
    uint32_t at = string->at;
    double back = stiffen(plane, string->stiffness, line_read(plane->line, at, plane->delay));
    plane->delay += plane->delay_step;
    plane->lowpass = back + plane->pole * (plane->lowpass - back);
    double wave = plane->gain * plane->lowpass + pushed;
    plane->line[at & LINE_MASK] = wave;
    return wave - line_read(plane->line, at, string->pickup_frames);
}

static void string_run(String *string, double gain, double rate_hz, double *out, int n_frames)
{
    double sum = 0;
    for (int t = 0; t < n_frames; t++) {
        double pushed = excitation(string);
        double x = plane_step(&string->planes[0], string, pushed);
        x += 0.5 * plane_step(&string->planes[1], string, 0.4 * pushed);
        out[t] += gain * x;
        sum += x * x;
        string->at++;
        string->age_s += 1 / rate_hz;
    }
    string->energy = 0.98 * string->energy + sum;
}

/* Notes of one string come in order; NULL after the last. */
static const GuitarNote *next_on(const GuitarNote *from, const GuitarNote *end, int string)
{
    for (; from < end; from++)
        if (from->string == string)
            return from;
    return NULL;
}

/* Pickup and cable: a resonant low-pass; and a first-order high-pass at 30 Hz. */
typedef struct Pickup {
    double b0, b1, b2, a1, a2, x1, x2, y1, y2, low, low_step;
} Pickup;

static Pickup pickup_of(const GuitarSetup *setup, double rate_hz)
{
    double turns = setup->resonance_hz / rate_hz;
    double sine = steady_sine(turns), cosine = steady_sine(turns + 0.25);
    double alpha = sine / (2 * setup->resonance_q), a0 = 1 + alpha, b1 = (1 - cosine) / a0;
    return (Pickup){.b0 = b1 / 2,
                    .b1 = b1,
                    .b2 = b1 / 2,
                    .a1 = -2 * cosine / a0,
                    .a2 = (1 - alpha) / a0,
                    .low_step = 6.28318530717958647693 * 30 / rate_hz};
}

static double pickup_step(Pickup *p, double x)
{
    double y = p->b0 * x + p->b1 * p->x1 + p->b2 * p->x2 - p->a1 * p->y1 - p->a2 * p->y2;
    p->x2 = p->x1, p->x1 = x, p->y2 = p->y1, p->y1 = y;
    p->low += p->low_step * (y - p->low);
    return y - p->low;
}

/* Begin what is due within this block; true if the string has anything to sound. */
static bool string_turn(String *string, int index, const GuitarSetup *setup, double now_s,
                        const GuitarNote *end)
{
    while (string->next && string->next->start_s <= now_s) {
        string->note = string->next;
        string->next = next_on(string->note + 1, end, index);
        pluck(string, setup);
    }
    return string->note && string->energy > 1e-14;
}

int guitar_play(const GuitarSetup *setup, const GuitarNote *notes, size_t n_notes, uint64_t seed,
                double rate_hz, float *out, size_t n_frames)
{
    enum { BLOCK = 32 };
    String *strings = calloc(GUITAR_STRINGS, sizeof *strings);
    if (!strings)
        return -1;
    for (int s = 0; s < GUITAR_STRINGS; s++) {
        strings[s].open_hz = open_hz[s];
        strings[s].pickup_frames = setup->pickup / open_hz[s] * rate_hz;
        strings[s].section_frames = section_s[s] * rate_hz;
        strings[s].stiffness = (1 - strings[s].section_frames) / (1 + strings[s].section_frames);
        strings[s].noise = seed + (uint64_t)s * 0x9E3779B97F4A7C15ULL;
        strings[s].next = next_on(notes, notes + n_notes, s);
    }
    Pickup pickup = pickup_of(setup, rate_hz);
    for (size_t t = 0; t < n_frames; t += BLOCK) {
        int n = n_frames - t < BLOCK ? (int)(n_frames - t) : BLOCK;
        double mix[BLOCK] = {0}, now_s = (double)t / rate_hz;
        for (int s = 0; s < GUITAR_STRINGS; s++) {
            if (!string_turn(&strings[s], s, setup, now_s, notes + n_notes))
                continue;
            control(&strings[s], now_s, rate_hz, n);
            string_run(&strings[s], string_gain[s], rate_hz, mix, n);
        }
        for (int i = 0; i < n; i++)
            out[t + (size_t)i] += (float)pickup_step(&pickup, 0.25 * mix[i]);
    }
    free(strings);
    return 0;
}
