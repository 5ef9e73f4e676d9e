/* Random histories over standard and FIFO queues with redrive, tasks, purges, waiters, refused moves:
 *   - the facts, replayed into a fresh engine, give the same state, at any moment of the history;
 *   - no fact contradicts an earlier one: nobody receives what is hidden, nothing happens after the end of a message,
 *     FIFO groups are first delivered in order;
 *   - nothing is stuck or lost: in the end everything that was sent is received, or was dropped, and every body is let
 *     go of.
 * LEAT_TEST_SEEDS runs more histories than the few of every test run. */
#include <stdlib.h>

#include "base/random.h"
#include "engine/harness.h"

#include "base/banned.h"

#define QUEUES       5u /* 1 standard, 2 its dead letters, 3 FIFO, 4 its dead letters, 5 delayed FIFO */
#define STEPS        3000u
#define SEQUENCE_MAX 100000u
#define GROUPS       6u
#define HANDLES      64u

static uint64_t seed;
static uint64_t steps_per_history = STEPS;

static struct {
    bool is_sent, is_gone, is_fifo, is_moving;
    uint64_t queue;
    uint32_t group;
    int64_t hidden_until;
    uint32_t generation;
} seen[SEQUENCE_MAX];
static struct engine_delivery handles[QUEUES + 1][HANDLES];
static struct engine_move moves[4096];
static uint32_t moves_count;

static uint32_t below(uint32_t bound)
{
    return (uint32_t)(random_next(&seed) % bound);
}

static bool is_fifo(uint64_t queue)
{
    return queue >= 3;
}

static void check_receive(const struct engine_fact *fact)
{
    if (fact->generation == seen[fact->sequence].generation && seen[fact->sequence].is_fifo &&
        fact->has_attempt)
        return; /* a repeated attempt */
    ck_assert_int_ge(fact->at.v, seen[fact->sequence].hidden_until);
    ck_assert(!seen[fact->sequence].is_moving);
    if (!seen[fact->sequence].is_fifo)
        return;
    for (uint64_t older = fact->sequence - 1; older > 0 && older + 500 > fact->sequence; older--) {
        bool is_before = seen[older].is_sent && !seen[older].is_gone &&
                         seen[older].queue == fact->queue.v &&
                         seen[older].group == seen[fact->sequence].group;
        if (is_before) /* delivered, too, or earlier: so never behind one that waits unseen */
            ck_assert_msg(seen[older].generation > 0, "%llu before %llu",
                          (unsigned long long)fact->sequence, (unsigned long long)older);
    }
}

static void check_fact(const struct engine_fact *fact)
{
    uint64_t sequence = fact->sequence;
    if (fact->kind == FACT_PURGED) {
        for (uint64_t i = 0; i <= sequence; i++)
            seen[i].is_gone = seen[i].is_gone || seen[i].queue == fact->queue.v;
        return;
    }
    if (fact->kind == FACT_TASK || fact->kind == FACT_DROPPED)
        return;
    ck_assert_uint_lt(sequence, SEQUENCE_MAX);
    if (fact->kind == FACT_SENT) {
        ck_assert(!seen[sequence].is_sent);
        seen[sequence].is_sent = true;
        seen[sequence].queue = fact->queue.v;
        seen[sequence].is_fifo = fact->is_fifo;
        memcpy(&seen[sequence].group, fact->group.v, sizeof(uint32_t));
        seen[sequence].hidden_until = fact->until.v;
        seen[sequence].generation = fact->receive_count;
        return;
    }
    ck_assert(seen[sequence].is_sent);
    ck_assert(!seen[sequence].is_gone);
    ck_assert_uint_eq(seen[sequence].queue, fact->queue.v);
    if (fact->kind == FACT_RECEIVED) {
        check_receive(fact);
        seen[sequence].generation = fact->generation;
        seen[sequence].hidden_until = fact->until.v;
    } else if (fact->kind == FACT_HIDDEN) {
        seen[sequence].hidden_until = fact->until.v;
    } else if (fact->kind == FACT_GONE) {
        seen[sequence].is_gone = true;
    } else {
        ck_assert(seen[sequence].is_moving == (fact->kind == FACT_RETURNED));
        seen[sequence].is_moving = fact->kind == FACT_MOVING;
    }
}

/* Takes in what a step has said. Offers are answered at once, as the contract asks. */
static void take_in(uint64_t queue)
{
    struct engine_wake offers[ENGINE_WAKES_MAX];
    uint32_t offers_count = 0;
    for (uint32_t i = 0; i < harness_effects.facts_count; i++)
        check_fact(&harness_effects.facts[i]);
    for (uint32_t i = 0; i < harness_effects.deliveries_count; i++)
        handles[queue][below(HANDLES)] = harness_effects.deliveries[i];
    for (uint32_t i = 0; i < harness_effects.moves_count && moves_count < ARRAY_COUNT(moves); i++)
        moves[moves_count++] = harness_effects.moves[i];
    for (uint32_t i = 0; i < harness_effects.wakes_count; i++) {
        if (harness_effects.wakes[i].is_offer)
            offers[offers_count++] = harness_effects.wakes[i];
    }
    for (uint32_t i = 0; i < offers_count; i++) {
        uint64_t of = offers[i].token; /* the queue */
        if (below(5) == 0)
            harness_retract(of, offers[i].waiter);
        else
            harness_resume(of, offers[i].waiter, 1 + below(10), below(3) * 5000);
        take_in(
            of); /* ends: each offer is answered, and a waiter is woken again only by something new */
    }
}

