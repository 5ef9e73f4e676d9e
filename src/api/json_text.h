/* What reader and writer of JSON strings share: finding the bytes that need attention, many at a time. */
#ifndef LEAT_API_JSON_TEXT_H
#define LEAT_API_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/encode.h"

/* Not 0 when some byte of the word is this one. */
static inline uint64_t json_text_find_byte(uint64_t word, uint8_t byte)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t zeroes = word ^ (ones * byte);
    return (zeroes - ones) & ~zeroes & (ones * 0x80);
}

/* A vector of the compiler: 16 bytes are compared at once on every machine that has the registers for it. */
#define JSON_TEXT_LANES 16u
#define JSON_TEXT_BLOCK (4 * JSON_TEXT_LANES)
typedef int8_t json_text_lanes __attribute__((vector_size(JSON_TEXT_LANES)));

static inline json_text_lanes json_text_plain_lanes(const uint8_t *at)
{
    json_text_lanes c;
    memcpy(&c, at, sizeof(c));
    /* As signed bytes, all that is not ASCII is below blank too. */
    return (json_text_lanes)((c >= ' ') & (c != '"') & (c != '\\'));
}

static inline bool json_text_is_plain_block(const uint8_t *at)
{
    uint64_t halves[2];
    json_text_lanes plain = json_text_plain_lanes(at) &
                            json_text_plain_lanes(at + JSON_TEXT_LANES) &
                            json_text_plain_lanes(at + 2 * JSON_TEXT_LANES) &
                            json_text_plain_lanes(at + 3 * JSON_TEXT_LANES);
    memcpy(halves, &plain, sizeof(halves));
    return (halves[0] & halves[1]) == UINT64_MAX;
}

/* True in the high bit of some byte when a byte of the word is a quote, a backslash, a control character or not
 * ASCII. Borrows can make it true for a byte above such a byte, never without one. */
static inline uint64_t json_text_find_special(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t quotes = word ^ (ones * '"');
    uint64_t backslashes = word ^ (ones * '\\');
    return (word | (word - ones * 0x20) | (quotes - ones) | (backslashes - ones)) & (ones * 0x80);
}

static inline bool json_text_is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* The first byte in at..end that is no plain ASCII, or end. */
static inline const uint8_t *json_text_skip_plain(const uint8_t *at, const uint8_t *end)
{
    while ((size_t)(end - at) >= JSON_TEXT_BLOCK && json_text_is_plain_block(at))
        at += JSON_TEXT_BLOCK;
    while ((size_t)(end - at) >= sizeof(uint64_t)) {
        uint64_t special = json_text_find_special(get_u64(at));
        if (special != 0)
            return at + __builtin_ctzll(special) / 8; /* the lowest is never one of the borrows' */
        at += sizeof(uint64_t);
    }
    while (at < end && json_text_is_plain(*at))
        at++;
    return at;
}

#endif
