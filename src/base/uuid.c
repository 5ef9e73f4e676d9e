#include "base/uuid.h"

#include "base/encode.h"

#include "base/banned.h"

/* Where each group of bytes stands in the text, and how many bytes it has. */
static const struct {
    uint8_t text_at, byte_at, bytes;
} groups[] = {{0, 0, 4}, {9, 4, 2}, {14, 6, 2}, {19, 8, 2}, {24, 10, 6}};

void uuid_print(const uint8_t uuid[16], uint8_t ret_text[UUID_TEXT_BYTES])
{
    for (size_t i = 0; i < ARRAY_COUNT(groups); i++) {
        encode_hex(slice_of(uuid + groups[i].byte_at, groups[i].bytes),
                   ret_text + groups[i].text_at);
        if (i > 0)
            ret_text[groups[i].text_at - 1] = '-';
    }
}

bool uuid_parse(struct slice text, uint8_t ret_uuid[16])
{
    if (text.bytes != UUID_TEXT_BYTES)
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(groups); i++) {
        if (i > 0 && text.at[groups[i].text_at - 1] != '-')
            return false;
        struct slice part = slice_of(text.at + groups[i].text_at, 2u * groups[i].bytes);
        if (!decode_hex(part, ret_uuid + groups[i].byte_at))
            return false;
    }
    return true;
}
