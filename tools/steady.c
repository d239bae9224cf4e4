#include "steady.h"

#include <math.h>

double steady_exp2(double x)
{
    double whole = floor(x + 0.5);
    double y = (x - whole) * 0.69314718055994530942;
    double sum = 1;
    for (int k = 14; k > 0; k--)
        sum = 1 + sum * y / k;
    return ldexp(sum, (int)whole);
}

double steady_gain(double db)
{
    return steady_exp2(db * 0.16609640474436811739);
}

double steady_sine(double turns)
{
    double part = turns - floor(turns + 0.5);
    if (part > 0.25)
        part = 0.5 - part;
    if (part < -0.25)
        part = -0.5 - part;
    double y = part * 6.28318530717958647693;
    double sum = 1;
    for (int k = 21; k > 1; k -= 2)
        sum = 1 - sum * y * y / (k * (k - 1));
    return sum * y;
}

double steady_noise(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return (double)(int64_t)((x * 0x2545F4914F6CDD1DULL) >> 11) * (1.0 / 4503599627370496.0) - 1.0;
}
