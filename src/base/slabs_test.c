#include "base/slabs.h"

#include <pthread.h>

#include "base/random.h"
#include "testkit/testkit.h"

#define ITEMS 20000u

struct thing {
    uint8_t *at;
    size_t bytes;
};

static void fill_thing(struct thing *thing, size_t bytes, uint8_t with)
{
    *thing = (struct thing){slabs_take(bytes), bytes};
    ck_assert(thing->at != NULL && (uintptr_t)thing->at % 8 == 0);
    memset(thing->at, with, bytes);
}

static void check_thing(const struct thing *thing, uint8_t with)
{
    size_t same = 0;
    while (same < thing->bytes && thing->at[same] == with)
        same++;
    ck_assert_uint_eq(same, thing->bytes);
}

START_TEST(things_of_all_sizes_do_not_touch_each_other)
{
    static struct thing things[SLABS_ITEM_MAX + 100];
    for (uint32_t i = 0; i < ARRAY_COUNT(things); i++)
        fill_thing(&things[i], i, (uint8_t)i);
    for (uint32_t i = 0; i < ARRAY_COUNT(things); i++) {
        check_thing(&things[i], (uint8_t)i);
        slabs_give(things[i].at, things[i].bytes);
    }
    slabs_give(NULL, 0);
}
END_TEST

START_TEST(any_order_of_taking_and_giving_back)
{
    static struct thing things[ITEMS];
    uint64_t state = 7;
    for (uint32_t round = 0; round < 200000; round++) {
        uint32_t index = (uint32_t)(random_next(&state) % ITEMS);
        struct thing *thing = &things[index];
        if (thing->at != NULL) {
            check_thing(thing, (uint8_t)index);
            slabs_give(thing->at, thing->bytes);
            thing->at = NULL;
        } else {
            fill_thing(thing, (size_t)(random_next(&state) % 600), (uint8_t)index);
        }
    }
    for (uint32_t i = 0; i < ITEMS; i++)
        slabs_give(things[i].at, things[i].bytes);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__

START_TEST(what_is_given_back_is_used_again_and_leaves_no_slab)
{
    static struct thing things[ITEMS];
    struct slabs_counts before = slabs_counts();
    uint64_t most = 0;
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < ITEMS; i++)
            fill_thing(&things[i], 300, 1);
        struct slabs_counts full = slabs_counts();
        ck_assert_uint_eq(full.items, before.items + ITEMS);
        /* 304 bytes each: 215 a slab */
        ck_assert_uint_le(full.slabs, before.slabs + ITEMS / 215 + 1);
        ck_assert(round == 0 || full.slabs == most);
        most = full.slabs;
        for (uint32_t i = 0; i < ITEMS; i++)
            slabs_give(things[i].at, things[i].bytes);
        ck_assert_uint_eq(slabs_counts().items, before.items);
        ck_assert_uint_le(slabs_counts().slabs, before.slabs + 1);
    }
}
END_TEST

static void *give_back(void *context)
{
    struct thing *things = context;
    for (uint32_t i = 0; i < ITEMS; i++) {
        check_thing(&things[i], (uint8_t)i);
        slabs_give(things[i].at, things[i].bytes);
        fill_thing(&things[i], 40, 9); /* its own, and never given back */
    }
    return NULL;
}

START_TEST(another_thread_gives_back_and_what_it_leaves_serves_the_next)
{
    static struct thing things[ITEMS];
    struct slabs_counts before = slabs_counts();
    for (uint32_t round = 0; round < 3; round++) {
        pthread_t thread;
        for (uint32_t i = 0; i < ITEMS; i++)
            fill_thing(&things[i], 100, (uint8_t)i);
        ck_assert_int_eq(pthread_create(&thread, NULL, give_back, things), 0);
        for (uint32_t i = 0; i < ITEMS; i++)
            slabs_give(slabs_take(100), 100); /* at the same time */
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ck_assert_uint_eq(slabs_counts().items, before.items);
        for (uint32_t i = 0; i < ITEMS; i++) {
            check_thing(&things[i], 9);
            slabs_give(things[i].at, things[i].bytes);
        }
    }
    ck_assert_uint_eq(slabs_counts().items, before.items);
}
END_TEST

#endif

static void fill(TCase *tests)
{
    tcase_add_test(tests, things_of_all_sizes_do_not_touch_each_other);
    tcase_add_test(tests, any_order_of_taking_and_giving_back);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_test(tests, what_is_given_back_is_used_again_and_leaves_no_slab);
    tcase_add_test(tests, another_thread_gives_back_and_what_it_leaves_serves_the_next);
#endif
}

int main(void)
{
    return testkit_run("slabs", fill);
}
