#include "stage.h"

#include <math.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

char stage_models[300], model_a[512], model_b[512], model_c[512];
float guitar[T];

static char folder[256]; /* of this test run */

static uint32_t seed = 1;

uint32_t random_below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)seed * n) >> 32);
}

static float random_weight(float size)
{
    return size * ((float)random_below(20001) / 10000 - 1);
}

static void write_matrix(FILE *file, uint32_t rows, uint32_t columns, float size)
{
    fputc('[', file);
    for (uint32_t i = 0; i < rows; i++) {
        fputs(i ? ",[" : "[", file);
        for (uint32_t j = 0; j < columns; j++)
            fprintf(file, "%s%.5f", j ? "," : "", (double)random_weight(size));
        fputc(']', file);
    }
    fputc(']', file);
}

/* A GRU of 8 units with weights of that seed. */
void write_model(const char *path, const char *name, uint32_t from_seed, int rate_hz)
{
    uint32_t kept = seed;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    seed = from_seed;
    fprintf(
        file,
        "{\"in_shape\": [null, null, 1], \"metadata\": {\"name\": \"%s\", \"samplerate\": %d}, \"layers\": ["
        "{\"type\": \"gru\", \"activation\": \"\", \"shape\": [null, null, 8], \"weights\": [",
        name, rate_hz);
    write_matrix(file, 1, 24, 2);
    fputc(',', file);
    write_matrix(file, 8, 24, 0.4f);
    fputc(',', file);
    write_matrix(file, 2, 24, 0.1f);
    fputs("]}, {\"type\": \"dense\", \"activation\": \"\", \"shape\": [null, null, 1], \"weights\": [", file);
    write_matrix(file, 8, 1, 0.5f);
    fputs(", [0.01]]}]}\n", file);
    assert_int_equal(fclose(file), 0);
    seed = kept;
}

void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void make_folder(const char *path)
{
    assert_int_equal(mkdir(path, 0777), 0);
}

/* A folder of its own for one test; the caller has 512 bytes. */
const char *new_folder(char path[512])
{
    static int n;
    snprintf(path, 512, "%s/test-%d", folder, n++);
    make_folder(path);
    return path;
}

/* What the engine gives for the file, from rest. */
void engine_plays(const char *path, double rate_hz, uint32_t n_channels, const float *const *in,
                  float *const *out, uint32_t n_frames)
{
    GruffMessage message;
    GruffModel *model;
    GruffNet *net;
    GruffEngine *engine;
    GruffNetOptions options = {.n_channels = n_channels, .rate_hz = rate_hz};
    assert_int_equal(gruff_model_load(path, &message, &model), GRUFF_OK);
    assert_int_equal(gruff_net_build(model, &options, &message, &net), GRUFF_OK);
    assert_int_equal(gruff_engine_new(rate_hz, n_channels, &message, &engine), GRUFF_OK);
    gruff_net_set_knob(net, 0, 0.5f);
    gruff_net_set_knob(net, 1, 0.5f);
    gruff_net_settle(net);
    assert_true(gruff_engine_offer(engine, net));
    gruff_engine_reset(engine);
    gruff_engine_run(engine, in, out, n_frames);
    gruff_engine_free(engine);
    gruff_model_free(model);
}

/* Activate and play the guitar from rest in random blocks, pumping the worker between them. */
void plugin_plays(Host *host, float *out)
{
    lilv_instance_deactivate(host->instance);
    lilv_instance_activate(host->instance);
    for (uint32_t t = 0; t < T;) {
        uint32_t n = random_below(700);
        n = n < T - t ? n : T - t;
        float *in[] = {guitar + t, guitar + t}, *to[] = {out + t, out + t};
        host_run(host, in, to, n);
        host_pump(host);
        t += n;
    }
}

float largest_difference(const float *a, const float *b, uint32_t n)
{
    float most = 0;
    for (uint32_t t = 0; t < n; t++)
        most = fmaxf(most, fabsf(a[t] - b[t]));
    return most;
}

float peak(const float *x, uint32_t n)
{
    float most = 0;
    for (uint32_t t = 0; t < n; t++)
        most = fmaxf(most, fabsf(x[t]));
    return most;
}

void assert_plays(Host *host, const char *path)
{
    static float expected[T], found[T];
    const float *in[] = {guitar, guitar};
    float *out[] = {expected, expected};
    engine_plays(path, host->rate_hz, 1, in, out, T);
    plugin_plays(host, found);
    assert_true(peak(expected, T) > 0.01f);
    float difference = largest_difference(expected, found, T);
    if (difference > 0)
        print_error("%s: largest difference %g\n", path, (double)difference);
    assert_float_equal(difference, 0, 0);
}

void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        print_error("'%s' does not say '%s'\n", text, part);
        fail();
    }
}

void run_silence(Host *host, uint32_t n_frames)
{
    static float in_left[8192], in_right[8192], out_left[8192], out_right[8192];
    float *in[] = {in_left, in_right}, *out[] = {out_left, out_right};
    host_run(host, in, out, n_frames);
}

/* A host whose instance plays model_a. */
void host_with_a(Host *host, HostWorker worker)
{
    host_new(host, 1, RATE, worker);
    lilv_instance_activate(host->instance);
    run_silence(host, 64);
    host_send_path(host, GRUFF_URI_MODEL, model_a);
    run_silence(host, 64);
    host_wait(host);
    assert_string_equal(host->model, model_a);
}

int stage_set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s/gruff-plugin-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(stage_models, sizeof stage_models, "%s/models", folder);
    make_folder(stage_models);
    snprintf(model_a, sizeof model_a, "%s/models/1 a.json", folder);
    snprintf(model_b, sizeof model_b, "%s/models/2 b.json", folder);
    snprintf(model_c, sizeof model_c, "%s/models/10 c.aidax", folder);
    write_model(model_a, "Anna", 11, 48000);
    write_model(model_b, "Bert", 22, 48000);
    write_model(model_c, "Carl", 33, 48000);
    for (uint32_t t = 0; t < T; t++) {
        double decay = exp(-(double)(t % 6000) / 4000);
        guitar[t] = (float)(0.4 * decay * (sin(0.0144 * t) + 0.5 * sin(0.0291 * t) + 0.3 * sin(0.0712 * t)));
    }
    return 0;
}

int stage_tear_down(void **state)
{
    char command[300];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

void stage_seed(void)
{
    const char *text = getenv("GRUFF_SEED");
    seed = text ? (uint32_t)strtoul(text, NULL, 10) : (uint32_t)time(NULL);
    printf("GRUFF_SEED=%u\n", (unsigned)seed);
}
