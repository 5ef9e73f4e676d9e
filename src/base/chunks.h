/* Memory that grows by chunks of one size: what has been given out never moves, and growing copies nothing but the
 * short directory of the chunks. Under base/pool.h, heap.h and chains.h.
 *
 * Thread: one owner. A refused growth changes nothing. */
#ifndef LEAT_BASE_CHUNKS_H
#define LEAT_BASE_CHUNKS_H

#include <stdint.h>

#include "base/check.h"

struct chunks {
    void **at;
    uint32_t count;
    uint32_t capacity; /* of the directory */
    uint32_t chunk_bytes;
};

void chunks_init(struct chunks *chunks, uint32_t chunk_bytes);
void chunks_done(struct chunks *chunks);
/* One more chunk, zeroed. False without memory. */
MUST_CHECK bool chunks_add(struct chunks *chunks);
/* Bytes held, directory included. */
uint64_t chunks_bytes(const struct chunks *chunks);

/* Tests: on this thread, the growth after the next `growths` is refused, once. Negative: none is. */
void chunks_refuse_after(int64_t growths);

#endif
