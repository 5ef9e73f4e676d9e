/* The parts of leat-bench log about rates and latencies. Modes take turns inside a round, and ratios are taken inside
 * it, so that what others do on the machine hits both sides. */
#include "bench/log_suite.h"
#include "bench/suite_report.h"

#include "base/banned.h"

enum { MEMORY, OS, SYNC, MODES };

static double middle(const double *values, uint32_t count)
{
    double sorted[SUITE_ROUNDS_MAX];
    memcpy(sorted, values, count * sizeof(*values));
    return suite_report_spread(sorted, count).median;
}

/* ---- throughput ---- */

static void tell_throughput(struct log_suite *suite, double rates[MODES][SUITE_ROUNDS_MAX],
                            double cpu_us[MODES][SUITE_ROUNDS_MAX])
{
    double ratios[SUITE_ROUNDS_MAX];
    printf("  64 connections, sends of 300 B: memory %.1f k/s, os %.1f k/s, sync %.1f k/s\n",
           middle(rates[MEMORY], suite->rounds) / 1e3, middle(rates[OS], suite->rounds) / 1e3,
           middle(rates[SYNC], suite->rounds) / 1e3);
    printf("  CPU time of the server a send: memory %.1f us, os %.1f us, sync %.1f us\n",
           middle(cpu_us[MEMORY], suite->rounds), middle(cpu_us[OS], suite->rounds),
           middle(cpu_us[SYNC], suite->rounds));
    for (uint32_t i = 0; i < suite->rounds; i++)
        ratios[i] = rates[SYNC][i] / rates[MEMORY][i];
    log_suite_judge(suite, "sync / memory", ratios, suite->rounds, LOG_AT_LEAST, 0.5);
    for (uint32_t i = 0; i < suite->rounds; i++)
        ratios[i] = rates[OS][i] / rates[MEMORY][i];
    log_suite_judge(suite, "os / memory", ratios, suite->rounds, LOG_AT_LEAST, 0.9);
}

bool log_part_throughput(struct log_suite *suite)
{
    static const char *const names[MODES] = {"memory", "os", "sync"};
    static double rates[MODES][SUITE_ROUNDS_MAX], cpu_us[MODES][SUITE_ROUNDS_MAX];
    static struct run_result result;
    struct log_server servers[MODES] = {0};
    const struct log_load load = {.workload = "send"};
    bool is_done = true;
    for (unsigned i = 0; i < MODES && is_done; i++)
        is_done = log_suite_start(suite, &servers[i], names[i], names[i]);
    for (uint32_t round = 0; round < suite->rounds && is_done; round++)
        for (unsigned i = 0; i < MODES && is_done; i++) {
            unsigned mode = (i + round) % MODES; /* no mode always comes behind the same one */
            is_done = log_suite_load(suite, &servers[mode].child, &load, &result);
            rates[mode][round] = run_request_rate(&result);
            cpu_us[mode][round] = result.server_us;
        }
    for (unsigned i = 0; i < MODES; i++)
        child_stop(&servers[i].child);
    if (is_done)
        tell_throughput(suite, rates, cpu_us);
    return is_done;
}

/* ---- a lone client ---- */

struct lone {
    double server_us[SUITE_ROUNDS_MAX], least_us[SUITE_ROUNDS_MAX];
    double write_bytes;
};

static bool measure_round_trip(struct log_suite *suite, const struct child *child, double *ret_us)
{
    static struct run_result result;
    const struct log_load load = {.workload = "send", .connections = 1};
    if (!log_suite_load(suite, child, &load, &result))
        return false;
    *ret_us = (double)histogram_quantile(&result.stats.cycles, 0.5) / 1e3;
    return true;
}

/* What the log writes for a send. */
static bool measure_write_bytes(struct log_suite *suite, const struct log_server *server,
                                double *ret_bytes)
{
    struct log_status before, after;
    double round_trip_us;
    if (!log_suite_status(suite, server, &before) ||
        !measure_round_trip(suite, &server->child, &round_trip_us) ||
        !log_suite_status(suite, server, &after))
        return false;
    *ret_bytes =
        (after.batch_bytes_written - before.batch_bytes_written) / (after.batches - before.batches);
    return true;
}

/* The least is a null server that writes and syncs the same bytes before it answers. Bare writes of their own, one behind
 * the other, keep disks and processors busy in another way, and are no measure where others use them, too. */
