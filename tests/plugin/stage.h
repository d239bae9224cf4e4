/* What the plugin's tests play: three little models in a folder, a guitar of sorts, and what must come out.
 */
#ifndef GRUFF_TEST_STAGE_H
#define GRUFF_TEST_STAGE_H

#include "lv2_host.h"
#include "ports.h"

enum { RATE = 48000, T = 24000 };

/* In the folder stage_models: "1 a.json" (named Anna), "2 b.json" (Bert), "10 c.aidax" (Carl). */
extern char stage_models[300], model_a[512], model_b[512], model_c[512];
extern float guitar[T];

/* cmocka's group set-up and tear-down: make all that, and remove it. */
int stage_set_up(void **state);
int stage_tear_down(void **state);

/* Print GRUFF_SEED and start random_below from it. */
void stage_seed(void);
uint32_t random_below(uint32_t n);

/* Write a GRU of 8 units with weights of that seed; write, copy or remove a file. */
void write_model(const char *path, const char *name, uint32_t from_seed, int rate_hz);
void write_text(const char *path, const char *text);

/* Make a folder of its own for one test and put its path, shorter than 400, into path. */
const char *new_folder(char path[512]);

/* What the engine gives for the file, from rest. */
void engine_plays(const char *path, double rate_hz, uint32_t n_channels, const float *const *in,
                  float *const *out, uint32_t n_frames);

/* Activate and play the guitar from rest in random blocks, pumping the worker between them. out[T] */
void plugin_plays(Host *host, float *out);

/* The plugin plays what the engine plays with that file, sample for sample. Mono. */
void assert_plays(Host *host, const char *path);
void assert_says(const char *text, const char *part);
float largest_difference(const float *a, const float *b, uint32_t n);
float peak(const float *x, uint32_t n);

/* One block of silence, n_frames <= 8192. */
void run_silence(Host *host, uint32_t n_frames);

/* A mono host whose active instance plays model_a. */
void host_with_a(Host *host, HostWorker worker);

#endif
