#include "metadata/json_text.h"

#include "base/banned.h"

json_t *json_text_read(struct slice text, size_t bytes_max)
{
    json_error_t error;
    if (text.bytes == 0 || text.bytes > bytes_max)
        return NULL;
    return json_loadb((const char *)text.at, text.bytes, JSON_REJECT_DUPLICATES, &error);
}

struct slice json_text_write(struct arena *arena, const json_t *value)
{
    size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
    size_t bytes = json_dumpb(value, NULL, 0, flags);
    ASSERT(bytes > 0);
    char *text = arena_take(arena, bytes);
    size_t written = json_dumpb(value, text, bytes, flags);
    ASSERT(written == bytes);
    return slice_of(text, bytes);
}

json_t *json_text_string(struct slice text)
{
    json_t *string = json_stringn(text.bytes > 0 ? (const char *)text.at : "", text.bytes);
    ASSERT(string != NULL);
    return string;
}

struct slice json_text_slice(const json_t *string)
{
    ASSERT(json_is_string(string));
    return slice_of(json_string_value(string), json_string_length(string));
}

void json_text_set(json_t *object, struct slice name, json_t *value)
{
    struct arena memory;
    arena_init(&memory);
    struct slice ended = arena_join(&memory, name, slice_of("", 1));
    ASSERT(strlen((const char *)ended.at) == name.bytes);
    int failed = json_object_set_new(object, (const char *)ended.at, value);
    ASSERT(failed == 0);
    arena_done(&memory);
}
