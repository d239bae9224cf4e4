#include "interrupt.h"
#include "progress.h"
#include "render_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Play what is left of the stream in one. False: message says why, or is "" after an interrupt. */
static bool play_rest(const Render *render, const RenderTalk *talk, const char *label, Deck *deck,
                      Stream *stream, GruffMessage *message)
{
    const size_t n_chunk = deck->n_chunk;
    float *frames = malloc(n_chunk * deck->n_channels * sizeof *frames);
    bool ok = frames;
    if (!ok)
        snprintf(message->text, sizeof message->text, "render: no memory; give a smaller --block");
    for (size_t n = n_chunk; ok && n == n_chunk;) {
        n = stream_read(stream, frames, n_chunk, message);
        ok = !*message->text && !interrupted();
        if (!ok)
            break;
        deck_run(deck, frames, frames, n);
        ok = stream_write(stream, frames, n, message);
        if (!render->quiet && *talk->may_progress)
            progress_show(label, stream_fraction(stream));
    }
    free(frames);
    return ok;
}

/* ---- one file */

static void warn_clipped(const Render *render, const char *out, AudioPeaks peaks, double over_db)
{
    char lower[64] = "";
    if (!render->raw)
        snprintf(lower, sizeof lower, "turn it down with --output-db %.0f, or ",
                 floor(render->play.control[GRUFF_CONTROL_OUTPUT_DB] - over_db - 0.1));
    say_warning("%s: %llu samples clipped, the loudest by %.1f dB; %swrite --bits float", out,
                (unsigned long long)peaks.n_clipped, over_db, lower);
}

static void describe_parts(const PartsReport *parts, char *text, size_t n_bytes)
{
    *text = '\0';
    if (parts->untrue)
        snprintf(text, n_bytes, "; in one after all, as its parts were not alike enough");
    else if (parts->broken_at_s >= 0)
        snprintf(text, n_bytes, "; in one from %.1f s on, where its parts do not meet", parts->broken_at_s);
    else if (parts->n_parts > 1)
        snprintf(text, n_bytes, ", in %u parts", parts->n_parts);
}

static void report(const Render *render, const char *out, const RenderTalk *talk, AudioFacts facts,
                   const Stream *played, const char *how, AudioPeaks peaks, double seconds)
{
    char format[64], peak[32] = "silent";
    double sound = (double)played->n_out / facts.rate_hz, over_db = 20 * log10(peaks.peak);
    if (played->n_not_finite)
        say_warning("%s: %llu samples of the input are not numbers; they were played as silence", out,
                    (unsigned long long)played->n_not_finite);
    if (peaks.n_clipped)
        warn_clipped(render, out, peaks, over_db);
    if (render->quiet)
        return;
    audio_describe_format(facts.format, format);
    if (peaks.peak > 0)
        snprintf(peak, sizeof peak, "peak %.1f dBFS", over_db);
    fprintf(strcmp(out, "-") ? talk->words : talk->errors,
            "%s: %.2f s (%s, %s) in %.2f s, %.3g times as fast as it plays; '%s', %s\n", out, sound, format,
            peak, seconds, sound / fmax(seconds, 1e-6), gruff_model_name(render->model), how);
}

static bool same_file(const char *a, const char *b)
{
    struct stat sa, sb;
    return strcmp(a, "-") && strcmp(b, "-") && !stat(a, &sa) && !stat(b, &sb) && S_ISREG(sb.st_mode) &&
           sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* Render with an open input. False after saying why, after an interrupt, or if parts->untrue. */
static bool render_open(const Render *render, AudioReader *reader, const char *in, const char *out,
                        const RenderTalk *talk, PartsReport *parts)
{
    GruffMessage message = {""};
    Deck deck = {0};
    AudioWriter *writer = NULL;
    Stream stream = {0};
    char how[100], in_parts[80];
    AudioFacts facts = audio_facts(reader);
    double start = progress_clock();
    if (!audio_choose_format(out, render->format, render->bits, &facts, &message, &facts.format) ||
        !audio_create(out, &facts, !render->no_dither, reader, &message, &writer))
        goto fail;
    if (!deck_build(render, facts.rate_hz, facts.n_channels, &deck)) /* it has said why */
        goto fail;
    stream = stream_start(reader, writer, deck.latency);
    if (render->n_jobs > 1 &&
        (!render_parts(render, talk, in, &deck, &stream, parts, &message) || parts->untrue))
        goto fail;
    if (!play_rest(render, talk, in, &deck, &stream, &message))
        goto fail;
    describe_parts(parts, in_parts, sizeof in_parts);
    snprintf(how, sizeof how, "%s%s", deck.kernel, in_parts);
    if (facts.n_frames < 0) { /* now it is known, and with it the format */
        facts = audio_facts(reader), facts.n_frames = stream.n_out;
        (void)!audio_choose_format(out, render->format, render->bits, &facts, &message, &facts.format);
    }
    AudioPeaks peaks = audio_peaks(writer);
    bool finished = audio_finish(writer, &message);
    writer = NULL;
    if (!finished)
        goto fail;
    report(render, out, talk, facts, &stream, how, peaks, progress_clock() - start);
    deck_free(&deck);
    return true;
fail:
    if (*message.text)
        say_failed("%s", message.text);
    audio_abandon(writer);
    deck_free(&deck);
    return false;
}

bool render_file(const Render *render, const char *in, const char *out, const RenderTalk *talk)
{
    GruffMessage message;
    AudioReader *reader = NULL;
    PartsReport parts = {.broken_at_s = -1};
    bool ok = false;
    say_to(talk->errors);
    if (same_file(in, out))
        say_failed("%s: is the input itself; give the output another name", out);
    else if (!audio_open(in, &message, &reader))
        say_failed("%s", message.text);
    else
        ok = render_open(render, reader, in, out, talk, &parts);
    if (parts.untrue && audio_rewind(reader, &message)) {
        Render in_one = *render;
        in_one.n_jobs = 1;
        ok = render_open(&in_one, reader, in, out, talk, &parts);
    } else if (parts.untrue) {
        say_failed("%s", message.text);
    }
    audio_close(reader);
    say_to(NULL);
    return ok;
}
