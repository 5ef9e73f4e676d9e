/* UTF-8, strictly: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef LEAT_BASE_UTF8_H
#define LEAT_BASE_UTF8_H

#include "base/slice.h"

/* Reads the code point at s.at[*at] and moves *at past it. False (and *at unmoved) when the bytes are not UTF-8. */
bool utf8_next(struct slice s, size_t *at, uint32_t *ret_point);
bool utf8_is_valid(struct slice s);
/* Writes 1 to 4 bytes, returns how many. point is at most 0x10ffff and no surrogate. */
size_t utf8_put(uint32_t point, uint8_t *ret_bytes);
/* Number of code points; s is valid UTF-8. */
size_t utf8_count(struct slice s);

#endif
