#include "render_stream.h"

#include <math.h>
#include <string.h>

Stream stream_start(AudioReader *reader, AudioWriter *writer, uint32_t latency)
{
    return (Stream){.reader = reader,
                    .writer = writer,
                    .n_channels = audio_facts(reader).n_channels,
                    .n_silence = latency,
                    .n_late = latency};
}

static uint64_t count_not_finite(const float *samples, size_t n)
{
    uint64_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += !isfinite(samples[i]);
    return count;
}

size_t stream_read(Stream *s, float *samples, size_t n_frames, GruffMessage *message)
{
    message->text[0] = '\0';
    size_t n = s->ended ? 0 : audio_read(s->reader, samples, n_frames, message);
    s->n_not_finite += count_not_finite(samples, n * s->n_channels);
    if (n < n_frames) {
        const size_t rest = n_frames - n, silence = s->n_silence < rest ? s->n_silence : rest;
        memset(samples + n * s->n_channels, 0, silence * s->n_channels * sizeof *samples);
        n += silence;
        s->n_silence -= (uint32_t)silence;
        s->ended = true;
    }
    s->n_in += (int64_t)n;
    return n;
}

bool stream_write(Stream *s, const float *samples, size_t n_frames, GruffMessage *message)
{
    const size_t skip = s->n_late < n_frames ? s->n_late : n_frames;
    s->n_late -= (uint32_t)skip;
    s->n_out += (int64_t)(n_frames - skip);
    return audio_write(s->writer, samples + skip * s->n_channels, n_frames - skip, message);
}

int64_t stream_left(const Stream *s)
{
    const int64_t n = audio_facts(s->reader).n_frames;
    return n < 0 ? -1 : s->ended ? s->n_silence : n + s->n_silence - s->n_in;
}

double stream_fraction(const Stream *s)
{
    const int64_t n = audio_facts(s->reader).n_frames;
    return n > 0 ? (double)s->n_out / (double)n : -1;
}
