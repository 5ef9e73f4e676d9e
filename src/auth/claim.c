#include "auth/claim.h"

#include "auth/timestamp.h"
#include "base/buffer.h"

#include "base/banned.h"

#define ECHO_BYTES_MAX 1024u

static const char algorithm_name[] = "AWS4-HMAC-SHA256";

struct slice claim_echo(struct arena *arena, struct slice text)
{
    struct slice head = slice_head(text, ECHO_BYTES_MAX);
    uint8_t *copy = arena_take(arena, head.bytes + 1);
    for (size_t i = 0; i < head.bytes; i++)
        copy[i] = head.at[i] >= ' ' && head.at[i] <= '~' ? head.at[i] : '?';
    return slice_of(copy, head.bytes);
}

static bool fail_incomplete(struct api_error *error, struct slice text)
{
    return api_fail(error, API_ERROR_INCOMPLETE_SIGNATURE, text);
}

/* ---- headers ---- */

/* By length first: it runs for every header of every request. */
static struct slice *find_place(struct claim_headers *headers, struct slice name)
{
    switch (name.bytes) {
    case sizeof("date") - 1:
        return slice_is(name, "date") ? &headers->date : NULL;
    case sizeof("x-amz-date") - 1:
        return slice_is(name, "x-amz-date") ? &headers->amz_date : NULL;
    case sizeof("content-type") - 1: /* x-amz-target is as long */
        if (slice_is(name, "content-type"))
            return &headers->content_type;
        return slice_is(name, "x-amz-target") ? &headers->target : NULL;
    case sizeof("authorization") - 1:
        return slice_is(name, "authorization") ? &headers->authorization : NULL;
    case sizeof("x-amz-security-token") - 1: /* x-amz-content-sha256 is as long */
        if (slice_is(name, "x-amz-security-token"))
            return &headers->token;
        return slice_is(name, "x-amz-content-sha256") ? &headers->payload_hash : NULL;
    default:
        return NULL;
    }
}

bool claim_collect_headers(const struct auth_request *request, struct arena *arena,
                           struct claim_headers *ret_headers, struct api_error *ret_error)
{
    struct claim_headers headers = {0};
    size_t bytes = 0;
    if (request->headers_count > AUTH_HEADERS_MAX)
        return fail_incomplete(ret_error, SLICE("The request has too many headers."));
    for (uint32_t i = 0; i < request->headers_count; i++) {
        const struct auth_header *header = &request->headers[i];
        struct slice *place = find_place(&headers, header->name);
        bytes += header->name.bytes + header->value.bytes;
        if (place != NULL && place->at == NULL && header->value.at != NULL)
            *place = slice_trim(header->value);
    }
    if (bytes > AUTH_HEADERS_BYTES_MAX)
        return api_fail_print(ret_error, arena, API_ERROR_INCOMPLETE_SIGNATURE,
                              "The headers of the request are larger than %u bytes.",
                              AUTH_HEADERS_BYTES_MAX);
    if (headers.authorization.bytes > AUTH_AUTHORIZATION_BYTES_MAX)
        return api_fail_print(ret_error, arena, API_ERROR_INCOMPLETE_SIGNATURE,
                              "The Authorization header is larger than %u bytes.",
                              AUTH_AUTHORIZATION_BYTES_MAX);
    *ret_headers = headers;
    return true;
}

/* ---- both forms ---- */

/* "<key id>/<date>/<region>/<service>/<terminator>". */
static bool parse_credential(struct slice credential, struct claim *claim)
{
    struct slice *const parts[] = {&claim->access_key, &claim->date, &claim->region,
                                   &claim->service, &claim->terminator};
    struct slice rest = credential;
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
        if (!slice_split(&rest, '/', parts[i]))
            return false;
    claim->scope = slice_from(credential, claim->access_key.bytes + 1);
    return rest.at == NULL;
}

