/* gruff info: what is found out about a model file, and how it is shown. */
#ifndef GRUFF_INFO_H
#define GRUFF_INFO_H

#include "gruff_model.h"

#include <jansson.h>

typedef struct Info {
    const char *file;  /* as given */
    GruffModel *model; /* NULL: refused, and status and message tell why */
    GruffStatus status;
    GruffMessage message;
    double load_ms; /* reading, checking and running the self-test */
    const char *kernel;
    double ns_per_sample;    /* one channel, blocks of 64 */
    double realtime_percent; /* of one core at the model's rate */
} Info;

/* Read the file (or shipped model) and measure what it costs. kernel NULL: the best. False without saying
 * anything if it was refused. Free info->model. */
bool info_gather(const char *file, const char *kernel, Info *info);

/* Where a GRU's reset acts: "after", "before", "none". */
const char *info_reset_name(GruffReset reset);

/* "passed", "failed", "repaired", "absent"; the error in dB, -300 for none. */
const char *info_self_test_name(GruffSelfTest self_test);
double info_self_test_db(const GruffModel *model);

/* The layer that tells what a net is: its first recurrent one, else its first. */
const GruffLayer *info_main_layer(const GruffModel *model);

/* A block of lines for people on standard output. */
void info_print(const Info *info);

/* One line: the name to play it by, marked where it is the default, what it is, its knobs. */
void info_print_short(const char *name, const GruffModel *model, bool is_default);

/* The entry of the list "models" of --json; NULL without memory. */
json_t *info_json(const Info *info);

#endif
