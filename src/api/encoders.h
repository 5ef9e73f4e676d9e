/* The encoders of the protocols, behind api_encode_response and api_encode_error. */
#ifndef LEAT_API_ENCODERS_H
#define LEAT_API_ENCODERS_H

#include "api/api.h"

void api_encode_json_response(struct buffer *out, enum api_action action, const void *response);
void api_encode_json_error(struct buffer *out, const struct api_error *error);
void api_encode_query_json_response(struct buffer *out, enum api_action action,
                                    const void *response, struct slice request_id);
void api_encode_query_json_error(struct buffer *out, const struct api_error *error,
                                 struct slice request_id);
void api_encode_xml_response(struct buffer *out, enum api_action action, const void *response,
                             struct slice request_id);
void api_encode_xml_error(struct buffer *out, const struct api_error *error,
                          struct slice request_id);

/* The text of an error in the query protocol. */
static inline struct slice api_query_message(const struct api_error *error)
{
    return error->query_message.at != NULL ? error->query_message : error->message;
}

/* Whose fault it is: "Sender" or "Receiver". */
static inline const char *api_fault(const struct api_error_row *row)
{
    return row->is_receiver_fault ? "Receiver" : "Sender";
}

#endif
