/* Edit distance with swapped neighbours: an insertion, a deletion, a substitution, a swap cost 1. */
#include "base/nearest.h"

#include "base/banned.h"

#define PREFIX_BYTES_MIN 3u

static unsigned fold(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c + 32u;
    return c == '_' ? '-' : c;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned measure(struct slice a, struct slice b)
{
    unsigned rows[3][NEAREST_BYTES_MAX + 1]; /* of the matrix: before last, last, this */
    unsigned *older = rows[0], *old = rows[1], *row = rows[2];
    for (unsigned j = 0; j <= b.bytes; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a.bytes; i++) {
        unsigned *free_row = older;
        older = old;
        old = row;
        row = free_row;
        row[0] = i;
        for (unsigned j = 1; j <= b.bytes; j++) {
            unsigned left = fold(a.at[i - 1]), right = fold(b.at[j - 1]);
            row[j] = least(least(old[j], row[j - 1]) + 1, old[j - 1] + (left != right));
            if (i > 1 && j > 1 && left == fold(b.at[j - 2]) && right == fold(a.at[i - 2]))
                row[j] = least(row[j], older[j - 2] + 1);
        }
    }
    return row[b.bytes];
}

struct nearest nearest_to(struct slice word)
{
    return (struct nearest){.word = word, .distance = (unsigned)(word.bytes + 2) / 3 + 1};
}

void nearest_try(struct nearest *nearest, const char *name)
{
    struct slice other = slice_from_text(name), word = nearest->word;
    if (word.bytes == 0 || word.bytes > NEAREST_BYTES_MAX || other.bytes > NEAREST_BYTES_MAX)
        return;
    unsigned distance = measure(word, other);
    bool is_beginning = word.bytes >= PREFIX_BYTES_MIN && word.bytes < other.bytes &&
                        slice_equal_nocase(word, slice_head(other, word.bytes));
    if (is_beginning)
        distance = 1;
    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->name = name;
    }
}
