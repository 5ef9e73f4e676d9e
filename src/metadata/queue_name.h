/* Names of queues: their syntax and their ARNs (reference A1, C5). */
#ifndef LEAT_METADATA_QUEUE_NAME_H
#define LEAT_METADATA_QUEUE_NAME_H

#include "api/errors.h"
#include "base/arena.h"
#include "base/slice.h"

#define QUEUE_NAME_BYTES_MAX 80u

/* 1 to 80 of A-Z a-z 0-9 _ -; with `.fifo` at the end, which counts, for FIFO queues only. */
bool queue_name_is_valid(struct slice name, bool is_fifo);
/* Of either kind: what a look-up takes. */
bool queue_name_is_any(struct slice name);
/* For CreateQueue, in this order: absent, empty, malformed for the kind. name.at == NULL: absent. */
bool queue_name_check(struct slice name, bool is_fifo, struct api_error *error);

/* arn:<partition>:<service>:<region>:<account>:<resource> */
struct queue_arn {
    struct slice partition, service, region, account, resource;
};

/* False when the text is not of that form. Region and account may be empty, as other services have it. */
bool queue_arn_parse(struct slice text, struct queue_arn *ret_arn);
struct slice queue_arn_print(struct arena *arena, const char *partition, const char *region,
                             struct slice account, struct slice name);

#endif
