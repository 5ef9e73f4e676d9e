/* The API in one header: generated types and tables, errors, and the walkers that read and write them.
 *
 * Flow of a request: api_peek_* finds the action; a decoder fills the action's request struct in the call's arena;
 * a handler fills the response struct or an api_error; an encoder writes either in the request's protocol.
 *
 * Thread: any; nothing is shared but constant tables. Memory: everything is in the arena that is passed in. */
#ifndef LEAT_API_API_H
#define LEAT_API_API_H

#include "api/errors.h"
#include "api/generated/types.h"
#include "api/tables.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/slice.h"

enum api_protocol { API_JSON, API_QUERY, API_QUERY_JSON /* query request that accepts JSON */ };

/* Zeroed structs of the right size for an action, in the arena. */
void *api_new_request(struct arena *arena, enum api_action action);
void *api_new_response(struct arena *arena, enum api_action action);
const char *api_action_name(enum api_action action);

/* X-Amz-Target ("AmazonSQS.SendMessage") to an action. False: unknown. */
bool api_peek_target(struct slice target, enum api_action *ret_action);
bool api_peek_action(struct slice name, enum api_action *ret_action);

/* JSON 1.0. Text is not copied where it needs no unescaping: it points into body, which must live as long as the
 * request. Members that are missing are no fault here: what an action says then is its handler's matter (A9).
 * False: *ret_error is set. */
bool api_decode_json(struct arena *arena, struct slice body, enum api_action action, void *request,
                     struct api_error *ret_error);

/* Query protocol: parameters of the URL and of the form body, decoded once. Names and values are UTF-8; they point into
 * the URL and body where nothing was encoded. */
#define API_PARAMETERS_MAX 4096u

struct api_parameter {
    struct slice name, value;
};
struct api_parameters {
    struct api_parameter *items;
    uint32_t count;
};
bool api_parse_query(struct arena *arena, struct slice url_query, struct slice form_body,
                     struct api_parameters *ret_parameters, struct api_error *ret_error);
/* First value of a parameter; at == NULL when absent. */
struct slice api_parameter_find(const struct api_parameters *parameters, const char *name);
bool api_decode_query(struct arena *arena, const struct api_parameters *parameters,
                      enum api_action action, void *request, struct api_error *ret_error);

/* Appends the whole response body. request_id: text of a UUID. JSON of an action without output: nothing. Whatever the
 * bytes of a text are, what is written is well-formed: what is not UTF-8, and in XML what XML cannot say, becomes
 * U+FFFD. */
void api_encode_response(struct buffer *out, enum api_protocol protocol, enum api_action action,
                         const void *response, struct slice request_id);
void api_encode_error(struct buffer *out, enum api_protocol protocol, const struct api_error *error,
                      struct slice request_id);
/* "application/x-amz-json-1.0", "text/xml", "application/json". */
struct slice api_content_type(enum api_protocol protocol);

#endif
