/* Parked receives (D10, E3) and the bounds of a step. */
#include "engine/harness.h"

#include "base/banned.h"

#define Q 1u

static void start(bool is_fifo)
{
    harness_start();
    harness_configure(Q, harness_config(is_fifo));
}

/* Tokens of the wakes of the last step: "+7" offered, "-7" over, "!7" queue gone. */
static const char *woken(void)
{
    static char text[1024];
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < harness_effects.wakes_count; i++) {
        const struct engine_wake *wake = &harness_effects.wakes[i];
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%c%llu", i == 0 ? "" : " ",
                                 wake->queue_gone ? '!'
                                 : wake->is_offer ? '+'
                                                  : '-',
                                 (unsigned long long)wake->token);
    }
    return text;
}

START_TEST(send_wakes_one_waiter_a_message)
{
    start(false);
    struct engine_waiter first = harness_park(Q, 20000, 1);
    struct engine_waiter second = harness_park(Q, 20000, 2);
    harness_park(Q, 20000, 3);
    harness_send(Q, 0);
    ck_assert_str_eq(woken(), "+1");
    harness_send(Q, 0);
    ck_assert_str_eq(woken(), "+2");
    ck_assert_int_eq(harness_resume(Q, second, 1, 30000), ENGINE_DONE);
    ck_assert_str_eq(harness_delivered(), "1");
    ck_assert_str_eq(woken(), "");
    ck_assert_int_eq(harness_resume(Q, first, 1, 30000), ENGINE_DONE);
    ck_assert_str_eq(harness_delivered(), "2");
    ck_assert_uint_eq(harness_counts(Q).waiters, 1);
    harness_stop();
}
END_TEST

START_TEST(waiter_that_finds_nothing_parks_at_its_old_place)
{
    start(false);
    struct engine_waiter first = harness_park(Q, 20000, 1);
    harness_park(Q, 20001, 2);
    harness_send(Q, 0);
    ck_assert_str_eq(woken(), "+1");
    ck_assert_uint_eq(harness_receive(Q, 1, 30000), 1); /* somebody else was faster */
    ck_assert_int_eq(harness_resume(Q, first, 1, 30000), ENGINE_PARKED);
    ck_assert_uint_eq(harness_effects.waiter.v, first.v);
    harness_pass(5000);
    harness_send(Q, 0);
    ck_assert_str_eq(woken(), "+1");
    ck_assert_uint_eq(harness_receive(Q, 1, 30000), 1);
    ck_assert_int_eq(harness_resume(Q, first, 1, 30000), ENGINE_PARKED);
    harness_pass(14999);
    ck_assert_str_eq(woken(), "");
    harness_pass(1); /* the old deadline */
    ck_assert_str_eq(woken(), "-1");
    ck_assert_uint_eq(harness_counts(Q).empty_receives_total, 1);
    ck_assert_int_eq(harness_resume(Q, first, 1, 30000), ENGINE_DONE);
    ck_assert_uint_eq(harness_effects.deliveries_count, 0);
    harness_stop();
}
END_TEST

START_TEST(retracted_offer_goes_to_the_next_one)
{
    start(false);
    struct engine_waiter first = harness_park(Q, 20000, 1);
    struct engine_waiter second = harness_park(Q, 20000, 2);
    harness_park(Q, 20000, 3);
    harness_retract(Q, second); /* parked */
    ck_assert_str_eq(woken(), "");
    harness_send(Q, 0);
    ck_assert_str_eq(woken(), "+1");
    harness_retract(Q, first); /* offered */
    ck_assert_str_eq(woken(), "+3");
    ck_assert_int_eq(harness_retract(Q, first), ENGINE_DONE);
    ck_assert_str_eq(woken(), "");
    harness_stop();
}
END_TEST

START_TEST(offered_waiter_outlives_its_deadline_until_it_answers)
{
    start(false);
    struct engine_waiter first = harness_park(Q, 1000, 1);
    harness_send(Q, 0);
    ck_assert_uint_eq(harness_receive(Q, 1, 30000), 1);
    harness_pass(1000);
    ck_assert_str_eq(woken(), "");
    ck_assert_int_eq(harness_resume(Q, first, 1, 30000), ENGINE_PARKED);
    harness_pass(0);
    ck_assert_str_eq(woken(), "-1");
    harness_stop();
}
END_TEST

