/* The embedded store: SQLite, one file in the data directory. The format is described in KEYS.md.
 *
 * One process at a time: an exclusive lock on a file beside the database, held while the store is open. SQLite's own
 * locks would let two processes take turns, each believing its catalog's memory. Reading the file with other tools
 * while the server runs is fine; a tool that holds a write lock makes commits fail after BUSY_WAIT_MS.
 *
 * A failed sync is final, as it is for the log: what the kernel then still holds of the file is unknown, so the store
 * answers ERR_UNAVAILABLE until the process is started again and recovery has read the file from the disk. */
#include "metadata/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/logger.h"

#include "base/banned.h"

#define FILE_NAME               "metadata.db"
#define LOCK_NAME               "metadata.lock"
#define APPLICATION_ID          0x6c656174 /* "leat" */
#define BUSY_WAIT_MS            100
#define JOURNAL_PAGES           200
#define SHARED_INDEX_ROOM_BYTES (1u << 20)
#define JOURNAL_BYTES           1048576 /* of so many pages of 4 KiB, with some left over */
#define TEXT_OF(macro)          TEXT_OF_VALUE(macro)
#define TEXT_OF_VALUE(value)    #value

_Static_assert(BUSY_WAIT_MS < STORE_DEADLINE_MS, "a locked file must not break the deadline");

enum statement {
    BEGIN,
    COMMIT,
    ROLLBACK,
    INSERT,
    UPDATE,
    DELETE,
    FIND,
    LOAD,
    STATEMENTS_COUNT,
};

static const char *const statement_texts[STATEMENTS_COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [INSERT] = "INSERT INTO document (kind, key, version, document) VALUES (?1, ?2, ?3, ?4)"
               " ON CONFLICT DO NOTHING",
    [UPDATE] = "UPDATE document SET version = ?3, document = ?4"
               " WHERE kind = ?1 AND key = ?2 AND version = ?5",
    [DELETE] = "DELETE FROM document WHERE kind = ?1 AND key = ?2 AND version = ?3",
    [FIND] = "SELECT key, version, document FROM document WHERE kind = ?1 AND key = ?2",
    [LOAD] = "SELECT key, version, document FROM document WHERE kind = ?1",
};

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE document (kind TEXT NOT NULL, key BLOB NOT NULL, version INTEGER NOT NULL,"
    " document BLOB NOT NULL, PRIMARY KEY (kind, key));"
    "PRAGMA application_id = " TEXT_OF(APPLICATION_ID) ";"
                                                       "PRAGMA user_version = " TEXT_OF(
                                                           STORE_FORMAT) ";"
                                                                         "COMMIT;";

struct sqlite_store {
    struct store base;
    sqlite3 *db;
    int lock_fd;
    bool is_broken;
    bool is_reading; /* inside a callback of find or load */
    sqlite3_stmt *statements[STATEMENTS_COUNT];
};

static struct sqlite_store *sqlite_of(struct store *store);

/* What SQLite's answer means to our caller; one log line for each failure. */
static enum err to_err(struct sqlite_store *sqlite, int code, const char *doing)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return ERR_OK;
    case SQLITE_FULL:
        LOG_ERROR("metadata", "%s: no space left for %s", doing, FILE_NAME);
        return ERR_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        LOG_ERROR("metadata", "%s: %s is damaged: %s", doing, FILE_NAME,
                  sqlite3_errmsg(sqlite->db));
        return ERR_CORRUPT;
    default:
        LOG_ERROR("metadata", "%s: %s (%d, errno %d)", doing, sqlite3_errmsg(sqlite->db), code,
                  sqlite3_system_errno(sqlite->db));
        break;
    }
    if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) {
        LOG_ERROR("metadata", "the disk failed to keep %s: restart when it is sound again",
                  FILE_NAME);
        sqlite->is_broken = true;
    }
    return ERR_UNAVAILABLE;
}

/* Fails for lack of memory or for a value too big only: the step then fails too, and says so. */
static void bind_bytes(sqlite3_stmt *statement, int position, struct slice bytes)
{
    const void *at = bytes.bytes > 0 ? (const void *)bytes.at : "";
    sqlite3_bind_blob64(statement, position, at, bytes.bytes, SQLITE_STATIC);
}

static void bind_name(sqlite3_stmt *statement, enum store_kind kind, struct slice key)
{
    sqlite3_bind_text(statement, 1, store_kind_name(kind), -1, SQLITE_STATIC);
    bind_bytes(statement, 2, key);
}

