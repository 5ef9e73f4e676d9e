#include "auth/wildcard.h"

#include "base/banned.h"

static uint8_t fold(uint8_t c, bool ignores_case)
{
    return ignores_case && c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Only the last star ever has to take more: what an earlier one could take, the later one can as
 * well. */
static bool matches(struct slice pattern, struct slice text, bool ignores_case)
{
    size_t p = 0, t = 0;
    size_t star = SIZE_MAX; /* place of the last star in the pattern */
    size_t taken = 0;       /* the text before it belongs to what comes before, or to the star */
    while (t < text.bytes) {
        if (p < pattern.bytes && pattern.at[p] == '*') {
            star = p++;
            taken = t;
        } else if (p < pattern.bytes &&
                   (pattern.at[p] == '?' ||
                    fold(pattern.at[p], ignores_case) == fold(text.at[t], ignores_case))) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    while (p < pattern.bytes && pattern.at[p] == '*')
        p++;
    return p == pattern.bytes;
}

bool wildcard_matches(struct slice pattern, struct slice text)
{
    return matches(pattern, text, false);
}

bool wildcard_matches_nocase(struct slice pattern, struct slice text)
{
    return matches(pattern, text, true);
}
