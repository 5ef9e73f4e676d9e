/* Fair queues (E15). */
#include "engine/harness.h"

#include "base/banned.h"

#define Q      1u
#define NOISY  1u
#define QUIET  2u
#define QUIET2 3u

static void start(void)
{
    harness_start();
    harness_configure(Q, harness_config(false));
    harness_checks = false;
}

static void send_many(uint32_t group, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        harness_send(Q, group);
}

static void receive_many(uint32_t count, int64_t visibility_ms)
{
    for (uint32_t i = 0; i < count; i++)
        ck_assert_uint_eq(harness_receive(Q, 1, visibility_ms), 1);
    engine_check(harness_engine);
}

START_TEST(group_with_much_in_flight_waits_for_the_quiet_ones)
{
    start();
    send_many(NOISY, 100);
    receive_many(29, 30000);
    ck_assert_uint_eq(harness_counts(Q).groups_noisy, 0);
    receive_many(1, 30000);
    ck_assert_uint_eq(harness_counts(Q).groups_noisy, 1);
    uint64_t quiet = harness_send(Q, QUIET);
    uint64_t ungrouped = harness_send(Q, 0);
    struct engine_counts counts = harness_counts(Q);
    ck_assert_uint_eq(counts.visible, 72);
    ck_assert_uint_eq(counts.visible_quiet, 2);
    ck_assert_uint_eq(counts.inflight_quiet, 0);
    ck_assert_uint_eq(harness_receive(Q, 3, 30000), 3);
    ck_assert_uint_eq(harness_effects.deliveries[0].sequence, quiet);
    ck_assert_uint_eq(harness_effects.deliveries[1].sequence, ungrouped);
    ck_assert_uint_eq(harness_effects.deliveries[2].sequence,
                      31); /* served when no quiet one waits */
    harness_checks = true;
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(small_share_is_quiet)
{
    start();
    send_many(0, 400);
    receive_many(400, 30000);
    send_many(NOISY, 100);
    receive_many(44, 30000);
    ck_assert_uint_eq(harness_counts(Q).groups_noisy, 0);
    receive_many(1, 30000); /* 45 of 445: more than a tenth */
    ck_assert_uint_eq(harness_counts(Q).groups_noisy, 1);
    harness_stop();
}
END_TEST

START_TEST(least_in_flight_goes_first_among_noisy_groups)
{
    start();
    send_many(NOISY, 60);
    receive_many(40, 30000);
    send_many(QUIET, 60); /* will be noisy, too, with fewer in flight */
    receive_many(30, 30000);
    ck_assert_uint_eq(harness_counts(Q).groups_noisy, 2);
    harness_receive(Q, 1, 30000);
    ck_assert_uint_eq(harness_effects.deliveries[0].sequence, 91);
    harness_stop();
}
END_TEST

START_TEST(group_is_quiet_again_when_nothing_of_it_waits)
{
    start();
    send_many(NOISY, 35);
    receive_many(30, 30000);
    ck_assert_uint_eq(harness_counts(Q).groups_noisy, 1);
    receive_many(5, 30000);
    ck_assert_uint_eq(harness_counts(Q).groups_noisy, 0);
    ck_assert_uint_eq(harness_counts(Q).inflight_quiet, 35);
    harness_stop();
}
END_TEST

START_TEST(group_is_quiet_again_five_minutes_after_its_last_send)
{
    start();
    send_many(NOISY, 100);
    receive_many(30, 3600000);
    harness_pass(200000);
    send_many(NOISY, 1);
    harness_pass(299999);
    ck_assert_uint_eq(harness_counts(Q).groups_noisy, 1);
    harness_pass(1);
    ck_assert_uint_eq(harness_counts(Q).groups_noisy, 0);
    receive_many(1, 30000); /* and stays so while nothing is sent */
    ck_assert_uint_eq(harness_counts(Q).groups_noisy, 0);
    harness_stop();
}
END_TEST

START_TEST(group_that_uses_up_the_consumers_is_noisy)
{
    start();
    send_many(NOISY, 20);
    for (int i = 0; i < 4; i++) { /* four messages, 30 s of work each */
        ck_assert_uint_eq(harness_receive(Q, 1, 60000), 1);
        struct engine_delivery delivery = harness_effects.deliveries[0];
        harness_pass(30000);
        harness_delete(Q, delivery);
    }
    uint64_t quiet = harness_send(Q, QUIET);
    ck_assert_uint_eq(harness_receive(Q, 1, 30000), 1);
    ck_assert_uint_eq(harness_effects.deliveries[0].sequence, quiet);
    ck_assert_uint_eq(harness_counts(Q).groups_noisy, 1);
    harness_stop();
}
END_TEST

START_TEST(older_message_of_any_quiet_group_comes_first)
{
    start();
    harness_send(Q, QUIET);
    harness_send(Q, 0);
    harness_send(Q, QUIET2);
    harness_send(Q, QUIET);
    receive_many(4, 1000);
    harness_pass(1000);
    ck_assert_uint_eq(harness_receive(Q, 10, 0), 4);
    ck_assert_str_eq(harness_delivered(), "1 2 3 4");
    ck_assert_uint_eq(harness_counts(Q).groups, 2);
    harness_stop();
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, group_with_much_in_flight_waits_for_the_quiet_ones);
    tcase_add_test(tests, small_share_is_quiet);
    tcase_add_test(tests, least_in_flight_goes_first_among_noisy_groups);
    tcase_add_test(tests, group_is_quiet_again_when_nothing_of_it_waits);
    tcase_add_test(tests, group_is_quiet_again_five_minutes_after_its_last_send);
    tcase_add_test(tests, group_that_uses_up_the_consumers_is_noisy);
    tcase_add_test(tests, older_message_of_any_quiet_group_comes_first);
}

int main(void)
{
    return testkit_run("engine_fair", fill);
}
