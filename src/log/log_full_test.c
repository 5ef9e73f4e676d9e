/* Full disks: sends are refused, facts never; what is deleted makes room again; and the same over crashes. The disk in
 * memory counts what files take, sector by sector, so holes are holes. */
#include "base/random.h"
#include "log/log_internal.h"
#include "log/world.h"
#include "testkit/files_faulty.h"
#include "testkit/testkit.h"

#define DISK_BYTES (12u * WORLD_SEGMENT_BYTES)

struct full {
    struct files_faulty *disk;
    struct world world;
};

static void open_world(struct full *full)
{
    world_init(&full->world, files_faulty_files(full->disk));
    ck_assert_int_eq(world_open(&full->world), ERR_OK);
}

static void begin(struct full *full, uint64_t bytes)
{
    full->disk = files_faulty_create(1);
    files_faulty_limit(full->disk, bytes);
    open_world(full);
}

static void end(struct full *full)
{
    ck_assert_uint_eq(full->world.failures, 0);
    world_done(&full->world);
    files_faulty_destroy(full->disk);
}

/* Sends until that many in a row were refused. How many were not. */
static unsigned fill(struct full *full)
{
    unsigned sent = 0, refused = 0;
    while (refused < 20) {
        bool is_sent = world_send(&full->world);
        refused = is_sent ? 0 : refused + 1;
        sent += is_sent;
        world_tend(&full->world);
        ck_assert_uint_lt(sent, 100000);
    }
    ck_assert_uint_eq(full->world.stalls, 0);
    return sent;
}

static void all_is_durable(struct full *full)
{
    ck_assert_uint_eq(full->world.failures + full->world.stalls, 0);
    ck_assert_uint_eq(full->world.durable, log_end(full->world.log).v);
}

/* Deletes of each hundred messages so many. */
static void delete_some(struct full *full, unsigned percent)
{
    for (uint64_t i = 1; i <= full->world.count; i++) {
        if (i * 37 % 100 < percent)
            world_delete(&full->world, i);
        if (i % 5 == 0)
            world_tend(&full->world);
    }
    world_tend(&full->world);
    all_is_durable(full);
}

/* The process or the machine dies; the disk stays as small as it was. */
static void crash(struct full *full, bool is_power_cut, uint64_t limit)
{
    struct files_faulty *left = files_faulty_copy(full->disk, 7);
    if (is_power_cut)
        files_faulty_cut_power(left);
    else
        files_faulty_kill(left);
    files_faulty_limit(left, limit);
    struct files_faulty *old = full->disk;
    full->disk = left;
    world_drop(&full->world);
    struct world before = full->world;
    open_world(full);
    world_check(&before, &full->world, 0);
    world_check_bodies(&full->world);
    world_done(&before);
    files_faulty_destroy(old);
}

START_TEST(a_full_disk_takes_deletes_and_comes_back_again_and_again)
{
    struct full full;
    unsigned first = 0;
    begin(&full, DISK_BYTES);
    for (unsigned round = 0; round < 5; round++) {
        unsigned sent = fill(&full);
        first = round == 0 ? sent : first;
        ck_assert_msg(sent > 300 && sent >= first / 2, "round %u: %u, first %u", round, sent,
                      first);
        delete_some(&full, 100);
    }
    end(&full);
}
END_TEST

START_TEST(all_at_once_deleted_is_room_again)
{
    struct full full;
    begin(&full, DISK_BYTES);
    unsigned first = fill(&full);
    for (unsigned round = 0; round < 5; round++) {
        for (uint64_t i = 1; i <= full.world.count; i++)
            world_delete(&full.world, i);
        world_tend(&full.world);
        all_is_durable(&full);
        unsigned sent = fill(&full);
        ck_assert_msg(sent >= first / 2, "round %u: %u, first %u", round, sent, first);
    }
    end(&full);
}
END_TEST

