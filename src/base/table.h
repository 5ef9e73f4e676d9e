/* A hash table of pointers: open addressing, linear probing, doubling. The table knows no keys: the caller hashes
 * (table_hash_*, which mix in a random seed a table, so that chosen names cannot pile up) and compares.
 *
 * Thread: one owner. Running out of memory ends the process. */
#ifndef LEAT_BASE_TABLE_H
#define LEAT_BASE_TABLE_H

#include "base/check.h"
#include "base/slice.h"

struct table_slot {
    uint64_t hash;
    void *item; /* NULL: free */
};

struct table {
    struct table_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    uint64_t seed;
};

typedef bool (*table_is)(const void *item, const void *key);

void table_init(struct table *table);
/* The items are the caller's. */
void table_done(struct table *table);

uint64_t table_hash_bytes(const struct table *table, struct slice bytes);
/* Of a key in two parts. */
uint64_t table_hash_pair(const struct table *table, struct slice a, struct slice b);
uint64_t table_hash_u64(const struct table *table, uint64_t value);

/* An item of the same key must not be in the table. */
void table_add(struct table *table, uint64_t hash, void *item);
/* The item with that hash for which is(item, key) holds, or NULL. */
void *table_find(const struct table *table, uint64_t hash, table_is is, const void *key);
/* Takes out this very item. It must be in the table. */
void table_remove(struct table *table, uint64_t hash, const void *item);
/* Puts `item` in the place of `old`, which must be in the table with the same hash. */
void table_replace(struct table *table, uint64_t hash, const void *old, void *item);
/* Every item once, in no order: start with *cursor = 0; NULL at the end. The table must not change meanwhile. */
void *table_next(const struct table *table, size_t *cursor);

#endif
