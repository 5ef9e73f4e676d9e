#include "bench/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <sys/stat.h>

#include "bench/cases.h"
#include "bench/child.h"
#include "bench/suite_report.h"
#include "bench/sync.h"
#include "bench/ticks.h"
#include "bench/usage.h"

#include "base/banned.h"

#define PATH_BYTES     4096
#define ARGUMENTS_MAX  64
#define RAM_MESSAGES   100000u
#define RAM_BODY_BYTES 220u
#define HICCUP_NS      TICKS_S
#define DIRECTORY_FDS  16
#define ACCESS_KEY     "leat-bench"
#define SECRET_KEY     "leat-bench-suite"

struct suite {
    const char *leatd;
    char **extra; /* options for leatd, ends with NULL */
    bool picks[CASES_MAX];
    double seconds, warmup_s;
    uint32_t rounds;
    int server_cpu, generator_cpu;
    const char *json_path;
    char directory[PATH_BYTES];
    struct child null, server;
    struct suite_report report;
};

static bool fail(const char *what, const char *why)
{
    fprintf(stderr, "leat-bench suite: %s: %s\n", what, why);
    return false;
}

/* A path below the suite's directory. */
static void join(const struct suite *suite, const char *name, char ret_path[PATH_BYTES])
{
    int length = snprintf(ret_path, PATH_BYTES, "%s/%s", suite->directory, name);
    ASSERT(length > 0 && length < PATH_BYTES);
}

static bool write_keys(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(path, strerror(errno));
    dprintf(fd, "[bench]\naws_access_key_id = " ACCESS_KEY "\naws_secret_access_key = " SECRET_KEY
                "\n");
    return close(fd) == 0 || fail(path, strerror(errno));
}

static bool start_null(struct suite *suite)
{
    char self[PATH_BYTES], log[PATH_BYTES], port[8];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    uint16_t number = child_pick_port();
    if (length <= 0)
        return fail("/proc/self/exe", strerror(errno));
    self[length] = 0;
    join(suite, "null.log", log);
    snprintf(port, sizeof(port), "%u", number);
    char mode[] = "null", flag[] = "--port";
    char *argv[] = {self, mode, flag, port, NULL};
    return child_start(&suite->null, argv, suite->server_cpu, log, number) ||
           fail("the null server does not start, see", log);
}

static bool start_server(struct suite *suite)
{
    char keys[PATH_BYTES], data[PATH_BYTES], log[PATH_BYTES], listen[32];
    uint16_t port = child_pick_port();
    const char *head[] = {suite->leatd, "--listen",   listen, "--admin", "off",    "--workers",
                          "1",          "--data-dir", data,   "--auth",  "verify", "--credentials",
                          keys};
    char *argv[ARGUMENTS_MAX] = {NULL};
    size_t count = 0;
    join(suite, "keys", keys);
    join(suite, "data", data);
    join(suite, "leatd.log", log);
    snprintf(listen, sizeof(listen), "127.0.0.1:%u", port);
    if (!write_keys(keys))
        return false;
    for (; count < ARRAY_COUNT(head); count++)
        argv[count] = (char *)(uintptr_t)head[count];
    for (char **extra = suite->extra; *extra != NULL && count + 1 < ARGUMENTS_MAX; extra++)
        argv[count++] = *extra;
    return child_start(&suite->server, argv, suite->server_cpu, log, port) ||
           fail("leatd does not start, see", log);
}

/* What every run has in common. */
static void fill_settings(const struct suite *suite, bool is_null, struct settings *settings,
                          char endpoint[64])
{
    const struct child *child = is_null ? &suite->null : &suite->server;
    settings_init(settings);
    snprintf(endpoint, 64, "http://127.0.0.1:%u", child->port);
    settings->endpoint = endpoint;
    settings->server_pid = child->pid;
    settings->cpu = suite->generator_cpu;
    settings->seconds = suite->seconds;
    settings->warmup_s = suite->warmup_s;
    settings->drain_s = 5;
    settings->checks = !is_null;
    settings->fill = is_null ? WRITER_BATCH_MAX : 0;
    /* The null server looks at no signature, so none is made: N is what is possible, not what signing leaves of it. */
    settings->signer =
        (struct signer_options){is_null ? SIGNER_DUMMY : SIGNER_V4, SLICE(ACCESS_KEY),
                                SLICE(SECRET_KEY), SLICE(""), SLICE("us-east-1")};
}

