/* A queue as the store keeps it: one JSON object.
 *
 * FORMAT 1, members in this order; `?` may be absent (unset):
 *
 *   format            1
 *   id                number: struct queue.id (below 2^63)
 *   account, name, arn  strings
 *   created_s, modified_s  numbers, seconds since the Unix epoch
 *   attributes        object, by the names and in the units of Amazon SQS; numbers and booleans as such, documents as
 *                     the strings that GetQueueAttributes returns:
 *       FifoQueue, ContentBasedDeduplication, SqsManagedSseEnabled: booleans
 *       DeduplicationScope: "queue" | "messageGroup"; FifoThroughputLimit: "perQueue" | "perMessageGroupId"
 *       DelaySeconds, MaximumMessageSize, MessageRetentionPeriod, ReceiveMessageWaitTimeSeconds, VisibilityTimeout,
 *       KmsDataKeyReusePeriodSeconds (0: never set): numbers
 *       Policy?, RedrivePolicy?, RedriveAllowPolicy?, KmsMasterKeyId?: strings
 *   tags              object of strings
 *
 * A reader of format n refuses n + 1 and whatever breaks the rules of the API. Unknown members are refused as well: a
 * writer that adds one raises the format, so that an older server does not drop it unseen. The version of a document
 * is kept by the store, beside it. dead_letter_id and config_version are not kept: they follow from other documents. */
#ifndef LEAT_METADATA_QUEUE_DOCUMENT_H
#define LEAT_METADATA_QUEUE_DOCUMENT_H

#include "base/err.h"
#include "metadata/queue.h"

#define QUEUE_DOCUMENT_FORMAT 1

struct slice queue_document_write(const struct queue *queue, struct arena *arena);
/* ret_draft: for queue_create; slices in the arena. ERR_CORRUPT; ERR_INVALID: of a newer format. */
MUST_CHECK enum err queue_document_read(struct slice document, uint64_t version,
                                        struct arena *arena, struct queue *ret_draft);

#endif
