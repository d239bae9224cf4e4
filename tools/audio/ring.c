#include "audio/ring.h"

#include <stdlib.h>
#include <string.h>

bool ring_new(Ring *ring, uint32_t n_floats)
{
    uint32_t size = 1;
    while (size < n_floats && size < 1u << 30)
        size *= 2;
    *ring = (Ring){.data = malloc(size * sizeof(float)), .size = size};
    if (!ring->data)
        return false;
    memset(ring->data, 0, size * sizeof(float));
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    return true;
}

void ring_free(Ring *ring)
{
    free(ring->data);
    *ring = (Ring){0};
}

bool ring_put(Ring *ring, const float *values, uint32_t n)
{
    uint32_t head = (uint32_t)atomic_load_explicit(&ring->head, memory_order_relaxed);
    uint32_t tail = (uint32_t)atomic_load_explicit(&ring->tail, memory_order_acquire);
    if (n > ring->size - (head - tail))
        return false;
    uint32_t at = head & (ring->size - 1);
    uint32_t first = n < ring->size - at ? n : ring->size - at;
    memcpy(ring->data + at, values, first * sizeof(float));
    memcpy(ring->data, values + first, (n - first) * sizeof(float));
    atomic_store_explicit(&ring->head, (uint32_t)(head + n), memory_order_release);
    return true;
}

uint32_t ring_waiting(const Ring *ring)
{
    uint32_t head = (uint32_t)atomic_load_explicit(&ring->head, memory_order_acquire);
    return head - (uint32_t)atomic_load_explicit(&ring->tail, memory_order_relaxed);
}

uint32_t ring_take(Ring *ring, float *values, uint32_t n)
{
    uint32_t waiting = ring_waiting(ring);
    if (n > waiting)
        n = waiting;
    uint32_t tail = (uint32_t)atomic_load_explicit(&ring->tail, memory_order_relaxed);
    uint32_t at = tail & (ring->size - 1);
    uint32_t first = n < ring->size - at ? n : ring->size - at;
    memcpy(values, ring->data + at, first * sizeof(float));
    memcpy(values + first, ring->data, (n - first) * sizeof(float));
    atomic_store_explicit(&ring->tail, (uint32_t)(tail + n), memory_order_release);
    return n;
}
