/* Queue attributes between the wire's strings and struct queue_attributes (reference C5, C9, C16-C18).
 *
 * Order of the checks, when several things are wrong at once: first the names, in the order they were sent (unknown,
 * read-only, for FIFO queues only); then the values, in alphabetical order of the names (of a name given twice the last
 * value counts); then what attributes say of each other. A failed call changes nothing. Results point into the arena
 * and into what was given. Any thread. */
#ifndef LEAT_METADATA_ATTRIBUTES_H
#define LEAT_METADATA_ATTRIBUTES_H

#include "api/api.h"
#include "base/arena.h"
#include "metadata/queue.h"

#define ATTRIBUTES_RETENTION_S_DEFAULT   345600
#define ATTRIBUTES_MESSAGE_BYTES_DEFAULT 1048576
#define ATTRIBUTES_VISIBILITY_S_DEFAULT  30
#define ATTRIBUTES_KMS_REUSE_S_DEFAULT   300
#define ATTRIBUTES_KMS_KEY_ID_BYTES_MAX  2048u

/* What a call wants to change: values of the attributes it named. */
struct attributes_change {
    uint32_t named; /* a bit for each attribute; the module's own */
    struct queue_attributes values;
    struct slice account;             /* of the queue; at == NULL: read from the store */
    struct slice redrive_policy_sent; /* at == NULL: not named, or removed */
};

/* CreateQueue: does the map ask for a FIFO queue? Fails when FifoQueue has a value that is neither true nor false. */
bool attributes_read_kind(const struct api_string_map *map, bool *ret_is_fifo, struct arena *arena,
                          struct api_error *error);
void attributes_set_defaults(bool is_fifo, struct queue_attributes *ret_attributes);

/* Reads and checks each attribute by itself. is_fifo: the queue's kind. Whether the target of a RedrivePolicy will do
 * is redrive_target_check. account: of the queue; at == NULL: the map comes from the store, which may hold policies that
 * an older server took. */
bool attributes_parse(const struct api_string_map *map, bool is_fifo, bool is_create,
                      struct slice account, struct arena *arena,
                      struct attributes_change *ret_change, struct api_error *error);
/* Puts the change over *attributes: touches only what was named and what that implies (server-side encryption, C18). */
bool attributes_apply(const struct attributes_change *change, struct queue_attributes *attributes,
                      struct api_error *error);
/* CreateQueue of an existing name: does the queue have what the call names? False: QueueNameExists, naming the first
 * difference in alphabetical order. */
bool attributes_match(const struct attributes_change *change,
                      const struct queue_attributes *attributes, struct arena *arena,
                      struct api_error *error);

/* The counters that GetQueueAttributes shows (E12). */
struct queue_counts {
    uint64_t visible, inflight, delayed;
};
/* GetQueueAttributes: those of the names (`All` included) that the queue has, in alphabetical order. */
bool queue_attributes_get(const struct queue *queue, const struct api_string_list *names,
                          const struct queue_counts *counts, struct arena *arena,
                          struct api_string_map *ret_map, struct api_error *error);

#endif
