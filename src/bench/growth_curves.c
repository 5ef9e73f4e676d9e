/* What each curve of leat-bench growth does. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "bench/control.h"
#include "bench/growth.h"
#include "bench/ticks.h"
#include "bench/usage.h"

#include "base/banned.h"

#define CONNECTIONS     64u
#define SIZE_LANES      16u /* for bodies of up to a MiB */
#define BODY_BYTES      300u
#define FIFO_GROUPS     1000u
#define WARMUP_S        0.2
#define CONNECT_S       0.0004   /* to open a connection and park a poll on it */
#define TURN_S          0.0002   /* until a connection among many has had its turn */
#define LARGE_BYTES     262144.0 /* few of these go through in a second */
#define WAKE_RATE       2000.0
#define PARK_RATE       0.1 /* of the one sender: often enough that the run does not end before */
#define PARKED_PATIENCE (30 * TICKS_S)
#define GROUP_DEPTH_MIN 1000.0
#define HEAVY_QUEUES    10000.0 /* from here on, one longer run: each run asks for every URL again */

struct load {
    const char *workload;
    const char *names; /* of the queues, which stay */
    uint32_t connections, batch, body_bytes, queues, groups, receivers; /* 0: as usual */
    double rate, seconds, warmup_s;
    uint64_t requests;
};

static void fill_settings(const struct growth *growth, const struct load *load,
                          struct settings *settings, char endpoint[64])
{
    rig_fill_settings(&growth->rig, &growth->server, settings, endpoint);
    settings->signer.mode = SIGNER_DUMMY; /* the server does not look at it */
    settings->workload = workload_find(load->workload);
    settings->names = load->names;
    settings->keeps_queues = true;
    settings->checks = false; /* queues hold what other runs have sent */
    settings->connections = load->connections > 0 ? load->connections : CONNECTIONS;
    settings->batch = load->batch > 0 ? load->batch : 1;
    settings->body_bytes = load->body_bytes > 0 ? load->body_bytes : BODY_BYTES;
    settings->queues = load->queues > 0 ? load->queues : 1;
    settings->groups = load->groups;
    settings->receivers = load->receivers;
    settings->rate = load->rate;
    settings->requests = load->requests;
    settings->seconds = load->seconds > 0 ? load->seconds : growth->seconds;
    settings->warmup_s = load->warmup_s > 0 ? load->warmup_s : WARMUP_S;
    ASSERT(settings_check(settings) == NULL);
}

static bool run(const struct growth *growth, const struct load *load, struct run_result *ret_result)
{
    struct settings settings;
    char endpoint[64], why[RUN_WHY_BYTES];
    fill_settings(growth, load, &settings, endpoint);
    if (!run_execute(&settings, ret_result, why))
        return rig_fail(&growth->rig, load->workload, why);
    if (ret_result->is_interrupted)
        return rig_fail(&growth->rig, load->workload, "interrupted");
    if (!run_is_clean(&settings, ret_result)) {
        report_print(stderr, &settings, ret_result);
        return rig_fail(&growth->rig, load->workload, "there were errors");
    }
    return true;
}

static bool measure_rounds(const struct growth *growth, const struct load *load, uint32_t rounds,
                           struct growth_cell *ret_cell)
{
    static struct run_result result;
    double values[SUITE_ROUNDS_MAX];
    for (uint32_t round = 0; round < rounds; round++) {
        if (!run(growth, load, &result))
            return false;
        if (result.server_us <= 0)
            return rig_fail(&growth->rig, load->workload, "no CPU time of the server");
        values[round] = result.server_us;
    }
    *ret_cell = (struct growth_cell){true, suite_report_spread(values, rounds)};
    return true;
}

/* Sends until a queue that has `made` holds `wanted`. */
static bool fill(const struct growth *growth, const char *names, uint32_t groups, double made,
                 double wanted)
{
    static struct run_result result;
    const struct load load = {
        .workload = "send",
        .names = names,
        .batch = WRITER_BATCH_MAX,
        .groups = groups,
        .requests = (uint64_t)((wanted - made + WRITER_BATCH_MAX - 1) / WRITER_BATCH_MAX)};
    return load.requests == 0 || run(growth, &load, &result);
}

static bool measure_depth(struct growth *growth, double size, struct growth_cell *ret_cells)
{
    const struct load standard = {.workload = "round-trip", .names = "depth"};
    const struct load fifo = {.workload = "round-trip", .names = "depth", .groups = FIFO_GROUPS};
    bool is_done = fill(growth, "depth", 0, growth->made, size) &&
                   fill(growth, "depth", FIFO_GROUPS, growth->made, size) &&
                   measure_rounds(growth, &standard, growth->rounds, &ret_cells[0]) &&
                   measure_rounds(growth, &fifo, growth->rounds, &ret_cells[1]);
    growth->made = size;
    return is_done;
}

