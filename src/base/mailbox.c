#include "base/mailbox.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "base/banned.h"

enum err mailbox_init(struct mailbox *box)
{
    atomic_init(&box->newest, NULL);
    box->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return box->wake_fd >= 0 ? ERR_OK : ERR_IO;
}

void mailbox_done(struct mailbox *box)
{
    if (box->wake_fd >= 0)
        close(box->wake_fd);
    box->wake_fd = -1;
}

static void wake(struct mailbox *box)
{
    uint64_t one = 1;
    ssize_t written;
    do
        written = write(box->wake_fd, &one, sizeof(one));
    while (written < 0 && errno == EINTR);
    ASSERT(written == (ssize_t)sizeof(one) || errno == EAGAIN);
}

void mailbox_post(struct mailbox *box, struct letter *letter)
{
    struct letter *older = atomic_load_explicit(&box->newest, memory_order_relaxed);
    do
        letter->next = older;
    while (!atomic_compare_exchange_weak_explicit(&box->newest, &older, letter,
                                                  memory_order_release, memory_order_relaxed));
    if (older == NULL)
        wake(box);
}

static void clear_wake(struct mailbox *box)
{
    uint64_t count;
    ssize_t got = read(box->wake_fd, &count, sizeof(count));
    ASSERT(got == (ssize_t)sizeof(count) || errno == EAGAIN || errno == EINTR);
}

unsigned mailbox_drain(struct mailbox *box, void *owner)
{
    unsigned delivered = 0;
    /* Also when the box is empty: a sender may wake us late, for a letter that is delivered already. */
    clear_wake(box); /* before taking: a letter posted in between wakes us again */
    struct letter *newest = atomic_exchange_explicit(&box->newest, NULL, memory_order_acquire);
    struct letter *oldest = NULL;
    while (newest != NULL) {
        struct letter *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest != NULL) {
        struct letter *letter = oldest;
        oldest = letter->next;
        letter->deliver(letter, owner);
        delivered++;
    }
    return delivered;
}

bool mailbox_is_empty(const struct mailbox *box)
{
    return atomic_load_explicit(&box->newest, memory_order_relaxed) == NULL;
}
