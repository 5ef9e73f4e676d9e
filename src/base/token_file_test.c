/* The token file: who may read it, what it may hold, how it is made. */
#include "base/token_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "testkit/testkit.h"

#include "base/banned.h"

static char directory[64], path[128];
static char token[TOKEN_BYTES_MAX + 1], again[TOKEN_BYTES_MAX + 1];

static void set_up(void)
{
    memcpy(directory, "/tmp/leat-token-XXXXXX", 23);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/t", directory);
}

static void tear_down(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(directory), 0); /* nothing else was left there */
}

static void put(const char *text)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

START_TEST(it_is_made_once_and_for_its_user_only)
{
    struct stat facts;
    mode_t before = umask(0);
    ck_assert_int_eq(token_file_read(path, token), ERR_ABSENT);
    ck_assert_int_eq(token_file_read_or_make(path, token), ERR_OK);
    umask(before);
    ck_assert_uint_eq(strlen(token), 64);
    ck_assert_int_eq(stat(path, &facts), 0);
    ck_assert_int_eq(facts.st_mode & 0777, 0600);
    ck_assert_int_eq(token_file_read_or_make(path, again), ERR_OK);
    ck_assert_str_eq(token, again);
    unlink(path);
    ck_assert_int_eq(token_file_read_or_make(path, again), ERR_OK);
    ck_assert_str_ne(token, again);
}
END_TEST

START_TEST(a_file_that_others_may_read_is_refused)
{
    static const mode_t modes[] = {0604, 0640, 0620, 0602, 0601};
    ck_assert_int_eq(token_file_read_or_make(path, token), ERR_OK);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        ck_assert_int_eq(chmod(path, modes[i]), 0);
        ck_assert_int_eq(token_file_read(path, token), ERR_STALE);
        ck_assert_int_eq(token_file_read_or_make(path, token), ERR_STALE);
    }
    ck_assert_int_eq(chmod(path, 0400), 0);
    ck_assert_int_eq(token_file_read(path, token), ERR_OK);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(token_file_read(path, token), ERR_STALE);
    ck_assert_int_eq(token_file_read_or_make(path, token), ERR_STALE);
}
END_TEST

START_TEST(a_word_of_an_operator_is_taken_when_it_is_long_enough)
{
    char text[200];
    put("an-operators-own-word-of-32-byte\n");
    ck_assert_int_eq(token_file_read(path, token), ERR_OK);
    ck_assert_str_eq(token, "an-operators-own-word-of-32-byte");
    put("31-bytes-are-not-quite-enough--\n");
    ck_assert_int_eq(token_file_read(path, token), ERR_INVALID);
    put("");
    ck_assert_int_eq(token_file_read_or_make(path, token), ERR_INVALID);
    put("a word with blanks is none, that is what\n");
    ck_assert_int_eq(token_file_read(path, token), ERR_INVALID);
    memset(text, 'x', sizeof(text));
    text[TOKEN_BYTES_MAX] = '\0';
    put(text);
    ck_assert_int_eq(token_file_read(path, token), ERR_OK);
    text[TOKEN_BYTES_MAX] = 'x';
    text[TOKEN_BYTES_MAX + 1] = '\0';
    put(text);
    ck_assert_int_eq(token_file_read(path, token), ERR_INVALID);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, it_is_made_once_and_for_its_user_only);
    tcase_add_test(tests, a_file_that_others_may_read_is_refused);
    tcase_add_test(tests, what_is_no_file_is_refused);
    tcase_add_test(tests, a_word_of_an_operator_is_taken_when_it_is_long_enough);
}

int main(void)
{
    return testkit_run("token_file", fill);
}
