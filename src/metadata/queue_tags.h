/* Tags of a queue (reference C22, C23). Results point into the arena and into what was given. Any thread. */
#ifndef LEAT_METADATA_QUEUE_TAGS_H
#define LEAT_METADATA_QUEUE_TAGS_H

#include "api/api.h"
#include "metadata/queue.h"

#define QUEUE_TAGS_MAX            50u
#define QUEUE_TAG_KEY_CHARS_MAX   128u
#define QUEUE_TAG_VALUE_CHARS_MAX 256u

struct queue_tags {
    const struct queue_tag *items;
    uint32_t count;
};

/* The tags with `added` put over them: the same key overwrites; of a key given twice the last counts. An empty map
 * changes nothing: that TagQueue refuses one is the caller's check. */
bool queue_tags_add(const struct queue_tags *tags, const struct api_string_map *added,
                    struct slice queue_name, struct arena *arena, struct queue_tags *ret_tags,
                    struct api_error *error);
/* The tags without those keys; unknown keys are fine, no keys at all are not. */
bool queue_tags_remove(const struct queue_tags *tags, const struct api_string_list *keys,
                       struct arena *arena, struct queue_tags *ret_tags, struct api_error *error);

#endif
