/* Sound inside a page: 16-bit WAV as a data URL. */
#include "train/report/parts.h"

#include <math.h>
#include <stdint.h>

enum { HEADER = 44 };
static const double around_s = 2.5;

/* Bytes as base64, three at a time. */
typedef struct Base64 {
    FILE *out;
    uint32_t bits;
    int n;
} Base64;

static void put_byte(Base64 *to, unsigned byte)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    to->bits = to->bits << 8 | (byte & 255);
    if (++to->n < 3)
        return;
    for (int shift = 18; shift >= 0; shift -= 6)
        fputc(digits[to->bits >> shift & 63], to->out);
    to->bits = 0;
    to->n = 0;
}

static void put_number(Base64 *to, uint32_t value, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        put_byte(to, value >> 8 * i);
}

static void put_text(Base64 *to, const char *text)
{
    for (; *text; text++)
        put_byte(to, (unsigned char)*text);
}

static void put_header(Base64 *to, uint32_t n_bytes, uint32_t rate_hz)
{
    put_text(to, "RIFF");
    put_number(to, n_bytes + HEADER - 8, 4);
    put_text(to, "WAVEfmt ");
    put_number(to, 16, 4);
    put_number(to, 1, 2); /* PCM */
    put_number(to, 1, 2);
    put_number(to, rate_hz, 4);
    put_number(to, 2 * rate_hz, 4);
    put_number(to, 2, 2);
    put_number(to, 16, 2);
    put_text(to, "data");
    put_number(to, n_bytes, 4);
}

/* One gain for both sounds, so that neither clips and both are as loud as they are. */
static float common_gain(const float *a, const float *b, size_t n)
{
    float peak = 1;
    for (size_t t = 0; t < n; t++)
        peak = fmaxf(peak, fmaxf(fabsf(a[t]), fabsf(b[t])));
    return 1 / peak;
}

void report_put_sound(const Report *report, const Passage *passage, bool played)
{
    const TrainData *data = report->outcome->story.data;
    const TrainPair *pair = &data->pairs[passage->pair];
    size_t n = (size_t)(around_s * data->rate_hz), middle = passage->start + passage->n / 2;
    size_t start = middle > n / 2 ? middle - n / 2 : 0;
    n = start + n <= pair->n ? n : pair->n - start;
    n -= n % 3; /* whole groups of base64: 44 + 1 + 2n bytes */
    const float *y = pair->y + start, *its = report->outcome->played[passage->pair] + start;
    const float gain = 32767 * common_gain(y, its, n);
    Base64 to = {.out = report->out};
    fputs("<audio controls preload='none' src='data:audio/wav;base64,", report->out);
    put_header(&to, (uint32_t)(2 * n), (uint32_t)lround(data->rate_hz));
    for (size_t t = 0; t < n; t++)
        put_number(&to, (uint32_t)lrintf((played ? its : y)[t] * gain), 2);
    put_byte(&to, 0); /* 44 + 2n + 1 is a multiple of three */
    fputs("'></audio>", report->out);
}
