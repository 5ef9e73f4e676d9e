#include "base/arena.h"
#include "base/random.h"
#include "base/sorted.h"
#include "base/table.h"
#include "testkit/testkit.h"

#define ITEMS_COUNT 2000u
#define STEPS_COUNT 100000u

static uint64_t items[ITEMS_COUNT]; /* each holds its own index */
static bool is_in[ITEMS_COUNT];

static void items_fill(void)
{
    for (uint64_t i = 0; i < ITEMS_COUNT; i++) {
        items[i] = i;
        is_in[i] = false;
    }
}

static bool is_number(const void *item, const void *key)
{
    return *(const uint64_t *)item == *(const uint64_t *)key;
}

/* Few homes, so that runs are long and wrap around the end. */
static uint64_t crowded_hash(uint64_t value)
{
    return value % 7 == 0 ? UINT64_MAX : value % 64;
}

START_TEST(a_table_agrees_with_a_plain_list_under_random_steps)
{
    struct table table;
    uint64_t chance = 1;
    size_t count = 0;
    items_fill();
    table_init(&table);
    for (unsigned step = 0; step < STEPS_COUNT; step++) {
        uint64_t i =
            random_next(&chance) % ITEMS_COUNT % (step < STEPS_COUNT / 2 ? 300 : ITEMS_COUNT);
        uint64_t *found = table_find(&table, crowded_hash(i), is_number, &i);
        ck_assert_msg((found != NULL) == is_in[i], "step %u", step);
        if (is_in[i]) {
            ck_assert_ptr_eq(found, &items[i]);
            table_remove(&table, crowded_hash(i), &items[i]);
        } else {
            table_add(&table, crowded_hash(i), &items[i]);
        }
        is_in[i] = !is_in[i];
        count += is_in[i] ? 1 : (size_t)-1;
        ck_assert_uint_eq(table.count, count);
    }
    size_t cursor = 0, walked = 0;
    while (table_next(&table, &cursor) != NULL)
        walked++;
    ck_assert_uint_eq(walked, count);
    table_done(&table);
}
END_TEST

START_TEST(hashes_tell_parts_apart)
{
    struct table table;
    table_init(&table);
    uint64_t ab_c = table_hash_pair(&table, SLICE("ab"), SLICE("c"));
    ck_assert_uint_eq(ab_c, table_hash_pair(&table, SLICE("ab"), SLICE("c")));
    ck_assert_uint_ne(ab_c, table_hash_pair(&table, SLICE("a"), SLICE("bc")));
    ck_assert_uint_ne(table_hash_bytes(&table, SLICE("12345678")),
                      table_hash_bytes(&table, SLICE("123456789")));
    ck_assert_uint_ne(table_hash_u64(&table, 1), table_hash_u64(&table, 2));
    table_done(&table);
}
END_TEST

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void sorted_compare_with_list(const struct sorted *sorted, uint64_t from)
{
    const struct sorted_place *place = sorted_from(sorted, &from);
    for (uint64_t i = from; i < ITEMS_COUNT; i++) {
        if (!is_in[i])
            continue;
        ck_assert_ptr_nonnull(place);
        ck_assert_ptr_eq(sorted_item(place), &items[i]);
        place = sorted_next(place);
    }
    ck_assert_ptr_null(place);
}

START_TEST(a_sorted_set_agrees_with_a_plain_list_under_random_steps)
{
    struct sorted sorted;
    uint64_t chance = 2;
    items_fill();
    sorted_init(&sorted, compare_numbers);
    for (unsigned step = 0; step < STEPS_COUNT; step++) {
        uint64_t i = random_next(&chance) % ITEMS_COUNT;
        if (random_next(&chance) % 2 == 0) {
            ck_assert_int_eq(sorted_add(&sorted, &items[i]), !is_in[i]);
            is_in[i] = true;
        } else {
            ck_assert_int_eq(sorted_remove(&sorted, &items[i]), is_in[i]);
            is_in[i] = false;
        }
        if (step % 5000 == 0)
            sorted_compare_with_list(&sorted, i);
    }
    sorted_compare_with_list(&sorted, 0);
    sorted_done(&sorted);
    ck_assert_uint_eq(sorted.count, 0);
    ck_assert_ptr_null(sorted_from(&sorted, &items[0]));
}
END_TEST

START_TEST(a_reserved_arena_takes_no_more_than_asked_for)
{
    struct arena arena;
    arena_init(&arena);
    arena_reserve(&arena, 100);
    uint8_t *first = arena_take(&arena, 50);
    uint8_t *second = arena_take(&arena, 48);
    ck_assert_ptr_eq(second, first + 64);
    ck_assert_ptr_eq(arena.next, arena.end);
    arena_done(&arena);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, a_table_agrees_with_a_plain_list_under_random_steps);
    tcase_add_test(tests, hashes_tell_parts_apart);
    tcase_add_test(tests, a_sorted_set_agrees_with_a_plain_list_under_random_steps);
    tcase_add_test(tests, a_reserved_arena_takes_no_more_than_asked_for);
}

int main(void)
{
    return testkit_run("table", fill);
}
