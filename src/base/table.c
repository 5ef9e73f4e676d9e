#include "base/table.h"

#include "base/random.h"

#include "base/banned.h"

#define CAPACITY_MIN 16u

void table_init(struct table *table)
{
    *table = (struct table){0};
    random_bytes(&table->seed, sizeof(table->seed));
}

void table_done(struct table *table)
{
    free(table->slots);
    table->slots = NULL;
    table->capacity = 0;
    table->count = 0;
}

static uint64_t mix(uint64_t h)
{
    h ^= h >> 32;
    h *= UINT64_C(0xd6e8feb86659fd93);
    h ^= h >> 32;
    h *= UINT64_C(0xd6e8feb86659fd93);
    h ^= h >> 32;
    return h;
}

static uint64_t hash_on(uint64_t h, struct slice bytes)
{
    h = mix(h ^ bytes.bytes);
    while (bytes.bytes > 0) {
        uint64_t word = 0;
        size_t part = bytes.bytes < sizeof(word) ? bytes.bytes : sizeof(word);
        memcpy(&word, bytes.at, part);
        h = mix(h ^ word);
        bytes = slice_from(bytes, part);
    }
    return h;
}

uint64_t table_hash_bytes(const struct table *table, struct slice bytes)
{
    return hash_on(table->seed, bytes);
}

uint64_t table_hash_pair(const struct table *table, struct slice a, struct slice b)
{
    return hash_on(hash_on(table->seed, a), b);
}

uint64_t table_hash_u64(const struct table *table, uint64_t value)
{
    return mix(table->seed ^ value);
}

static void place(struct table *table, uint64_t hash, void *item)
{
    size_t at = hash & (table->capacity - 1);
    while (table->slots[at].item != NULL)
        at = (at + 1) & (table->capacity - 1);
    table->slots[at] = (struct table_slot){hash, item};
}

static void grow(struct table *table)
{
    struct table_slot *old = table->slots;
    size_t old_capacity = table->capacity;
    table->capacity = old_capacity == 0 ? CAPACITY_MIN : old_capacity * 2;
    table->slots = calloc(table->capacity, sizeof(table->slots[0]));
    if (table->slots == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].item != NULL)
            place(table, old[i].hash, old[i].item);
    free(old);
}

void table_add(struct table *table, uint64_t hash, void *item)
{
    ASSERT(item != NULL);
    if ((table->count + 1) * 3 > table->capacity * 2)
        grow(table);
    place(table, hash, item);
    table->count++;
}

void *table_find(const struct table *table, uint64_t hash, table_is is, const void *key)
{
    if (table->count == 0)
        return NULL;
    for (size_t at = hash & (table->capacity - 1); table->slots[at].item != NULL;
         at = (at + 1) & (table->capacity - 1))
        if (table->slots[at].hash == hash && is(table->slots[at].item, key))
            return table->slots[at].item;
    return NULL;
}

static size_t find_item(const struct table *table, uint64_t hash, const void *item)
{
    ASSERT(table->count > 0);
    size_t at = hash & (table->capacity - 1);
    while (table->slots[at].item != item) {
        ASSERT(table->slots[at].item != NULL);
        at = (at + 1) & (table->capacity - 1);
    }
    return at;
}

void table_remove(struct table *table, uint64_t hash, const void *item)
{
    size_t mask = table->capacity - 1;
    size_t hole = find_item(table, hash, item);
    /* Close the gap, so that no mark of a removed item is needed: whoever stands behind it in the run and could
     * stand in the hole moves there, which makes a new hole. */
    for (size_t at = (hole + 1) & mask; table->slots[at].item != NULL; at = (at + 1) & mask) {
        size_t home = table->slots[at].hash & mask;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            table->slots[hole] = table->slots[at];
            hole = at;
        }
    }
    table->slots[hole].item = NULL;
    table->count--;
}

void table_replace(struct table *table, uint64_t hash, const void *old, void *item)
{
    ASSERT(item != NULL);
    table->slots[find_item(table, hash, old)].item = item;
}

void *table_next(const struct table *table, size_t *cursor)
{
    while (*cursor < table->capacity) {
        void *item = table->slots[(*cursor)++].item;
        if (item != NULL)
            return item;
    }
    return NULL;
}
