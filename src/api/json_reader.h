/* A pull reader over the bytes of one JSON text (RFC 8259), strict and bounded.
 *
 * Strict: UTF-8 without overlong forms and surrogates, escaped surrogates only in pairs, no raw control characters, no
 * comments, no trailing commas, no leading zeros. U+0000 is legal in a string when escaped. Bounded: nesting up to
 * JSON_READER_DEPTH_MAX; no recursion; memory only for strings that have escapes, at most their raw length.
 *
 * The first fault is final: has_failed stays set and every call from then on returns false. A caller that reads a
 * container calls enter, then next_* and one value in turn, until next_* says false. Thread: one owner. */
#ifndef LEAT_API_JSON_READER_H
#define LEAT_API_JSON_READER_H

#include "base/arena.h"

#define JSON_READER_DEPTH_MAX 64u

enum json_reader_kind {
    JSON_READER_BAD, /* no value stands here */
    JSON_READER_NULL,
    JSON_READER_TRUE,
    JSON_READER_FALSE,
    JSON_READER_NUMBER,
    JSON_READER_STRING,
    JSON_READER_ARRAY,
    JSON_READER_OBJECT,
};

struct json_reader {
    const uint8_t *start, *at, *end;
    struct arena *arena;
    uint32_t depth;
    bool is_first; /* a container was entered and nothing of it read */
    bool has_failed;
};

void json_reader_init(struct json_reader *reader, struct arena *arena, struct slice text);
/* Kind of the value that comes next, by its first byte; the reader fails when there is none. */
enum json_reader_kind json_reader_peek(struct json_reader *reader);

/* Each reads one value of the kind that peek told. */
bool json_reader_read_word(struct json_reader *reader); /* null, true, false */
/* The digits as written. */
bool json_reader_read_number(struct json_reader *reader, struct slice *ret_text);
/* Unescaped: points into the text when there was nothing to unescape, else into the arena. */
bool json_reader_read_string(struct json_reader *reader, struct slice *ret_text);
/* Any value, checked to its end and dropped. */
bool json_reader_skip(struct json_reader *reader);

bool json_reader_enter(struct json_reader *reader); /* an array or object */
/* True: a value comes next. False: the container has ended, or the reader has failed. */
bool json_reader_next_item(struct json_reader *reader);
bool json_reader_next_member(struct json_reader *reader, struct slice *ret_name);

/* After the last value: true when only blanks are left. */
bool json_reader_finish(struct json_reader *reader);
/* How far it came: the place of the fault when it failed. */
size_t json_reader_position(const struct json_reader *reader);

#endif
