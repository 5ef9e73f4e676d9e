/* The log with its threads, on real files. */
#include <poll.h>

#include "log/log_tool.h"
#include "log/world.h"
#include "testkit/directory.h"
#include "testkit/testkit.h"

static void wait_for_news(struct world *world)
{
    struct pollfd poll_fd = {.fd = world->mailbox.wake_fd, .events = POLLIN};
    ck_assert_int_ge(poll(&poll_fd, 1, 10000), 1);
    world_drain(world);
}

static void init(struct world *world, char path[DIRECTORY_PATH_BYTES])
{
    world_init(world, files_system());
    world->options.is_stepwise = false;
    world->options.directory = path;
}

static void wait_until_durable(struct world *world)
{
    log_submit(world->log);
    while (world->durable < log_end(world->log).v)
        wait_for_news(world);
}

struct cold {
    struct log_read read;
    uint32_t *left;
    uint64_t sequence;
};

static void read_done(struct log_read *read, enum err err, struct log_body *body)
{
    struct cold *cold = (struct cold *)read;
    uint8_t buffer[4096];
    ck_assert_int_eq(err, ERR_OK);
    ck_assert(slice_equal(log_body_bytes(body), world_message_of(cold->sequence, buffer)));
    log_body_unref(body);
    (*cold->left)--;
}

/* All living bodies at once. */
static void read_all(struct world *world)
{
    static struct cold cold[4096];
    uint32_t left = 0;
    for (uint64_t i = 0; i < world->count && i < ARRAY_COUNT(cold); i++) {
        if (world->messages[i].place == 0)
            continue;
        cold[i] = (struct cold){.read = {.place = {world->messages[i].place}, .done = read_done},
                                .left = &left,
                                .sequence = i + 1};
        left++;
        log_read(world->log, &cold[i].read);
    }
    while (left > 0)
        wait_for_news(world);
}

static void snapshot(struct world *world)
{
    uint32_t before = world->snapshots;
    while (world->snapshots == before) {
        world_snapshot_step(world);
        if (world->snapshot_is_fed && world->snapshots == before)
            wait_for_news(world);
    }
}

START_TEST(everything_at_once_with_threads_and_again_after_a_restart)
{
    char directory[DIRECTORY_PATH_BYTES], path[DIRECTORY_PATH_BYTES];
    struct world first, second;
    uint32_t victim;
    testkit_directory_make(directory);
    ck_assert_int_lt(snprintf(path, sizeof(path), "%.400s/log-0", directory), (int)sizeof(path));
    init(&first, path);
    ck_assert_int_eq(world_open(&first), ERR_OK);
    for (unsigned i = 0; i < 3000; i++) {
        ck_assert(world_send(&first));
        if (i % 4 != 0)
            world_delete(&first, i);
        log_submit(first.log);
        world_drain(&first);
        if (i % 10 == 0 && !first.snapshot_is_fed)
            world_snapshot_step(&first);
        if (log_pick_victim(first.log, 60, &victim))
            log_compact_start(first.log, victim);
        log_compact_more(first.log);
    }
    wait_until_durable(&first);
    while (log_snapshot_is_open(first.log)) {
        world_snapshot_step(&first);
        wait_for_news(&first);
    }
    read_all(&first);
    snapshot(&first);
    ck_assert(log_close(first.log, true));
    first.log = NULL;
    world_drain(&first);
    init(&second, path);
    ck_assert_int_eq(world_open(&second), ERR_OK);
    ck_assert(second.recovery.was_clean);
    world_check(&first, &second, 0);
    ck_assert_uint_eq(world_living(&second), world_living(&first));
    read_all(&second);
    world_done(&second);
    world_done(&first);
    testkit_directory_remove(directory);
}
END_TEST

static void read_ended(struct log_read *read, enum err err, struct log_body *body)
{
    struct cold *cold = (struct cold *)read;
    ck_assert(body != NULL ? err == ERR_OK : err == ERR_ABSENT);
    log_body_unref(body);
    (*cold->left)--;
}

