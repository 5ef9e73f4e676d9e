/* A worker's own map of queue definitions: by account and name, by id, by ARN. Kept up to date by the catalog.
 * Thread: its worker's only. Holds one reference on every queue in it. O(1) each. */
#ifndef LEAT_NODE_DIRECTORY_H
#define LEAT_NODE_DIRECTORY_H

#include "metadata/queue.h"

struct directory;

struct directory *directory_create(void);
void directory_destroy(struct directory *directory);
/* Takes its own reference; replaces the snapshot of the same account and name. */
void directory_put(struct directory *directory, struct queue *queue);
/* Removes by account and name if the id is the same. */
void directory_remove(struct directory *directory, const struct queue *queue);
/* Borrowed: valid until the directory changes; NULL when unknown. */
struct queue *directory_find(const struct directory *directory, struct slice account,
                             struct slice name);
struct queue *directory_find_id(const struct directory *directory, uint64_t id);
uint64_t directory_count(const struct directory *directory);

#endif
