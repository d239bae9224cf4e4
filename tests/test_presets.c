/* Every capture that ships: whole, as loud as it says, quiet at rest, loud enough and never clipping on the
 * riff, at either end of its knobs; and every one that build.sh makes ships. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gruff.h"
#include "gruff_model.h"

static const char *folder;
static float *riff;
static size_t n_riff;

static int riff_read(void **state)
{
    (void)state;
    char path[1024];
    snprintf(path, sizeof path, "%s/riff.flac", folder);
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file || info.channels != 1 || info.samplerate != 48000)
        return -1;
    n_riff = (size_t)info.frames;
    riff = malloc(n_riff * sizeof *riff);
    bool whole = riff && sf_read_float(file, riff, info.frames) == info.frames;
    sf_close(file);
    return whole ? 0 : -1;
}

static int riff_free(void **state)
{
    (void)state;
    free(riff);
    return 0;
}

static double decibels(double x)
{
    return 20 * log10(x + 1e-20);
}

static float peak_of(const float *x, size_t n)
{
    float peak = 0;
    for (size_t t = 0; t < n; t++)
        peak = fabsf(x[t]) > peak ? fabsf(x[t]) : peak;
    return peak;
}

static double mean_of(const float *x, size_t n)
{
    double sum = 0;
    for (size_t t = 0; t < n; t++)
        sum += (double)x[t];
    return sum / (double)n;
}

static GruffModel *model_of(const char *name)
{
    char path[1024];
    GruffMessage message = {{0}};
    GruffModel *model;
    snprintf(path, sizeof path, "%s/models/%s", folder, name);
    if (gruff_model_load(path, &message, &model))
        fail_msg("%s", message.text);
    return model;
}

static void says_who_it_is(const char *name, const GruffModel *model)
{
    bool licensed = false, authored = false;
    for (uint32_t i = 0; i < model->n_meta; i++) {
        licensed |= !strcmp(model->meta[i].key, "license") && !strcmp(model->meta[i].json, "\"ISC\"");
        authored |= !strcmp(model->meta[i].key, "author");
    }
    if (!licensed || !authored || model->rate_hz != 48000 || !model->rate_stated)
        fail_msg("%s: licence, author or rate is missing", name);
    if (model->self_test != GRUFF_SELF_TEST_PASSED || *model->warning)
        fail_msg("%s: self-test: error %g, '%s'", name, model->self_test_error, model->warning);
    if (peak_of(model->self_test_in, model->n_self_test) < 0.3f)
        fail_msg("%s: its self-test is too soft to prove much", name);
}

/* In the middle of its knobs, by the player's own measure, to the tenth that is written down. */
static void says_how_loud(const char *name, GruffModel *model)
{
    GruffNet *net;
    GruffMessage message;
    const double said = model->loudness_db;
    if (!model->has_loudness)
        fail_msg("%s: does not say how loud it is", name);
    model->has_loudness = false;
    assert_int_equal(gruff_net_build(model, NULL, &message, &net), GRUFF_OK);
    for (uint32_t k = 0; k < model->n_knobs; k++)
        gruff_net_set_knob(net, k, 0.5f);
    gruff_net_settle(net);
    const double measured = gruff_net_measure_loudness(net);
    print_message("# %s: %.1f dB loud\n", name, measured);
    assert_true(fabs(said - measured) < 0.1);
    gruff_net_free(net);
    model->has_loudness = true;
}

static void sounds_right(const char *name, const GruffModel *model, float knob)
{
    GruffNet *net;
    GruffMessage message;
    float *out = malloc(n_riff * sizeof *out), rest[4800] = {0};
    assert_non_null(out);
    assert_int_equal(gruff_net_build(model, NULL, &message, &net), GRUFF_OK);
    gruff_net_set_knob(net, 0, knob);
    gruff_net_settle(net);
    gruff_net_run(net, (const float *const[]){rest}, (float *const[]){rest}, NULL, 4800);
    gruff_net_run(net, (const float *const[]){riff}, (float *const[]){out}, NULL, (uint32_t)n_riff);
    const double still = mean_of(rest, 4800);
    for (size_t t = 0; t < 4800; t++)
        rest[t] -= (float)still; /* the engine's DC blocker takes it out */
    double at_rest = decibels(peak_of(rest, 4800)), peak = decibels(peak_of(out, n_riff));
    double offset = decibels(fabs(mean_of(out, n_riff)));
    print_message("# %s, knob %g: rest %.0f dBFS, riff peaks at %.1f dBFS, offset %.0f dBFS\n", name, knob,
                  at_rest, peak, offset);
    assert_true(at_rest < -70 && decibels(fabs(still)) < (model->n_knobs ? -50 : -70));
    assert_true(peak > -14 && peak < -1);
    assert_true(offset < -46);
    gruff_net_free(net);
    free(out);
}

static void models_are_whole(void **state)
{
    (void)state;
    char path[1024];
    snprintf(path, sizeof path, "%s/models", folder);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    int n = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        const char *ending = strrchr(entry->d_name, '.');
        if (!ending || strcmp(ending, ".json"))
            continue;
        GruffModel *model = model_of(entry->d_name);
        says_who_it_is(entry->d_name, model);
        says_how_loud(entry->d_name, model);
        sounds_right(entry->d_name, model, 0);
        if (model->n_knobs)
            sounds_right(entry->d_name, model, 1);
        gruff_model_free(model);
        n++;
    }
    closedir(dir);
    assert_true(n >= 1);
}

/* One recipe, one model, one circuit, one portrait. */
static void recipes_are_done(void **state)
{
    (void)state;
    char path[1024], line[256], name[64];
    snprintf(path, sizeof path, "%s/recipes", folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    int n = 0;
    while (fgets(line, sizeof line, file)) {
        if (*line == '#' || sscanf(line, "%63s", name) != 1)
            continue;
        static const char *const parts[] = {"models/%s.json", "circuits/%s.cir", "portraits/%s.svg"};
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            char part[128];
            snprintf(part, sizeof part, parts[i], name);
            snprintf(path, sizeof path, "%s/%s", folder, part);
            FILE *there = fopen(path, "r");
            if (!there)
                fail_msg("%s is missing", path);
            fclose(there);
        }
        n++;
    }
    fclose(file);
    assert_true(n >= 8);
}

static void default_is_there(void **state)
{
    (void)state;
    char path[1024], name[256] = "";
    snprintf(path, sizeof path, "%s/models/DEFAULT", folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%200s", name), 1);
    fclose(file);
    strcat(name, ".json");
    gruff_model_free(model_of(name));
}

int main(void)
{
    folder = getenv("GRUFF_PRESETS");
    if (!folder) {
        puts("GRUFF_PRESETS does not name the presets folder: skipped");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_are_whole),
        cmocka_unit_test(recipes_are_done),
        cmocka_unit_test(default_is_there),
    };
    return cmocka_run_group_tests_name("presets", tests, riff_read, riff_free);
}
