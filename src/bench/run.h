/* One run: make queues, fill them, load them, empty them, count, delete them. */
#ifndef LEAT_BENCH_RUN_H
#define LEAT_BENCH_RUN_H

#include "bench/ledger.h"
#include "bench/settings.h"
#include "bench/stats.h"

#define RUN_WHY_BYTES 640u

struct run_result {
    struct stats stats;  /* of the measured phase */
    double seconds;      /* measured */
    double generator_us; /* CPU time a request */
    double
        generator_busy; /* share of its threads' time: near 1, the generator is what is measured */
    double server_us;   /* CPU time a request; below 0: unknown */
    uint64_t server_rss_bytes; /* at the end of the measured time; 0: unknown */
    struct ledger_totals totals;
    bool
        is_checked; /* totals.lost is the truth: the queues were emptied and the account is complete */
    uint64_t other_faults[STATS_FAULTS_COUNT]; /* while filling and emptying */
    char other_fault[STATS_TEXT_BYTES];        /* the first of them */
    bool is_interrupted;
};

/* False: the run could not be done; why says what stood in the way. Any thread; one run at a time in a process when
 * progress or signals are wanted. */
MUST_CHECK bool run_execute(const struct settings *settings, struct run_result *ret_result,
                            char ret_why[RUN_WHY_BYTES]);

/* Did everything go as it must? Errors, corrupt, foreign, misordered and lost messages are failures; duplicates of
 * standard queues and cycles that came too late are not. */
bool run_is_clean(const struct settings *settings, const struct run_result *result);
double run_request_rate(const struct run_result *result);
double run_cycle_rate(const struct run_result *result);
/* Messages sent, received and deleted a second: whichever the workload has most of. */
double run_message_rate(const struct run_result *result);

/* From a signal handler: ends the run that is under way in good order. */
void run_interrupt(void);

#endif
