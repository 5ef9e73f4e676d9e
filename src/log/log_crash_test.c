/* Crashes, failing calls and damage, over the disk in memory. Seeds are printed by the checks that fail;
 * LEAT_LOG_SEED starts elsewhere, LEAT_LOG_ROUNDS asks for more. */
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "log/log_internal.h"
#include "log/log_tool.h"
#include "log/world.h"
#include "testkit/files_faulty.h"
#include "testkit/testkit.h"

#define LIFE_GAP 100u /* sequences left out between two lives: nobody may hear of them */

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static struct files_faulty *new_disk(uint64_t seed)
{
    return files_faulty_create(seed);
}

static void maybe_compact(struct world *world)
{
    uint32_t victim;
    if (log_pick_victim(world->log, 60, &victim))
        log_compact_start(world->log, victim);
    else if (log_compact_wants_more(world->log))
        log_compact_more(world->log);
}

/* One random thing that an owner does, or its threads, or its mailbox. */
static void act(struct world *world, uint64_t *random)
{
    uint64_t what = random_next(random) % 100;
    if (what < 35)
        MAYBE(world_send(world));
    else if (what < 55 && world->count > 0)
        world_delete(world, 1 + random_next(random) % world->count);
    else if (what < 70)
        log_submit(world->log);
    else if (what < 90)
        MAYBE(log_step(world->log));
    else if (what < 95)
        world_drain(world);
    else if (what < 98)
        world_snapshot_step(world);
    else
        maybe_compact(world);
}

static void live(struct world *world, uint64_t *random, uint64_t acts)
{
    world->count += LIFE_GAP;
    while (world->capacity < world->count) { /* makes room for the gap */
        world->messages = realloc(world->messages, 2 * world->count * sizeof(*world->messages));
        ck_assert_ptr_nonnull(world->messages);
        memset(world->messages + world->capacity, 0,
               (2 * world->count - world->capacity) * sizeof(*world->messages));
        world->capacity = 2 * world->count;
    }
    for (uint64_t i = 0; i < acts; i++)
        act(world, random);
}

/* A crash is no damage. */
static void check_is_quiet(struct files *files)
{
    FILE *out = tmpfile();
    char text[200] = "";
    ck_assert_ptr_nonnull(out);
    if (log_tool_check(files, WORLD_DIRECTORY, out) == ERR_CORRUPT) {
        rewind(out);
        while (fgets(text, sizeof(text), out) != NULL && strstr(text, "damage") == NULL)
            continue;
        ck_abort_msg("damage after a crash: %s", text);
    }
    (void)fclose(out);
}

/* What `from` left on its disk, after a power cut or a kill, as a new world on a disk of its own. */
static enum err recover(struct world *from, struct files_faulty **disk, uint64_t *random,
                        struct world *ret_world)
{
    struct files_faulty *left = files_faulty_copy(*disk, random_next(random));
    if (random_next(random) % 4 == 0)
        files_faulty_kill(left);
    else
        files_faulty_cut_power(left);
    world_init(ret_world, files_faulty_files(left));
    ret_world->options.sync = from->options.sync;
    if (from->log != NULL)
        world_drop(from);
    files_faulty_destroy(*disk);
    *disk = left;
    check_is_quiet(files_faulty_files(left));
    return world_open(ret_world);
}

START_TEST(nothing_durable_is_lost_by_power_cuts)
{
    uint64_t first = number_from("LEAT_LOG_SEED", 1);
    uint64_t rounds = number_from("LEAT_LOG_ROUNDS", 150);
    for (uint64_t seed = first; seed < first + rounds; seed++) {
        uint64_t random = seed;
        struct files_faulty *disk = new_disk(seed);
        struct world worlds[2];
        world_init(&worlds[0], files_faulty_files(disk));
        ck_assert_int_eq(world_open(&worlds[0]), ERR_OK);
        for (unsigned life = 0; life < 5; life++) {
            struct world *world = &worlds[life % 2], *next = &worlds[(life + 1) % 2];
            live(world, &random, random_next(&random) % 2000);
            enum err err = recover(world, &disk, &random, next);
            ck_assert_msg(err == ERR_OK, "seed %llu: %s at %llx of %s: %s",
                          (unsigned long long)seed, err_name(err),
                          (unsigned long long)next->failure.offset, next->failure.file,
                          next->failure.text);
            world_check(world, next, seed);
            world_check_bodies(next);
            world_done(world);
        }
        world_done(&worlds[5 % 2]);
        files_faulty_destroy(disk);
    }
}
END_TEST

