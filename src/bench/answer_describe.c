#include "base/check.h"
#include "bench/answer.h"

#include "base/banned.h"

#define BODY_SHOWN 120u

/* Runs of blanks become one, and nothing reaches a terminal that could move its cursor. */
static size_t put_plain(char *to, size_t room, struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.bytes && count < room; i++) {
        uint8_t c = text.at[i];
        bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (is_blank && (count == 0 || to[count - 1] == ' '))
            continue;
        to[count++] = is_blank ? ' ' : c > 0x20 && c < 0x7f ? (char)c : '?';
    }
    return count;
}

void answer_describe(uint32_t status, const struct answer *answer, struct slice body,
                     char *ret_text, size_t bytes)
{
    int head = snprintf(ret_text, bytes, "%u ", status);
    ASSERT(head > 0 && (size_t)head < bytes);
    size_t at = (size_t)head, room = bytes - 1 - at;
    if (answer->error_code.bytes > 0 || answer->error_text.bytes > 0) {
        at += put_plain(ret_text + at, room < 100 ? room : 100, answer->error_code);
        if (at + 1 < bytes)
            ret_text[at++] = ' ';
        at += put_plain(ret_text + at, bytes - 1 - at, answer->error_text);
    } else {
        at += put_plain(ret_text + at, room < BODY_SHOWN ? room : BODY_SHOWN, body);
    }
    while (ret_text[at - 1] == ' ')
        at--;
    ret_text[at] = 0;
}
