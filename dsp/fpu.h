/* Floating point mode: denormals flushed to zero within a scope. L0, RT. */
#ifndef GRUFF_FPU_H
#define GRUFF_FPU_H

#include <stdint.h>

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
#endif

/* Turn flush-to-zero (and denormals-are-zero) on; returns the mode to give back to gruff_fpu_restore. Where
 * it is on already, nothing is written: that costs more than reading. */
#define GRUFF_FPU_FLUSH 0x8040u /* of x86's MXCSR */
static inline uint64_t gruff_fpu_flush(void)
{
#if defined(__SSE__)
    unsigned mode = _mm_getcsr();
    if ((mode & GRUFF_FPU_FLUSH) != GRUFF_FPU_FLUSH)
        _mm_setcsr(mode | GRUFF_FPU_FLUSH);
    return mode;
#elif defined(__aarch64__)
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | (UINT64_C(1) << 24)));
    return mode;
#else
    return 0;
#endif
}

static inline void gruff_fpu_restore(uint64_t mode)
{
#if defined(__SSE__)
    if ((mode & GRUFF_FPU_FLUSH) != GRUFF_FPU_FLUSH)
        _mm_setcsr((unsigned)mode);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
#else
    (void)mode;
#endif
}

#endif
