/* The named workloads: what each connection does over and over. */
#ifndef LEAT_BENCH_WORKLOAD_H
#define LEAT_BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

enum workload_step { WORKLOAD_SEND, WORKLOAD_RECEIVE, WORKLOAD_DELETE };
#define WORKLOAD_STEPS_COUNT 3u /* kinds of steps, and the most that a cycle has */
#define WORKLOAD_ROLES_MAX   2u

/* A cycle of requests; a delete deletes what the receive before it has got. */
struct workload_role {
    enum workload_step steps[WORKLOAD_STEPS_COUNT];
    uint32_t steps_count;
    bool waits;    /* receives are long polls */
    bool collects; /* receipt handles are kept for a later workload_role that only deletes */
};

struct workload {
    const char *name;
    const char *about;
    /* With two roles, half of the connections have each; a rate is that of the first. */
    struct workload_role roles[WORKLOAD_ROLES_MAX];
    uint32_t roles_count;
    bool needs_messages; /* the queues are filled before */
    bool needs_receipts; /* ... and the messages received */
    bool has_delivery;   /* how long a message takes from sender to receiver is measured */
    double rate;         /* of the open loop when none is asked for; 0: closed loop */
};

/* NULL: no such name. */
const struct workload *workload_find(const char *name);
/* The next one, from NULL on; NULL behind the last. */
const struct workload *workload_next(const struct workload *workload);
const char *workload_step_name(enum workload_step step);

/* What every workload may have around it. */
extern const struct workload workload_fill;    /* sends */
extern const struct workload workload_collect; /* receives, keeps the receipt handles */
extern const struct workload workload_drain;   /* receives and deletes what is left */

#endif
