/* The rules of what is taken in. */
#include "server/intake_rules.h"
#include "testkit/testkit.h"

#include <pthread.h>

#include "base/banned.h"

START_TEST(a_budget_never_gives_more_than_it_has)
{
    struct intake_budget budget = {.bytes_max = 100};
    ck_assert(intake_take(&budget, 60));
    ck_assert(!intake_take(&budget, 41));
    ck_assert(intake_take(&budget, 40));
    ck_assert(!intake_take(&budget, 1));
    intake_give(&budget, 60);
    ck_assert(intake_take(&budget, 60));
    intake_give(&budget, 100);
    ck_assert_uint_eq(atomic_load(&budget.bytes), 0);
}
END_TEST

static void *take_and_give(void *at)
{
    struct intake_budget *budget = at;
    for (int i = 0; i < 20000; i++)
        if (intake_take(budget, 3))
            intake_give(budget, 3);
    return NULL;
}

START_TEST(a_budget_shared_by_threads_ends_where_it_began)
{
    struct intake_budget budget = {.bytes_max = 7};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_and_give, &budget), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(atomic_load(&budget.bytes), 0);
}
END_TEST

START_TEST(small_input_is_not_counted_and_large_input_in_steps)
{
    ck_assert_uint_eq(intake_charge_of(0), 0);
    ck_assert_uint_eq(intake_charge_of(INTAKE_FREE_BYTES), 0);
    ck_assert_uint_eq(intake_charge_of(INTAKE_FREE_BYTES + 1), INTAKE_STEP_BYTES);
    ck_assert_uint_eq(intake_charge_of(INTAKE_STEP_BYTES), INTAKE_STEP_BYTES);
    ck_assert_uint_eq(intake_charge_of(INTAKE_STEP_BYTES + 1), 2 * INTAKE_STEP_BYTES);
}
END_TEST

START_TEST(only_framing_that_outweighs_the_body_is_waste)
{
    ck_assert(!intake_is_wasteful(0, 0));
    ck_assert(!intake_is_wasteful(16384, 0)); /* small requests may be clumsy */
    ck_assert(intake_is_wasteful(16385, 0));
    ck_assert(!intake_is_wasteful(20000, 20000));
    ck_assert(intake_is_wasteful(5 * 4000, 4000)); /* chunks of one byte */
    /* Chunks of 16 bytes: six bytes of framing each. */
    ck_assert(!intake_is_wasteful(6 * 400000, 16 * 400000));
}
END_TEST

START_TEST(a_sender_is_slow_by_its_average_after_a_grace)
{
    ck_assert(!intake_is_slow(1, 4999));
    ck_assert(intake_is_slow(1, 5000));
    ck_assert(!intake_is_slow(6u << 20, 5000));
    ck_assert(intake_is_slow(6u << 20, 300000));
}
END_TEST

START_TEST(the_protocol_is_told_by_the_head_alone)
{
    static const struct {
        const char *input;
        bool is_json;
    } rows[] = {
        {"POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n\r\n", true},
        {"POST / HTTP/1.1\r\ncontent-TYPE:  application/X-amz-json-1.0\r\n\r\n{}", true},
        {"POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n", false},
        {"POST / HTTP/1.1\r\nHost: a\r\n\r\nx-amz-target: b\r\n", false},
        {"POST / HTTP/1.1\r\nx-amz-target", true},
        {"", false},
        {"\n", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(intake_speaks_json(slice_from_text(rows[i].input)) == rows[i].is_json, "%s",
                      rows[i].input);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, a_budget_never_gives_more_than_it_has);
    tcase_add_test(tests, a_budget_shared_by_threads_ends_where_it_began);
    tcase_add_test(tests, small_input_is_not_counted_and_large_input_in_steps);
    tcase_add_test(tests, only_framing_that_outweighs_the_body_is_waste);
    tcase_add_test(tests, a_sender_is_slow_by_its_average_after_a_grace);
    tcase_add_test(tests, the_protocol_is_told_by_the_head_alone);
}

int main(void)
{
    return testkit_run("intake rules", fill);
}
