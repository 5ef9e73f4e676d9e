/* leat-bench sync: bare sequential writes made durable one by one, the ceiling of a log without batches (F). */
#ifndef LEAT_BENCH_SYNC_H
#define LEAT_BENCH_SYNC_H

#include "base/check.h"
#include "base/err.h"
#include "bench/histogram.h"

#define SYNC_BYTES_MAX (16u * 1024 * 1024)

struct sync_settings {
    const char *directory; /* where the file is made and removed */
    uint32_t write_bytes;  /* of each write, 1 to SYNC_BYTES_MAX */
    double seconds;
    /* 0: 64 MiB. A larger file keeps some disks busy for a while after it was filled. */
    uint32_t file_bytes;
};

struct sync_result {
    struct histogram latency; /* of pwrite and fdatasync together */
    double rate;              /* a second */
};

/* Zero-fills a file beforehand, so that no write changes its length, then overwrites it from front to back, over and
 * over. ERR_IO: errno tells. */
MUST_CHECK enum err sync_measure(const struct sync_settings *settings,
                                 struct sync_result *ret_result);

/* One such file: for who writes at times of its own. Zeroed: none is open. */
struct sync_file {
    int fd;
    uint8_t *bytes;
    uint32_t write_bytes, writes, next;
};
MUST_CHECK enum err sync_file_open(struct sync_file *file, const struct sync_settings *settings);
/* pwrite and fdatasync. */
MUST_CHECK enum err sync_file_write(struct sync_file *file);
void sync_file_close(struct sync_file *file);

int sync_main(int argc, char **argv);

#endif
