/* Standard queues: E2, E3, E4, E5, E6, E7, E13. */
#include "engine/harness.h"

#include "base/banned.h"

#define Q 1u

static struct engine_delivery receive_one(int64_t visibility_ms)
{
    ck_assert_uint_eq(harness_receive(Q, 1, visibility_ms), 1);
    return harness_effects.deliveries[0];
}

static void start(void)
{
    harness_start();
    harness_configure(Q, harness_config(false));
}

START_TEST(messages_come_in_order_and_are_hidden_until_deleted)
{
    start();
    for (int i = 0; i < 3; i++)
        harness_send(Q, 0);
    ck_assert_uint_eq(harness_receive(Q, 2, 30000), 2);
    ck_assert_str_eq(harness_delivered(), "1 2");
    struct engine_delivery first = harness_effects.deliveries[0];
    ck_assert_uint_eq(first.receive_count, 1);
    ck_assert_uint_eq(harness_receive(Q, 10, 30000), 1);
    ck_assert_str_eq(harness_delivered(), "3");
    ck_assert_uint_eq(harness_receive(Q, 10, 30000), 0);
    ck_assert_int_eq(harness_delete(Q, first), ENGINE_DONE);
    ck_assert_uint_eq(harness_bodies(), 2);
    ck_assert_int_eq(harness_delete(Q, first), ENGINE_DONE);
    struct engine_counts counts = harness_counts(Q);
    ck_assert_uint_eq(counts.inflight, 2);
    ck_assert_uint_eq(counts.deleted_total, 2);
    ck_assert_uint_eq(counts.empty_receives_total, 1);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(expired_message_comes_back_before_younger_ones)
{
    start();
    harness_send(Q, 0);
    harness_send(Q, 0);
    receive_one(1000);
    harness_send(Q, 0);
    harness_pass(999);
    ck_assert_uint_eq(harness_counts(Q).visible, 2);
    harness_pass(1);
    ck_assert_uint_eq(harness_receive(Q, 10, 30000), 3);
    ck_assert_str_eq(harness_delivered(), "1 2 3");
    ck_assert_uint_eq(harness_effects.deliveries[0].receive_count, 2);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(messages_that_come_back_in_any_order_are_given_by_age)
{
    static const uint32_t back[] = {5, 2, 7, 0, 3, 6, 1, 4};
    start();
    for (int i = 0; i < 8; i++)
        harness_send(Q, 0);
    ck_assert_uint_eq(harness_receive(Q, 8, 30000), 8);
    struct engine_delivery got[8];
    memcpy(got, harness_effects.deliveries, sizeof(got));
    harness_send(Q, 0);
    for (size_t i = 0; i < ARRAY_COUNT(back); i++)
        harness_change(Q, got[back[i]], 0);
    ck_assert_uint_eq(harness_receive(Q, 10, 30000), 9);
    ck_assert_str_eq(harness_delivered(), "1 2 3 4 5 6 7 8 9");
    harness_stop();
}
END_TEST

START_TEST(zero_visibility_counts_and_leaves_the_message_visible)
{
    start();
    harness_send(Q, 0);
    harness_send(Q, 0);
    ck_assert_uint_eq(harness_receive(Q, 10, 0), 2); /* each once */
    ck_assert_uint_eq(harness_counts(Q).visible, 2);
    ck_assert_uint_eq(harness_receive(Q, 10, 30000), 2);
    ck_assert_str_eq(harness_delivered(), "1 2");
    ck_assert_uint_eq(harness_effects.deliveries[0].receive_count, 2);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(old_handles_delete_and_change)
{
    start();
    harness_send(Q, 0);
    struct engine_delivery old = receive_one(1000);
    harness_pass(1000);
    ck_assert_int_eq(harness_change(Q, old, 5000), ENGINE_DONE); /* E4: hidden again */
    ck_assert_uint_eq(harness_receive(Q, 1, 1000), 0);
    harness_pass(5000);
    receive_one(60000);
    ck_assert_int_eq(harness_change(Q, old, 0),
                     ENGINE_DONE); /* older handle, newer receive running */
    receive_one(60000);
    ck_assert_int_eq(harness_delete(Q, old), ENGINE_DONE);
    ck_assert_uint_eq(harness_bodies(), 0);
    ck_assert_int_eq(harness_change(Q, old, 10), ENGINE_NO_MESSAGE);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(visibility_is_capped_at_twelve_hours_since_the_receive)
{
    start();
    harness_send(Q, 0);
    struct engine_delivery delivery = receive_one(43200000);
    harness_pass(1000);
    ck_assert_int_eq(harness_change(Q, delivery, 43199001), ENGINE_BEYOND_LIMIT);
    ck_assert_int_eq(harness_change(Q, delivery, 43199000), ENGINE_DONE);
    harness_stop();
}
END_TEST

START_TEST(delayed_messages_wait_for_their_time)
{
    start();
    harness_send_with(Q, 0, 2000, 0);
    harness_send(Q, 0);
    ck_assert_uint_eq(harness_counts(Q).delayed, 1);
    ck_assert_uint_eq(harness_receive(Q, 10, 30000), 1);
    ck_assert_str_eq(harness_delivered(), "2");
    harness_check_replay();
    harness_pass(2000);
    ck_assert_uint_eq(harness_receive(Q, 10, 30000), 1);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(retention_drops_in_every_state_and_follows_the_configuration)
{
    start();
    struct engine_config config = harness_config(false);
    config.retention_ms = 60000;
    harness_configure(Q, config);
    harness_send(Q, 0);
    harness_pass(1000);
    harness_send(Q, 0);
    receive_one(43200000);
    ck_assert_int_eq(harness_counts(Q).oldest_enqueued.v, harness_now - 1000);
    harness_pass(58999);
    ck_assert_uint_eq(harness_counts(Q).inflight, 1);
    harness_pass(1);
    ck_assert_uint_eq(harness_counts(Q).inflight, 0);
    ck_assert_uint_eq(harness_counts(Q).expired_total, 1);
    config.retention_ms = 120000;
    harness_configure(Q, config);
    harness_pass(60000);
    ck_assert_uint_eq(harness_counts(Q).visible, 1);
    harness_check_replay();
    config.retention_ms = 1000;
    harness_configure(Q, config);
    harness_pass(0);
    ck_assert_uint_eq(harness_bodies(), 0);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(inflight_limit_refuses_short_polls_and_parks_long_ones)
{
    start();
    struct engine_config config = harness_config(false);
    config.inflight_max = 2;
    harness_configure(Q, config);
    for (int i = 0; i < 4; i++)
        harness_send(Q, 0);
    ck_assert_uint_eq(harness_receive(Q, 10, 30000), 2);
    struct engine_delivery first = harness_effects.deliveries[0];
    ck_assert_uint_eq(harness_receive(Q, 10, 30000), 0);
    ck_assert_int_eq(harness_effects.result, ENGINE_OVER_LIMIT);
    struct engine_waiter waiter = harness_park(Q, 20000, 7);
    ck_assert_uint_eq(harness_effects.wakes_count, 0);
    harness_delete(Q, first);
    ck_assert_uint_eq(harness_effects.wakes_count, 1);
    ck_assert_int_eq(harness_resume(Q, waiter, 10, 30000), ENGINE_DONE);
    ck_assert_str_eq(harness_delivered(), "3");
    harness_stop();
}
END_TEST

START_TEST(purge_takes_everything_at_once_and_lets_bodies_go_in_slices)
{
    start();
    harness_checks = false;
    for (int i = 0; i < 1000; i++)
        harness_send(Q, (uint32_t)i % 7);
    harness_receive(Q, 10, 30000);
    struct engine_delivery delivery = harness_effects.deliveries[0];
    harness_send_with(Q, 0, 5000, 0);
    harness_checks = true;
    ck_assert_int_eq(harness_event(ENGINE_PURGE, Q), ENGINE_DONE);
    struct engine_counts counts = harness_counts(Q);
    ck_assert_uint_eq(
        counts.visible + counts.inflight + counts.delayed + counts.groups + counts.bytes, 0);
    ck_assert_int_eq(counts.oldest_enqueued.v, 0);
    ck_assert_int_eq(harness_delete(Q, delivery), ENGINE_DONE);
    ck_assert_int_eq(harness_change(Q, delivery, 0), ENGINE_NO_MESSAGE);
    ck_assert_int_eq(harness_event(ENGINE_PURGE, Q), ENGINE_PURGED_RECENTLY);
    harness_send(Q, 0);
    ck_assert_uint_eq(harness_bodies(), 1002);
    harness_pass(0);
    ck_assert_uint_eq(harness_bodies(), 1);
    harness_pass(59999);
    ck_assert_int_eq(harness_event(ENGINE_PURGE, Q), ENGINE_PURGED_RECENTLY);
    harness_pass(1);
    ck_assert_int_eq(harness_event(ENGINE_PURGE, Q), ENGINE_DONE);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(unknown_queues_are_told)
{
    start();
    static const enum engine_event_kind kinds[] = {
        ENGINE_DROP,  ENGINE_SEND,   ENGINE_RECEIVE, ENGINE_DELETE,     ENGINE_CHANGE_VISIBILITY,
        ENGINE_PURGE, ENGINE_ARRIVE, ENGINE_MOVED,   ENGINE_TASK_START, ENGINE_TASK_CANCEL};
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
        ck_assert_int_eq(harness_event(kinds[i], 9), ENGINE_NO_QUEUE);
    harness_stop();
}
END_TEST

START_TEST(dropped_queue_loses_its_messages_and_may_come_again)
{
    start();
    harness_send(Q, 0);
    ck_assert_int_eq(harness_event(ENGINE_DROP, Q), ENGINE_DONE);
    ck_assert_int_eq(harness_event(ENGINE_RECEIVE, Q), ENGINE_NO_QUEUE);
    harness_pass(0);
    ck_assert_uint_eq(harness_bodies(), 0);
    ck_assert_int_eq(engine_next_tick(harness_engine).v, INT64_MAX);
    harness_configure(Q, harness_config(false));
    ck_assert_uint_eq(harness_receive(Q, 10, 0), 0);
    harness_stop();
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, messages_come_in_order_and_are_hidden_until_deleted);
    tcase_add_test(tests, expired_message_comes_back_before_younger_ones);
    tcase_add_test(tests, messages_that_come_back_in_any_order_are_given_by_age);
    tcase_add_test(tests, zero_visibility_counts_and_leaves_the_message_visible);
    tcase_add_test(tests, old_handles_delete_and_change);
    tcase_add_test(tests, visibility_is_capped_at_twelve_hours_since_the_receive);
    tcase_add_test(tests, delayed_messages_wait_for_their_time);
    tcase_add_test(tests, retention_drops_in_every_state_and_follows_the_configuration);
    tcase_add_test(tests, inflight_limit_refuses_short_polls_and_parks_long_ones);
    tcase_add_test(tests, purge_takes_everything_at_once_and_lets_bodies_go_in_slices);
    tcase_add_test(tests, unknown_queues_are_told);
    tcase_add_test(tests, dropped_queue_loses_its_messages_and_may_come_again);
}

int main(void)
{
    return testkit_run("engine_standard", fill);
}
