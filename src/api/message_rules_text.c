#include "api/message_rules_text.h"

#include "base/utf8.h"

#include "base/banned.h"

#define LANES 16u
#define BLOCK (4 * LANES)

/* A vector of the compiler: 16 bytes are compared at once on every machine that has the registers for it. */
typedef int8_t lanes __attribute__((vector_size(LANES)));

static lanes good_lanes(const uint8_t *at)
{
    lanes c;
    memcpy(&c, at, sizeof(c));
    /* As signed bytes, all that is not ASCII is below blank too. */
    return (lanes)((c >= ' ') | (c == '\n') | (c == '\r') | (c == '\t'));
}

static bool are_all_good(lanes good)
{
    uint64_t halves[2];
    memcpy(halves, &good, sizeof(halves));
    return (halves[0] & halves[1]) == UINT64_MAX;
}

/* Whether LANES, or BLOCK, bytes are all allowed ASCII. */
static bool is_plain_step(const uint8_t *at)
{
    return are_all_good(good_lanes(at));
}

static bool is_plain_block(const uint8_t *at)
{
    return are_all_good(good_lanes(at) & good_lanes(at + LANES) & good_lanes(at + 2 * LANES) &
                        good_lanes(at + 3 * LANES));
}

/* Moves past allowed ASCII in large steps; stops at the step that has something else, or at the end. */
static size_t skip_plain(struct slice text, size_t at)
{
    while (text.bytes - at >= BLOCK && is_plain_block(text.at + at))
        at += BLOCK;
    while (text.bytes - at >= LANES && is_plain_step(text.at + at))
        at += LANES;
    /* The last bytes are looked at together with some that were seen before. */
    if (text.bytes - at < LANES && text.bytes >= LANES &&
        is_plain_step(text.at + text.bytes - LANES))
        at = text.bytes;
    return at;
}

static bool is_continuation(uint8_t c)
{
    return (c & 0xc0) == 0x80;
}

/* Length of the two- or three-byte character at `at` if its first byte alone says that it is allowed whatever follows:
 * no overlong form, no surrogate, no U+FFFE begins like that. 0: look closer. */
static size_t plain_character_bytes(struct slice text, size_t at)
{
    const uint8_t *c = text.at + at;
    size_t left = text.bytes - at;
    if (left >= 2 && c[0] >= 0xc2 && c[0] <= 0xdf && is_continuation(c[1]))
        return 2;
    bool is_first_of_three = (c[0] >= 0xe1 && c[0] <= 0xec) || c[0] == 0xee;
    if (left >= 3 && is_first_of_three && is_continuation(c[1]) && is_continuation(c[2]))
        return 3;
    return 0;
}

static bool is_plain(uint8_t c)
{
    return (c >= 0x20 && c < 0x80) || c == '\n' || c == '\r' || c == '\t';
}

/* utf8_next refuses surrogates like any other broken bytes; here they have a number to be named by. */
static bool is_surrogate(struct slice text, size_t at, uint32_t *ret_point)
{
    if (text.bytes - at < 3)
        return false;
    const uint8_t *c = text.at + at;
    if (c[0] != 0xed || (c[1] & 0xe0) != 0xa0 || (c[2] & 0xc0) != 0x80)
        return false;
    *ret_point = 0xd000u | (uint32_t)(c[1] & 0x3f) << 6 | (c[2] & 0x3fu);
    return true;
}

/* The character at *at by all the rules; MESSAGE_TEXT_GOOD moves *at past it. */
static enum message_text judge(struct slice text, size_t *at, uint32_t *ret_point)
{
    uint32_t point;
    if (!utf8_next(text, at, &point))
        return is_surrogate(text, *at, ret_point) ? MESSAGE_TEXT_FORBIDDEN : MESSAGE_TEXT_NOT_UTF8;
    bool is_control = point < 0x20 && !is_plain((uint8_t)point);
    if (!is_control && point != 0xfffe && point != 0xffff)
        return MESSAGE_TEXT_GOOD;
    *ret_point = point;
    return MESSAGE_TEXT_FORBIDDEN;
}

enum message_text message_rules_text(struct slice text, uint32_t *ret_point)
{
    size_t at = 0;
    size_t slow_until = 0;
    while (at < text.bytes) {
        if (at >= slow_until) {
            at = skip_plain(text, at);
            slow_until = at + LANES;
            continue;
        }
        size_t step = is_plain(text.at[at]) ? 1 : plain_character_bytes(text, at);
        if (step > 0) {
            at += step;
            continue;
        }
        enum message_text answer = judge(text, &at, ret_point);
        if (answer != MESSAGE_TEXT_GOOD)
            return answer;
    }
    return MESSAGE_TEXT_GOOD;
}
