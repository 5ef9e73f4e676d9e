/* What every unit test program shares: one suite, one case, TAP-free plain output, failures as exit status.
 *
 *     START_TEST(claim_in_words) { ck_assert_int_eq(...); } END_TEST
 *     static void fill(TCase *tests) { tcase_add_test(tests, claim_in_words); }
 *     int main(void) { return testkit_run("slice", fill); }
 */
#ifndef LEAT_TESTKIT_TESTKIT_H
#define LEAT_TESTKIT_TESTKIT_H

#include <check.h>

#include "base/slice.h"

/* Runs the tests that `fill` adds; 0 when all pass. The time limit a test is 180 s, or LEAT_TEST_TIMEOUT_S. */
int testkit_run(const char *suite_name, void (*fill)(TCase *tests));

/* Fails the test with both texts shown when they differ. */
#define testkit_slice_eq(s, text)                                               \
    do {                                                                        \
        struct slice testkit_s = (s);                                           \
        ck_assert_msg(slice_is(testkit_s, (text)), "got \"%.*s\", want \"%s\"", \
                      SLICE_PRINT(testkit_s), (text));                          \
    } while (0)

#endif
