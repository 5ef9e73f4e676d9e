#include "bench/run.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>

#include "base/random.h"
#include "bench/control.h"
#include "bench/driver.h"
#include "bench/lane.h"
#include "bench/progress.h"
#include "bench/ticks.h"
#include "bench/usage.h"

#include "base/banned.h"

/* Messages sent beforehand for each second of a workload that takes them away: more than one core can deliver. */
#define FILL_PER_SECOND 120000.0
/* In flight at once in one queue Amazon SQS allows 120,000; a workload that does not delete stays below. */
#define FILL_HIDDEN_MAX 100000u
#define FILL_NS_MAX     (20 * TICKS_S)
#define NAP_NS          (20 * TICKS_MS)

struct run {
    const struct settings *settings;
    struct run_result *result;
    struct arena arena;
    struct endpoint endpoint;
    struct control *control;
    struct writer_queue *queues;
    uint32_t queues_count;
    struct driver_shared shared;
    struct driver *drivers[SETTINGS_THREADS_MAX];
    char *why;
};

/* The one thing that a signal handler touches. */
static _Atomic(_Atomic bool *) current_stop;

void run_interrupt(void)
{
    _Atomic bool *stop = atomic_load(&current_stop);
    if (stop != NULL)
        atomic_store(stop, true);
}

static bool fail(struct run *run, const char *what, const char *text)
{
    snprintf(run->why, RUN_WHY_BYTES, "%s: %s", what, text);
    return false;
}

static bool make_queues(struct run *run)
{
    const struct settings *settings = run->settings;
    run->queues = ARENA_NEW_MANY(&run->arena, struct writer_queue, settings->queues);
    for (uint32_t i = 0; i < settings->queues; i++) {
        if (atomic_load(&run->shared.is_stopped))
            return fail(run, "making queues", "interrupted");
        progress_show(settings, "making queues", i, settings->queues);
        const char *suffix = settings->groups > 0 ? ".fifo" : "";
        struct slice name =
            settings->names != NULL
                ? arena_print(&run->arena, "%s-%u%s", settings->names, i, suffix)
                : arena_print(&run->arena, "leat-bench-%08x-%u%s", run->shared.run, i, suffix);
        if (!control_create_queue(run->control, name, &run->arena, &run->queues[i]))
            return fail(run, "cannot create a queue", control_why(run->control));
        run->queues_count++;
    }
    progress_wipe(settings);
    run->shared.queues = run->queues;
    return true;
}

static bool make_drivers(struct run *run)
{
    const struct settings *settings = run->settings;
    uint32_t first_lane = 0;
    for (uint32_t i = 0; i < settings->threads; i++) {
        uint32_t share = settings_share(settings, i);
        if (driver_create(&run->shared, i, share, first_lane, &run->drivers[i]) != ERR_OK)
            return fail(run, "epoll", strerror(errno));
        first_lane += share * settings->pipeline;
    }
    return true;
}

static bool set_up(struct run *run)
{
    const char *why = NULL;
    uint32_t number;
    arena_init(&run->arena);
    body_prepare();
    random_bytes(&number, sizeof(number));
    if (endpoint_parse(slice_from_text(run->settings->endpoint), &run->arena, &run->endpoint,
                       &why) != ERR_OK)
        return fail(run, run->settings->endpoint, why);
    run->shared.settings = run->settings;
    run->shared.endpoint = &run->endpoint;
    run->shared.run = number;
    run->shared.start_ns = ticks_now_ns();
    run->shared.ledger =
        ledger_create(settings_lanes(run->settings), lane_orders_count(run->settings));
    run->control = control_create(run->settings, &run->endpoint);
    return make_queues(run) && make_drivers(run);
}

static void tear_down(struct run *run)
{
    for (uint32_t i = 0; i < run->settings->threads; i++)
        driver_destroy(run->drivers[i]);
    for (uint32_t i = 0; i < run->queues_count && !run->settings->keeps_queues; i++) {
        progress_show(run->settings, "deleting queues", i, run->queues_count);
        if (!control_delete_queue(run->control, &run->queues[i])) {
            fprintf(stderr, "leat-bench: cannot delete %.*s: %s\n", SLICE_PRINT(run->queues[i].url),
                    control_why(run->control));
            break;
        }
    }
    progress_wipe(run->settings);
    control_destroy(run->control);
    ledger_destroy(run->shared.ledger);
    arena_done(&run->arena);
}

struct worker {
    struct driver *driver;
    const struct driver_phase *phase;
    _Atomic uint32_t *running;
    pthread_t thread;
};

static void *work(void *context)
{
    struct worker *worker = context;
    driver_run(worker->driver, worker->phase);
    atomic_fetch_sub(worker->running, 1);
    return NULL;
}

/* CPU time and wall time at the two ends of the measured time. */
struct meter {
    bool has_begun, has_ended, knows_server;
    uint64_t begin_ns, end_ns;
    struct usage self_begin, self_end, server_begin, server_end;
};