/* A fixed piece of work that touches everything. */
static void work(struct world *world)
{
    for (unsigned i = 0; i < 420 && !log_is_failed(world->log); i++) {
        MAYBE(world_send(world));
        if (i % 4 != 0)
            world_delete(world, world->count);
        if (i % 15 == 0)
            world_settle(world);
        if (i % 15 == 1 && i > 100)
            world_snapshot_step(world);
        if (i % 50 == 3)
            maybe_compact(world);
    }
    world_settle(world);
}

static void check_after_fault(struct world *world, struct files_faulty **disk, uint64_t seed)
{
    struct world next;
    uint64_t random = seed;
    enum err err = recover(world, disk, &random, &next);
    ck_assert_msg(err == ERR_OK, "%llu: %s at %llx of %s: %s", (unsigned long long)seed,
                  err_name(err), (unsigned long long)next.failure.offset, next.failure.file,
                  next.failure.text);
    world_check(world, &next, seed);
    world_check_bodies(&next);
    world_done(&next);
}

/* False: the fault did not come to pass, the work has fewer such calls. */
static bool fail_nth(enum files_faulty_call call, enum files_faulty_how how, uint64_t nth,
                     bool is_sticky)
{
    struct files_faulty *disk = new_disk(nth);
    struct world world;
    world_init(&world, files_faulty_files(disk));
    files_faulty_plan(disk, call, how, nth, is_sticky);
    if (world_open(&world) == ERR_OK)
        work(&world);
    bool has_happened = files_faulty_happened(disk);
    bool is_failed = world.log != NULL && log_is_failed(world.log);
    ck_assert_msg(!is_failed || (world.failures == 1 && world.failure.file[0] != 0 &&
                                 world.failure.err != ERR_OK),
                  "call %d: failed, but not told", (int)call);
    check_after_fault(&world, &disk, nth * 100 + (uint64_t)call);
    world_done(&world);
    files_faulty_destroy(disk);
    return has_happened;
}

START_TEST(whatever_call_fails_nothing_durable_is_lost)
{
    enum files_faulty_call call = (enum files_faulty_call)_i;
    static const enum files_faulty_how hows[] = {FAULTY_EIO, FAULTY_ENOSPC, FAULTY_SHORT,
                                                 FAULTY_EMFILE};
    for (size_t how = 0; how < ARRAY_COUNT(hows); how++) {
        for (unsigned is_sticky = 0; is_sticky < 2; is_sticky++) {
            uint64_t nth = 1;
            while (fail_nth(call, hows[how], nth, is_sticky != 0))
                nth++;
            ck_assert_uint_lt(nth, 2000);
        }
    }
}
END_TEST

/* ---- damage ---- */

static struct files_faulty *written_disk(struct world *world, unsigned messages, bool settles)
{
    struct files_faulty *disk = new_disk(7);
    world_init(world, files_faulty_files(disk));
    ck_assert_int_eq(world_open(world), ERR_OK);
    for (unsigned i = 0; i < messages; i++) {
        ck_assert(world_send(world));
        if (i % 5 == 4)
            world_delete(world, i);
        if (i % 7 == 6)
            world_settle(world);
    }
    if (settles)
        world_settle(world);
    return disk;
}

static void path_of(enum log_name kind, uint64_t number, struct log_path *ret_path)
{
    struct log_place place = {.directory = WORLD_DIRECTORY};
    log_path_make(&place, kind, number, ret_path);
}