static bool measure_lone(struct log_suite *suite, const struct log_server *server,
                         struct child *null, struct lone *lone)
{
    if (!measure_write_bytes(suite, server, &lone->write_bytes) ||
        !rig_start_null(&suite->rig, null, (uint32_t)(lone->write_bytes + 0.5)))
        return false;
    for (uint32_t i = 0; i < suite->rounds; i++)
        if (!measure_round_trip(suite, null, &lone->least_us[i]) ||
            !measure_round_trip(suite, &server->child, &lone->server_us[i]))
            return false;
    return true;
}

bool log_part_lone(struct log_suite *suite)
{
    static struct lone lone;
    struct child null = {0};
    struct log_server server = {0};
    double ratios[SUITE_ROUNDS_MAX];
    uint32_t rounds = suite->rounds;
    bool is_done = log_suite_start(suite, &server, "sync", "lone") &&
                   measure_lone(suite, &server, &null, &lone);
    child_stop(&null);
    child_stop(&server.child);
    if (!is_done)
        return false;
    printf("  medians: send %.0f us; null server that writes and syncs %.0f B first %.0f us\n",
           middle(lone.server_us, rounds), lone.write_bytes, middle(lone.least_us, rounds));
    for (uint32_t i = 0; i < rounds; i++)
        ratios[i] = lone.server_us[i] / lone.least_us[i];
    log_suite_judge(suite, "send / null round trip with a bare write and sync", ratios, rounds,
                    LOG_AT_MOST, 1.3);
    return true;
}

/* ---- compaction ---- */

#define SHARES_NAMES   "shares"
#define SHARES         9u
#define SHARES_DELETED 5u
#define SHARES_REQUESTS \
    100000u /* of ten messages of 1 KiB: 16 segments, a ninth of each in every queue */
#define SLICE_S    0.4
#define SLICES_MAX SUITE_ROUNDS_MAX

struct slice_figures {
    double rate, cpu_us; /* of the server, a send */
    double relocated;    /* bytes */
};

static bool measure_slice(struct log_suite *suite, const struct log_server *server,
                          struct slice_figures *ret_figures)
{
    static struct run_result result;
    struct log_status before, after;
    const struct log_load load = {.workload = "send", .seconds = SLICE_S};
    if (!log_suite_status(suite, server, &before) ||
        !log_suite_load(suite, &server->child, &load, &result) ||
        !log_suite_status(suite, server, &after))
        return false;
    ret_figures->rate = run_request_rate(&result);
    ret_figures->cpu_us = result.server_us;
    ret_figures->relocated = after.relocated_bytes - before.relocated_bytes;
    return true;
}

struct slices {
    double without[SLICES_MAX], with[SLICES_MAX];
    double without_us[SLICES_MAX], with_us[SLICES_MAX];
    uint32_t without_count, with_count;
    double relocated_bytes;
};

/* Segments of which five ninths will be dead all at once: enough for compaction to want them, not for it to hurry. */
static bool make_shares(struct log_suite *suite, const struct log_server *server)
{
    static struct run_result result;
    const struct log_load load = {.workload = "send",
                                  .batch = WRITER_BATCH_MAX,
                                  .body_bytes = 1024,
                                  .queues = SHARES,
                                  .requests = SHARES_REQUESTS,
                                  .names = SHARES_NAMES};
    return log_suite_load(suite, &server->child, &load, &result);
}

static bool delete_shares(struct log_suite *suite, const struct log_server *server)
{
    bool is_done = true;
    for (uint32_t i = 0; i < SHARES_DELETED && is_done; i++)
        is_done = log_suite_delete_queue(suite, &server->child, SHARES_NAMES, i);
    return is_done;
}

/* Compaction takes its time: there is no need to see all of it. */
static uint32_t slices_max(const struct log_suite *suite)
{
    return 3 * suite->rounds < SLICES_MAX ? 3 * suite->rounds : SLICES_MAX;
}

