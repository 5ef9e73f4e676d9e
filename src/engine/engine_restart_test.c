/* What a restart may meet: queues whose configuration comes late or never, long histories, a clock that went back, a task
 * that ran; and that a slice of a dump is bounded. */
#include "engine/harness.h"

#include "base/banned.h"

#define HOUR 3600000

static struct engine *replay_unconfigured(void)
{
    const struct harness_entry *entries;
    size_t count = harness_entries(&entries);
    struct engine *engine = engine_create(1);
    ck_assert_ptr_nonnull(engine);
    for (size_t i = 0; i < count; i++)
        harness_apply(engine, &entries[i]);
    engine_check(engine);
    return engine;
}

static uint64_t messages_of(const struct engine *engine)
{
    uint64_t bytes;
    uint64_t messages;
    engine_memory(engine, &bytes, &messages);
    return messages;
}

START_TEST(queue_that_is_not_configured_keeps_everything)
{
    bool is_fifo = _i == 1;
    struct engine_config config = harness_config(is_fifo);
    config.delay_ms = 5000;
    config.retention_ms = 60000;
    harness_start();
    harness_configure(1, config);
    harness_send_with(1, 1, 5000, 0);
    harness_replace(replay_unconfigured());
    harness_pass(HOUR);
    ck_assert_int_eq(harness_event(ENGINE_PURGE, 1), ENGINE_NO_QUEUE);
    ck_assert_int_eq(harness_send_again(1, 1, 0), ENGINE_NO_QUEUE);
    ck_assert_uint_eq(messages_of(harness_engine), 1);
    config.retention_ms = 2 * HOUR;
    harness_configure(1, config);
    harness_pass(0);
    ck_assert_uint_eq(harness_receive(1, 1, 1000), 1);
    harness_stop();
}
END_TEST

START_TEST(delay_that_was_not_over_goes_on)
{
    struct engine_config config = harness_config(true);
    config.delay_ms = 5000;
    harness_start();
    harness_configure(1, config);
    harness_send(1, 1);
    harness_replace(replay_unconfigured());
    harness_pass(4000);
    harness_configure_all(harness_engine, false);
    ck_assert_uint_eq(harness_receive(1, 1, 1000), 0);
    harness_pass(1000);
    ck_assert_uint_eq(harness_receive(1, 1, 1000), 1);
    harness_stop();
}
END_TEST

START_TEST(delay_that_was_over_stays_over_when_it_becomes_longer)
{
    struct engine_config config = harness_config(true);
    config.delay_ms = 5000;
    harness_start();
    harness_configure(1, config);
    harness_send(1, 1);
    harness_pass(3000);
    harness_send(1, 2);
    harness_pass(2000); /* over for the first one, not for the second */
    config.delay_ms = 60000;
    harness_configure(1, config);
    ck_assert_uint_eq(harness_effects.facts_count, 1);
    ck_assert_int_eq(harness_effects.facts[0].kind, FACT_UNDELAYED);
    harness_configure(1, config);
    ck_assert_uint_eq(harness_effects.facts_count, 0);
    harness_check_replay();
    harness_restart();
    ck_assert_uint_eq(harness_receive(1, 10, 1000), 1);
    ck_assert_str_eq(harness_delivered(), "1");
    harness_pass(57999);
    ck_assert_uint_eq(harness_counts(1).delayed, 1);
    harness_pass(1);
    ck_assert_uint_eq(harness_counts(1).delayed, 0);
    harness_stop();
}
END_TEST

START_TEST(queues_without_configuration_go_when_they_are_dropped)
{
    harness_start();
    harness_configure(1, harness_config(false));
    harness_configure(2, harness_config(true));
    harness_configure(3, harness_config(false));
    for (uint32_t i = 0; i < 200; i++)
        harness_send(1 + i % 3, 1);
    harness_replace(replay_unconfigured());
    harness_configure(3, harness_config(false));
    ck_assert_uint_eq(engine_unconfigured(harness_engine), 2);
    for (uint32_t queue = 1; queue <= 2; queue++) {
        ck_assert_int_eq(harness_event(ENGINE_DROP, queue), ENGINE_DONE);
        ck_assert_uint_eq(harness_effects.facts_count, 1);
        ck_assert_int_eq(harness_effects.facts[0].kind, FACT_DROPPED);
        ck_assert_uint_eq(harness_effects.facts[0].queue.v, queue);
        ck_assert_int_eq(harness_effects.facts[0].is_fifo, queue == 2);
        ck_assert_int_eq(harness_event(ENGINE_DROP, queue), ENGINE_NO_QUEUE);
    }
    ck_assert_uint_eq(engine_unconfigured(harness_engine), 0);
    harness_pass(0); /* tells of each body once */
    ck_assert_uint_eq(messages_of(harness_engine), 66);
    ck_assert_uint_eq(harness_bodies(), 66);
    ck_assert_uint_eq(harness_counts(3).visible, 66);
    harness_stop();
}
END_TEST

START_TEST(facts_of_dropped_queues_are_harmless)
{
    harness_start();
    harness_configure(1, harness_config(false));
    harness_send(1, 0);
    harness_receive(1, 1, 1000);
    ck_assert_int_eq(harness_event(ENGINE_DROP, 1), ENGINE_DONE);
    struct engine *engine = replay_unconfigured();
    ck_assert_uint_eq(messages_of(engine), 0);
    ck_assert_uint_eq(engine_unconfigured(engine), 0);
    ck_assert_int_gt(engine_next_tick(engine).v, harness_now);
    engine_destroy(engine);
    harness_stop();
}
END_TEST

