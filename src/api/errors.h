/* Errors that clients see: one row each (reference A8), and a value of one with its text. */
#ifndef LEAT_API_ERRORS_H
#define LEAT_API_ERRORS_H

#include "api/generated/errors.h" /* enum api_error_code: API_ERROR_QUEUE_DOES_NOT_EXIST ... from api-spec */
#include "base/arena.h"
#include "base/check.h"
#include "base/slice.h"

struct api_error_row {
    const char *json_name;      /* "QueueDoesNotExist" */
    const char *json_namespace; /* "com.amazonaws.sqs" or "com.amazon.coral.service" */
    const char *query_code;     /* "AWS.SimpleQueueService.NonExistentQueue" */
    uint16_t status;            /* HTTP */
    bool is_receiver_fault;
    bool has_capital_message; /* JSON member is "Message" (AccessDenied) */
};

struct api_error {
    const struct api_error_row *row; /* NULL: no error */
    struct slice message;
    struct slice query_message; /* at == NULL: the same text in both protocols */
};

const struct api_error_row *api_error_row(enum api_error_code code);

/* Each sets *error and returns false, so that a check can end with `return api_fail(...)`. */
bool api_fail(struct api_error *error, enum api_error_code code, struct slice message);
bool api_fail_print(struct api_error *error, struct arena *arena, enum api_error_code code,
                    const char *format, ...) PRINTF_LIKE(4, 5);
/* The specified queue does not exist (with the text of each protocol, C0). */
bool api_fail_no_queue(struct api_error *error);
/* The request must contain the parameter <name>. */
bool api_fail_missing(struct api_error *error, struct arena *arena, const char *name);

#endif
