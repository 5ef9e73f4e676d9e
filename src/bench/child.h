/* A server that the suite starts itself and ends again. */
#ifndef LEAT_BENCH_CHILD_H
#define LEAT_BENCH_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct child {
    pid_t pid; /* 0: none */
    uint16_t port;
    uint64_t start_ns; /* when it was forked */
};

/* A TCP port of 127.0.0.1 that was free a moment ago; 0: none. */
uint16_t child_pick_port(void);

/* Runs argv (argv[0] is a path) on processor cpu (below 0: any), output to the file log_path; it dies with us. Returns
 * when it accepts connections on 127.0.0.1:port. False: it ended before, or did not within 10 s; it is gone then. */
bool child_start(struct child *child, char *const *argv, int cpu, const char *log_path,
                 uint16_t port);
/* SIGTERM, and SIGKILL when that does not help within two minutes. Nothing happens when there is none. */
void child_stop(struct child *child);
/* SIGKILL. Nothing happens when there is none. */
void child_kill(struct child *child);

#endif
