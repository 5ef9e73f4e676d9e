/* The rules that all batches share (reference D8 rows 1-6). Any thread. */
#ifndef LEAT_API_MESSAGE_RULES_BATCH_H
#define LEAT_API_MESSAGE_RULES_BATCH_H

#include "api/errors.h"
#include "api/message_rules.h"

/* A batch of any kind, as far as these rules look at it. */
struct message_batch_shape {
    const char *entry_name; /* "SendMessageBatchRequestEntry" */
    bool has_entries;
    uint32_t count;                      /* as sent: may be above MESSAGE_BATCH_MAX */
    struct slice ids[MESSAGE_BATCH_MAX]; /* of the first ones; at == NULL: the entry has none */
};

bool message_rules_check_shape(struct arena *arena, const struct message_batch_shape *shape,
                               struct api_error *ret_error);

/* Sets an entry's id in the shape; entries beyond the limit are only counted. */
void message_rules_shape_id(struct message_batch_shape *shape, uint32_t index, bool has_id,
                            struct slice id);

/* 1..MESSAGE_ID_CHARS_MAX characters of ASCII letters, digits and punctuation (D7). */
bool message_rules_is_id(struct slice id);
/* The same with AWS's error for the parameter. */
bool message_rules_check_id(struct arena *arena, const char *parameter, struct slice id,
                            struct api_error *ret_error);

#endif
