/* What a net costs on this computer. */
#ifndef GRUFF_MEASURE_H
#define GRUFF_MEASURE_H

#include "gruff.h"

enum { MEASURE_MAX_BLOCK = 8192 };

/* Time per frame (one sample of every channel), over calls of gruff_net_run; those of fewer than 64 frames
 * are timed several together. */
typedef struct Cost {
    double median_ns, p999_ns; /* of the readings; p999: 999 of 1000 took no longer */
    uint32_t n_calls;          /* readings; 0: no memory */
    bool noisy; /* other work disturbed: one call in ten took a quarter longer than another, or the system
                   took the core away more than 20 times a second */
} Cost;

/* Run the net on noise of 1/4 of full scale in calls of block_frames (1…MEASURE_MAX_BLOCK), after a warm-up,
 * for about that many seconds, and up to four times as long if 1000 calls take it. The cost of reading the
 * clock is taken off. Ends early when interrupted() (interrupt.h). The net's state moves on. */
Cost measure_net(GruffNet *net, uint32_t n_channels, uint32_t block_frames, double seconds);

/* Nanoseconds since some moment in the past; never jumps. */
double measure_now_ns(void);

/* Times the system took the core from this thread, so far. */
long measure_n_taken(void);

/* In order of size. */
void measure_sort(double *times, uint32_t n);

/* What part of the time between two frames a cost takes, in percent. */
double measure_load(Cost cost, double rate_hz);

/* Name of the processor; "unknown" if the system does not tell. text: at least 64 bytes. */
void measure_cpu_name(char *text);

#endif