static void step_receive(uint64_t queue)
{
    struct engine_event event = {.kind = ENGINE_RECEIVE, .queue = {queue}};
    event.receive.count_max = 1 + below(10);
    event.receive.visibility_ms = below(4) * 5000;
    event.receive.wait_ms = below(3) == 0 ? 1000 + below(10000) : 0;
    event.receive.token = queue;
    event.receive.has_attempt = below(3) == 0;
    event.receive.attempt.v[0] = (uint8_t)below(8);
    harness_step(&event);
    take_in(queue);
}

static void step_send(uint64_t queue)
{
    bool grouped = is_fifo(queue) || below(2) == 0;
    uint32_t dedup = is_fifo(queue) && below(2) == 0 ? 1 + below(60) : 0;
    harness_send_with(queue, grouped ? 1 + below(GROUPS) : 0, below(4) == 0 ? below(8000) : 0,
                      dedup);
    take_in(queue);
}

static void step_move(void)
{
    if (moves_count == 0)
        return;
    struct engine_move move = moves[0];
    memmove(moves, moves + 1, --moves_count * sizeof(moves[0]));
    if (below(8) == 0) {
        harness_moved(move.source.v, move.sequence, false);
        take_in(move.source.v);
        return;
    }
    harness_arrive(&move);
    take_in(move.target.v);
    harness_moved(move.source.v, move.sequence, true);
    take_in(move.source.v);
}

static void step_task(void)
{
    uint64_t queue = below(2) == 0 ? 2 : 4;
    if (below(2) == 0) {
        harness_task(queue, 1 + below(1000), below(2) == 0 ? 0 : queue - 1, below(3) * 20);
    } else {
        struct engine_event event = {
            .kind = ENGINE_TASK_CANCEL, .queue = {queue}, .task_cancel = harness_news.task};
        harness_step(&event);
    }
    take_in(queue);
}

static void pass(int64_t ms)
{
    int64_t until = harness_now + ms;
    for (int64_t due = engine_next_tick(harness_engine).v; due <= until;
         due = engine_next_tick(harness_engine).v) {
        harness_now = due > harness_now ? due : harness_now;
        harness_event(ENGINE_TICK, 0);
        take_in(0);
    }
    harness_now = until;
}

static void random_step(void)
{
    uint64_t queue = 1 + below(QUEUES);
    struct engine_delivery handle = handles[queue][below(HANDLES)];
    uint32_t dice = below(100);
    if (dice < 30) {
        step_send(queue);
    } else if (dice < 55) {
        step_receive(queue);
    } else if (dice < 67) {
        harness_delete(queue, handle);
        take_in(queue);
    } else if (dice < 75) {
        harness_change(queue, handle, below(4) * 3000);
        take_in(queue);
    } else if (dice < 88) {
        step_move();
    } else if (dice < 89) {
        harness_event(ENGINE_PURGE, queue);
        take_in(queue);
    } else if (dice < 92) {
        step_task();
    } else if (dice < 95) {
        harness_now += below(2000); /* late ticks */
    } else {
        pass(below(3000));
    }
}

static void configure_queues(void)
{
    for (uint64_t queue = 1; queue <= QUEUES; queue++) {
        struct engine_config config = harness_config(is_fifo(queue));
        config.retention_ms = 90000;
        config.inflight_max = queue == 1 ? 50 : 0;
        config.delay_ms = queue == 5 ? 3000 : 0;
        if (queue == 1 || queue == 3) {
            config.receive_count_max = 3;
            config.dead_letter.v = queue + 1;
        }
        harness_configure(queue, config);
    }
}

/* Everything that is left is receivable in time, and goes. */
static void drain(void)
{
    for (uint64_t queue = 2; queue <= 4; queue += 2) {
        struct engine_event event = {
            .kind = ENGINE_TASK_CANCEL, .queue = {queue}, .task_cancel = harness_news.task};
        harness_step(&event);
        take_in(queue);
    }
    for (int round = 0; round < 1000; round++) {
        while (moves_count > 0)
            step_move();
        pass(20000);
        uint64_t left = 0;
        for (uint64_t queue = 1; queue <= QUEUES; queue++) {
            while (harness_receive(queue, 10, 5000) > 0) {
                struct engine_delivery got[ENGINE_RECEIVE_MAX];
                uint32_t count = harness_effects.deliveries_count;
                memcpy(got, harness_effects.deliveries, sizeof(got));
                take_in(queue);
                for (uint32_t i = 0; i < count; i++)
                    ck_assert_int_eq(harness_delete(queue, got[i]), ENGINE_DONE);
            }
            take_in(queue);
            struct engine_counts counts = harness_counts(queue);
            left += counts.visible + counts.inflight + counts.delayed + counts.moving;
        }
        if (left == 0)
            break;
    }
    ck_assert_uint_eq(harness_bodies(), 0);
}

START_TEST(any_history_replays_and_drains)
{
    seed = 1000 + (uint64_t)_i;
    harness_start();
    configure_queues();
    for (uint64_t i = 0; i < steps_per_history; i++) {
        harness_checks = i % 16 == 0;
        random_step();
        if (i % 100 == 99) {
            harness_check_replay();
            take_in(0);
        }
    }
    harness_checks = false;
    harness_check_replay();
    take_in(0);
    drain();
    harness_check_replay();
    harness_stop();
}
END_TEST

static void fill(TCase *tests)
{
    const char *seeds = getenv("LEAT_TEST_SEEDS");
    tcase_add_loop_test(tests, any_history_replays_and_drains, 0,
                        seeds != NULL ? (int)strtol(seeds, NULL, 10) : 8);
}

int main(void)
{
    return testkit_run("engine_replay", fill);
}
