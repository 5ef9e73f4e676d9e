/* Message attributes and message system attributes of a send (reference D2, D4, D5). Any thread. */
#ifndef LEAT_API_MESSAGE_RULES_ATTRIBUTES_H
#define LEAT_API_MESSAGE_RULES_ATTRIBUTES_H

#include "api/errors.h"
#include "api/generated/types.h"
#include "api/message_digest.h"
#include "base/arena.h"

/* What user attributes add to a message's size (D2). Also for attributes that break the rules. */
uint64_t message_rules_attributes_bytes(const struct api_message_attribute_map *map);

/* ret_attributes has room for MESSAGE_ATTRIBUTES_MAX and comes back sorted by name, *ret_count of them. */
bool message_rules_check_attributes(struct arena *arena,
                                    const struct api_message_attribute_map *map,
                                    struct message_attribute *ret_attributes, uint32_t *ret_count,
                                    struct api_error *ret_error);

/* The one system attribute that a send may have, AWSTraceHeader. *ret_found is false when the map is empty. */
bool message_rules_check_system(struct arena *arena, const struct api_message_attribute_map *map,
                                struct message_attribute *ret_trace, bool *ret_found,
                                struct api_error *ret_error);

#endif
