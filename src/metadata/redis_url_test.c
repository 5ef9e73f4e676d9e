#include "metadata/redis_url.h"

#include "testkit/testkit.h"

#include "base/banned.h"

START_TEST(urls_are_read_exactly_or_refused)
{
    static const struct {
        const char *text;
        bool ok;
        const char *host;
        unsigned port, database;
        const char *user, *password; /* NULL: no password given */
    } rows[] = {
        {"redis://localhost:6380", true, "localhost", 6380, 0, "", NULL},
        {"redis://localhost", true, "localhost", 6379, 0, "", NULL},
        {"redis://localhost/", true, "localhost", 6379, 0, "", NULL},
        {"redis://10.0.0.1:1/15", true, "10.0.0.1", 1, 15, "", NULL},
        {"redis://[::1]:65535/2", true, "::1", 65535, 2, "", NULL},
        {"redis://[fe80::1]", true, "fe80::1", 6379, 0, "", NULL},
        {"redis://u:p@h:1", true, "h", 1, 0, "u", "p"},
        {"redis://:p@h:1", true, "h", 1, 0, "", "p"},
        {"redis://u:@h", true, "h", 6379, 0, "u", ""},
        {"redis://a%40b:p%3a%2F%00%25@h", true, "h", 6379, 0, "a@b", "p:/"}, /* up to the NUL */
        {"redis://u:a:b@c@h:1", true, "h", 1, 0, "u", "a:b@c"},
        {"redis://u:p+q@h", true, "h", 6379, 0, "u", "p+q"},
        {"", false, "", 0, 0, "", NULL},
        {"localhost:6379", false, "", 0, 0, "", NULL},
        {"http://localhost", false, "", 0, 0, "", NULL},
        {"rediss://localhost", false, "", 0, 0, "", NULL},
        {"redis://", false, "", 0, 0, "", NULL},
        {"redis://:6379", false, "", 0, 0, "", NULL},
        {"redis://u@h", false, "", 0, 0, "", NULL},
        {"redis://u:p@", false, "", 0, 0, "", NULL},
        {"redis://u:%4@h", false, "", 0, 0, "", NULL},
        {"redis://h:0", false, "", 0, 0, "", NULL},
        {"redis://h:65536", false, "", 0, 0, "", NULL},
        {"redis://h:", false, "", 0, 0, "", NULL},
        {"redis://h:6379x", false, "", 0, 0, "", NULL},
        {"redis://h h", false, "", 0, 0, "", NULL},
        {"redis://[::1", false, "", 0, 0, "", NULL},
        {"redis://[]", false, "", 0, 0, "", NULL},
        {"redis://[::1]6379", false, "", 0, 0, "", NULL},
        {"redis://::1", false, "", 0, 0, "", NULL},
        {"redis://h/x", false, "", 0, 0, "", NULL},
        {"redis://h/-1", false, "", 0, 0, "", NULL},
        {"redis://h/1000000", false, "", 0, 0, "", NULL},
        {"redis://h/0?x=y", false, "", 0, 0, "", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct redis_url url;
        const char *why = NULL;
        enum err err = redis_url_parse(slice_from_text(rows[i].text), &url, &why);
        ck_assert_msg(err == (rows[i].ok ? ERR_OK : ERR_INVALID), "%s", rows[i].text);
        ck_assert_msg(rows[i].ok == (why == NULL), "%s", rows[i].text);
        if (!rows[i].ok)
            continue;
        ck_assert_str_eq(url.host, rows[i].host);
        ck_assert_uint_eq(url.port, rows[i].port);
        ck_assert_uint_eq(url.database, rows[i].database);
        ck_assert_int_eq(url.has_password, rows[i].password != NULL);
        testkit_slice_eq(slice_of(url.user_at, url.user_bytes), rows[i].user);
        struct slice password = slice_of(url.password_at, url.password_bytes);
        if (rows[i].password != NULL)
            testkit_slice_eq(slice_head(password, slice_find(password, '\0')), rows[i].password);
    }
}
END_TEST

START_TEST(what_is_too_long_is_refused)
{
    static const char *const heads[] = {"redis://", "redis://u:", "redis://"};
    static const char *const tails[] = {"", "@h", ":p@h"};
    for (size_t i = 0; i < ARRAY_COUNT(heads); i++) {
        for (size_t bytes = 100; bytes <= 1000; bytes += 900) {
            char text[1100];
            struct redis_url url;
            const char *why = NULL;
            snprintf(text, sizeof(text), "%s%0*d%s", heads[i], (int)bytes, 0, tails[i]);
            ck_assert_int_eq(redis_url_parse(slice_from_text(text), &url, &why),
                             bytes == 100 ? ERR_OK : ERR_INVALID);
        }
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, urls_are_read_exactly_or_refused);
    tcase_add_test(tests, what_is_too_long_is_refused);
}

int main(void)
{
    return testkit_run("redis_url", fill);
}