/* Runs a statement that gives no rows. */
static enum err run(struct sqlite_store *sqlite, enum statement which)
{
    sqlite3_stmt *statement = sqlite->statements[which];
    int code = sqlite3_step(statement);
    enum err err = to_err(sqlite, code, statement_texts[which]);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return err;
}

static enum err expect_absent(struct sqlite_store *sqlite, const struct store_change *change)
{
    sqlite3_stmt *statement = sqlite->statements[FIND];
    bind_name(statement, change->kind, change->key);
    int code = sqlite3_step(statement);
    enum err err = to_err(sqlite, code, statement_texts[FIND]);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    if (err == ERR_OK && code == SQLITE_ROW)
        err = ERR_STALE;
    return err;
}

static enum err apply_change(struct sqlite_store *sqlite, const struct store_change *change)
{
    enum statement which = change->version_before == 0  ? INSERT
                           : change->version_after == 0 ? DELETE
                                                        : UPDATE;
    sqlite3_stmt *statement = sqlite->statements[which];
    if (change->version_before == 0 && change->version_after == 0)
        return expect_absent(sqlite, change);
    bind_name(statement, change->kind, change->key);
    if (which == DELETE) {
        sqlite3_bind_int64(statement, 3, (int64_t)change->version_before);
    } else {
        sqlite3_bind_int64(statement, 3, (int64_t)change->version_after);
        bind_bytes(statement, 4, change->document);
    }
    if (which == UPDATE)
        sqlite3_bind_int64(statement, 5, (int64_t)change->version_before);
    enum err err = run(sqlite, which);
    if (err == ERR_OK && sqlite3_changes(sqlite->db) != 1)
        err = ERR_STALE;
    return err;
}

static enum err commit_all(struct sqlite_store *sqlite, const struct store_change *changes,
                           unsigned changes_count)
{
    enum err err = run(sqlite, BEGIN);
    for (unsigned i = 0; i < changes_count && err == ERR_OK; i++)
        err = apply_change(sqlite, &changes[i]);
    if (err == ERR_OK)
        err = run(sqlite, COMMIT);
    /* Some failures have rolled back already. */
    if (!sqlite3_get_autocommit(sqlite->db) && run(sqlite, ROLLBACK) != ERR_OK)
        sqlite->is_broken = true;
    return err == ERR_CORRUPT ? ERR_UNAVAILABLE : err;
}

static void commit(struct store *store, const struct store_change *changes, unsigned changes_count,
                   store_done done, void *context)
{
    struct sqlite_store *sqlite = sqlite_of(store);
    store_changes_check(changes, changes_count);
    ASSERT(!sqlite->is_reading);
    enum err err = sqlite->is_broken ? ERR_UNAVAILABLE : commit_all(sqlite, changes, changes_count);
    done(context, err);
}

/* Hands the row that a statement stands on to `each`. */
static enum err give_row(struct sqlite_store *sqlite, sqlite3_stmt *statement, store_each each,
                         void *context)
{
    struct slice key =
        slice_of(sqlite3_column_blob(statement, 0), (size_t)sqlite3_column_bytes(statement, 0));
    struct slice document =
        slice_of(sqlite3_column_blob(statement, 2), (size_t)sqlite3_column_bytes(statement, 2));
    int64_t version = sqlite3_column_int64(statement, 1);
    if (sqlite3_column_type(statement, 1) != SQLITE_INTEGER || version < 1) {
        LOG_ERROR("metadata", "%s: \"%.*s\" has no valid version", FILE_NAME, SLICE_PRINT(key));
        return ERR_CORRUPT;
    }
    sqlite->is_reading = true;
    each(context, key, (uint64_t)version, document);
    sqlite->is_reading = false;
    return ERR_OK;
}

/* Gives the rows of FIND or LOAD and counts them. */
static enum err give_rows(struct sqlite_store *sqlite, enum statement which, store_each each,
                          void *context, uint64_t *ret_count)
{
    sqlite3_stmt *statement = sqlite->statements[which];
    enum err err = ERR_OK;
    uint64_t count = 0;
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW && err == ERR_OK; count++) {
        err = give_row(sqlite, statement, each, context);
        code = sqlite3_step(statement);
    }
    if (err == ERR_OK)
        err = to_err(sqlite, code, statement_texts[which]);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    *ret_count = count;
    return err;
}

