#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "metadata/store_contract_test.h"
#include "testkit/directory.h"
#include "testkit/testkit.h"

#include "base/banned.h"

static char directory[DIRECTORY_PATH_BYTES];

static void start(void)
{
    testkit_directory_make(directory);
}

static void stop(void)
{
    testkit_directory_remove(directory);
}

static struct store *open_here(struct loop *loop)
{
    struct store *store = NULL;
    const char *why = "";
    MAYBE(loop == NULL);
    enum err err = store_open_sqlite(directory, &store, &why);
    ck_assert_msg(err == ERR_OK, "%s: %s", err_name(err), why);
    ck_assert(store->operations->is_available(store));
    return store;
}

static void expect_refused(const char *path, enum err err, const char *reason)
{
    struct store *store = NULL;
    const char *why = "";
    enum err got = store_open_sqlite(path, &store, &why);
    ck_assert_str_eq(err_name(got), err_name(err));
    ck_assert_str_eq(why, reason);
    ck_assert_ptr_null(store);
}

static void path_of(const char *name, char ret_path[PATH_MAX])
{
    snprintf(ret_path, PATH_MAX, "%s/%s", directory, name);
}

/* What another program would see: runs SQL on the closed file; rows as text, "a|b\n" each. */
static int add_row(void *context, int columns, char **values, char **names)
{
    char **text = context;
    (void)names;
    for (int i = 0; i < columns; i++) {
        char *longer = NULL;
        ck_assert_int_ge(asprintf(&longer, "%s%s%s", *text, values[i] != NULL ? values[i] : "NULL",
                                  i + 1 < columns ? "|" : "\n"),
                         0);
        free(*text);
        *text = longer;
    }
    return 0;
}

static char *run_sql(const char *sql)
{
    sqlite3 *db = NULL;
    char path[PATH_MAX];
    char *text = calloc(1, 1);
    path_of("metadata.db", path);
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    int code = sqlite3_exec(db, sql, add_row, &text, NULL);
    ck_assert_msg(code == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
    return text;
}

static void run_quietly(const char *sql)
{
    free(run_sql(sql));
}

START_TEST(the_file_is_as_keys_md_says)
{
    struct store *store = open_here(NULL);
    contract_write_golden(store);
    store_close(store);
    char *text =
        run_sql("PRAGMA application_id; PRAGMA user_version; PRAGMA journal_mode;"
                "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL;"
                "SELECT typeof(kind), kind, typeof(key), hex(key), typeof(version), version,"
                " typeof(document), hex(document) FROM document ORDER BY kind, key");
    ck_assert_str_eq(
        text,
        "1818583412\n1\nwal\n"
        "CREATE TABLE document (kind TEXT NOT NULL, key BLOB NOT NULL, version INTEGER NOT NULL,"
        " document BLOB NOT NULL, PRIMARY KEY (kind, key))\n"
        "text|deleted|blob|3030303030303030303030302F676F6E65|integer|3|blob|7B226174223A357D\n"
        "text|dropped|blob|35|integer|1|blob|7B226964223A357D\n"
        "text|queue|blob|3030303030303030303030302F6F7264657273|integer|7|blob|7B2261223A327D\n"
        "text|setting|blob|726563656970742D6B6579|integer|1|blob|FF2030\n"
        "text|task|blob|38663363|integer|9223372036854775807|blob|\n");
    free(text);
}
END_TEST

START_TEST(a_file_made_by_hand_after_keys_md_is_read)
{
    run_quietly(
        "CREATE TABLE document (kind TEXT NOT NULL, key BLOB NOT NULL, version INTEGER NOT NULL,"
        " document BLOB NOT NULL, PRIMARY KEY (kind, key));"
        "PRAGMA application_id = 0x6c656174; PRAGMA user_version = 1;"
        "INSERT INTO document VALUES ('queue', x'61', 5, x'7b7d');");
    struct store *store = open_here(NULL);
    contract_expect(store, STORE_QUEUE, SLICE("a"), 5, SLICE("{}"));
    store_close(store);
}
END_TEST

/* On a full disk queues can still be deleted. */
START_TEST(the_journal_has_its_room_from_the_beginning)
{
    char path[PATH_MAX];
    struct stat facts;
    for (unsigned i = 0; i < 2; i++) {
        struct store *store = open_here(NULL);
        path_of("metadata.db-wal", path);
        ck_assert_int_eq(stat(path, &facts), 0);
        ck_assert_int_eq(facts.st_size, 1 << 20);
        ck_assert_int_ge(facts.st_blocks * 512, 1 << 20);
        ck_assert_int_eq(contract_put(store, STORE_SETTING, SLICE("k"), i, i + 1, SLICE("v")),
                         ERR_OK);
        store_close(store);
    }
}
END_TEST

START_TEST(only_the_owner_may_read_the_files)
{
    static const char *const names[] = {"metadata.db", "metadata.db-wal", "metadata.lock"};
    struct store *store = open_here(NULL);
    ck_assert_int_eq(contract_put(store, STORE_SETTING, SLICE("k"), 0, 1, SLICE("secret")), ERR_OK);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        char path[PATH_MAX];
        struct stat facts;
        path_of(names[i], path);
        ck_assert_int_eq(stat(path, &facts), 0);
        ck_assert_uint_eq(facts.st_mode & 0777, 0600);
    }
    store_close(store);
}
END_TEST

