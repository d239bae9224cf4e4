/* Changes of model while a guitar plays: no step between two samples is larger than what a fade of equal
 * power can make of the steps a and b that the programme, played through the one capture or the other, has
 * around that place: cos·a + sin·b <= sqrt(a² + b²). Needs the shared folder. */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

#include "gruff_model.h"
#include "reference.h"

enum { RATE = 48000, N = 20 * RATE, EVERY = RATE / 5, FADE = 1100, AROUND = 2400 };
static const char *const names[] = {"aidax-lstm12-blues-deluxe.json", "aidax-lstm12-british-lead.json",
                                    "keras-gru8-klon-gain50.json",    "nam-lstm-1x16-boss.nam",
                                    "pytorch-lstm20-ts9.json",        "pytorch-lstm40-princeton-clean.json"};
enum { N_CAPTURES = sizeof names / sizeof names[0] };
static float guitar[N], changed[N], alone[N_CAPTURES][N];
static GruffModel *models[N_CAPTURES];

static GruffNet *net_of(uint32_t capture)
{
    const GruffNetOptions options = {.rate_hz = RATE};
    GruffNet *net;
    if (gruff_net_build(models[capture], &options, NULL, &net))
        exit(1);
    gruff_net_settle(net);
    gruff_net_measure_loudness(net);
    return net;
}

static GruffEngine *engine_with(uint32_t capture)
{
    GruffEngine *engine;
    if (gruff_engine_new(RATE, 1, NULL, &engine))
        exit(1);
    gruff_engine_set(engine, GRUFF_CONTROL_MATCH, 1);
    if (!gruff_engine_offer(engine, net_of(capture)))
        exit(1);
    gruff_engine_reset(engine);
    return engine;
}

static float largest_step(const float *s, uint32_t from, uint32_t to)
{
    float most = 0;
    for (uint32_t t = from + 1; t < to && t < N; t++)
        most = fmaxf(most, fabsf(s[t] - s[t - 1]));
    return most;
}

static void load(const char *folder)
{
    char path[1024];
    GruffMessage message;
    SF_INFO info = {0};
    snprintf(path, sizeof path, "%s/audio/guitar-di-44k1.flac", folder);
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file || info.channels != 1 || sf_readf_float(file, guitar, N) != N) {
        printf("skipped: needs %s\n", path);
        exit(77);
    }
    sf_close(file);
    for (uint32_t i = 0; i < N_CAPTURES; i++) {
        snprintf(path, sizeof path, "%s/models/%s", folder, names[i]);
        if (gruff_model_load(path, &message, &models[i])) {
            printf("skipped: %s\n", message.text);
            exit(77);
        }
    }
}

int main(void)
{
    const char *folder = getenv("GRUFF_SHARED");
    random_seed();
    load(folder ? folder : ".");
    for (uint32_t i = 0; i < N_CAPTURES; i++) {
        GruffEngine *engine = engine_with(i);
        gruff_engine_run(engine, (const float *const[]){guitar}, (float *const[]){alone[i]}, N);
        gruff_engine_free(engine);
    }
    uint32_t now = 0, n_changes = 0;
    float worst = 0, worst_of_bound = 0;
    GruffEngine *engine = engine_with(now);
    for (uint32_t t = 0; t + EVERY <= N; t += EVERY) {
        const uint32_t next = t ? (now + 1 + random_below(N_CAPTURES - 1)) % N_CAPTURES : now;
        if (t && !gruff_engine_offer(engine, net_of(next)))
            return 1;
        gruff_engine_run(engine, (const float *const[]){guitar + t}, (float *const[]){changed + t}, EVERY);
        for (GruffNet *net; (net = gruff_engine_collect(engine));)
            gruff_net_free(net);
        if (t) {
            const float before = fmaxf(largest_step(alone[now], t - AROUND, t + FADE + AROUND), 1e-4f);
            const float after = fmaxf(largest_step(alone[next], t - AROUND, t + FADE + AROUND), 1e-4f);
            const float step = largest_step(changed, t, t + FADE);
            worst = fmaxf(worst, step / fmaxf(before, after));
            worst_of_bound = fmaxf(worst_of_bound, step / hypotf(before, after));
            n_changes++;
        }
        now = next;
    }
    gruff_engine_free(engine);
    for (uint32_t i = 0; i < N_CAPTURES; i++)
        gruff_model_free(models[i]);
    printf(
        "%u changes of model; largest step %.3f times the programme's own around there, %.3f of what a fade of equal "
        "power between the two can make of them\n",
        n_changes, (double)worst, (double)worst_of_bound);
    return worst_of_bound <= 1.03f ? 0 : 1; /* 0.03: the fade's own slope on the loudest samples */
}
