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

/* Whether BLOCK bytes are all allowed ASCII. */
static bool is_plain_block(const uint8_t *at)
{
    lanes good = good_lanes(at) & good_lanes(at + LANES) & good_lanes(at + 2 * LANES) &
                 good_lanes(at + 3 * LANES);
    uint64_t halves[2];
    memcpy(halves, &good, sizeof(halves));
    return (halves[0] & halves[1]) == UINT64_MAX;
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

enum message_text message_rules_text(struct slice text, uint32_t *ret_point)
{
    size_t at = 0;
    size_t slow_until = 0;
    while (at < text.bytes) {
        if (at >= slow_until && text.bytes - at >= BLOCK) {
            if (is_plain_block(text.at + at)) {
                at += BLOCK;
                continue;
            }
            slow_until = at + BLOCK;
        }
        if (is_plain(text.at[at])) {
            at++;
            continue;
        }
        uint32_t point;
        if (!utf8_next(text, &at, &point)) {
            if (!is_surrogate(text, at, ret_point))
                return MESSAGE_TEXT_NOT_UTF8;
            return MESSAGE_TEXT_FORBIDDEN;
        }
        if (point < 0x20 || point == 0xfffe || point == 0xffff) {
            *ret_point = point;
            return MESSAGE_TEXT_FORBIDDEN;
        }
    }
    return MESSAGE_TEXT_GOOD;
}