START_TEST(crashes_on_a_full_disk_change_nothing)
{
    bool is_power_cut = _i % 2 != 0;
    unsigned stage = (unsigned)_i / 2;
    struct full full;
    begin(&full, DISK_BYTES);
    unsigned first = fill(&full);
    if (stage == 0)
        crash(&full, is_power_cut, DISK_BYTES);
    delete_some(&full, 30);
    if (stage == 1)
        crash(&full, is_power_cut, DISK_BYTES);
    delete_some(&full, 100);
    if (stage == 2)
        crash(&full, is_power_cut, DISK_BYTES);
    MAYBE(fill(&full));
    for (uint64_t i = 1; i <= full.world.count; i++)
        world_delete(&full.world, i);
    if (stage == 3) {
        log_submit(full.world.log);
        MAYBE(log_step(full.world.log));
        crash(&full, is_power_cut, DISK_BYTES);
        for (uint64_t i = 1; i <= full.world.count; i++)
            world_delete(&full.world, i);
    }
    if (stage == 4) { /* in the middle of a snapshot */
        for (unsigned i = 0; i < 4; i++) {
            world_snapshot_step(&full.world);
            log_submit(full.world.log);
            MAYBE(log_step(full.world.log));
            world_drain(&full.world);
        }
        crash(&full, is_power_cut, DISK_BYTES);
        for (uint64_t i = 1; i <= full.world.count; i++)
            world_delete(&full.world, i);
    }
    world_tend(&full.world);
    all_is_durable(&full);
    unsigned again = fill(&full);
    ck_assert_msg(again >= first / 2, "%u, first %u", again, first);
    end(&full);
}
END_TEST

/* Each crash leaves what was filled ahead, and the next life must not count holes as room. */
START_TEST(a_life_after_the_other_on_a_full_disk)
{
    struct full full;
    begin(&full, DISK_BYTES);
    for (unsigned life = 0; life < 40; life++) {
        MAYBE(fill(&full));
        for (unsigned i = 0; i < 20; i++) {
            world_touch(&full.world, 1 + i);
            world_tend(&full.world);
        }
        all_is_durable(&full);
        crash(&full, life % 3 == 0, DISK_BYTES);
    }
    end(&full);
}
END_TEST

START_TEST(facts_never_fill_a_full_disk)
{
    struct full full;
    bool takes_rest = _i != 0;
    begin(&full, DISK_BYTES);
    MAYBE(fill(&full));
    uint64_t living = world_living(&full.world);
    if (takes_rest) /* another program */
        files_faulty_limit(full.disk, files_faulty_taken(full.disk));
    /* Many times what the disk holds. */
    for (unsigned i = 0; i < 100000; i++) {
        world_touch(&full.world, 1 + i % full.world.count);
        if (i % 7 == 0)
            world_tend(&full.world);
    }
    world_tend(&full.world);
    all_is_durable(&full);
    ck_assert_uint_eq(world_living(&full.world), living);
    ck_assert(!world_send(&full.world));
    world_check_bodies(&full.world);
    crash(&full, true, takes_rest ? files_faulty_taken(full.disk) : DISK_BYTES);
    world_touch(&full.world, 1);
    world_tend(&full.world);
    all_is_durable(&full);
    end(&full);
}
END_TEST

START_TEST(scattered_survivors_are_moved_together_on_a_full_disk)
{
    static const unsigned percents[] = {60, 75, 95};
    struct full full;
    begin(&full, DISK_BYTES);
    unsigned first = fill(&full);
    delete_some(&full, percents[_i]);
    ck_assert_uint_gt(full.world.compactions, 0);
    unsigned again = fill(&full);
    ck_assert_msg(again > first * percents[_i] / 200, "%u, first %u", again, first);
    world_check_bodies(&full.world);
    crash(&full, true, DISK_BYTES);
    end(&full);
}
END_TEST

