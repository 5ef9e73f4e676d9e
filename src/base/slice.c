#include "base/slice.h"

#include "base/banned.h"

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
    if (a.bytes != b.bytes)
        return false;
    if (slice_equal(a, b)) /* as it mostly is */
        return true;
    for (size_t i = 0; i < a.bytes; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

struct slice slice_trim(struct slice s)
{
    while (s.bytes > 0 && (s.at[0] == ' ' || s.at[0] == '\t'))
        s = slice_of(s.at + 1, s.bytes - 1);
    while (s.bytes > 0 && (s.at[s.bytes - 1] == ' ' || s.at[s.bytes - 1] == '\t'))
        s.bytes--;
    return s;
}

bool slice_to_int64(struct slice s, int64_t *ret_value)
{
    bool is_negative = s.bytes > 0 && s.at[0] == '-';
    struct slice digits = is_negative ? slice_from(s, 1) : s;
    if (digits.bytes == 0 || digits.bytes > 19)
        return false;
    if (digits.at[0] == '0' && (digits.bytes > 1 || is_negative))
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < digits.bytes; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(digits.at[i] - '0');
    }
    if (value > (uint64_t)INT64_MAX)
        return false;
    *ret_value = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}
