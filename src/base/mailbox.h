/* Letters from any thread to one owner thread.
 *
 * Posting is lock-free and wakes the owner (through an eventfd) only when the box was empty, because waking an idle
 * core is the dearest part. Letters are intrusive: the first member of what is posted. Order is kept for each sender. */
#ifndef LEAT_BASE_MAILBOX_H
#define LEAT_BASE_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/check.h"
#include "base/err.h"

struct letter {
    struct letter *next;
    /* Runs on the owner's thread when the letter is taken out; owns the letter from then on. */
    void (*deliver)(struct letter *letter, void *owner);
};

struct mailbox {
    _Atomic(struct letter *) newest;
    int wake_fd; /* eventfd: readable when letters wait */
};

MUST_CHECK enum err mailbox_init(struct mailbox *box);
void mailbox_done(struct mailbox *box);

/* Any thread. */
void mailbox_post(struct mailbox *box, struct letter *letter);
/* Owner's thread: clears the wake-up and delivers every letter that waits, oldest first. Returns how many. When wake_fd
 * is readable, call it whether or not the box is empty: a wake-up can come after its letter. */
unsigned mailbox_drain(struct mailbox *box, void *owner);
/* Owner's thread: cheap test without a system call. */
bool mailbox_is_empty(const struct mailbox *box);

#endif
