#include "base/arena.h"
#include "base/buffer.h"
#include "testkit/testkit.h"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena);
}

static void tear_down(void)
{
    arena_done(&arena);
}

/* Sizes around the block's, so that every way of making room is gone. */
START_TEST(what_is_taken_is_aligned_and_nobody_elses)
{
    static const size_t sizes[] = {0,   1,    15,   16,    17,    100, 4096,
                                   300, 7000, 1023, 16384, 16385, 3,   100000};
    uint8_t *taken[10 * ARRAY_COUNT(sizes)];
    for (size_t i = 0; i < ARRAY_COUNT(taken); i++) {
        size_t bytes = sizes[i % ARRAY_COUNT(sizes)];
        taken[i] = arena_take(&arena, bytes);
        ck_assert_uint_eq((uintptr_t)taken[i] % 16, 0);
        if (bytes > 0)
            memset(taken[i], (int)i, bytes);
    }
    for (size_t i = 0; i < ARRAY_COUNT(taken); i++)
        for (size_t j = 0; j < sizes[i % ARRAY_COUNT(sizes)]; j++)
            if (taken[i][j] != (uint8_t)i)
                ck_abort_msg("byte %zu of taking %zu", j, i);
}
END_TEST

START_TEST(a_reset_arena_gives_the_same_memory_again)
{
    void *first = arena_take(&arena, 100);
    arena_take(&arena, 200000);
    arena_take(&arena, 100);
    arena_reset(&arena);
    ck_assert_uint_eq(arena.used_bytes, 0);
    void *again = arena_take(&arena, 100);
    arena_reset(&arena);
    ck_assert_ptr_eq(arena_take(&arena, 100), again);
    MAYBE(first == again);
    arena_done(&arena);
    arena_done(&arena);
    arena_reset(&arena);
    ck_assert_ptr_nonnull(arena_take(&arena, 1));
}
END_TEST

/* A request that waits for twenty seconds holds its first block. */
START_TEST(small_requests_take_one_small_block)
{
    uint8_t *first = arena_take(&arena, 100);
    uint8_t *last = arena_take(&arena, (ARENA_FIRST_BYTES - 112) / 16 * 16);
    ck_assert_ptr_eq(last, first + 112);
    ck_assert_uint_lt((size_t)(arena.end - arena.next), 16);
}
END_TEST

START_TEST(zeroed_memory_is_zero_also_when_used_before)
{
    for (int round = 0; round < 2; round++) {
        uint8_t *taken = arena_take_zero(&arena, 1000);
        for (size_t i = 0; i < 1000; i++)
            ck_assert_uint_eq(taken[i], 0);
        memset(taken, 0xff, 1000);
        arena_reset(&arena);
    }
    struct slice *one = ARENA_NEW(&arena, struct slice);
    struct slice *many = ARENA_NEW_MANY(&arena, struct slice, 3);
    ck_assert_ptr_null(one->at);
    ck_assert_uint_eq(many[2].bytes, 0);
}
END_TEST

START_TEST(copies_joins_and_prints)
{
    char text[] = "abc";
    struct slice copy = arena_copy(&arena, slice_from_text(text));
    text[0] = 'x';
    testkit_slice_eq(copy, "abc");
    testkit_slice_eq(arena_copy(&arena, SLICE_NONE), "");
    testkit_slice_eq(arena_join(&arena, SLICE("ab"), SLICE("cd")), "abcd");
    testkit_slice_eq(arena_join(&arena, SLICE_NONE, SLICE("cd")), "cd");
    testkit_slice_eq(arena_join(&arena, SLICE("ab"), SLICE_NONE), "ab");
    testkit_slice_eq(arena_print(&arena, "%s-%d", "x", 7), "x-7");
    testkit_slice_eq(arena_print(&arena, "%s", ""), "");
    ck_assert_uint_eq(arena_print(&arena, "%0*d", 100000, 1).bytes, 100000);
}
END_TEST

/* ---- buffers ---- */

START_TEST(a_buffer_keeps_what_was_added_while_it_grows)
{
    struct buffer buffer;
    buffer_init(&buffer, &arena, 0);
    testkit_slice_eq(buffer_slice(&buffer), "");
    for (uint32_t i = 0; i < 70000; i++)
        buffer_add_byte(&buffer, (uint8_t)(i % 251));
    ck_assert_uint_eq(buffer_slice(&buffer).bytes, 70000);
    for (uint32_t i = 0; i < 70000; i++)
        ck_assert_uint_eq(buffer_slice(&buffer).at[i], i % 251);
}
END_TEST

START_TEST(a_buffer_joins_text_numbers_and_prints)
{
    struct buffer buffer;
    buffer_init(&buffer, &arena, 4);
    buffer_add(&buffer, SLICE("a"));
    buffer_add(&buffer, SLICE_NONE);
    buffer_add_text(&buffer, "bc");
    buffer_add_int64(&buffer, -12);
    buffer_print(&buffer, "<%s>", "d");
    buffer_print(&buffer, "%s", "");
    memcpy(buffer_reserve(&buffer, 500), "efgh", 4);
    buffer_advance(&buffer, 2);
    buffer_add_byte(&buffer, '!');
    testkit_slice_eq(buffer_slice(&buffer), "abc-12<d>ef!");
}
END_TEST

START_TEST(numbers_print_over_their_whole_range)
{
    static const struct {
        int64_t value;
        const char *text;
    } rows[] = {
        {0, "0"},
        {7, "7"},
        {-1, "-1"},
        {43200, "43200"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buffer buffer;
        buffer_init(&buffer, &arena, 0);
        buffer_add_int64(&buffer, rows[i].value);
        testkit_slice_eq(buffer_slice(&buffer), rows[i].text);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_is_taken_is_aligned_and_nobody_elses);
    tcase_add_test(tests, a_reset_arena_gives_the_same_memory_again);
    tcase_add_test(tests, small_requests_take_one_small_block);
    tcase_add_test(tests, zeroed_memory_is_zero_also_when_used_before);
    tcase_add_test(tests, copies_joins_and_prints);
    tcase_add_test(tests, a_buffer_keeps_what_was_added_while_it_grows);
    tcase_add_test(tests, a_buffer_joins_text_numbers_and_prints);
    tcase_add_test(tests, numbers_print_over_their_whole_range);
}

int main(void)
{
    return testkit_run("arena", fill);
}