START_TEST(everything_that_shows_a_message_wakes)
{
    start(false);
    harness_send(Q, 0);
    harness_receive(Q, 1, 1000);
    struct engine_waiter waiter = harness_park(Q, 20000, 1);
    harness_pass(1000);
    ck_assert_str_eq(woken(), "+1"); /* a visibility timeout */
    harness_resume(Q, waiter, 1, 20000);
    struct engine_delivery delivery = harness_effects.deliveries[0];
    waiter = harness_park(Q, 20000, 2);
    harness_change(Q, delivery, 0);
    ck_assert_str_eq(woken(), "+2");
    harness_resume(Q, waiter, 1, 30000);
    harness_send_with(Q, 0, 2000, 0);
    waiter = harness_park(Q, 20000, 3);
    harness_pass(2000);
    ck_assert_str_eq(woken(), "+3"); /* a delay */
    harness_stop();
}
END_TEST

START_TEST(unlocked_group_wakes)
{
    start(true);
    harness_send(Q, 1);
    harness_send(Q, 1);
    harness_receive(Q, 1, 30000);
    struct engine_delivery delivery = harness_effects.deliveries[0];
    struct engine_waiter waiter = harness_park(Q, 20000, 1);
    harness_send(Q, 1);
    ck_assert_str_eq(woken(), "");
    harness_delete(Q, delivery);
    ck_assert_str_eq(woken(), "+1");
    harness_resume(Q, waiter, 10, 30000);
    ck_assert_str_eq(harness_delivered(), "2 3");
    harness_stop();
}
END_TEST

START_TEST(dropping_ends_all_waits_in_bounded_steps)
{
    start(false);
    harness_checks = false;
    for (uint64_t i = 0; i < 10000; i++)
        harness_park(Q, 20000, i);
    harness_checks = true;
    uint64_t ended = 0;
    harness_event(ENGINE_DROP, Q);
    do {
        ck_assert_uint_gt(harness_effects.wakes_count, 0);
        for (uint32_t i = 0; i < harness_effects.wakes_count; i++)
            ck_assert(harness_effects.wakes[i].queue_gone && !harness_effects.wakes[i].is_offer);
        ended += harness_effects.wakes_count;
        if (ended < 10000)
            ck_assert_int_le(engine_next_tick(harness_engine).v, harness_now);
        harness_event(ENGINE_TICK, 0);
    } while (ended < 10000);
    harness_pass(0);
    ck_assert_int_eq(engine_next_tick(harness_engine).v, INT64_MAX);
    harness_stop();
}
END_TEST

START_TEST(many_waiters_are_woken_over_several_steps)
{
    start(false);
    harness_checks = false;
    for (uint64_t i = 0; i < 300; i++)
        harness_send_with(Q, 0, 1000, 0);
    for (uint64_t i = 0; i < 200; i++)
        harness_park(Q, 20000, i);
    harness_checks = true;
    harness_now += 1000;
    uint32_t offered = 0;
    do {
        harness_event(ENGINE_TICK, 0);
        offered += harness_effects.wakes_count;
    } while (engine_next_tick(harness_engine).v <= harness_now);
    ck_assert_uint_eq(offered, 200);
    harness_stop();
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, send_wakes_one_waiter_a_message);
    tcase_add_test(tests, waiter_that_finds_nothing_parks_at_its_old_place);
    tcase_add_test(tests, retracted_offer_goes_to_the_next_one);
    tcase_add_test(tests, offered_waiter_outlives_its_deadline_until_it_answers);
    tcase_add_test(tests, everything_that_shows_a_message_wakes);
    tcase_add_test(tests, unlocked_group_wakes);
    tcase_add_test(tests, dropping_ends_all_waits_in_bounded_steps);
    tcase_add_test(tests, many_waiters_are_woken_over_several_steps);
}

int main(void)
{
    return testkit_run("engine_waiters", fill);
}
