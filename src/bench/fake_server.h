/* A tiny SQS server for one test: a thread on 127.0.0.1 that keeps messages in an array, speaks JSON, and does one thing
 * wrong when told to. */
#ifndef LEAT_BENCH_FAKE_SERVER_H
#define LEAT_BENCH_FAKE_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/buffer.h"

#define FAKE_SERVER_CONNECTIONS_MAX 16
#define FAKE_SERVER_MESSAGES_MAX    4096

/* "The victim" is the sixth message that is sent, or the request that carries it. */
enum fake_server_fault {
    FAKE_SERVER_HONEST,
    FAKE_SERVER_LOSES,           /* says that it has it, and forgets it */
    FAKE_SERVER_DOUBLES,         /* delivers it twice at once */
    FAKE_SERVER_RETURNS,         /* delivers it again after its delete */
    FAKE_SERVER_CORRUPTS,        /* changes a letter */
    FAKE_SERVER_ADDS,            /* delivers a message of another run beside it */
    FAKE_SERVER_FAILS,           /* keeps it, but answers 500 */
    FAKE_SERVER_REFUSES,         /* 400 */
    FAKE_SERVER_REFUSES_FALSELY, /* 400, but keeps it */
    FAKE_SERVER_HANGS_UP,        /* keeps it and closes the connection without an answer */
    FAKE_SERVER_BABBLES,         /* keeps it and answers something that is no HTTP */
    FAKE_SERVER_MUMBLES,         /* keeps it and answers 200 with JSON that is cut */
    FAKE_SERVER_OMITS, /* keeps it and answers 200 without a MessageId, or without its batch entry */
    FAKE_SERVER_REFUSES_ENTRY, /* refuses just it in its batch */
    FAKE_SERVER_SWAPS,         /* delivers it behind the next one */
    FAKE_SERVER_IS_SILENT,     /* keeps it and never answers */
};

struct fake_server_message {
    struct slice text; /* escaped, as it came */
    enum { FAKE_SERVER_READY, FAKE_SERVER_HIDDEN, FAKE_SERVER_DELETED } state;
    bool is_victim;
    uint32_t deletes_count;
};

struct fake_server_connection {
    int fd; /* below 0: free */
    struct buffer in;
    struct arena arena;
};

struct fake_server {
    enum fake_server_fault fault;
    bool tears;  /* answers come in small pieces */
    bool chunks; /* ... and in chunks of HTTP */
    uint16_t port;
    int listener;
    pthread_t thread;
    _Atomic bool is_stopped;
    struct arena arena;
    struct fake_server_connection connections[FAKE_SERVER_CONNECTIONS_MAX];
    struct fake_server_message messages[FAKE_SERVER_MESSAGES_MAX];
    uint32_t messages_count;
    uint32_t sends_count; /* messages that senders have tried to send */
    uint32_t queues_made, queues_deleted;
};

/* fault, tears and chunks are set; fails the test when it cannot listen. */
void fake_server_start(struct fake_server *server);
void fake_server_stop(struct fake_server *server);

#endif
