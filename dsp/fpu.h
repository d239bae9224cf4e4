/* Floating point mode: denormals flushed to zero within a scope. L0, RT. */
#ifndef GRUFF_FPU_H
#define GRUFF_FPU_H

#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#if defined(__aarch64__)
#define GRUFF_FPU_FLUSH (UINT64_C(1) << 24) /* of FPCR: flush to zero */
#else
#define GRUFF_FPU_FLUSH 0x8040u /* of x86's MXCSR: flush to zero, denormals are zero */
#endif

/* Whether both are on. Asked by arithmetic: reading MXCSR waits until all arithmetic before it has ended. */
#if defined(__SSE2__)
static inline int gruff_fpu_flushes(void)
{
    __m128 x = _mm_setr_ps(0x1p-126f, 0x1p-140f, 0.0f, 0.0f); /* halved no longer normal; not normal */
    __asm__ volatile("" : "+x"(x));
    const __m128i bits = _mm_castps_si128(_mm_mul_ps(x, _mm_setr_ps(0.5f, 0x1p60f, 0.0f, 0.0f)));
    return _mm_movemask_epi8(_mm_cmpeq_epi32(bits, _mm_setzero_si128())) == 0xffff;
}
#endif

/* Turn flush-to-zero (and denormals-are-zero) on; returns the mode to give back to gruff_fpu_restore. Where
 * it is on already, nothing is written: that costs more than asking. */
static inline uint64_t gruff_fpu_flush(void)
{
#if defined(__SSE2__)
    if (gruff_fpu_flushes())
        return GRUFF_FPU_FLUSH;
    const unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | GRUFF_FPU_FLUSH);
    return mode;
#elif defined(__aarch64__)
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    if (!(mode & GRUFF_FPU_FLUSH))
        __asm__ volatile("msr fpcr, %0" : : "r"(mode | GRUFF_FPU_FLUSH));
    return mode;
#else
    return 0;
#endif
}

static inline void gruff_fpu_restore(uint64_t mode)
{
#if defined(__SSE2__)
    if (mode != GRUFF_FPU_FLUSH)
        _mm_setcsr((unsigned)mode);
#elif defined(__aarch64__)
    if (!(mode & GRUFF_FPU_FLUSH))
        __asm__ volatile("msr fpcr, %0" : : "r"(mode));
#else
    (void)mode;
#endif
}

#endif