START_TEST(foreign_newer_and_broken_files_are_refused)
{
    static const struct {
        const char *sql;
        const char *why;
    } rows[] = {
        {"CREATE TABLE other (a)", "metadata.db belongs to another program"},
        {"PRAGMA application_id = 1", "metadata.db belongs to another program"},
        {"PRAGMA user_version = 1", "metadata.db belongs to another program"},
        {"PRAGMA application_id = 0x6c656174; PRAGMA user_version = 2",
         "metadata.db was written by a newer version of leat"},
        {"PRAGMA application_id = 0x6c656174; PRAGMA user_version = 0",
         "metadata.db is of a format that never was"},
        {"PRAGMA application_id = 0x6c656174; PRAGMA user_version = 1",
         "metadata.db lacks its table"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char path[PATH_MAX];
        path_of("metadata.db", path);
        unlink(path);
        run_quietly(rows[i].sql);
        expect_refused(directory, ERR_CORRUPT, rows[i].why);
    }
}
END_TEST

/* Overwrites the bytes from `from` on with 0x55. */
static void damage(off_t from, size_t bytes)
{
    char path[PATH_MAX];
    uint8_t noise[4096];
    memset(noise, 0x55, sizeof(noise));
    path_of("metadata.db", path);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    ck_assert_int_ge(fd, 0);
    for (size_t at = 0; at < bytes; at += sizeof(noise))
        ck_assert_int_eq(pwrite(fd, noise, sizeof(noise), from + (off_t)at), sizeof(noise));
    close(fd);
}

START_TEST(damaged_files_are_refused)
{
    static const char why[] = "metadata.db is damaged or is no SQLite database";
    damage(0, 8192);
    expect_refused(directory, ERR_CORRUPT, why);
    char path[PATH_MAX];
    path_of("metadata.db", path);
    unlink(path);
    struct store *store = open_here(NULL);
    for (unsigned n = 0; n < 100; n++) {
        char key[16];
        snprintf(key, sizeof(key), "%u", n);
        ck_assert_int_eq(
            contract_put(store, STORE_QUEUE, slice_from_text(key), 0, 1, SLICE("document")),
            ERR_OK);
    }
    store_close(store);
    damage(4096, 8192); /* the header stays, the table is noise */
    expect_refused(directory, ERR_CORRUPT, why);
}
END_TEST

START_TEST(a_document_without_a_version_is_reported)
{
    struct store *store = open_here(NULL);
    store_close(store);
    run_quietly("INSERT INTO document VALUES ('queue', x'61', 'x', x'7b7d');");
    store = open_here(NULL);
    struct outcome found = {0}, loaded = {0};
    store->operations->find(store, STORE_QUEUE, SLICE("a"), outcome_each, outcome_done, &found);
    store->operations->load(store, STORE_QUEUE, outcome_each, outcome_done, &loaded);
    ck_assert_int_eq(found.err, ERR_CORRUPT);
    ck_assert_int_eq(loaded.err, ERR_CORRUPT);
    store_close(store);
}
END_TEST

START_TEST(a_second_opener_is_refused_until_the_first_has_closed)
{
    static const char why[] = "another process is using the data directory";
    struct store *store = open_here(NULL);
    expect_refused(directory, ERR_UNAVAILABLE, why);
    int answer[2];
    char is_refused = 0;
    ck_assert_int_eq(pipe(answer), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct store *second = NULL;
        const char *reason = "";
        enum err err = store_open_sqlite(directory, &second, &reason);
        is_refused = err == ERR_UNAVAILABLE && strcmp(reason, why) == 0;
        ck_assert_int_eq(write(answer[1], &is_refused, 1), 1);
        raise(SIGKILL); /* what it inherited is not its own to free: no leak check */
    }
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_eq(read(answer[0], &is_refused, 1), 1);
    ck_assert_int_eq(is_refused, 1);
    close(answer[0]);
    close(answer[1]);
    store_close(store);
    store_close(open_here(NULL));
}
END_TEST

START_TEST(directories_that_cannot_be_used_are_refused)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s/absent", directory);
    expect_refused(path, ERR_IO, "the data directory does not exist");
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    expect_refused(path, ERR_INVALID, "the data directory's name is too long");
    ck_assert_int_eq(chmod(directory, 0500), 0);
    if (geteuid() == 0) /* whom modes do not stop */
        ck_assert_int_eq(chown(directory, 65534, 65534) | setegid(65534) | seteuid(65534), 0);
    expect_refused(directory, ERR_IO, "the data directory cannot be written to");
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0) | setegid(0), 0);
    ck_assert_int_eq(chmod(directory, 0700), 0);
}
END_TEST

