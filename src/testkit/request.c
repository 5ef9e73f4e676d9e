#include "testkit/request.h"

#include "base/banned.h"

static struct slice lower_case(struct arena *arena, struct slice text)
{
    uint8_t *copy = arena_take(arena, text.bytes + 1);
    for (size_t i = 0; i < text.bytes; i++)
        copy[i] = text.at[i] >= 'A' && text.at[i] <= 'Z' ? (uint8_t)(text.at[i] + 32) : text.at[i];
    return slice_of(copy, text.bytes);
}

static void take_header(struct testkit_request *request, struct slice line, struct arena *arena)
{
    size_t colon = slice_find(line, ':');
    struct slice value = slice_from(line, colon + 1);
    if (value.bytes > 0 && value.at[0] == ' ')
        value = slice_of(value.at + 1, value.bytes - 1);
    if (value.at == NULL)
        value = SLICE("");
    if (request->headers_count == TESTKIT_HEADERS_MAX)
        return;
    request->headers[request->headers_count++] =
        (struct testkit_header){lower_case(arena, slice_head(line, colon)), value};
}

void testkit_request_parse(struct slice text, struct arena *arena,
                           struct testkit_request *ret_request)
{
    struct slice line = SLICE("");
    struct slice rest = text;
    memset(ret_request, 0, sizeof(*ret_request));
    if (!slice_split(&rest, '\n', &line))
        return;
    size_t blank = slice_find(line, ' ');
    struct slice target = slice_from(line, blank + 1);
    size_t question = slice_find(target, '?');
    ret_request->method = slice_head(line, blank);
    ret_request->path = slice_head(target, question);
    ret_request->query = slice_from(target, question + 1);
    while (slice_split(&rest, '\n', &line) && line.bytes > 0)
        take_header(ret_request, line, arena);
    ret_request->body = rest;
}
