/* Retries (D11), and arrivals until they are confirmed (D13). */
#include "engine/harness.h"

#include "base/banned.h"

#define MINUTE 60000

static bool sends_anew(uint64_t queue, uint32_t retry)
{
    ck_assert_int_eq(harness_send_again(queue, retry, 0), ENGINE_DONE);
    return !harness_effects.is_duplicate;
}

START_TEST(repeated_call_gets_the_first_answer)
{
    bool is_fifo = _i == 1;
    harness_start();
    harness_configure(1, harness_config(is_fifo));
    harness_configure(2, harness_config(is_fifo));
    ck_assert(sends_anew(1, 7));
    uint64_t first = harness_effects.sequence;
    uint8_t id[16];
    memcpy(id, harness_effects.message_id, sizeof(id));
    ck_assert(!sends_anew(1, 7));
    ck_assert_uint_eq(harness_effects.sequence, first);
    ck_assert_mem_eq(harness_effects.message_id, id, sizeof(id));
    ck_assert_uint_eq(harness_effects.facts_count, 0);
    ck_assert(sends_anew(1, 8));
    ck_assert(sends_anew(2, 7)); /* another queue */
    ck_assert_uint_eq(harness_counts(1).visible, 2);
    ck_assert_uint_eq(harness_counts(1).sent_total, 2);
    ck_assert_uint_eq(harness_counts(1).duplicates_total, 1);
    harness_stop();
}
END_TEST

START_TEST(it_is_known_for_a_minute_also_after_its_message)
{
    harness_start();
    harness_configure(1, harness_config(false));
    ck_assert(sends_anew(1, 7));
    ck_assert_uint_eq(harness_receive(1, 1, 1000), 1);
    harness_delete(1, harness_effects.deliveries[0]);
    harness_pass(MINUTE - 1);
    ck_assert(!sends_anew(1, 7));
    harness_restart();
    ck_assert(!sends_anew(1, 7));
    harness_pass(1);
    ck_assert(sends_anew(1, 7));
    ck_assert(!sends_anew(1, 7));
    harness_stop();
}
END_TEST

START_TEST(purge_and_drop_forget_it)
{
    harness_start();
    harness_configure(1, harness_config(false));
    ck_assert(sends_anew(1, 7));
    ck_assert_int_eq(harness_event(ENGINE_PURGE, 1), ENGINE_DONE);
    ck_assert(sends_anew(1, 7));
    harness_restart();
    ck_assert(!sends_anew(1, 7));
    ck_assert_int_eq(harness_event(ENGINE_DROP, 1), ENGINE_DONE);
    harness_configure(2, harness_config(false));
    ck_assert(sends_anew(2, 7));
    harness_stop();
}
END_TEST

START_TEST(retry_comes_before_dedup)
{
    harness_start();
    harness_configure(1, harness_config(true));
    ck_assert_int_eq(harness_send_again(1, 7, 1), ENGINE_DONE);
    uint64_t first = harness_effects.sequence;
    ck_assert_int_eq(harness_send_again(1, 7, 2), ENGINE_DONE);
    ck_assert(harness_effects.is_duplicate);
    ck_assert_uint_eq(harness_effects.sequence, first);
    ck_assert_int_eq(harness_send_again(1, 8, 1), ENGINE_DONE);
    ck_assert(harness_effects.is_duplicate);
    ck_assert_uint_eq(harness_effects.sequence, first);
    harness_stop();
}
END_TEST

START_TEST(the_newest_are_known)
{
    harness_start();
    harness_checks = false;
    harness_configure(1, harness_config(false));
    for (uint32_t i = 0; i <= ENGINE_RETRIES_MAX; i++)
        ck_assert(sends_anew(1, i));
    if (_i == 1)
        harness_restart();
    ck_assert(!sends_anew(1, 1));
    ck_assert(!sends_anew(1, ENGINE_RETRIES_MAX));
    ck_assert(sends_anew(1, 0));
    harness_stop();
}
END_TEST

/* A dead letter on its way from 1 to 2. */
static struct engine_move begin_move(void)
{
    harness_start();
    harness_configure(2, harness_config(false));
    struct engine_config config = harness_config(false);
    config.receive_count_max = 1;
    config.dead_letter.v = 2;
    harness_configure(1, config);
    harness_send(1, 0);
    harness_receive(1, 1, 0);
    ck_assert_uint_eq(harness_receive(1, 1, 0), 0);
    ck_assert_uint_eq(harness_effects.moves_count, 1);
    return harness_effects.moves[0];
}

static bool arrives_anew(const struct engine_move *move)
{
    ck_assert(harness_arrive(move));
    return !harness_effects.is_duplicate;
}

START_TEST(arrival_is_known_until_confirmed)
{
    struct engine_move move = begin_move();
    ck_assert(arrives_anew(&move));
    ck_assert(!arrives_anew(&move));
    for (uint32_t i = 0; i < 70000; i++) /* sends do not count */
        harness_checks = false, harness_send(2, 0);
    harness_restart();
    ck_assert(!arrives_anew(&move));
    ck_assert_int_eq(harness_event(ENGINE_PURGE, 2), ENGINE_DONE);
    ck_assert(!arrives_anew(&move)); /* the source does not know of the purge */
    harness_restart();
    ck_assert(!arrives_anew(&move));
    harness_confirm(&move);
    ck_assert_uint_eq(harness_effects.facts_count, 1);
    harness_restart();
    ck_assert(arrives_anew(&move));
    harness_confirm(&move);
    harness_confirm(&move);
    ck_assert_uint_eq(harness_effects.facts_count, 0);
    harness_stop();
}
END_TEST

START_TEST(move_of_an_earlier_life_is_asked_for_once_its_queue_is_configured)
{
    struct engine_move move = begin_move();
    const struct harness_entry *entries;
    size_t count = harness_entries(&entries);
    struct engine *engine = engine_create(1);
    for (size_t i = 0; i < count; i++)
        harness_apply(engine, &entries[i]);
    harness_replace(engine);
    harness_pass(10);
    ck_assert_uint_eq(harness_effects.moves_count, 0);
    harness_configure_all(engine, false);
    harness_pass(10);
    ck_assert_uint_eq(harness_effects.moves_count, 1);
    ck_assert_uint_eq(harness_effects.moves[0].target.v, 2);
    ck_assert_uint_eq(harness_effects.moves[0].sequence, move.sequence);
    ck_assert_uint_eq(harness_perform_moves(), 1);
    ck_assert_uint_eq(harness_counts(2).visible, 1);
    harness_stop();
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, repeated_call_gets_the_first_answer, 0, 2);
    tcase_add_test(tests, it_is_known_for_a_minute_also_after_its_message);
    tcase_add_test(tests, purge_and_drop_forget_it);
    tcase_add_test(tests, retry_comes_before_dedup);
    tcase_add_loop_test(tests, the_newest_are_known, 0, 2);
    tcase_add_test(tests, arrival_is_known_until_confirmed);
    tcase_add_test(tests, move_of_an_earlier_life_is_asked_for_once_its_queue_is_configured);
}

int main(void)
{
    return testkit_run("engine_retries", fill);
}