START_TEST(reads_under_way_end_when_the_log_is_closed)
{
    enum { READS = 200 };
    char directory[DIRECTORY_PATH_BYTES], path[DIRECTORY_PATH_BYTES];
    static struct cold cold[READS];
    struct world world;
    uint32_t left = READS;
    testkit_directory_make(directory);
    ck_assert_int_lt(snprintf(path, sizeof(path), "%.400s/log-0", directory), (int)sizeof(path));
    init(&world, path);
    ck_assert_int_eq(world_open(&world), ERR_OK);
    for (unsigned i = 0; i < READS; i++)
        ck_assert(world_send(&world));
    wait_until_durable(&world);
    for (unsigned i = 0; i < READS; i++) {
        cold[i] = (struct cold){.read = {.place = {world.messages[i].place}, .done = read_ended},
                                .left = &left};
        log_read(world.log, &cold[i].read);
    }
    world_drop(&world);
    ck_assert_uint_eq(left, 0);
    world_done(&world);
    testkit_directory_remove(directory);
}
END_TEST

/* Bodies far from each other, latest first. */
static void read_scattered(struct world *world, uint64_t stride, struct log_counts *ret_counts)
{
    for (uint64_t i = world->count; i > stride; i -= stride) {
        uint32_t left = 1;
        struct cold cold = {
            .read = {.place = {world->messages[i - 1].place}, .done = read_done},
            .left = &left,
            .sequence = i,
        };
        log_read(world->log, &cold.read);
        while (left > 0)
            wait_for_news(world);
    }
    log_counts(world->log, ret_counts);
}

/* With room in the cache a cold read brings what follows; without, it must not read and check a MiB for each body. */
START_TEST(a_read_takes_no_more_than_the_cache_would_keep)
{
    static const uint64_t caches[] = {0, 8000000};
    char directory[DIRECTORY_PATH_BYTES], path[DIRECTORY_PATH_BYTES];
    struct log_counts counts[ARRAY_COUNT(caches)];
    struct world first, second;
    testkit_directory_make(directory);
    ck_assert_int_lt(snprintf(path, sizeof(path), "%.400s/log-0", directory), (int)sizeof(path));
    init(&first, path);
    first.options.segment_bytes = 4 << 20;
    ck_assert_int_eq(world_open(&first), ERR_OK);
    for (unsigned i = 0; i < 4000; i++)
        ck_assert(world_send(&first));
    wait_until_durable(&first);
    ck_assert(log_close(first.log, true));
    first.log = NULL;
    world_drain(&first);
    for (size_t i = 0; i < ARRAY_COUNT(caches); i++) {
        init(&second, path);
        second.options.segment_bytes = 4 << 20;
        second.options.cache_bytes = caches[i];
        ck_assert_int_eq(world_open(&second), ERR_OK);
        read_scattered(&second, 250, &counts[i]);
        world_done(&second);
    }
    ck_assert_uint_ge(counts[0].cold_reads, 15);
    ck_assert_uint_le(counts[0].cold_read_bytes, counts[0].cold_reads * 32 * 1024);
    ck_assert_uint_eq(counts[0].read_ahead_bodies, 0);
    ck_assert_uint_gt(counts[1].read_ahead_bodies, 1000);
    world_done(&first);
    testkit_directory_remove(directory);
}
END_TEST

START_TEST(a_wait_tells_what_is_durable_and_needs_no_letter)
{
    char directory[DIRECTORY_PATH_BYTES], path[DIRECTORY_PATH_BYTES];
    struct world world;
    uint32_t us, quiet = 0;
    testkit_directory_make(directory);
    ck_assert_int_lt(snprintf(path, sizeof(path), "%.400s/log-0", directory), (int)sizeof(path));
    init(&world, path);
    ck_assert_int_eq(world_open(&world), ERR_OK);
    ck_assert(log_wait(world.log, 0, &us)); /* there is nothing to wait for */
    ck_assert(world_send(&world));
    wait_until_durable(&world);
    for (unsigned i = 0; i < 20; i++) {
        world_drain(&world);
        ck_assert(world_send(&world));
        log_submit(world.log);
        ck_assert(log_wait(world.log, 10000000, &us));
        ck_assert_uint_eq(world.durable, log_end(world.log).v);
        quiet += mailbox_is_empty(&world.mailbox);
    }
    ck_assert_uint_ge(quiet, 10); /* the helper may have news of the disk */
    world_done(&world);
    testkit_directory_remove(directory);
}
END_TEST