static bool run_case(struct suite *suite, uint32_t index, bool is_null, double send_rate,
                     struct suite_figures *ret_figures)
{
    static struct run_result result;
    const struct cases_row *row = cases_at(index);
    struct settings settings;
    char endpoint[64], why[RUN_WHY_BYTES];
    fill_settings(suite, is_null, &settings, endpoint);
    cases_fill(row, send_rate, &settings);
    if (!run_execute(&settings, &result, why))
        return fail(row->name, why);
    if (result.is_interrupted)
        return fail(row->name, "interrupted");
    suite_report_take(ret_figures, row, &settings, &result);
    if (!ret_figures->is_clean) {
        fprintf(stderr, "%s on %s:\n", row->name, is_null ? "the null server" : "leatd");
        report_print(stderr, &settings, &result);
    }
    return true;
}

static bool run_round(struct suite *suite, uint32_t round)
{
    struct suite_figures(*figures)[2] = suite->report.figures[round];
    for (uint32_t i = 0; i < cases_count(); i++) {
        const struct cases_row *row = cases_at(i);
        if (!suite->picks[i] && i > 0) /* the first is what the others are compared with */
            continue;
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "\r\033[Kround %u of %u: %s", round + 1, suite->rounds, row->name);
        double send_rate = i > 0 ? figures[0][1].rate : 0;
        if (row->has_null && !run_case(suite, i, true, send_rate, &figures[i][0]))
            return false;
        if (!run_case(suite, i, false, send_rate, &figures[i][1]))
            return false;
    }
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K");
    return true;
}

/* The share of a second that a spinning thread on the generator's processor does not get, in gaps above 1 ms. */
static double measure_hiccups(void)
{
    uint64_t start_ns = ticks_now_ns(), last_ns = start_ns, lost_ns = 0;
    while (last_ns < start_ns + HICCUP_NS) {
        uint64_t now_ns = ticks_now_ns();
        if (now_ns - last_ns > TICKS_MS)
            lost_ns += now_ns - last_ns;
        last_ns = now_ns;
    }
    return (double)lost_ns / (double)(last_ns - start_ns);
}

/* Memory of leatd: idle, and by message. */
static bool measure_memory(struct suite *suite)
{
    static struct run_result result;
    struct usage idle;
    struct settings settings;
    char endpoint[64], why[RUN_WHY_BYTES];
    fill_settings(suite, false, &settings, endpoint);
    settings.workload = workload_find("send");
    settings.body_bytes = RAM_BODY_BYTES;
    settings.batch = WRITER_BATCH_MAX;
    settings.requests = RAM_MESSAGES / WRITER_BATCH_MAX;
    settings.checks = false;
    if (!usage_of(suite->server.pid, &idle) || !run_execute(&settings, &result, why))
        return fail("memory", "leatd cannot be measured");
    suite->report.idle_bytes = idle.rss_bytes;
    if (result.server_rss_bytes > idle.rss_bytes)
        suite->report.message_bytes =
            (double)(result.server_rss_bytes - idle.rss_bytes) / RAM_MESSAGES;
    return true;
}

static bool prepare(struct suite *suite)
{
    static struct sync_result sync;
    const struct sync_settings settings = {
        .directory = suite->directory, .write_bytes = 16384, .seconds = 0.7};
    suite->report.hiccups = measure_hiccups();
    if (sync_measure(&settings, &sync) == ERR_OK)
        suite->report.syncs = sync.rate;
    if (!start_null(suite) || !start_server(suite))
        return false;
    suite->report.start_ms = (double)(ticks_now_ns() - suite->server.start_ns) / 1e6;
    return measure_memory(suite);
}

static int remove_one(const char *path, const struct stat *facts, int type, struct FTW *place)
{
    MAYBE(facts);
    MAYBE(type + place->level);
    return remove(path);
}

