/* The inside of a worker's storage. Private to storage.c and storage_open.c. */
#ifndef LEAT_NODE_STORAGE_PRIVATE_H
#define LEAT_NODE_STORAGE_PRIVATE_H

#include "node/pace.h"
#include "node/storage.h"
#include "node/worker.h"

struct storage_waits {
    struct storage_wait *oldest;
    struct storage_wait **tail;
};

struct storage {
    struct worker *worker;
    struct log *log;
    enum node_durability durability; /* the server's: the most that a queue can have */
    struct storage_waits for_written, for_durable;
    uint64_t written; /* position up to which the kernel has it */
    struct engine_dump_cursor dump;
    bool is_dumped; /* the open snapshot has everything; it is on its way to the disk */
    bool is_failed;
    bool is_stalled; /* the log waits for room on the disk or for a descriptor */
    bool is_compacting;
    bool is_lone; /* nobody waits for what was appended: it is committed at the latest at */
    int64_t lone_until_ms;
    uint32_t waits_omitted, waits_to_omit; /* of turns for their commit, after one in vain */
    struct pace compaction;                /* its chunks */
    uint64_t sealed;       /* a later batch on the disk says that this much was durable */
    uint64_t idle_at;      /* where the log ended in the last turn, and since when: */
    int64_t idle_since_ms; /* 0: not asked yet */
};

void storage_init_waits(struct storage *storage);
/* The callbacks but `replay`. */
struct log_owner storage_owner(struct storage *storage);
bool storage_begin_snapshot(struct storage *storage);
/* One slice of an open snapshot and a submit: for the end of the process. True: there is more to do at once. */
bool storage_work(struct storage *storage);

#endif
