#include "metadata/attributes.h"
#include "node/directory.h"
#include "testkit/testkit.h"

#define QUEUES_COUNT 100000u

static struct arena arena;

static struct queue *make_queue(const char *account, unsigned number, uint64_t id)
{
    arena_reset(&arena);
    struct queue draft = {.id = id,
                          .account = slice_from_text(account),
                          .name = arena_print(&arena, "queue-%u", number),
                          .arn = SLICE("arn")};
    attributes_set_defaults(false, &draft.attributes);
    return queue_create(&draft);
}

static void put_new(struct directory *directory, const char *account, unsigned number, uint64_t id)
{
    struct queue *queue = make_queue(account, number, id);
    directory_put(directory, queue);
    queue_unref(queue);
}

START_TEST(a_hundred_thousand_queues_are_found_by_name_and_by_id)
{
    struct directory *directory = directory_create();
    for (unsigned i = 0; i < QUEUES_COUNT; i++)
        put_new(directory, i % 2 == 0 ? "000000000000" : "111111111111", i, i + 1);
    ck_assert_uint_eq(directory_count(directory), QUEUES_COUNT);
    for (unsigned i = 0; i < QUEUES_COUNT; i++) {
        arena_reset(&arena);
        struct slice name = arena_print(&arena, "queue-%u", i);
        bool is_even = i % 2 == 0;
        struct queue *queue = directory_find(
            directory, is_even ? SLICE("000000000000") : SLICE("111111111111"), name);
        ck_assert_ptr_nonnull(queue);
        ck_assert_uint_eq(queue->id, i + 1);
        ck_assert_ptr_eq(directory_find_id(directory, i + 1), queue);
        ck_assert_ptr_null(directory_find(
            directory, is_even ? SLICE("111111111111") : SLICE("000000000000"), name));
    }
    ck_assert_ptr_null(directory_find_id(directory, QUEUES_COUNT + 1));
    directory_destroy(directory);
}
END_TEST

START_TEST(a_newer_snapshot_takes_the_place_of_the_older)
{
    struct directory *directory = directory_create();
    put_new(directory, "000000000000", 1, 10);
    struct queue *first = queue_ref(directory_find_id(directory, 10));
    put_new(directory, "000000000000", 1, 10);
    ck_assert_ptr_ne(directory_find_id(directory, 10), first);
    put_new(directory, "000000000000", 1, 20); /* made again under the same name */
    ck_assert_uint_eq(directory_count(directory), 1);
    ck_assert_ptr_null(directory_find_id(directory, 10));
    ck_assert_uint_eq(directory_find(directory, SLICE("000000000000"), SLICE("queue-1"))->id, 20);
    directory_remove(directory, first); /* late news of the first one */
    ck_assert_uint_eq(directory_count(directory), 1);
    struct queue *second = queue_ref(directory_find_id(directory, 20));
    directory_remove(directory, second);
    ck_assert_uint_eq(directory_count(directory), 0);
    ck_assert_ptr_null(directory_find_id(directory, 20));
    directory_remove(directory, second);
    queue_unref(first);
    queue_unref(second);
    directory_destroy(directory);
    directory_destroy(NULL);
}
END_TEST

static void fill(TCase *tests)
{
    arena_init(&arena);
    tcase_add_test(tests, a_hundred_thousand_queues_are_found_by_name_and_by_id);
    tcase_add_test(tests, a_newer_snapshot_takes_the_place_of_the_older);
}

int main(void)
{
    int status = testkit_run("directory", fill);
    arena_done(&arena);
    return status;
}
