#include "bench/ceilings.h"

#include <errno.h>
#include <getopt.h>

#include "bench/log_status.h"
#include "bench/rig.h"
#include "bench/sync.h"
#include "bench/ticks.h"

#include "base/banned.h"

#define CONNECTIONS  64u
#define HICCUPS_MAX  0.02
#define SYNC_BYTES   16384u
#define SYNC_S       0.4
#define ENGINE_DEPTH 10000.0

static const struct row {
    const char *name, *workload, *unit;
    uint32_t batch, body_bytes;
    enum cases_rate rate;
} rows[CEILINGS_CASES_COUNT] = {
    {"send", "send", "requests", 1, 300, CASES_REQUESTS},
    {"send-batch", "send", "messages", 10, 220, CASES_MESSAGES},
    {"receive-delete", "receive-delete", "pairs", 1, 300, CASES_CYCLES},
};

struct bench {
    struct rig rig;
    const char *engine_bench; /* path; NULL: none */
    const char *json_path;
    double seconds;
    char admin_path[RIG_PATH_BYTES]; /* of the durable leatd */
    struct child servers[CEILINGS_SERVERS_COUNT];
    struct ceilings ceilings;
};

const char *ceilings_case_name(uint32_t index)
{
    return rows[index].name;
}

const char *ceilings_case_unit(uint32_t index)
{
    return rows[index].unit;
}

static bool start_servers(struct bench *bench)
{
    char keys[RIG_PATH_BYTES];
    const char *memory[] = {"--auth", "verify", "--credentials", keys, "--durability",
                            "memory", NULL};
    const char *sync[] = {"--auth", "verify", "--credentials", keys, "--durability", "sync", NULL};
    rig_join(&bench->rig, "sync/admin.sock", bench->admin_path);
    return rig_write_keys(&bench->rig, keys) &&
           rig_start_null(&bench->rig, &bench->servers[CEILINGS_NULL], 0) &&
           rig_start_leatd(&bench->rig, &bench->servers[CEILINGS_MEMORY], "memory", false,
                           memory) &&
           rig_start_leatd(&bench->rig, &bench->servers[CEILINGS_DURABLE], "sync", true, sync);
}

static void fill_settings(const struct bench *bench, const struct row *row,
                          enum ceilings_server server, struct settings *settings, char endpoint[64])
{
    bool is_null = server == CEILINGS_NULL;
    rig_fill_settings(&bench->rig, &bench->servers[server], settings, endpoint);
    /* The null server looks at no signature: see suite.c. */
    settings->signer = rig_signer(is_null ? SIGNER_DUMMY : SIGNER_V4);
    settings->workload = workload_find(row->workload);
    settings->connections = CONNECTIONS;
    settings->batch = row->batch;
    settings->body_bytes = row->body_bytes;
    settings->seconds = bench->seconds;
    settings->warmup_s = 0.2;
    settings->checks = false;
    settings->fill = is_null ? WRITER_BATCH_MAX : 0;
    ASSERT(settings_check(settings) == NULL);
}

/* Commits and seconds up to now; the run around it begins and ends with it. */
struct commits {
    double batches;
    uint64_t at_ns;
};

static bool read_commits(const struct bench *bench, struct commits *ret_commits)
{
    struct log_status status;
    enum err err = log_status_read(bench->admin_path, &status);
    if (err != ERR_OK)
        return rig_fail(&bench->rig, "GET /log", err_name(err));
    *ret_commits = (struct commits){status.batches, ticks_now_ns()};
    return true;
}

static bool run_case(struct bench *bench, uint32_t index, enum ceilings_server server,
                     struct ceilings_figures *ret_figures)
{
    static struct run_result result;
    const struct row *row = &rows[index];
    const struct cases_row rate = {.rate = row->rate};
    struct commits before = {0}, after = {0};
    struct settings settings;
    char endpoint[64], why[RUN_WHY_BYTES];
    fill_settings(bench, row, server, &settings, endpoint);
    bool counts_commits = index == CEILINGS_CASE_SEND && server == CEILINGS_DURABLE;
    if (counts_commits && !read_commits(bench, &before))
        return false;
    if (!run_execute(&settings, &result, why))
        return rig_fail(&bench->rig, row->name, why);
    if (counts_commits && !read_commits(bench, &after))
        return false;
    if (result.is_interrupted || !run_is_clean(&settings, &result)) {
        report_print(stderr, &settings, &result);
        return rig_fail(&bench->rig, row->name, "there were errors");
    }
    *ret_figures = (struct ceilings_figures){.rate = cases_rate_of(&rate, &result),
                                             .server_us = result.server_us,
                                             .generator_busy = result.generator_busy};
    /* Making and deleting the queue are three commits more; the warm-up has the same rate as the rest. */
    double batches = after.batches - before.batches;
    double seconds = settings.seconds + settings.warmup_s;
    if (counts_commits && batches > 0) {
        ret_figures->commits = batches / seconds;
        ret_figures->messages = ret_figures->rate / ret_figures->commits;
    }
    return true;
}

