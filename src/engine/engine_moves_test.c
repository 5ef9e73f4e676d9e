/* Dead letters (E14, E7), move tasks (C20), moves after a restart (D13). */
#include "engine/harness.h"

#include "base/banned.h"

#define SOURCE 1u
#define DEAD   2u
#define OTHER  3u

static struct engine_config redrive(bool is_fifo, uint32_t receive_count_max, uint64_t dead_letter)
{
    struct engine_config config = harness_config(is_fifo);
    config.receive_count_max = receive_count_max;
    config.dead_letter.v = dead_letter;
    return config;
}

static void start(bool is_fifo)
{
    harness_start();
    harness_configure(SOURCE, redrive(is_fifo, 1, DEAD));
    harness_configure(DEAD, harness_config(is_fifo));
    harness_configure(OTHER, harness_config(is_fifo));
}

/* Brings `count` messages from the source to the dead-letter queue. */
static void fill_dead(uint32_t count, uint32_t groups)
{
    harness_checks = false;
    for (uint32_t i = 0; i < count; i++)
        harness_send(SOURCE, groups == 0 ? 0 : i % groups + 1);
    while (harness_counts(SOURCE).visible > 0) {
        harness_receive(SOURCE, 10, 0);
        harness_perform_moves();
    }
    harness_checks = true;
}

