#include "base/encode.h"

#include "base/banned.h"

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void encode_hex(struct slice bytes, uint8_t *ret_text)
{
    for (size_t i = 0; i < bytes.bytes; i++) {
        ret_text[2 * i] = (uint8_t)hex_digits[bytes.at[i] >> 4];
        ret_text[2 * i + 1] = (uint8_t)hex_digits[bytes.at[i] & 15];
    }
}

struct slice encode_hex_in(struct arena *arena, struct slice bytes)
{
    uint8_t *text = arena_take(arena, 2 * bytes.bytes);
    encode_hex(bytes, text);
    return slice_of(text, 2 * bytes.bytes);
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool decode_hex(struct slice text, uint8_t *ret_bytes)
{
    if (text.bytes % 2 != 0)
        return false;
    for (size_t i = 0; i < text.bytes; i += 2) {
        int high = hex_value(text.at[i]);
        int low = hex_value(text.at[i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret_bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void encode_base64(struct slice bytes, uint8_t *ret_text)
{
    for (size_t i = 0; i < bytes.bytes; i += 3) {
        size_t left = bytes.bytes - i;
        uint32_t group = (uint32_t)bytes.at[i] << 16;
        if (left > 1)
            group |= (uint32_t)bytes.at[i + 1] << 8;
        if (left > 2)
            group |= bytes.at[i + 2];
        *ret_text++ = (uint8_t)base64_digits[group >> 18];
        *ret_text++ = (uint8_t)base64_digits[group >> 12 & 63];
        *ret_text++ = (uint8_t)(left > 1 ? base64_digits[group >> 6 & 63] : '=');
        *ret_text++ = (uint8_t)(left > 2 ? base64_digits[group & 63] : '=');
    }
}

static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* One group of four; `pads` of them are '='. Stray bits under the padding are refused. */
static bool decode_base64_group(const uint8_t *text, int pads, uint8_t *ret_bytes)
{
    uint32_t group = 0;
    for (int i = 0; i < 4 - pads; i++) {
        int value = base64_value(text[i]);
        if (value < 0)
            return false;
        group |= (uint32_t)value << (18 - 6 * i);
    }
    if ((pads == 1 && (group & 0xff)) || (pads == 2 && (group & 0xffff)))
        return false;
    ret_bytes[0] = (uint8_t)(group >> 16);
    if (pads < 2)
        ret_bytes[1] = (uint8_t)(group >> 8);
    if (pads < 1)
        ret_bytes[2] = (uint8_t)group;
    return true;
}

bool decode_base64(struct slice text, uint8_t *ret_bytes, size_t *ret_length)
{
    if (text.bytes % 4 != 0)
        return false;
    size_t length = 0;
    for (size_t i = 0; i < text.bytes; i += 4) {
        int pads = 0;
        if (i + 4 == text.bytes)
            pads = text.at[i + 3] != '=' ? 0 : text.at[i + 2] != '=' ? 1 : 2;
        if (!decode_base64_group(text.at + i, pads, ret_bytes + length))
            return false;
        length += (size_t)(3 - pads);
    }
    *ret_length = length;
    return true;
}

static bool is_unreserved(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

size_t encode_percent(struct slice bytes, bool keep_slash, uint8_t *ret_text)
{
    static const char upper_digits[] = "0123456789ABCDEF";
    size_t length = 0;
    for (size_t i = 0; i < bytes.bytes; i++) {
        uint8_t c = bytes.at[i];
        if (is_unreserved(c) || (keep_slash && c == '/')) {
            ret_text[length++] = c;
            continue;
        }
        ret_text[length++] = '%';
        ret_text[length++] = (uint8_t)upper_digits[c >> 4];
        ret_text[length++] = (uint8_t)upper_digits[c & 15];
    }
    return length;
}

size_t decode_percent(struct slice text, bool plus_is_blank, uint8_t *ret_bytes)
{
    size_t length = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        uint8_t c = text.at[i];
        if (c == '+' && plus_is_blank) {
            c = ' ';
        } else if (c == '%') {
            if (text.bytes - i < 3 || !decode_hex(slice_of(text.at + i + 1, 2), &c))
                return SIZE_MAX;
            i += 2;
        }
        ret_bytes[length++] = c;
    }
    return length;
}
