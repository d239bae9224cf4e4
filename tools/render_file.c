#include "render.h"

#include "audio_file.h"
#include "interrupt.h"
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK_FRAMES = 4096 };

/* What plays one file: an engine, or the bare net. */
typedef struct Player {
    GruffEngine *engine;
    GruffNet *net;
    const char *kernel; /* the net's */
    uint32_t n_channels, latency;
    size_t n_chunk;                     /* frames: a whole number of blocks */
    float *frames;                      /* [n_chunk][n_channels] as in the files */
    float *channel[GRUFF_MAX_CHANNELS]; /* [n_chunk] */
} Player;

/* ---- playing */

static void player_free(Player *p)
{
    gruff_engine_free(p->engine);
    gruff_net_free(p->net);
    free(p->frames);
    for (uint32_t c = 0; c < GRUFF_MAX_CHANNELS; c++)
        free(p->channel[c]);
    *p = (Player){0};
}

static bool player_build(const Render *render, AudioFacts facts, Player *p)
{
    *p = (Player){.n_channels = facts.n_channels};
    p->n_chunk = (size_t)render->block * ((CHUNK_FRAMES + render->block - 1) / render->block);
    bool memory = (p->frames = malloc(p->n_chunk * p->n_channels * sizeof(float)));
    for (uint32_t c = 0; c < p->n_channels; c++)
        memory = (p->channel[c] = malloc(p->n_chunk * sizeof(float))) && memory;
    if (!memory)
        say_failed("render: no memory; give a smaller --block");
    else if (render->raw)
        p->net = play_build_net(&render->play, render->model, 0, p->n_channels);
    else
        p->engine = play_build_engine(&render->play, render->model, facts.rate_hz, p->n_channels, &p->kernel);
    if (!p->net && !p->engine) {
        player_free(p);
        return false;
    }
    if (p->net)
        p->kernel = gruff_net_kernel(p->net);
    p->latency = p->net ? gruff_net_latency(p->net) : gruff_engine_latency(p->engine);
    return true;
}

/* Play p->frames in place, in blocks of `block` frames. */
static void player_run(Player *p, size_t n_frames, uint32_t block)
{
    for (uint32_t c = 0; c < p->n_channels; c++)
        for (size_t t = 0; t < n_frames; t++)
            p->channel[c][t] = p->frames[t * p->n_channels + c];
    for (size_t t = 0; t < n_frames; t += block) {
        uint32_t n = (uint32_t)(n_frames - t < block ? n_frames - t : block);
        float *at[GRUFF_MAX_CHANNELS] = {p->channel[0] + t, p->n_channels > 1 ? p->channel[1] + t : NULL};
        if (p->net)
            gruff_net_run(p->net, (const float *const *)at, at, NULL, n);
        else
            gruff_engine_run(p->engine, (const float *const *)at, at, n);
    }
    for (uint32_t c = 0; c < p->n_channels; c++)
        for (size_t t = 0; t < n_frames; t++)
            p->frames[t * p->n_channels + c] = p->channel[c][t];
}

static uint64_t count_not_finite(const float *samples, size_t n)
{
    uint64_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += !isfinite(samples[i]);
    return count;
}

typedef struct Played {
    int64_t n_frames;
    uint64_t n_not_finite;
    const char *kernel; /* of the net that played */
} Played;

/* Play all of the file: what comes out `latency` frames late is moved back, so that it lines up with what
 * went in and is as long. False: message says why, or is "" after an interrupt. */
