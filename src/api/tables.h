/* Rows that describe the API to the walkers, and what is known of each action. The rows are
 * generated. */
#ifndef LEAT_API_TABLES_H
#define LEAT_API_TABLES_H

#include "api/errors.h"
#include "api/generated/types.h"

enum api_type {
    API_TYPE_STRING,
    API_TYPE_BLOB,
    API_TYPE_INTEGER, /* 32 bits on the wire */
    API_TYPE_LONG,
    API_TYPE_BOOLEAN,
    API_TYPE_STRING_LIST,
    API_TYPE_BLOB_LIST,
    API_TYPE_STRUCT_LIST, /* of structs that `element` describes */
    API_TYPE_STRING_MAP,
    API_TYPE_ATTRIBUTE_MAP, /* struct api_message_attribute_map; `element` describes the value */
};

struct api_table;

struct api_member {
    struct slice json_name;
    struct slice
        query_name; /* parameter or element; lists and maps: of one item, without its number */
    struct slice query_alias;          /* lists and maps: another name of the parameter, or none */
    struct slice query_json_name;      /* in the JSON form of query answers (A4) */
    struct slice key_name, value_name; /* maps, query protocol */
    uint16_t offset, has_offset;       /* in the C struct */
    enum api_type type;
    const struct api_table *element;
    bool is_required;
};

struct api_table {
    const struct api_member *members; /* in the order of XML answers */
    const uint8_t *order;             /* indexes into members, in the order of JSON answers */
    uint8_t members_count;
    uint16_t bytes; /* of the C struct */
};

struct api_action_info {
    struct slice name; /* "SendMessageBatch"; a NUL stands behind it */
    const char
        *iam_action; /* "sqs:SendMessage": batches are authorised as their single form (B3) */
    const struct api_table *request, *response;
    bool is_mutating;      /* changes something that another call can see */
    bool is_cross_account; /* a queue policy can grant it to other accounts (B3) */
    bool needs_queue;      /* works on the queue that its member QueueUrl names */
    bool has_output; /* the model has a response shape; without one a JSON answer has an empty body
                      */
};

extern const struct api_action_info api_action_infos[API_ACTIONS_COUNT];
extern const struct api_error_row api_error_rows[API_ERRORS_COUNT];

/* Any thread; never NULL. */
const struct api_action_info *api_action_info(enum api_action action);

#endif
