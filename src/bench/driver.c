#include "bench/driver.h"

#include <errno.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

#include "base/random.h"
#include "bench/connection.h"
#include "bench/lane.h"
#include "bench/ticks.h"

#include "base/banned.h"

#define EVENTS_COUNT    256
#define HOUSEKEEPING_NS (50 * TICKS_MS)
/* Nearer than that, waiting in the kernel would come back too late: look again at once. */
#define SPIN_NS (60 * TICKS_US)
/* How long cycles that were due are still begun after the end. */
#define BACKLOG_NS (5 * TICKS_S)
/* How long receivers of a flow wait for messages still under way after the last send. */
#define DELIVERY_NS (2 * TICKS_S)

enum err driver_create(struct driver_shared *shared, uint32_t number, uint32_t connections_count,
                       uint32_t first_lane, struct driver **ret_driver)
{
    const struct settings *settings = shared->settings;
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0)
        return ERR_IO;
    struct driver *driver = calloc(1, sizeof(*driver));
    ASSERT(driver != NULL);
    driver->shared = shared;
    driver->number = number;
    driver->epoll_fd = epoll_fd;
    driver->connections_count = connections_count;
    driver->lanes_count = connections_count * settings->pipeline;
    driver->connections = calloc(connections_count, sizeof(*driver->connections));
    driver->lanes = calloc(driver->lanes_count, sizeof(*driver->lanes));
    ASSERT(driver->connections != NULL && driver->lanes != NULL);
    for (uint32_t i = 0; i < driver->lanes_count; i++)
        driver->lanes[i].number = first_lane + i;
    for (uint32_t i = 0; i < connections_count; i++)
        connection_init(&driver->connections[i], driver, &driver->lanes[i * settings->pipeline]);
    for (uint32_t i = 0; i < WORKLOAD_ROLES_MAX; i++) {
        driver->ready[i].lanes = calloc(driver->lanes_count, sizeof(struct lane *));
        ASSERT(driver->ready[i].lanes != NULL);
    }
    driver->writer = writer_create(&(struct writer_options){
        .protocol = settings->protocol,
        .endpoint = shared->endpoint,
        .signer = settings->signer,
        .closes = settings->closes,
        .seed = (settings->seed << 32) + ((uint64_t)shared->run << 8) + number,
    });
    *ret_driver = driver;
    return ERR_OK;
}

void driver_destroy(struct driver *driver)
{
    if (driver == NULL)
        return;
    for (uint32_t i = 0; i < driver->connections_count; i++)
        connection_done(&driver->connections[i]);
    for (uint32_t i = 0; i < driver->lanes_count; i++)
        free(driver->lanes[i].receipts);
    for (uint32_t i = 0; i < WORKLOAD_ROLES_MAX; i++)
        free(driver->ready[i].lanes);
    for (size_t i = 0; i < driver->receipts_count; i++)
        free(driver->receipts[i].text);
    free(driver->receipts);
    free(driver->connections);
    free(driver->lanes);
    writer_destroy(driver->writer);
    close(driver->epoll_fd);
    free(driver);
}

void driver_add_ready(struct driver *driver, struct lane *lane)
{
    struct driver_ready *ready = &driver->ready[lane->role];
    ASSERT(ready->count < driver->lanes_count);
    ready->lanes[(ready->first + ready->count++) % driver->lanes_count] = lane;
    lane->state = LANE_READY;
}

static struct lane *take_ready(struct driver *driver, uint32_t role)
{
    struct driver_ready *ready = &driver->ready[role];
    if (ready->count == 0)
        return NULL;
    struct lane *lane = ready->lanes[ready->first];
    ready->first = (ready->first + 1) % driver->lanes_count;
    ready->count--;
    lane->state = LANE_IDLE;
    return lane;
}

static bool is_sender_over(const struct driver *driver, uint64_t now_ns)
{
    const struct driver_phase *phase = driver->phase;
    if (driver->is_exhausted || driver->cycles_left == 0 ||
        atomic_load(&driver->shared->is_stopped))
        return true;
    if (phase->rate > 0 && phase->end_ns != UINT64_MAX)
        return schedule_next_ns(&driver->schedule) >= phase->end_ns ||
               now_ns >= phase->end_ns + BACKLOG_NS;
    return now_ns >= phase->end_ns;
}

