/* What is known of an action, and its typed structs. */
#include "api/api.h"

#include "base/banned.h"

const struct api_action_info *api_action_info(enum api_action action)
{
    ASSERT(action < API_ACTIONS_COUNT);
    return &api_action_infos[action];
}

const char *api_action_name(enum api_action action)
{
    return (const char *)api_action_info(action)->name.at;
}

void *api_new_request(struct arena *arena, enum api_action action)
{
    return arena_take_zero(arena, api_action_info(action)->request->bytes);
}

void *api_new_response(struct arena *arena, enum api_action action)
{
    return arena_take_zero(arena, api_action_info(action)->response->bytes);
}

bool api_peek_action(struct slice name, enum api_action *ret_action)
{
    for (uint32_t i = 0; i < API_ACTIONS_COUNT; i++) {
        if (slice_equal(name, api_action_infos[i].name)) {
            *ret_action = (enum api_action)i;
            return true;
        }
    }
    return false;
}

bool api_peek_target(struct slice target, enum api_action *ret_action)
{
    static const struct slice prefix = {(const uint8_t *)"AmazonSQS.", 10};
    return slice_starts_with(target, prefix) &&
           api_peek_action(slice_from(target, prefix.bytes), ret_action);
}
