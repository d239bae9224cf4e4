/* Proof that code is fit for an audio thread: it is run in a child process where any call of the malloc
 * family, and any system call at all, is fatal. Link rt_guard.c into the program: it stands in for malloc. */
#ifndef GRUFF_TEST_RT_GUARD_H
#define GRUFF_TEST_RT_GUARD_H

#include <stdbool.h>

/* False where the proof cannot be made (sanitizers, valgrind, no seccomp); *why says which. */
bool rt_guard_works(const char **why);

/* Run body(data) in a child under guard: once with only malloc trapped (its name is told), then, in another
 * child, under seccomp's strict mode too. True if both came through; else *what is a sentence (static
 * storage). Nothing that body changes is seen by the caller. */
bool rt_guard(void (*body)(void *data), void *data, const char **what);

/* In a process that is not to be forked (threads): trap the malloc family on this thread between the two
 * calls; leave returns the number of calls there were. */
void rt_guard_enter(void);
unsigned rt_guard_leave(void);

#endif
