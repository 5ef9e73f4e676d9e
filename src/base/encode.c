#include "base/encode.h"

#include "base/banned.h"

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Four bytes to eight digits, all at once in one word. */
static uint64_t hex_digits(uint32_t bytes)
{
    uint64_t wide = bytes;
    wide = (wide | wide << 16) & UINT64_C(0x0000ffff0000ffff);
    wide = (wide | wide << 8) & UINT64_C(0x00ff00ff00ff00ff);
    uint64_t halves =
        (wide >> 4 & UINT64_C(0x000f000f000f000f)) | (wide & UINT64_C(0x000f000f000f000f)) << 8;
    uint64_t is_letter =
        (halves + UINT64_C(0x0606060606060606)) >> 4 & UINT64_C(0x0101010101010101);
    return halves + UINT64_C(0x3030303030303030) + is_letter * ('a' - '9' - 1);
}

void encode_hex(struct slice bytes, uint8_t *ret_text)
{
    size_t at = 0;
    for (; bytes.bytes - at >= 4; at += 4)
        put_u64(ret_text + 2 * at, hex_digits(get_u32(bytes.at + at)));
    for (; at < bytes.bytes; at++)
        put_u16(ret_text + 2 * at, (uint16_t)hex_digits(bytes.at[at]));
}

struct slice encode_hex_in(struct arena *arena, struct slice bytes)
{
    uint8_t *text = arena_take(arena, 2 * bytes.bytes);
    encode_hex(bytes, text);
    return slice_of(text, 2 * bytes.bytes);
}

/* What a digit is worth, plus one; 0: no digit. */
static const uint8_t hex_values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

bool decode_hex(struct slice text, uint8_t *ret_bytes)
{
    if (text.bytes % 2 != 0)
        return false;
    for (size_t i = 0; i < text.bytes; i += 2) {
        unsigned high = hex_values[text.at[i]];
        unsigned low = hex_values[text.at[i + 1]];
        if (high == 0 || low == 0)
            return false;
        ret_bytes[i / 2] = (uint8_t)((high - 1) << 4 | (low - 1));
    }
    return true;
}

static void put_group(uint8_t *text, uint32_t group)
{
    text[0] = (uint8_t)base64_digits[group >> 18];
    text[1] = (uint8_t)base64_digits[group >> 12 & 63];
    text[2] = (uint8_t)base64_digits[group >> 6 & 63];
    text[3] = (uint8_t)base64_digits[group & 63];
}

void encode_base64(struct slice bytes, uint8_t *ret_text)
{
    const uint8_t *at = bytes.at;
    size_t left = bytes.bytes;
    for (; left >= 3; left -= 3, at += 3, ret_text += 4)
        put_group(ret_text, (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2]);
    if (left == 0)
        return;
    put_group(ret_text, (uint32_t)at[0] << 16 | (left > 1 ? (uint32_t)at[1] << 8 : 0));
    ret_text[3] = '=';
    if (left == 1)
        ret_text[2] = '=';
}

/* What a digit is worth, plus one; 0: no digit. */
static const uint8_t base64_values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

/* One group of four; `pads` of them are '='. Stray bits under the padding are refused. */
static bool decode_base64_group(const uint8_t *text, int pads, uint8_t *ret_bytes)
{
    uint32_t group = 0;
    for (int i = 0; i < 4 - pads; i++) {
        uint32_t value = base64_values[text[i]];
        if (value == 0)
            return false;
        group |= (value - 1) << (18 - 6 * i);
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

/* Four digits without padding: most of a long text. */
static inline bool decode_base64_whole(const uint8_t text[4], uint8_t ret_bytes[3])
{
    uint32_t a = base64_values[text[0]], b = base64_values[text[1]];
    uint32_t c = base64_values[text[2]], d = base64_values[text[3]];
    uint32_t group = ((a - 1) << 18) + ((b - 1) << 12) + ((c - 1) << 6) + (d - 1);
    if (a == 0 || b == 0 || c == 0 || d == 0)
        return false;
    ret_bytes[0] = (uint8_t)(group >> 16);
    ret_bytes[1] = (uint8_t)(group >> 8);
    ret_bytes[2] = (uint8_t)group;
    return true;
}

bool decode_base64(struct slice text, uint8_t *ret_bytes, size_t *ret_length)
{
    if (text.bytes % 4 != 0)
        return false;
    if (text.bytes == 0) {
        *ret_length = 0;
        return true;
    }
    const uint8_t *at = text.at, *last = text.at + text.bytes - 4;
    uint8_t *to = ret_bytes;
    for (; at < last; at += 4, to += 3)
        if (!decode_base64_whole(at, to))
            return false;
    int pads = last[3] != '=' ? 0 : last[2] != '=' ? 1 : 2;
    if (!decode_base64_group(last, pads, to))
        return false;
    *ret_length = (size_t)(to - ret_bytes) + (size_t)(3 - pads);
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

/* True when a byte of the word is the one that all bytes of `wanted` are. */
static bool has_byte(uint64_t word, uint64_t wanted)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t zeroes = word ^ wanted;
    return ((zeroes - ones) & ~zeroes & (ones * 0x80)) != 0;
}

/* Copies words up to the first with a '%' or '+'; returns how many bytes. In place is fine. */
static size_t copy_plain_words(struct slice text, uint8_t *ret_bytes)
{
    size_t at = 0;
    while (text.bytes - at >= 8) {
        uint64_t word = get_u64(text.at + at);
        if (has_byte(word, UINT64_C(0x2525252525252525)) ||
            has_byte(word, UINT64_C(0x2b2b2b2b2b2b2b2b)))
            break;
        put_u64(ret_bytes + at, word);
        at += 8;
    }
    return at;
}

size_t decode_percent(struct slice text, bool plus_is_blank, uint8_t *ret_bytes)
{
    size_t length = 0;
    for (size_t i = 0; i < text.bytes;) {
        size_t run = copy_plain_words(slice_from(text, i), ret_bytes + length);
        size_t end = i + run + 8 < text.bytes ? i + run + 8 : text.bytes;
        length += run;
        for (i += run; i < end; i++) {
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
    }
    return length;
}
