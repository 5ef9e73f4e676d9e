/* JSON bodies. The first byte picks the action: from 'A' on its request, from 'a' on its response. */
#include "api/decoders.h"
#include "fuzz/fuzz.h"
#include "fuzz/typed.h"

#include "base/banned.h"

const char fuzz_name[] = "json";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes == 0)
        return 0;
    bool is_request = data[0] < 'a';
    enum api_action action = (uint8_t)(data[0] - (is_request ? 'A' : 'a')) % API_ACTIONS_COUNT;
    const struct api_action_info *info = api_action_info(action);
    const struct api_table *table = is_request ? info->request : info->response;
    struct arena arena;
    arena_init(&arena);
    void *values = arena_take_zero(&arena, table->bytes);
    struct api_error error = {0};
    if (!api_decode_json_table(&arena, slice_of(data + 1, bytes - 1), table, values, &error)) {
        ASSERT(error.row == api_error_row(API_ERROR_SERIALIZATION));
    } else {
        typed_check(table, values);
        if (!is_request)
            typed_check_answer(&arena, action, values);
    }
    arena_done(&arena);
    return 0;
}
