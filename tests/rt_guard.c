#include "rt_guard.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

static __thread bool guarded;
static __thread unsigned n_calls;
static __thread const char *first_call = "malloc";

#ifndef SANITIZED
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static void note(const char *name)
{
    if (guarded && !n_calls++)
        first_call = name;
}

__attribute__((visibility("default"))) void *malloc(size_t n)
{
    note("malloc");
    return __libc_malloc(n);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t n)
{
    note("calloc");
    return __libc_calloc(count, n);
}

__attribute__((visibility("default"))) void *realloc(void *p, size_t n)
{
    note("realloc");
    return __libc_realloc(p, n);
}

__attribute__((visibility("default"))) void *aligned_alloc(size_t alignment, size_t n)
{
    note("aligned_alloc");
    return __libc_memalign(alignment, n);
}

__attribute__((visibility("default"))) int posix_memalign(void **p, size_t alignment, size_t n)
{
    note("posix_memalign");
    *p = __libc_memalign(alignment, n);
    return *p ? 0 : ENOMEM;
}

__attribute__((visibility("default"))) void free(void *p)
{
    note("free");
    __libc_free(p);
}
#endif

void rt_guard_enter(void)
{
    n_calls = 0;
    guarded = true;
}

unsigned rt_guard_leave(void)
{
    guarded = false;
    return n_calls;
}

/* Exit without exit_group, which strict mode forbids. */
static void leave_child(int status)
{
    syscall(SYS_exit, status);
    __builtin_trap();
}

enum { CAME_THROUGH = 0, ALLOCATED = 3, NO_SECCOMP = 4 };

static int in_child(void (*body)(void *), void *data, bool strict)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (strict && prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
            leave_child(NO_SECCOMP);
        rt_guard_enter();
        body(data);
        if (rt_guard_leave()) {
            if (write(2, first_call, strlen(first_call)) < 0 || write(2, " was called\n", 12) < 0)
                leave_child(ALLOCATED);
            leave_child(ALLOCATED);
        }
        leave_child(CAME_THROUGH);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

#ifndef SANITIZED
static void nothing(void *data)
{
    (void)data;
}
#endif

bool rt_guard_works(const char **why)
{
#ifdef SANITIZED
    *why = "built with a sanitizer, which brings its own malloc";
    return false;
#else
    if (getenv("LD_PRELOAD") && strstr(getenv("LD_PRELOAD"), "vgpreload")) {
        *why = "running under valgrind, which brings its own malloc";
        return false;
    }
    *why = "the system refuses seccomp's strict mode";
    return in_child(nothing, NULL, true) == 0;
#endif
}

bool rt_guard(void (*body)(void *), void *data, const char **what)
{
    static char sentence[128];
    *what = sentence;
    for (int strict = 0; strict < 2; strict++) {
        int status = in_child(body, data, strict);
        if (WIFEXITED(status) && WEXITSTATUS(status) == CAME_THROUGH)
            continue;
        if (WIFEXITED(status) && WEXITSTATUS(status) == ALLOCATED)
            strcpy(sentence, "it called the malloc family");
        else if (strict && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
            strcpy(sentence, "it called the system");
        else if (WIFSIGNALED(status))
            snprintf(sentence, sizeof sentence, "it died of signal %d", WTERMSIG(status));
        else
            snprintf(sentence, sizeof sentence, "the child ended with status %d", WEXITSTATUS(status));
        return false;
    }
    return true;
}
