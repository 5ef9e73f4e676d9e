/* What leatd says of its log: GET /log of the admin listener. Blocking. */
#ifndef LEAT_BENCH_LOG_STATUS_H
#define LEAT_BENCH_LOG_STATUS_H

#include <stdint.h>

#include "base/check.h"
#include "base/err.h"

struct log_status {
    double engine_messages, engine_bytes;
    double records, record_bytes, relocated_bytes, snapshot_bytes;
    double batches, batch_bytes_written;
    double disk_bytes, live_bytes, segments, spares;
    double cold_reads, cache_hits, cache_misses;
};

/* Sums over the workers. path: of the admin socket. ERR_IO: no answer; ERR_INVALID: not what was expected. */
MUST_CHECK enum err log_status_read(const char *path, struct log_status *ret_status);
/* The same from an answer's body. */
MUST_CHECK enum err log_status_parse(const char *text, struct log_status *ret_status);

#endif
