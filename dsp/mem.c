#include "mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void *gruff_arena_take(GruffArena *arena, size_t count, size_t size)
{
    if (size && count > (SIZE_MAX / 2 - arena->used - GRUFF_ALIGN) / size)
        arena->failed = true;
    if (arena->failed)
        return NULL;
    void *part = arena->base ? arena->base + arena->used : NULL;
    arena->used += (count * size + GRUFF_ALIGN - 1) / GRUFF_ALIGN * GRUFF_ALIGN;
    return part;
}

void *gruff_block_new(size_t n_bytes)
{
    if (n_bytes > SIZE_MAX / 2)
        return NULL;
    size_t rounded = (n_bytes + GRUFF_ALIGN - 1) / GRUFF_ALIGN * GRUFF_ALIGN;
    if (rounded == 0)
        rounded = GRUFF_ALIGN;
    void *block = aligned_alloc(GRUFF_ALIGN, rounded);
    if (block)
        memset(block, 0, rounded);
    return block;
}

void gruff_block_free(void *block)
{
    free(block);
}

void *gruff_array_new(size_t count, size_t size)
{
    return calloc(count ? count : 1, size ? size : 1);
}
