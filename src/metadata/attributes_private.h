/* The one list of queue attributes, for attributes.c (from text) and attributes_print.c (to text). */
#ifndef LEAT_METADATA_ATTRIBUTES_PRIVATE_H
#define LEAT_METADATA_ATTRIBUTES_PRIVATE_H

#include "metadata/attributes.h"

/* In alphabetical order of the names. */
enum attribute {
    ATTRIBUTE_MESSAGES,
    ATTRIBUTE_MESSAGES_DELAYED,
    ATTRIBUTE_MESSAGES_NOT_VISIBLE,
    ATTRIBUTE_CONTENT_BASED_DEDUPLICATION,
    ATTRIBUTE_CREATED,
    ATTRIBUTE_DEDUPLICATION_SCOPE,
    ATTRIBUTE_DELAY,
    ATTRIBUTE_FIFO_QUEUE,
    ATTRIBUTE_FIFO_THROUGHPUT_LIMIT,
    ATTRIBUTE_KMS_REUSE,
    ATTRIBUTE_KMS_KEY,
    ATTRIBUTE_MODIFIED,
    ATTRIBUTE_MESSAGE_BYTES,
    ATTRIBUTE_RETENTION,
    ATTRIBUTE_POLICY,
    ATTRIBUTE_ARN,
    ATTRIBUTE_RECEIVE_WAIT,
    ATTRIBUTE_REDRIVE_ALLOW_POLICY,
    ATTRIBUTE_REDRIVE_POLICY,
    ATTRIBUTE_SSE_MANAGED,
    ATTRIBUTE_VISIBILITY,
    ATTRIBUTES_COUNT
};

enum attribute_use {
    USE_ANY, /* to be set on every queue */
    USE_READ_ONLY,
    USE_FIFO_ONLY, /* standard queues do not know the name */
    USE_FIFO_MODE, /* standard queues know the name, and refuse it with a text of its own */
};

struct attributes_row {
    const char *name;
    enum attribute_use use;
    int64_t min, max; /* numbers */
};
extern const struct attributes_row attributes_rows[ATTRIBUTES_COUNT];
extern const char *const attributes_dedup_scopes[2];      /* by enum queue_dedup_scope */
extern const char *const attributes_throughput_limits[2]; /* by enum queue_throughput_limit */

static inline uint32_t attributes_bit(enum attribute id)
{
    return UINT32_C(1) << id;
}

static inline bool attributes_is_named(const struct attributes_change *change, enum attribute id)
{
    return (change->named & attributes_bit(id)) != 0;
}

bool attributes_find_row(struct slice name, enum attribute *ret_id);
bool attributes_refuse_name(struct slice name, struct arena *arena, struct api_error *error);

#endif
