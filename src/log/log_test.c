#include "log/log_tool.h"
#include "log/world.h"
#include "testkit/files_faulty.h"
#include "testkit/testkit.h"

START_TEST(what_was_appended_comes_back)
{
    struct files_faulty *disk = files_faulty_create(1);
    struct world first, second;
    world_init(&first, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&first), ERR_OK);
    ck_assert(first.recovery.is_new);
    for (unsigned i = 0; i < 1000; i++) {
        ck_assert(world_send(&first));
        if (i % 3 == 2)
            world_delete(&first, i / 2);
        if (i % 10 == 9)
            world_settle(&first);
    }
    world_settle(&first);
    ck_assert_uint_eq(first.durable, log_end(first.log).v);
    world_check_bodies(&first);
    world_drop(&first);
    world_init(&second, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&second), ERR_OK);
    ck_assert(!second.recovery.is_new && !second.recovery.was_torn && !second.recovery.was_clean);
    world_check(&first, &second, 0);
    ck_assert_uint_eq(world_living(&second), world_living(&first));
    world_check_bodies(&second);
    world_done(&second);
    world_done(&first);
    files_faulty_destroy(disk);
}
END_TEST

START_TEST(a_snapshot_shortens_replay_and_frees_segments)
{
    struct files_faulty *disk = files_faulty_create(1);
    struct world first, second;
    struct log_counts before, after;
    world_init(&first, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&first), ERR_OK);
    for (unsigned i = 0; i < 1000; i++) {
        ck_assert(world_send(&first));
        if (i >= 50)
            world_delete(&first, i - 49);
        world_settle(&first);
    }
    log_counts(first.log, &before);
    while (first.snapshots == 0) {
        ck_assert(world_send(&first)); /* goes on changing */
        world_snapshot_step(&first);
        world_settle(&first);
    }
    log_counts(first.log, &after);
    ck_assert_uint_gt(before.segments, 3);
    ck_assert_uint_le(after.segments, 2);
    ck_assert_uint_eq(after.live_bodies, world_living(&first));
    ck_assert(log_close(first.log, true));
    first.log = NULL;
    world_drain(&first);
    world_init(&second, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&second), ERR_OK);
    ck_assert_uint_lt(second.recovery.entries, 60);
    world_check(&first, &second, 0);
    ck_assert_uint_eq(world_living(&second), world_living(&first));
    world_check_bodies(&second);
    world_done(&second);
    world_done(&first);
    files_faulty_destroy(disk);
}
END_TEST

static bool is_told(FILE *out, const char *text)
{
    char line[512];
    bool is_found = false;
    rewind(out);
    while (fgets(line, sizeof(line), out) != NULL)
        is_found = is_found || strstr(line, text) != NULL;
    return is_found;
}

