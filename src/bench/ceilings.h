/* leat-bench ceilings: leatd as a share of what bounds it, all in one run: a server on the same HTTP library that does
 * nothing, a bare write made durable, the engine without anything around it. See doc/benchmarks.md. */
#ifndef LEAT_BENCH_CEILINGS_H
#define LEAT_BENCH_CEILINGS_H

#include "bench/engine_steps.h"
#include "bench/suite_report.h"

/* Servers: the null server, leatd in memory, leatd with every answer on the disk. */
enum ceilings_server { CEILINGS_NULL, CEILINGS_MEMORY, CEILINGS_DURABLE, CEILINGS_SERVERS_COUNT };

#define CEILINGS_CASES_COUNT 3u
#define CEILINGS_CASE_SEND   0u

/* Of one run. */
struct ceilings_figures {
    double rate;           /* in the unit of the case */
    double server_us;      /* CPU time a request */
    double generator_busy; /* share of its processor */
    double commits;        /* a second; durable leatd only */
    double messages;       /* a commit; likewise */
};

struct ceilings {
    uint32_t rounds;
    bool is_quiet; /* pinned apart, and others take next to nothing */
    double hiccups;
    bool has_engine;
    struct engine_steps engine;
    double syncs[SUITE_ROUNDS_MAX]; /* F, each round's */
    struct ceilings_figures figures[SUITE_ROUNDS_MAX][CEILINGS_CASES_COUNT][CEILINGS_SERVERS_COUNT];
};

const char *ceilings_case_name(uint32_t index);
const char *ceilings_case_unit(uint32_t index);

void ceilings_print(FILE *out, const struct ceilings *ceilings);
void ceilings_print_json(FILE *out, const struct ceilings *ceilings);

int ceilings_main(int argc, char **argv);

#endif
