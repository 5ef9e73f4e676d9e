#include "bench/ledger.h"

#include <pthread.h>

#include "testkit/testkit.h"

#include "base/banned.h"

static struct ledger *ledger;

static uint64_t issue(uint32_t producer)
{
    uint64_t sequence = UINT64_MAX;
    ck_assert_int_eq(ledger_issue(ledger, producer, &sequence), ERR_OK);
    return sequence;
}

START_TEST(each_producer_counts_from_zero)
{
    ledger = ledger_create(3, 0);
    for (uint64_t i = 0; i < 1000; i++) {
        ck_assert_uint_eq(issue(0), i);
        ck_assert_uint_eq(issue(2), i);
    }
    ck_assert_uint_eq(issue(1), 0);
    ledger_destroy(ledger);
}
END_TEST

START_TEST(what_was_never_issued_is_told_apart)
{
    ledger = ledger_create(2, 0);
    ck_assert_int_eq(ledger_receive(ledger, 0, 0, 0), LEDGER_NEVER_ISSUED);
    issue(0);
    ck_assert_int_eq(ledger_receive(ledger, 0, 1, 0), LEDGER_NEVER_ISSUED);
    ck_assert_int_eq(ledger_receive(ledger, 1, 0, 0), LEDGER_NEVER_ISSUED);
    ck_assert_int_eq(ledger_receive(ledger, 2, 0, 0), LEDGER_NEVER_ISSUED);
    ck_assert_int_eq(ledger_receive(ledger, 0, UINT64_MAX, 0), LEDGER_NEVER_ISSUED);
    ck_assert_int_eq(ledger_receive(ledger, 0, 0, 0), LEDGER_FIRST);
    ledger_destroy(ledger);
}
END_TEST

START_TEST(second_deliveries_are_duplicates_and_worse_after_a_delete)
{
    ledger = ledger_create(1, 0);
    issue(0);
    ledger_settle(ledger, 0, 0, LEDGER_SENT);
    ck_assert_int_eq(ledger_receive(ledger, 0, 0, 0), LEDGER_FIRST);
    ck_assert_int_eq(ledger_receive(ledger, 0, 0, 0), LEDGER_DUPLICATE);
    ledger_delete(ledger, 0, 0);
    ck_assert_int_eq(ledger_receive(ledger, 0, 0, 0), LEDGER_AFTER_DELETE);
    ledger_destroy(ledger);
}
END_TEST

START_TEST(orders_notice_a_message_behind_its_successor)
{
    ledger = ledger_create(2, 2);
    for (int i = 0; i < 4; i++) {
        issue(0);
        issue(1);
    }
    ck_assert_int_eq(ledger_receive(ledger, 0, 0, 0), LEDGER_FIRST);
    ck_assert_int_eq(ledger_receive(ledger, 0, 2, 0), LEDGER_FIRST);
    ck_assert_int_eq(ledger_receive(ledger, 0, 1, 0), LEDGER_OUT_OF_ORDER);
    ck_assert_int_eq(ledger_receive(ledger, 1, 1, 1), LEDGER_FIRST);
    ck_assert_int_eq(ledger_receive(ledger, 1, 0, 1), LEDGER_OUT_OF_ORDER);
    ck_assert_int_eq(ledger_receive(ledger, 0, 3, 0), LEDGER_FIRST);
    ck_assert_int_eq(ledger_receive(ledger, 0, 3, 0), LEDGER_DUPLICATE);
    ledger_destroy(ledger);
}
END_TEST

