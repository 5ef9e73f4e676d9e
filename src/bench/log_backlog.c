/* The parts of leat-bench log about what is kept: restarts and memory. */
#include <signal.h>

#include "bench/log_suite.h"
#include "bench/ticks.h"
#include "bench/usage.h"

#include "base/banned.h"

#define NAMES "backlog"

struct backlog {
    uint64_t messages;
    uint32_t body_bytes;
    struct log_server server;
    double fill_s, idle_bytes, peak_bytes, rss_bytes;
    struct log_status status;
    double each_bytes; /* of the engine, for one more message */
    double unclean_s, unclean_cpu_s, unclean_first_s, stop_s, clean_s, clean_cpu_s, clean_first_s;
    double cold_rate, clean_rss_bytes;
};

static double seconds_since(uint64_t start_ns)
{
    return (double)(ticks_now_ns() - start_ns) / (double)TICKS_S;
}

/* In two halves: what the engine keeps beside messages (of retries, say) has its full size after the first. */
static bool send_half(struct log_suite *suite, struct backlog *backlog)
{
    static struct run_result result;
    const struct log_load load = {.workload = "send",
                                  .batch = WRITER_BATCH_MAX,
                                  .body_bytes = backlog->body_bytes,
                                  .requests = backlog->messages / WRITER_BATCH_MAX / 2,
                                  .names = NAMES};
    return log_suite_load(suite, &backlog->server.child, &load, &result) &&
           log_suite_status(suite, &backlog->server, &backlog->status);
}

static bool fill(struct log_suite *suite, struct backlog *backlog)
{
    struct usage usage;
    pid_t pid = backlog->server.child.pid;
    if (!usage_of(pid, &usage))
        return rig_fail(&suite->rig, "leatd", "cannot be looked at");
    backlog->idle_bytes = (double)usage.rss_bytes;
    uint64_t start_ns = ticks_now_ns();
    if (!send_half(suite, backlog))
        return false;
    struct log_status half = backlog->status;
    if (!send_half(suite, backlog) || !usage_of(pid, &usage))
        return false;
    backlog->fill_s = seconds_since(start_ns);
    backlog->each_bytes = (backlog->status.engine_bytes - half.engine_bytes) /
                          (backlog->status.engine_messages - half.engine_messages);
    backlog->rss_bytes = (double)usage.rss_bytes;
    backlog->peak_bytes = (double)usage_peak_bytes(pid);
    return true;
}

/* Starts again with what is there, and receives for the first time. */
static bool restart(struct log_suite *suite, struct backlog *backlog, double *ret_start_s,
                    double *ret_cpu_s, double *ret_first_s)
{
    static struct run_result result;
    struct usage usage;
    const struct log_load first = {
        .workload = "receive", .connections = 1, .requests = 1, .names = NAMES};
    uint64_t start_ns = ticks_now_ns();
    if (!log_suite_start(suite, &backlog->server, "sync", "backlog"))
        return false;
    *ret_start_s = seconds_since(start_ns);
    if (!usage_of(backlog->server.child.pid, &usage))
        return rig_fail(&suite->rig, "leatd", "cannot be looked at");
    *ret_cpu_s = (double)usage.cpu_us / 1e6;
    if (!log_suite_load(suite, &backlog->server.child, &first, &result))
        return false;
    *ret_first_s = (double)result.stats.cycles.max / 1e9;
    return result.stats.received == 1 || rig_fail(&suite->rig, "first receive", "nothing came");
}

/* Messages that are on the disk only: received and deleted. */
static bool receive_cold(struct log_suite *suite, struct backlog *backlog)
{
    static struct run_result result;
    struct usage usage;
    const struct log_load load = {
        .workload = "receive-delete", .batch = WRITER_BATCH_MAX, .seconds = 2, .names = NAMES};
    if (!log_suite_load(suite, &backlog->server.child, &load, &result) ||
        !usage_of(backlog->server.child.pid, &usage))
        return false;
    backlog->cold_rate = run_message_rate(&result);
    backlog->clean_rss_bytes = (double)usage.rss_bytes;
    return true;
}

