/* The embedded store on a disk that is full or fails: SQLite's own file layer with writes and syncs that fail when told
 * so. */
#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "metadata/store_contract_test.h"
#include "testkit/directory.h"
#include "testkit/testkit.h"

#include "base/banned.h"

static char directory[DIRECTORY_PATH_BYTES];

/* A failing kind of call: the one that brings `countdown` to 0 answers `code`, and so do all after it when is_lasting. */
struct fault {
    int countdown; /* 0: none */
    bool is_lasting;
    int code;
};

static struct fault write_fault;
static struct fault sync_fault;
static struct fault shared_fault; /* of the journal's index */

/* SQLite's tables of methods, one for files with locks and one for files without, and ours for each. */
enum { TABLES = 2 };
static const sqlite3_io_methods *real_tables[TABLES];
static sqlite3_io_methods faulty_tables[TABLES];
static sqlite3_vfs *real_vfs;
static sqlite3_vfs faulty_vfs;

static bool strikes(struct fault *fault)
{
    if (fault->countdown == 0)
        return false;
    if (fault->countdown > 1) {
        fault->countdown--;
        return false;
    }
    if (!fault->is_lasting)
        fault->countdown = 0;
    return true;
}

static int faulty_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at)
{
    return strikes(&write_fault) ? write_fault.code
                                 : real_tables[0]->xWrite(file, bytes, count, at);
}

static int faulty_shared(sqlite3_file *file, int region, int bytes, int extends,
                         void volatile **ret)
{
    if (extends != 0 && strikes(&shared_fault))
        return shared_fault.code;
    return real_tables[0]->xShmMap(file, region, bytes, extends, ret);
}

static int faulty_sync(sqlite3_file *file, int flags)
{
    return strikes(&sync_fault) ? sync_fault.code : real_tables[0]->xSync(file, flags);
}

/* The real file, but with two of its methods exchanged. */
static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                       int *ret_flags)
{
    MAYBE(vfs != NULL);
    int code = real_vfs->xOpen(real_vfs, name, file, flags, ret_flags);
    if (file->pMethods == NULL)
        return code;
    int table = 0;
    while (table < TABLES && real_tables[table] != NULL && real_tables[table] != file->pMethods)
        table++;
    ck_assert_int_lt(table, TABLES);
    real_tables[table] = file->pMethods;
    ck_assert(real_tables[table]->xWrite == real_tables[0]->xWrite);
    ck_assert(real_tables[table]->xSync == real_tables[0]->xSync);
    faulty_tables[table] = *file->pMethods;
    faulty_tables[table].xWrite = faulty_write;
    faulty_tables[table].xSync = faulty_sync;
    if (file->pMethods->xShmMap != NULL && file->pMethods->xShmMap == real_tables[0]->xShmMap)
        faulty_tables[table].xShmMap = faulty_shared;
    file->pMethods = &faulty_tables[table];
    return code;
}

static void start(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    faulty_vfs = *real_vfs;
    faulty_vfs.zName = "faulty";
    faulty_vfs.xOpen = faulty_open;
    ck_assert_int_eq(sqlite3_vfs_register(&faulty_vfs, 1), SQLITE_OK);
    write_fault = sync_fault = shared_fault = (struct fault){0};
    testkit_directory_make(directory);
}

static void stop(void)
{
    testkit_directory_remove(directory);
    sqlite3_vfs_unregister(&faulty_vfs);
}

static struct store *open_here(void)
{
    struct store *store = NULL;
    const char *why = "";
    enum err err = store_open_sqlite(directory, &store, &why);
    ck_assert_msg(err == ERR_OK, "%s: %s", err_name(err), why);
    return store;
}

START_TEST(a_full_disk_refuses_changes_whole_and_is_forgiven)
{
    struct store *store = open_here();
    struct store_change changes[2] = {
        contract_change(STORE_QUEUE, SLICE("q"), 1, 2, SLICE("new")),
        contract_change(STORE_TASK, SLICE("t"), 0, 1, SLICE("new")),
    };
    ck_assert_int_eq(contract_put(store, STORE_QUEUE, SLICE("q"), 0, 1, SLICE("old")), ERR_OK);
    write_fault = (struct fault){.countdown = 1, .is_lasting = true, .code = SQLITE_FULL};
    ck_assert_int_eq(contract_commit(store, changes, 2), ERR_FULL);
    ck_assert_int_eq(contract_commit(store, changes, 2), ERR_FULL);
    ck_assert(store->operations->is_available(store));
    contract_expect(store, STORE_QUEUE, SLICE("q"), 1, SLICE("old"));
    contract_expect(store, STORE_TASK, SLICE("t"), 0, SLICE_NONE);
    write_fault.countdown = 0;
    ck_assert_int_eq(contract_commit(store, changes, 2), ERR_OK);
    store_close(store);
    store = open_here();
    contract_expect(store, STORE_QUEUE, SLICE("q"), 2, SLICE("new"));
    store_close(store);
}
END_TEST

