/* A thread of the generator: its connections, the lanes on them, and the loop that moves them.
 *
 * A lane is one client: it goes through the cycle of its role, one request at a time. A connection carries `pipeline`
 * lanes; answers come back in the order of the requests. A closed loop begins the next cycle as soon as the last has
 * ended; an open loop begins cycles when they are due, on any free lane, and counts latency from then. Whatever is due
 * while no lane is free waits, and its waiting counts.
 *
 * connection.c moves bytes, lane.c decides what they say, driver.c when. Thread: everything on the driver's own, except
 * what is atomic. */
#ifndef LEAT_BENCH_DRIVER_H
#define LEAT_BENCH_DRIVER_H

#include <stdatomic.h>

#include "bench/ledger.h"
#include "bench/response.h"
#include "bench/schedule.h"
#include "bench/settings.h"
#include "bench/stats.h"

struct driver;
struct connection;

/* What all drivers of a run share. */
struct driver_shared {
    const struct settings *settings;
    const struct endpoint *endpoint;
    const struct writer_queue *queues;
    uint32_t run;
    struct ledger *ledger;
    uint64_t start_ns;             /* that bodies count from */
    _Atomic bool is_stopped;       /* by a signal: end the phase */
    _Atomic uint64_t last_news_ns; /* when a message came for the first time */
};

/* One pass of all drivers with one workload. */
struct driver_phase {
    const struct workload *workload;
    uint32_t batch;
    uint32_t wait_s;
    double rate; /* of all drivers together; 0: closed loop */
    uint64_t start_ns;
    uint64_t measure_ns;  /* measured from there; UINT64_MAX: not at all */
    uint64_t end_ns;      /* no cycle is due from there on; UINT64_MAX: none */
    uint64_t cycles;      /* of all drivers together; 0: no limit */
    uint64_t patience_ns; /* over once nothing new has come for so long; 0: no such end */
    bool ends_when_empty; /* ... or when no message is missing */
};

enum lane_state {
    LANE_IDLE,    /* on a connection that is down, or behind the end of its phase */
    LANE_READY,   /* waits for its turn to begin a cycle */
    LANE_BLOCKED, /* in a cycle, waits for the connection to send the next request */
    LANE_WAITING, /* for an answer */
};

struct lane_message {
    uint32_t producer;
    uint64_t sequence;
    bool is_ours; /* known to the ledger */
    uint32_t receipt_at, receipt_bytes;
};

struct lane {
    struct connection *connection;
    uint32_t number;      /* of all lanes of the run; its producer number */
    uint32_t role_number; /* ... of those of its role, over all drivers */
    uint32_t role;
    enum lane_state state;
    uint32_t step;
    uint32_t queue;
    uint64_t turn;                        /* cycles begun */
    uint64_t due_ns;                      /* of the cycle */
    uint64_t request_ns;                  /* when the request was written */
    uint64_t sequences[WRITER_BATCH_MAX]; /* sent with the request */
    uint32_t sent_count;
    struct lane_message messages[WRITER_BATCH_MAX]; /* received, to be deleted */
    uint32_t messages_count;
    uint8_t *receipts; /* their handles, one behind the other */
    uint32_t receipts_bytes, receipts_capacity;
};

enum connection_state { CONNECTION_DOWN, CONNECTION_CONNECTING, CONNECTION_UP };

struct connection {
    struct driver *driver;
    enum connection_state state;
    int fd;
    uint64_t retry_ns; /* when down: not before */
    bool wants_write;  /* epoll watches for room */
    uint8_t *in;
    size_t in_bytes, in_capacity;
    uint8_t *out; /* what the socket did not take */
    size_t out_at, out_bytes, out_capacity;
    struct response response;
    struct lane *lanes; /* pipeline of them */
    uint16_t *waiting;  /* indexes of lanes whose answers are to come, oldest first: a ring */
    uint32_t waiting_first, waiting_count;
};

/* Lanes ready to begin a cycle, oldest first: a ring as large as all lanes. */
struct driver_ready {
    struct lane **lanes;
    uint32_t first, count;
};

/* Receipt handles kept for a later phase. */
struct driver_receipt {
    uint32_t queue;
    struct lane_message message;
    uint8_t *text; /* owned */
};

struct driver {
    struct driver_shared *shared;
    uint32_t number;
    struct writer *writer;
    int epoll_fd;
    struct connection *connections;
    uint32_t connections_count;
    struct lane *lanes;
    uint32_t lanes_count;
    struct driver_ready ready[WORKLOAD_ROLES_MAX];
    struct driver_receipt *receipts;
    size_t receipts_count, receipts_capacity;

    /* Of the phase under way. */
    const struct driver_phase *phase;
    struct schedule schedule;
    uint64_t cycles_left;
    uint32_t busy[WORKLOAD_ROLES_MAX]; /* lanes inside a cycle */
    bool is_exhausted;
    uint64_t senders_over_ns; /* when the first role had nothing left to do; 0: not yet */
    uint32_t empties_in_row;
    struct stats stats;

    /* For the progress line; any thread reads. */
    _Atomic uint64_t live_requests, live_messages, live_errors;
};

/* Opens nothing yet. first_lane: numbers of its lanes start there. ERR_IO: no epoll. */
MUST_CHECK enum err driver_create(struct driver_shared *shared, uint32_t number,
                                  uint32_t connections_count, uint32_t first_lane,
                                  struct driver **ret_driver);
/* Accepts NULL. */
void driver_destroy(struct driver *driver);

/* Runs a phase to its end: until no cycle is left and none is under way. Resets stats before. */
void driver_run(struct driver *driver, const struct driver_phase *phase);

/* For lane.c and connection.c. */
void driver_add_ready(struct driver *driver, struct lane *lane);
/* Is a cycle of that role due? Takes it: *ret_due_ns says since when. */
bool driver_take_turn(struct driver *driver, uint32_t role, uint64_t now_ns, uint64_t *ret_due_ns);

static inline void driver_count_live(_Atomic uint64_t *counter, uint64_t count)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + count, memory_order_relaxed);
}

#endif
