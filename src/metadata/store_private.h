/* What the implementations of the store share. */
#ifndef LEAT_METADATA_STORE_PRIVATE_H
#define LEAT_METADATA_STORE_PRIVATE_H

#include "metadata/store.h"

/* The versions of the stored formats (KEYS.md). */
#define STORE_FORMAT       1 /* of SQLite's file */
#define STORE_REDIS_FORMAT 2

/* How a kind is spelt in stored bytes: never changes. */
const char *store_kind_name(enum store_kind kind);

/* Asserts what a caller of commit owes: counts, versions that grow, no key twice. */
void store_changes_check(const struct store_change *changes, unsigned changes_count);

/* Behind store_open_sqlite and store_open_redis. */
MUST_CHECK enum err sqlite_open(const char *directory, struct store **ret_store,
                                const char **ret_why);
MUST_CHECK enum err redis_open(const char *url, struct loop *loop, struct store **ret_store,
                               const char **ret_why);

#endif
