#include <errno.h>
#include <stdlib.h>

#include "failing_malloc.h"

FailingMalloc failing_malloc;

#ifdef FAILING_MALLOC_WORKS
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t align, size_t size);
void __libc_free(void *block);
void *aligned_alloc(size_t align, size_t size);
int posix_memalign(void **block, size_t align, size_t size);

#pragma GCC visibility push(default) /* for the other libraries too */

static bool fails(void)
{
    FailingMalloc *f = &failing_malloc;
    if (!f->counting)
        return false;
    if (++f->n_allocations == f->fail_at) {
        errno = ENOMEM;
        return true;
    }
    f->n_live++;
    return false;
}

static void forget(const void *block)
{
    if (failing_malloc.counting && block)
        failing_malloc.n_live--;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *block, size_t size)
{
    if (fails())
        return NULL;
    forget(block);
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t align, size_t size)
{
    return fails() ? NULL : __libc_memalign(align, size);
}

int posix_memalign(void **block, size_t align, size_t size)
{
    *block = fails() ? NULL : __libc_memalign(align, size);
    return *block ? 0 : ENOMEM;
}

void free(void *block)
{
    forget(block);
    __libc_free(block);
}
#endif
