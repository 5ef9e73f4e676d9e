#include "server/guard.h"
#include "testkit/testkit.h"

#include "base/banned.h"

START_TEST(ambiguous_framing_is_refused)
{
    static const struct {
        const char *head;
        enum guard_verdict verdict;
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", GUARD_FINE},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", GUARD_FINE},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", GUARD_FINE},
        {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", GUARD_FINE},
        {"GET / HTTP/1.1\r\nhOsT: a\r\nHost: b\r\n\r\n", GUARD_AMBIGUOUS},
        {"GET / HTTP/1.1\r\nX: a\r\n\r\n", GUARD_AMBIGUOUS},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
         GUARD_AMBIGUOUS},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
         GUARD_AMBIGUOUS},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n",
         GUARD_AMBIGUOUS},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", GUARD_AMBIGUOUS},
        {"GET / HTTP/1.1\nHost: a\n\n", GUARD_AMBIGUOUS},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: b\n\r\n", GUARD_AMBIGUOUS},
        {"GET / HTTP/1.1\r\nHost: a", GUARD_AMBIGUOUS},
        {"", GUARD_AMBIGUOUS},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(guard_check(slice_from_text(rows[i].head), true) == rows[i].verdict, "%s",
                      rows[i].head);
}
END_TEST

START_TEST(http10_needs_no_host)
{
    ck_assert_int_eq(guard_check(SLICE("GET / HTTP/1.0\r\n\r\n"), false), GUARD_FINE);
}
END_TEST

START_TEST(a_head_over_the_bound_is_too_large)
{
    static char head[GUARD_HEAD_BYTES_MAX + 200];
    memset(head, 'a', sizeof(head));
    memcpy(head, "GET / HTTP/1.1\r\nHost: a\r\nX: ", 28);
    memcpy(head + sizeof(head) - 4, "\r\n\r\n", 4);
    ck_assert_int_eq(guard_check(slice_of(head, sizeof(head)), true), GUARD_TOO_LARGE);
    memcpy(head + GUARD_HEAD_BYTES_MAX - 100, "\r\n\r\n", 4);
    ck_assert_int_eq(guard_check(slice_of(head, sizeof(head)), true), GUARD_FINE);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, ambiguous_framing_is_refused);
    tcase_add_test(tests, http10_needs_no_host);
    tcase_add_test(tests, a_head_over_the_bound_is_too_large);
}

int main(void)
{
    return testkit_run("guard", fill);
}