START_TEST(totals_tell_losses_from_messages_of_unknown_fate)
{
    struct ledger_totals totals;
    ledger = ledger_create(1, 0);
    for (int i = 0; i < 8; i++)
        issue(0);
    ledger_settle(ledger, 0, 0, LEDGER_SENT); /* received, deleted */
    ledger_settle(ledger, 0, 1, LEDGER_SENT); /* received */
    ledger_settle(ledger, 0, 2, LEDGER_SENT); /* lost */
    ledger_settle(ledger, 0, 3, LEDGER_UNKNOWN);
    ledger_settle(ledger, 0, 4, LEDGER_UNKNOWN); /* came */
    ledger_settle(ledger, 0, 5, LEDGER_REFUSED);
    ledger_settle(ledger, 0, 6, LEDGER_REFUSED); /* came */
    static const uint64_t received[] = {0, 1, 4, 6};
    for (size_t i = 0; i < ARRAY_COUNT(received); i++)
        ledger_receive(ledger, 0, received[i], 0);
    ledger_delete(ledger, 0, 0);
    ledger_count(ledger, &totals);
    ck_assert_uint_eq(totals.issued, 8);
    ck_assert_uint_eq(totals.sent, 3);
    ck_assert_uint_eq(totals.unknown, 2);
    ck_assert_uint_eq(totals.refused, 2);
    ck_assert_uint_eq(totals.received, 4);
    ck_assert_uint_eq(totals.deleted, 1);
    ck_assert_uint_eq(totals.lost, 1);
    ck_assert_uint_eq(totals.received_unknown, 1);
    ck_assert_uint_eq(totals.received_refused, 1);
    ck_assert_int_eq(ledger_missing(ledger), 1);
    ledger_destroy(ledger);
}
END_TEST

/* A receiver can be faster than the answer to the sender. */
static const struct {
    enum ledger_fate fate;
    bool is_received_first, is_received_later;
    int64_t missing;
} orders[] = {
    {LEDGER_SENT, false, false, 1},   {LEDGER_SENT, true, false, 0},
    {LEDGER_SENT, false, true, 0},    {LEDGER_UNKNOWN, false, false, 0},
    {LEDGER_UNKNOWN, true, false, 0}, {LEDGER_UNKNOWN, false, true, 0},
    {LEDGER_REFUSED, true, false, 0}, {LEDGER_REFUSED, false, true, 0},
};

START_TEST(missing_is_exact_whoever_comes_first)
{
    ledger = ledger_create(1, 0);
    issue(0);
    if (orders[_i].is_received_first)
        ledger_receive(ledger, 0, 0, 0);
    ledger_settle(ledger, 0, 0, orders[_i].fate);
    if (orders[_i].is_received_later)
        ledger_receive(ledger, 0, 0, 0);
    ck_assert_int_eq(ledger_missing(ledger), orders[_i].missing);
    ledger_destroy(ledger);
}
END_TEST

#define MESSAGES_COUNT 300000 /* with 4 producers: more than one chunk */

static void *produce(void *context)
{
    uint32_t producer = *(uint32_t *)context;
    for (int i = 0; i < MESSAGES_COUNT; i++) {
        uint64_t sequence;
        if (ledger_issue(ledger, producer, &sequence) != ERR_OK)
            abort();
        ledger_settle(ledger, producer, sequence, LEDGER_SENT);
        if (sequence % 3 != 0)
            ledger_receive(ledger, producer, sequence, 0);
    }
    return NULL;
}

START_TEST(threads_lose_nothing)
{
    pthread_t threads[4];
    uint32_t numbers[4];
    struct ledger_totals totals;
    ledger = ledger_create(4, 0);
    for (uint32_t i = 0; i < 4; i++) {
        numbers[i] = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, produce, &numbers[i]), 0);
    }
    for (uint32_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ledger_count(ledger, &totals);
    ck_assert_uint_eq(totals.sent, 4 * MESSAGES_COUNT);
    ck_assert_uint_eq(totals.lost, 4 * MESSAGES_COUNT / 3);
    ck_assert_int_eq(ledger_missing(ledger), 4 * MESSAGES_COUNT / 3);
    ledger_destroy(ledger);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, each_producer_counts_from_zero);
    tcase_add_test(tests, what_was_never_issued_is_told_apart);
    tcase_add_test(tests, second_deliveries_are_duplicates_and_worse_after_a_delete);
    tcase_add_test(tests, orders_notice_a_message_behind_its_successor);
    tcase_add_test(tests, totals_tell_losses_from_messages_of_unknown_fate);
    tcase_add_loop_test(tests, missing_is_exact_whoever_comes_first, 0, ARRAY_COUNT(orders));
    tcase_add_test(tests, threads_lose_nothing);
}

int main(void)
{
    return testkit_run("ledger", fill);
}
