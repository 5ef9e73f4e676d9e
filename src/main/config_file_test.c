/* The configuration file's form: what is read, what is refused, with which line. */
#include "main/config_file.h"

#include "base/check.h"
#include "testkit/testkit.h"

#include "base/banned.h"

static char told[4096]; /* "line key=value;" and "line!;" */

static void take(void *user, unsigned line, const char *key, const char *value)
{
    size_t bytes = strlen(told);
    MAYBE(user);
    snprintf(told + bytes, sizeof(told) - bytes, "%u %s=%s;", line, key, value);
}

static void complain(void *user, unsigned line, const char *why)
{
    size_t bytes = strlen(told);
    MAYBE(user);
    ck_assert(*why != '\0');
    snprintf(told + bytes, sizeof(told) - bytes, "%u!;", line);
}

static const struct config_reader reader = {.take = take, .complain = complain};

static const char *parse(const char *text, size_t bytes)
{
    char *copy = malloc(bytes + 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, bytes);
    told[0] = '\0';
    config_file_parse(copy, bytes, &reader);
    free(copy);
    return told;
}

START_TEST(lines_are_read_as_they_are_meant)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", ""},
        {"\n\n", ""},
        {"a=1", "1 a=1;"},
        {"a = 1\nb=2\n", "1 a=1;2 b=2;"},
        {"a: 127.0.0.1:9324\n", "1 a=127.0.0.1:9324;"},
        {"a = redis://u:p@h:1/2?x=y\n", "1 a=redis://u:p@h:1/2?x=y;"},
        {"# a = 1\n ; b = 2\n\tc =  3 4 \t\r\n", "3 c=3 4;"},
        {"a = 1 # one\nb = 2 ; two\nc = 3#4;5\n", "1 a=1;2 b=2;3 c=3#4;5;"},
        {"\xef\xbb\xbf"
         "a = 1\r\n",
         "1 a=1;"},
        {"a = \"\n", "1 a=\";"},
        {"[section]\na = 1\n", "1!;2 a=1;"},
        {"word\na = 1\n= 2\n", "1!;2 a=1;3!;"},
        {"a =\nb = # nothing\n", "1!;2!;"},
        {"a = \"1\"\nb = '2'\n", "1!;2!;"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        ck_assert_str_eq(parse(rows[i].text, strlen(rows[i].text)), rows[i].want);
    ck_assert_str_eq(parse("a = 1\0\nb = 2", 12), "1!;2 b=2;");
}
END_TEST

START_TEST(long_lines_are_whole)
{
    char text[2048], want[2048];
    char value[1500];
    memset(value, 'v', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    int bytes = snprintf(text, sizeof(text), "a = %s\nb = 1\n", value);
    snprintf(want, sizeof(want), "1 a=%s;2 b=1;", value);
    ck_assert_str_eq(parse(text, (size_t)bytes), want);
}
END_TEST

START_TEST(what_is_no_file_is_told)
{
    told[0] = '\0';
    config_file_read("/", &reader);
    config_file_read("/nonexistent/leatd.conf", &reader);
    config_file_read("/dev/zero", &reader);
    config_file_read("/dev/null", &reader);
    ck_assert_str_eq(told, "0!;0!;0!;");
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, lines_are_read_as_they_are_meant);
    tcase_add_test(tests, long_lines_are_whole);
    tcase_add_test(tests, what_is_no_file_is_told);
}

int main(void)
{
    return testkit_run("config_file", fill);
}
