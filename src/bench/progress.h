/* A line on the terminal while a run goes on, once a second; nothing when standard error is no terminal. */
#ifndef LEAT_BENCH_PROGRESS_H
#define LEAT_BENCH_PROGRESS_H

#include "bench/driver.h"

struct progress {
    struct driver *const *drivers;
    const struct settings *settings;
    const struct driver_phase *phase;
    bool is_shown;
    uint64_t start_ns, last_ns;
    uint64_t requests, messages, errors; /* at the latest line */
};

void progress_begin(struct progress *progress, struct driver *const *drivers,
                    const struct settings *settings, const struct driver_phase *phase);
/* As often as one likes. */
void progress_tick(struct progress *progress, uint64_t now_ns);
/* Wipes the line. */
void progress_end(struct progress *progress);

/* For what is counted and may take long: a line each hundredth time. */
void progress_show(const struct settings *settings, const char *what, uint64_t done,
                   uint64_t whole);
void progress_wipe(const struct settings *settings);

#endif
