#include "base/loop.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/random.h"
#include "testkit/testkit.h"

#include "base/banned.h"

static struct loop *loop;
/* What happened, one character an event. */
static char trace[64];
static size_t trace_count;

static void setup(void)
{
    memset(trace, 0, sizeof(trace));
    trace_count = 0;
    ck_assert_int_eq(loop_create(&loop), ERR_OK);
}

static void teardown(void)
{
    loop_destroy(loop);
}

static void note(char what)
{
    ck_assert_uint_lt(trace_count, sizeof(trace) - 1);
    trace[trace_count++] = what;
}

struct noting {
    char what;
    int64_t delay_ms;
    struct loop_timer *timer;
};

static void fire_note(void *context)
{
    struct noting *noting = context;
    noting->timer = NULL;
    note(noting->what);
}

static void fire_stop(void *context)
{
    MAYBE(context);
    loop_stop(loop);
}

START_TEST(timers_fire_in_order_of_deadline_then_of_starting)
{
    struct noting rows[] = {{.what = 'd', .delay_ms = 12}, {.what = 'a', .delay_ms = 0},
                            {.what = 'c', .delay_ms = 8},  {.what = 'e', .delay_ms = 16},
                            {.what = 'b', .delay_ms = 4},  {.what = 'f', .delay_ms = 20}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        rows[i].timer = loop_timer_start(loop, rows[i].delay_ms, fire_note, &rows[i]);
    loop_timer_start(loop, 40, fire_stop, NULL);
    loop_run(loop, NULL, NULL);
    ck_assert_str_eq(trace, "abcdef");
}
END_TEST

START_TEST(a_cancelled_timer_never_fires_wherever_it_stood)
{
    enum { TIMERS = 40 };
    for (size_t victim = 0; victim < TIMERS; victim++) {
        struct noting rows[TIMERS];
        uint64_t seed = victim;
        trace_count = 0;
        for (size_t i = 0; i < TIMERS; i++) {
            rows[i] = (struct noting){.what = 'x', .delay_ms = (int64_t)(random_next(&seed) % 3)};
            rows[i].timer = loop_timer_start(loop, rows[i].delay_ms, fire_note, &rows[i]);
        }
        rows[victim].what = '!';
        loop_timer_cancel(rows[victim].timer);
        loop_timer_start(loop, 4, fire_stop, NULL);
        loop_run(loop, NULL, NULL);
        ck_assert_uint_eq(trace_count, TIMERS - 1);
        ck_assert_ptr_null(memchr(trace, '!', trace_count));
    }
    loop_timer_cancel(NULL);
}
END_TEST

static void fire_again(void *context)
{
    MAYBE(context);
    note('t');
    loop_timer_start(loop, 0, trace_count < 5 ? fire_again : fire_stop, NULL);
}

static void ready_note(void *context, unsigned events)
{
    MAYBE(context);
    MAYBE(events);
    note('r');
}

START_TEST(a_timer_that_starts_itself_again_does_not_starve_watches)
{
    int pair[2];
    struct loop_watch *watch;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ck_assert_int_eq(loop_watch_add(loop, pair[0], LOOP_WRITE, ready_note, NULL, &watch), ERR_OK);
    loop_timer_start(loop, 0, fire_again, NULL);
    loop_run(loop, NULL, NULL);
    ck_assert_int_eq(memcmp(trace, "rtrt", 4), 0);
    loop_watch_remove(watch);
    close(pair[0]);
    close(pair[1]);
}
END_TEST

struct pair {
    int here, there;
    struct loop_watch *watch;
    struct pair *victim;
};

static void pair_open(struct pair *pair, unsigned events, loop_ready ready)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    pair->here = fds[0];
    pair->there = fds[1];
    ck_assert_int_eq(loop_watch_add(loop, pair->here, events, ready, pair, &pair->watch), ERR_OK);
}

static void pair_close(struct pair *pair)
{
    loop_watch_remove(pair->watch);
    close(pair->here);
    close(pair->there);
}

static void ready_remove_victim(void *context, unsigned events)
{
    struct pair *pair = context;
    ck_assert_uint_eq(events, LOOP_READ);
    note('r');
    loop_watch_remove(pair->victim->watch);
    pair->victim->watch = NULL;
}

START_TEST(a_watch_removed_in_a_callback_is_not_called_any_more)
{
    struct pair a = {.victim = NULL}, b = {.victim = NULL};
    pair_open(&a, LOOP_READ, ready_remove_victim);
    pair_open(&b, LOOP_READ, ready_remove_victim);
    a.victim = &b; /* whichever of the two is called first removes the other */
    b.victim = &a;
    ck_assert_int_eq(write(a.there, "x", 1), 1);
    ck_assert_int_eq(write(b.there, "x", 1), 1);
    loop_run_once(loop, NULL, NULL, -1);
    ck_assert_str_eq(trace, "r");
    pair_close(&a);
    pair_close(&b);
}
END_TEST

START_TEST(a_watch_may_remove_itself)
{
    struct pair a = {.victim = &a};
    pair_open(&a, LOOP_READ, ready_remove_victim);
    ck_assert_int_eq(write(a.there, "x", 1), 1);
    loop_run_once(loop, NULL, NULL, -1);
    loop_run_once(loop, NULL, NULL, 0);
    ck_assert_str_eq(trace, "r");
    pair_close(&a);
}
END_TEST

static void ready_replace(void *context, unsigned events)
{
    struct pair *pair = context;
    MAYBE(events);
    note('r');
    loop_watch_remove(pair->watch);
    ck_assert_int_eq(loop_watch_add(loop, pair->here, LOOP_READ, ready_replace, pair, &pair->watch),
                     ERR_OK);
}