/* Queues made .. size - 1, with the CPU time each took. */
static bool make_queues(struct growth *growth, double size, struct growth_cell *ret_cell)
{
    const struct load load = {.workload = "send", .names = "queues"};
    struct settings settings;
    struct endpoint endpoint;
    struct writer_queue queue;
    struct arena arena;
    struct usage before, after;
    char url[64];
    const char *why = "";
    bool is_good = true;
    fill_settings(growth, &load, &settings, url);
    arena_init(&arena);
    ASSERT(endpoint_parse(slice_from_text(url), &arena, &endpoint, &why) == ERR_OK);
    struct control *control = control_create(&settings, &endpoint);
    is_good = usage_of(growth->server.pid, &before);
    for (uint32_t i = (uint32_t)growth->made; i < (uint32_t)size && is_good; i++)
        is_good =
            control_create_queue(control, arena_print(&arena, "queues-%u", i), &arena, &queue);
    is_good = is_good && usage_of(growth->server.pid, &after);
    if (!is_good)
        rig_fail(&growth->rig, "making queues", control_why(control));
    if (is_good && growth->made > 0) {
        double us = (double)(after.cpu_us - before.cpu_us) / (size - growth->made);
        *ret_cell = (struct growth_cell){us > 0, {us, us, us}};
    }
    growth->made = size;
    control_destroy(control);
    arena_done(&arena);
    return is_good;
}

/* The first message that a queue sees makes its place in the engine: once, and not what is measured. */
static bool visit_queues(struct growth *growth, uint32_t count)
{
    static struct run_result result;
    const struct load load = {
        .workload = "round-trip", .names = "queues", .queues = count, .requests = count};
    return run(growth, &load, &result);
}

static bool measure_queues(struct growth *growth, double size, struct growth_cell *ret_cells)
{
    bool is_heavy = size >= HEAVY_QUEUES;
    const struct load load = {.workload = "round-trip",
                              .names = "queues",
                              .queues = (uint32_t)size,
                              .seconds = growth->seconds * (is_heavy ? growth->rounds : 1)};
    return make_queues(growth, size, &ret_cells[1]) && visit_queues(growth, (uint32_t)size) &&
           measure_rounds(growth, &load, is_heavy ? 1 : growth->rounds, &ret_cells[0]);
}

static bool measure_groups(struct growth *growth, double size, struct growth_cell *ret_cells)
{
    char names[32];
    snprintf(names, sizeof(names), "groups-%.0f", size);
    const struct load load = {.workload = "round-trip", .names = names, .groups = (uint32_t)size};
    return fill(growth, names, (uint32_t)size, 0,
                size < GROUP_DEPTH_MIN ? GROUP_DEPTH_MIN : size) &&
           measure_rounds(growth, &load, growth->rounds, &ret_cells[0]);
}

static uint32_t count_descriptors(pid_t pid)
{
    char path[64];
    uint32_t count = 0;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *directory = opendir(path);
    while (directory != NULL && readdir(directory) != NULL)
        count++;
    if (directory != NULL)
        closedir(directory);
    return count;
}

/* Another process that keeps `count` polls parked on a queue of their own. Below 0: it could not be started. */
static pid_t park(const struct growth *growth, uint32_t count)
{
    static struct run_result result;
    const struct load load = {.workload = "flow",
                              .names = "parked",
                              .connections = count + 1,
                              .receivers = count,
                              .rate = PARK_RATE,
                              .seconds = 600};
    pid_t parent = getpid(), pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent)
        MAYBE(run(growth, &load, &result));
    _exit(1);
}

/* Connections of the run before may still be closing: until the number stands still. */
static uint32_t settle_descriptors(pid_t pid)
{
    uint32_t last, count = count_descriptors(pid);
    do {
        last = count;
        poll(NULL, 0, 100);
        count = count_descriptors(pid);
    } while (count != last);
    return count;
}

/* Until the server has more, or no more, than that many descriptors. */
static bool await_descriptors(const struct growth *growth, uint32_t count, bool is_more)
{
    uint64_t until_ns = ticks_now_ns() + PARKED_PATIENCE;
    while ((count_descriptors(growth->server.pid) > count) != is_more) {
        if (ticks_now_ns() > until_ns)
            return rig_fail(&growth->rig, "parked polls", "they do not come or go");
        poll(NULL, 0, 10);
    }
    /* What has been accepted last is read and parked, or forgotten. */
    poll(NULL, 0, 200);
    return true;
}

