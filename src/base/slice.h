/* Bytes that somebody else owns: a pointer and a length, never NUL-ended. */
#ifndef LEAT_BASE_SLICE_H
#define LEAT_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *at; /* may be NULL only when bytes is 0 */
    size_t bytes;
};

#define SLICE(literal) ((struct slice){(const uint8_t *)("" literal), sizeof(literal) - 1})
#define SLICE_NONE     ((struct slice){NULL, 0})
/* For printf("%.*s", SLICE_PRINT(s)). */
#define SLICE_PRINT(s) (int)(s).bytes, (const char *)(s).at

static inline struct slice slice_of(const void *at, size_t bytes)
{
    return (struct slice){(const uint8_t *)at, bytes};
}

static inline struct slice slice_from_text(const char *text)
{
    return slice_of(text, strlen(text));
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.at, b.at, a.bytes) == 0);
}

static inline bool slice_is(struct slice a, const char *text)
{
    return slice_equal(a, slice_from_text(text));
}

/* Byte order, shorter first on a tie: <0, 0, >0. */
static inline int slice_compare(struct slice a, struct slice b)
{
    size_t shared = a.bytes < b.bytes ? a.bytes : b.bytes;
    int order = shared > 0 ? memcmp(a.at, b.at, shared) : 0;
    if (order != 0)
        return order;
    return a.bytes < b.bytes ? -1 : a.bytes > b.bytes;
}

static inline bool slice_starts_with(struct slice s, struct slice prefix)
{
    return s.bytes >= prefix.bytes &&
           (prefix.bytes == 0 || memcmp(s.at, prefix.at, prefix.bytes) == 0);
}

static inline bool slice_ends_with(struct slice s, struct slice suffix)
{
    return s.bytes >= suffix.bytes && (suffix.bytes == 0 || memcmp(s.at + s.bytes - suffix.bytes,
                                                                   suffix.at, suffix.bytes) == 0);
}

/* The part from `from` on; empty when from is past the end. */
static inline struct slice slice_from(struct slice s, size_t from)
{
    return from < s.bytes ? slice_of(s.at + from, s.bytes - from) : SLICE_NONE;
}

static inline struct slice slice_head(struct slice s, size_t bytes)
{
    return slice_of(s.at, bytes < s.bytes ? bytes : s.bytes);
}

/* Index of the first such byte, or s.bytes. */
static inline size_t slice_find(struct slice s, uint8_t byte)
{
    const uint8_t *at = s.bytes > 0 ? (const uint8_t *)memchr(s.at, byte, s.bytes) : NULL;
    return at != NULL ? (size_t)(at - s.at) : s.bytes;
}

/* ASCII letters compare without case. */
bool slice_equal_nocase(struct slice a, struct slice b);
/* Without leading and trailing blanks and tabs. */
struct slice slice_trim(struct slice s);
/* Cuts *rest at the next `byte`: returns what stands before it; *rest is what stands behind it. False when
 * *rest was NULL; the last part leaves *rest with at == NULL. */
static inline bool slice_split(struct slice *rest, uint8_t byte, struct slice *ret_part)
{
    if (rest->at == NULL)
        return false;
    size_t cut = slice_find(*rest, byte);
    *ret_part = slice_of(rest->at, cut);
    if (cut == rest->bytes)
        *rest = SLICE_NONE;
    else
        *rest = slice_of(rest->at + cut + 1, rest->bytes - cut - 1);
    return true;
}

/* Canonical decimal integer: optional '-', no blanks, no '+', no leading zeros but "0" itself, within int64. */
bool slice_to_int64(struct slice s, int64_t *ret_value);

#endif
