/* leat-bench log: what durability costs, as ratios taken on one machine in one run. See doc/benchmarks.md. */
#ifndef LEAT_BENCH_LOG_SUITE_H
#define LEAT_BENCH_LOG_SUITE_H

#include "bench/log_status.h"
#include "bench/rig.h"
#include "bench/run.h"

struct log_suite {
    struct rig rig;
    uint32_t rounds;
    double seconds;    /* of one run in a round */
    uint64_t messages; /* of the part "memory" */
    double hiccups;    /* share of the generator's processor that others took */
    bool has_missed;   /* a target, on a machine that was quiet */
};

/* leatd in one of its modes of durability. */
struct log_server {
    struct child child;
    char admin_path[RIG_PATH_BYTES];
};

/* name: of the data directory. False: said why. */
bool log_suite_start(const struct log_suite *suite, struct log_server *server,
                     const char *durability, const char *name);
bool log_suite_status(const struct log_suite *suite, const struct log_server *server,
                      struct log_status *ret_status);

struct log_load {
    const char *workload;
    uint32_t connections, batch, body_bytes, queues; /* 0: 64, 1, 300, 1 */
    double seconds;
    uint64_t requests;
    const char *names; /* of queues, which stay; NULL: own ones */
};
/* Against any server. False: it could not be done, or had errors; said why. */
bool log_suite_load(const struct log_suite *suite, const struct child *server,
                    const struct log_load *load, struct run_result *ret_result);
/* NAMES-number. */
bool log_suite_delete_queue(const struct log_suite *suite, const struct child *server,
                            const char *names, uint32_t number);

/* One line: the ratio of each round, the median of them, and the target. */
enum log_bound { LOG_AT_LEAST, LOG_AT_MOST };
void log_suite_judge(struct log_suite *suite, const char *what, const double *ratios,
                     uint32_t count, enum log_bound bound, double target);

/* The parts (log_parts.c, log_backlog.c). False: it could not be measured; said why. */
bool log_part_throughput(struct log_suite *suite);
bool log_part_lone(struct log_suite *suite);
bool log_part_compaction(struct log_suite *suite);
bool log_part_steady(struct log_suite *suite);
bool log_part_recovery(struct log_suite *suite);
bool log_part_memory(struct log_suite *suite);

int log_suite_main(int argc, char **argv);

#endif
