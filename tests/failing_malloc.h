/* Allocations that fail in turn, for all libraries of the process. Link failing_malloc.c into the program: it
 * stands in for the C library's malloc. */
#ifndef GRUFF_TEST_FAILING_MALLOC_H
#define GRUFF_TEST_FAILING_MALLOC_H

#include <stdbool.h>
#include <stdlib.h> /* tells whose C library this is */

/* Where a sanitizer or another C library brings its own malloc the test can only be skipped. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
#define FAILING_MALLOC_WORKS 1
#endif

/* While counting is set, allocation number fail_at (from 1; 0: none) fails. One thread only. */
typedef struct FailingMalloc {
    bool counting;
    long n_allocations, fail_at;
    long n_live; /* blocks made while counting and not freed yet */
} FailingMalloc;

extern FailingMalloc failing_malloc;

#endif
