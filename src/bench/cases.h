/* The cases of the suite: what is run, and what is asked of it (targets of the project for leatd). */
#ifndef LEAT_BENCH_CASES_H
#define LEAT_BENCH_CASES_H

#include "bench/run.h"

/* What a rate is compared with. */
enum cases_base {
    CASES_NOTHING,
    CASES_NULL,      /* N: requests a second of the null server with 64 connections, send */
    CASES_SAME_NULL, /* the null server with the same workload */
    CASES_SEND,      /* leatd's own rate of the case "send" */
};

enum cases_rate { CASES_REQUESTS, CASES_CYCLES, CASES_MESSAGES };

struct cases_target {
    double gate, goal; /* 0: none */
};

struct cases_row {
    const char *name;
    const char *workload;
    enum writer_protocol protocol;
    uint32_t connections, batch, body_bytes, groups;
    bool closes;
    double share; /* open loop at this share of leatd's rate in "send"; 0: closed loop */
    bool has_null;
    enum cases_rate rate;
    enum cases_base base;
    struct cases_target memory, durable;
};

#define CASES_MAX 16u

/* CPU time of a send against that of the null server: at most. */
#define CASES_CPU_GATE_MEMORY  1.65
#define CASES_CPU_GATE_DURABLE 2.3

uint32_t cases_count(void);
const struct cases_row *cases_at(uint32_t index);
/* The index of a name; cases_count() when there is none. */
uint32_t cases_find(const char *name);

/* The settings of a case; the caller adds endpoint, time and signing. send_rate: leatd's in the case "send". */
void cases_fill(const struct cases_row *row, double send_rate, struct settings *settings);
double cases_rate_of(const struct cases_row *row, const struct run_result *result);

#endif
