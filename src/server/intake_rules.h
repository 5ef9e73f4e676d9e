/* What a worker may take in: the memory that request bodies share, and which senders waste it. Pure but for the atomic.
 * Thread: any. */
#ifndef LEAT_SERVER_INTAKE_RULES_H
#define LEAT_SERVER_INTAKE_RULES_H

#include <stdatomic.h>

#include "base/check.h"
#include "base/slice.h"

/* Input of a connection up to here is not counted: connections_max bounds its sum. */
#define INTAKE_FREE_BYTES 16384u
/* Larger input is counted in steps, so that the shared counter is touched rarely. */
#define INTAKE_STEP_BYTES 65536u

/* Memory that all workers share for request bodies. */
struct intake_budget {
    _Atomic uint64_t bytes; /* taken now */
    uint64_t bytes_max;
};

/* False: there is no room, and nothing changed. */
MUST_CHECK bool intake_take(struct intake_budget *budget, uint64_t bytes);
void intake_give(struct intake_budget *budget, uint64_t bytes);

/* How much a connection with so much input must have taken. */
uint64_t intake_charge_of(size_t input_bytes);

/* Does a chunked body consist mostly of its framing (tiny chunks, long extensions, endless trailers)? Counts are those of
 * one request so far. */
bool intake_is_wasteful(uint64_t framing_bytes, uint64_t body_bytes);

/* Does a request arrive so slowly that its memory is better given to another one? */
bool intake_is_slow(uint64_t input_bytes, uint64_t since_ms);

/* Does this begin of a request, of which only the head is looked at, speak the JSON protocol? */
bool intake_speaks_json(struct slice input);

#endif
