/* How fast the log is, beside the bare calls on the same disk in the same run. About 10 seconds.
 *
 *     log_bench DIRECTORY     an empty directory is made in it and removed afterwards */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>

#include "log/log.h"

#include "base/banned.h"

#define MESSAGE_BYTES 262u /* makes records of about 330 bytes */
#define OUTSTANDING   64u
#define LONE_ROUNDS   3000u
#define SECONDS       2.0
#define BARE_BYTES    (16u << 20)

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

struct bench {
    struct mailbox mailbox;
    struct log *log;
    uint64_t sequence, replayed;
    uint8_t message[MESSAGE_BYTES];
    uint64_t ends[OUTSTANDING];
    unsigned outstanding;
    struct log_position durable;
};

static void durable(void *context, struct log_position position)
{
    ((struct bench *)context)->durable = position;
}

static void failed(void *context, const struct log_failure *failure)
{
    (void)context;
    (void)fprintf(stderr, "failed: %s: %s\n", failure->file, failure->text);
    exit(EXIT_FAILURE);
}

static void replay(void *context, const struct log_entry *entry)
{
    (void)entry;
    ((struct bench *)context)->replayed++;
}

static void open_log(struct bench *bench, const char *directory, enum log_sync sync)
{
    struct log_options options = {.directory = directory,
                                  .identity = 1,
                                  .cache_bytes = 64u << 20,
                                  .sync = sync,
                                  .mailbox = &bench->mailbox};
    struct log_owner owner = {
        .context = bench, .durable = durable, .failed = failed, .replay = replay};
    struct log_recovery recovery;
    struct log_failure failure;
    double begin = now();
    if (log_open(&options, &owner, &bench->log, &recovery, &failure) != ERR_OK) {
        (void)fprintf(stderr, "%s: %s\n", failure.file, failure.text);
        exit(EXIT_FAILURE);
    }
    double took = now() - begin;
    if (recovery.entries > 0)
        (void)printf("recovery: %llu records in %.3f s: %.2f M/s\n",
                     (unsigned long long)recovery.entries, took,
                     (double)recovery.entries / took / 1e6);
}

static void close_log(struct bench *bench)
{
    (void)log_close(bench->log, false);
    (void)mailbox_drain(&bench->mailbox, NULL);
}

static void send_one(struct bench *bench)
{
    struct engine_fact fact = {.kind = FACT_SENT,
                               .queue = {1},
                               .sequence = ++bench->sequence,
                               .at = {1},
                               .enqueued_at = {1},
                               .body_bytes = MESSAGE_BYTES};
    if (log_reserve(bench->log, MESSAGE_BYTES) != ERR_OK)
        return;
    (void)log_append(bench->log, &fact, slice_of(bench->message, MESSAGE_BYTES));
}

static void wait_for_news(struct bench *bench)
{
    struct pollfd poll_fd = {.fd = bench->mailbox.wake_fd, .events = POLLIN};
    (void)poll(&poll_fd, 1, 1000);
    (void)mailbox_drain(&bench->mailbox, NULL);
}

/* As many clients as OUTSTANDING, each sending its next message when the last one is durable. */
static void measure_throughput(struct bench *bench, const char *name)
{
    struct log_counts before, after;
    log_counts(bench->log, &before);
    uint64_t first = bench->sequence, done = 0;
    double begin = now(), took = 0;
    for (unsigned i = 0; i < OUTSTANDING; i++)
        bench->ends[i] = 0;
    bench->durable = log_durable(bench->log);
    while ((took = now() - begin) < SECONDS) {
        for (unsigned i = 0; i < OUTSTANDING; i++) {
            if (bench->ends[i] > bench->durable.v)
                continue;
            send_one(bench);
            bench->ends[i] = log_end(bench->log).v;
        }
        log_submit(bench->log);
        wait_for_news(bench);
    }
    done = bench->sequence - first;
    log_counts(bench->log, &after);
    (void)printf("%s: %.0f records/s, %.0f batches/s, %.1f records a batch\n", name,
                 (double)done / took, (double)(after.batches - before.batches) / took,
                 (double)done / (double)(after.batches - before.batches));
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *times, unsigned count)
{
    qsort(times, count, sizeof(*times), compare);
    return times[count / 2];
}

