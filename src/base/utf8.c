#include "base/utf8.h"

#include "base/check.h"

#include "base/banned.h"

static bool is_continuation(uint8_t c)
{
    return (c & 0xc0) == 0x80;
}

bool utf8_next(struct slice s, size_t *at, uint32_t *ret_point)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (*at >= s.bytes)
        return false;
    const uint8_t *c = s.at + *at;
    if (c[0] < 0x80) {
        *ret_point = c[0];
        (*at)++;
        return true;
    }
    size_t length = c[0] >= 0xf0 && c[0] <= 0xf4 ? 4 : c[0] >= 0xe0 ? 3 : c[0] >= 0xc2 ? 2 : 0;
    if (c[0] > 0xf4 || length == 0 || s.bytes - *at < length)
        return false;
    uint32_t point = c[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if (!is_continuation(c[i]))
            return false;
        point = point << 6 | (c[i] & 0x3fu);
    }
    if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return false;
    *ret_point = point;
    *at += length;
    return true;
}

bool utf8_is_valid(struct slice s)
{
    size_t at = 0;
    uint32_t point;
    while (at < s.bytes) {
        uint64_t word;
        if (s.bytes - at >= sizeof(word)) {
            memcpy(&word, s.at + at, sizeof(word));
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof(word);
                continue;
            }
        }
        if (s.at[at] < 0x80)
            at++;
        else if (!utf8_next(s, &at, &point))
            return false;
    }
    return true;
}

size_t utf8_put(uint32_t point, uint8_t *ret_bytes)
{
    ASSERT(point <= 0x10ffff);
    if (point < 0x80) {
        ret_bytes[0] = (uint8_t)point;
        return 1;
    }
    size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        ret_bytes[i] = (uint8_t)(0x80 | (point & 0x3f));
        point >>= 6;
    }
    ret_bytes[0] = (uint8_t)((0xf00u >> length & 0xffu) | point);
    return length;
}

size_t utf8_count(struct slice s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.bytes; i++)
        count += !is_continuation(s.at[i]);
    return count;
}