static void find(struct store *store, enum store_kind kind, struct slice key, store_each each,
                 store_done done, void *context)
{
    struct sqlite_store *sqlite = sqlite_of(store);
    enum err err = ERR_UNAVAILABLE;
    uint64_t count = 0;
    ASSERT(!sqlite->is_reading);
    if (!sqlite->is_broken) {
        bind_name(sqlite->statements[FIND], kind, key);
        err = give_rows(sqlite, FIND, each, context, &count);
    }
    done(context, err == ERR_OK && count == 0 ? ERR_ABSENT : err);
}

static void load(struct store *store, enum store_kind kind, store_each each, store_done done,
                 void *context)
{
    struct sqlite_store *sqlite = sqlite_of(store);
    enum err err = ERR_UNAVAILABLE;
    uint64_t count = 0;
    ASSERT(!sqlite->is_reading);
    if (!sqlite->is_broken) {
        sqlite3_bind_text(sqlite->statements[LOAD], 1, store_kind_name(kind), -1, SQLITE_STATIC);
        err = give_rows(sqlite, LOAD, each, context, &count);
    }
    done(context, err);
}

static void watch(struct store *store, const struct store_watch *watch, void *context)
{
    MAYBE(store != NULL && watch != NULL && context != NULL); /* nobody else changes the file */
}

static uint64_t revision(const struct store *store)
{
    MAYBE(store != NULL);
    return 0;
}

static bool is_available(const struct store *store)
{
    return !((const struct sqlite_store *)store)->is_broken;
}

static void sqlite_close(struct store *store)
{
    struct sqlite_store *sqlite = (struct sqlite_store *)store;
    ASSERT(!sqlite->is_reading);
    for (unsigned i = 0; i < STATEMENTS_COUNT; i++)
        sqlite3_finalize(sqlite->statements[i]);
    if (sqlite->db != NULL) {
        int code = sqlite3_close(sqlite->db);
        ASSERT(code == SQLITE_OK);
    }
    if (sqlite->lock_fd >= 0)
        close(
            sqlite
                ->lock_fd); /* and so unlocks; the file stays, or two openers could lock two files */
    free(sqlite);
}

static const struct store_operations operations = {
    .commit = commit,
    .find = find,
    .load = load,
    .watch = watch,
    .revision = revision,
    .is_available = is_available,
    .close = sqlite_close,
};

static struct sqlite_store *sqlite_of(struct store *store)
{
    ASSERT(store->operations == &operations);
    return (struct sqlite_store *)store;
}

static enum err fail(enum err err, const char *why, const char **ret_why)
{
    *ret_why = why;
    return err;
}

static bool join_path(const char *directory, const char *name, char ret_path[PATH_MAX])
{
    int length = snprintf(ret_path, PATH_MAX, "%s/%s", directory, name);
    return length > 0 && length < PATH_MAX;
}

/* What creating or opening a file of ours for writing failed of. */
static enum err from_errno(const char **ret_why)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return fail(ERR_IO, "the data directory does not exist", ret_why);
    case EACCES:
    case EPERM:
    case EROFS:
        return fail(ERR_IO, "the data directory cannot be written to", ret_why);
    case ENOSPC:
    case EDQUOT:
        return fail(ERR_FULL, "no space left in the data directory", ret_why);
    default:
        LOG_ERROR("metadata", "opening a file of the data directory: %m");
        return fail(ERR_IO, "the files of the data directory cannot be opened", ret_why);
    }
}

/* The database holds secrets (the receipt key), so it is the owner's only; SQLite gives its other files the same mode. */
static enum err open_private(const char *directory, const char *name, char ret_path[PATH_MAX],
                             int *ret_fd, const char **ret_why)
{
    if (!join_path(directory, name, ret_path))
        return fail(ERR_INVALID, "the data directory's name is too long", ret_why);
    int fd = open(ret_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return from_errno(ret_why);
    *ret_fd = fd;
    return ERR_OK;
}

/* For whoever is refused after us. Not being able to leave it is harmless. */
static void leave_pid(int fd)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) == 0)
        MAYBE(pwrite(fd, text, (size_t)length, 0) != length);
}

static void tell_holder(const char *path, int fd)
{
    char text[32];
    ssize_t bytes = pread(fd, text, sizeof(text), 0);
    size_t digits = 0;
    while (bytes > 0 && digits < (size_t)bytes && text[digits] >= '0' && text[digits] <= '9')
        digits++;
    LOG_ERROR("metadata", "%s is held by process %.*s", path, digits > 0 ? (int)digits : 7,
              digits > 0 ? text : "unknown");
}

