/* The containers under the engine, each against a plain model over random operations. */
#include "base/chains.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/meld.h"
#include "base/random.h"
#include "testkit/testkit.h"

#include "base/banned.h"

#define ITEMS 3000u

struct item {
    int64_t key;
    uint32_t position;
    uint32_t chain;
    struct meld_node node;
    struct list_link link;
    bool is_in;
};

static struct pool pool;

static struct item *item(uint32_t index)
{
    return pool_at(&pool, index);
}

static void take_items(void)
{
    pool_init(&pool, sizeof(struct item), 64);
    for (uint32_t i = 1; i <= ITEMS; i++)
        ck_assert_uint_eq(pool_take(&pool), i);
}

START_TEST(pool_gives_zeroed_items_and_takes_them_again)
{
    take_items();
    ck_assert_uint_eq(pool_count(&pool), ITEMS);
    for (uint32_t i = 1; i <= ITEMS; i++)
        item(i)->key = i;
    for (uint32_t i = 2; i <= ITEMS; i += 2)
        pool_give(&pool, i);
    uint64_t bytes = pool_bytes(&pool);
    for (uint32_t i = 0; i < ITEMS / 2; i++) {
        uint32_t index = pool_take(&pool);
        ck_assert(index % 2 == 0);
        ck_assert_int_eq(item(index)->key, 0);
    }
    ck_assert_uint_eq(pool_bytes(&pool), bytes);
    for (uint32_t i = 1; i <= ITEMS; i += 2)
        ck_assert_int_eq(item(i)->key, i);
    pool_done(&pool);
}
END_TEST

START_TEST(reserved_takes_need_no_memory)
{
    pool_init(&pool, sizeof(struct item), 64);
    ck_assert(pool_reserve(&pool, 100));
    chunks_refuse_after(0);
    for (uint32_t i = 0; i < 127; i++)
        ck_assert_uint_ne(pool_take(&pool), 0);
    ck_assert_uint_eq(pool_take(&pool), 0);
    ck_assert_uint_ne(pool_take(&pool), 0); /* refused once only */
    pool_done(&pool);
}
END_TEST

static void moved(void *context, uint32_t value, uint32_t position)
{
    MAYBE(context);
    item(value)->position = position;
}

START_TEST(heap_gives_the_smallest_after_any_history)
{
    take_items();
    struct heap heap;
    heap_init(&heap, moved, NULL);
    uint64_t seed = 1;
    for (int round = 0; round < 60000; round++) {
        uint32_t index = (uint32_t)(random_next(&seed) % ITEMS) + 1;
        struct item *at = item(index);
        int64_t key = (int64_t)(random_next(&seed) % 1000);
        if (at->position == 0) {
            ck_assert(heap_reserve(&heap, 1));
            heap_push(&heap, at->key = key, index);
        } else if (random_next(&seed) % 2 == 0) {
            heap_update(&heap, at->position, at->key = key);
        } else {
            heap_remove(&heap, at->position);
            ck_assert_uint_eq(at->position, 0);
        }
    }
    heap_check(&heap);
    int64_t last = -1;
    for (const struct heap_entry *first = heap_first(&heap); first != NULL;
         first = heap_first(&heap)) {
        struct item *at = item(first->value);
        ck_assert_int_eq(at->key, first->key);
        ck_assert_int_ge(first->key, last);
        last = first->key;
        heap_remove(&heap, at->position);
    }
    heap_done(&heap);
    pool_done(&pool);
}
END_TEST

static int64_t key_of(const void *context, uint32_t index)
{
    MAYBE(context);
    return item(index)->key;
}

START_TEST(meld_gives_the_smallest_after_any_history)
{
    take_items();
    struct meld_kind kind;
    meld_kind_init(&kind, &pool, offsetof(struct item, node), key_of, NULL);
    uint32_t root = 0;
    uint64_t seed = 2;
    uint32_t count = 0;
    for (int round = 0; round < 60000; round++) {
        uint32_t index = (uint32_t)(random_next(&seed) % ITEMS) + 1;
        struct item *at = item(index);
        if (at->is_in) {
            meld_remove(&kind, &root, index);
            count--;
        } else {
            at->key = (int64_t)(random_next(&seed) % 1000);
            meld_push(&kind, &root, index);
            count++;
        }
        at->is_in = !at->is_in;
    }
    uint32_t walked = 0;
    for (uint32_t index = root; index != 0; index = meld_next(&kind, index))
        walked++;
    ck_assert_uint_eq(walked, count);
    int64_t last = -1;
    for (; root != 0; count--) {
        int64_t key = item(root)->key;
        ck_assert_int_ge(key, last);
        last = key;
        meld_remove(&kind, &root, root);
    }
    ck_assert_uint_eq(count, 0);
    pool_done(&pool);
}
END_TEST