START_TEST(another_program_takes_the_rest)
{
    static const unsigned kept[] = {0, 1, 5, 40, 200};
    struct full full;
    begin(&full, _i % 2 == 0 ? DISK_BYTES : 100 * WORLD_SEGMENT_BYTES);
    world_tend(&full.world);
    for (unsigned i = 0; i < kept[_i / 2]; i++) {
        MAYBE(world_send(&full.world));
        world_tend(&full.world);
    }
    files_faulty_limit(full.disk, files_faulty_taken(full.disk));
    for (unsigned i = 0; i < 300; i++) {
        world_touch(&full.world, 1 + i);
        if (i < kept[_i / 2] / 2)
            world_delete(&full.world, i + 1);
        MAYBE(world_send(&full.world));
        world_tend(&full.world);
    }
    all_is_durable(&full);
    crash(&full, _i % 3 == 0, files_faulty_taken(full.disk));
    for (uint64_t i = 1; i <= full.world.count; i++) {
        world_delete(&full.world, i);
        world_tend(&full.world);
    }
    all_is_durable(&full);
    files_faulty_limit(full.disk, 100 * WORLD_SEGMENT_BYTES);
    MAYBE(world_send(&full.world)); /* makes it look */
    world_tend(&full.world);
    ck_assert_uint_gt(fill(&full), 300);
    end(&full);
}
END_TEST

/* While there was plenty, the log kept less on the disk than the facts of so many messages need. */
START_TEST(more_facts_than_there_is_room_wait_for_it)
{
    struct full full;
    begin(&full, 100 * WORLD_SEGMENT_BYTES);
    for (unsigned i = 0; i < 700; i++) {
        ck_assert(world_send(&full.world));
        world_tend(&full.world);
    }
    files_faulty_limit(full.disk, files_faulty_taken(full.disk));
    for (unsigned i = 0; full.world.stalls == 0 && i < 100000; i++) {
        world_touch(&full.world, 1 + i % 700);
        world_tend(&full.world);
    }
    ck_assert_uint_eq(full.world.failures, 0);
    ck_assert_uint_eq(full.world.stalls, 1);
    ck_assert(!world_send(&full.world));
    for (unsigned i = 1; i <= 700; i++)
        world_delete(&full.world, i);
    files_faulty_limit(full.disk, 100 * WORLD_SEGMENT_BYTES);
    world_settle(&full.world);
    full.world.stalls = 0;
    world_tend(&full.world);
    all_is_durable(&full);
    ck_assert_uint_gt(fill(&full), 300);
    end(&full);
}
END_TEST

/* Gone between two looks, with more sends taken than what is filled ahead: nothing is lost, all waits. */
START_TEST(a_log_without_any_room_waits_and_goes_on)
{
    struct full full;
    begin(&full, 100 * WORLD_SEGMENT_BYTES);
    world_tend(&full.world);
    unsigned sent = 0;
    for (unsigned i = 0; i < 500; i++)
        sent += world_send(&full.world);
    ck_assert_uint_gt(sent, 450);
    files_faulty_limit(full.disk, files_faulty_taken(full.disk));
    world_settle(&full.world);
    ck_assert_uint_eq(full.world.failures, 0);
    ck_assert_uint_eq(full.world.stalls, 1);
    ck_assert_uint_lt(full.world.durable, log_end(full.world.log).v);
    ck_assert(!world_send(&full.world));
    world_check_bodies(&full.world);
    if (_i == 0) { /* to the end of the process */
        ck_assert(!log_close(full.world.log, true));
        full.world.log = NULL;
        world_drain(&full.world);
        world_done(&full.world);
        files_faulty_destroy(full.disk);
        return;
    }
    if (_i == 1) {
        crash(&full, false, 100 * WORLD_SEGMENT_BYTES);
    } else {
        files_faulty_limit(full.disk, 100 * WORLD_SEGMENT_BYTES);
        world_settle(&full.world);
        full.world.stalls = 0;
    }
    all_is_durable(&full);
    ck_assert_uint_gt(fill(&full), 300);
    world_check_bodies(&full.world);
    end(&full);
}
END_TEST

