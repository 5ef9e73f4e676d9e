/* A whole node for tests: workers turned by the test itself, one step at a time, or each on a thread of its own. */
#ifndef LEAT_NODE_NODE_HARNESS_H
#define LEAT_NODE_NODE_HARNESS_H

#include <pthread.h>

#include "node/node.h"
#include "testkit/directory.h"

#define NODE_HARNESS_WORKERS_MAX 4u
#define NODE_HARNESS_ACCOUNT     "000000000000"

struct node_harness;

struct node_harness_thread {
    struct node_harness *harness;
    unsigned index; /* of the worker */
    pthread_t thread;
};

struct node_harness {
    /* Set before the start. */
    unsigned workers_count;
    enum node_durability durability;
    bool is_clock_manual;
    bool has_threads;
    /* With threads: runs between two turns of a worker, on its thread. May be NULL. */
    void (*between_turns)(struct node_harness *harness, struct worker *worker);

    char directory[DIRECTORY_PATH_BYTES];
    struct clock *clock;
    struct node *node;
    struct node_harness_thread threads[NODE_HARNESS_WORKERS_MAX];
    _Atomic bool is_stopping;
};

void node_harness_start(struct node_harness *harness);
/* Joins the threads and destroys the node. */
void node_harness_stop(struct node_harness *harness);
/* The next bit of progress: a turn of each worker, or a moment of the threads' time. */
void node_harness_pump(struct node_harness *harness);
struct worker *node_harness_worker(struct node_harness *harness, unsigned index);

/* The id of the new queue. `pairs`: its attributes. */
struct engine_queue node_harness_create_queue(struct node_harness *harness, const char *name,
                                              struct api_string_pair *pairs, uint32_t pairs_count);
/* Answered as soon as the catalog has it: the workers hear of it later. */
void node_harness_delete_queue(struct node_harness *harness, const char *name);

/* Encodes a message with this text; fills the call's message and event (a SEND to `queue`). `memory`: the encoded
 * message's, the call's until it has ended. */
#define NODE_HARNESS_MESSAGE_BYTES 256u
void node_harness_fill_send(struct node_harness *harness, struct node_call *call,
                            struct engine_queue queue, const char *text,
                            uint8_t memory[NODE_HARNESS_MESSAGE_BYTES]);

#endif