START_TEST(check_finds_damage_that_no_start_would_read)
{
    struct files_faulty *disk = files_faulty_create(1);
    struct files *files = files_faulty_files(disk);
    struct files_file file;
    struct world world;
    char text[100];
    FILE *out = tmpfile();
    world_init(&world, files);
    ck_assert_int_eq(world_open(&world), ERR_OK);
    for (unsigned i = 0; i < 400; i++) {
        ck_assert(world_send(&world));
        world_settle(&world);
    }
    while (world.snapshots == 0) {
        world_snapshot_step(&world);
        world_settle(&world);
    }
    uint64_t place = world.messages[100].place, other = world.messages[110].place;
    ck_assert_uint_eq(place >> 32, other >> 32);
    world_drop(&world);
    ck_assert_int_eq(log_tool_check(files, WORLD_DIRECTORY, out), ERR_OK);
    (void)snprintf(text, sizeof(text), WORLD_DIRECTORY "/segment-%08x", (unsigned)(place >> 32));
    ck_assert_int_eq(files->open(files, text, FILES_WRITE, &file), ERR_OK);
    ck_assert_int_eq(files_write_all(files, file, SLICE("?"), (uint32_t)place + 60), ERR_OK);
    files->close(files, file);
    ck_assert_int_eq(log_tool_dump(files, WORLD_DIRECTORY, NULL, out), ERR_OK);
    ck_assert_int_eq(log_tool_check(files, WORLD_DIRECTORY, out), ERR_CORRUPT);
    (void)snprintf(text, sizeof(text),
                   "segment-%08x at offset %u: damage: ", (unsigned)(place >> 32),
                   (unsigned)(uint32_t)place);
    ck_assert(is_told(out, text));
    ck_assert(is_told(out, "1 damaged places"));
    (void)fclose(out);
    /* Another one behind it, whose length cannot be believed either. */
    (void)snprintf(text, sizeof(text), WORLD_DIRECTORY "/segment-%08x", (unsigned)(place >> 32));
    ck_assert_int_eq(files->open(files, text, FILES_WRITE, &file), ERR_OK);
    ck_assert_int_eq(
        files_write_all(files, file, slice_of("\xff\xff\xff\x7f", 4), (uint32_t)other + 4), ERR_OK);
    files->close(files, file);
    out = tmpfile();
    ck_assert_int_eq(log_tool_check(files, WORLD_DIRECTORY, out), ERR_CORRUPT);
    ck_assert(is_told(out, "2 damaged places"));
    (void)snprintf(text, sizeof(text),
                   "segment-%08x at offset %u: damage: ", (unsigned)(other >> 32),
                   (unsigned)(uint32_t)other);
    ck_assert(is_told(out, text));
    (void)snprintf(text, sizeof(text), "segment-%08x: ", (unsigned)(place >> 32) + 1);
    ck_assert(is_told(out, text)); /* and on with the next file */
    (void)fclose(out);
    world_done(&world);
    files_faulty_destroy(disk);
}
END_TEST

START_TEST(a_clean_end_replays_nothing)
{
    struct files_faulty *disk = files_faulty_create(1);
    struct world first, second;
    world_init(&first, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&first), ERR_OK);
    for (unsigned i = 0; i < 300; i++)
        ck_assert(world_send(&first));
    while (first.snapshots == 0) {
        world_snapshot_step(&first);
        world_settle(&first);
    }
    ck_assert(log_close(first.log, true));
    first.log = NULL;
    world_drain(&first);
    world_init(&second, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&second), ERR_OK);
    ck_assert(second.recovery.was_clean);
    ck_assert_uint_eq(second.recovery.entries, 0);
    ck_assert_uint_eq(world_living(&second), 300);
    world_done(&second);
    world_done(&first);
    files_faulty_destroy(disk);
}
END_TEST

static void finish_snapshot(struct world *world)
{
    uint32_t done = world->snapshots;
    while (world->snapshots == done) {
        world_snapshot_step(world);
        world_settle(world);
    }
}

static void send_many(struct world *world, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        ck_assert(world_send(world));
        if (i % 100 == 99)
            world_settle(world);
    }
    world_settle(world);
}

START_TEST(a_last_snapshot_is_worth_it_when_much_came_behind_the_one_before)
{
    struct files_faulty *disk = files_faulty_create(1);
    struct world world;
    world_init(&world, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&world), ERR_OK);
    ck_assert(log_snapshot_is_worth(world.log));
    send_many(&world, 3000);
    ck_assert(log_snapshot_is_worth(world.log));
    finish_snapshot(&world);
    send_many(&world, 1);
    ck_assert(!log_snapshot_is_worth(world.log));
    send_many(&world, 200);
    ck_assert(log_snapshot_is_worth(world.log));
    world_done(&world);
    files_faulty_destroy(disk);
}
END_TEST

