#include "song.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846

/* 0…1; xorshift64* (Vigna 2016). */
static double uniform(uint64_t *state)
{
    *state ^= *state >> 12, *state ^= *state << 25, *state ^= *state >> 27;
    return (double)((*state * 0x2545F4914F6CDD1Dull) >> 11) / 9007199254740992.0;
}

/* Ten partials, each dying away the faster the higher it is, struck somewhere along the string. */
static void pluck(double start_s, double hz, double velocity, double place, double rate_hz, float *x,
                  size_t n)
{
    double first = ceil(start_s * rate_hz);
    for (int k = 1; k <= 10 && k * hz < 0.45 * rate_hz && k * hz < 9000; k++) {
        double f = k * hz * sqrt(1 + 1e-4 * k * k), level = velocity * sin(PI * k * place) / k;
        double fall = exp(-(1.5 + 0.6 * k) / rate_hz), turn = 2 * PI * f / rate_hz;
        double phase = turn * (first - start_s * rate_hz), c = 2 * fall * cos(turn);
        double older = level * sin(phase - turn) / fall, old = level * sin(phase);
        size_t last = (size_t)(first + 1.5 * rate_hz);
        for (size_t t = (size_t)first; t < n && t < last; t++) {
            double attack = fmin(1, ((double)t - first) / (0.002 * rate_hz));
            x[t] += (float)(attack * old);
            double next = c * old - fall * fall * older;
            older = old, old = next;
        }
    }
}

void song_make(uint64_t seed, double rate_hz, float *x, size_t n)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1;
    memset(x, 0, n * sizeof *x);
    for (double at = 0.1; at * rate_hz < (double)n;) {
        double hz = 82.41 * pow(2, floor(36 * uniform(&state)) / 12),
               velocity = pow(10, -1.5 * uniform(&state));
        pluck(at, hz, velocity, 0.08 + 0.3 * uniform(&state), rate_hz, x, n);
        at += 0.09 + 0.4 * uniform(&state) + (uniform(&state) > 0.93 ? 1 : 0);
    }
    float peak = 1e-9f;
    for (size_t t = 0; t < n; t++)
        peak = fmaxf(peak, fabsf(x[t]));
    for (size_t t = 0; t < n; t++)
        x[t] *= 0.5f / peak;
}
