/* A few lines in place of a test library, for tests that also run where none is installed (under an
 * emulator). */
#ifndef GRUFF_TEST_CHECK_H
#define GRUFF_TEST_CHECK_H

#include <stdio.h>

static int n_passed, n_failed;

/* Count a check; say what failed, printf style. */
#define check(condition, ...)                                             \
    do {                                                                  \
        if (condition) {                                                  \
            n_passed++;                                                   \
        } else {                                                          \
            n_failed++;                                                   \
            printf("FAILED %s:%d: %s: ", __FILE__, __LINE__, #condition); \
            printf(__VA_ARGS__);                                          \
            putchar('\n');                                                \
        }                                                                 \
    } while (0)

/* The closing line and the exit status. */
static int check_report(void)
{
    printf("%d passed, %d failed\n", n_passed, n_failed);
    return n_failed ? 1 : 0;
}

#endif
