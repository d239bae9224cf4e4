/* Files of every cell and format, played on every kernel this machine has, against what PyTorch and Keras
 * say they sound like.
 *
 *     test_golden vectors    those in tests/vectors, made by tests/make_vectors.py
 *     test_golden shared     real captures and more, in the folder that GRUFF_SHARED names */
#include "check.h"
#include "reference.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_KERNELS = 8, SKIPPED = 77 };

typedef struct Sound {
    uint32_t n;
    float *x;
} Sound;

static Sound no_sound(const char *path)
{
    check(false, "%s: no sound to be had from it", path);
    return (Sound){0};
}

static char *read_file(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(64u << 20);
    *n = file ? fread(bytes, 1, 64u << 20, file) : 0;
    if (file)
        fclose(file);
    return bytes;
}

static uint32_t little_endian(const char *bytes, size_t n)
{
    uint32_t value = 0;
    while (n--)
        value = value << 8 | (unsigned char)bytes[n];
    return value;
}

/* A mono WAV of 32-bit floats. */
static Sound read_wav(const char *path)
{
    size_t n_bytes, at = 12;
    char *bytes = read_file(path, &n_bytes);
    Sound sound = {0};
    bool floats = false;
    while (at + 8 <= n_bytes && !sound.x) {
        size_t size = little_endian(bytes + at + 4, 4);
        const char *chunk = bytes + at + 8;
        if (size > n_bytes - at - 8)
            break;
        if (!memcmp(bytes + at, "fmt ", 4)) /* 3 floats, or 0xFFFE with what it is further on */
            floats = little_endian(chunk, 2) != 1 && little_endian(chunk + 2, 2) == 1 &&
                     little_endian(chunk + 14, 2) == 32;
        if (!memcmp(bytes + at, "data", 4) && floats) {
            sound.n = (uint32_t)(size / 4);
            sound.x = malloc(size + 4);
            memcpy(sound.x, chunk, size);
        }
        at += 8 + size + (size & 1);
    }
    free(bytes);
    return sound.x ? sound : no_sound(path);
}

static Sound read_raw(const char *path)
{
    size_t n;
    float *x = (float *)(void *)read_file(path, &n);
    if (n)
        return (Sound){(uint32_t)(n / 4), x};
    free(x);
    return no_sound(path);
}

static Sound read_sound(const char *path)
{
    return strstr(path, ".wav") ? read_wav(path) : read_raw(path);
}

/* ---- one model
 * ---------------------------------------------------------------------------------------------- */

/* Play a model on kernel; the latency of a hop is cut off. NULL: it cannot be had. */
static float *play(const GruffModel *model, const char *kernel, const Sound *in, const float *knobs)
{
    GruffMessage message = {""};
    GruffNet *net;
    GruffStatus status = gruff_net_build(model, &(GruffNetOptions){.kernel = kernel}, &message, &net);
    check(!status, "%s", message.text);
    if (status)
        return NULL;
    for (uint32_t k = 0; k < model->n_knobs; k++)
        gruff_net_set_knob(net, k, knobs[k]);
    uint32_t latency = gruff_net_latency(net);
    float *x = calloc(in->n + latency, sizeof(float));
    memcpy(x, in->x, in->n * sizeof(float));
    gruff_net_run(net, (const float *const[]){x}, (float *const[]){x}, NULL, in->n + latency);
    memmove(x, x + latency, in->n * sizeof(float));
    gruff_net_free(net);
    return x;
}

static void compare(const char *name, const GruffModel *model, const Sound *in, const Sound *want,
                    const float *knobs, double limit_db)
{
    double *exact = malloc(want->n * sizeof *exact), *first = malloc(want->n * sizeof *first);
    for (uint32_t t = 0; t < want->n; t++)
        exact[t] = (double)want->x[t];
    printf("%-42s limit %7.1f dB:", name, limit_db);
    for (uint32_t k = 0; gruff_kernel_name(k); k++) {
        float *y = play(model, gruff_kernel_name(k), in, knobs);
        if (!y)
            break;
        double error_db = esr_db(y, exact, want->n), apart_db = -400;
        if (k)
            apart_db = esr_db(y, first, want->n);
        for (uint32_t t = 0; !k && t < want->n; t++)
            first[t] = (double)y[t];
        printf("  %s %.1f", gruff_kernel_name(k), error_db);
        check(error_db <= limit_db, "%s on %s: %.1f dB, limit %.1f", name, gruff_kernel_name(k), error_db,
              limit_db);
        check(apart_db <= limit_db, "%s on %s: %.1f dB from %s, limit %.1f", name, gruff_kernel_name(k),
              apart_db, gruff_kernel_name(0), limit_db);
        free(y);
    }
    putchar('\n');
    free(exact);
    free(first);
}

