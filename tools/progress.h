/* One line on a terminal that says how far long work is; nothing when standard error is no terminal. */
#ifndef GRUFF_PROGRESS_H
#define GRUFF_PROGRESS_H

#include "gruff.h"

/* Show the line "LABEL 42 %" (fraction 0…1; below 0: unknown, no figure). Cheap: shows at most ten a
 * second. */
void progress_show(const char *label, double fraction);

/* Take the line away, before anything else is printed. */
void progress_clear(void);

/* Seconds since some moment in the past; never jumps. */
double progress_clock(void);

#endif