/* Out of descriptors at the end of a segment, in the middle of sends: they wait or are refused, and go on. */
START_TEST(a_segment_that_cannot_be_made_now_is_made_later)
{
    static const enum files_faulty_call calls[] = {FAULTY_OPEN, FAULTY_SYNC_DIRECTORY,
                                                   FAULTY_RENAME};
    struct full full;
    begin(&full, 100 * WORLD_SEGMENT_BYTES);
    unsigned refused = 0;
    for (unsigned i = 0; i < (unsigned)_i / 3 * 100; i++) {
        ck_assert(world_send(&full.world));
        world_tend(&full.world); /* there may be spare segments */
    }
    files_faulty_plan(full.disk, calls[_i % 3], FAULTY_EMFILE, 1, true);
    for (unsigned i = 0; i < 500 && refused < 5; i++) {
        refused += !world_send(&full.world);
        world_settle(&full.world);
    }
    ck_assert_uint_eq(full.world.failures, 0);
    ck_assert(files_faulty_happened(full.disk));
    ck_assert_int_eq(refused > 0, full.world.stalls > 0);
    ck_assert(refused > 0 || calls[_i % 3] == FAULTY_RENAME);
    files_faulty_plan(full.disk, calls[_i % 3], FAULTY_EMFILE, 0, false);
    world_settle(&full.world);
    full.world.stalls = 0;
    world_tend(&full.world);
    all_is_durable(&full);
    ck_assert(world_send(&full.world));
    world_check_bodies(&full.world);
    crash(&full, true, UINT64_MAX);
    end(&full);
}
END_TEST

START_TEST(holes_are_not_room)
{
    struct room room = {.segment = 3, .segment_bytes = 1000, .end = 100, .filled_to = 400};
    static const struct {
        uint32_t segment;
        uint64_t end, filled_to;
        bool has_next;
        uint64_t next_filled_to, ahead;
    } rows[] = {
        {3, 100, 400, false, 0, 300},   {3, 400, 400, false, 0, 0},    {3, 500, 400, false, 0, 0},
        {3, 100, 400, true, 500, 300}, /* a hole in between */
        {3, 900, 1000, true, 500, 600}, {4, 100, 400, true, 500, 400}, {4, 600, 1000, true, 500, 0},
        {4, 48, 1000, false, 0, 0},     {5, 48, 1000, true, 1000, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        room.filled_to = rows[i].filled_to;
        room.has_next = rows[i].has_next;
        room.next_filled_to = rows[i].next_filled_to;
        ck_assert_msg(log_space_ahead(&room, rows[i].segment, rows[i].end) == rows[i].ahead,
                      "row %zu", i);
    }
}
END_TEST

static void tests_of(TCase *tests)
{
    tcase_add_test(tests, a_full_disk_takes_deletes_and_comes_back_again_and_again);
    tcase_add_test(tests, all_at_once_deleted_is_room_again);
    tcase_add_loop_test(tests, crashes_on_a_full_disk_change_nothing, 0, 10);
    tcase_add_test(tests, a_life_after_the_other_on_a_full_disk);
    tcase_add_loop_test(tests, facts_never_fill_a_full_disk, 0, 2);
    tcase_add_loop_test(tests, scattered_survivors_are_moved_together_on_a_full_disk, 0, 3);
    tcase_add_loop_test(tests, another_program_takes_the_rest, 0, 10);
    tcase_add_test(tests, more_facts_than_there_is_room_wait_for_it);
    tcase_add_loop_test(tests, a_log_without_any_room_waits_and_goes_on, 0, 3);
    tcase_add_loop_test(tests, a_segment_that_cannot_be_made_now_is_made_later, 0, 9);
    tcase_add_test(tests, holes_are_not_room);
}

int main(void)
{
    return testkit_run("log_full", tests_of);
}
