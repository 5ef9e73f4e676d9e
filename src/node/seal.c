/* The checksum at the end of a small JSON file. */
#include "node/seal.h"

#include <stdio.h>

#include "log/record_crc.h"

#include "base/banned.h"

#define SEAL_BYTES (sizeof(",\"crc32c\":\"00000000\"}\n") - 1)

static void print(struct slice text, char ret_seal[SEAL_BYTES + 1])
{
    int length = snprintf(ret_seal, SEAL_BYTES + 1, ",\"crc32c\":\"%08x\"}\n", record_crc(0, text));
    ASSERT(length == (int)SEAL_BYTES);
}

size_t seal_add(char *text, size_t length, size_t capacity)
{
    ASSERT(length + SEAL_BYTES < capacity);
    print(slice_of(text, length), text + length);
    return length + SEAL_BYTES;
}

bool seal_is_whole(struct slice text)
{
    char seal[SEAL_BYTES + 1];
    if (text.bytes < SEAL_BYTES)
        return false;
    struct slice inner = slice_of(text.at, text.bytes - SEAL_BYTES);
    print(inner, seal);
    return memcmp(text.at + inner.bytes, seal, SEAL_BYTES) == 0;
}
