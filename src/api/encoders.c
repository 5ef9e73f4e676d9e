#include "api/encoders.h"

#include "base/banned.h"

void api_encode_response(struct buffer *out, enum api_protocol protocol, enum api_action action,
                         const void *response, struct slice request_id)
{
    switch (protocol) {
    case API_JSON:
        api_encode_json_response(out, action, response);
        return;
    case API_QUERY:
        api_encode_xml_response(out, action, response, request_id);
        return;
    case API_QUERY_JSON:
        api_encode_query_json_response(out, action, response, request_id);
        return;
    }
    UNREACHABLE("no such protocol");
}

void api_encode_error(struct buffer *out, enum api_protocol protocol, const struct api_error *error,
                      struct slice request_id)
{
    ASSERT(error->row != NULL);
    switch (protocol) {
    case API_JSON:
        api_encode_json_error(out, error);
        return;
    case API_QUERY:
        api_encode_xml_error(out, error, request_id);
        return;
    case API_QUERY_JSON:
        api_encode_query_json_error(out, error, request_id);
        return;
    }
    UNREACHABLE("no such protocol");
}

struct slice api_content_type(enum api_protocol protocol)
{
    switch (protocol) {
    case API_JSON:
        return SLICE("application/x-amz-json-1.0");
    case API_QUERY:
        return SLICE("text/xml");
    case API_QUERY_JSON:
        return SLICE("application/json");
    }
    UNREACHABLE("no such protocol");
}
