/* One round of the loop: wait, then ready watches, then timers that are due, then letters.
 *
 * I/O comes before timers on purpose: when the thread was held up, an answer that is here already
 * beats its deadline. A watch that a callback removes stays in memory until the round ends, because
 * the events of this round may still name it. The mailbox is watched edge-triggered: its eventfd
 * can be readable while the box is empty (the poster writes after the letter is visible), and a
 * level would then spin. */
#include "base/loop.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "base/banned.h"

#define EVENTS_MAX     64
#define NS_PER_MS      1000000
#define NS_PER_S       1000000000
#define DELAY_MS_MAX   (INT64_C(366) * 24 * 3600 * 1000)
#define TIMERS_AT_ONCE 16u

struct loop_watch {
    struct loop *loop;
    int fd;
    unsigned events;
    bool is_removed;
    loop_ready ready;
    void *context;
    struct loop_watch *next_removed;
};

struct loop_timer {
    struct loop *loop;
    int64_t due_ns;
    uint64_t number; /* in order of starting: breaks ties, and keeps a round from firing timers it
                        started */
    size_t index;    /* in the heap */
    void (*fire)(void *context);
    void *context;
};

struct loop {
    int epoll_fd;
    int stop_fd;
    atomic_bool is_stopping;
    bool is_in_round;
    uint32_t watches_count;
    struct loop_watch *removed;
    struct loop_timer **timers; /* binary heap, earliest first */
    size_t timers_count;
    size_t timers_capacity;
    uint64_t timers_started;
};

/* What epoll hands back for the two descriptors that are no watches. */
static char box_mark;
static char stop_mark;

static int64_t now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * NS_PER_S + at.tv_nsec;
}

enum err loop_create(struct loop **ret_loop)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    ASSERT(loop != NULL);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = &stop_mark};
    if (loop->epoll_fd < 0 || loop->stop_fd < 0 ||
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->stop_fd, &event) != 0) {
        loop_destroy(loop);
        return ERR_IO;
    }
    *ret_loop = loop;
    return ERR_OK;
}

void loop_destroy(struct loop *loop)
{
    if (loop == NULL)
        return;
    ASSERT(!loop->is_in_round);
    ASSERT(loop->watches_count == 0);
    ASSERT(loop->timers_count == 0);
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    if (loop->stop_fd >= 0)
        close(loop->stop_fd);
    free(loop->timers);
    free(loop);
}

static uint32_t to_epoll(unsigned events)
{
    return (events & LOOP_READ ? (uint32_t)EPOLLIN : 0) |
           (events & LOOP_WRITE ? (uint32_t)EPOLLOUT : 0);
}

/* epoll reports errors even of a descriptor with no event asked for, so such a one is taken out
 * instead. */
static bool set_events(struct loop_watch *watch, unsigned events)
{
    struct epoll_event event = {.events = to_epoll(events), .data.ptr = watch};
    int operation = EPOLL_CTL_MOD;
    if (watch->events == events)
        return true;
    if (watch->events == 0)
        operation = EPOLL_CTL_ADD;
    else if (events == 0)
        operation = EPOLL_CTL_DEL;
    if (epoll_ctl(watch->loop->epoll_fd, operation, watch->fd, &event) != 0)
        return false;
    watch->events = events;
    return true;
}

enum err loop_watch_add(struct loop *loop, int fd, unsigned events, loop_ready ready, void *context,
                        struct loop_watch **ret_watch)
{
    ASSERT((events & ~(LOOP_READ | LOOP_WRITE)) == 0);
    ASSERT(ready != NULL);
    struct loop_watch *watch = calloc(1, sizeof(*watch));
    ASSERT(watch != NULL);
    *watch = (struct loop_watch){.loop = loop, .fd = fd, .ready = ready, .context = context};
    if (!set_events(watch, events)) {
        free(watch);
        return ERR_IO;
    }
    loop->watches_count++;
    *ret_watch = watch;
    return ERR_OK;
}

void loop_watch_change(struct loop_watch *watch, unsigned events)
{
    ASSERT(!watch->is_removed);
    ASSERT((events & ~(LOOP_READ | LOOP_WRITE)) == 0);
    bool is_set = set_events(watch, events);
    ASSERT(is_set); /* fails only for a descriptor that was closed under its watch */
}

void loop_watch_remove(struct loop_watch *watch)
{
    if (watch == NULL)
        return;
    struct loop *loop = watch->loop;
    ASSERT(!watch->is_removed);
    ASSERT(loop->watches_count > 0);
    loop_watch_change(watch, 0);
    loop->watches_count--;
    if (!loop->is_in_round) {
        free(watch);
        return;
    }
    watch->is_removed = true;
    watch->next_removed = loop->removed;
    loop->removed = watch;
}

static void free_removed(struct loop *loop)
{
    while (loop->removed != NULL) {
        struct loop_watch *watch = loop->removed;
        loop->removed = watch->next_removed;
        free(watch);
    }
}

static bool is_earlier(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->number < b->number;
}

static void place(struct loop *loop, size_t index, struct loop_timer *timer)
{
    loop->timers[index] = timer;
    timer->index = index;
}

