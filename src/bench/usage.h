/* CPU time and memory of this process and of the server, for figures a request. */
#ifndef LEAT_BENCH_USAGE_H
#define LEAT_BENCH_USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct usage {
    uint64_t cpu_us; /* user and system, all threads */
    uint64_t rss_bytes;
};

/* This process; rss_bytes stays 0. */
void usage_of_self(struct usage *ret_usage);
/* Another process: its CPU clock, which is exact, or /proc/PID/stat, which counts in ticks of 10 ms; RSS from there.
 * False: there is none. */
bool usage_of(pid_t pid, struct usage *ret_usage);
/* The most memory that it ever had; 0: unknown. */
uint64_t usage_peak_bytes(pid_t pid);

#endif
