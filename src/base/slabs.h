/* Memory for very many small things whose sizes the caller knows: no header each, sizes rounded up to 8 bytes (to 64 from
 * 512 on), and what came free goes back to the system. For what lives long and by the million; for the rest there is
 * malloc, which also serves whatever is larger than SLABS_ITEM_MAX.
 *
 * Any thread may give back what another one took. Each thread takes from slabs of its own, so nothing is locked. */
#ifndef LEAT_BASE_SLABS_H
#define LEAT_BASE_SLABS_H

#include <stddef.h>
#include <stdint.h>

#include "base/check.h"

#define SLABS_ITEM_MAX 2048u

/* Aligned to 8, not zeroed. NULL without memory. */
MUST_CHECK void *slabs_take(size_t bytes);
/* `bytes` as it was taken. Accepts NULL. */
void slabs_give(void *at, size_t bytes);

/* Bytes of the calling thread's slabs that hold something, and items in them. For tests. */
struct slabs_counts {
    uint64_t slabs, items;
};
struct slabs_counts slabs_counts(void);

#endif
