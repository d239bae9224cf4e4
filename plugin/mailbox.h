/* A mailbox between two threads that never wait: the sender leaves a letter, the receiver finds the newest.
 *
 * The letters themselves lie in an array of three beside it; the mailbox says which of them each side may
 * touch. One sender and one receiver at a time. RT, O(1). */
#ifndef GRUFF_MAILBOX_H
#define GRUFF_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>

typedef struct Mailbox {
    _Atomic unsigned
        middle;     /* index of the letter in between, plus MAILBOX_NEW if the receiver has not seen it */
    unsigned back;  /* the sender's letter: write here, then post */
    unsigned front; /* the receiver's letter: take, then read here */
} Mailbox;

enum { MAILBOX_NEW = 4 };

static inline void mailbox_init(Mailbox *box)
{
    atomic_init(&box->middle, 1);
    box->back = 0;
    box->front = 2;
}

/* The letter at back is complete; back is then another one, with old content. */
static inline void mailbox_post(Mailbox *box)
{
    box->back = atomic_exchange(&box->middle, box->back | MAILBOX_NEW) & 3;
}

/* True if a letter came since the last call: the newest is then at front. */
static inline bool mailbox_take(Mailbox *box)
{
    if (!(atomic_load(&box->middle) & MAILBOX_NEW))
        return false;
    box->front = atomic_exchange(&box->middle, box->front) & 3;
    return true;
}

#endif
