/* What the parts of gruff bench share. */
#ifndef GRUFF_BENCH_H
#define GRUFF_BENCH_H

#include "options.h"

#include <jansson.h>

/* What it was asked for. */
typedef struct Wish {
    const char *model, *kernel, *cells;
    OptionNumbers hidden, block, channels;
    double seconds, rate_hz; /* seconds 0: not said */
    bool json, minute;
} Wish;

/* Print an object with the processor's name, the unit, whether figures are noisy, and `key` with its value.
 * False after saying why. */
bool bench_write_json(const char *unit, const char *key, json_t *value, bool noisy);

/* Say that figures are noisy, and what to do. */
void bench_show_noise(void);

/* gruff bench --minute: play a model in real time and tell how long blocks took. False after saying why, or
 * after an interrupt. */
bool bench_minute(const Wish *wish);

#endif
