/* FIFO queues: the table of E9, E6, E10, E11. */
#include "engine/harness.h"

#include "base/banned.h"

#define Q 1u

static struct engine_delivery got[10];

static void start(void)
{
    harness_start();
    harness_configure(Q, harness_config(true));
}

static void send_groups(const char *groups)
{
    for (; *groups != '\0'; groups++)
        harness_send(Q, (uint32_t)(*groups - '0'));
}

/* What a receive of `count` gives, as text; the deliveries are in got. */
static const char *receive(uint32_t count, int64_t visibility_ms)
{
    harness_receive(Q, count, visibility_ms);
    memcpy(got, harness_effects.deliveries, sizeof(got));
    return harness_delivered();
}

START_TEST(groups_are_given_one_after_the_other)
{
    start();
    send_groups("1211"); /* 1, 3 and 4 are of group 1 */
    ck_assert_str_eq(receive(10, 30000), "1 3 4 2");
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(group_is_locked_while_one_of_it_is_in_flight)
{
    start();
    send_groups("111122");
    ck_assert_str_eq(receive(2, 30000), "1 2");
    struct engine_delivery first = got[0];
    struct engine_delivery second = got[1];
    ck_assert_str_eq(receive(1, 30000), "5");
    ck_assert_str_eq(receive(10, 30000), "");
    ck_assert_int_eq(harness_delete(Q, first), ENGINE_DONE);
    ck_assert_str_eq(receive(10, 30000), "");
    ck_assert_int_eq(harness_delete(Q, second), ENGINE_DONE);
    ck_assert_str_eq(receive(10, 30000), "3 4");
    ck_assert_uint_eq(harness_counts(Q).groups_inflight, 2);
    harness_stop();
}
END_TEST

START_TEST(head_that_was_shown_again_comes_alone)
{
    start();
    send_groups("1121");
    ck_assert_str_eq(receive(2, 30000), "1 2");
    ck_assert_int_eq(harness_change(Q, got[0], 0), ENGINE_DONE);
    ck_assert_str_eq(receive(3, 30000), "3 1"); /* 2 is still hidden */
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(extending_one_holds_back_the_ones_behind_it)
{
    static const char *delivered[] = {"", "1", "1 2"};
    start();
    send_groups("111");
    ck_assert_str_eq(receive(10, 1000), "1 2 3");
    ck_assert_int_eq(harness_change(Q, got[_i], 5000), ENGINE_DONE);
    harness_pass(1000);
    ck_assert_str_eq(receive(10, 1000), delivered[_i]);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(order_in_a_group_survives_a_timeout)
{
    start();
    send_groups("111");
    ck_assert_str_eq(receive(10, 1000), "1 2 3");
    harness_pass(1000);
    ck_assert_str_eq(receive(10, 1000), "1 2 3");
    harness_stop();
}
END_TEST

START_TEST(touched_groups_go_to_the_back)
{
    start();
    send_groups("11223");
    ck_assert_str_eq(receive(3, 0), "1 2 3");
    ck_assert_str_eq(receive(10, 0), "5 1 2 3 4");
    harness_stop();
}
END_TEST

START_TEST(emptied_group_works_again)
{
    start();
    send_groups("1");
    receive(1, 30000);
    harness_delete(Q, got[0]);
    ck_assert_uint_eq(harness_counts(Q).groups, 0);
    send_groups("1");
    ck_assert_str_eq(receive(1, 30000), "2");
    harness_stop();
}
END_TEST

START_TEST(only_the_handle_in_force_has_power)
{
    start();
    send_groups("1");
    receive(1, 1000);
    struct engine_delivery old = got[0];
    harness_now += 1000; /* not ticked: the deadline counts */
    ck_assert_int_eq(harness_delete(Q, old), ENGINE_HANDLE_EXPIRED);
    ck_assert_int_eq(harness_change(Q, old, 10), ENGINE_HANDLE_EXPIRED);
    receive(1, 1000);
    ck_assert_int_eq(harness_delete(Q, old), ENGINE_HANDLE_EXPIRED);
    ck_assert_int_eq(harness_change(Q, got[0], 5000), ENGINE_DONE);
    harness_pass(4000);
    ck_assert_int_eq(harness_delete(Q, got[0]), ENGINE_DONE);
    ck_assert_int_eq(harness_delete(Q, got[0]), ENGINE_DONE);
    ck_assert_int_eq(harness_delete(Q, old), ENGINE_DONE);
    ck_assert_int_eq(harness_change(Q, got[0], 0), ENGINE_NO_MESSAGE);
    harness_stop();
}
END_TEST

START_TEST(handle_expires_also_when_ticks_are_behind)
{
    start();
    struct engine_delivery last = {0};
    for (uint32_t group = 1; group <= 200; group++) {
        harness_send(Q, group);
        ck_assert_uint_eq(harness_receive(Q, 1, 1000), 1);
        last = harness_effects.deliveries[0];
        harness_now += group == 199;
    }
    harness_now += 1000;
    ck_assert_int_eq(harness_delete(Q, last), ENGINE_HANDLE_EXPIRED);
    ck_assert_uint_gt(harness_counts(Q).inflight, 0);
    harness_stop();
}
END_TEST

START_TEST(handle_is_dead_after_showing_the_message_again)
{
    start();
    send_groups("1");
    receive(1, 1000);
    ck_assert_int_eq(harness_change(Q, got[0], 0), ENGINE_DONE);
    ck_assert_int_eq(harness_delete(Q, got[0]), ENGINE_HANDLE_EXPIRED);
    harness_stop();
}
END_TEST

START_TEST(inflight_limit_gives_nothing)
{
    start();
    struct engine_config config = harness_config(true);
    config.inflight_max = 2;
    harness_configure(Q, config);
    send_groups("1122");
    ck_assert_str_eq(receive(10, 30000), "1 2");
    ck_assert_str_eq(receive(10, 30000), "");
    ck_assert_int_eq(harness_effects.result, ENGINE_DONE);
    harness_stop();
}
END_TEST

START_TEST(queue_delay_is_for_all_and_follows_the_configuration)
{
    start();
    struct engine_config config = harness_config(true);
    config.delay_ms = 10000;
    harness_configure(Q, config);
    harness_send_with(Q, 1, 0, 0); /* an explicit 0 does not override (E6) */
    harness_pass(1000);
    send_groups("12");
    ck_assert_uint_eq(harness_counts(Q).delayed, 3);
    harness_check_replay();
    harness_pass(8999);
    ck_assert_str_eq(receive(10, 0), "");
    harness_pass(1);
    ck_assert_str_eq(receive(10, 30000), "1");
    ck_assert_uint_eq(harness_counts(Q).delayed, 2);
    config.delay_ms = 5000;
    harness_configure(Q, config);
    ck_assert_str_eq(receive(10, 30000), "3"); /* 2 is behind 1 */
    ck_assert_uint_eq(harness_counts(Q).delayed, 0);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(repeated_send_is_answered_with_the_first)
{
    start();
    uint64_t first = harness_send_with(Q, 1, 0, 77);
    ck_assert(!harness_effects.is_duplicate);
    uint8_t id[16];
    memcpy(id, harness_effects.message_id, sizeof(id));
    receive(1, 30000);
    harness_delete(Q, got[0]);
    harness_pass(299999);
    ck_assert_uint_eq(harness_send_with(Q, 1, 0, 77), first); /* also when the first is deleted */
    ck_assert(harness_effects.is_duplicate);
    ck_assert_mem_eq(harness_effects.message_id, id, sizeof(id));
    ck_assert_uint_eq(harness_effects.facts_count, 0);
    harness_check_replay();
    harness_now += 1; /* not prolonged by the repetition; and no tick is needed */
    ck_assert_uint_ne(harness_send_with(Q, 1, 0, 77), first);
    ck_assert(!harness_effects.is_duplicate);
    ck_assert_uint_eq(harness_counts(Q).duplicates_total, 1);
    harness_check_replay();
    harness_stop();
}
END_TEST

/* A delay that ends for a million messages at once must not hold the loop: the work of a tick is bounded. */
START_TEST(the_end_of_a_delay_is_spread_over_ticks)
{
    const uint32_t count = 5000, a_tick_max = 300;
    harness_start();
    struct engine_config config = harness_config(true);
    config.delay_ms = 60000;
    harness_configure(Q, config);
    harness_checks = false;
    for (uint32_t i = 0; i < count; i++)
        harness_send_with(Q, 1 + i % 7, 0, 0);
    config.delay_ms = 0;
    harness_configure(Q, config);
    struct engine_event tick = {.kind = ENGINE_TICK};
    for (uint64_t before = harness_counts(Q).visible; before < count;) {
        harness_step(&tick);
        uint64_t visible = harness_counts(Q).visible;
        ck_assert_uint_gt(visible, before);
        ck_assert_uint_le(visible - before, a_tick_max);
        before = visible;
    }
    harness_checks = true;
    harness_check_replay();
    harness_stop();
}
END_TEST

/* DeduplicationScope was changed: the send has two keys, the former one is looked up only. */
START_TEST(what_was_known_by_a_former_key_is_a_duplicate)
{
    start();
    uint64_t first = harness_send_with(Q, 1, 0, 77);
    ck_assert_uint_eq(harness_send_former(Q, 2, 0, 78, 77), first);
    ck_assert(harness_effects.is_duplicate);
    ck_assert_uint_ne(harness_send_former(Q, 2, 0, 78, 79), first);
    ck_assert(!harness_effects.is_duplicate);
    ck_assert_uint_ne(harness_send_with(Q, 2, 0, 79), first); /* 79 was not remembered */
    ck_assert(!harness_effects.is_duplicate);
    harness_pass(ENGINE_DEDUP_MS);
    ck_assert_uint_ne(harness_send_former(Q, 2, 0, 80, 77), first);
    ck_assert(!harness_effects.is_duplicate);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(purge_forgets_dedup_ids)
{
    start();
    uint64_t first = harness_send_with(Q, 1, 0, 77);
    harness_event(ENGINE_PURGE, Q);
    ck_assert_uint_ne(harness_send_with(Q, 1, 0, 77), first);
    ck_assert(!harness_effects.is_duplicate);
    harness_check_replay();
    harness_pass(300000);
    ck_assert_int_eq(harness_event(ENGINE_DROP, Q), ENGINE_DONE);
    harness_pass(0);
    ck_assert_int_eq(engine_next_tick(harness_engine).v, INT64_MAX);
    harness_stop();
}
END_TEST

START_TEST(repeated_attempt_gives_the_same_and_hides_it_anew)
{
    start();
    send_groups("112");
    ck_assert_uint_eq(harness_receive_attempt(Q, 2, 10000, 5), 2);
    struct engine_delivery first[2];
    memcpy(first, harness_effects.deliveries, sizeof(first));
    harness_pass(9000);
    ck_assert_uint_eq(harness_receive_attempt(Q, 2, 10000, 5), 2);
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(harness_effects.deliveries[i].sequence, first[i].sequence);
        ck_assert_uint_eq(harness_effects.deliveries[i].generation, first[i].generation);
        ck_assert_int_eq(harness_effects.deliveries[i].received_at.v, first[i].received_at.v);
        ck_assert_uint_eq(harness_effects.deliveries[i].receive_count, 1);
    }
    harness_check_replay();
    harness_pass(9000);
    ck_assert_int_eq(harness_delete(Q, first[0]), ENGINE_DONE); /* in force until 19 s */
    harness_receive_attempt(Q, 2, 10000, 5); /* no longer whole: a receive like any other */
    ck_assert_str_eq(harness_delivered(), "3");
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(attempt_ends_with_a_change_of_visibility_and_after_five_minutes)
{
    start();
    send_groups("12");
    ck_assert_uint_eq(harness_receive_attempt(Q, 1, 600000, 5), 1);
    struct engine_delivery first = harness_effects.deliveries[0];
    harness_pass(299999);
    ck_assert_uint_eq(harness_receive_attempt(Q, 1, 600000, 5), 1);
    ck_assert_str_eq(harness_delivered(), "1");
    if (_i == 0)
        harness_change(Q, first, 500000);
    else
        harness_pass(1);
    harness_receive_attempt(Q, 1, 600000, 5);
    ck_assert_str_eq(harness_delivered(), "2");
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(peek_tells_locked_from_visible)
{
    start();
    send_groups("111");
    receive(3, 30000);
    harness_change(Q, got[0], 0);
    harness_change(Q, got[2], 0);
    struct engine_peek found[4];
    ck_assert_uint_eq(engine_peek(harness_engine, (struct engine_queue){Q}, 0, found, 4), 3);
    ck_assert_int_eq(found[0].state, ENGINE_VISIBLE);
    ck_assert_int_eq(found[1].state, ENGINE_INFLIGHT);
    ck_assert_int_eq(found[1].until.v, harness_now + 30000);
    ck_assert_int_eq(found[2].state, ENGINE_LOCKED);
    ck_assert_uint_eq(engine_peek(harness_engine, (struct engine_queue){Q}, 1, found, 1), 1);
    ck_assert_uint_eq(found[0].sequence, 2);
    ck_assert_uint_eq(harness_counts(Q).visible, 2); /* E12: locked ones count */
    harness_stop();
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, groups_are_given_one_after_the_other);
    tcase_add_test(tests, group_is_locked_while_one_of_it_is_in_flight);
    tcase_add_test(tests, head_that_was_shown_again_comes_alone);
    tcase_add_loop_test(tests, extending_one_holds_back_the_ones_behind_it, 0, 3);
    tcase_add_test(tests, order_in_a_group_survives_a_timeout);
    tcase_add_test(tests, touched_groups_go_to_the_back);
    tcase_add_test(tests, emptied_group_works_again);
    tcase_add_test(tests, only_the_handle_in_force_has_power);
    tcase_add_test(tests, handle_expires_also_when_ticks_are_behind);
    tcase_add_test(tests, handle_is_dead_after_showing_the_message_again);
    tcase_add_test(tests, inflight_limit_gives_nothing);
    tcase_add_test(tests, queue_delay_is_for_all_and_follows_the_configuration);
    tcase_add_test(tests, repeated_send_is_answered_with_the_first);
    tcase_add_test(tests, the_end_of_a_delay_is_spread_over_ticks);
    tcase_add_test(tests, what_was_known_by_a_former_key_is_a_duplicate);
    tcase_add_test(tests, purge_forgets_dedup_ids);
    tcase_add_test(tests, repeated_attempt_gives_the_same_and_hides_it_anew);
    tcase_add_loop_test(tests, attempt_ends_with_a_change_of_visibility_and_after_five_minutes, 0,
                        2);
    tcase_add_test(tests, peek_tells_locked_from_visible);
}

int main(void)
{
    return testkit_run("engine_fifo", fill);
}
