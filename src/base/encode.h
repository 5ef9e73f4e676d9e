/* Hexadecimal, base64 and percent encoding; little-endian integers. */
#ifndef LEAT_BASE_ENCODE_H
#define LEAT_BASE_ENCODE_H

#include "base/arena.h"

/* Lower-case hex; ret_text takes 2 * bytes.bytes bytes, no NUL. */
void encode_hex(struct slice bytes, uint8_t *ret_text);
struct slice encode_hex_in(struct arena *arena, struct slice bytes);
/* Either case. False on an odd length or a foreign character. ret_bytes takes text.bytes / 2. */
bool decode_hex(struct slice text, uint8_t *ret_bytes);

/* RFC 4648 section 4 with padding. */
#define BASE64_TEXT_BYTES(n) (((n) + 2) / 3 * 4)
#define BASE64_DATA_BYTES(n) ((n) / 4 * 3)
/* ret_text takes BASE64_TEXT_BYTES(bytes.bytes). */
void encode_base64(struct slice bytes, uint8_t *ret_text);
/* Strict: padded, no blanks, no stray bits. ret_bytes takes BASE64_DATA_BYTES(text.bytes); *ret_length is what it is. */
bool decode_base64(struct slice text, uint8_t *ret_bytes, size_t *ret_length);

/* RFC 3986: all but unreserved characters become %XX, upper case; `/` stays when keep_slash. Needs at most
 * 3 * bytes.bytes; returns how many bytes were written. */
size_t encode_percent(struct slice bytes, bool keep_slash, uint8_t *ret_text);
/* %XX, and '+' as blank when plus_is_blank. Returns the length, or SIZE_MAX on a broken escape. In place is fine. */
size_t decode_percent(struct slice text, bool plus_is_blank, uint8_t *ret_bytes);

static inline void put_u16(uint8_t *at, uint16_t v)
{
    at[0] = (uint8_t)v;
    at[1] = (uint8_t)(v >> 8);
}
static inline void put_u32(uint8_t *at, uint32_t v)
{
    put_u16(at, (uint16_t)v);
    put_u16(at + 2, (uint16_t)(v >> 16));
}
static inline void put_u64(uint8_t *at, uint64_t v)
{
    put_u32(at, (uint32_t)v);
    put_u32(at + 4, (uint32_t)(v >> 32));
}
static inline uint16_t get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}
static inline uint32_t get_u32(const uint8_t *at)
{
    return (uint32_t)get_u16(at) | (uint32_t)get_u16(at + 2) << 16;
}
static inline uint64_t get_u64(const uint8_t *at)
{
    return (uint64_t)get_u32(at) | (uint64_t)get_u32(at + 4) << 32;
}

#endif
