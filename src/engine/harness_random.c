/* No fact contradicts an earlier one: nobody receives what is hidden, nothing happens after the end of a message, FIFO
 * groups are first delivered in order. In the end everything that was sent is received, or was dropped, and every body
 * is let go of. */
#include "engine/harness_random.h"

#include "base/random.h"
#include "engine/harness.h"

#include "base/banned.h"

#define QUEUES \
    HARNESS_RANDOM_QUEUES /* 1 standard, 2 its dead letters, 3 FIFO, 4 its dead letters, 5 delayed FIFO */
#define SEQUENCE_MAX 100000u
#define GROUPS       6u
#define HANDLES      64u

static uint64_t seed;

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

uint32_t harness_random_below(uint32_t bound)
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
    if (fact->kind == FACT_TASK || fact->kind == FACT_DROPPED || fact->kind == FACT_CONFIRMED)
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
        seen[sequence].is_moving = false; /* or its move is to be tried again, then */
    } else if (fact->kind == FACT_GONE) {
        seen[sequence].is_gone = true;
    } else {
        ck_assert(seen[sequence].is_moving == (fact->kind == FACT_RETURNED));
        seen[sequence].is_moving = fact->kind == FACT_MOVING;
    }
}

/* Takes in what a step has said. Offers are answered at once, as the contract asks. */
void harness_random_take_in(uint64_t queue)
{
    struct engine_wake offers[ENGINE_WAKES_MAX];
    uint32_t offers_count = 0;
    for (uint32_t i = 0; i < harness_effects.facts_count; i++)
        check_fact(&harness_effects.facts[i]);
    for (uint32_t i = 0; i < harness_effects.deliveries_count; i++)
        handles[queue][harness_random_below(HANDLES)] = harness_effects.deliveries[i];
    for (uint32_t i = 0; i < harness_effects.moves_count && moves_count < ARRAY_COUNT(moves); i++)
        moves[moves_count++] = harness_effects.moves[i];
    for (uint32_t i = 0; i < harness_effects.wakes_count; i++) {
        if (harness_effects.wakes[i].is_offer)
            offers[offers_count++] = harness_effects.wakes[i];
    }
    for (uint32_t i = 0; i < offers_count; i++) {
        uint64_t of = offers[i].token; /* the queue */
        if (harness_random_below(5) == 0)
            harness_retract(of, offers[i].waiter);
        else
            harness_resume(of, offers[i].waiter, 1 + harness_random_below(10),
                           harness_random_below(3) * 5000);
        harness_random_take_in(
            of); /* ends: each offer is answered, and a waiter is woken again only by something new */
    }
}

static void step_receive(uint64_t queue)
{
    struct engine_event event = {.kind = ENGINE_RECEIVE, .queue = {queue}};
    event.receive.count_max = 1 + harness_random_below(10);
    event.receive.visibility_ms = harness_random_below(4) * 5000;
    event.receive.wait_ms = harness_random_below(3) == 0 ? 1000 + harness_random_below(10000) : 0;
    event.receive.token = queue;
    event.receive.has_attempt = harness_random_below(3) == 0;
    event.receive.attempt.v[0] = (uint8_t)harness_random_below(8);
    harness_step(&event);
    harness_random_take_in(queue);
}

static void step_send(uint64_t queue)
{
    bool grouped = is_fifo(queue) || harness_random_below(2) == 0;
    uint32_t dedup =
        is_fifo(queue) && harness_random_below(2) == 0 ? 1 + harness_random_below(60) : 0;
    harness_send_with(queue, grouped ? 1 + harness_random_below(GROUPS) : 0,
                      harness_random_below(4) == 0 ? harness_random_below(8000) : 0, dedup);
    harness_random_take_in(queue);
}

static void step_move(void)
{
    if (moves_count == 0)
        return;
    struct engine_move move = moves[0];
    memmove(moves, moves + 1, --moves_count * sizeof(moves[0]));
    if (harness_random_below(8) == 0) {
        static const enum engine_move_outcome outcomes[] = {ENGINE_MOVE_REFUSED, ENGINE_MOVE_LATER,
                                                            ENGINE_MOVE_UNREAD};
        harness_moved_as(move.source.v, move.sequence, outcomes[harness_random_below(3)]);
        harness_random_take_in(move.source.v);
        return;
    }
    harness_arrive(&move);
    harness_random_take_in(move.target.v);
    harness_moved(move.source.v, move.sequence, true);
    harness_random_take_in(move.source.v);
    if (harness_random_below(2) == 0) {
        harness_confirm(&move);
        harness_random_take_in(move.target.v);
    }
}

static void step_task(void)
{
    uint64_t queue = harness_random_below(2) == 0 ? 2 : 4;
    if (harness_random_below(2) == 0) {
        harness_task(queue, 1 + harness_random_below(1000),
                     harness_random_below(2) == 0 ? 0 : queue - 1, harness_random_below(3) * 20);
    } else {
        struct engine_event event = {
            .kind = ENGINE_TASK_CANCEL, .queue = {queue}, .task_cancel = harness_news.task};
        harness_step(&event);
    }
    harness_random_take_in(queue);
}

static void pass(int64_t ms)
{
    int64_t until = harness_now + ms;
    for (int64_t due = engine_next_tick(harness_engine).v; due <= until;
         due = engine_next_tick(harness_engine).v) {
        harness_now = due > harness_now ? due : harness_now;
        harness_event(ENGINE_TICK, 0);
        harness_random_take_in(0);
    }
    harness_now = until;
}

void harness_random_step(void)
{
    uint64_t queue = 1 + harness_random_below(QUEUES);
    struct engine_delivery handle = handles[queue][harness_random_below(HANDLES)];
    uint32_t dice = harness_random_below(100);
    if (dice < 30) {
        step_send(queue);
    } else if (dice < 55) {
        step_receive(queue);
    } else if (dice < 67) {
        harness_delete(queue, handle);
        harness_random_take_in(queue);
    } else if (dice < 75) {
        harness_change(queue, handle, harness_random_below(4) * 3000);
        harness_random_take_in(queue);
    } else if (dice < 88) {
        step_move();
    } else if (dice < 89) {
        harness_event(ENGINE_PURGE, queue);
        harness_random_take_in(queue);
    } else if (dice < 92) {
        step_task();
    } else if (dice < 95) {
        harness_now += harness_random_below(2000); /* late ticks */
    } else {
        pass(harness_random_below(3000));
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
void harness_random_drain(void)
{
    for (uint64_t queue = 2; queue <= 4; queue += 2) {
        struct engine_event event = {
            .kind = ENGINE_TASK_CANCEL, .queue = {queue}, .task_cancel = harness_news.task};
        harness_step(&event);
        harness_random_take_in(queue);
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
                harness_random_take_in(queue);
                for (uint32_t i = 0; i < count; i++)
                    ck_assert_int_eq(harness_delete(queue, got[i]), ENGINE_DONE);
            }
            harness_random_take_in(queue);
            struct engine_counts counts = harness_counts(queue);
            left += counts.visible + counts.inflight + counts.delayed + counts.moving;
        }
        if (left == 0)
            break;
    }
    ck_assert_uint_eq(harness_bodies(), 0);
}

void harness_random_start(uint64_t seed_of_history)
{
    seed = seed_of_history;
    moves_count = 0;
    memset(seen, 0, sizeof(seen));
    memset(handles, 0, sizeof(handles));
    harness_start();
    configure_queues();
}

void harness_random_restart(void)
{
    moves_count = 0;
}
