/* What a lane sends and what it makes of the answers. See driver.h. */
#ifndef LEAT_BENCH_LANE_H
#define LEAT_BENCH_LANE_H

#include "bench/driver.h"

/* Begins a cycle that was due at due_ns. Its connection is up. */
void lane_begin(struct lane *lane, uint64_t due_ns);
/* An answer; its body is unescaped in place. */
void lane_answer(struct lane *lane, uint32_t status, uint8_t *body, size_t body_bytes);
/* There will be no answer. */
void lane_fail(struct lane *lane);

/* Of its connection. */
void lane_connected(struct lane *lane);
void lane_disconnected(struct lane *lane);

/* Is it parked in a long poll? */
bool lane_is_parked(const struct lane *lane);

/* The message group of a producer's message. With at least as many groups as producers, no group has two of them. */
uint32_t lane_group_of(const struct settings *settings, uint32_t producer, uint64_t sequence);
/* The place of that message's order in the ledger, and how many there are. */
uint32_t lane_order_of(const struct settings *settings, uint32_t producer, uint64_t sequence);
uint32_t lane_orders_count(const struct settings *settings);

#endif