START_TEST(every_prefix_of_a_log_recovers_or_is_refused)
{
    struct world world;
    struct log_path path;
    struct files_faulty *disk = written_disk(&world, 60, true);
    uint64_t end = log_offset_of(log_end(world.log).v), bytes;
    uint64_t checked = world.durable;
    unsigned opened = 0;
    path_of(LOG_NAME_SEGMENT, 1, &path);
    for (uint64_t cut = 0; cut <= end; cut += cut % 97 == 0 ? 14u : 1u) {
        struct files_faulty *copy = files_faulty_copy(disk, cut);
        struct world next;
        uint8_t *at = files_faulty_bytes(copy, path.text, &bytes);
        memset(at + cut, 0, bytes - cut);
        files_faulty_settle(copy, path.text);
        world_init(&next, files_faulty_files(copy));
        enum err err = world_open(&next);
        ck_assert(err == ERR_OK || err == ERR_CORRUPT);
        /* As if only the prefix had ever been durable: what was said of it holds. */
        world.durable = cut < checked - ((uint64_t)1 << 32) ? ((uint64_t)1 << 32) + cut : checked;
        if (err == ERR_OK) {
            world_check(&world, &next, cut);
            opened++;
        }
        world_done(&next);
        files_faulty_destroy(copy);
    }
    ck_assert_uint_gt(opened, end / 4);
    world_done(&world);
    files_faulty_destroy(disk);
}
END_TEST

START_TEST(a_flipped_bit_is_found_or_harmless)
{
    uint64_t first = number_from("LEAT_LOG_SEED", 1);
    uint64_t rounds = number_from("LEAT_LOG_ROUNDS", 300);
    struct world world;
    struct files_faulty *disk = written_disk(&world, 400, true);
    while (world.snapshots == 0) {
        world_snapshot_step(&world);
        world_settle(&world);
    }
    for (unsigned i = 0; i < 100; i++) {
        ck_assert(world_send(&world));
        world_settle(&world);
    }
    uint64_t durable = world.durable;
    unsigned found = 0;
    for (uint64_t seed = first; seed < first + rounds; seed++) {
        struct files_faulty *copy = files_faulty_copy(disk, seed);
        struct world next;
        uint64_t random = seed, bytes = 0;
        uint32_t files = 0;
        while (files_faulty_path(copy, files) != NULL)
            files++;
        const char *path = NULL;
        uint8_t *at = NULL;
        while (at == NULL || bytes == 0) {
            path = files_faulty_path(copy, (uint32_t)(random_next(&random) % files));
            at = files_faulty_bytes(copy, path, &bytes);
        }
        at[random_next(&random) % bytes] ^= (uint8_t)(1u << random_next(&random) % 8);
        files_faulty_settle(copy, path);
        world_init(&next, files_faulty_files(copy));
        enum err err = world_open(&next);
        ck_assert(err == ERR_OK || (err == ERR_CORRUPT && next.failure.file[0] != 0));
        found += err == ERR_CORRUPT || next.recovery.was_torn;
        /* The very last batch was acknowledged, but nothing later says so: damage there looks like a torn tail. */
        world.durable = next.recovery.was_torn ? next.recovery.end.v - RECORD_START_BYTES : durable;
        if (err == ERR_OK)
            world_check(&world, &next, seed);
        if (err == ERR_OK && next.recovery.was_torn)
            ck_assert_uint_ge(next.recovery.end.v + 1500, durable);
        world_done(&next);
        files_faulty_destroy(copy);
    }
    ck_assert_uint_gt(found, rounds / 20);
    world_done(&world);
    files_faulty_destroy(disk);
}
END_TEST

START_TEST(a_damaged_middle_is_refused_with_file_and_offset_unless_accepted)
{
    struct world world, next;
    struct log_path path;
    uint64_t bytes;
    struct files_faulty *disk = written_disk(&world, 400, true);
    path_of(LOG_NAME_SEGMENT, 1, &path);
    uint64_t damaged = world.messages[99].sent_at;
    world_drop(&world);
    files_faulty_bytes(disk, path.text, &bytes)[log_offset_of(damaged) + 20] ^= 1;
    files_faulty_settle(disk, path.text);
    world_init(&next, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&next), ERR_CORRUPT);
    ck_assert_str_eq(next.failure.file, "segment-00000001");
    ck_assert_uint_eq(next.failure.offset, log_offset_of(damaged));
    world_done(&next);
    world_init(&next, files_faulty_files(disk));
    next.options.accepts_loss = true;
    ck_assert_int_eq(world_open(&next), ERR_OK);
    ck_assert(next.recovery.was_damaged);
    ck_assert_uint_eq(next.recovery.failure.offset, log_offset_of(damaged));
    ck_assert_uint_eq(next.count, 99);
    ck_assert(world_send(&next));
    world_settle(&next);
    world_done(&next);
    /* What was given up stays given up, and the log is good again. */
    world_init(&next, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&next), ERR_OK);
    ck_assert_uint_eq(next.count, 100);
    ck_assert(!next.recovery.was_torn);
    world_done(&next);
    world_done(&world);
    files_faulty_destroy(disk);
}
END_TEST

