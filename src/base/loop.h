/* A small event loop for threads that are not h2o's: the catalog's. epoll, one-shot timers, a mailbox.
 *
 * Not for workers, whose loop is h2o's. Thread: everything on the thread that runs it, except loop_stop. */
#ifndef LEAT_BASE_LOOP_H
#define LEAT_BASE_LOOP_H

#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/mailbox.h"

#define LOOP_READ  1u
#define LOOP_WRITE 2u

struct loop;
struct loop_watch;

typedef void (*loop_ready)(void *context, unsigned events);

MUST_CHECK enum err loop_create(struct loop **ret_loop);
/* Accepts NULL. Every watch is removed and every timer fired or cancelled before. */
void loop_destroy(struct loop *loop);

/* Calls ready(context, events) when fd is readable or writable as asked by `events` (LOOP_*; errors and a hang-up count
 * as all that is asked for; 0 is a pause). fd stays the caller's: remove the watch before closing it. */
MUST_CHECK enum err loop_watch_add(struct loop *loop, int fd, unsigned events, loop_ready ready,
                                   void *context, struct loop_watch **ret_watch);
void loop_watch_change(struct loop_watch *watch, unsigned events);
/* Safe inside a callback, also of the watch itself. Accepts NULL. */
void loop_watch_remove(struct loop_watch *watch);

/* Calls fire(context) once, not earlier than delay_ms (CLOCK_MONOTONIC) from now. Timers are for real I/O deadlines;
 * what users can see is driven by base/clock.h. */
struct loop_timer;
struct loop_timer *loop_timer_start(struct loop *loop, int64_t delay_ms,
                                    void (*fire)(void *context), void *context);
/* Accepts NULL; not after it fired. */
void loop_timer_cancel(struct loop_timer *timer);

/* Runs until loop_stop. Letters of `box` are delivered with `owner`; box may be NULL. */
void loop_run(struct loop *loop, struct mailbox *box, void *owner);
/* One round: waits at most wait_ms (-1: until something happens). For tests. */
void loop_run_once(struct loop *loop, struct mailbox *box, void *owner, int wait_ms);
/* Any thread: makes loop_run return after the round under way; when it is not running, the next one at once. */
void loop_stop(struct loop *loop);

#endif
