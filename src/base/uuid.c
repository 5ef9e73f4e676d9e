#include "base/uuid.h"

#include "base/encode.h"

#include "base/banned.h"

/* Where each group of bytes stands in the text, and how many bytes it has. */
static const struct {
    uint8_t text_at, byte_at, bytes;
} groups[] = {{0, 0, 4}, {9, 4, 2}, {14, 6, 2}, {19, 8, 2}, {24, 10, 6}};

void uuid_print(const uint8_t uuid[16], uint8_t ret_text[UUID_TEXT_BYTES])
{
    uint8_t digits[32];
    encode_hex(slice_of(uuid, 16), digits);
    memcpy(ret_text, digits, 8);
    memcpy(ret_text + 9, digits + 8, 4);
    memcpy(ret_text + 14, digits + 12, 4);
    memcpy(ret_text + 19, digits + 16, 4);
    memcpy(ret_text + 24, digits + 20, 12);
    ret_text[8] = ret_text[13] = ret_text[18] = ret_text[23] = '-';
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