static bool measure(struct log_suite *suite, struct backlog *backlog)
{
    if (!log_suite_start(suite, &backlog->server, "sync", "backlog") || !fill(suite, backlog))
        return false;
    child_kill(&backlog->server.child);
    if (!restart(suite, backlog, &backlog->unclean_s, &backlog->unclean_cpu_s,
                 &backlog->unclean_first_s))
        return false;
    uint64_t start_ns = ticks_now_ns();
    child_stop(&backlog->server.child);
    backlog->stop_s = seconds_since(start_ns);
    return restart(suite, backlog, &backlog->clean_s, &backlog->clean_cpu_s,
                   &backlog->clean_first_s) &&
           receive_cold(suite, backlog);
}

static bool run(struct log_suite *suite, struct backlog *backlog)
{
    char path[RIG_PATH_BYTES];
    bool is_done = measure(suite, backlog);
    if (is_done)
        child_stop(&backlog->server.child);
    else
        child_kill(&backlog->server.child);
    rig_join(&suite->rig, "backlog", path);
    if (is_done)
        rig_remove(path);
    return is_done;
}

static void tell(const struct backlog *backlog)
{
    double messages = (double)backlog->messages;
    const struct log_status *status = &backlog->status;
    printf(
        "  %.0f messages of %u B, batches of ten, sync: sent in %.1f s, %.1f k/s; disk %.0f MB, write "
        "amplification %.2f\n",
        messages, backlog->body_bytes, backlog->fill_s, messages / backlog->fill_s / 1e3,
        status->disk_bytes / 1e6,
        (status->record_bytes + status->relocated_bytes + status->snapshot_bytes) /
            status->record_bytes);
    printf(
        "  killed: started in %.2f s (%.2f s of CPU time), %.2f M messages/s; first receive %.1f ms\n",
        backlog->unclean_s, backlog->unclean_cpu_s, messages / backlog->unclean_s / 1e6,
        backlog->unclean_first_s * 1e3);
    printf(
        "  stopped in %.2f s: started in %.2f s (%.2f s of CPU time), %.2f M messages/s; first receive %.1f ms\n",
        backlog->stop_s, backlog->clean_s, backlog->clean_cpu_s, messages / backlog->clean_s / 1e6,
        backlog->clean_first_s * 1e3);
    printf("  messages that are only on the disk, received and deleted: %.1f k/s\n",
           backlog->cold_rate / 1e3);
}

bool log_part_recovery(struct log_suite *suite)
{
    static struct backlog backlog = {.messages = 1000000, .body_bytes = 300};
    if (!run(suite, &backlog))
        return false;
    tell(&backlog);
    double rates[2] = {(double)backlog.messages / backlog.unclean_s / 1e6,
                       (double)backlog.messages / backlog.clean_s / 1e6};
    log_suite_judge(suite, "million messages a second, after a kill", &rates[0], 1, LOG_AT_LEAST,
                    1);
    log_suite_judge(suite, "million messages a second, after a stop", &rates[1], 1, LOG_AT_LEAST,
                    1);
    return true;
}

bool log_part_memory(struct log_suite *suite)
{
    static struct backlog backlog = {.body_bytes = 1024};
    backlog.messages = suite->messages;
    if (!run(suite, &backlog))
        return false;
    tell(&backlog);
    double gib = backlog.peak_bytes / (1 << 30);
    printf(
        "  memory: %.0f MB idle, %.0f MB after the sends (at most %.0f MB), %.0f MB after a restart and "
        "cold receives\n",
        backlog.idle_bytes / 1e6, backlog.rss_bytes / 1e6, backlog.peak_bytes / 1e6,
        backlog.clean_rss_bytes / 1e6);
    log_suite_judge(suite, "bytes of the engine for one more message", &backlog.each_bytes, 1,
                    LOG_AT_MOST, 100);
    log_suite_judge(suite, "GiB of memory at most", &gib, 1, LOG_AT_MOST, 2);
    return true;
}
