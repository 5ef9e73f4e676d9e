/* Time and chance: what enters the server from outside through base. */
#include "base/clock.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/check.h"
#include "base/random.h"
#include "testkit/testkit.h"

START_TEST(a_manual_clock_moves_only_when_told)
{
    struct clock *clock = clock_create_manual((struct wall_ms){1000});
    ck_assert(clock_is_manual(clock));
    ck_assert_int_eq(clock_read(clock).wall.v, 1000);
    ck_assert_int_eq(clock_read(clock).mono.v, 1000);
    clock_advance(clock, 0);
    clock_advance(clock, 345);
    ck_assert_int_eq(clock_read(clock).wall.v, 1345);
    ck_assert_int_eq(clock_read(clock).mono.v, 1345);
    clock_destroy(clock);
}
END_TEST

static void *advance(void *context)
{
    for (int i = 0; i < 10000; i++)
        clock_advance(context, 1);
    return NULL;
}

START_TEST(threads_advance_a_manual_clock_together)
{
    pthread_t threads[3];
    struct clock *clock = clock_create_manual((struct wall_ms){0});
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, advance, clock), 0);
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(clock_read(clock).mono.v, 30000);
    clock_destroy(clock);
}
END_TEST

START_TEST(a_system_clock_never_goes_back_and_starts_at_wall_time)
{
    struct clock *clock = clock_create_system();
    struct clock_now before = clock_read(clock);
    ck_assert(!clock_is_manual(clock));
    ck_assert_int_gt(before.wall.v, INT64_C(1600000000000));
    ck_assert_int_lt(before.mono.v - before.wall.v, 1000);
    ck_assert_int_gt(before.mono.v - before.wall.v, -1000);
    for (int i = 0; i < 10000; i++) {
        struct clock_now now = clock_read(clock);
        ck_assert_int_ge(now.mono.v, before.mono.v);
        before = now;
    }
    clock_destroy(clock);
}
END_TEST

struct reading {
    struct clock *clock;
    _Atomic bool is_over;
    bool has_gone_back;
};

static void *read_until_over(void *at)
{
    struct reading *reading = at;
    int64_t last = 0;
    while (!atomic_load(&reading->is_over)) {
        int64_t now = clock_read(reading->clock).mono.v;
        reading->has_gone_back = reading->has_gone_back || now < last;
        last = now;
    }
    return NULL;
}

/* At a server's start the catalog's thread reads the time while the logs say how late it must be. */
START_TEST(a_clock_may_be_raised_while_another_thread_reads_it)
{
    struct reading reading = {.clock = clock_create_system()};
    pthread_t reader;
    ck_assert_int_eq(pthread_create(&reader, NULL, read_until_over, &reading), 0);
    for (int i = 0; i < 100; i++)
        clock_raise(reading.clock, (struct mono_ms){clock_read(reading.clock).mono.v + 1000});
    atomic_store(&reading.is_over, true);
    pthread_join(reader, NULL);
    ck_assert(!reading.has_gone_back);
    clock_destroy(reading.clock);
}
END_TEST

/* ---- chance ---- */

START_TEST(random_bytes_fill_exactly_what_is_asked)
{
    static const size_t sizes[] = {0, 1, 16, 255, 256, 257, 1000};
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        uint8_t seen[1000] = {0};
        for (int round = 0; round < 40; round++) {
            uint8_t bytes[1001] = {0};
            random_bytes(bytes, sizes[i]);
            for (size_t j = 0; j < sizes[i]; j++)
                seen[j] |= bytes[j];
            ck_assert_uint_eq(bytes[sizes[i]], 0);
        }
        for (size_t j = 0; j < sizes[i]; j++)
            ck_assert_uint_ne(seen[j], 0); /* 40 zeros in a row: never */
    }
}
END_TEST

START_TEST(random_uuids_are_version_4_and_differ)
{
    uint8_t uuids[200][16];
    for (size_t i = 0; i < ARRAY_COUNT(uuids); i++) {
        random_uuid(uuids[i]);
        ck_assert_uint_eq(uuids[i][6] >> 4, 4);
        ck_assert_uint_eq(uuids[i][8] >> 6, 2);
        for (size_t j = 0; j < i; j++)
            ck_assert_mem_ne(uuids[i], uuids[j], 16);
    }
}
END_TEST

static void *draw(void *ret_uuid)
{
    random_uuid(ret_uuid);
    return NULL;
}

START_TEST(threads_draw_from_pools_of_their_own)
{
    uint8_t uuids[8][16];
    pthread_t threads[8];
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, draw, uuids[i]), 0);
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < ARRAY_COUNT(uuids); i++)
        for (size_t j = 0; j < i; j++)
            ck_assert_mem_ne(uuids[i], uuids[j], 16);
}
END_TEST

/* The published first values of splitmix64 for the seed 1234567: simulations must repeat everywhere. */
START_TEST(seeded_numbers_are_the_same_everywhere)
{
    static const uint64_t want[] = {
        UINT64_C(6457827717110365317),  UINT64_C(3203168211198807973),
        UINT64_C(9817491932198370423),  UINT64_C(4593380528125082431),
        UINT64_C(16408922859458223821),
    };
    uint64_t state = 1234567;
    for (size_t i = 0; i < ARRAY_COUNT(want); i++)
        ck_assert_uint_eq(random_next(&state), want[i]);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, a_manual_clock_moves_only_when_told);
    tcase_add_test(tests, threads_advance_a_manual_clock_together);
    tcase_add_test(tests, a_system_clock_never_goes_back_and_starts_at_wall_time);
    tcase_add_test(tests, a_clock_may_be_raised_while_another_thread_reads_it);
    tcase_add_test(tests, random_bytes_fill_exactly_what_is_asked);
    tcase_add_test(tests, random_uuids_are_version_4_and_differ);
    tcase_add_test(tests, threads_draw_from_pools_of_their_own);
    tcase_add_test(tests, seeded_numbers_are_the_same_everywhere);
}

int main(void)
{
    return testkit_run("clock", fill);
}
