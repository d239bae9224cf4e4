/* Flush-to-zero in a scope: on in it whatever was on before, and the mode as it was after it. No test
 * library: it also runs under an emulator. */
#include "check.h"
#include "fpu.h"
#include "gruff.h"

#if defined(__SSE2__)
enum { FTZ = 0x8000, DAZ = 0x40, N_MODES = 4 };
static const unsigned modes[N_MODES] = {0, FTZ, DAZ, FTZ | DAZ};

static unsigned mode(void)
{
    return _mm_getcsr() & (FTZ | DAZ);
}

static void set_mode(unsigned m)
{
    _mm_setcsr((_mm_getcsr() & ~(unsigned)(FTZ | DAZ)) | m);
}
#elif defined(__aarch64__)
enum { FZ = 1 << 24, N_MODES = 2 };
static const unsigned modes[N_MODES] = {0, FZ};

static unsigned mode(void)
{
    uint64_t m;
    __asm__ volatile("mrs %0, fpcr" : "=r"(m));
    return (unsigned)m & FZ;
}

static void set_mode(unsigned m)
{
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)m));
}
#else
enum { N_MODES = 0 };
static const unsigned modes[1];

static unsigned mode(void)
{
    return 0;
}

static void set_mode(unsigned m)
{
    (void)m;
}
#endif

/* Some emulators have no such modes. */
static int have_modes(void)
{
    for (int i = 0; i < N_MODES; i++) {
        set_mode(modes[i]);
        if (mode() != modes[i])
            return 0;
    }
    return N_MODES;
}

static float product(float a, float b)
{
    volatile float x = a, y = b;
    return x * y;
}

int main(void)
{
    if (!have_modes()) {
        puts("skipped: no such modes here");
        return 77;
    }
    for (int i = 0; i < N_MODES; i++) {
        set_mode(modes[i]);
        const uint64_t outer = gruff_fpu_flush();
        const unsigned on = mode();
        const float small = product(0x1p-126f, 0.5f), large = product(0x1p-140f, 0x1p60f);
        const uint64_t inner = gruff_fpu_flush();
        gruff_fpu_restore(inner);
        const unsigned still = mode();
        gruff_fpu_restore(outer);
        const unsigned after = mode();
        set_mode(0);
        check(on == modes[N_MODES - 1], "mode %x in the scope, from %x", on, modes[i]);
        check(small == 0.0f, "%g from half the smallest normal number", (double)small);
        check(large == 0.0f, "%g from a denormal", (double)large);
        check(still == on, "mode %x after an inner scope", still);
        check(after == modes[i], "mode %x after the scope, from %x", after, modes[i]);
    }
    set_mode(0);
    gruff_flush_denormals();
    check(mode() == modes[N_MODES - 1], "mode %x from now on", mode());
    set_mode(0);
    return check_report();
}