/* Loses no news and brings none twice, whether it ends in time or not. */
START_TEST(waits_that_end_too_early_leave_it_to_the_letter)
{
    char directory[DIRECTORY_PATH_BYTES], path[DIRECTORY_PATH_BYTES];
    struct world world;
    unsigned vain = 0;
    uint32_t us;
    testkit_directory_make(directory);
    ck_assert_int_lt(snprintf(path, sizeof(path), "%.400s/log-0", directory), (int)sizeof(path));
    init(&world, path);
    ck_assert_int_eq(world_open(&world), ERR_OK);
    for (unsigned i = 0; i < 600; i++) {
        ck_assert(world_send(&world));
        log_submit(world.log);
        vain += !log_wait(world.log, i % 8 * 50, &us);
        if (i % 3 == 0)
            world_drain(&world);
        if (i % 20 == 0)
            wait_until_durable(&world);
    }
    ck_assert_uint_gt(vain, 0);
    wait_until_durable(&world);
    ck_assert_uint_eq(world.durable, log_end(world.log).v);
    world_done(&world);
    testkit_directory_remove(directory);
}
END_TEST

static bool has_line(FILE *file, const char *text)
{
    char line[4096];
    bool is_found = false;
    rewind(file);
    while (fgets(line, sizeof(line), file) != NULL)
        is_found = is_found || strstr(line, text) != NULL;
    return is_found;
}

static void damage(const char *path, uint64_t offset)
{
    struct files *files = files_system();
    struct files_file file;
    uint8_t byte;
    ck_assert_int_eq(files->open(files, path, FILES_WRITE, &file), ERR_OK);
    ck_assert_int_eq(files_read_all(files, file, &byte, 1, offset), ERR_OK);
    byte ^= 4;
    ck_assert_int_eq(files_write_all(files, file, slice_of(&byte, 1), offset), ERR_OK);
    files->close(files, file);
}

START_TEST(check_and_dump_tell_what_is_there_and_what_is_damaged)
{
    char directory[DIRECTORY_PATH_BYTES], path[DIRECTORY_PATH_BYTES], text[64];
    char segment[DIRECTORY_PATH_BYTES + 32];
    struct world world;
    testkit_directory_make(directory);
    ck_assert_int_lt(snprintf(path, sizeof(path), "%.400s/log-0", directory), (int)sizeof(path));
    (void)snprintf(segment, sizeof(segment), "%s/segment-00000001", path);
    init(&world, path);
    ck_assert_int_eq(world_open(&world), ERR_OK);
    for (unsigned i = 0; i < 50; i++) {
        ck_assert(world_send(&world));
        world_delete(&world, i / 2);
        wait_until_durable(&world);
    }
    uint64_t damaged = (uint32_t)world.messages[20].sent_at;
    world_drop(&world);
    FILE *out = tmpfile();
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(log_tool_check(files_system(), path, out), ERR_OK);
    ck_assert(has_line(out, "segment-00000001: ") && has_line(out, "50 messages"));
    ck_assert_int_eq(log_tool_dump(files_system(), path, NULL, out), ERR_OK);
    ck_assert(has_line(out, " sent queue=2 sequence=50 ") && has_line(out, " gone queue="));
    damage(segment, damaged + 30);
    (void)snprintf(text, sizeof(text), "segment-00000001 at offset %llu: damage",
                   (unsigned long long)damaged);
    ck_assert_int_eq(log_tool_check(files_system(), path, out), ERR_CORRUPT);
    ck_assert(has_line(out, text));
    ck_assert(has_line(out, "49 messages") && has_line(out, "1 damaged places"));
    ck_assert_int_eq(log_tool_dump(files_system(), path, NULL, out), ERR_CORRUPT);
    (void)fclose(out);
    world_done(&world);
    testkit_directory_remove(directory);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, everything_at_once_with_threads_and_again_after_a_restart);
    tcase_add_test(tests, reads_under_way_end_when_the_log_is_closed);
    tcase_add_test(tests, a_read_takes_no_more_than_the_cache_would_keep);
    tcase_add_test(tests, a_wait_tells_what_is_durable_and_needs_no_letter);
    tcase_add_test(tests, waits_that_end_too_early_leave_it_to_the_letter);
    tcase_add_test(tests, check_and_dump_tell_what_is_there_and_what_is_damaged);
}

int main(void)
{
    return testkit_run("log_threads", fill);
}