/* sounds: folder of the expected sounds; ending: of their names. */
static void play_file(const char *models, const char *sounds, const char *name, const char *ending,
                      const float *knobs, const Sound *in, double floor_db)
{
    char path[1024];
    GruffMessage message;
    GruffModel *model;
    snprintf(path, sizeof path, "%s/%s", models, name);
    GruffStatus status = gruff_model_load(path, &message, &model);
    check(!status, "%s", message.text);
    if (status)
        return;
    check(!*gruff_model_warning(model), "%s: %s", name, gruff_model_warning(model));
    snprintf(path, sizeof path, "%s/%.*s%s", sounds, (int)(strrchr(name, '.') - name), name, ending);
    Sound want = read_sound(path);
    check(want.n == in->n, "%s: %u samples, not %u", path, want.n, in->n);
    if (want.n == in->n)
        compare(name, model, in, &want, knobs, esr_limit_db(floor_db));
    free(want.x);
    gruff_model_free(model);
}

/* ---- sets of them
 * ------------------------------------------------------------------------------------------- */

static int play_vectors(const char *folder)
{
    char path[1024], name[128];
    double floor_db;
    snprintf(path, sizeof path, "%s/input.f32", folder);
    Sound in = read_sound(path);
    snprintf(path, sizeof path, "%s/index.txt", folder);
    FILE *index = fopen(path, "r");
    int n = 0;
    for (; index && fscanf(index, "%127s %lf", name, &floor_db) == 2; n++)
        play_file(folder, folder, name, ".f32", (const float[]){0.3f, 0.8f}, &in, floor_db);
    check(n >= 18, "%s: only %d vectors", path, n);
    if (index)
        fclose(index);
    free(in.x);
    return check_report();
}

static void play_shared(const char *models, const char *sounds, const float *knobs, int n_expected)
{
    char path[1024];
    const char *name;
    json_t *value;
    snprintf(path, sizeof path, "%s/floor.json", sounds);
    json_t *floors = json_load_file(path, 0, NULL);
    check((int)json_object_size(floors) >= n_expected, "%s: only %d entries", path,
          (int)json_object_size(floors));
    snprintf(path, sizeof path, "%s/input.wav", sounds);
    Sound in = read_sound(path);
    json_object_foreach(floors, name, value)
        play_file(models, sounds, name, ".wav", knobs, &in, json_number_value(value));
    json_decref(floors);
    free(in.x);
}

static int play_all_shared(const char *shared)
{
    char models[512], golden[512], random[512];
    snprintf(models, sizeof models, "%s/models", shared);
    snprintf(golden, sizeof golden, "%s/golden", shared);
    snprintf(random, sizeof random, "%s/golden/random", shared);
    char floors[600];
    snprintf(floors, sizeof floors, "%s/floor.json", golden);
    FILE *file = fopen(floors, "r");
    if (!file) {
        printf("skipped: no %s (set GRUFF_SHARED to the folder with the golden files)\n", floors);
        return SKIPPED;
    }
    fclose(file);
    play_shared(models, golden, (const float[]){0.4f, 0.7f}, 17);
    play_shared(random, random, (const float[]){0.3f, 0.8f}, 41);
    return check_report();
}

int main(int argc, char **argv)
{
    const char *vectors = getenv("GRUFF_VECTORS"), *shared = getenv("GRUFF_SHARED");
    if (argc > 1 && !strcmp(argv[1], "shared"))
        return play_all_shared(shared ? shared : "../shared");
    return play_vectors(vectors ? vectors : "tests/vectors");
}