static void sift_up(struct loop *loop, size_t index, struct loop_timer *timer)
{
    while (index > 0 && is_earlier(timer, loop->timers[(index - 1) / 2])) {
        place(loop, index, loop->timers[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    place(loop, index, timer);
}

static void sift_down(struct loop *loop, size_t index, struct loop_timer *timer)
{
    for (size_t child = 2 * index + 1; child < loop->timers_count; child = 2 * index + 1) {
        if (child + 1 < loop->timers_count &&
            is_earlier(loop->timers[child + 1], loop->timers[child]))
            child++;
        if (!is_earlier(loop->timers[child], timer))
            break;
        place(loop, index, loop->timers[child]);
        index = child;
    }
    place(loop, index, timer);
}

struct loop_timer *loop_timer_start(struct loop *loop, int64_t delay_ms,
                                    void (*fire)(void *context), void *context)
{
    ASSERT(delay_ms >= 0 && delay_ms <= DELAY_MS_MAX);
    if (loop->timers_count == loop->timers_capacity) {
        size_t capacity = loop->timers_capacity > 0 ? 2 * loop->timers_capacity : TIMERS_AT_ONCE;
        loop->timers = realloc(loop->timers, capacity * sizeof(struct loop_timer *));
        ASSERT(loop->timers != NULL);
        loop->timers_capacity = capacity;
    }
    struct loop_timer *timer = calloc(1, sizeof(*timer));
    ASSERT(timer != NULL);
    *timer = (struct loop_timer){
        .loop = loop,
        .due_ns = now_ns() + delay_ms * NS_PER_MS,
        .number = ++loop->timers_started,
        .fire = fire,
        .context = context,
    };
    sift_up(loop, loop->timers_count++, timer);
    return timer;
}

static void take_out(struct loop_timer *timer)
{
    struct loop *loop = timer->loop;
    size_t index = timer->index;
    ASSERT(index < loop->timers_count && loop->timers[index] == timer);
    struct loop_timer *last = loop->timers[--loop->timers_count];
    if (last == timer)
        return;
    if (index > 0 && is_earlier(last, loop->timers[(index - 1) / 2]))
        sift_up(loop, index, last);
    else
        sift_down(loop, index, last);
}

void loop_timer_cancel(struct loop_timer *timer)
{
    if (timer == NULL)
        return;
    take_out(timer);
    free(timer);
}

static void fire_due(struct loop *loop)
{
    uint64_t last_number = loop->timers_started;
    int64_t now = loop->timers_count > 0 ? now_ns() : 0;
    while (loop->timers_count > 0) {
        struct loop_timer *timer = loop->timers[0];
        if (timer->due_ns > now || timer->number > last_number)
            break;
        void (*fire)(void *context) = timer->fire;
        void *context = timer->context;
        loop_timer_cancel(timer);
        fire(context);
    }
}

/* How long epoll may sleep: rounded up, so that a timer never wakes the loop just before it is due.
 */
static int sleep_ms(const struct loop *loop, const struct mailbox *box, int wait_ms)
{
    if (box != NULL && !mailbox_is_empty(box))
        return 0;
    if (loop->timers_count == 0)
        return wait_ms;
    int64_t left_ns = loop->timers[0]->due_ns - now_ns();
    int64_t left_ms = left_ns <= 0 ? 0 : (left_ns + NS_PER_MS - 1) / NS_PER_MS;
    if (left_ms > INT32_MAX)
        left_ms = INT32_MAX;
    return wait_ms < 0 || left_ms < wait_ms ? (int)left_ms : wait_ms;
}

static void clear_stop(struct loop *loop)
{
    uint64_t count;
    ssize_t got = read(loop->stop_fd, &count, sizeof(count));
    MAYBE(got);
}

static void dispatch(struct loop *loop, const struct epoll_event *event)
{
    if (event->data.ptr == &box_mark)
        return; /* letters are looked for in every round */
    if (event->data.ptr == &stop_mark) {
        clear_stop(loop);
        return;
    }
    struct loop_watch *watch = event->data.ptr;
    unsigned events = 0;
    if (event->events & (uint32_t)(EPOLLIN | EPOLLERR | EPOLLHUP))
        events |= LOOP_READ;
    if (event->events & (uint32_t)(EPOLLOUT | EPOLLERR | EPOLLHUP))
        events |= LOOP_WRITE;
    events &= watch->events; /* an earlier callback of the round may have changed or removed it */
    if (!watch->is_removed && events != 0)
        watch->ready(watch->context, events);
}

static void run_round(struct loop *loop, struct mailbox *box, void *owner, int wait_ms)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_MAX, sleep_ms(loop, box, wait_ms));
    ASSERT(count >= 0 || errno == EINTR);
    loop->is_in_round = true;
    for (int i = 0; i < count; i++)
        dispatch(loop, &events[i]);
    fire_due(loop);
    /* No system call for nothing: wake_fd is edge-triggered here, so that a late wake-up costs one round. */
    if (box != NULL && !mailbox_is_empty(box))
        mailbox_drain(box, owner);
    loop->is_in_round = false;
    free_removed(loop);
}

static void box_add(struct loop *loop, const struct mailbox *box)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = &box_mark};
    ASSERT(!loop->is_in_round);
    if (box == NULL)
        return;
    int failed = epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, box->wake_fd, &event);
    ASSERT(failed == 0);
}

static void box_remove(struct loop *loop, const struct mailbox *box)
{
    if (box == NULL)
        return;
    int failed = epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, box->wake_fd, NULL);
    ASSERT(failed == 0);
}

void loop_run(struct loop *loop, struct mailbox *box, void *owner)
{
    box_add(loop, box);
    while (!atomic_exchange_explicit(&loop->is_stopping, false, memory_order_acquire))
        run_round(loop, box, owner, -1);
    box_remove(loop, box);
}

void loop_run_once(struct loop *loop, struct mailbox *box, void *owner, int wait_ms)
{
    box_add(loop, box);
    run_round(loop, box, owner, wait_ms);
    box_remove(loop, box);
}

void loop_stop(struct loop *loop)
{
    uint64_t one = 1;
    atomic_store_explicit(&loop->is_stopping, true, memory_order_release);
    ssize_t written = write(loop->stop_fd, &one, sizeof(one));
    MAYBE(written); /* fails only when the count is full: the loop is woken then, too */
}
