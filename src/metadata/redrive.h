/* RedrivePolicy and RedriveAllowPolicy: reading, checking, one normal form (reference C17).
 *
 * Checks run in the order of the reference's tables. Texts point into the arena. Any thread. */
#ifndef LEAT_METADATA_REDRIVE_H
#define LEAT_METADATA_REDRIVE_H

#include "api/errors.h"
#include "base/arena.h"
#include "metadata/queue.h"

#define REDRIVE_BYTES_MAX      8192u /* of either policy as sent */
#define REDRIVE_RECEIVE_MAX    1000
#define REDRIVE_ALLOW_ARNS_MAX 10u

struct redrive_policy {
    struct slice text; /* {"deadLetterTargetArn":"<arn>","maxReceiveCount":<number>} */
    struct slice dead_letter_arn;
    int64_t receive_count_max; /* 1..REDRIVE_RECEIVE_MAX */
};

/* What can be said without knowing other queues. `sent` is not empty: the empty text removes the policy. */
bool redrive_policy_parse(struct slice sent, struct arena *arena, struct redrive_policy *ret_policy,
                          struct api_error *error);

/* What needs the target. */
struct redrive_target {
    struct slice sent; /* the policy's text: errors show it */
    struct slice account;
    struct slice source_arn;
    bool is_fifo;                 /* the source */
    struct slice dead_letter_arn; /* from redrive_policy_parse */
    const struct queue *target;   /* the queue of that ARN; NULL: there is none */
};
bool redrive_target_check(const struct redrive_target *check, struct arena *arena,
                          struct api_error *error);

/* ret_text: the policy, compact, members in the order sent. `sent` is not empty. */
bool redrive_allow_parse(struct slice sent, struct arena *arena, struct slice *ret_text,
                         struct api_error *error);
/* May the queue `source_arn` name a queue with this allow policy (as redrive_allow_parse gave it; at == NULL: unset)
 * as its dead-letter queue? */
bool redrive_allow_permits(struct slice allow_policy, struct slice source_arn);

#endif
