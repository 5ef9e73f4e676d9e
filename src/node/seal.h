/* The checksum of the data directory's small JSON files: the last member, over every byte before it.
 *
 *     {"leat":"clock",...,"crc32c":"<8 hex digits>"}\n
 *
 * The text is compared byte for byte, so no flipped bit and no missing end passes. Pure; any thread. */
#ifndef LEAT_NODE_SEAL_H
#define LEAT_NODE_SEAL_H

#include "base/check.h"
#include "base/slice.h"

/* `text` holds `length` bytes of an object without its closing brace. Returns the length with the seal; NUL-ended. */
size_t seal_add(char *text, size_t length, size_t capacity);
MUST_CHECK bool seal_is_whole(struct slice text);

#endif