/* Receivers go on until what was sent has come, or has had its time. */
static bool is_receiver_over(struct driver *driver, uint64_t now_ns)
{
    if (!is_sender_over(driver, now_ns) || driver->busy[0] > 0)
        return false;
    if (driver->senders_over_ns == 0)
        driver->senders_over_ns = now_ns;
    return atomic_load(&driver->shared->is_stopped) || !driver->shared->settings->checks ||
           ledger_missing(driver->shared->ledger) <= 0 ||
           now_ns >= driver->senders_over_ns + DELIVERY_NS;
}

static bool is_over(struct driver *driver, uint32_t role, uint64_t now_ns)
{
    return role == 0 ? is_sender_over(driver, now_ns) : is_receiver_over(driver, now_ns);
}

bool driver_take_turn(struct driver *driver, uint32_t role, uint64_t now_ns, uint64_t *ret_due_ns)
{
    if (is_over(driver, role, now_ns))
        return false;
    if (role > 0 || driver->phase->rate <= 0) {
        *ret_due_ns = now_ns;
    } else {
        uint64_t due_ns = schedule_next_ns(&driver->schedule);
        if (due_ns > now_ns)
            return false;
        schedule_advance(&driver->schedule);
        *ret_due_ns = due_ns;
    }
    if (role == 0)
        driver->cycles_left--;
    return true;
}

/* Begins what is due on lanes that are free. */
static void begin_due(struct driver *driver, uint64_t now_ns)
{
    for (uint32_t role = 0; role < driver->phase->workload->roles_count; role++) {
        uint64_t due_ns;
        struct lane *lane;
        while (driver->ready[role].count > 0 && driver_take_turn(driver, role, now_ns, &due_ns)) {
            /* Lanes whose connection went meanwhile come back with it. */
            do
                lane = take_ready(driver, role);
            while (lane != NULL && lane->connection->state != CONNECTION_UP);
            if (lane == NULL) {
                driver->stats.unserved++;
                break;
            }
            if (driver->phase->rate > 0 && role == 0 && due_ns >= driver->phase->measure_ns)
                histogram_add(&driver->stats.lag, now_ns - due_ns);
            lane_begin(lane, due_ns);
        }
    }
}

/* A thread's share of a number, so that the shares add up to it. */
static uint64_t share_of(uint64_t whole, uint32_t number, uint32_t count)
{
    return whole / count + (number < whole % count ? 1 : 0);
}

static void begin_phase(struct driver *driver, const struct driver_phase *phase)
{
    const struct settings *settings = driver->shared->settings;
    uint64_t seed = settings->seed + driver->number;
    driver->phase = phase;
    driver->is_exhausted = false;
    driver->empties_in_row = 0;
    driver->senders_over_ns = 0;
    driver->cycles_left =
        phase->cycles > 0 ? share_of(phase->cycles, driver->number, settings->threads) : UINT64_MAX;
    stats_reset(&driver->stats);
    if (phase->rate > 0)
        schedule_init(&driver->schedule, phase->rate / settings->threads, !settings->is_constant,
                      (double)driver->number / settings->threads, phase->start_ns,
                      random_next(&seed));
    for (uint32_t role = 0; role < WORKLOAD_ROLES_MAX; role++)
        driver->ready[role].first = driver->ready[role].count = 0;
    for (uint32_t i = 0; i < driver->lanes_count; i++) {
        struct lane *lane = &driver->lanes[i];
        uint32_t receivers =
            phase->workload->roles_count > 1 ? settings_receivers_below(settings, lane->number) : 0;
        lane->role = phase->workload->roles_count > 1 &&
                     settings_receivers_below(settings, lane->number + 1) > receivers;
        lane->role_number = lane->role > 0 ? receivers : lane->number - receivers;
        lane->turn = 0;
        if (lane->connection->state == CONNECTION_UP)
            driver_add_ready(driver, lane);
    }
    for (uint32_t i = 0; i < driver->connections_count; i++)
        if (driver->connections[i].state == CONNECTION_DOWN)
            connection_open(&driver->connections[i]);
}

