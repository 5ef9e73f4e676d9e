#include "metadata/store_private.h"

#include "base/banned.h"

const char *store_kind_name(enum store_kind kind)
{
    static const char *const names[STORE_KINDS_COUNT] = {
        [STORE_QUEUE] = "queue",     [STORE_DELETED] = "deleted", [STORE_TASK] = "task",
        [STORE_SETTING] = "setting", [STORE_DROPPED] = "dropped",
    };
    ASSERT(kind < STORE_KINDS_COUNT);
    return names[kind];
}

void store_changes_check(const struct store_change *changes, unsigned changes_count)
{
    ASSERT(changes_count >= 1 && changes_count <= STORE_CHANGES_MAX);
    for (unsigned i = 0; i < changes_count; i++) {
        ASSERT(changes[i].version_before <= INT64_MAX);
        ASSERT(changes[i].version_after <= INT64_MAX);
        ASSERT_IMPLIES(changes[i].version_after != 0,
                       changes[i].version_after > changes[i].version_before);
        for (unsigned j = 0; j < i; j++)
            ASSERT(changes[i].kind != changes[j].kind ||
                   !slice_equal(changes[i].key, changes[j].key));
    }
}

enum err store_open_sqlite(const char *directory, struct store **ret_store, const char **ret_why)
{
    return sqlite_open(directory, ret_store, ret_why);
}

enum err store_open_redis(const char *url, struct loop *loop, struct store **ret_store,
                          const char **ret_why)
{
    return redis_open(url, loop, ret_store, ret_why);
}

void store_close(struct store *store)
{
    if (store != NULL)
        store->operations->close(store);
}
