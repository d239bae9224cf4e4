#include "gear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

void gear_start(GearState *state, const Gear *gear, double rate_hz, uint64_t seed)
{
    memset(state, 0, sizeof *state);
    state->gear = *gear;
    state->rate_hz = rate_hz;
    state->seed = seed | 1;
    state->weight_for = -1;
    state->noise = gear->noise_db < 0 ? pow(10, gear->noise_db / 20) : 0;
    state->hum = gear->hum_db < 0 ? pow(10, gear->hum_db / 20) : 0;
    state->gate = gear->gate_db < 0 ? pow(10, gear->gate_db / 20) : 0;
}

/* Xorshift (Marsaglia 2003); the sum of four uniform numbers of variance 1/12 each, scaled to variance 1. */
static double random_normal(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    double sum = 0;
    for (int shift = 0; shift < 64; shift += 16)
        sum += (double)(*seed >> shift & 0xffff) / 65536 - 0.5;
    return sum * sqrt(3);
}

/* A Blackman-windowed sinc for a place `part` of a frame on, from its definition. */
static void weigh(double part, double *weight)
{
    double s = sin(PI * part);
    for (int i = 1 - GEAR_TAPS / 2; i <= GEAR_TAPS / 2; i++) {
        double d = part - i, w = 0.42 + 0.5 * cos(PI * d / 25) + 0.08 * cos(2 * PI * d / 25);
        weight[i + GEAR_TAPS / 2 - 1] = fabs(d) < 1e-9 ? 1 : w * (i & 1 ? -s : s) / (PI * d);
    }
}

/* History at a place between samples; the weights are made anew once the place has moved by 1/2000 frame. */
static double between(GearState *state, double where)
{
    double whole = floor(where), part = where - whole, sum = 0;
    if (whole < GEAR_TAPS)
        return 0;
    if (fabs(part - state->weight_for) > 0.0005) {
        state->weight_for = part;
        weigh(part, state->weight);
    }
    uint64_t first = (uint64_t)whole + 1 - GEAR_TAPS / 2;
    for (uint64_t i = 0; i < GEAR_TAPS; i++)
        sum += (double)state->history[(first + i) % GEAR_HISTORY] * state->weight[i];
    return sum;
}

double gear_amplify(GearState *state, double x)
{
    const Gear *gear = &state->gear;
    double t_s = (double)state->t / state->rate_hz;
    state->envelope = fmax(fabs(x), state->envelope * (1 - 1 / (0.02 * state->rate_hz)));
    if (state->envelope < state->gate)
        x = 0;
    if (gear->drive > 0)
        x = tanh(gear->drive * x) * 0.5;
    if (gear->wobble > 0)
        x *= 1 + gear->wobble * sin(2 * PI * 0.7 * t_s);
    if (gear->dies_s > 0 && t_s > gear->dies_s)
        x = 0;
    return x * (gear->gain != 0 ? gear->gain : 1);
}

double gear_play(GearState *state, double x)
{
    const Gear *gear = &state->gear;
    double t_s = (double)state->t / state->rate_hz, jump = t_s > gear->jump_s ? gear->jump_frames : 0;
    state->history[state->t % GEAR_HISTORY] = (float)gear_amplify(state, x);
    double y = between(state, ((double)state->t + jump) / (1 + gear->drift_ppm * 1e-6) - gear->delay);
    if (state->noise > 0)
        y += state->noise * random_normal(&state->seed);
    for (int k = 1; state->hum > 0 && k <= 3; k++) /* rms of the three: 1 */
        y += state->hum * sqrt(2.0 / 3) * sin(2 * PI * gear->hum_hz * k * t_s);
    if (gear->clip > 0)
        y = fmin(fmax(y, -gear->clip), gear->clip);
    state->t++;
    return y;
}

int gear_set(Gear *gear, const char *assignment)
{
    const struct {
        const char *name;
        double *value;
    } table[] = {
        {"delay", &gear->delay},
        {"drift_ppm", &gear->drift_ppm},
        {"drive", &gear->drive},
        {"gain", &gear->gain},
        {"noise_db", &gear->noise_db},
        {"hum_db", &gear->hum_db},
        {"hum_hz", &gear->hum_hz},
        {"clip", &gear->clip},
        {"gate_db", &gear->gate_db},
        {"jump_s", &gear->jump_s},
        {"jump_frames", &gear->jump_frames},
        {"wobble", &gear->wobble},
        {"dies_s", &gear->dies_s},
    };
    size_t length = strcspn(assignment, "=");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (assignment[length] == '=' && strlen(table[i].name) == length &&
            !strncmp(assignment, table[i].name, length)) {
            *table[i].value = strtod(assignment + length + 1, NULL);
            return 0;
        }
    }
    return -1;
}
