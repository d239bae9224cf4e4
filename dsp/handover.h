/* Handover of nets between a control thread and the audio thread, without locks. L2.
 *
 * The control thread gives nets and takes back those no longer needed; the audio thread takes the latest net
 * given and returns old ones. Neither ever waits for the other. At most GRUFF_HANDOVER_SLOTS nets are out at
 * a time, so that returning one cannot fail. */
#ifndef GRUFF_HANDOVER_H
#define GRUFF_HANDOVER_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "gruff.h"

#define GRUFF_HANDOVER_SLOTS 16u

typedef struct GruffHandover {
    alignas(64) _Atomic(GruffNet *) given;    /* NULL: none waits */
    alignas(64) _Atomic uint32_t n_returned;  /* written by the audio thread */
    GruffNet *returned[GRUFF_HANDOVER_SLOTS]; /* ring; n_returned and n_collected count on for ever */
    alignas(64) _Atomic uint32_t n_collected; /* this and what follows: written by the control thread */
    uint32_t n_out;                           /* given and not yet collected */
    uint32_t n_replaced;
    GruffNet *replaced[GRUFF_HANDOVER_SLOTS]; /* given but never taken */
} GruffHandover;

/* Control thread, O(1). The handover must start as all zero bytes. give: false, and the net stays the
 * caller's, when GRUFF_HANDOVER_SLOTS nets are out. collect: NULL when nothing has come back. */
GRUFF_RT bool gruff_handover_give(GruffHandover *handover, GruffNet *net);
GRUFF_RT GruffNet *gruff_handover_collect(GruffHandover *handover);

/* Audio thread, O(1). take: the latest net given, or NULL. */
GRUFF_RT GruffNet *gruff_handover_take(GruffHandover *handover);
GRUFF_RT void gruff_handover_return(GruffHandover *handover, GruffNet *net);

#endif
