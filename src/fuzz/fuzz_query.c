/* Query parameters. The first byte picks the action, from 'A' on. What stands before the first line feed is the URL's
 * query, the rest is the form body; without a line feed all is body. */
#include "api/api.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "fuzz/typed.h"

#include "base/banned.h"

const char fuzz_name[] = "query";

static void check_parameters(const struct api_parameters *parameters)
{
    ASSERT(parameters->count <= API_PARAMETERS_MAX);
    for (uint32_t i = 0; i < parameters->count; i++) {
        ASSERT(utf8_is_valid(parameters->items[i].name));
        ASSERT(utf8_is_valid(parameters->items[i].value));
    }
}

static void decode(struct arena *arena, enum api_action action, struct slice url, struct slice body)
{
    struct api_parameters parameters;
    struct api_error error = {0};
    void *request = api_new_request(arena, action);
    if (!api_parse_query(arena, url, body, &parameters, &error)) {
        ASSERT(error.row != NULL);
        return;
    }
    check_parameters(&parameters);
    if (api_decode_query(arena, &parameters, action, request, &error))
        typed_check(api_action_info(action)->request, request);
    else
        ASSERT(error.row != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes == 0)
        return 0;
    enum api_action action = (uint8_t)(data[0] - 'A') % API_ACTIONS_COUNT;
    struct slice body = slice_of(data + 1, bytes - 1), url = SLICE_NONE;
    if (slice_find(body, '\n') < body.bytes)
        slice_split(&body, '\n', &url);
    struct arena arena;
    arena_init(&arena);
    decode(&arena, action, url, body);
    arena_done(&arena);
    return 0;
}
