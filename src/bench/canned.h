/* Answers of the right form and size that are always the same: what the null server sends. */
#ifndef LEAT_BENCH_CANNED_H
#define LEAT_BENCH_CANNED_H

#include "base/arena.h"

enum canned_action {
    CANNED_SEND,
    CANNED_RECEIVE,
    CANNED_DELETE,
    CANNED_SEND_BATCH,
    CANNED_DELETE_BATCH,
    CANNED_CREATE_QUEUE,
    CANNED_DELETE_QUEUE,
    CANNED_ACTIONS_COUNT,
};

#define CANNED_MESSAGES_MAX 10u

/* By protocol (JSON, query), action and number of messages; texts of actions on single things are at 1. */
struct canned {
    struct slice texts[2][CANNED_ACTIONS_COUNT][CANNED_MESSAGES_MAX + 1];
};

/* body_bytes: of the messages that a receive answers with. */
void canned_make(struct canned *canned, struct slice queue_url, uint32_t body_bytes,
                 struct arena *arena);

/* The answer to a request. target: of X-Amz-Target, with at == NULL in the query protocol. What is no action of those
 * above is answered like DeleteQueue, with nothing. */
struct slice canned_find(const struct canned *canned, struct slice target, struct slice body);

#endif
