#include "auth/credentials.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testkit/testkit.h"

#include "base/banned.h"

static const struct auth_credentials_options options = {{(const uint8_t *)"000000000000", 12},
                                                        {(const uint8_t *)"aws", 3}};

static enum err parse(const char *text, struct arena *arena,
                      struct auth_credentials **ret_credentials, struct slice *ret_why)
{
    return auth_credentials_parse(slice_from_text(text), "keys", &options, arena, ret_credentials,
                                  ret_why);
}

START_TEST(every_member_is_read)
{
    struct arena arena;
    struct auth_credentials *credentials = NULL;
    struct slice why = SLICE_NONE;
    arena_init(&arena);
    enum err err = parse("# operator's file\n"
                         "[default]\r\n"
                         "aws_access_key_id=AKID1\r\n"
                         "aws_secret_access_key = se/cr+et== \r\n"
                         "region = eu-west-1\n"
                         "\n"
                         "[ann]\n"
                         "aws_access_key_id = AKID2\n"
                         "aws_secret_access_key = s2\n"
                         "aws_session_token = token=2\n"
                         "account_id = 123456789012\n"
                         "user_name = ann@example.org\n",
                         &arena, &credentials, &why);
    ck_assert_msg(err == ERR_OK, "%.*s", SLICE_PRINT(why));
    ck_assert_uint_eq(auth_credentials_count(credentials), 2);
    const struct auth_key *key = credentials_find(credentials, SLICE("AKID1"));
    ck_assert_ptr_nonnull(key);
    testkit_slice_eq(key->secret, "se/cr+et==");
    ck_assert_ptr_null(key->token.at);
    testkit_slice_eq(key->identity.account, "000000000000");
    testkit_slice_eq(key->identity.user_id, "000000000000");
    testkit_slice_eq(key->identity.principal_arn, "arn:aws:iam::000000000000:root");
    key = credentials_find(credentials, SLICE("AKID2"));
    ck_assert_ptr_nonnull(key);
    testkit_slice_eq(key->token, "token=2");
    testkit_slice_eq(key->identity.access_key, "AKID2");
    testkit_slice_eq(key->identity.account, "123456789012");
    testkit_slice_eq(key->identity.user_name, "ann@example.org");
    testkit_slice_eq(key->identity.principal_arn, "arn:aws:iam::123456789012:user/ann@example.org");
    testkit_slice_eq(key->identity.user_id,
                     "AIDAZDO7VBPKU4Y6Q35HZ"); /* for ever the same: it is in messages */
    ck_assert_ptr_null(credentials_find(credentials, SLICE("AKID")));
    ck_assert_ptr_null(credentials_find(credentials, SLICE("")));
    ck_assert_ptr_null(credentials_find(NULL, SLICE("AKID1")));
    auth_credentials_destroy(credentials);
    arena_done(&arena);
}
END_TEST

#define PAIR "aws_access_key_id = A\naws_secret_access_key = s\n"
#define LONG \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