static bool play_through(const Render *render, const char *label, const RenderTalk *talk, Player *p,
                         AudioReader *reader, AudioWriter *writer, Played *played, GruffMessage *message)
{
    int64_t n_in = 0, n_out = 0, n_expected = audio_facts(reader).n_frames;
    uint64_t late = p->latency;
    for (bool ended = false; !ended || n_out < n_in;) {
        size_t n = ended ? 0 : audio_read(reader, p->frames, p->n_chunk, message);
        if (*message->text || interrupted())
            return false;
        n_in += (int64_t)n;
        played->n_not_finite += count_not_finite(p->frames, n * p->n_channels);
        if (n < p->n_chunk) { /* the end: silence pushes out what is still inside */
            size_t missing = (size_t)(n_in - n_out) + (size_t)late - n;
            size_t silence = missing < p->n_chunk - n ? missing : p->n_chunk - n;
            memset(p->frames + n * p->n_channels, 0, silence * p->n_channels * sizeof(float));
            n += silence, ended = true;
        }
        player_run(p, n, render->block);
        size_t skip = late < n ? (size_t)late : n;
        late -= skip;
        if (!audio_write(writer, p->frames + skip * p->n_channels, n - skip, message))
            return false;
        n_out += (int64_t)(n - skip);
        if (!render->quiet && *talk->may_progress)
            progress_show(label, n_expected > 0 ? (double)n_out / (double)n_expected : -1);
    }
    played->n_frames = n_out;
    return true;
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

static void report(const Render *render, const char *out, const RenderTalk *talk, AudioFacts facts,
                   Played played, AudioPeaks peaks, double seconds)
{
    char format[64], peak[32] = "silent";
    double sound = (double)played.n_frames / facts.rate_hz, over_db = 20 * log10(peaks.peak);
    if (played.n_not_finite)
        say_warning("%s: %llu samples of the input are not numbers; they were played as silence", out,
                    (unsigned long long)played.n_not_finite);
    if (peaks.n_clipped)
        warn_clipped(render, out, peaks, over_db);
    if (render->quiet)
        return;
    audio_describe_format(facts.format, format);
    if (peaks.peak > 0)
        snprintf(peak, sizeof peak, "peak %.1f dBFS", over_db);
    fprintf(strcmp(out, "-") ? talk->words : talk->errors,
            "%s: %.2f s (%s, %s) in %.2f s, %.3g times as fast as it plays; '%s', %s\n", out, sound, format,
            peak, seconds, sound / fmax(seconds, 1e-6), gruff_model_name(render->model), played.kernel);
}

static bool same_file(const char *a, const char *b)
{
    struct stat sa, sb;
    return strcmp(a, "-") && strcmp(b, "-") && !stat(a, &sa) && !stat(b, &sb) && S_ISREG(sb.st_mode) &&
           sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* Render with an open input. False after saying why, or after an interrupt. */
static bool render_open(const Render *render, AudioReader *reader, const char *in, const char *out,
                        const RenderTalk *talk)
{
    GruffMessage message = {""};
    Player player = {0};
    AudioWriter *writer = NULL;
    Played played = {0};
    AudioFacts facts = audio_facts(reader);
    double start = progress_clock();
    if (!audio_choose_format(out, render->format, render->bits, &facts, &message, &facts.format) ||
        !audio_create(out, &facts, !render->no_dither, reader, &message, &writer))
        goto fail;
    if (!player_build(render, facts, &player) || /* it has said why */
        !play_through(render, in, talk, &player, reader, writer, &played, &message))
        goto fail;
    played.kernel = player.kernel;
    if (facts.n_frames < 0) { /* now it is known, and with it the format */
        facts = audio_facts(reader), facts.n_frames = played.n_frames;
        (void)!audio_choose_format(out, render->format, render->bits, &facts, &message, &facts.format);
    }
    AudioPeaks peaks = audio_peaks(writer);
    bool finished = audio_finish(writer, &message);
    writer = NULL;
    if (!finished)
        goto fail;
    report(render, out, talk, facts, played, peaks, progress_clock() - start);
    player_free(&player);
    return true;
fail:
    if (*message.text)
        say_failed("%s", message.text);
    audio_abandon(writer);
    player_free(&player);
    return false;
}

bool render_file(const Render *render, const char *in, const char *out, const RenderTalk *talk)
{
    GruffMessage message;
    AudioReader *reader = NULL;
    bool ok = false;
    say_to(talk->errors);
    if (same_file(in, out))
        say_failed("%s: is the input itself; give the output another name", out);
    else if (!audio_open(in, &message, &reader))
        say_failed("%s", message.text);
    else
        ok = render_open(render, reader, in, out, talk);
    audio_close(reader);
    say_to(NULL);
    return ok;
}
