#include "metadata/queue_tags.h"

#include "base/utf8.h"

#include "base/banned.h"

static bool refuse(struct api_error *error, struct slice text)
{
    return api_fail(error, API_ERROR_INVALID_PARAMETER_VALUE, text);
}

/* Letters, digits, blanks and _ . : / = + - @. Above ASCII everything printable counts as a letter. */
static bool is_tag_point(uint32_t point)
{
    static const char marks[] = " _.:/=+-@";
    if (point >= 0x80)
        return point >= 0xa0;
    if ((point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') ||
        (point >= '0' && point <= '9'))
        return true;
    return point != 0 && memchr(marks, (int)point, sizeof(marks) - 1) != NULL;
}

static bool are_tag_points(struct slice text)
{
    uint32_t point;
    for (size_t at = 0; at < text.bytes;)
        if (!utf8_next(text, &at, &point) || !is_tag_point(point))
            return false;
    return true;
}

static bool is_within(struct slice text, size_t chars_max)
{
    return text.bytes <= 4 * chars_max && (!utf8_is_valid(text) || utf8_count(text) <= chars_max);
}

static bool check_key_length(struct slice key, struct api_error *error)
{
    if (key.bytes == 0 || !is_within(key, QUEUE_TAG_KEY_CHARS_MAX))
        return refuse(error, SLICE("Tag keys must be between 1 and 128 characters in length."));
    return true;
}

static bool check_tag(const struct api_string_pair *tag, struct api_error *error)
{
    if (!check_key_length(tag->key, error))
        return false;
    if (!is_within(tag->value, QUEUE_TAG_VALUE_CHARS_MAX))
        return refuse(error, SLICE("Tag values must be between 0 and 256 characters in length."));
    if (!are_tag_points(tag->key))
        return refuse(
            error,
            SLICE("Tag keys can only include letters, digits, whitespace, and _ . : / = + - @"));
    if (!are_tag_points(tag->value))
        return refuse(
            error,
            SLICE("Tag values can only include letters, digits, whitespace, and _ . : / = + - @"));
    if (slice_equal_nocase(slice_head(tag->key, 4), SLICE("aws:")))
        return refuse(error, SLICE("Tag keys cannot begin with aws:, which is reserved."));
    return true;
}

static struct queue_tag *find(struct queue_tag *tags, uint32_t count, struct slice key)
{
    for (uint32_t i = 0; i < count; i++)
        if (slice_equal(tags[i].key, key))
            return &tags[i];
    return NULL;
}

static bool refuse_count(struct api_error *error, struct arena *arena, struct slice queue_name)
{
    return api_fail_print(error, arena, API_ERROR_INVALID_PARAMETER_VALUE,
                          "Too many tags added for queue %.*s.", SLICE_PRINT(queue_name));
}

bool queue_tags_add(const struct queue_tags *tags, const struct api_string_map *added,
                    struct slice queue_name, struct arena *arena, struct queue_tags *ret_tags,
                    struct api_error *error)
{
    ASSERT(tags->count <= QUEUE_TAGS_MAX);
    uint32_t count = tags->count;
    struct queue_tag *items = ARENA_NEW_MANY(arena, struct queue_tag, QUEUE_TAGS_MAX);
    if (count > 0)
        memcpy(items, tags->items, count * sizeof(items[0]));
    if (added->count > QUEUE_TAGS_MAX)
        return refuse_count(error, arena, queue_name);
    for (uint32_t i = 0; i < added->count; i++) {
        const struct api_string_pair *tag = &added->items[i];
        if (!check_tag(tag, error))
            return false;
        struct queue_tag *place = find(items, count, tag->key);
        if (place == NULL && count == QUEUE_TAGS_MAX)
            return refuse_count(error, arena, queue_name);
        if (place == NULL)
            place = &items[count++];
        *place = (struct queue_tag){tag->key, tag->value};
    }
    *ret_tags = (struct queue_tags){items, count};
    return true;
}

bool queue_tags_remove(const struct queue_tags *tags, const struct api_string_list *keys,
                       struct arena *arena, struct queue_tags *ret_tags, struct api_error *error)
{
    if (keys->count == 0)
        return check_key_length(SLICE_NONE, error);
    struct queue_tag *items = ARENA_NEW_MANY(arena, struct queue_tag, tags->count);
    uint32_t count = tags->count;
    if (count > 0)
        memcpy(items, tags->items, count * sizeof(items[0]));
    for (uint32_t i = 0; i < keys->count; i++) {
        if (!check_key_length(keys->items[i], error))
            return false;
        struct queue_tag *place = find(items, count, keys->items[i]);
        if (place == NULL)
            continue;
        memmove(place, place + 1, (size_t)(&items[count] - (place + 1)) * sizeof(items[0]));
        count--;
    }
    *ret_tags = (struct queue_tags){items, count};
    return true;
}
