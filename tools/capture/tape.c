#include "capture/tape.h"

#include <math.h>
#include <string.h>

void tape_run(void *user, const float *const *in, float *const *out, uint32_t n_frames, bool gap)
{
    Tape *tape = user;
    if (!atomic_load_explicit(&tape->rolling, memory_order_acquire))
        return; /* the stream has silenced the outputs */
    size_t at = atomic_load_explicit(&tape->at, memory_order_relaxed), left = tape->n_record - at;
    size_t n = n_frames < left ? n_frames : left;
    size_t n_play = at < tape->n_play ? tape->n_play - at : 0;
    n_play = n_play < n ? n_play : n;
    for (uint32_t i = 0; n_play && i < tape->n_outputs; i++)
        memcpy(out[i], tape->play + at, n_play * sizeof(float));
    memcpy(tape->record + at, in[0], n * sizeof(float));
    float top = 0;
    for (size_t t = 0; t < n; t++)
        top = fabsf(in[0][t]) > top ? fabsf(in[0][t]) : top;
    uint32_t bits;
    memcpy(&bits, &top, sizeof bits);
    if (bits > atomic_load_explicit(&tape->top, memory_order_relaxed))
        atomic_store_explicit(&tape->top, bits, memory_order_relaxed);
    if (gap) {
        unsigned n_gaps = atomic_load_explicit(&tape->n_gaps, memory_order_relaxed);
        if (n_gaps == 0)
            atomic_store_explicit(&tape->gap, at, memory_order_relaxed);
        atomic_store_explicit(&tape->n_gaps, n_gaps + 1, memory_order_relaxed);
    }
    if (n == left)
        atomic_store_explicit(&tape->rolling, false, memory_order_relaxed);
    atomic_store_explicit(&tape->at, at + n, memory_order_release);
}

void tape_start(Tape *tape, const float *play, size_t n_play, float *record, size_t n_record)
{
    tape->play = play;
    tape->n_play = n_play;
    tape->record = record;
    tape->n_record = n_record;
    memset(record, 0, n_record * sizeof *record); /* no page fault on the audio thread */
    atomic_store(&tape->at, 0);
    atomic_store(&tape->n_gaps, 0);
    atomic_store(&tape->top, 0);
    atomic_store_explicit(&tape->rolling, true, memory_order_release);
}

void tape_stop(Tape *tape)
{
    atomic_store(&tape->rolling, false);
}

float tape_peak(Tape *tape)
{
    uint32_t bits = atomic_exchange(&tape->top, 0);
    float peak;
    memcpy(&peak, &bits, sizeof peak);
    return peak;
}
