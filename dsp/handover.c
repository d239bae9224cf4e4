#include "handover.h"

#include <assert.h>

bool gruff_handover_give(GruffHandover *handover, GruffNet *net)
{
    assert(net);
    if (handover->n_out == GRUFF_HANDOVER_SLOTS)
        return false;
    handover->n_out++;
    GruffNet *old = atomic_exchange_explicit(&handover->given, net, memory_order_acq_rel);
    if (old)
        handover->replaced[handover->n_replaced++] = old;
    return true;
}

GruffNet *gruff_handover_collect(GruffHandover *handover)
{
    GruffNet *net;
    uint32_t at = atomic_load_explicit(&handover->n_collected, memory_order_relaxed);
    if (handover->n_replaced > 0) {
        net = handover->replaced[--handover->n_replaced];
    } else if (at != atomic_load_explicit(&handover->n_returned, memory_order_acquire)) {
        net = handover->returned[at % GRUFF_HANDOVER_SLOTS];
        atomic_store_explicit(&handover->n_collected, at + 1, memory_order_release);
    } else {
        return NULL;
    }
    handover->n_out--;
    return net;
}

GruffNet *gruff_handover_take(GruffHandover *handover)
{
    if (!atomic_load_explicit(&handover->given, memory_order_relaxed))
        return NULL;
    return atomic_exchange_explicit(&handover->given, NULL, memory_order_acq_rel);
}

void gruff_handover_return(GruffHandover *handover, GruffNet *net)
{
    uint32_t at = atomic_load_explicit(&handover->n_returned, memory_order_relaxed);
    assert(at - atomic_load_explicit(&handover->n_collected, memory_order_relaxed) < GRUFF_HANDOVER_SLOTS);
    handover->returned[at % GRUFF_HANDOVER_SLOTS] = net;
    atomic_store_explicit(&handover->n_returned, at + 1, memory_order_release);
}