static enum err take_lock(struct sqlite_store *sqlite, const char *directory, const char **ret_why)
{
    char path[PATH_MAX];
    enum err err = open_private(directory, LOCK_NAME, path, &sqlite->lock_fd, ret_why);
    if (err != ERR_OK)
        return err;
    if (flock(sqlite->lock_fd, LOCK_EX | LOCK_NB) == 0) {
        leave_pid(sqlite->lock_fd);
        return ERR_OK;
    }
    if (errno == EWOULDBLOCK) {
        tell_holder(path, sqlite->lock_fd);
        return fail(ERR_UNAVAILABLE, "another process is using the data directory", ret_why);
    }
    return fail(ERR_IO, "the data directory cannot be locked", ret_why);
}

/* The reason that a failed step of opening gives. */
static enum err fail_open(struct sqlite_store *sqlite, int code, const char **ret_why)
{
    enum err err = to_err(sqlite, code, "opening");
    if (err == ERR_CORRUPT)
        return fail(err, FILE_NAME " is damaged or is no SQLite database", ret_why);
    if (err == ERR_FULL)
        return fail(err, "no space left in the data directory", ret_why);
    if ((code & 0xff) == SQLITE_BUSY)
        return fail(err, FILE_NAME " is locked by another program", ret_why);
    return fail(ERR_IO, FILE_NAME " cannot be read or written", ret_why);
}

/* The first column of the first row of a PRAGMA or SELECT, as a number. */
static int read_number(struct sqlite_store *sqlite, const char *text, int64_t *ret_number)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(sqlite->db, text, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *ret_number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? SQLITE_OK : code;
}

/* Creates the format in an empty file; refuses what is not ours. */
static enum err check_format(struct sqlite_store *sqlite, const char **ret_why)
{
    int64_t id = 0, format = 0, tables = 0;
    int code = read_number(sqlite, "PRAGMA application_id", &id);
    if (code == SQLITE_OK)
        code = read_number(sqlite, "PRAGMA user_version", &format);
    if (code == SQLITE_OK)
        code = read_number(sqlite, "SELECT count(*) FROM sqlite_schema", &tables);
    if (code == SQLITE_OK && id == 0 && format == 0 && tables == 0) {
        code = sqlite3_exec(sqlite->db, schema, NULL, NULL, NULL);
        id = APPLICATION_ID;
        format = STORE_FORMAT;
    }
    if (code != SQLITE_OK)
        return fail_open(sqlite, code, ret_why);
    if (id != APPLICATION_ID)
        return fail(ERR_CORRUPT, FILE_NAME " belongs to another program", ret_why);
    if (format > STORE_FORMAT)
        return fail(ERR_CORRUPT, FILE_NAME " was written by a newer version of leat", ret_why);
    if (format != STORE_FORMAT)
        return fail(ERR_CORRUPT, FILE_NAME " is of a format that never was", ret_why);
    return ERR_OK;
}

/* Every page is read at start anyway, to load the documents, so looking for damage costs little. */
static enum err check_damage(struct sqlite_store *sqlite, const char **ret_why)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(sqlite->db, "PRAGMA quick_check(1)", -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    const unsigned char *text = code == SQLITE_ROW ? sqlite3_column_text(statement, 0) : NULL;
    bool is_sound = text != NULL && strcmp((const char *)text, "ok") == 0;
    if (text != NULL && !is_sound)
        LOG_ERROR("metadata", "%s: %s", FILE_NAME, (const char *)text);
    sqlite3_finalize(statement);
    if (code != SQLITE_ROW)
        return fail_open(sqlite, code, ret_why);
    if (!is_sound)
        return fail(ERR_CORRUPT, FILE_NAME " is damaged or is no SQLite database", ret_why);
    return ERR_OK;
}

static int open_file(struct sqlite_store *sqlite, const char *path)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int code = sqlite3_open_v2(path, &sqlite->db, flags, NULL);
    return code == SQLITE_OK ? sqlite3_busy_timeout(sqlite->db, BUSY_WAIT_MS) : code;
}