START_TEST(a_missing_segment_or_snapshot_is_refused)
{
    static const struct {
        const char *what;
        enum log_name kind;
        bool is_last;
    } rows[] = {
        {"first segment", LOG_NAME_SEGMENT, false},
        {"segment of the snapshot", LOG_NAME_SEGMENT, true},
        {"snapshot", LOG_NAME_SNAPSHOT, true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct world world, next;
        struct log_path path;
        struct files_faulty *disk = written_disk(&world, 1000, true);
        bool has_snapshot = rows[i].is_last;
        for (uint64_t n = 1; has_snapshot && n <= 1000; n++)
            world_delete(&world, n);
        while (has_snapshot && world.snapshots == 0) {
            world_snapshot_step(&world);
            world_settle(&world);
        }
        uint64_t position = world.log->snapshot_last.v;
        path_of(rows[i].kind,
                rows[i].kind == LOG_NAME_SNAPSHOT ? position
                : rows[i].is_last                 ? log_segment_of(position)
                                                  : 1,
                &path);
        world_drop(&world);
        struct files *files = files_faulty_files(disk);
        ck_assert_int_eq(files->unlink(files, path.text), ERR_OK);
        world_init(&next, files);
        ck_assert_msg(world_open(&next) == ERR_CORRUPT, "%s", rows[i].what);
        world_done(&next);
        world_done(&world);
        files_faulty_destroy(disk);
    }
}
END_TEST

START_TEST(stale_bytes_of_a_used_segment_are_never_taken)
{
    struct world world, next;
    struct log_path path, old;
    uint64_t bytes, old_bytes;
    struct files_faulty *disk = written_disk(&world, 1200, true);
    uint32_t last = log_segment_of(log_end(world.log).v);
    uint64_t end = log_end(world.log).v;
    path_of(LOG_NAME_SEGMENT, last, &path);
    path_of(LOG_NAME_SEGMENT, 1, &old);
    world_drop(&world);
    /* The last segment lies in a file that was segment 1: behind its end stands what was there at that time. */
    const uint8_t *from = files_faulty_bytes(disk, old.text, &old_bytes);
    uint8_t *to = files_faulty_bytes(disk, path.text, &bytes);
    ck_assert_uint_eq(bytes, old_bytes);
    memcpy(to + log_offset_of(end), from + log_offset_of(end), bytes - log_offset_of(end));
    files_faulty_settle(disk, path.text);
    world_init(&next, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&next), ERR_OK);
    ck_assert_uint_eq(next.count, world.count);
    ck_assert_uint_eq(world_living(&next), world_living(&world));
    ck_assert_uint_eq(next.wrong, 0);
    world_done(&next);
    world_done(&world);
    files_faulty_destroy(disk);
}
END_TEST

START_TEST(records_of_a_cut_tail_never_come_back)
{
    static const uint8_t text[24];
    struct world first, second, third;
    struct log_path path;
    uint64_t bytes;
    uint8_t stale[24];
    struct files_faulty *disk = written_disk(&first, 20, true);
    struct files_faulty *cut = files_faulty_copy(disk, 1);
    uint32_t end = log_offset_of(log_end(first.log).v);
    path_of(LOG_NAME_SEGMENT, 1, &path);
    /* The first life: batch record, notes of 24, 40 and 24 bytes. The last one, at +96, is all that the disk keeps. */
    (void)log_append_note(first.log, slice_of(text, 8));
    (void)log_append_note(first.log, slice_of(text, 24));
    (void)log_append_note(first.log, slice_of(text, 8));
    world_settle(&first);
    memcpy(stale, files_faulty_bytes(disk, path.text, &bytes) + end + 96, sizeof(stale));
    /* The second life: start record, batch record and a note end exactly there. */
    world_init(&second, files_faulty_files(cut));
    ck_assert_int_eq(world_open(&second), ERR_OK);
    (void)log_append_note(second.log, slice_of(text, 8));
    world_settle(&second);
    ck_assert_uint_eq(log_offset_of(log_end(second.log).v), end + 96);
    uint64_t entries = second.recovery.entries;
    world_drop(&second);
    memcpy(files_faulty_bytes(cut, path.text, &bytes) + end + 96, stale, sizeof(stale));
    files_faulty_settle(cut, path.text);
    world_init(&third, files_faulty_files(cut));
    ck_assert_int_eq(world_open(&third), ERR_OK);
    ck_assert_uint_eq(third.recovery.entries, entries + 1);
    world_done(&third);
    world_done(&second);
    world_done(&first);
    files_faulty_destroy(cut);
    files_faulty_destroy(disk);
}
END_TEST