/* What header and query form have in common once their parts are found. */
static bool finish(struct claim *claim, struct slice algorithm, struct slice credential,
                   struct arena *arena, struct api_error *error)
{
    if (!slice_is(algorithm, algorithm_name))
        return api_fail_print(error, arena, API_ERROR_INCOMPLETE_SIGNATURE,
                              "Unsupported AWS 'algorithm': '%.*s'.",
                              SLICE_PRINT(claim_echo(arena, algorithm)));
    if (!parse_credential(credential, claim))
        return api_fail_print(error, arena, API_ERROR_INCOMPLETE_SIGNATURE,
                              "Credential must have exactly 5 slash-delimited elements, e.g. "
                              "keyid/date/region/service/term, got '%.*s'",
                              SLICE_PRINT(claim_echo(arena, credential)));
    if (!timestamp_parse_basic(claim->timestamp, &claim->signed_at_s))
        return api_fail_print(error, arena, API_ERROR_INCOMPLETE_SIGNATURE,
                              "Date must be in ISO-8601 'basic format'. Got '%.*s'. "
                              "See http://en.wikipedia.org/wiki/ISO_8601",
                              SLICE_PRINT(claim_echo(arena, claim->timestamp)));
    return true;
}

/* ---- header form ---- */

struct header_parts {
    struct slice algorithm;
    struct slice credential;
    struct slice signed_headers;
    struct slice signature;
};

static void take_part(struct header_parts *parts, struct slice name, struct slice value)
{
    if (slice_is(name, "Credential"))
        parts->credential = value;
    else if (slice_is(name, "SignedHeaders"))
        parts->signed_headers = value;
    else if (slice_is(name, "Signature"))
        parts->signature = value;
}

/* Up to the next comma, blank or tab. */
static size_t find_separator(struct slice text)
{
    size_t end = slice_find(text, ',');
    end = slice_find(slice_head(text, end), ' ');
    return slice_find(slice_head(text, end), '\t');
}

/* "<algorithm> name=value, name=value,...". Blanks separate as commas do, so that a key id with a
 * stray blank is named in the answer just as AWS names it. */
static bool split_header(struct slice header, struct header_parts *ret_parts, struct arena *arena,
                         struct api_error *error)
{
    size_t blank = slice_find(header, ' ');
    struct slice rest = slice_from(header, blank + 1);
    *ret_parts = (struct header_parts){.algorithm = slice_head(header, blank)};
    while (rest.bytes > 0) {
        size_t bytes = find_separator(rest);
        struct slice part = slice_head(rest, bytes);
        rest = slice_from(rest, bytes + 1);
        if (part.bytes == 0)
            continue;
        size_t equal = slice_find(part, '=');
        if (equal == part.bytes)
            return api_fail_print(
                error, arena, API_ERROR_INCOMPLETE_SIGNATURE,
                "'%.*s' not a valid key=value pair (missing equal-sign) in Authorization header: "
                "'%.*s'.",
                SLICE_PRINT(claim_echo(arena, part)), SLICE_PRINT(claim_echo(arena, header)));
        take_part(ret_parts, slice_head(part, equal), slice_from(part, equal + 1));
    }
    return true;
}

/* One sentence for each thing that is missing, then the header itself (B2). */
static bool check_header_parts(const struct header_parts *parts, struct slice timestamp,
                               struct slice header, struct arena *arena, struct api_error *error)
{
    const struct {
        bool is_missing;
        const char *sentence;
    } rows[] = {
        {parts->credential.bytes == 0, "Authorization header requires 'Credential' parameter. "},
        {parts->signature.bytes == 0, "Authorization header requires 'Signature' parameter. "},
        {parts->signed_headers.bytes == 0,
         "Authorization header requires 'SignedHeaders' parameter. "},
        {timestamp.bytes == 0,
         "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "},
    };
    struct buffer text;
    buffer_init(&text, arena, 0);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (rows[i].is_missing)
            buffer_add_text(&text, rows[i].sentence);
    if (text.bytes == 0)
        return true;
    buffer_add_text(&text, "Authorization=");
    buffer_add(&text, claim_echo(arena, header));
    return fail_incomplete(error, buffer_slice(&text));
}