START_TEST(a_hurried_snapshot_is_synced_as_a_whole_before_it_is_in_force)
{
    bool is_hurried = _i == 1;
    struct files_faulty *disk = files_faulty_create(1);
    struct world first, second;
    world_init(&first, files_faulty_files(disk));
    first.options.segment_bytes = 4u << 20;
    ck_assert_int_eq(world_open(&first), ERR_OK);
    send_many(&first, 40000); /* three pieces */
    uint64_t syncs = files_faulty_calls(disk, FAULTY_SYNC_DATA);
    if (is_hurried)
        log_hurry(first.log);
    finish_snapshot(&first);
    /* Its own, and perhaps one of the room kept for the next. */
    ck_assert((files_faulty_calls(disk, FAULTY_SYNC_DATA) - syncs <= 2) == is_hurried);
    world_drop(&first);
    files_faulty_cut_power(disk);
    world_init(&second, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&second), ERR_OK);
    ck_assert_uint_eq(second.recovery.snapshot_entries, 40001); /* and a note */
    ck_assert_uint_eq(world_living(&second), 40000);
    world_done(&second);
    world_done(&first);
    files_faulty_destroy(disk);
}
END_TEST

/* A purge, or a full disk: nothing more is appended, and the space must come back all the same. */
START_TEST(dead_segments_ask_for_a_snapshot_at_once)
{
    struct files_faulty *disk = files_faulty_create(1);
    struct world world;
    struct log_counts counts;
    world_init(&world, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&world), ERR_OK);
    for (unsigned i = 0; i < 400; i++) {
        ck_assert(world_send(&world));
        world_settle(&world);
    }
    finish_snapshot(&world); /* from here on hardly anything is appended */
    for (uint64_t i = 1; i <= 400; i++) {
        ck_assert(i > 1 || !log_snapshot_is_due(world.log));
        world_delete(&world, i);
    }
    world_settle(&world);
    log_counts(world.log, &counts);
    ck_assert_uint_gt(counts.segments, 2);
    ck_assert(log_snapshot_is_due(world.log));
    finish_snapshot(&world);
    log_counts(world.log, &counts);
    ck_assert_uint_le(counts.segments, 2);
    ck_assert(!log_snapshot_is_due(world.log));
    world_done(&world);
    files_faulty_destroy(disk);
}
END_TEST

/* Each snapshot writes all that lives. */
START_TEST(segments_that_die_one_by_one_are_freed_together)
{
    static uint64_t places[2000];
    static const uint8_t message[1000];
    struct files_faulty *disk = files_faulty_create(1);
    struct world world;
    struct log_counts before, after;
    world_init(&world, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&world), ERR_OK);
    for (unsigned i = 0; i < ARRAY_COUNT(places); i++) {
        struct engine_fact fact = world_sent(i + 1);
        ck_assert_int_eq(log_reserve(world.log, sizeof(message)), ERR_OK);
        places[i] = log_append(world.log, &fact, slice_of(message, sizeof(message))).v;
        log_submit(world.log);
        world_settle(&world);
    }
    finish_snapshot(&world);
    log_counts(world.log, &before);
    for (unsigned i = 0; !log_snapshot_is_due(world.log); i++)
        log_body_dropped(world.log, (struct engine_body){places[i]});
    finish_snapshot(&world);
    log_counts(world.log, &after);
    ck_assert_uint_gt(before.segments, 30);
    ck_assert_uint_ge(before.segments - after.segments, 6);
    world_done(&world);
    files_faulty_destroy(disk);
}
END_TEST

/* Segments at the old end of a backlog that is consumed die by themselves. */
START_TEST(a_log_that_mostly_lives_wants_no_compaction)
{
    struct files_faulty *disk = files_faulty_create(1);
    struct world world;
    uint32_t victim;
    world_init(&world, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&world), ERR_OK);
    for (unsigned i = 0; i < 2000; i++) {
        ck_assert(world_send(&world));
        world_settle(&world);
    }
    uint64_t i = 1;
    for (; !log_pick_victim(world.log, 50, &victim); i++)
        world_delete(&world, i);
    ck_assert_uint_gt(i, 60); /* 49, were the bytes around messages not counted */
    ck_assert(!log_wants_compaction(world.log, 75));
    for (; i <= 2000; i++)
        if (i % 2 == 0)
            world_delete(&world, i);
    ck_assert(log_wants_compaction(world.log, 75));
    world_done(&world);
    files_faulty_destroy(disk);
}
END_TEST