START_TEST(faults_are_named_with_their_line)
{
    static const struct {
        const char *text, *why; /* why == NULL: fine */
    } rows[] = {
        {"", NULL},
        {"# nothing\n", NULL},
        {"[a]\n", NULL},
        {"[a]\n" PAIR, NULL},
        {"[a]\n" PAIR "region = x\noutput = json\n", NULL},
        {"[a]\n" PAIR "[b]\naws_access_key_id = A\naws_secret_access_key = t\n",
         "keys:5: another section has the same aws_access_key_id"},
        {"[a]\n" PAIR "[a]\naws_access_key_id = B\n", "keys:5: the section says this twice"},
        {"[a]\naws_access_key_id = A\n\n[b]\n" PAIR,
         "keys:2: this section lacks aws_secret_access_key"},
        {"[a]\naws_secret_access_key = A\n", "keys:2: this section lacks aws_access_key_id"},
        {"[a]\nregion = x\n", "keys:2: this section lacks aws_access_key_id"},
        {PAIR, "keys:1: there is no [section] before this line"},
        {"[a]\n" PAIR "aws_sesion_token = t\n", "keys:4: a section has no such name"},
        {"[a]\n" PAIR "aws_session_token =\n", "keys:4: this name has no value"},
        {"[a]\n" PAIR "nonsense\n", "keys:4: this line is neither a [section] nor name = value"},
        {"[a\n" PAIR, "keys:1: this line is neither a [section] nor name = value"},
        {"[a]\n" PAIR "account_id = 12345678901\n", "keys:4: an account id has 12 digits"},
        {"[a]\n" PAIR "account_id = 12345678901x\n", "keys:4: an account id has 12 digits"},
        {"[a]\n" PAIR "account_id = 123456789012\naws_account_id = 123456789012\n",
         "keys:5: the section says this twice"},
        {"[a]\n" PAIR "user_name = a b\n",
         "keys:4: a user name has at most 64 letters, digits and characters of _+=,.@-"},
        {"[a]\naws_access_key_id = A/B\n",
         "keys:2: an access key id has at most 128 letters, digits, '_', '-' and '.'"},
        {"[a]\n" PAIR "aws_session_token = " LONG LONG "\n", NULL},
        {"[a] x\n" PAIR, "keys:1: this line is neither a [section] nor name = value"},
        {"  [a]  ; comment\r\n ; another\n\t# third\n" PAIR "[b]", NULL},
        {"\xef\xbb\xbf[a]\n" PAIR, NULL},
        {"[a]\n  aws_access_key_id: A\n  aws_secret_access_key = s ; comment", NULL},
        {"[a]\n" PAIR "aws_session_token = ; comment\n", "keys:4: this name has no value"},
        {"[a]\n" PAIR "= x\n", "keys:4: a section has no such name"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena arena;
        struct auth_credentials *credentials = NULL;
        struct slice why = SLICE_NONE;
        arena_init(&arena);
        enum err err = parse(rows[i].text, &arena, &credentials, &why);
        ck_assert_msg((err == ERR_OK) == (rows[i].why == NULL), "row %zu: %.*s", i,
                      SLICE_PRINT(why));
        if (err != ERR_OK) {
            ck_assert_ptr_null(credentials);
            testkit_slice_eq(why, rows[i].why);
        }
        auth_credentials_destroy(credentials);
        arena_done(&arena);
    }
}
END_TEST

START_TEST(a_nul_byte_is_refused)
{
    static const char text[] = "[a]\n" PAIR "# \0 hidden\n";
    struct arena arena;
    struct auth_credentials *credentials = NULL;
    struct slice why = SLICE_NONE;
    arena_init(&arena);
    ck_assert_int_eq(auth_credentials_parse(slice_of(text, sizeof(text) - 1), "keys", &options,
                                            &arena, &credentials, &why),
                     ERR_INVALID);
    testkit_slice_eq(why, "keys:4: there is a NUL byte in this line");
    arena_done(&arena);
}
END_TEST

/* Real session tokens have up to 1,500 bytes, and end in '='. */
START_TEST(long_lines_are_read_whole)
{
    struct arena arena;
    struct auth_credentials *credentials = NULL;
    struct slice why = SLICE_NONE;
    arena_init(&arena);
    for (size_t bytes = 350; bytes <= 16384; bytes += bytes < 16000 ? 3000 : 400) {
        static const char name[] = "aws_session_token = ";
        size_t token = bytes - (sizeof(name) - 1);
        char *text = arena_take(&arena, bytes + 200);
        size_t head = (size_t)snprintf(text, 200, "[a]\n" PAIR "%s", name);
        memset(text + head, '=', token);
        text[head + token] = '\0';
        ck_assert_int_eq(parse(text, &arena, &credentials, &why), ERR_OK);
        ck_assert_uint_eq(credentials_find(credentials, SLICE("A"))->token.bytes, token);
        auth_credentials_destroy(credentials);
    }
    char *text = arena_take(&arena, 20000);
    size_t head = (size_t)snprintf(text, 200, "[a]\n" PAIR);
    memset(text + head, 'x', 16385);
    text[head + 16385] = '\0';
    ck_assert_int_eq(parse(text, &arena, &credentials, &why), ERR_INVALID);
    testkit_slice_eq(why, "keys:4: this line is too long: 16384 bytes are the most");
    arena_done(&arena);
}
END_TEST

static enum err load_with(const char *text, unsigned mode, struct arena *arena,
                          struct slice *ret_why)
{
    char path[] = "/tmp/leat-credentials-XXXXXX";
    struct auth_credentials *credentials = NULL;
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
    enum err err = auth_credentials_load(path, &options, arena, &credentials, ret_why);
    auth_credentials_destroy(credentials);
    unlink(path);
    return err;
}

START_TEST(a_file_that_lets_nobody_or_everybody_in_is_refused)
{
    struct arena arena;
    struct slice why = SLICE_NONE;
    arena_init(&arena);
    ck_assert_int_eq(load_with("[a]\n" PAIR, 0600, &arena, &why), ERR_OK);
    ck_assert_int_eq(load_with("[a]\n" PAIR, 0644, &arena, &why), ERR_OK); /* warned about */
    ck_assert_int_eq(load_with("[a]\n" PAIR, 0666, &arena, &why), ERR_INVALID);
    ck_assert(slice_ends_with(why, SLICE(": everybody may write to it (mode 0666); chmod 600")));
    ck_assert_int_eq(load_with("# none\n", 0600, &arena, &why), ERR_INVALID);
    ck_assert(slice_ends_with(why, SLICE(": there is no key in it: nobody could sign a request")));
    arena_done(&arena);
}
END_TEST

START_TEST(many_keys_are_found_from_a_file)
{
    char path[] = "/tmp/leat-credentials-XXXXXX";
    struct arena arena;
    struct auth_credentials *credentials = NULL;
    struct slice why = SLICE_NONE;
    arena_init(&arena);
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    FILE *file = fdopen(fd, "w");
    for (int i = 0; i < 5000; i++)
        fprintf(file, "[k%d]\naws_access_key_id = AKID%d\naws_secret_access_key = s%d\n", i, i, i);
    fclose(file);
    enum err err = auth_credentials_load(path, &options, &arena, &credentials, &why);
    unlink(path);
    ck_assert_msg(err == ERR_OK, "%.*s", SLICE_PRINT(why));
    ck_assert_uint_eq(auth_credentials_count(credentials), 5000);
    for (int i = 0; i < 5000; i++) {
        const struct auth_key *key =
            credentials_find(credentials, arena_print(&arena, "AKID%d", i));
        ck_assert_ptr_nonnull(key);
        ck_assert(slice_equal(key->secret, arena_print(&arena, "s%d", i)));
        ck_assert_uint_eq(key->number, (unsigned)i);
    }
    auth_credentials_destroy(credentials);
    ck_assert_int_eq(auth_credentials_load(path, &options, &arena, &credentials, &why), ERR_IO);
    ck_assert(slice_ends_with(why, SLICE(": cannot be read: No such file or directory")));
    ck_assert_int_eq(auth_credentials_load("/", &options, &arena, &credentials, &why), ERR_IO);
    arena_done(&arena);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, every_member_is_read);
    tcase_add_test(tests, faults_are_named_with_their_line);
    tcase_add_test(tests, a_nul_byte_is_refused);
    tcase_add_test(tests, long_lines_are_read_whole);
    tcase_add_test(tests, a_file_that_lets_nobody_or_everybody_in_is_refused);
    tcase_add_test(tests, many_keys_are_found_from_a_file);
}

int main(void)
{
    return testkit_run("credentials", fill);
}
