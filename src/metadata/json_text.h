/* JSON documents between bytes and jansson's values, for what the metadata keeps or is given as text. */
#ifndef LEAT_METADATA_JSON_TEXT_H
#define LEAT_METADATA_JSON_TEXT_H

#include <jansson.h>

#include "base/arena.h"
#include "base/slice.h"

/* NULL when the text is longer than bytes_max or no JSON; a member given twice is refused, because two readers might
 * disagree about which one counts. The caller drops the reference (json_auto_t). */
json_t *json_text_read(struct slice text, size_t bytes_max);
/* Compact; members in their order. */
struct slice json_text_write(struct arena *arena, const json_t *value);

/* Never NULL. `text` is UTF-8. */
json_t *json_text_string(struct slice text);
/* Borrowed from the value, which is a string. */
struct slice json_text_slice(const json_t *string);
/* object[name] = value, whose reference moves. `name` is UTF-8 without NUL. */
void json_text_set(json_t *object, struct slice name, json_t *value);

#endif