/* Not even room for the index that processes share, with some left over. */
static bool is_nearly_full(const char *directory)
{
    struct statvfs disk;
    return statvfs(directory, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize < SHARED_INDEX_ROOM_BYTES;
}

static int open_alone(struct sqlite_store *sqlite, const char *path)
{
    LOG_WARNING("metadata", "no room for %s-shm: until the next start no other program can read %s",
                FILE_NAME, FILE_NAME);
    int code = open_file(sqlite, path);
    return code == SQLITE_OK
               ? sqlite3_exec(sqlite->db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL)
               : code;
}

/* The index of the journal lies in a file that other processes share (-shm), made anew at each start and mapped: on a full
 * disk making it fails, or touching it ends the process (SIGBUS). The index is kept in our memory then, at the price that
 * no other program can read the database meanwhile. */
static int open_where_there_is_room(struct sqlite_store *sqlite, const char *directory,
                                    const char *path)
{
    int64_t version = 0;
    if (is_nearly_full(directory))
        return open_alone(sqlite, path);
    int code = open_file(sqlite, path);
    if (code == SQLITE_OK)
        code = read_number(sqlite, "PRAGMA schema_version", &version); /* reads the journal */
    bool lacks_shared = code == SQLITE_IOERR_SHMSIZE || code == SQLITE_IOERR_SHMOPEN ||
                        code == SQLITE_IOERR_SHMMAP || (code & 0xff) == SQLITE_FULL ||
                        (code & 0xff) == SQLITE_CANTOPEN;
    if (!lacks_shared)
        return code == SQLITE_ROW ? SQLITE_OK : code;
    sqlite3_close(sqlite->db);
    sqlite->db = NULL;
    return open_alone(sqlite, path);
}

static enum err open_database(struct sqlite_store *sqlite, const char *directory,
                              const char **ret_why)
{
    char path[PATH_MAX];
    int fd = -1;
    enum err err = open_private(directory, FILE_NAME, path, &fd, ret_why);
    if (err != ERR_OK)
        return err;
    close(fd);
    int code = open_where_there_is_room(sqlite, directory, path);
    if (code != SQLITE_OK)
        return fail_open(sqlite, code, ret_why);
    err = check_format(sqlite, ret_why);
    if (err != ERR_OK)
        return err;
    return check_damage(sqlite, ret_why);
}

static enum err prepare(struct sqlite_store *sqlite, const char **ret_why)
{
    int code = sqlite3_exec(sqlite->db,
                            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                            "PRAGMA journal_size_limit = " TEXT_OF(
                                JOURNAL_BYTES) ";"
                                               "PRAGMA wal_autocheckpoint = " TEXT_OF(
                                                   JOURNAL_PAGES) ";"
                                                                  "PRAGMA trusted_schema = OFF;",
                            NULL, NULL, NULL);
    for (unsigned i = 0; i < STATEMENTS_COUNT && code == SQLITE_OK; i++)
        code = sqlite3_prepare_v3(sqlite->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                  &sqlite->statements[i], NULL);
    if ((code & 0xff) == SQLITE_ERROR)
        return fail(ERR_CORRUPT, FILE_NAME " lacks its table", ret_why);
    return code == SQLITE_OK ? ERR_OK : fail_open(sqlite, code, ret_why);
}

/* Room for the journal before the disk is full: a delete must not fail for want of it. SQLite writes from its beginning
 * again whenever JOURNAL_PAGES are in the database, and takes no notice of what lies behind. Zeros, because room that is
 * only set aside (fallocate) may take a block more when it is written. A new store has no journal yet: an empty one is
 * made. A disk that cannot do it or is full already takes
 * changes as long as it has room. */
static void keep_room(const char *directory)
{
    static const uint8_t zeros[65536];
    char path[PATH_MAX];
    struct stat file;
    if (!join_path(directory, FILE_NAME "-wal", path))
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return;
    ssize_t moved = fstat(fd, &file) == 0 ? 1 : 0;
    for (off_t at = file.st_size; moved > 0 && at < JOURNAL_BYTES; at += moved) {
        size_t left = (size_t)(JOURNAL_BYTES - at);
        moved = pwrite(fd, zeros, left < sizeof(zeros) ? left : sizeof(zeros), at);
    }
    close(fd);
}

enum err sqlite_open(const char *directory, struct store **ret_store, const char **ret_why)
{
    struct sqlite_store *sqlite = calloc(1, sizeof(*sqlite));
    ASSERT(sqlite != NULL);
    sqlite->base.operations = &operations;
    sqlite->lock_fd = -1;
    enum err err = take_lock(sqlite, directory, ret_why);
    if (err == ERR_OK)
        err = open_database(sqlite, directory, ret_why);
    if (err == ERR_OK)
        err = prepare(sqlite, ret_why);
    if (err == ERR_OK)
        keep_room(directory);
    if (err != ERR_OK) {
        sqlite_close(&sqlite->base);
        return err;
    }
    *ret_store = &sqlite->base;
    return ERR_OK;
}
