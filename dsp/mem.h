/* Memory: checked sizes and one aligned block with named parts. L0, SETUP. */
#ifndef GRUFF_MEM_H
#define GRUFF_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Alignment of every block and every part of one, in bytes: a cache line, and the widest vector. */
#define GRUFF_ALIGN 64u

/* Plans a block, then hands out its parts. Use twice with the same calls: first with base NULL to add up the
 * size, then with the block. A size that overflows makes failed true and stays so. */
typedef struct GruffArena {
    unsigned char *base; /* NULL while planning */
    size_t used;         /* bytes so far, a multiple of GRUFF_ALIGN */
    bool failed;
} GruffArena;

/* The next part: count items of size bytes, aligned. NULL while planning or after a failure. */
void *gruff_arena_take(GruffArena *arena, size_t count, size_t size);

/* A zeroed block aligned to GRUFF_ALIGN, or NULL. Free it with gruff_block_free. */
void *gruff_block_new(size_t n_bytes);
void gruff_block_free(void *block);

/* calloc with checked sizes; count 0 gives a block too. */
void *gruff_array_new(size_t count, size_t size);

#endif