START_TEST(meld_stays_shallow_when_pushed_in_order)
{
    take_items();
    struct meld_kind kind;
    meld_kind_init(&kind, &pool, offsetof(struct item, node), key_of, NULL);
    uint32_t root = 0;
    for (uint32_t i = 1; i <= ITEMS; i++) {
        item(i)->key = i;
        meld_push(&kind, &root, i);
    }
    uint32_t deepest = 0;
    for (uint32_t i = 1; i <= ITEMS; i++) {
        uint32_t depth = 0;
        for (uint32_t up = i; up != 0; up = item(up)->node.parent)
            depth++;
        deepest = depth > deepest ? depth : deepest;
    }
    ck_assert_uint_lt(deepest, 60); /* log2(3000) is 12 */
    pool_done(&pool);
}
END_TEST

static uint64_t hash_of(const void *context, uint32_t index)
{
    MAYBE(context);
    return chains_mix(index);
}

static bool finds(const struct chains *chains, uint32_t wanted)
{
    uint32_t index = chains_first(chains, chains_mix(wanted));
    while (index != 0 && index != wanted)
        index = chains_next(chains, index);
    return index != 0;
}

START_TEST(chains_find_what_is_in_and_nothing_else)
{
    take_items();
    struct chains chains;
    chains_init(&chains, &pool, offsetof(struct item, chain), hash_of, NULL);
    ck_assert(!finds(&chains, 1));
    ck_assert(chains_reserve(&chains));
    uint64_t seed = 3;
    for (int round = 0; round < 60000; round++) {
        uint32_t index = (uint32_t)(random_next(&seed) % ITEMS) + 1;
        struct item *at = item(index);
        ck_assert(finds(&chains, index) == at->is_in);
        if (at->is_in)
            chains_remove(&chains, chains_mix(index), index);
        else
            chains_add(&chains, chains_mix(index), index);
        at->is_in = !at->is_in;
    }
    ck_assert_uint_le(chains.count, ITEMS);
    chains_done(&chains);
    pool_done(&pool);
}
END_TEST

START_TEST(chains_work_on_without_memory_for_buckets)
{
    take_items();
    struct chains chains;
    chains_init(&chains, &pool, offsetof(struct item, chain), hash_of, NULL);
    ck_assert(chains_reserve(&chains));
    for (uint32_t i = 1; i <= ITEMS; i++) {
        chunks_refuse_after(0);
        chains_add(&chains, chains_mix(i), i);
    }
    chunks_refuse_after(-1);
    ck_assert_uint_eq(chains.buckets_count, 1024);
    for (uint32_t i = 1; i <= ITEMS; i++)
        ck_assert(finds(&chains, i));
    chains_done(&chains);
    pool_done(&pool);
}
END_TEST

START_TEST(lists_keep_order_through_insertion_and_removal)
{
    take_items();
    struct list list = {0, 0};
    struct list_place place = {&pool, offsetof(struct item, link)};
    for (uint32_t i = 1; i <= 10; i++)
        list_append(&list, place, i);
    list_remove(&list, place, 1);
    list_remove(&list, place, 5);
    list_remove(&list, place, 10);
    list_insert_after(&list, place, 0, 1);
    list_insert_after(&list, place, 4, 5);
    list_insert_after(&list, place, 9, 10);
    uint32_t expected = 1;
    for (uint32_t i = list.head; i != 0; i = list_link(place, i)->next)
        ck_assert_uint_eq(i, expected++);
    ck_assert_uint_eq(expected, 11);
    ck_assert_uint_eq(list.tail, 10);
    pool_done(&pool);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, pool_gives_zeroed_items_and_takes_them_again);
    tcase_add_test(tests, reserved_takes_need_no_memory);
    tcase_add_test(tests, heap_gives_the_smallest_after_any_history);
    tcase_add_test(tests, meld_gives_the_smallest_after_any_history);
    tcase_add_test(tests, meld_stays_shallow_when_pushed_in_order);
    tcase_add_test(tests, chains_find_what_is_in_and_nothing_else);
    tcase_add_test(tests, chains_work_on_without_memory_for_buckets);
    tcase_add_test(tests, lists_keep_order_through_insertion_and_removal);
}

int main(void)
{
    return testkit_run("containers", fill);
}
