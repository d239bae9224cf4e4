/* gruff signal: write the capture signal, for those who re-amp in their DAW. */
#include "audio_file.h"
#include "commands.h"
#include "interrupt.h"
#include "options.h"
#include "signal_layout.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BITS = 24, BLOCK_FRAMES = 65536 };

typedef struct Wish {
    uint32_t rate_hz;
    bool riff, parts;
} Wish;

static int print_parts(void)
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

/* Every sample is a multiple of 2^-23, which a 24-bit file holds exactly. */
static bool write_samples(const Wish *wish, const char *out, const AudioFacts *facts, const float *samples,
                          GruffMessage *message)
{
    AudioWriter *writer;
    if (!audio_create(out, facts, false, NULL, message, &writer))
        return false;
    audio_set_comment(writer,
                      wish->riff ? "Gruff demo riff" : SIGNAL_COMMENT "; layout: gruff signal --parts");
    for (int64_t t = 0; t < facts->n_frames; t += BLOCK_FRAMES) {
        int64_t left = facts->n_frames - t;
        size_t n = (size_t)(left < BLOCK_FRAMES ? left : BLOCK_FRAMES);
        if (interrupted() || !audio_write(writer, samples + t, n, message)) {
            audio_abandon(writer);
            return false;
        }
    }
    return audio_finish(writer, message);
}

static int make(const Wish *wish, const char *out)
{
    GruffMessage message = {""};
    double rate_hz = wish->rate_hz;
    size_t n = wish->riff ? signal_riff_n_frames(rate_hz) : signal_n_frames(rate_hz);
    AudioFacts facts = {(int)wish->rate_hz, 1, (int64_t)n, 0};
    char format[64];
    if (!audio_choose_format(out, NULL, BITS, &facts, &message, &facts.format))
        return say_failed("%s", message.text);
    float *samples = malloc(n * sizeof *samples);
    if (!samples || !(wish->riff ? signal_riff : signal_make)(rate_hz, samples)) {
        free(samples);
        return say_failed("%s: no memory", out);
    }
    bool ok = write_samples(wish, out, &facts, samples, &message);
    free(samples);
    interrupt_finish();
    if (!ok)
        return say_failed("%s", message.text);
    audio_describe_format(facts.format, format);
    printf("%s: %.1f s, %u Hz, mono (%s)\n", out, (double)n / rate_hz, wish->rate_hz, format);
    return EXIT_DONE;
}

int command_signal(int argc, char **argv)
{
    Wish wish = {.rate_hz = 48000};
    const Option options[] = {
        {"rate", 'r', OPTION_COUNT, &wish.rate_hz, "HZ", "sample rate; 48000 if not given",
         SIGNAL_MIN_RATE_HZ, SIGNAL_MAX_RATE_HZ, NULL},
        {"riff", 0, OPTION_FLAG, &wish.riff, NULL, "write a short guitar clip instead, to try models with", 0,
         0, NULL},
        {"parts", 0, OPTION_FLAG, &wish.parts, NULL,
         "print the signal's parts, their times and peaks; write nothing", 0, 0, NULL},
        {0},
    };
    const OptionPage page = {
        "signal",
        "gruff signal [options] OUT\ngruff signal --parts",
        "Write the capture signal: three minutes of clicks, tones, sweeps, noise and guitar to play through the "
        "gear whose sound you want. Record what comes back, from first click to last, at the same rate and without "
        "any processing: a model is trained on the two. OUT is mono, 24 bits; its ending says which kind of file: "
        ".wav, .flac, .aiff...",
        {{"Options:", options}},
        NULL};
    int first = 0, status = options_parse(&page, argc, argv, &first);
    if (status != OPTIONS_PARSED)
        return status;
    if (wish.parts)
        return print_parts();
    if (argc - first != 1)
        return say_usage("signal", "give one file to write");
    interrupt_catch();
    return make(&wish, argv[first]);
}
