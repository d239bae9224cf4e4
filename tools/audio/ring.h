/* A ring of floats from one writing thread to one reading thread, without locks. */
#ifndef GRUFF_RING_H
#define GRUFF_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Floats travel in whole groups (a frame of several channels), so that a full ring loses whole frames. */
typedef struct Ring {
    float *data;
    uint32_t size;                          /* floats, a power of two */
    _Alignas(64) atomic_uint_fast32_t head; /* floats ever written, wrapping */
    _Alignas(64) atomic_uint_fast32_t tail; /* floats ever read, wrapping */
} Ring;

/* Room for at least n_floats, rounded up to a power of two, at most 2^30. SETUP. False: no memory. The memory
 * is touched, so that the writer meets no page fault. */
bool ring_new(Ring *ring, uint32_t n_floats);
void ring_free(Ring *ring);

/* Put all n floats, or none and return false where they do not fit. RT, O(n). The writing thread. */
bool ring_put(Ring *ring, const float *values, uint32_t n);

/* Floats that wait. The reading thread. RT. */
uint32_t ring_waiting(const Ring *ring);

/* Take at most n floats; returns how many. RT, O(n). The reading thread. */
uint32_t ring_take(Ring *ring, float *values, uint32_t n);

#endif