/* Of a replay that has no ticks. */
START_TEST(long_history_needs_no_more_memory_than_its_end)
{
    harness_start();
    harness_checks = false;
    harness_configure(1, harness_config(true));
    for (uint32_t round = 0; round < 30; round++) {
        for (uint32_t i = 0; i < 1000; i++)
            harness_send_with(1, 1 + i % 7, 0, 1 + round * 1000 + i);
        harness_pass(10 * 60000);
        ck_assert_int_eq(harness_event(ENGINE_PURGE, 1), ENGINE_DONE);
    }
    struct engine *engine = replay_unconfigured();
    uint64_t bytes;
    uint64_t messages;
    engine_memory(engine, &bytes, &messages);
    ck_assert_uint_eq(messages, 0);
    ck_assert_uint_lt(bytes, 600000); /* 1000 messages and twice their dedup memory */
    engine_destroy(engine);
    harness_stop();
}
END_TEST

START_TEST(purge_of_an_empty_queue_forgets_dedup)
{
    harness_start();
    harness_configure(1, harness_config(true));
    harness_send_with(1, 1, 0, 7);
    harness_receive(1, 1, 1000);
    harness_delete(1, harness_effects.deliveries[0]);
    ck_assert_int_eq(harness_event(ENGINE_PURGE, 1), ENGINE_DONE);
    harness_restart();
    harness_send_with(1, 1, 0, 7);
    ck_assert(!harness_effects.is_duplicate);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(time_goes_on_above_the_facts)
{
    harness_start();
    harness_configure(1, harness_config(false));
    harness_send(1, 0);
    harness_pass(5000);
    harness_receive(1, 1, 30000);
    int64_t latest = harness_now;
    harness_restart();
    ck_assert_int_eq(engine_latest(harness_engine).v, latest);
    harness_now -= HOUR; /* a shell that does not care */
    ck_assert_uint_eq(harness_receive(1, 1, 30000), 0);
    ck_assert_int_eq(engine_latest(harness_engine).v, latest);
    harness_stop();
}
END_TEST

START_TEST(task_goes_on_with_what_it_began_with)
{
    harness_start();
    harness_configure(1, harness_config(false));
    harness_configure(2, harness_config(false));
    for (uint32_t i = 0; i < 5; i++)
        harness_send(1, 0);
    ck_assert_int_eq(harness_task(1, 9, 2, 1), ENGINE_DONE);
    ck_assert_uint_eq(harness_perform_moves(), 1);
    harness_send(1, 0); /* not for the task */
    harness_restart();
    ck_assert_int_eq(harness_task(1, 9, 2, 0), ENGINE_DONE);
    while (harness_perform_moves() > 0)
        harness_pass(0);
    ck_assert_int_eq(harness_news.status, ENGINE_TASK_COMPLETED);
    ck_assert_uint_eq(harness_news.moved_count, 5);
    ck_assert_uint_eq(harness_counts(1).visible, 1);
    harness_stop();
}
END_TEST

/* So that one slice is a short time whatever it walks over. */
START_TEST(slice_looks_at_a_bounded_number)
{
    enum { QUEUES = 20000 };
    static struct engine_effects effects;
    struct engine *engine = engine_create(1);
    for (uint64_t queue = 1; queue <= QUEUES; queue++) {
        struct engine_event event = {
            .kind = ENGINE_CONFIGURE, .queue = {queue}, .configure = harness_config(false)};
        event.configure.version = 1;
        engine_step(engine, &event, &effects);
    }
    struct engine_fact facts[ENGINE_DUMP_MIN];
    struct engine_dump_cursor cursor = {0};
    uint32_t calls = 0;
    for (uint32_t count; (count = engine_dump(engine, &cursor, facts, ENGINE_DUMP_MIN)) > 0;
         calls++)
        for (uint32_t i = 0; i < count; i++)
            ck_assert_int_eq(facts[i].kind, FACT_LATEST);
    ck_assert_uint_gt(calls, QUEUES / 100);
    ck_assert_uint_eq(engine_dump(engine, &cursor, facts, ENGINE_DUMP_MIN), 0);
    engine_destroy(engine);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, queue_that_is_not_configured_keeps_everything, 0, 2);
    tcase_add_test(tests, delay_that_was_not_over_goes_on);
    tcase_add_test(tests, delay_that_was_over_stays_over_when_it_becomes_longer);
    tcase_add_test(tests, queues_without_configuration_go_when_they_are_dropped);
    tcase_add_test(tests, facts_of_dropped_queues_are_harmless);
    tcase_add_test(tests, long_history_needs_no_more_memory_than_its_end);
    tcase_add_test(tests, purge_of_an_empty_queue_forgets_dedup);
    tcase_add_test(tests, time_goes_on_above_the_facts);
    tcase_add_test(tests, task_goes_on_with_what_it_began_with);
    tcase_add_test(tests, slice_looks_at_a_bounded_number);
}

int main(void)
{
    return testkit_run("engine_restart", fill);
}