static bool parse_header_form(const struct claim_headers *headers, struct arena *arena,
                              struct claim *claim, struct api_error *error)
{
    struct header_parts parts;
    struct slice header = headers->authorization;
    claim->timestamp = headers->amz_date.at != NULL ? headers->amz_date : headers->date;
    claim->token = headers->token;
    if (!split_header(header, &parts, arena, error))
        return false;
    if (!check_header_parts(&parts, claim->timestamp, header, arena, error))
        return false;
    claim->signed_headers = parts.signed_headers;
    claim->signature = parts.signature;
    return finish(claim, parts.algorithm, parts.credential, arena, error);
}

/* ---- query form ---- */

static bool parse_query_form(const struct canonical_query *query, struct arena *arena,
                             struct claim *claim, struct api_error *error)
{
    struct slice algorithm, credential;
    const struct {
        const char *name;
        struct slice *place;
    } rows[] = {
        {"X-Amz-Algorithm", &algorithm},        {"X-Amz-Credential", &credential},
        {"X-Amz-Signature", &claim->signature}, {"X-Amz-SignedHeaders", &claim->signed_headers},
        {"X-Amz-Date", &claim->timestamp},
    };
    struct buffer text;
    buffer_init(&text, arena, 0);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        *rows[i].place = canonical_find(query, rows[i].name, arena);
        if (rows[i].place->bytes == 0)
            buffer_print(&text, "AWS query-string parameters must include '%s'. ", rows[i].name);
    }
    if (text.bytes > 0) {
        buffer_add_text(&text, "Re-examine the query-string parameters.");
        return fail_incomplete(error, buffer_slice(&text));
    }
    claim->is_presigned = true;
    claim->token = canonical_find(query, "X-Amz-Security-Token", arena);
    return finish(claim, algorithm, credential, arena, error);
}

static bool has_parameter(const struct canonical_query *query, const char *name)
{
    for (uint32_t i = 0; i < query->count; i++)
        if (slice_is(query->items[i].name, name))
            return true;
    return false;
}

static bool is_query_form(const struct canonical_query *query)
{
    return has_parameter(query, "X-Amz-Signature") || has_parameter(query, "X-Amz-Credential") ||
           has_parameter(query, "X-Amz-Algorithm") || has_parameter(query, "X-Amz-SignedHeaders");
}

/* ---- none, or those of long ago ---- */

/* Are both parameters of signature version 2 in a form? Only looked for when there is no other sign
 * of credentials. */
static bool has_version_2(struct slice form)
{
    bool has_key = false, has_signature = false;
    struct slice part;
    while (slice_split(&form, '&', &part)) {
        has_key = has_key || slice_starts_with(part, SLICE("AWSAccessKeyId="));
        has_signature = has_signature || slice_starts_with(part, SLICE("Signature="));
    }
    return has_key && has_signature;
}

static bool refuse_without_credentials(const struct auth_request *request,
                                       const struct claim_headers *headers, struct api_error *error)
{
    bool is_form =
        slice_starts_with(headers->content_type, SLICE("application/x-www-form-urlencoded"));
    if (has_version_2(request->raw_query) || (is_form && has_version_2(request->body)))
        return fail_incomplete(
            error, SLICE("Signature version 2 is not supported. Sign the request with Signature "
                         "Version 4 (AWS4-HMAC-SHA256)."));
    return api_fail(error, API_ERROR_ACCESS_DENIED, SLICE_NONE);
}

bool claim_parse(const struct auth_request *request, const struct claim_headers *headers,
                 struct arena *arena, struct claim *ret_claim, struct canonical_query *ret_query,
                 struct api_error *ret_error)
{
    struct claim claim = {0};
    enum err err = canonical_parse_query(arena, request->raw_query, ret_query);
    if (err == ERR_FULL)
        return fail_incomplete(ret_error, SLICE("The query string has too many parameters."));
    if (err != ERR_OK)
        return fail_incomplete(ret_error, SLICE("The query string has a broken percent-encoding."));
    bool is_complete;
    if (headers->authorization.bytes > 0)
        is_complete = parse_header_form(headers, arena, &claim, ret_error);
    else if (is_query_form(ret_query))
        is_complete = parse_query_form(ret_query, arena, &claim, ret_error);
    else
        is_complete = refuse_without_credentials(request, headers, ret_error);
    if (is_complete)
        *ret_claim = claim;
    return is_complete;
}