START_TEST(a_reader_beside_the_server_sees_what_was_committed)
{
    struct store *store = open_here(NULL);
    ck_assert_int_eq(contract_put(store, STORE_TASK, SLICE("t"), 0, 3, SLICE("x")), ERR_OK);
    char *text = run_sql("SELECT version FROM document");
    ck_assert_str_eq(text, "3\n");
    free(text);
    ck_assert_int_eq(contract_put(store, STORE_TASK, SLICE("t"), 3, 4, SLICE("y")), ERR_OK);
    store_close(store);
}
END_TEST

START_TEST(a_foreign_write_lock_makes_commits_fail_for_a_while)
{
    sqlite3 *db = NULL;
    char path[PATH_MAX];
    struct store *store = open_here(NULL);
    path_of("metadata.db", path);
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(contract_put(store, STORE_TASK, SLICE("t"), 0, 1, SLICE("x")),
                     ERR_UNAVAILABLE);
    contract_expect(store, STORE_TASK, SLICE("t"), 0, SLICE_NONE);
    sqlite3_close(db);
    ck_assert_int_eq(contract_put(store, STORE_TASK, SLICE("t"), 0, 1, SLICE("x")), ERR_OK);
    store_close(store);
}
END_TEST

static const struct contract_backend sqlite_backend = {start, stop, open_here};

static void fill_contract(TCase *tests)
{
    contract_fill(tests, &sqlite_backend);
}

static void fill_own(TCase *tests)
{
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, the_file_is_as_keys_md_says);
    tcase_add_test(tests, a_file_made_by_hand_after_keys_md_is_read);
    tcase_add_test(tests, the_journal_has_its_room_from_the_beginning);
    tcase_add_test(tests, only_the_owner_may_read_the_files);
    tcase_add_test(tests, foreign_newer_and_broken_files_are_refused);
    tcase_add_test(tests, damaged_files_are_refused);
    tcase_add_test(tests, a_document_without_a_version_is_reported);
    tcase_add_test(tests, a_second_opener_is_refused_until_the_first_has_closed);
    tcase_add_test(tests, directories_that_cannot_be_used_are_refused);
    tcase_add_test(tests, a_reader_beside_the_server_sees_what_was_committed);
    tcase_add_test(tests, a_foreign_write_lock_makes_commits_fail_for_a_while);
}

int main(void)
{
    int failed = testkit_run("sqlite contract", fill_contract);
    return testkit_run("sqlite", fill_own) | failed;
}