static bool run_round(struct bench *bench, uint32_t round)
{
    static struct sync_result sync;
    const struct sync_settings settings = {
        .directory = bench->rig.directory, .write_bytes = SYNC_BYTES, .seconds = SYNC_S};
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[Kround %u of %u\r", round + 1, bench->ceilings.rounds);
    if (sync_measure(&settings, &sync) != ERR_OK)
        return rig_fail(&bench->rig, "sync", strerror(errno));
    bench->ceilings.syncs[round] = sync.rate;
    for (uint32_t i = 0; i < CEILINGS_CASES_COUNT; i++)
        for (uint32_t s = 0; s < CEILINGS_SERVERS_COUNT; s++)
            if (!run_case(bench, i, (enum ceilings_server)s, &bench->ceilings.figures[round][i][s]))
                return false;
    return true;
}

static bool measure_engine(struct bench *bench)
{
    if (bench->engine_bench == NULL)
        return true;
    bench->ceilings.has_engine = engine_steps_run(bench->engine_bench, bench->rig.server_cpu,
                                                  ENGINE_DEPTH, &bench->ceilings.engine) == ERR_OK;
    return bench->ceilings.has_engine ||
           rig_fail(&bench->rig, bench->engine_bench, "no figures of the engine");
}

static void print_help(void)
{
    printf(
        "leat-bench ceilings --leatd PATH [--engine-bench PATH] [--rounds N] [--seconds S]\n"
        "                    [--json FILE] [-- OPTION ...]\n\n"
        "leatd in memory and with every answer on the disk, as shares of what bounds it: a server "
        "that does\nnothing, bare syncs, the engine alone. N rounds [5] of S seconds [1] for each of "
        "nine runs; OPTIONs go\nto leatd.\n");
}

/* True: go on; false: *ret_status is what to exit with. */
static bool parse_options(struct bench *bench, int argc, char **argv, int *ret_status)
{
    static const struct option options[] = {{"leatd", required_argument, NULL, 'l'},
                                            {"engine-bench", required_argument, NULL, 'e'},
                                            {"rounds", required_argument, NULL, 'r'},
                                            {"seconds", required_argument, NULL, 's'},
                                            {"json", required_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    double rounds = bench->ceilings.rounds;
    bool is_good = true;
    int c;
    optind = 1;
    while (is_good && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'h') {
            print_help();
            *ret_status = 0;
            return false;
        }
        if (c == 'l')
            bench->rig.leatd = optarg;
        else if (c == 'e')
            bench->engine_bench = optarg;
        else if (c == 'j')
            bench->json_path = optarg;
        else if (c == 'r')
            is_good = (rounds = strtod(optarg, NULL)) >= 1 && rounds <= SUITE_ROUNDS_MAX;
        else
            is_good =
                c == 's' && (bench->seconds = strtod(optarg, NULL)) >= 0.1 && bench->seconds <= 60;
        if (!is_good && c != '?')
            rig_fail(&bench->rig, optarg, "not possible (see --help)");
    }
    bench->ceilings.rounds = is_good ? (uint32_t)rounds : 1;
    bench->rig.extra = argv + optind;
    if (is_good && bench->rig.leatd == NULL)
        is_good = rig_fail(&bench->rig, "--leatd", "where is it?");
    *ret_status = 2;
    return is_good;
}

static bool write_json(const struct bench *bench)
{
    bool is_stdout = strcmp(bench->json_path, "-") == 0;
    FILE *file = is_stdout ? stdout : fopen(bench->json_path, "we");
    if (file == NULL)
        return rig_fail(&bench->rig, bench->json_path, strerror(errno));
    ceilings_print_json(file, &bench->ceilings);
    return (is_stdout ? fflush(file) : fclose(file)) == 0 ||
           rig_fail(&bench->rig, bench->json_path, strerror(errno));
}

int ceilings_main(int argc, char **argv)
{
    static struct bench bench = {
        .rig = {.name = "ceilings"}, .seconds = 1, .ceilings = {.rounds = 5}};
    int status;
    if (!parse_options(&bench, argc, argv, &status))
        return status;
    if (!rig_open(&bench.rig))
        return 1;
    bench.ceilings.hiccups = rig_measure_hiccups();
    bench.ceilings.is_quiet = bench.rig.server_cpu >= 0 && bench.ceilings.hiccups <= HICCUPS_MAX;
    bool is_done = measure_engine(&bench) && start_servers(&bench);
    for (uint32_t round = 0; is_done && round < bench.ceilings.rounds; round++)
        is_done = run_round(&bench, round);
    for (uint32_t s = 0; s < CEILINGS_SERVERS_COUNT; s++)
        child_kill(&bench.servers[s]);
    rig_close(&bench.rig, !is_done);
    if (is_done) {
        ceilings_print(stdout, &bench.ceilings);
        is_done = bench.json_path == NULL || write_json(&bench);
    }
    return is_done ? 0 : 1;
}
