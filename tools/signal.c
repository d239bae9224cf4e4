/* gruff signal: write the capture signal, for those who re-amp in their DAW. */
#include "commands.h"
#include "say.h"
#include "signal_layout.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char help[] =
    "Usage: gruff signal [options] OUT.wav\n\n"
    "Write the capture signal: three minutes of clicks, tones, sweeps, noise and guitar to play\n"
    "through the gear whose sound you want. Record what comes back, from first click to last, at\n"
    "the same rate and without any processing: the two files are what a trainer learns from.\n"
    "OUT may end in .wav, .flac, .aif or .aiff; it is mono, 24 bits.\n\n"
    "  --rate HZ   sample rate, 32000 to 192000 (default 48000)\n"
    "  --riff      write a short guitar clip instead, to try models with\n"
    "  --parts     print the signal's parts, their times and peaks; write nothing\n"
    "  --help      show this";

typedef struct Options {
    int rate_hz;
    bool riff, parts;
    const char *out;
} Options;

static int parts_print(void)
{
    puts("start s  length s  peak dBFS  part");
    for (int p = 0; p < SIGNAL_N_PARTS; p++) {
        const SignalSpan *span = &signal_spans[p];
        printf("%7.1f  %8.1f  ", span->start_s, span->length_s);
        if (span->peak > 0)
            printf("%9.1f  %s\n", 20 * log10(span->peak), span->name);
        else
            printf("        -  %s\n", span->name);
    }
    return EXIT_DONE;
}

static int rate_read(const char *text, int *rate_hz)
{
    char *end;
    errno = 0;
    long rate = strtol(text, &end, 10);
    if (errno || end == text || *end || rate < SIGNAL_MIN_RATE_HZ || rate > SIGNAL_MAX_RATE_HZ)
        return say_usage("signal", "--rate %s: not a rate in Hz from %d to %d", text, SIGNAL_MIN_RATE_HZ,
                         SIGNAL_MAX_RATE_HZ);
    *rate_hz = (int)rate;
    return EXIT_DONE;
}

static int container_of(const char *path)
{
    const char *ending = strrchr(path, '.');
    if (!ending)
        return 0;
    if (!strcasecmp(ending, ".wav"))
        return SF_FORMAT_WAV;
    if (!strcasecmp(ending, ".flac"))
        return SF_FORMAT_FLAC;
    if (!strcasecmp(ending, ".aif") || !strcasecmp(ending, ".aiff"))
        return SF_FORMAT_AIFF;
    return 0;
}

/* As integers, since libsndfile scales floats by 2^23 - 1. */
static bool write_samples(SNDFILE *file, const float *samples, size_t n)
{
    enum { BLOCK = 4096 };
    int block[BLOCK];
    for (size_t done = 0; done < n; done += BLOCK) {
        size_t m = n - done < BLOCK ? n - done : BLOCK;
        for (size_t i = 0; i < m; i++)
            block[i] = (int)((double)samples[done + i] * 2147483648.0);
        if (sf_write_int(file, block, (sf_count_t)m) != (sf_count_t)m)
            return false;
    }
    return true;
}

/* Write samples to path.part and rename it, so that path is whole or untouched. */
static int write_whole(const Options *options, const float *samples, size_t n)
{
    size_t length = strlen(options->out) + sizeof ".part";
    char *part = malloc(length);
    if (!part)
        return say_failed("%s: out of memory", options->out);
    snprintf(part, length, "%s.part", options->out);
    SF_INFO info = {.samplerate = options->rate_hz,
                    .channels = 1,
                    .format = container_of(options->out) | SF_FORMAT_PCM_24};
    errno = 0;
    SNDFILE *file = sf_open(part, SFM_WRITE, &info);
    if (!file) {
        int status = say_failed("%s: cannot be written: %s; choose another place", options->out,
                                errno ? strerror(errno) : sf_strerror(NULL));
        free(part);
        return status;
    }
    sf_set_string(file, SF_STR_COMMENT,
                  options->riff ? "Gruff demo riff" : SIGNAL_COMMENT "; layout: gruff signal --parts");
    sf_set_string(file, SF_STR_SOFTWARE, "gruff signal");
    bool whole = write_samples(file, samples, n);
    whole = sf_close(file) == 0 && whole;
    if (whole && rename(part, options->out) == 0) {
        free(part);
        return EXIT_DONE;
    }
    remove(part);
    free(part);
    return say_failed("%s: could not be written to the end; is the disk full?", options->out);
}

static int make(const Options *options)
{
    double rate_hz = options->rate_hz;
    size_t n = options->riff ? signal_riff_n_frames(rate_hz) : signal_n_frames(rate_hz);
    float *samples = malloc(n * sizeof *samples);
    if (!samples || !(options->riff ? signal_riff : signal_make)(rate_hz, samples)) {
        free(samples);
        return say_failed("%s: out of memory", options->out);
    }
    int status = write_whole(options, samples, n);
    if (status == EXIT_DONE)
        printf("%s: %.1f s, %d Hz, mono, 24 bits\n", options->out, (double)n / rate_hz, options->rate_hz);
    free(samples);
    return status;
}

int command_signal(int argc, char **argv)
{
    static const struct option names[] = {
        {"rate", required_argument, NULL, 'r'},
        {"riff", no_argument, NULL, 'f'},
        {"parts", no_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    Options options = {.rate_hz = 48000};
    int status = EXIT_DONE;
    opterr = 0;
    for (int c; status == EXIT_DONE && (c = getopt_long(argc, argv, "h", names, NULL)) != -1;) {
        if (c == 'h')
            return puts(help), EXIT_DONE;
        if (c == 'r')
            status = rate_read(optarg, &options.rate_hz);
        else if (c == 'f')
            options.riff = true;
        else if (c == 'p')
            options.parts = true;
        else
            status = say_usage("signal", "%s: not an option, or its value is missing", argv[optind - 1]);
    }
    if (status != EXIT_DONE)
        return status;
    if (options.parts)
        return parts_print();
    if (optind != argc - 1)
        return say_usage("signal", "give one file to write");
    options.out = argv[optind];
    if (!container_of(options.out))
        return say_usage("signal", "%s: the name must end in .wav, .flac, .aif or .aiff", options.out);
    return make(&options);
}
