#include "base/mailbox.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "testkit/testkit.h"

#define SENDERS       4u
#define LETTERS_EACH  50000u
#define POLL_LIMIT_MS 20000

struct note {
    struct letter letter;
    uint32_t sender;
    uint32_t number;
};

/* What the owner has seen. */
struct reader {
    uint32_t next[SENDERS];
    uint32_t count;
    bool in_order;
};

static void deliver(struct letter *letter, void *owner)
{
    struct note *note = (struct note *)letter;
    struct reader *reader = owner;
    reader->in_order &= note->number == reader->next[note->sender];
    reader->next[note->sender]++;
    reader->count++;
}

static bool is_awake(const struct mailbox *box)
{
    struct pollfd poller = {.fd = box->wake_fd, .events = POLLIN};
    return poll(&poller, 1, 0) == 1;
}

static struct mailbox box;

static void set_up(void)
{
    ck_assert_int_eq(mailbox_init(&box), ERR_OK);
}

static void tear_down(void)
{
    mailbox_done(&box);
}

START_TEST(letters_come_in_order_and_wake_once)
{
    struct note notes[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    struct reader reader = {.in_order = true};
    ck_assert(mailbox_is_empty(&box));
    ck_assert(!is_awake(&box));
    ck_assert_uint_eq(mailbox_drain(&box, &reader), 0);
    for (size_t i = 0; i < 3; i++) {
        notes[i].letter.deliver = deliver;
        mailbox_post(&box, &notes[i].letter);
    }
    ck_assert(!mailbox_is_empty(&box));
    ck_assert(is_awake(&box));
    ck_assert_uint_eq(mailbox_drain(&box, &reader), 3);
    ck_assert(reader.in_order);
    ck_assert(mailbox_is_empty(&box));
    ck_assert(!is_awake(&box));
}
END_TEST

/* A sender may be stopped between putting its letter in and waking: when the owner has taken the letter by then, the
 * late wake-up must not leave the owner's loop spinning. */
START_TEST(a_late_wake_up_is_cleared_by_a_drain_of_nothing)
{
    uint64_t one = 1;
    struct reader reader = {.in_order = true};
    ck_assert_int_eq(write(box.wake_fd, &one, sizeof(one)), sizeof(one));
    ck_assert(is_awake(&box));
    ck_assert_uint_eq(mailbox_drain(&box, &reader), 0);
    ck_assert(!is_awake(&box));
}
END_TEST

static struct note answer = {.number = 1};

static void post_answer(struct letter *letter, void *owner)
{
    deliver(letter, owner);
    answer.letter.deliver = deliver;
    mailbox_post(&box, &answer.letter);
}

START_TEST(a_letter_posted_while_delivering_waits_for_the_next_drain)
{
    struct note note = {.letter.deliver = post_answer};
    struct reader reader = {.in_order = true};
    mailbox_post(&box, &note.letter);
    ck_assert_uint_eq(mailbox_drain(&box, &reader), 1);
    ck_assert(is_awake(&box));
    ck_assert_uint_eq(mailbox_drain(&box, &reader), 1);
    ck_assert(reader.in_order);
}
END_TEST

static struct note storage[SENDERS][LETTERS_EACH];

static void *send(void *context)
{
    struct note *notes = context;
    for (uint32_t i = 0; i < LETTERS_EACH; i++)
        mailbox_post(&box, &notes[i].letter);
    return NULL;
}

/* The owner sleeps whenever the box is empty: a lost wake-up would stop it for good. */
START_TEST(no_letter_and_no_wake_up_is_lost_among_threads)
{
    struct reader reader = {.in_order = true};
    pthread_t senders[SENDERS];
    for (uint32_t i = 0; i < SENDERS; i++) {
        for (uint32_t j = 0; j < LETTERS_EACH; j++)
            storage[i][j] = (struct note){{NULL, deliver}, i, j};
        ck_assert_int_eq(pthread_create(&senders[i], NULL, send, storage[i]), 0);
    }
    while (reader.count < SENDERS * LETTERS_EACH) {
        struct pollfd poller = {.fd = box.wake_fd, .events = POLLIN};
        ck_assert_int_eq(poll(&poller, 1, POLL_LIMIT_MS), 1);
        mailbox_drain(&box, &reader);
    }
    for (uint32_t i = 0; i < SENDERS; i++)
        pthread_join(senders[i], NULL);
    ck_assert(reader.in_order);
    ck_assert_uint_eq(mailbox_drain(&box, &reader), 0);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, letters_come_in_order_and_wake_once);
    tcase_add_test(tests, a_late_wake_up_is_cleared_by_a_drain_of_nothing);
    tcase_add_test(tests, a_letter_posted_while_delivering_waits_for_the_next_drain);
    tcase_add_test(tests, no_letter_and_no_wake_up_is_lost_among_threads);
}

int main(void)
{
    return testkit_run("mailbox", fill);
}