START_TEST(a_watch_may_be_made_anew_for_the_same_descriptor_in_its_callback)
{
    struct pair a = {.victim = NULL};
    pair_open(&a, LOOP_READ, ready_replace);
    ck_assert_int_eq(write(a.there, "x", 1), 1);
    loop_run_once(loop, NULL, NULL, -1);
    ck_assert_str_eq(trace, "r");
    loop_run_once(loop, NULL, NULL, -1);
    ck_assert_str_eq(trace, "rr");
    pair_close(&a);
}
END_TEST

static void ready_expect(void *context, unsigned events)
{
    struct pair *pair = context;
    MAYBE(pair);
    note(events == (LOOP_READ | LOOP_WRITE) ? 'b' : events == LOOP_READ ? 'r' : 'w');
}

START_TEST(watches_report_what_they_were_asked_for)
{
    struct pair a = {.victim = NULL};
    pair_open(&a, 0, ready_expect);
    loop_run_once(loop, NULL, NULL, 0);
    ck_assert_str_eq(trace, "");
    loop_watch_change(a.watch, LOOP_READ | LOOP_WRITE);
    loop_run_once(loop, NULL, NULL, 0);
    ck_assert_str_eq(trace, "w");
    ck_assert_int_eq(write(a.there, "x", 1), 1);
    loop_run_once(loop, NULL, NULL, 0);
    ck_assert_str_eq(trace, "wb");
    loop_watch_change(a.watch, LOOP_READ);
    loop_run_once(loop, NULL, NULL, 0);
    ck_assert_str_eq(trace, "wbr");
    loop_watch_change(a.watch, LOOP_WRITE);
    shutdown(a.there, SHUT_RDWR); /* a hang-up counts as whatever is asked for */
    loop_run_once(loop, NULL, NULL, 0);
    ck_assert_str_eq(trace, "wbrw");
    loop_watch_change(a.watch, 0); /* and is not reported to nobody: the loop would spin */
    loop_run_once(loop, NULL, NULL, 0);
    ck_assert_str_eq(trace, "wbrw");
    pair_close(&a);
}
END_TEST

enum { LETTERS = 2000 };

struct post_office {
    struct mailbox box;
    struct letter letters[LETTERS];
    unsigned delivered;
};

static void deliver(struct letter *letter, void *owner)
{
    struct post_office *office = owner;
    ck_assert_ptr_eq(letter, &office->letters[office->delivered]); /* in order */
    if (++office->delivered == LETTERS)
        loop_stop(loop);
}

static void *post_all(void *context)
{
    struct post_office *office = context;
    for (size_t i = 0; i < LETTERS; i++) {
        office->letters[i].deliver = deliver;
        mailbox_post(&office->box, &office->letters[i]);
        if (i % 64 == 0)
            sched_yield();
    }
    return NULL;
}

START_TEST(letters_of_another_thread_wake_the_loop_and_keep_their_order)
{
    struct post_office *office = calloc(1, sizeof(*office));
    pthread_t thread;
    ck_assert_int_eq(mailbox_init(&office->box), ERR_OK);
    ck_assert_int_eq(pthread_create(&thread, NULL, post_all, office), 0);
    loop_run(loop, &office->box, office);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(office->delivered, LETTERS);
    mailbox_done(&office->box);
    free(office);
}
END_TEST

static void deliver_note(struct letter *letter, void *owner)
{
    MAYBE(letter);
    ck_assert_ptr_eq(owner, trace);
    note('l');
}

START_TEST(letters_posted_before_running_are_delivered)
{
    struct mailbox box;
    struct letter letter = {.deliver = deliver_note};
    ck_assert_int_eq(mailbox_init(&box), ERR_OK);
    mailbox_post(&box, &letter);
    loop_run_once(loop, &box, trace, -1);
    mailbox_post(&box, &letter);
    loop_run_once(loop, &box, trace, -1);
    loop_run_once(loop, &box, trace, 0);
    ck_assert_str_eq(trace, "ll");
    mailbox_done(&box);
}
END_TEST

static void *stop_soon(void *context)
{
    MAYBE(context);
    loop_stop(loop);
    return NULL;
}

START_TEST(another_thread_stops_a_sleeping_loop)
{
    for (int i = 0; i < 50; i++) { /* before, while and after it begins to sleep */
        pthread_t thread;
        ck_assert_int_eq(pthread_create(&thread, NULL, stop_soon, NULL), 0);
        loop_run(loop, NULL, NULL);
        pthread_join(thread, NULL);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, timers_fire_in_order_of_deadline_then_of_starting);
    tcase_add_test(tests, a_cancelled_timer_never_fires_wherever_it_stood);
    tcase_add_test(tests, a_timer_that_starts_itself_again_does_not_starve_watches);
    tcase_add_test(tests, a_watch_removed_in_a_callback_is_not_called_any_more);
    tcase_add_test(tests, a_watch_may_remove_itself);
    tcase_add_test(tests, a_watch_may_be_made_anew_for_the_same_descriptor_in_its_callback);
    tcase_add_test(tests, watches_report_what_they_were_asked_for);
    tcase_add_test(tests, letters_of_another_thread_wake_the_loop_and_keep_their_order);
    tcase_add_test(tests, letters_posted_before_running_are_delivered);
    tcase_add_test(tests, another_thread_stops_a_sleeping_loop);
}

int main(void)
{
    return testkit_run("loop", fill);
}