static void read_meter(const struct run *run, struct usage *self, struct usage *server,
                       bool *knows_server)
{
    usage_of_self(self);
    *knows_server = run->settings->server_pid > 0 && usage_of(run->settings->server_pid, server);
}

static void turn_meter(const struct run *run, const struct driver_phase *phase, struct meter *meter,
                       uint64_t now_ns, bool is_over)
{
    bool knows_server;
    if (!meter->has_begun && now_ns >= phase->measure_ns) {
        meter->has_begun = true;
        meter->begin_ns = now_ns;
        read_meter(run, &meter->self_begin, &meter->server_begin, &meter->knows_server);
    }
    if (meter->has_begun && !meter->has_ended && (is_over || now_ns >= phase->end_ns)) {
        meter->has_ended = true;
        meter->end_ns = now_ns;
        read_meter(run, &meter->self_end, &meter->server_end, &knows_server);
        meter->knows_server &= knows_server;
    }
}

/* Runs the phase on all drivers; the calling thread watches. */
static void run_phase(struct run *run, const struct driver_phase *phase, struct meter *meter)
{
    struct worker workers[SETTINGS_THREADS_MAX];
    _Atomic uint32_t running = run->settings->threads;
    struct progress progress;
    progress_begin(&progress, run->drivers, run->settings, phase);
    for (uint32_t i = 0; i < run->settings->threads; i++) {
        workers[i] =
            (struct worker){.driver = run->drivers[i], .phase = phase, .running = &running};
        ASSERT(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
    for (;;) {
        const struct timespec nap = {.tv_nsec = NAP_NS};
        bool is_over = atomic_load(&running) == 0;
        uint64_t now_ns = ticks_now_ns();
        turn_meter(run, phase, meter, now_ns, is_over);
        progress_tick(&progress, now_ns);
        if (is_over)
            break;
        nanosleep(&nap, NULL);
    }
    for (uint32_t i = 0; i < run->settings->threads; i++)
        pthread_join(workers[i].thread, NULL);
    progress_end(&progress);
}

/* A phase around the measured one. */
static void run_other_phase(struct run *run, struct driver_phase *phase)
{
    struct meter meter = {0};
    phase->start_ns = ticks_now_ns();
    phase->measure_ns = UINT64_MAX;
    if (phase->end_ns == 0)
        phase->end_ns = UINT64_MAX;
    run_phase(run, phase, &meter);
    for (uint32_t i = 0; i < run->settings->threads; i++) {
        const struct stats *stats = &run->drivers[i]->stats;
        for (uint32_t f = 0; f < STATS_FAULTS_COUNT; f++)
            run->result->other_faults[f] += stats->faults[f];
        if (run->result->other_fault[0] == 0)
            memcpy(run->result->other_fault, stats->first_fault, sizeof(stats->first_fault));
    }
}

static uint32_t widest_batch(const struct settings *settings)
{
    uint32_t fits = SETTINGS_BATCH_BYTES / settings->body_bytes;
    return fits < settings->around ? fits : settings->around;
}

static uint64_t count_fill(const struct settings *settings)
{
    double wanted = (settings->seconds + settings->warmup_s) * FILL_PER_SECOND;
    bool deletes = strcmp(settings->workload->name, "receive-delete") == 0;
    double hidden_max = (double)FILL_HIDDEN_MAX * settings->queues;
    if (settings->fill > 0)
        return settings->fill;
    if (settings->requests > 0)
        return settings->requests * settings->batch;
    if (settings->visibility_s == 0)
        return 1000;
    if (settings->rate > 0 &&
        wanted > settings->rate * settings->batch * (settings->seconds + settings->warmup_s))
        wanted = settings->rate * settings->batch * (settings->seconds + settings->warmup_s) * 1.1;
    if (settings->batch > 1)
        wanted *= 3;
    return (uint64_t)(!deletes && wanted > hidden_max ? hidden_max : wanted);
}

static void prepare(struct run *run)
{
    const struct settings *settings = run->settings;
    uint64_t now_ns = ticks_now_ns();
    uint32_t batch = widest_batch(settings);
    if (settings->workload->needs_messages) {
        /* What was asked for by number is sent, however long it takes. */
        struct driver_phase fill = {.workload = &workload_fill,
                                    .batch = batch,
                                    .cycles = (count_fill(settings) + batch - 1) / batch,
                                    .end_ns = settings->fill > 0 ? 0 : now_ns + FILL_NS_MAX};
        run_other_phase(run, &fill);
    }
    if (settings->workload->needs_receipts) {
        struct driver_phase collect = {
            .workload = &workload_collect, .batch = batch, .ends_when_empty = true};
        run_other_phase(run, &collect);
    }
}

/* The meter is read a little later than the measured time begins and ends: what counts is CPU time a second. */
static void read_costs(struct run *run, const struct meter *meter)
{
    struct run_result *result = run->result;
    double rate = run_request_rate(result);
    double seconds = (double)(meter->end_ns - meter->begin_ns) / (double)TICKS_S;
    result->server_us = -1;
    if (rate <= 0 || !meter->has_ended || seconds <= 0)
        return;
    double self_us = (double)(meter->self_end.cpu_us - meter->self_begin.cpu_us) / seconds;
    result->generator_us = self_us / rate;
    result->generator_busy = self_us / 1e6 / run->settings->threads;
    if (!meter->knows_server)
        return;
    result->server_us =
        (double)(meter->server_end.cpu_us - meter->server_begin.cpu_us) / seconds / rate;
    result->server_rss_bytes = meter->server_end.rss_bytes;
}

static void measure(struct run *run)
{
    const struct settings *settings = run->settings;
    struct run_result *result = run->result;
    uint64_t start_ns = ticks_now_ns();
    struct meter meter = {0};
    struct driver_phase phase = {
        .workload = settings->workload,
        .batch = settings->batch,
        .wait_s = settings->wait_s,
        .rate = settings->rate > 0 ? settings->rate : settings->workload->rate,
        .start_ns = start_ns,
        .measure_ns = start_ns,
        .end_ns = UINT64_MAX,
        .cycles = settings->requests,
        .ends_when_empty = settings->workload->needs_messages &&
                           !settings->workload->needs_receipts && settings->visibility_s != 0,
    };
    if (settings->requests == 0) {
        phase.measure_ns += (uint64_t)(settings->warmup_s * (double)TICKS_S);
        phase.end_ns = phase.measure_ns + (uint64_t)(settings->seconds * (double)TICKS_S);
    } else if (settings->limit_s > 0) {
        phase.end_ns = start_ns + (uint64_t)(settings->limit_s * (double)TICKS_S);
    }
    run_phase(run, &phase, &meter);
    for (uint32_t i = 0; i < settings->threads; i++)
        stats_merge(&result->stats, &run->drivers[i]->stats);
    /* A phase that ran out of messages or cycles ended with its last answer. */
    uint64_t end_ns = meter.end_ns < phase.end_ns ? result->stats.last_ns : phase.end_ns;
    result->seconds =
        end_ns > phase.measure_ns ? (double)(end_ns - phase.measure_ns) / (double)TICKS_S : 0;
    read_costs(run, &meter);
}

/* Receives and deletes until nothing is missing. */
static void drain(struct run *run)
{
    const struct settings *settings = run->settings;
    struct driver_phase phase = {
        .workload = &workload_drain,
        .batch = widest_batch(settings),
        .wait_s = settings->pipeline == 1 ? 1 : 0,
        .patience_ns = (uint64_t)(settings->drain_s * (double)TICKS_S) + 1,
    };
    bool is_needed = ledger_missing(run->shared.ledger) > 0;
    if (is_needed && !atomic_load(&run->shared.is_stopped))
        run_other_phase(run, &phase);
    ledger_count(run->shared.ledger, &run->result->totals);
    run->result->is_checked = !atomic_load(&run->shared.is_stopped);
}

bool run_execute(const struct settings *settings, struct run_result *ret_result,
                 char ret_why[RUN_WHY_BYTES])
{
    struct run run = {.settings = settings, .result = ret_result, .why = ret_why};
    memset(ret_result, 0, sizeof(*ret_result));
    atomic_store(&current_stop, &run.shared.is_stopped);
    bool is_done = set_up(&run);
    if (is_done) {
        prepare(&run);
        measure(&run);
        if (settings->checks)
            drain(&run);
    }
    ret_result->is_interrupted = atomic_load(&run.shared.is_stopped);
    atomic_store(&current_stop, NULL);
    tear_down(&run);
    return is_done;
}

bool run_is_clean(const struct settings *settings, const struct run_result *result)
{
    const uint64_t *faults = result->stats.faults, *other = result->other_faults;
    static const enum stats_fault bad[] = {STATS_CORRUPT, STATS_FOREIGN, STATS_ORDER};
    bool is_good =
        stats_errors(&result->stats) == 0 && (!result->is_checked || result->totals.lost == 0);
    for (uint32_t i = 0; i < STATS_CORRUPT; i++)
        is_good = is_good && other[i] == 0;
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        is_good = is_good && faults[bad[i]] + other[bad[i]] == 0;
    return is_good && result->totals.received_refused == 0 &&
           (settings->groups == 0 || faults[STATS_AFTER_DELETE] + other[STATS_AFTER_DELETE] == 0);
}

static double rate_of(const struct run_result *result, uint64_t count)
{
    return result->seconds > 0 ? (double)count / result->seconds : 0;
}

double run_request_rate(const struct run_result *result)
{
    return rate_of(result, stats_requests(&result->stats));
}

double run_cycle_rate(const struct run_result *result)
{
    return rate_of(result, result->stats.cycles_count);
}

double run_message_rate(const struct run_result *result)
{
    const struct stats *stats = &result->stats;
    uint64_t most = stats->sent > stats->received ? stats->sent : stats->received;
    return rate_of(result, most > stats->deleted ? most : stats->deleted);
}