static bool measure_beside(struct growth *growth, uint32_t parked, struct growth_cell *ret_cell)
{
    const struct load load = {.workload = "round-trip", .names = "beside"};
    int status;
    if (parked == 0)
        return measure_rounds(growth, &load, growth->rounds, ret_cell);
    uint32_t before = settle_descriptors(growth->server.pid);
    pid_t pid = park(growth, parked);
    if (pid < 0)
        return rig_fail(&growth->rig, "fork", strerror(errno));
    bool is_done = await_descriptors(growth, before + parked, true) &&
                   measure_rounds(growth, &load, growth->rounds, ret_cell);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return is_done && await_descriptors(growth, before + CONNECTIONS, false);
}

static bool measure_parked(struct growth *growth, double size, struct growth_cell *ret_cells)
{
    uint32_t parked = (uint32_t)size;
    const struct load wake = {.workload = "wake",
                              .names = "wake",
                              .connections = parked + SIZE_LANES,
                              .receivers = parked,
                              .rate = WAKE_RATE,
                              .warmup_s = WARMUP_S + parked * CONNECT_S};
    return measure_beside(growth, parked, &ret_cells[0]) &&
           (parked == 0 || measure_rounds(growth, &wake, growth->rounds, &ret_cells[1]));
}

static bool measure_size(struct growth *growth, double size, struct growth_cell *ret_cells)
{
    const struct load load = {.workload = "round-trip",
                              .names = "size",
                              .connections = SIZE_LANES,
                              .seconds = growth->seconds * (1 + size / LARGE_BYTES),
                              .body_bytes = (uint32_t)size};
    return measure_rounds(growth, &load, growth->rounds, &ret_cells[0]);
}

static bool measure_connections(struct growth *growth, double size, struct growth_cell *ret_cells)
{
    const struct load load = {.workload = "round-trip",
                              .names = "connections",
                              .connections = (uint32_t)size,
                              .seconds = growth->seconds + size * TURN_S,
                              .warmup_s = WARMUP_S + size * CONNECT_S};
    return measure_rounds(growth, &load, growth->rounds, &ret_cells[0]);
}

static const struct growth_curve curves[] = {
    {.name = "depth",
     .about = "round trips (send, receive, delete) on a queue that holds n messages",
     .axis = "messages in the queue",
     .series = {"standard", "FIFO, 1000 groups"},
     .sizes = {1e2, 1e3, 1e4, 1e5, 1e6, 1e7, -1},
     .default_max = 1e6,
     .measure = measure_depth},
    {.name = "queues",
     .about = "round trips spread over n queues; making a queue",
     .axis = "queues",
     .series = {"round trips", "CreateQueue"},
     .sizes = {1, 10, 100, 1000, 1e4, 1e5, -1},
     .default_max = 1e4,
     .measure = measure_queues},
    {.name = "groups",
     .about = "round trips on a FIFO queue with n groups, a message in each",
     .axis = "message groups in the queue",
     .series = {"round trips"},
     .sizes = {1, 10, 100, 1000, 1e4, 1e5, 1e6, -1},
     .default_max = 1e6,
     .measure = measure_groups},
    {.name = "parked",
     .about = "round trips beside n parked polls; sends that wake one of n",
     .axis = "parked polls",
     .series = {"beside them", "waking one"},
     .sizes = {0, 10, 100, 1000, 1e4, -1},
     .default_max = 1e4,
     .measure = measure_parked},
    {.name = "size",
     .about = "round trips of bodies of n bytes",
     .axis = "bytes of a body",
     .series = {"round trips"},
     .sizes = {100, 1024, 10240, 102400, 262144, 1048576, -1},
     .default_max = 1048576,
     .is_by_byte = true,
     .measure = measure_size},
    {.name = "connections",
     .about = "round trips on n connections, all of them busy",
     .axis = "connections",
     .series = {"round trips"},
     .sizes = {1, 10, 100, 1000, 1e4, -1},
     .default_max = 1e4,
     .measure = measure_connections},
};

_Static_assert(ARRAY_COUNT(curves) <= GROWTH_CURVES_MAX, "a bound that others rely on");

uint32_t growth_curves_count(void)
{
    return ARRAY_COUNT(curves);
}

const struct growth_curve *growth_curve_at(uint32_t index)
{
    ASSERT(index < ARRAY_COUNT(curves));
    return &curves[index];
}

uint32_t growth_curve_find(const char *name)
{
    uint32_t index = 0;
    while (index < ARRAY_COUNT(curves) && strcmp(curves[index].name, name) != 0)
        index++;
    return index;
}

uint32_t growth_curve_points(const struct growth_curve *curve, bool is_full)
{
    uint32_t count = 0;
    while (count < GROWTH_POINTS_MAX && curve->sizes[count] >= 0 &&
           (is_full || curve->sizes[count] <= curve->default_max))
        count++;
    return count;
}
