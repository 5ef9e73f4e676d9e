/* What the engine's tests share: one engine, its clock, and one call for each event.
 *
 * Every step is followed by engine_check and by book-keeping of the bodies: each accepted body is let go of exactly
 * once. Facts are recorded for replay. Tests fork, so the state is global. */
#ifndef LEAT_ENGINE_HARNESS_H
#define LEAT_ENGINE_HARNESS_H

#include "engine/engine.h"
#include "testkit/testkit.h"

extern struct engine *harness_engine;
extern struct engine_effects harness_effects; /* of the last step */
extern int64_t harness_now;
extern bool harness_checks; /* engine_check after every step: on unless a test turns it off */

extern struct engine_task_news harness_news; /* the last news of a move task */

void harness_start(void);
void harness_stop(void);

void harness_step(struct engine_event *event);
/* Configuration of a test queue; change it and hand it to harness_configure. */
struct engine_config harness_config(bool is_fifo);
void harness_configure(uint64_t queue, struct engine_config config); /* with a new version */
enum engine_result harness_event(enum engine_event_kind kind, uint64_t queue);

/* group 0: none. Returns the sequence. */
uint64_t harness_send(uint64_t queue, uint32_t group);
uint64_t harness_send_with(uint64_t queue, uint32_t group, int64_t delay_ms, uint32_t dedup);
/* former: the deduplication key of an earlier scope; 0: none. */
uint64_t harness_send_former(uint64_t queue, uint32_t group, int64_t delay_ms, uint32_t dedup,
                             uint32_t former);
/* Returns how many were delivered; harness_effects has them. */
uint32_t harness_receive(uint64_t queue, uint32_t count_max, int64_t visibility_ms);
uint32_t harness_receive_attempt(uint64_t queue, uint32_t count_max, int64_t visibility_ms,
                                 uint32_t attempt);
/* Asserts that it parks; returns the waiter. */
struct engine_waiter harness_park(uint64_t queue, int64_t wait_ms, uint64_t token);
enum engine_result harness_resume(uint64_t queue, struct engine_waiter waiter, uint32_t count_max,
                                  int64_t visibility_ms);
enum engine_result harness_retract(uint64_t queue, struct engine_waiter waiter);
enum engine_result harness_delete(uint64_t queue, struct engine_delivery delivery);
enum engine_result harness_change(uint64_t queue, struct engine_delivery delivery,
                                  int64_t visibility_ms);
/* Not arrived: the target refused. */
enum engine_result harness_moved(uint64_t queue, uint64_t sequence, bool arrived);
enum engine_result harness_moved_as(uint64_t queue, uint64_t sequence,
                                    enum engine_move_outcome outcome);
enum engine_result harness_task(uint64_t queue, uint64_t task, uint64_t destination,
                                uint32_t per_second);
/* Lets `ms` pass and ticks until nothing is due. Wakes, moves and news of all the ticks are in harness_effects, as far
 * as there is room. */
void harness_pass(int64_t ms);
/* The first half of a move: the arrival at its target. */
bool harness_arrive(const struct engine_move *move);
bool harness_arrive_hidden(const struct engine_move *move, int64_t hidden_ms);
/* All moves asked for since the last call, and those that follow from them, are performed: arrival at the target and
 * outcome at the source. Returns how many. */
uint32_t harness_perform_moves(void);

struct engine_counts harness_counts(uint64_t queue);
/* "1 2 5": sequences delivered by the last step, counted from the first one ever given. */
const char *harness_delivered(void);
/* A fresh engine with all facts so far and the same configuration, ticked to now: the fingerprints must agree. */
void harness_check_replay(void);
/* Goes on with such an engine; what was asked for and not answered is lost. */
void harness_restart(void);
/* The message's body goes to another place. False: it is no longer where it is said to be. */
bool harness_relocate(uint64_t queue, uint64_t sequence, uint64_t body);
void harness_confirm(const struct engine_move *move);
enum engine_result harness_send_again(uint64_t queue, uint32_t retry, uint32_t dedup);

/* What a log would hold: every fact and every relocation, in order. */
struct harness_entry {
    struct engine_fact fact;
    struct engine_body
        from; /* not 0: the message of `fact` lies at fact.body now, no longer here */
};
size_t harness_entries(const struct harness_entry **ret_entries);
void harness_apply(struct engine *engine, const struct harness_entry *entry);
/* CONFIGURE of all queues that were not dropped. is_first: with version 1, as it once was. */
void harness_configure_all(struct engine *engine, bool is_first);
/* Ticks until nothing is due at harness_now. */
void harness_settle(struct engine *engine);
/* Goes on with that engine. */
void harness_replace(struct engine *engine);
/* How many bodies the engine holds. */
uint64_t harness_bodies(void);

#endif