static bool measure_compaction(struct log_suite *suite, const struct log_server *server,
                               struct slices *slices)
{
    struct slice_figures figures;
    if (!make_shares(suite, server))
        return false;
    while (slices->without_count < suite->rounds) {
        if (!measure_slice(suite, server, &figures))
            return false;
        slices->without_us[slices->without_count] = figures.cpu_us;
        slices->without[slices->without_count++] = figures.rate;
    }
    /* In the first slice the messages of the deleted queues go, which is no compaction. */
    if (!delete_shares(suite, server) || !measure_slice(suite, server, &figures))
        return false;
    /* Between two segments it may rest for longer than a slice, which then is neither with nor without. */
    for (uint32_t i = 0; i < slices_max(suite); i++) {
        if (!measure_slice(suite, server, &figures))
            return false;
        if (figures.relocated == 0)
            continue;
        slices->with_us[slices->with_count] = figures.cpu_us;
        slices->with[slices->with_count++] = figures.rate;
        slices->relocated_bytes += figures.relocated;
    }
    return slices->with_count > 0 ||
           rig_fail(&suite->rig, "compaction", "copied nothing while it was measured");
}

bool log_part_compaction(struct log_suite *suite)
{
    static struct slices slices;
    struct log_server server = {0};
    struct log_status status;
    bool is_done = log_suite_start(suite, &server, "sync", "compaction") &&
                   measure_compaction(suite, &server, &slices) &&
                   log_suite_status(suite, &server, &status);
    child_stop(&server.child);
    if (!is_done)
        return false;
    double without = middle(slices.without, slices.without_count);
    for (uint32_t i = 0; i < slices.with_count; i++)
        slices.with[i] /= without;
    printf(
        "  sends at 64 connections, sync: %.1f k/s without; %u slices with compaction, which copied %.0f MB "
        "at %.0f MB/s\n",
        without / 1e3, slices.with_count, slices.relocated_bytes / 1e6,
        slices.relocated_bytes / 1e6 / (slices.with_count * (SLICE_S + 0.2)));
    printf("  CPU time of the server a send: %.1f us without, %.1f us with\n",
           middle(slices.without_us, slices.without_count),
           middle(slices.with_us, slices.with_count));
    printf("  afterwards: disk %.0f MB, live share %.2f, write amplification %.2f\n",
           status.disk_bytes / 1e6, status.live_bytes / status.disk_bytes,
           (status.record_bytes + status.relocated_bytes + status.snapshot_bytes) /
               status.record_bytes);
    log_suite_judge(suite, "with compaction / without", slices.with, slices.with_count,
                    LOG_AT_LEAST, 0.8);
    return true;
}

/* ---- steady state ---- */

#define STEADY_SLICES 12u

bool log_part_steady(struct log_suite *suite)
{
    static struct run_result result;
    struct log_server server = {0};
    struct log_status status;
    double most[2] = {0}; /* disk bytes in the first and in the second half */
    const struct log_load backlog = {.workload = "send",
                                     .batch = WRITER_BATCH_MAX,
                                     .body_bytes = 1024,
                                     .requests = 5000,
                                     .names = "backlog"};
    const struct log_load traffic = {.workload = "round-trip",
                                     .batch = WRITER_BATCH_MAX,
                                     .body_bytes = 1024,
                                     .seconds = 2 * suite->seconds,
                                     .names = "traffic"};
    bool is_done = log_suite_start(suite, &server, "sync", "steady") &&
                   log_suite_load(suite, &server.child, &backlog, &result);
    printf(
        "  a backlog of 50000 messages of 1 KiB, beside it send, receive, delete in batches of ten\n");
    for (uint32_t i = 0; i < STEADY_SLICES && is_done; i++) {
        is_done = log_suite_load(suite, &server.child, &traffic, &result) &&
                  log_suite_status(suite, &server, &status);
        if (!is_done)
            break;
        unsigned half = i >= STEADY_SLICES / 2;
        most[half] = status.disk_bytes > most[half] ? status.disk_bytes : most[half];
        printf(
            "  %4.0f s: %5.1f k messages/s, %6.0f MB appended, disk %4.0f MB, live %3.0f MB, amplification "
            "%.2f\n",
            (i + 1) * traffic.seconds, run_message_rate(&result) / 1e3, status.record_bytes / 1e6,
            status.disk_bytes / 1e6, status.live_bytes / 1e6,
            (status.record_bytes + status.relocated_bytes + status.snapshot_bytes) /
                status.record_bytes);
    }
    child_stop(&server.child);
    if (!is_done)
        return false;
    double growth = most[1] / most[0];
    log_suite_judge(suite, "most disk, second half / first half", &growth, 1, LOG_AT_MOST, 1.3);
    return true;
}
