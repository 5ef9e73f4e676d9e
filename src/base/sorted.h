/* An ordered set of pointers (a skip list): adding, removing and finding a place are O(log n), the next one is O(1).
 *
 * The items are the caller's; what compare looks at must not change while an item is in the set. Thread: one owner.
 * Running out of memory ends the process. */
#ifndef LEAT_BASE_SORTED_H
#define LEAT_BASE_SORTED_H

#include "base/check.h"
#include "base/slice.h"

#define SORTED_LEVELS_MAX 20u

struct sorted_place;

struct sorted {
    int (*compare)(const void *a, const void *b); /* <0, 0, >0 */
    struct sorted_place *first[SORTED_LEVELS_MAX];
    unsigned levels;
    size_t count;
    uint64_t chance; /* state of the generator of heights */
};

void sorted_init(struct sorted *sorted, int (*compare)(const void *a, const void *b));
void sorted_done(struct sorted *sorted);
/* False, and nothing changed, when an equal item is there. */
bool sorted_add(struct sorted *sorted, void *item);
/* False when no equal item is there. */
bool sorted_remove(struct sorted *sorted, const void *item);
/* The first item that is not before `probe` (what compare reads must be filled in), and those behind it. NULL at the
 * end. A place is valid until its item is removed. */
const struct sorted_place *sorted_from(const struct sorted *sorted, const void *probe);
const struct sorted_place *sorted_next(const struct sorted_place *place);
void *sorted_item(const struct sorted_place *place);

#endif
