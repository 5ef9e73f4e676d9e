#include "node/directory.h"

#include "base/table.h"

#include "base/banned.h"

struct directory {
    struct table by_name;
    struct table by_id;
};

struct name_key {
    struct slice account, name;
};

static bool is_name(const void *item, const void *key)
{
    const struct queue *queue = item;
    const struct name_key *name = key;
    return slice_equal(queue->name, name->name) && slice_equal(queue->account, name->account);
}

static bool is_id(const void *item, const void *key)
{
    return ((const struct queue *)item)->id == *(const uint64_t *)key;
}

static uint64_t hash_name(const struct directory *directory, struct slice account,
                          struct slice name)
{
    return table_hash_pair(&directory->by_name, account, name);
}

static uint64_t hash_id(const struct directory *directory, uint64_t id)
{
    return table_hash_u64(&directory->by_id, id);
}

struct directory *directory_create(void)
{
    struct directory *directory = malloc(sizeof(*directory));
    if (directory == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    table_init(&directory->by_name);
    table_init(&directory->by_id);
    return directory;
}

void directory_destroy(struct directory *directory)
{
    if (directory == NULL)
        return;
    size_t cursor = 0;
    struct queue *queue;
    while ((queue = table_next(&directory->by_name, &cursor)) != NULL)
        queue_unref(queue);
    table_done(&directory->by_name);
    table_done(&directory->by_id);
    free(directory);
}

void directory_put(struct directory *directory, struct queue *queue)
{
    struct queue *old = directory_find(directory, queue->account, queue->name);
    queue_ref(queue);
    if (old == NULL) {
        table_add(&directory->by_name, hash_name(directory, queue->account, queue->name), queue);
        table_add(&directory->by_id, hash_id(directory, queue->id), queue);
        return;
    }
    table_replace(&directory->by_name, hash_name(directory, queue->account, queue->name), old,
                  queue);
    if (old->id == queue->id) {
        table_replace(&directory->by_id, hash_id(directory, queue->id), old, queue);
    } else {
        table_remove(&directory->by_id, hash_id(directory, old->id), old);
        table_add(&directory->by_id, hash_id(directory, queue->id), queue);
    }
    queue_unref(old);
}

void directory_remove(struct directory *directory, const struct queue *queue)
{
    struct queue *old = directory_find(directory, queue->account, queue->name);
    if (old == NULL || old->id != queue->id)
        return;
    table_remove(&directory->by_name, hash_name(directory, old->account, old->name), old);
    table_remove(&directory->by_id, hash_id(directory, old->id), old);
    queue_unref(old);
}

struct queue *directory_find(const struct directory *directory, struct slice account,
                             struct slice name)
{
    struct name_key key = {account, name};
    return table_find(&directory->by_name, hash_name(directory, account, name), is_name, &key);
}

struct queue *directory_find_id(const struct directory *directory, uint64_t id)
{
    return table_find(&directory->by_id, hash_id(directory, id), is_id, &id);
}

uint64_t directory_count(const struct directory *directory)
{
    return directory->by_name.count;
}
