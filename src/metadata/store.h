/* The metadata store: versioned documents by kind and key, changed only by atomic compare-and-set.
 *
 * What it keeps: queue definitions, tombstones of deleted queues, move tasks, server settings. A document is a run of
 * bytes (JSON written by the catalog); the store does not look into it. Two real implementations: SQLite (one file in
 * the data directory) and Redis. Formats: KEYS.md in this folder; golden bytes in the contract test.
 *
 * Thread: every call and every completion happens on the thread that runs the store's loop (the catalog's). A
 * completion may come before the call returns (SQLite) or later (Redis); it comes exactly once, and for every call
 * within STORE_DEADLINE_MS: ERR_UNAVAILABLE when the store did not answer by then (the outcome of a commit is then
 * unknown), at once when the store is known to be away. Keys and documents are read during the call only.
 * A `done` may make further calls; an `each` may not. Neither may close the store. */
#ifndef LEAT_METADATA_STORE_H
#define LEAT_METADATA_STORE_H

#include "base/check.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/slice.h"

#define STORE_DEADLINE_MS 250
#define STORE_CHANGES_MAX 8u

enum store_kind {
    STORE_QUEUE,   /* key: "<account>/<name>" */
    STORE_DELETED, /* tombstone of a deleted queue, same key: blocks re-creation for 60 s */
    STORE_TASK,    /* move task; key: its UUID */
    STORE_SETTING, /* key: a name, e.g. "receipt-key" */
    STORE_DROPPED, /* proof that a queue was deleted, until no log holds its messages; key: its id */
    STORE_KINDS_COUNT
};

/* One step of a commit. All steps of a commit happen, or none does. No two steps name the same document. */
struct store_change {
    enum store_kind kind;
    struct slice key;
    uint64_t version_before; /* 0: must be absent. Otherwise it must have just this version */
    uint64_t
        version_after; /* 0: remove (or stay absent). Otherwise write `document`; larger than version_before,
                              * at most INT64_MAX */
    struct slice document;
};

typedef void (*store_done)(void *context, enum err err);
/* One document. Slices live during the call only. */
typedef void (*store_each)(void *context, struct slice key, uint64_t version,
                           struct slice document);

/* What a store tells unasked. They may make calls, but not close the store; slices live during the
 * call only. */
struct store_watch {
    /* A document has this version now (0: it was removed). Of our own changes, too; perhaps later versions follow.
     * Another server hears of a change within a second. */
    void (*changed)(void *context, enum store_kind kind, struct slice key, uint64_t version);
    /* Changes were missed: any document may have changed. */
    void (*missed)(void *context);
    /* why: what answers is not the store that was read, or an older state of it. Every call ends with ERR_UNAVAILABLE
     * from now on. NULL: it is what it was again; `missed` follows. English, static. */
    void (*lost)(void *context, const char *why);
};

struct store;

struct store_operations {
    /* done: ERR_OK; ERR_STALE: a version_before did not hold, nothing changed; ERR_UNAVAILABLE; ERR_FULL (disk). */
    void (*commit)(struct store *store, const struct store_change *changes, unsigned changes_count,
                   store_done done, void *context);
    /* each: once when found. done: ERR_OK, ERR_ABSENT, ERR_UNAVAILABLE, ERR_CORRUPT. */
    void (*find)(struct store *store, enum store_kind kind, struct slice key, store_each each,
                 store_done done, void *context);
    /* Every document of a kind, in no order. Used at start; not bound by STORE_DEADLINE_MS as a whole, only between
     * answers. Where others change documents meanwhile, what is there all the time is given at least once, perhaps in
     * several versions: the highest counts. done: ERR_OK, ERR_UNAVAILABLE, ERR_CORRUPT. */
    void (*load)(struct store *store, enum store_kind kind, store_each each, store_done done,
                 void *context);
    /* From now on tells of changes, until the store is closed; called once at most, before the first load. A store that
     * one process has for itself never tells anything. */
    void (*watch)(struct store *store, const struct store_watch *watch, void *context);
    /* The number of the latest change that is known here; 0: the store does not count. Cheap, no I/O. */
    uint64_t (*revision)(const struct store *store);
    /* Does the store answer now? Cheap, no I/O. */
    bool (*is_available)(const struct store *store);
    void (*close)(struct store *store);
};

/* Implementations embed this as their first member. */
struct store {
    const struct store_operations *operations;
};

/* directory exists; the file is made when absent. *ret_why gets an English reason on error, static.
 * ERR_CORRUPT: a file that is damaged, not ours or of a newer format. ERR_UNAVAILABLE: another process has it open.
 * ERR_FULL, ERR_IO (no such directory, not writable), ERR_INVALID (name too long). */
MUST_CHECK enum err store_open_sqlite(const char *directory, struct store **ret_store,
                                      const char **ret_why);
/* url: redis://[user:password@]host:port[/database]. Returns at once; connecting, and connecting again after a loss
 * (with growing pauses up to 1 s), happen on the loop. ERR_INVALID: the URL does not parse. */
MUST_CHECK enum err store_open_redis(const char *url, struct loop *loop, struct store **ret_store,
                                     const char **ret_why);
/* Closes; accepts NULL. No completion comes afterwards: what was under way is completed with ERR_UNAVAILABLE first. */
void store_close(struct store *store);

#endif
