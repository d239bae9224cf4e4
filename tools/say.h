/* What the program says when something goes wrong. */
#ifndef GRUFF_SAY_H
#define GRUFF_SAY_H

#include "gruff.h"

#include <stdio.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Print "gruff: …" and a line end on standard error; return EXIT_FAILED, so that a command can return it.
 * The text reads "WHAT: why; what to do". */
GRUFF_PRINTF(1, 2) int say_failed(const char *format, ...);

/* The same for wrong usage of a command, with a pointer to its --help; returns EXIT_USAGE. */
GRUFF_PRINTF(2, 3) int say_usage(const char *command, const char *format, ...);

/* "gruff: warning: …". */
GRUFF_PRINTF(1, 2) void say_warning(const char *format, ...);

/* What this thread says from now on goes to `file`, which must live as long; NULL: to standard error again.
 */
void say_to(FILE *file);

#endif
