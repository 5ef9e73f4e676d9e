/* What reader and writer of JSON strings share: finding the bytes that need attention, eight at a time. */
#ifndef LEAT_API_JSON_TEXT_H
#define LEAT_API_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Not 0 when some byte of the word is this one. */
static inline uint64_t json_text_find_byte(uint64_t word, uint8_t byte)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t zeroes = word ^ (ones * byte);
    return (zeroes - ones) & ~zeroes & (ones * 0x80);
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
    uint64_t word;
    while ((size_t)(end - at) >= sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        if (json_text_find_special(word) != 0)
            break;
        at += sizeof(word);
    }
    while (at < end && json_text_is_plain(*at))
        at++;
    return at;
}

#endif
