/* Sound files: what cannot be tried with files of a handy size. */
#include "audio_file.h"

#include <math.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static AudioFacts facts(int format, uint32_t n_channels, int64_t n_frames)
{
    return (AudioFacts){48000, n_channels, n_frames, format};
}

static int chosen(const char *path, int bits, AudioFacts source)
{
    GruffMessage message;
    int format = 0;
    return audio_choose_format(path, NULL, bits, &source, &message, &format) ? format : 0;
}

static void wav_becomes_rf64_above_4_gb(void **state)
{
    (void)state;
    const int wav = SF_FORMAT_WAV | SF_FORMAT_PCM_16, rf64 = SF_FORMAT_RF64 | SF_FORMAT_PCM_16;
    const int64_t fits = (4294967295ll - (4 << 20)) / 4, too_many = (4294967295ll - (1 << 20)) / 4;
    assert_int_equal(chosen("a.wav", AUDIO_BITS_KEEP, facts(wav, 2, fits)), wav);
    assert_int_equal(chosen("a.wav", AUDIO_BITS_KEEP, facts(wav, 2, too_many)), rf64);
    assert_int_equal(chosen("a.wav", AUDIO_BITS_KEEP, facts(rf64, 2, fits)), wav);
    assert_int_equal(chosen("a.wav", 24, facts(wav, 2, fits)), SF_FORMAT_RF64 | SF_FORMAT_PCM_24);
    assert_int_equal(chosen("a.w64", 24, facts(wav, 2, fits)), SF_FORMAT_W64 | SF_FORMAT_PCM_24);
    assert_int_equal(chosen("a.aiff", AUDIO_BITS_KEEP, facts(wav, 2, fits)),
                     SF_FORMAT_AIFF | SF_FORMAT_PCM_16);
    assert_int_equal(chosen("a.aiff", AUDIO_BITS_KEEP, facts(wav, 2, too_many)), 0);
    assert_int_equal(chosen("a.flac", AUDIO_BITS_KEEP, facts(wav, 2, too_many)),
                     SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
}

static void the_nearest_encoding_is_chosen(void **state)
{
    (void)state;
    AudioFacts in_float = facts(SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1, 100);
    AudioFacts in_double = facts(SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 1, 100);
    AudioFacts in_32 = facts(SF_FORMAT_CAF | SF_FORMAT_PCM_32, 1, 100);
    AudioFacts in_8 = facts(SF_FORMAT_FLAC | SF_FORMAT_PCM_S8, 1, 100);
    AudioFacts in_mp3 = facts(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 1, 100);
    AudioFacts in_wavex = facts(SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, 1, 100);
    AudioFacts in_ulaw = facts(SF_FORMAT_AU | SF_FORMAT_ULAW, 1, 100);
    assert_int_equal(chosen("a.flac", AUDIO_BITS_KEEP, in_float), SF_FORMAT_FLAC | SF_FORMAT_PCM_24);
    assert_int_equal(chosen("a.wav", AUDIO_BITS_KEEP, in_double), SF_FORMAT_WAV | SF_FORMAT_DOUBLE);
    assert_int_equal(chosen("a.flac", AUDIO_BITS_KEEP, in_32), SF_FORMAT_FLAC | SF_FORMAT_PCM_24);
    assert_int_equal(chosen("a.wav", AUDIO_BITS_KEEP, in_8), SF_FORMAT_WAV | SF_FORMAT_PCM_U8);
    assert_int_equal(chosen("a.wav", AUDIO_BITS_KEEP, in_mp3), SF_FORMAT_WAV | SF_FORMAT_PCM_24);
    assert_int_equal(chosen("a.wav", AUDIO_BITS_KEEP, in_wavex), SF_FORMAT_WAVEX | SF_FORMAT_PCM_24);
    assert_int_equal(chosen("a.wav", AUDIO_BITS_KEEP, in_ulaw), SF_FORMAT_WAV | SF_FORMAT_PCM_24);
    assert_int_equal(chosen("a.au", AUDIO_BITS_KEEP, in_ulaw), SF_FORMAT_AU | SF_FORMAT_ULAW);
    assert_int_equal(chosen("-", AUDIO_BITS_KEEP, in_float), SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    assert_int_equal(chosen("A.FLAC", 16, in_float), SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
    assert_int_equal(chosen("folder.wav/name", AUDIO_BITS_KEEP, in_float), 0);
}

/* Write n samples as `bits` without dither, read them back. */
static AudioPeaks through_a_file(float *samples, size_t n, int bits, bool dither)
{
    char path[] = "/tmp/gruff-test-XXXXXX";
    close(mkstemp(path));
    GruffMessage message = {""};
    AudioWriter *writer;
    AudioReader *reader;
    AudioFacts out = facts(chosen("x.wav", bits, facts(SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1, 0)), 1, 0);
    assert_true(audio_create(path, &out, dither, NULL, &message, &writer));
    assert_true(audio_write(writer, samples, n, &message));
    AudioPeaks peaks = audio_peaks(writer);
    assert_true(audio_finish(writer, &message));
    assert_true(audio_open(path, &message, &reader));
    assert_int_equal(audio_facts(reader).n_frames, n);
    assert_int_equal(audio_read(reader, samples, n, &message), n);
    audio_close(reader);
    unlink(path);
    return peaks;
}

static void integers_round_and_cut(void **state)
{
    (void)state;
    float x[] = {0.0f, 1.0f, -1.0f, 1.5f, -3.0f, 0x1p-15f, 0x1.8p-16f, -0x0.8p-15f, 0.5f};
    AudioPeaks peaks = through_a_file(x, sizeof x / sizeof *x, 16, false);
    const float expected[] = {0, 1 - 0x1p-15f, -1, 1 - 0x1p-15f, -1, 0x1p-15f, 0x1p-15f, 0, 0.5f};
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        assert_true(x[i] == expected[i]);
    assert_int_equal(peaks.n_clipped, 2);
    assert_true(peaks.peak == 3);
}

static void dither_is_triangular_and_hides_the_step(void **state)
{
    (void)state;
    enum { N = 200000 };
    float *x = malloc(N * sizeof *x);
    const double level = 0.3 * 0x1p-15;
    for (int i = 0; i < N; i++)
        x[i] = (float)level;
    through_a_file(x, N, 16, true);
    double mean = 0, power = 0;
    for (int i = 0; i < N; i++)
        mean += x[i] / N;
    for (int i = 0; i < N; i++)
        power += (x[i] - mean) * (x[i] - mean) / N;
    free(x);
    /* With triangular dither error has no mean and 1/4 step^2 of power, whatever the level. */
    assert_true(fabs(mean - level) * 0x1p15 < 5 * 0.5 / sqrt(N));
    assert_true(fabs(power * 0x1p30 - 0.25) < 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wav_becomes_rf64_above_4_gb),
        cmocka_unit_test(the_nearest_encoding_is_chosen),
        cmocka_unit_test(integers_round_and_cut),
        cmocka_unit_test(dither_is_triangular_and_hides_the_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
