/* Where one worker's messages are kept, and when a change counts as kept. Private to src/node.
 *
 * Without a log (durability `memory`) every message is a body in memory (log/bodies.h) and nothing ever waits. With a
 * log, messages of durable queues are records of it; an engine_body is then the record's position, and one with the
 * highest bit set is a body in memory (of a queue that chose so by its tag).
 *
 * The way of a change: storage_place (sends, arrivals) -> engine_step -> storage_keep (appends the facts) ->
 * storage_wait -> answer. storage_turn at the end of the worker's turn hands what was appended to the disk.
 *
 * Thread: the worker's. */
#ifndef LEAT_NODE_STORAGE_H
#define LEAT_NODE_STORAGE_H

#include "log/log.h"
#include "node/node.h"

struct storage;

#define STORAGE_WHY_BYTES 256u

/* Opens the worker's log and replays it into its engine. Blocks; before the worker's thread starts, on any thread. */
MUST_CHECK enum err storage_open(struct worker *worker, const char *directory, uint64_t identity,
                                 const struct node_options *options,
                                 char ret_why[STORAGE_WHY_BYTES]);
/* Whoever waits for what was appended hears of it, unless the disk is full or failed. Blocks; after all threads have ended. */
void storage_settle(struct worker *worker);
/* Everything appended becomes durable; a last snapshot makes the next start immediate. After all threads have ended.
 * From then on nothing is kept any more: places are refused, waits end with ERR_IO. */
void storage_close(struct worker *worker);
/* After all workers' storages are closed: letters between them may still come until then. */
/* Frees the messages that the engine still holds in memory only, for ever: the engine is destroyed next. */
void storage_free_memory(const struct worker *worker);
void storage_free(struct worker *worker);

/* A place for a message that is about to be sent or to arrive. ERR_FULL, ERR_UNAVAILABLE, ERR_IO: as node_call says. */
MUST_CHECK enum err storage_place(struct worker *worker, enum node_durability durability,
                                  struct slice message, struct engine_body *ret_body);
/* The message at a place that the engine did not take: gives it back. */
void storage_unplace(struct worker *worker, struct engine_body body, struct slice message);
/* Appends the facts of the step whose effects these are. `message`: the one placed before, if the engine took it. */
void storage_keep(struct worker *worker, const struct engine_effects *effects,
                  struct engine_body placed, struct slice message);
/* The engine let go of it. */
void storage_drop(struct worker *worker, struct engine_body body);

/* Runs `ready` when everything appended so far is kept as durability asks: at once, inside the call, when it is. */
void storage_wait(struct worker *worker, enum node_durability durability,
                  struct storage_wait *wait);

/* Is the message itself kept as durability asks? Nobody may see one that a crash could still unmake. */
bool storage_is_kept(const struct worker *worker, enum node_durability durability,
                     struct engine_body body);

/* The message at a body: with a reference in *ret_message, or false: it is not in memory, use storage_read. */
bool storage_find(struct worker *worker, struct engine_body body, struct node_message *ret_message);
/* Reads it from the disk. `read` is the caller's until done; log_read of log/log.h. */
void storage_read(struct worker *worker, struct log_read *read, struct engine_body body);

/* The end of the worker's turn: hands over what was appended, goes on with snapshot and compaction. Returns for how many
 * milliseconds there is nothing to do here: 0 when there is more at once, at most WORKER_WAIT_MS_MAX. */
int storage_turn(struct worker *worker);
bool storage_counts(const struct worker *worker, struct log_counts *ret_counts); /* false: no log */
bool storage_is_failed(const struct worker *worker);

#endif
