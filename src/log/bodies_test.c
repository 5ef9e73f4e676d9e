#include "log/bodies.h"

#include <pthread.h>

#include "testkit/testkit.h"

#define THREADS 8u
#define ROUNDS  20000u

static struct engine_body make(const char *text)
{
    struct slice bytes = slice_from_text(text);
    uint8_t *at = NULL;
    struct engine_body body = body_create((uint32_t)bytes.bytes, &at);
    ck_assert_uint_ne(body.v, 0);
    if (bytes.bytes > 0)
        memcpy(at, bytes.at, bytes.bytes);
    return body;
}

START_TEST(bytes_live_as_long_as_a_reference)
{
    struct engine_body body = make("hello");
    struct engine_body same = body_ref(body);
    ck_assert_uint_eq(same.v, body.v);
    body_unref(body);
    testkit_slice_eq(body_bytes(same), "hello");
    body_unref(same);
    body_unref((struct engine_body){0});
}
END_TEST

START_TEST(totals_follow_what_is_held)
{
    struct bodies_total before = bodies_total();
    struct engine_body a = make("1234567890");
    struct engine_body b = make("");
    body_ref(a);
    ck_assert_uint_eq(bodies_total().bytes, before.bytes + 10);
    ck_assert_uint_eq(bodies_total().count, before.count + 2);
    body_unref(a);
    ck_assert_uint_eq(bodies_total().bytes, before.bytes + 10);
    body_unref(a);
    body_unref(b);
    ck_assert_uint_eq(bodies_total().bytes, before.bytes);
    ck_assert_uint_eq(bodies_total().count, before.count);
}
END_TEST

static void *use(void *context)
{
    const struct engine_body *shared = context;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct engine_body mine = body_ref(*shared);
        ck_assert_uint_eq(body_bytes(mine).bytes, 6);
        body_unref(mine);
    }
    body_unref(*shared); /* the reference that was taken for this thread */
    return NULL;
}

START_TEST(any_thread_may_drop_the_last_reference)
{
    struct bodies_total before = bodies_total();
    pthread_t threads[THREADS];
    struct engine_body shared = make("shared");
    for (uint32_t i = 0; i < THREADS; i++) {
        body_ref(shared);
        ck_assert_int_eq(pthread_create(&threads[i], NULL, use, &shared), 0);
    }
    body_unref(shared);
    for (uint32_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(bodies_total().bytes, before.bytes);
    ck_assert_uint_eq(bodies_total().count, before.count);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, bytes_live_as_long_as_a_reference);
    tcase_add_test(tests, totals_follow_what_is_held);
    tcase_add_test(tests, any_thread_may_drop_the_last_reference);
}

int main(void)
{
    return testkit_run("bodies", fill);
}
