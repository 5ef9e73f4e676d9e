/* Messages held in memory, for durability `memory`: one allocation a message, counted references.
 *
 * An engine_body is here the address of the allocation. Any thread may take and drop references;
 * the bytes are written only between body_create and the first hand-over to another thread. */
#ifndef LEAT_LOG_BODIES_H
#define LEAT_LOG_BODIES_H

#include "base/check.h"
#include "base/slice.h"
#include "engine/engine.h"

/* Room for `bytes` bytes (an encoded message, log/message.h) at *ret_at, with one reference, the
 * caller's. Without memory the body is 0 and *ret_at stays as it was. */
MUST_CHECK struct engine_body body_create(uint32_t bytes, uint8_t **ret_at);

/* One more reference; returns the body. */
struct engine_body body_ref(struct engine_body body);
/* Drops one; the last one frees the bytes. Accepts 0. */
void body_unref(struct engine_body body);

/* Valid while the caller holds a reference. */
struct slice body_bytes(struct engine_body body);

/* Of all living bodies of the process: their bytes, and their number. Sums over the threads'
 * counters: exact when no thread is at work, else nearly. */
struct bodies_total {
    uint64_t bytes;
    uint64_t count;
};
struct bodies_total bodies_total(void);

#endif