static bool pick_cases(struct suite *suite, char *names)
{
    memset(suite->picks, 0, sizeof(suite->picks));
    for (char *name = names, *rest; name != NULL; name = rest) {
        rest = strchr(name, ',');
        if (rest != NULL)
            *rest++ = 0;
        if (cases_find(name) == cases_count())
            return fail(name, "no such case");
        suite->picks[cases_find(name)] = true;
    }
    return true;
}

static void print_help(void)
{
    printf(
        "leat-bench suite --leatd PATH [--rounds N] [--seconds S] [--only CASE,...] [--durable] [--json FILE]"
        " [-- OPTION ...]\n\nRuns each case on the null server and on leatd, N rounds [3] of S seconds [0.6] each, "
        "and prints ratios.\n--durable holds them against the targets of durable queues; OPTIONs go to leatd.\n\n"
        "cases:");
    for (uint32_t i = 0; i < cases_count(); i++)
        printf(" %s", cases_at(i)->name);
    printf("\n");
}

static bool parse_options(struct suite *suite, int argc, char **argv, int *ret_status)
{
    static const struct option options[] = {
        {"leatd", required_argument, NULL, 'l'},   {"rounds", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 's'}, {"only", required_argument, NULL, 'o'},
        {"durable", no_argument, NULL, 'd'},       {"json", required_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},          {0}};
    double rounds = suite->rounds;
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
            suite->leatd = optarg;
        else if (c == 'j')
            suite->json_path = optarg;
        else if (c == 'd')
            suite->report.is_durable = true;
        else if (c == 'o')
            is_good = pick_cases(suite, optarg);
        else if (c == 'r')
            is_good = (rounds = strtod(optarg, NULL)) >= 1 && rounds <= SUITE_ROUNDS_MAX;
        else if (c == 's')
            is_good = (suite->seconds = strtod(optarg, NULL)) >= 0.1 && suite->seconds <= 60;
        else
            is_good = false;
    }
    suite->rounds = suite->report.rounds = is_good ? (uint32_t)rounds : 1;
    suite->extra = argv + optind;
    if (is_good && suite->leatd == NULL)
        is_good = fail("--leatd", "where is it?");
    *ret_status = 2;
    return is_good;
}

static int finish(struct suite *suite, bool is_done)
{
    if (is_done)
        suite_report_print(stdout, &suite->report, suite->picks);
    if (is_done && suite->json_path != NULL) {
        FILE *file = strcmp(suite->json_path, "-") == 0 ? stdout : fopen(suite->json_path, "we");
        is_done = file != NULL || fail(suite->json_path, strerror(errno));
        if (file != NULL) {
            suite_report_print_json(file, &suite->report, suite->picks);
            is_done = (file == stdout ? fflush(file) : fclose(file)) == 0;
        }
    }
    child_stop(&suite->server);
    child_stop(&suite->null);
    if (is_done)
        nftw(suite->directory, remove_one, DIRECTORY_FDS, FTW_DEPTH | FTW_PHYS);
    else
        fprintf(stderr, "logs are in %s\n", suite->directory);
    return is_done && suite_report_is_clean(&suite->report, suite->picks) ? 0 : 1;
}

int suite_main(int argc, char **argv)
{
    static struct suite suite;
    const char *parent = getenv("TMPDIR");
    int status;
    bool has_two = sysconf(_SC_NPROCESSORS_ONLN) >= 2;
    suite.seconds = 0.6;
    suite.warmup_s = 0.2;
    suite.rounds = 3;
    suite.server_cpu = has_two ? 0 : -1;
    suite.generator_cpu = has_two ? 1 : -1;
    memset(suite.picks, true, sizeof(suite.picks));
    if (!parse_options(&suite, argc, argv, &status))
        return status;
    snprintf(suite.directory, sizeof(suite.directory), "%s/leat-bench-XXXXXX",
             parent != NULL ? parent : "/tmp");
    if (mkdtemp(suite.directory) == NULL)
        return fail(suite.directory, strerror(errno)) ? 0 : 1;
    suite.report.is_pinned = has_two;
    bool is_done = prepare(&suite);
    for (uint32_t round = 0; is_done && round < suite.rounds; round++)
        is_done = run_round(&suite, round);
    return finish(&suite, is_done);
}