/* The same bytes by bare calls on a zero-filled file. */
static double lone_bare(int file, uint64_t *offset, size_t bytes)
{
    static uint8_t block[4096];
    double begin = now();
    if (pwrite(file, block, bytes, (off_t)*offset) != (ssize_t)bytes || fdatasync(file) != 0) {
        (void)fprintf(stderr, "bare write: errno %d\n", errno);
        exit(EXIT_FAILURE);
    }
    *offset = (*offset + bytes) % (BARE_BYTES / 2);
    return now() - begin;
}

static double lone_append(struct bench *bench)
{
    double begin = now();
    send_one(bench);
    uint64_t end = log_end(bench->log).v;
    log_submit(bench->log);
    while (bench->durable.v < end)
        wait_for_news(bench);
    return now() - begin;
}

static void measure_latency(struct bench *bench, const char *directory)
{
    static double bare[LONE_ROUNDS], ours[LONE_ROUNDS];
    char path[600];
    uint8_t *zeros = calloc(1, BARE_BYTES);
    uint64_t offset = 0;
    (void)snprintf(path, sizeof(path), "%s/bare", directory);
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || zeros == NULL || pwrite(file, zeros, BARE_BYTES, 0) != BARE_BYTES ||
        fdatasync(file) != 0) {
        (void)fprintf(stderr, "%s: errno %d\n", path, errno);
        exit(EXIT_FAILURE);
    }
    for (unsigned i = 0; i < LONE_ROUNDS; i++) {
        bare[i] = lone_bare(file, &offset, 368); /* a batch record and one of 336 */
        ours[i] = lone_append(bench);
    }
    double bare_median = median(bare, LONE_ROUNDS), our_median = median(ours, LONE_ROUNDS);
    (void)printf("lone append: median %.1f us, p99 %.1f us; bare pwrite+fdatasync: median %.1f us, "
                 "p99 %.1f us; ratio %.2f\n",
                 our_median * 1e6, ours[LONE_ROUNDS * 99 / 100] * 1e6, bare_median * 1e6,
                 bare[LONE_ROUNDS * 99 / 100] * 1e6, our_median / bare_median);
    close(file);
    (void)unlink(path);
    free(zeros);
}

static void append_only(struct bench *bench)
{
    enum { COUNT = 1000000, BATCH = 1000 };
    double begin = now(), spent = 0;
    for (unsigned i = 0; i < COUNT; i += BATCH) {
        double start = now();
        for (unsigned k = 0; k < BATCH; k++)
            send_one(bench);
        spent += now() - start;
        uint64_t end = log_end(bench->log).v;
        log_submit(bench->log);
        while (bench->durable.v + (4u << 20) < end)
            wait_for_news(bench);
    }
    (void)printf("append alone: %.0f ns a record; %d in %.2f s\n", spent / COUNT * 1e9, COUNT,
                 now() - begin);
}

static void remove_all(const char *directory)
{
    char command[700];
    (void)snprintf(command, sizeof(command), "rm -r '%s'", directory);
    if (system(command) != 0)
        (void)fprintf(stderr, "%s stays\n", directory);
}

int main(int count, char **arguments)
{
    static struct bench bench;
    char directory[512];
    if (count != 2) {
        (void)fprintf(stderr, "usage: log_bench DIRECTORY\n");
        return EXIT_FAILURE;
    }
    (void)snprintf(directory, sizeof(directory), "%s/log_bench.XXXXXX", arguments[1]);
    if (mkdtemp(directory) == NULL || mailbox_init(&bench.mailbox) != ERR_OK)
        return EXIT_FAILURE;
    open_log(&bench, directory, LOG_SYNC_ALWAYS);
    measure_latency(&bench, directory);
    measure_throughput(&bench, "sync, 64 outstanding");
    close_log(&bench);
    open_log(&bench, directory, LOG_SYNC_NEVER);
    measure_throughput(&bench, "os, 64 outstanding");
    append_only(&bench);
    close_log(&bench);
    open_log(&bench, directory, LOG_SYNC_NEVER);
    close_log(&bench);
    mailbox_done(&bench.mailbox);
    remove_all(directory);
    return EXIT_SUCCESS;
}
