/* What one thread counts while it runs a phase, and the sum over threads. Plain memory. Thread: one owner. */
#ifndef LEAT_BENCH_STATS_H
#define LEAT_BENCH_STATS_H

#include "bench/histogram.h"
#include "bench/workload.h"

#define STATS_TEXT_BYTES 240u

/* Everything that went wrong, a reason each. */
enum stats_fault {
    STATS_CONNECT,   /* no connection */
    STATS_BROKEN,    /* the connection broke under a request */
    STATS_TIMEOUT,   /* no answer in time */
    STATS_MALFORMED, /* an answer that is no HTTP, or does not hold together */
    STATS_CLIENT,    /* status 4xx (and whatever is neither 200 nor 5xx) */
    STATS_SERVER,    /* status 5xx */
    STATS_ENTRY,     /* an entry of a batch refused */
    /* Found by looking at messages. */
    STATS_CORRUPT,      /* a body that is not what was sent */
    STATS_FOREIGN,      /* a message of somebody else, or never sent */
    STATS_DUPLICATE,    /* delivered again */
    STATS_AFTER_DELETE, /* delivered again after its delete was answered */
    STATS_ORDER,        /* of a FIFO queue, behind a later one of its group */
    STATS_FAULTS_COUNT,
};

struct stats {
    struct histogram
        steps[WORKLOAD_STEPS_COUNT]; /* from writing the request to reading the answer */
    struct histogram cycles;         /* from when a cycle was due to the end of its last answer */
    struct histogram delivery; /* from when a send was due to the answer that carried the message */
    struct histogram
        lag; /* open loop: from when a cycle was due to its start, while a connection was free */
    /* Inside the measured time. */
    uint64_t requests[WORKLOAD_STEPS_COUNT];
    uint64_t cycles_count;
    uint64_t sent, received, deleted; /* messages */
    uint64_t empties;                 /* receives without a message */
    uint64_t last_ns;                 /* of the latest answer */
    uint64_t unserved; /* cycles due but never begun: the server was too slow for the rate */
    /* Of the whole run. */
    uint64_t faults[STATS_FAULTS_COUNT];
    char first_fault[STATS_TEXT_BYTES]; /* the first error answer, for the reader */
};

void stats_reset(struct stats *stats);
void stats_merge(struct stats *into, const struct stats *from);
void stats_fault(struct stats *stats, enum stats_fault fault, const char *text);

const char *stats_fault_name(enum stats_fault fault); /* for people */
const char *stats_fault_key(enum stats_fault fault);  /* for machines */
/* Failed requests and entries; not what was wrong with messages. */
uint64_t stats_errors(const struct stats *stats);
uint64_t stats_requests(const struct stats *stats);

#endif
