/* How long the blocks of a player take, the worst one above all. */
#include "bench/bench.h"

#include "guitar.h"
#include "interrupt.h"
#include "measure.h"
#include "play.h"
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct BlockTimes {
    uint32_t n_blocks, n_late;      /* measured; that took longer than they last */
    double p50_us, p999_us, max_us; /* half of the blocks took no longer, 999 of 1000, all */
    double lasts_us;                /* a block's own time */
    long n_taken;                   /* times the system took the core away meanwhile */
} BlockTimes;

enum { NOTES = 32 };
static const double loop_s = 4;

/* Four seconds of eighths on two strings, to be played over and over. */
static bool make_sound(double rate_hz, float *sound, size_t n_frames)
{
    GuitarNote notes[NOTES];
    for (int i = 0; i < NOTES; i++)
        notes[i] = (GuitarNote){.start_s = loop_s / NOTES * i,
                                .length_s = loop_s / NOTES,
                                .string = i % 2,
                                .fret = (3 * i) % 12,
                                .velocity = 0.5 + 0.5 * (i % 3) / 2};
    memset(sound, 0, n_frames * sizeof *sound);
    return guitar_play(&guitar_bridge, notes, NOTES, 1, rate_hz, sound, n_frames) == 0;
}

static void wait_until(double ns)
{
    const struct timespec due = {.tv_sec = (time_t)(ns / 1e9),
                                 .tv_nsec = (long)(ns - 1e9 * (double)(time_t)(ns / 1e9))};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static void play_blocks(GruffEngine *engine, uint32_t n_channels, uint32_t block_frames, const float *sound,
                        size_t n_sound, BlockTimes *times, double *each, float *out)
{
    const double lasts_ns = 1e3 * times->lasts_us, start = measure_now_ns();
    const uint32_t n_wanted = times->n_blocks;
    size_t at = 0;
    times->n_blocks = 0;
    for (uint32_t b = 0; b < n_wanted && !interrupted(); b++) {
        wait_until(start + b * lasts_ns);
        const float *const in[GRUFF_MAX_CHANNELS] = {sound + at, sound + at};
        const double begun = measure_now_ns();
        gruff_engine_run(engine, in, (float *const[]){out, out + (n_channels - 1) * block_frames},
                         block_frames);
        each[b] = measure_now_ns() - begun;
        times->n_late += each[b] > lasts_ns;
        times->n_blocks++;
        at = at + 2 * (size_t)block_frames <= n_sound ? at + block_frames : 0;
        if (b % 64 == 0)
            progress_show("playing in real time", (double)b / n_wanted);
    }
}

/* Play `seconds` of guitar through the engine in blocks, each when it is due, as a sound card asks for them:
 * in real time. False: no memory, or interrupted(). */
static bool minute_play(GruffEngine *engine, double rate_hz, uint32_t n_channels, uint32_t block_frames,
                        double seconds, BlockTimes *times)
{
    const size_t n_sound = (size_t)(loop_s * rate_hz) + block_frames;
    const uint32_t n_blocks = (uint32_t)(seconds * rate_hz / block_frames) + 1;
    double *each = calloc(n_blocks, sizeof *each);
    float *sound = calloc(n_sound + (size_t)GRUFF_MAX_CHANNELS * block_frames, sizeof *sound);
    *times = (BlockTimes){.n_blocks = n_blocks, .lasts_us = 1e6 * block_frames / rate_hz};
    bool ok = each && sound && make_sound(rate_hz, sound, n_sound);
    if (ok) {
        const long before = measure_n_taken();
        play_blocks(engine, n_channels, block_frames, sound, n_sound, times, each, sound + n_sound);
        times->n_taken = measure_n_taken() - before;
        ok = times->n_blocks == n_blocks;
        measure_sort(each, times->n_blocks);
    }
    if (ok) {
        times->p50_us = 1e-3 * each[n_blocks / 2];
        times->p999_us = 1e-3 * each[(uint32_t)(0.999 * (n_blocks - 1) + 0.5)];
        times->max_us = 1e-3 * each[n_blocks - 1];
    }
    free(each);
    free(sound);
    return ok;
}

static void show_minute(const Wish *wish, const char *model, const char *kernel, const BlockTimes *t,
                        bool noisy)
{
    char cpu[64];
    measure_cpu_name(cpu);
    printf("%s\n'%s', %s: %u blocks of %g frames through the whole engine in real time, %g us each\n\n"
           "half took no longer than  %8.1f us  %6.2f %%\n"
           "99.9 %% took no longer than %8.1f us  %6.2f %%\n"
           "the longest               %8.1f us  %6.2f %%\n"
           "late: %u; the system took the core away %ld times\n",
           cpu, model, kernel, t->n_blocks, wish->block.value[0], t->lasts_us, t->p50_us,
           100 * t->p50_us / t->lasts_us, t->p999_us, 100 * t->p999_us / t->lasts_us, t->max_us,
           100 * t->max_us / t->lasts_us, t->n_late, t->n_taken);
    if (noisy)
        bench_show_noise();
}

static bool write_minute(const Wish *wish, const char *model, const char *kernel, const BlockTimes *t,
                         bool noisy)
{
    json_t *minute = json_pack("{s:s, s:s, s:f, s:i, s:i, s:i, s:f, s:f, s:f, s:f, s:i, s:i}", "model", model,
                               "kernel", kernel, "rate_hz", wish->rate_hz, "block", (int)wish->block.value[0],
                               "channels", (int)wish->channels.value[0], "blocks", (int)t->n_blocks,
                               "lasts_us", t->lasts_us, "p50_us", t->p50_us, "p999_us", t->p999_us, "max_us",
                               t->max_us, "late", (int)t->n_late, "taken", (int)t->n_taken);
    bool ok = minute && bench_write_json("us per block", "minute", minute, noisy);
    json_decref(minute);
    return ok;
}

bool bench_minute(const Wish *wish)
{
    const uint32_t n_channels = (uint32_t)wish->channels.value[0];
    const double seconds = wish->seconds > 0 ? wish->seconds : 60;
    const char *kernel;
    PlayOptions play;
    BlockTimes times;
    play_options_init(&play);
    play.model = wish->model;
    play.kernel = wish->kernel;
    GruffModel *model = play_load_model(&play);
    if (!model)
        return false;
    GruffEngine *engine = play_build_engine(&play, model, wish->rate_hz, n_channels, &kernel);
    bool ok = engine &&
              minute_play(engine, wish->rate_hz, n_channels, (uint32_t)wish->block.value[0], seconds, &times);
    progress_clear();
    if (engine && !ok && !interrupted())
        say_failed("bench: no memory");
    const bool noisy = ok && (double)times.n_taken > 20 * seconds;
    if (ok && wish->json)
        ok = write_minute(wish, gruff_model_name(model), kernel, &times, noisy);
    else if (ok)
        show_minute(wish, gruff_model_name(model), kernel, &times, noisy);
    gruff_engine_free(engine);
    gruff_model_free(model);
    return ok;
}
