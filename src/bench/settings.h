/* What a run is asked to do: the command line, checked. */
#ifndef LEAT_BENCH_SETTINGS_H
#define LEAT_BENCH_SETTINGS_H

#include <sys/types.h>

#include "bench/workload.h"
#include "bench/writer.h"

#define SETTINGS_LANES_MAX   16384u /* connections times requests in flight on each */
#define SETTINGS_THREADS_MAX 64u
#define SETTINGS_QUEUES_MAX  100000u
#define SETTINGS_GROUPS_MAX  10000000u
#define SETTINGS_BATCH_BYTES (1024u * 1024) /* what one request may carry */

struct settings {
    const struct workload *workload;
    const char *endpoint;
    enum writer_protocol protocol;
    struct signer_options signer;
    uint32_t connections;
    uint32_t pipeline; /* requests in flight on one connection */
    uint32_t threads;
    uint32_t batch; /* messages a request */
    uint32_t body_bytes;
    uint32_t queues;
    uint32_t groups;      /* of FIFO queues; 0: standard queues */
    uint32_t receivers;   /* connections that receive in flow and wake; 0: half of them */
    uint32_t wait_s;      /* of long polls */
    int32_t visibility_s; /* of receives; below 0: the queue's */
    uint32_t hidden_s;    /* the queue's visibility timeout */
    double seconds;       /* measured */
    double warmup_s;      /* before */
    uint64_t requests;    /* cycles; 0: until the seconds are over */
    double limit_s;       /* ... but no longer than this; 0: as long as it takes */
    uint64_t fill;        /* messages before the workload; 0: by the seconds */
    uint32_t around;      /* messages a request before and after the workload, if they fit */
    double rate;          /* cycles a second of an open loop; 0: closed loop */
    bool is_constant;     /* arrivals a gap apart, not Poisson */
    double timeout_s;     /* of one request, long polls get theirs on top */
    double drain_s;       /* how long to wait for messages that are missing at the end */
    bool checks;          /* bodies and the fate of every message */
    bool keeps_queues;    /* leave them behind */
    const char *names;    /* of queues: NAMES-0 and so on; NULL: new ones */
    bool closes;          /* a connection each request */
    bool shows_progress;
    int cpu;          /* of the generator's threads; below 0: any */
    pid_t server_pid; /* 0: unknown */
    uint64_t seed;
    const char *json_path; /* "-": standard output; NULL: none */
    const char *plot_path; /* NULL: none */
};

static inline uint32_t settings_lanes(const struct settings *settings)
{
    return settings->connections * settings->pipeline;
}

/* Of the first `lanes` lanes, how many have the second role of the workload: spread evenly over all. */
uint32_t settings_receivers_below(const struct settings *settings, uint32_t lanes);
/* How many connections a thread has. */
static inline uint32_t settings_share(const struct settings *settings, uint32_t thread)
{
    return settings->connections / settings->threads +
           (thread < settings->connections % settings->threads);
}

void settings_init(struct settings *settings);

/* Parses the arguments behind "run". False: *ret_status is what the process should exit with (0 after --help); what is
 * wrong has been said on standard error. Strings point into argv and the environment. */
bool settings_parse(struct settings *settings, int argc, char **argv, int *ret_status);
/* NULL, or what is wrong. */
const char *settings_check(const struct settings *settings);

#endif
