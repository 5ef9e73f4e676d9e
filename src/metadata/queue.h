/* A queue's definition: an immutable snapshot, shared by threads and counted.
 *
 * The catalog makes a new snapshot for every change; whoever holds a reference keeps seeing the old one. */
#ifndef LEAT_METADATA_QUEUE_H
#define LEAT_METADATA_QUEUE_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/slice.h"

struct policy; /* auth/policy.h */

/* The tag leat:durability of a queue. */
enum queue_durability {
    QUEUE_DURABILITY_SERVER, /* no tag, or an unknown value: as the server */
    QUEUE_DURABILITY_MEMORY,
    QUEUE_DURABILITY_OS,
    QUEUE_DURABILITY_SYNC,
};

enum queue_dedup_scope { QUEUE_DEDUP_QUEUE, QUEUE_DEDUP_GROUP };
enum queue_throughput_limit { QUEUE_THROUGHPUT_QUEUE, QUEUE_THROUGHPUT_GROUP };

/* Typed attributes; ranges in the reference's table C16. Slices with at == NULL are unset. */
struct queue_attributes {
    bool is_fifo;
    bool content_based_deduplication;
    enum queue_dedup_scope dedup_scope;
    enum queue_throughput_limit throughput_limit;
    int64_t delay_s;
    int64_t message_bytes_max;
    int64_t retention_s;
    int64_t receive_wait_s;
    int64_t visibility_s;
    struct slice policy;          /* as set */
    struct slice redrive_policy;  /* normalised: {"deadLetterTargetArn":"..","maxReceiveCount":N} */
    struct slice dead_letter_arn; /* from redrive_policy */
    int64_t receive_count_max;    /* from redrive_policy; 0 when unset */
    struct slice redrive_allow_policy; /* compact */
    struct slice kms_key_id;
    int64_t kms_reuse_s; /* 0: never set */
    bool sse_managed;
};

struct queue_tag {
    struct slice key;
    struct slice value;
};

struct queue {
    _Atomic uint32_t references;
    struct arena memory; /* holds every slice below and the struct's own tables */
    uint64_t id;         /* the incarnation: unique for ever, never 0 */
    uint64_t version;    /* of the stored document; grows with every change */
    struct slice account;
    struct slice name;
    struct slice arn;
    int64_t created_s;
    int64_t modified_s;
    struct queue_attributes attributes;
    const struct queue_tag *tags;
    uint32_t tags_count;
    enum queue_durability durability; /* made from the tags with the snapshot */
    const struct policy
        *compiled_policy;    /* attributes.policy, in memory; NULL when that is unset */
    uint64_t dead_letter_id; /* of the queue that dead_letter_arn names now; 0: there is none */
    uint64_t config_version; /* grows with every snapshot, so with every change of dead_letter_id */
};

/* A snapshot with one reference: a deep copy of `draft`, whose references and memory do not matter.
 * attributes.policy is one that policy_edit_check lets pass. */
struct queue *queue_create(const struct queue *draft);
/* What the snapshot says, for a draft of the next one. The draft's slices are the snapshot's: keep a reference as long.
 * (A plain copy of the struct would read the counter that other threads change.) */
void queue_draft(const struct queue *queue, struct queue *ret_draft);
/* Any thread. */
struct queue *queue_ref(struct queue *queue);
void queue_unref(struct queue *queue); /* accepts NULL */

#endif
