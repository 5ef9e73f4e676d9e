/* What memory the engine uses, and that a refused growth changes nothing. */
#include "base/chunks.h"
#include "engine/harness.h"

#include "base/banned.h"

#define MESSAGES 200000u

static struct engine_key key_of(uint32_t number)
{
    struct engine_key key = {{0}};
    memcpy(key.v, &number, sizeof(number));
    return key;
}

static void send(struct engine *engine, uint64_t queue, uint32_t group, int64_t delay_ms)
{
    static struct engine_effects effects;
    struct engine_event event = {.kind = ENGINE_SEND, .queue = {queue}, .now = {{1000}, {1000}}};
    event.send.body.v = 1;
    event.send.body_bytes = 100;
    event.send.delay_ms = delay_ms;
    event.send.has_group = group != 0;
    event.send.group = key_of(group);
    engine_step(engine, &event, &effects);
    ck_assert_int_eq(effects.result, ENGINE_DONE);
}

static void configure(struct engine *engine, uint64_t queue, bool is_fifo)
{
    static struct engine_effects effects;
    struct engine_event event = {
        .kind = ENGINE_CONFIGURE, .queue = {queue}, .now = {{1000}, {1000}}};
    event.configure = harness_config(is_fifo);
    event.configure.version = 1;
    engine_step(engine, &event, &effects);
}

START_TEST(message_costs_at_most_100_bytes)
{
    static const struct {
        const char *what;
        bool is_fifo;
        uint32_t groups;
        int64_t delay_ms;
        double bytes_max;
    } rows[] = {
        {"standard, visible", false, 0, 0, 86},
        {"standard, delayed", false, 0, 60000, 100},
        {"standard, 1000 groups", false, 1000, 0, 86},
        {"FIFO, 1000 groups", true, 1000, 0, 86},
    };
    struct engine *engine = engine_create(1);
    configure(engine, 1, rows[_i].is_fifo);
    for (uint32_t i = 0; i < MESSAGES; i++)
        send(engine, 1, rows[_i].groups == 0 ? 0 : 1 + i % rows[_i].groups, rows[_i].delay_ms);
    uint64_t bytes;
    uint64_t messages;
    engine_memory(engine, &bytes, &messages);
    ck_assert_uint_eq(messages, MESSAGES);
    printf("%s: %.1f bytes a message\n", rows[_i].what, (double)bytes / MESSAGES);
    ck_assert_double_le((double)bytes / MESSAGES, rows[_i].bytes_max);
    engine_destroy(engine);
}
END_TEST

START_TEST(empty_queue_and_waiter_cost_little)
{
    struct engine *engine = engine_create(1);
    uint64_t bytes;
    uint64_t messages;
    engine_memory(engine, &bytes, &messages);
    ck_assert_uint_lt(bytes, 8192);
    for (uint64_t queue = 1; queue <= 10000; queue++)
        configure(engine, queue, queue % 2 == 0);
    engine_memory(engine, &bytes, &messages);
    printf("empty queue: %.0f bytes\n", (double)bytes / 10000);
    ck_assert_uint_lt(bytes, 10000 * 1200);
    uint64_t before = bytes;
    static struct engine_effects effects;
    for (uint64_t i = 0; i < 10000; i++) {
        struct engine_event event = {.kind = ENGINE_RECEIVE, .queue = {1}, .now = {{1000}, {1000}}};
        event.receive.count_max = 1;
        event.receive.wait_ms = 20000;
        engine_step(engine, &event, &effects);
        ck_assert_int_eq(effects.result, ENGINE_PARKED);
    }
    engine_memory(engine, &bytes, &messages);
    printf("waiter: %.0f bytes\n", (double)(bytes - before) / 10000);
    ck_assert_uint_lt(bytes - before, 10000 * 100);
    engine_destroy(engine);
}
END_TEST

static void run(struct engine_event *event)
{
    struct engine_counts before = {0};
    bool was_there = engine_counts(harness_engine, event->queue, &before);
    uint64_t fingerprint = engine_fingerprint(harness_engine);
    for (int64_t growths = 0;; growths++) {
        ck_assert_int_lt(growths, 100);
        chunks_refuse_after(growths);
        harness_step(event);
        if (harness_effects.result != ENGINE_FULL)
            break;
        struct engine_counts after = {0};
        ck_assert(engine_counts(harness_engine, event->queue, &after) == was_there);
        ck_assert_mem_eq(&before, &after, sizeof(before));
        ck_assert(engine_fingerprint(harness_engine) == fingerprint);
        ck_assert_uint_eq(harness_effects.facts_count, 0);
    }
    chunks_refuse_after(-1);
}

/* Every growth of every command is refused once, then granted. */
START_TEST(refused_memory_changes_nothing)
{
    harness_start();
    for (uint64_t queue = 1; queue <= 3; queue++) {
        struct engine_event event = {.kind = ENGINE_CONFIGURE, .queue = {queue}};
        event.configure = harness_config(queue == 2);
        event.configure.version = 1;
        run(&event);
    }
    for (uint32_t i = 0; i < 3000; i++) {
        harness_checks = i % 100 == 0;
        struct engine_event event = {.kind = i % 2 == 0 ? ENGINE_SEND : ENGINE_ARRIVE,
                                     .queue = {1 + i % 3}};
        if (event.kind == ENGINE_SEND) {
            event.send.has_group = event.send.has_dedup = true;
            event.send.group = key_of(1 + i);
            event.send.dedup = key_of(1 + i);
            event.send.has_retry = true;
            event.send.retry = key_of(1 + i);
            event.send.delay_ms = i % 5 * 1000;
        } else {
            event.arrive.has_group = event.arrive.has_dedup = true;
            event.arrive.group = key_of(1 + i);
            memcpy(event.arrive.message_id, &i, sizeof(i));
            event.arrive.dedup = key_of(1 + i);
            event.arrive.source.v = 100 + i;
            event.arrive.enqueued_at.v = harness_now - 1000 - i % 7;
        }
        run(&event);
        ck_assert_int_eq(harness_effects.result, ENGINE_DONE);
        struct engine_event receive = {.kind = ENGINE_RECEIVE, .queue = {1 + i % 3}};
        receive.receive.count_max = i % 2;
        receive.receive.visibility_ms = 10000;
        receive.receive.wait_ms = 20000;
        receive.receive.has_attempt = true;
        receive.receive.attempt = key_of(i);
        run(&receive);
        ck_assert_int_ne(harness_effects.result, ENGINE_FULL);
    }
    struct engine_event purge = {.kind = ENGINE_PURGE, .queue = {1}};
    run(&purge);
    ck_assert_int_eq(harness_effects.result, ENGINE_DONE);
    harness_stop();
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, message_costs_at_most_100_bytes, 0, 4);
    tcase_add_test(tests, empty_queue_and_waiter_cost_little);
    tcase_add_test(tests, refused_memory_changes_nothing);
}

int main(void)
{
    return testkit_run("engine_memory", fill);
}