START_TEST(message_moves_at_the_receive_that_is_one_too_many)
{
    start(false);
    harness_send(SOURCE, 0);
    ck_assert_uint_eq(harness_receive(SOURCE, 1, 1000), 1);
    struct engine_delivery old = harness_effects.deliveries[0];
    harness_pass(1000);
    ck_assert_uint_eq(harness_counts(SOURCE).visible, 1); /* not by the timeout alone */
    ck_assert_uint_eq(harness_receive(SOURCE, 1, 1000), 0);
    ck_assert_uint_eq(harness_effects.moves_count, 1);
    ck_assert_uint_eq(harness_effects.moves[0].target.v, DEAD);
    ck_assert_uint_eq(harness_effects.moves[0].receive_count, 1);
    ck_assert_uint_eq(harness_counts(SOURCE).moving, 1);
    ck_assert_int_eq(harness_delete(SOURCE, old), ENGINE_DONE); /* E5: dead handle, no effect */
    ck_assert_int_eq(harness_change(SOURCE, old, 0), ENGINE_NO_MESSAGE);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(dead_letter_keeps_its_count_and_its_age)
{
    start(false);
    harness_send(SOURCE, 0);
    int64_t enqueued = harness_now;
    harness_receive(SOURCE, 1, 1000);
    harness_pass(1000);
    harness_send(DEAD, 0);
    harness_receive(SOURCE, 1, 1000);
    harness_perform_moves();
    ck_assert_uint_eq(harness_counts(SOURCE).moving, 0);
    ck_assert_uint_eq(harness_counts(SOURCE).dead_lettered_total, 1);
    ck_assert_int_eq(harness_counts(DEAD).oldest_enqueued.v, enqueued);
    ck_assert_uint_eq(harness_counts(DEAD).sent_total, 1);
    ck_assert_uint_eq(harness_receive(DEAD, 10, 1000), 2);
    ck_assert_uint_eq(harness_effects.deliveries[1].receive_count, 2);
    harness_check_replay();
    harness_pass(345600000 - 1001); /* E7: the age counts from the first send */
    ck_assert_uint_eq(harness_counts(DEAD).visible, 2);
    harness_pass(1);
    ck_assert_uint_eq(harness_counts(DEAD).visible, 1);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(fifo_dead_letter_is_young_again_and_not_delayed)
{
    start(true);
    struct engine_config config = harness_config(true);
    config.delay_ms = 5000;
    harness_configure(DEAD, config);
    harness_send(SOURCE, 1);
    harness_send(SOURCE, 1);
    harness_receive(SOURCE, 1, 1000);
    harness_pass(1000);
    ck_assert_uint_eq(harness_receive(SOURCE, 10, 1000), 0); /* the group waits for the outcome */
    harness_perform_moves();
    ck_assert_int_eq(harness_counts(DEAD).oldest_enqueued.v, harness_now);
    ck_assert_uint_eq(harness_counts(DEAD).visible, 1);
    ck_assert_uint_eq(harness_receive(SOURCE, 10, 1000), 1); /* and goes on */
    ck_assert_str_eq(harness_delivered(), "2");
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(refused_move_is_delivered_until_the_next_configuration)
{
    start(false);
    harness_send(SOURCE, 0);
    harness_receive(SOURCE, 1, 0);
    ck_assert_uint_eq(harness_receive(SOURCE, 1, 0), 0);
    harness_moved(SOURCE, 1, false);
    ck_assert_uint_eq(harness_receive(SOURCE, 1, 0), 1);
    ck_assert_uint_eq(harness_effects.deliveries[0].receive_count, 2);
    ck_assert_uint_eq(harness_receive(SOURCE, 1, 0), 1);
    harness_check_replay();
    harness_configure(SOURCE, redrive(false, 1, DEAD));
    ck_assert_uint_eq(harness_receive(SOURCE, 1, 0), 0);
    ck_assert_uint_eq(harness_effects.moves_count, 1);
    harness_stop();
}
END_TEST

/* The word of a dead-letter queue that the queue no longer has says nothing about the one that it has now. */
START_TEST(refusal_by_a_former_dead_letter_queue_does_not_count)
{
    start(_i != 0);
    harness_send(SOURCE, _i != 0);
    harness_receive(SOURCE, 1, 0);
    harness_receive(SOURCE, 1, 0);
    ck_assert_uint_eq(harness_effects.moves[0].target.v, DEAD);
    harness_configure(SOURCE, redrive(_i != 0, 1, OTHER));
    harness_moved(SOURCE, 1, false);
    harness_check_replay();
    ck_assert_uint_eq(harness_receive(SOURCE, 1, 0), 0);
    ck_assert_uint_eq(harness_effects.moves_count, 1);
    ck_assert_uint_eq(harness_effects.moves[0].target.v, OTHER);
    harness_stop();
}
END_TEST

/* Only a refusal stays until the next configuration: what was not the target's word is tried again. */
START_TEST(move_that_found_no_room_or_was_not_read_is_tried_again)
{
    static const struct {
        enum engine_move_outcome outcome;
        int64_t wait_ms;
    } cases[] = {{ENGINE_MOVE_LATER, ENGINE_MOVE_LATER_MS},
                 {ENGINE_MOVE_UNREAD, ENGINE_MOVE_UNREAD_MS}};
    bool is_fifo = _i % 2 != 0;
    start(is_fifo);
    harness_send(SOURCE, is_fifo);
    harness_receive(SOURCE, 1, 0);
    ck_assert_uint_eq(harness_receive(SOURCE, 1, 0), 0);
    ck_assert_uint_eq(harness_effects.moves_count, 1);
    harness_moved_as(SOURCE, 1, cases[_i / 2].outcome);
    ck_assert_uint_eq(harness_counts(SOURCE).inflight, 1);
    ck_assert_uint_eq(harness_counts(SOURCE).moving, 0);
    harness_check_replay();
    harness_pass(cases[_i / 2].wait_ms - 1);
    ck_assert_uint_eq(harness_receive(SOURCE, 1, 0), 0);
    ck_assert_uint_eq(harness_effects.moves_count, 0);
    harness_pass(1);
    ck_assert_uint_eq(harness_receive(SOURCE, 1, 0), 0);
    ck_assert_uint_eq(harness_effects.moves_count, 1);
    ck_assert_uint_eq(harness_effects.moves[0].target.v, DEAD);
    harness_moved(SOURCE, 1, true);
    ck_assert_uint_eq(harness_bodies(), 0);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(task_makes_a_pause_when_its_target_has_no_room)
{
    start(false);
    fill_dead(3, 0);
    harness_task(DEAD, 9, OTHER, 0);
    ck_assert_uint_eq(harness_effects.moves_count, 3);
    uint64_t first = harness_effects.moves[0].sequence;
    harness_moved_as(DEAD, first, ENGINE_MOVE_LATER);
    harness_moved_as(DEAD, first + 1, ENGINE_MOVE_UNREAD);
    ck_assert_uint_eq(harness_effects.moves_count, 0);
    harness_moved(DEAD, first + 2, true);
    ck_assert_uint_eq(harness_effects.moves_count, 0);
    ck_assert_uint_eq(harness_counts(DEAD).visible, 1);
    harness_pass(ENGINE_MOVE_LATER_MS);
    ck_assert_uint_eq(harness_effects.moves_count, 1);
    ck_assert_uint_eq(harness_effects.moves[0].sequence, first);
    ck_assert_int_eq(harness_news.status, ENGINE_TASK_ACTIVE);
    harness_moved(DEAD, first, true);
    ck_assert_int_eq(harness_news.status, ENGINE_TASK_COMPLETED); /* without the unread one */
    ck_assert_uint_eq(harness_news.moved_count, 2);
    ck_assert_uint_eq(harness_counts(DEAD).inflight, 1);
    harness_pass(ENGINE_MOVE_UNREAD_MS);
    ck_assert_uint_eq(harness_counts(DEAD).visible, 1);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(task_says_at_any_time_how_far_it_is)
{
    struct engine_task_news news = {0};
    start(false);
    fill_dead(3, 0);
    ck_assert(!engine_task(harness_engine, (struct engine_queue){DEAD}, &news));
    harness_task(DEAD, 9, OTHER, 1);
    for (uint64_t moved = 0; moved < 3; moved++) {
        ck_assert(engine_task(harness_engine, (struct engine_queue){DEAD}, &news));
        ck_assert_uint_eq(news.task, 9);
        ck_assert_int_eq(news.status, ENGINE_TASK_ACTIVE);
        ck_assert_uint_eq(news.moved_count, moved);
        harness_perform_moves();
        harness_pass(1000);
    }
    harness_perform_moves();
    ck_assert(!engine_task(harness_engine, (struct engine_queue){DEAD}, &news)); /* over */
    ck_assert(!engine_task(harness_engine, (struct engine_queue){99}, &news));
    harness_stop();
}
END_TEST

START_TEST(unread_message_of_a_move_expires_all_the_same)
{
    start(false);
    harness_send(SOURCE, 0);
    harness_receive(SOURCE, 1, 0);
    harness_receive(SOURCE, 1, 0);
    harness_pass(345600000); /* retention passes the moving one */
    ck_assert_uint_eq(harness_counts(SOURCE).moving, 1);
    harness_moved_as(SOURCE, 1, ENGINE_MOVE_UNREAD);
    harness_pass(0);
    ck_assert_uint_eq(harness_counts(SOURCE).inflight, 0);
    ck_assert_uint_eq(harness_bodies(), 0);
    harness_check_replay();
    harness_stop();
}
END_TEST

/* Compaction moves records under whoever keeps a body; a purge takes them. */
START_TEST(find_tells_where_a_body_lies_now)
{
    const struct engine_queue source = {SOURCE};
    struct engine_body body = {0}, now = {0};
    start(false);
    harness_send(SOURCE, 0);
    harness_send(SOURCE, 0);
    ck_assert(engine_find(harness_engine, source, 2, &body));
    struct engine_body elsewhere = {body.v + 1000};
    ck_assert(engine_relocate(harness_engine, source, 2, body, elsewhere));
    ck_assert(engine_find(harness_engine, source, 2, &now));
    ck_assert_uint_eq(now.v, elsewhere.v);
    ck_assert(engine_relocate(harness_engine, source, 2, elsewhere, body));
    ck_assert(!engine_find(harness_engine, source, 3, &now));
    ck_assert(!engine_find(harness_engine, (struct engine_queue){DEAD}, 2, &now));
    ck_assert(!engine_find(harness_engine, (struct engine_queue){99}, 2, &now));
    harness_stop();
}
END_TEST

START_TEST(no_move_without_a_queue_or_to_itself)
{
    start(false);
    harness_configure(SOURCE, redrive(false, 1, _i == 0 ? 0 : SOURCE));
    harness_send(SOURCE, 0);
    for (uint32_t i = 1; i <= 3; i++) {
        ck_assert_uint_eq(harness_receive(SOURCE, 1, 0), 1);
        ck_assert_uint_eq(harness_effects.deliveries[0].receive_count, i);
    }
    harness_stop();
}
END_TEST

/* From elsewhere: nobody's receive runs here, but the message is in flight. */
START_TEST(arrival_in_flight_waits_for_its_time)
{
    bool is_fifo = _i == 1;
    harness_start();
    harness_configure(DEAD, harness_config(is_fifo));
    struct engine_waiter waiter = harness_park(DEAD, 20000, 1);
    struct engine_move move = {.kind = ENGINE_MOVE_DEAD_LETTER,
                               .target = {DEAD},
                               .body = {1},
                               .body_bytes = 10,
                               .enqueued_at = {harness_now},
                               .receive_count = 3,
                               .has_group = is_fifo,
                               .group = {{7}}};
    ck_assert(harness_arrive_hidden(&move, 5000));
    ck_assert_uint_eq(harness_effects.facts_count, 2);
    ck_assert_int_eq(harness_effects.facts[0].kind, FACT_SENT);
    ck_assert_int_eq(harness_effects.facts[1].kind, FACT_HIDDEN);
    ck_assert_int_eq(harness_effects.facts[1].until.v, harness_now + 5000);
    ck_assert_uint_eq(harness_effects.wakes_count, 0);
    ck_assert_uint_eq(harness_counts(DEAD).inflight, 1);
    move.body.v = 2;
    move.receive_count = 1;
    ck_assert(harness_arrive(&move)); /* behind it in its group */
    ck_assert_uint_eq(harness_effects.wakes_count, is_fifo ? 0 : 1);
    harness_retract(DEAD, waiter);
    ck_assert_uint_eq(harness_counts(DEAD).inflight, 1);
    harness_check_replay();
    harness_restart();
    harness_pass(4999);
    ck_assert_uint_eq(harness_receive(DEAD, 10, 1000), is_fifo ? 0 : 1);
    harness_pass(1);
    ck_assert_uint_eq(harness_receive(DEAD, 10, 1000), is_fifo ? 2 : 1);
    ck_assert_uint_eq(harness_effects.deliveries[0].receive_count, 4);
    move.body.v = 3;
    ck_assert(harness_arrive_hidden(&move, INT64_MAX / 2)); /* the longest that there is */
    ck_assert_int_eq(harness_effects.facts[1].until.v, harness_now + ENGINE_VISIBILITY_MS_MAX);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(receive_behind_many_dead_letters_goes_on_again)
{
    start(false);
    harness_checks = false;
    for (int i = 0; i < 100; i++)
        harness_send(SOURCE, 0);
    for (int i = 0; i < 10; i++)
        harness_receive(SOURCE, 10, 1000);
    harness_pass(1000);
    uint64_t young = harness_send(SOURCE, 0);
    uint32_t moves = 0;
    do {
        harness_receive(SOURCE, 10, 1000);
        moves += harness_effects.moves_count;
    } while (harness_effects.again);
    ck_assert_uint_eq(moves, 100);
    ck_assert_uint_eq(harness_effects.deliveries_count, 1);
    ck_assert_uint_eq(harness_effects.deliveries[0].sequence, young);
    harness_checks = true;
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(retention_passes_a_moving_message_and_finds_it_when_it_returns)
{
    start(false);
    harness_send(SOURCE, 0);
    harness_receive(SOURCE, 1, 0);
    harness_receive(SOURCE, 1, 0);
    ck_assert_uint_eq(harness_counts(SOURCE).moving, 1);
    harness_pass(1000);
    harness_send(SOURCE, 0);
    harness_pass(345600000);
    ck_assert_uint_eq(harness_counts(SOURCE).visible, 0);
    ck_assert_uint_eq(harness_counts(SOURCE).moving, 1);
    harness_moved(SOURCE, 1, false);
    harness_pass(0);
    ck_assert_uint_eq(harness_counts(SOURCE).visible, 0);
    ck_assert_uint_eq(harness_bodies(), 0);
    harness_check_replay();
    harness_stop();
}
END_TEST

/* Ticks and performs moves until nothing is left to do at this time. */
static void settle(void)
{
    do {
        harness_pass(0);
    } while (harness_perform_moves() > 0);
}

START_TEST(task_brings_dead_letters_home_as_new_messages)
{
    bool is_fifo = _i == 1;
    start(is_fifo);
    fill_dead(250, is_fifo ? 7 : 0);
    harness_configure(SOURCE, redrive(is_fifo, 5, DEAD));
    ck_assert_uint_eq(harness_counts(DEAD).visible, 250);
    ck_assert_int_eq(harness_task(DEAD, 9, 0, 0), ENGINE_DONE);
    ck_assert_int_eq(harness_news.status, ENGINE_TASK_ACTIVE);
    ck_assert_uint_le(harness_counts(DEAD).moving, 64);
    ck_assert_int_eq(harness_task(DEAD, 10, 0, 0), ENGINE_TASK_RUNNING);
    uint64_t younger = harness_send(DEAD, 9);
    harness_pass(0);
    ck_assert_uint_eq(harness_counts(DEAD).moving, 64);
    settle();
    ck_assert_uint_eq(harness_news.task, 9);
    ck_assert_int_eq(harness_news.status, ENGINE_TASK_COMPLETED);
    ck_assert_uint_eq(harness_news.moved_count, 250);
    ck_assert_uint_eq(harness_counts(SOURCE).visible, 250);
    ck_assert_uint_eq(harness_counts(SOURCE).sent_total, 500); /* G: they are sends */
    ck_assert_uint_eq(harness_receive(DEAD, 10, 1000), 1);     /* what came after the start stays */
    ck_assert_uint_eq(harness_effects.deliveries[0].sequence, younger);
    harness_receive(SOURCE, 1, 1000);
    ck_assert_uint_eq(harness_effects.deliveries[0].receive_count, 1);
    ck_assert_int_eq(harness_task(DEAD, 10, 0, 0), ENGINE_DONE);
    harness_check_replay();
    harness_stop();
}
END_TEST

START_TEST(task_leaves_what_is_in_flight)
{
    start(false);
    fill_dead(3, 0);
    harness_receive(DEAD, 1, 60000);
    harness_task(DEAD, 9, OTHER, 0);
    settle();
    ck_assert_int_eq(harness_news.status, ENGINE_TASK_COMPLETED);
    ck_assert_uint_eq(harness_news.moved_count, 2);
    ck_assert_uint_eq(harness_counts(DEAD).inflight, 1);
    ck_assert_uint_eq(harness_counts(OTHER).visible, 2);
    harness_stop();
}
END_TEST

START_TEST(task_keeps_its_pace)
{
    start(false);
    fill_dead(20, 0);
    ck_assert_int_eq(harness_task(DEAD, 9, OTHER, 4), ENGINE_DONE);
    for (int64_t elapsed = 0; elapsed < 5000; elapsed += 10) {
        settle();
        uint64_t moved = harness_counts(OTHER).visible;
        uint64_t most = 1 + (uint64_t)elapsed * 4 / 1000;
        ck_assert_uint_le(moved, most);
        ck_assert_uint_ge(moved, (most < 20 ? most : 20) - (most > 1));
        harness_pass(10);
    }
    ck_assert_uint_eq(harness_counts(OTHER).visible, 20);
    settle();
    ck_assert_int_eq(harness_news.status, ENGINE_TASK_COMPLETED);
    harness_stop();
}
END_TEST

START_TEST(task_does_not_save_up_idle_time)
{
    start(false);
    fill_dead(20, 0);
    harness_task(DEAD, 9, OTHER, 10);
    harness_now += 60000; /* nobody ticked for a minute */
    settle();
    ck_assert_uint_le(harness_counts(OTHER).visible, 2);
    harness_stop();
}
END_TEST

START_TEST(task_fails_at_a_message_of_unknown_origin)
{
    start(false);
    fill_dead(1, 0);
    uint64_t sequence = harness_send(DEAD, 0);
    harness_task(DEAD, 9, 0, 0);
    settle();
    ck_assert_int_eq(harness_news.status, ENGINE_TASK_FAILED);
    ck_assert(harness_news.origin_unknown);
    ck_assert_uint_eq(harness_news.moved_count, 1);
    harness_receive(DEAD, 10, 1000);
    ck_assert_uint_eq(harness_effects.deliveries[0].sequence, sequence);
    harness_stop();
}
END_TEST

START_TEST(task_fails_when_its_destination_is_gone)
{
    start(_i == 1);
    fill_dead(5, _i == 1 ? 1 : 0);
    harness_event(ENGINE_DROP, OTHER);
    harness_task(DEAD, 9, OTHER, 0);
    settle();
    ck_assert_int_eq(harness_news.status, ENGINE_TASK_FAILED);
    ck_assert(harness_news.destination_gone);
    ck_assert_uint_eq(harness_counts(DEAD).visible, 5);
    ck_assert_uint_eq(harness_receive(DEAD, 10, 1000), 5);
    harness_stop();
}
END_TEST

START_TEST(cancelled_task_waits_for_what_is_on_the_way)
{
    start(false);
    fill_dead(200, 0);
    harness_task(DEAD, 9, OTHER, 0);
    struct engine_event cancel = {.kind = ENGINE_TASK_CANCEL, .queue = {DEAD}, .task_cancel = 8};
    harness_step(&cancel);
    ck_assert_int_eq(harness_effects.result, ENGINE_NO_TASK);
    cancel.task_cancel = 9;
    harness_step(&cancel);
    ck_assert_int_eq(harness_effects.result, ENGINE_DONE);
    ck_assert_int_eq(harness_news.status, ENGINE_TASK_ACTIVE);
    uint64_t moving = harness_counts(DEAD).moving;
    ck_assert_uint_gt(moving, 0);
    settle();
    ck_assert_int_eq(harness_news.status, ENGINE_TASK_CANCELLED);
    ck_assert_uint_eq(harness_news.moved_count, moving);
    harness_step(&cancel);
    ck_assert_int_eq(harness_effects.result, ENGINE_NO_TASK);
    harness_stop();
}
END_TEST

START_TEST(purge_ends_the_task_that_waits)
{
    start(_i == 1);
    fill_dead(100, _i == 1 ? 3 : 0);
    harness_task(DEAD, 9, OTHER, 0);
    harness_pass(0);
    ck_assert_uint_eq(harness_counts(DEAD).moving, 64); /* it waits for the window */
    ck_assert_int_eq(harness_event(ENGINE_PURGE, DEAD), ENGINE_DONE);
    harness_pass(0);
    ck_assert_int_eq(harness_news.status, ENGINE_TASK_COMPLETED);
    ck_assert_int_eq(harness_task(DEAD, 10, OTHER, 0), ENGINE_DONE);
    settle();
    ck_assert_uint_eq(harness_news.task, 10);
    ck_assert_int_eq(harness_news.status, ENGINE_TASK_COMPLETED);
    harness_stop();
}
END_TEST

START_TEST(moves_under_way_are_asked_for_again_after_a_restart)
{
    start(false);
    for (int i = 0; i < 5; i++)
        harness_send(SOURCE, 0);
    harness_receive(SOURCE, 5, 0);
    harness_receive(SOURCE, 1, 0);
    ck_assert_uint_eq(harness_effects.moves_count, 5);
    harness_moved(SOURCE, 2, true);
    harness_moved(SOURCE, 3, false);
    harness_restart();
    harness_pass(0);
    ck_assert_uint_eq(harness_effects.moves_count, 3);
    ck_assert_uint_eq(harness_effects.moves[0].sequence, 1);
    ck_assert_uint_eq(harness_effects.moves[0].target.v, DEAD);
    ck_assert_int_eq(harness_effects.moves[0].kind, ENGINE_MOVE_DEAD_LETTER);
    harness_pass(1000);
    ck_assert_uint_eq(harness_effects.moves_count, 0); /* once */
    harness_moved(SOURCE, 1, true);
    ck_assert_uint_eq(harness_counts(SOURCE).moving, 2);
    harness_stop();
}
END_TEST

START_TEST(task_goes_on_after_a_restart)
{
    start(false);
    fill_dead(200, 0);
    harness_task(DEAD, 9, OTHER, 0);
    harness_moved(DEAD, 201 /* the first dead letter, sequences being the engine's */, true);
    uint64_t moved = harness_news.moved_count;
    MAYBE(moved);
    harness_restart();
    ck_assert_int_eq(harness_task(DEAD, 9, OTHER, 0), ENGINE_DONE);
    settle();
    ck_assert_int_eq(harness_news.status, ENGINE_TASK_COMPLETED);
    ck_assert_uint_eq(harness_news.moved_count, 200);
    ck_assert_uint_eq(harness_counts(DEAD).visible + harness_counts(DEAD).moving, 0);
    harness_stop();
}
END_TEST

START_TEST(arrival_that_is_repeated_after_a_restart_is_known)
{
    start(false);
    for (int i = 0; i < 2; i++) {
        harness_send(SOURCE, 0);
        harness_receive(SOURCE, 1, 0);
        harness_receive(SOURCE, 1, 0);
        ck_assert_uint_eq(harness_effects.moves_count, 1);
        struct engine_move move = harness_effects.moves[0];
        ck_assert(harness_arrive(&move));
        uint64_t sequence = harness_effects.sequence;
        if (i == 1) /* also when it is deleted in the meantime */
            harness_delete(DEAD, (struct engine_delivery){.sequence = sequence});
        harness_restart(); /* before the source has heard of it */
        harness_pass(600000);
        ck_assert_uint_eq(harness_effects.moves_count, 1);
        move = harness_effects.moves[0];
        ck_assert(harness_arrive(&move));
        ck_assert(harness_effects.is_duplicate);
        ck_assert_uint_eq(harness_effects.sequence, sequence);
        harness_moved(SOURCE, move.sequence, true);
    }
    ck_assert_uint_eq(harness_counts(DEAD).visible, 1);
    ck_assert_uint_eq(harness_counts(SOURCE).visible + harness_counts(SOURCE).moving, 0);
    harness_stop();
}
END_TEST

START_TEST(message_may_come_back_over_a_circle_of_queues)
{
    start(false);
    harness_configure(SOURCE, redrive(false, 1, DEAD));
    harness_configure(DEAD, redrive(false, 1, SOURCE)); /* each counts its own receives */
    harness_send(SOURCE, 0);
    for (uint32_t hops = 1; hops <= 6; hops++) {
        uint64_t at = hops % 2 == 1 ? SOURCE : DEAD;
        ck_assert_uint_eq(harness_receive(at, 1, 0), 1);
        ck_assert_uint_eq(harness_receive(at, 1, 0), 0);
        ck_assert_uint_eq(harness_perform_moves(), 1);
    }
    ck_assert_uint_eq(harness_counts(SOURCE).visible, 1);
    harness_check_replay();
    harness_stop();
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, message_moves_at_the_receive_that_is_one_too_many);
    tcase_add_loop_test(tests, arrival_in_flight_waits_for_its_time, 0, 2);
    tcase_add_test(tests, dead_letter_keeps_its_count_and_its_age);
    tcase_add_test(tests, fifo_dead_letter_is_young_again_and_not_delayed);
    tcase_add_test(tests, refused_move_is_delivered_until_the_next_configuration);
    tcase_add_loop_test(tests, refusal_by_a_former_dead_letter_queue_does_not_count, 0, 2);
    tcase_add_loop_test(tests, move_that_found_no_room_or_was_not_read_is_tried_again, 0, 4);
    tcase_add_test(tests, task_makes_a_pause_when_its_target_has_no_room);
    tcase_add_test(tests, task_says_at_any_time_how_far_it_is);
    tcase_add_test(tests, unread_message_of_a_move_expires_all_the_same);
    tcase_add_test(tests, find_tells_where_a_body_lies_now);
    tcase_add_loop_test(tests, no_move_without_a_queue_or_to_itself, 0, 2);
    tcase_add_test(tests, receive_behind_many_dead_letters_goes_on_again);
    tcase_add_test(tests, retention_passes_a_moving_message_and_finds_it_when_it_returns);
    tcase_add_loop_test(tests, task_brings_dead_letters_home_as_new_messages, 0, 2);
    tcase_add_test(tests, task_leaves_what_is_in_flight);
    tcase_add_test(tests, task_keeps_its_pace);
    tcase_add_test(tests, task_does_not_save_up_idle_time);
    tcase_add_test(tests, task_fails_at_a_message_of_unknown_origin);
    tcase_add_loop_test(tests, task_fails_when_its_destination_is_gone, 0, 2);
    tcase_add_test(tests, cancelled_task_waits_for_what_is_on_the_way);
    tcase_add_loop_test(tests, purge_ends_the_task_that_waits, 0, 2);
    tcase_add_test(tests, moves_under_way_are_asked_for_again_after_a_restart);
    tcase_add_test(tests, task_goes_on_after_a_restart);
    tcase_add_test(tests, arrival_that_is_repeated_after_a_restart_is_known);
    tcase_add_test(tests, message_may_come_back_over_a_circle_of_queues);
}

int main(void)
{
    return testkit_run("engine_moves", fill);
}
