/* Memory of one request: bump allocation, freed whole.
 *
 * Nothing is allocated before the first take. The first block is small: a request that waits holds no more than it needs.
 * A reset keeps one block, so that the next ordinary request allocates nothing. Not thread-safe: one owner at a time. */
#ifndef LEAT_BASE_ARENA_H
#define LEAT_BASE_ARENA_H

#include <stdarg.h>

#include "base/check.h"
#include "base/slice.h"

#define ARENA_FIRST_BYTES 1000u  /* of the first block */
#define ARENA_BLOCK_BYTES 16384u /* of further ones */

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    uint8_t *next;
    uint8_t *end;
    size_t used_bytes; /* handed out since init or reset */
};

void arena_init(struct arena *arena);
/* Everything handed out becomes invalid; one block, of the larger size if there is one, stays for re-use. */
void arena_reset(struct arena *arena);
void arena_done(struct arena *arena);
/* Makes sure that the next takes, `bytes` in all (each rounded up to 16), come from one block, and makes a new block no
 * larger than that: for small long-lived arenas, whose size is known beforehand. */
void arena_reserve(struct arena *arena, size_t bytes);

/* Never NULL: running out of memory ends the process, so callers bound what they ask for. Aligned to 16. */
void *arena_take(struct arena *arena, size_t bytes);
void *arena_take_zero(struct arena *arena, size_t bytes);
#define ARENA_NEW(arena, type)         ((type *)arena_take_zero((arena), sizeof(type)))
#define ARENA_NEW_MANY(arena, type, n) ((type *)arena_take_zero((arena), sizeof(type) * (n)))

struct slice arena_copy(struct arena *arena, struct slice bytes);
/* The joined bytes of a and b. */
struct slice arena_join(struct arena *arena, struct slice a, struct slice b);
struct slice arena_print(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct slice arena_print_args(struct arena *arena, const char *format, va_list args)
    PRINTF_LIKE(2, 0);

#endif