START_TEST(compaction_moves_the_living_and_frees_the_rest)
{
    struct files_faulty *disk = files_faulty_create(1);
    struct world first, second;
    struct log_counts counts;
    uint32_t victim;
    world_init(&first, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&first), ERR_OK);
    for (unsigned i = 0; i < 2000; i++) {
        ck_assert(world_send(&first));
        if (i % 20 != 0)
            world_delete(&first, i + 1);
        world_settle(&first);
    }
    while (log_pick_victim(first.log, 50, &victim)) {
        log_compact_start(first.log, victim);
        world_settle(&first);
    }
    ck_assert_uint_gt(first.compactions, 3);
    ck_assert_uint_gt(first.relocations, 50);
    world_check_bodies(&first);
    while (first.snapshots == 0) {
        world_snapshot_step(&first);
        world_settle(&first);
    }
    log_counts(first.log, &counts);
    ck_assert_uint_le(counts.segments, 2);
    ck_assert_uint_eq(counts.live_bodies, world_living(&first));
    world_check_bodies(&first);
    world_drop(&first);
    world_init(&second, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&second), ERR_OK);
    world_check(&first, &second, 0);
    ck_assert_uint_eq(world_living(&second), world_living(&first));
    world_check_bodies(&second);
    world_done(&second);
    world_done(&first);
    files_faulty_destroy(disk);
}
END_TEST

START_TEST(a_full_disk_refuses_sends_takes_deletes_and_recovers)
{
    struct files_faulty *disk = files_faulty_create(1);
    struct world world;
    unsigned sent = 0;
    files_faulty_limit(disk, 8 * WORLD_SEGMENT_BYTES);
    world_init(&world, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&world), ERR_OK);
    while (sent < 100000 && world_send(&world)) {
        sent++;
        world_settle(&world);
    }
    ck_assert_uint_gt(sent, 100);
    ck_assert_uint_lt(sent, 100000);
    for (uint64_t i = 1; i <= sent; i++) {
        world_delete(&world, i);
        world_settle(&world);
    }
    ck_assert_uint_eq(world.failures, 0);
    ck_assert_uint_eq(world.durable, log_end(world.log).v);
    while (world.snapshots == 0) {
        world_snapshot_step(&world);
        world_settle(&world);
    }
    MAYBE(world_send(&world)); /* makes it look for space */
    world_settle(&world);
    ck_assert(world_send(&world));
    world_done(&world);
    files_faulty_destroy(disk);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, what_was_appended_comes_back);
    tcase_add_test(tests, a_snapshot_shortens_replay_and_frees_segments);
    tcase_add_test(tests, check_finds_damage_that_no_start_would_read);
    tcase_add_test(tests, a_clean_end_replays_nothing);
    tcase_add_test(tests, a_last_snapshot_is_worth_it_when_much_came_behind_the_one_before);
    tcase_add_loop_test(tests, a_hurried_snapshot_is_synced_as_a_whole_before_it_is_in_force, 0, 2);
    tcase_add_test(tests, dead_segments_ask_for_a_snapshot_at_once);
    tcase_add_test(tests, segments_that_die_one_by_one_are_freed_together);
    tcase_add_test(tests, a_log_that_mostly_lives_wants_no_compaction);
    tcase_add_test(tests, compaction_moves_the_living_and_frees_the_rest);
    tcase_add_test(tests, a_full_disk_refuses_sends_takes_deletes_and_recovers);
}

int main(void)
{
    return testkit_run("log", fill);
}