static void check_connection(struct driver *driver, struct connection *connection, uint64_t now_ns,
                             bool is_over_for_all)
{
    const struct settings *settings = driver->shared->settings;
    if (connection->state == CONNECTION_DOWN) {
        if (now_ns >= connection->retry_ns && !is_over_for_all)
            connection_open(connection);
        return;
    }
    if (connection->waiting_count == 0)
        return;
    const struct lane *oldest = &connection->lanes[connection->waiting[connection->waiting_first]];
    bool is_parked = lane_is_parked(oldest);
    double limit_s = settings->timeout_s + (is_parked ? driver->phase->wait_s : 0);
    if (is_parked && is_over(driver, oldest->role, now_ns))
        connection_fail(connection, STATS_BROKEN, true, "");
    else if (now_ns > oldest->request_ns &&
             (double)(now_ns - oldest->request_ns) > limit_s * (double)TICKS_S)
        connection_fail(connection, STATS_TIMEOUT, false, "");
}

static bool is_phase_over(struct driver *driver, uint64_t now_ns)
{
    for (uint32_t role = 0; role < driver->phase->workload->roles_count; role++)
        if (!is_over(driver, role, now_ns))
            return false;
    return true;
}

static void keep_house(struct driver *driver, uint64_t now_ns)
{
    const struct driver_phase *phase = driver->phase;
    uint64_t news_ns = atomic_load_explicit(&driver->shared->last_news_ns, memory_order_relaxed);
    if (phase->patience_ns > 0) {
        uint64_t since_ns = news_ns > phase->start_ns ? news_ns : phase->start_ns;
        driver->is_exhausted |= now_ns > since_ns + phase->patience_ns;
        driver->is_exhausted |= ledger_missing(driver->shared->ledger) <= 0;
    }
    bool is_over_for_all = is_phase_over(driver, now_ns);
    for (uint32_t i = 0; i < driver->connections_count; i++)
        check_connection(driver, &driver->connections[i], now_ns, is_over_for_all);
}

/* How long nothing needs to be done but for answers. */
static uint64_t find_wait(const struct driver *driver, uint64_t now_ns, uint64_t house_ns)
{
    uint64_t until_ns = house_ns;
    if (driver->phase->rate > 0 && driver->ready[0].count > 0) {
        uint64_t due_ns = schedule_next_ns(&driver->schedule);
        if (due_ns < until_ns)
            until_ns = due_ns;
    }
    if (until_ns <= now_ns + SPIN_NS)
        return 0;
    return until_ns - now_ns - (until_ns < house_ns ? SPIN_NS / 2 : 0);
}

static void wait_for_events(struct driver *driver, uint64_t wait_ns)
{
    struct epoll_event events[EVENTS_COUNT];
    const struct timespec wait = {(time_t)(wait_ns / TICKS_S), (long)(wait_ns % TICKS_S)};
    int count = epoll_pwait2(driver->epoll_fd, events, EVENTS_COUNT, &wait, NULL);
    ASSERT(count >= 0 || errno == EINTR);
    for (int i = 0; i < count; i++)
        connection_handle(events[i].data.ptr, events[i].events);
}

/* What was due and never begun: its latency is at least what it has waited. */
static void count_unserved(struct driver *driver, uint64_t now_ns)
{
    const struct driver_phase *phase = driver->phase;
    if (phase->rate <= 0 || phase->end_ns == UINT64_MAX || atomic_load(&driver->shared->is_stopped))
        return;
    for (; schedule_next_ns(&driver->schedule) < phase->end_ns;
         schedule_advance(&driver->schedule)) {
        uint64_t due_ns = schedule_next_ns(&driver->schedule);
        if (due_ns < phase->measure_ns)
            continue;
        driver->stats.unserved++;
        histogram_add(&driver->stats.cycles, now_ns - due_ns);
    }
}

static void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    MAYBE(sched_setaffinity(0, sizeof(set), &set) == 0);
}

void driver_run(struct driver *driver, const struct driver_phase *phase)
{
    uint64_t house_ns = 0;
    prctl(PR_SET_TIMERSLACK, 1000UL);
    if (driver->shared->settings->cpu >= 0)
        pin(driver->shared->settings->cpu);
    begin_phase(driver, phase);
    for (;;) {
        uint64_t now_ns = ticks_now_ns();
        if (now_ns >= house_ns) {
            keep_house(driver, now_ns);
            house_ns = now_ns + HOUSEKEEPING_NS;
        }
        begin_due(driver, now_ns);
        if (driver->busy[0] + driver->busy[1] == 0 && is_phase_over(driver, now_ns))
            break;
        wait_for_events(driver, find_wait(driver, now_ns, house_ns));
    }
    count_unserved(driver, ticks_now_ns());
}