/* The index of the journal is a file that each start makes anew. */
START_TEST(a_start_without_room_for_the_shared_index_goes_well)
{
    static const int codes[] = {SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_SHMMAP, SQLITE_IOERR_SHMOPEN};
    struct store *store = open_here();
    ck_assert_int_eq(contract_put(store, STORE_QUEUE, SLICE("q"), 0, 1, SLICE("old")), ERR_OK);
    store_close(store);
    shared_fault = (struct fault){.countdown = 1, .is_lasting = true, .code = codes[_i]};
    store = open_here();
    contract_expect(store, STORE_QUEUE, SLICE("q"), 1, SLICE("old"));
    ck_assert_int_eq(contract_put(store, STORE_QUEUE, SLICE("q"), 1, 2, SLICE("new")), ERR_OK);
    store_close(store);
    shared_fault.countdown = 0;
    store = open_here();
    contract_expect(store, STORE_QUEUE, SLICE("q"), 2, SLICE("new"));
    store_close(store);
}
END_TEST

START_TEST(a_failed_write_changes_nothing)
{
    struct store *store = open_here();
    ck_assert_int_eq(contract_put(store, STORE_QUEUE, SLICE("q"), 0, 1, SLICE("old")), ERR_OK);
    write_fault = (struct fault){.countdown = 1, .code = SQLITE_IOERR_WRITE};
    ck_assert_int_eq(contract_put(store, STORE_QUEUE, SLICE("q"), 1, 2, SLICE("new")),
                     ERR_UNAVAILABLE);
    contract_expect(store, STORE_QUEUE, SLICE("q"), 1, SLICE("old"));
    ck_assert_int_eq(contract_put(store, STORE_QUEUE, SLICE("q"), 1, 3, SLICE("new")), ERR_OK);
    store_close(store);
}
END_TEST

START_TEST(a_failed_sync_is_final_until_opened_again)
{
    struct store *store = open_here();
    ck_assert_int_eq(contract_put(store, STORE_QUEUE, SLICE("q"), 0, 1, SLICE("old")), ERR_OK);
    sync_fault = (struct fault){.countdown = 1, .code = SQLITE_IOERR_FSYNC};
    ck_assert_int_eq(contract_put(store, STORE_QUEUE, SLICE("q"), 1, 2, SLICE("new")),
                     ERR_UNAVAILABLE);
    ck_assert_int_eq(sync_fault.countdown, 0);
    ck_assert(!store->operations->is_available(store));
    ck_assert_int_eq(contract_put(store, STORE_QUEUE, SLICE("q"), 1, 2, SLICE("new")),
                     ERR_UNAVAILABLE);
    struct outcome found = {0}, loaded = {0};
    store->operations->find(store, STORE_QUEUE, SLICE("q"), outcome_each, outcome_done, &found);
    store->operations->load(store, STORE_QUEUE, outcome_each, outcome_done, &loaded);
    ck_assert_int_eq(found.err, ERR_UNAVAILABLE);
    ck_assert_int_eq(loaded.err, ERR_UNAVAILABLE);
    store_close(store);
    store = open_here();
    ck_assert_uint_eq(contract_count(store, STORE_QUEUE),
                      1); /* the old or the new: the outcome is unknown */
    store_close(store);
}
END_TEST

/* Opens a new store with the n-th write or sync failing. True: nothing failed any more. */
static bool open_with(struct fault *fault, int n, int code)
{
    struct store *store = NULL;
    const char *why = NULL;
    *fault = (struct fault){.countdown = n, .code = code};
    enum err err = store_open_sqlite(directory, &store, &why);
    bool has_struck = fault->countdown == 0;
    fault->countdown = 0;
    ck_assert((err == ERR_OK) == (store != NULL));
    ck_assert(err == ERR_OK || (has_struck && why != NULL));
    store_close(store);
    store = open_here(); /* whatever was left behind, it can be opened now */
    ck_assert_int_eq(contract_put(store, STORE_QUEUE, SLICE("q"), 0, 1, SLICE("x")), ERR_OK);
    store_close(store);
    return !has_struck;
}

START_TEST(making_the_file_may_fail_anywhere)
{
    static const struct {
        struct fault *fault;
        int code;
    } rows[] = {
        {&write_fault, SQLITE_FULL},
        {&write_fault, SQLITE_IOERR_WRITE},
        {&sync_fault, SQLITE_IOERR_FSYNC},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        int n = 1;
        while (!open_with(rows[i].fault, n, rows[i].code)) {
            testkit_directory_remove(directory);
            testkit_directory_make(directory);
            n++;
        }
        ck_assert_int_gt(n, 2);
        testkit_directory_remove(directory);
        testkit_directory_make(directory);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, a_full_disk_refuses_changes_whole_and_is_forgiven);
    tcase_add_loop_test(tests, a_start_without_room_for_the_shared_index_goes_well, 0, 3);
    tcase_add_test(tests, a_failed_write_changes_nothing);
    tcase_add_test(tests, a_failed_sync_is_final_until_opened_again);
    tcase_add_test(tests, making_the_file_may_fail_anywhere);
}

int main(void)
{
    return testkit_run("sqlite_fault", fill);
}