START_TEST(a_segment_stays_while_a_snapshot_refers_to_it)
{
    struct world world, next;
    uint32_t victim;
    struct files_faulty *disk = written_disk(&world, 600, true);
    for (uint64_t n = 1; n <= 300; n++)
        if (n % 10 != 0)
            world_delete(&world, n);
    world_settle(&world);
    ck_assert(log_pick_victim(world.log, 80, &victim));
    log_compact_start(world.log, victim);
    uint64_t before = log_end(world.log).v;
    while (log_end(world.log).v == before) {
        (void)log_step(world.log);
        world_drain(&world);
    }
    /* The copies are appended, but not durable: the snapshot begins behind them and still names the old places. */
    world.snapshot_is_fed = false;
    while (!world.snapshot_is_fed)
        world_snapshot_step(&world);
    world_settle(&world);
    ck_assert_uint_eq(world.snapshots, 1);
    ck_assert_uint_gt(world.relocations, 10);
    world_drop(&world);
    world_init(&next, files_faulty_files(disk));
    ck_assert_int_eq(world_open(&next), ERR_OK);
    world_check(&world, &next, 0);
    world_check_bodies(&next);
    world_done(&next);
    world_done(&world);
    files_faulty_destroy(disk);
}
END_TEST

START_TEST(the_dial_os_never_syncs_and_loses_only_the_end)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world world, next;
        uint64_t random = seed;
        struct files_faulty *disk = new_disk(seed);
        world_init(&world, files_faulty_files(disk));
        world.options.sync = LOG_SYNC_NEVER;
        ck_assert_int_eq(world_open(&world), ERR_OK);
        uint64_t syncs = files_faulty_calls(disk, FAULTY_SYNC_DATA);
        for (unsigned i = 0; i < 60;
             i++) { /* less than makes a spare segment, whose filling is synced */
            ck_assert(world_send(&world));
            world_settle(&world);
        }
        ck_assert_uint_eq(files_faulty_calls(disk, FAULTY_SYNC_DATA), syncs);
        ck_assert_uint_eq(world.durable, log_end(world.log).v);
        world.durable = 0; /* a power cut may take all of it; what is left is a beginning */
        ck_assert_int_eq(recover(&world, &disk, &random, &next), ERR_OK);
        world_check(&world, &next, seed);
        world_done(&next);
        world_done(&world);
        files_faulty_destroy(disk);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, nothing_durable_is_lost_by_power_cuts);
    tcase_add_loop_test(tests, whatever_call_fails_nothing_durable_is_lost, 0, FAULTY_CALLS);
    tcase_add_test(tests, every_prefix_of_a_log_recovers_or_is_refused);
    tcase_add_test(tests, a_flipped_bit_is_found_or_harmless);
    tcase_add_test(tests, a_damaged_middle_is_refused_with_file_and_offset_unless_accepted);
    tcase_add_test(tests, a_missing_segment_or_snapshot_is_refused);
    tcase_add_test(tests, stale_bytes_of_a_used_segment_are_never_taken);
    tcase_add_test(tests, records_of_a_cut_tail_never_come_back);
    tcase_add_test(tests, a_segment_stays_while_a_snapshot_refers_to_it);
    tcase_add_test(tests, the_dial_os_never_syncs_and_loses_only_the_end);
}

int main(void)
{
    return testkit_run("log_crash", fill);
}
