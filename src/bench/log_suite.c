#include "bench/log_suite.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>

#include "bench/control.h"
#include "bench/report.h"
#include "bench/suite_report.h"

#include "base/banned.h"

#define HICCUPS_MAX 0.02

static const struct part {
    const char *name;
    bool (*run)(struct log_suite *suite);
} parts[] = {
    {"throughput", log_part_throughput}, {"lone", log_part_lone},
    {"compaction", log_part_compaction}, {"steady", log_part_steady},
    {"recovery", log_part_recovery},     {"memory", log_part_memory},
};
#define PARTS_COUNT ARRAY_COUNT(parts)

bool log_suite_start(const struct log_suite *suite, struct log_server *server,
                     const char *durability, const char *name)
{
    const char *const options[] = {"--durability", durability, NULL};
    char socket[RIG_PATH_BYTES];
    int length = snprintf(socket, sizeof(socket), "%s/admin.sock", name);
    ASSERT(length > 0 && length < (int)sizeof(socket));
    rig_join(&suite->rig, socket, server->admin_path);
    return rig_start_leatd(&suite->rig, &server->child, name, true, options);
}

bool log_suite_status(const struct log_suite *suite, const struct log_server *server,
                      struct log_status *ret_status)
{
    enum err err = log_status_read(server->admin_path, ret_status);
    return err == ERR_OK || rig_fail(&suite->rig, "GET /log", err_name(err));
}

bool log_suite_load(const struct log_suite *suite, const struct child *server,
                    const struct log_load *load, struct run_result *ret_result)
{
    struct settings settings;
    char endpoint[64], why[RUN_WHY_BYTES];
    rig_fill_settings(&suite->rig, server, &settings, endpoint);
    settings.signer.mode = SIGNER_DUMMY; /* no server here looks at it */
    settings.workload = workload_find(load->workload);
    settings.connections = load->connections > 0 ? load->connections : 64;
    settings.batch = load->batch > 0 ? load->batch : 1;
    settings.body_bytes = load->body_bytes > 0 ? load->body_bytes : 300;
    settings.queues = load->queues > 0 ? load->queues : 1;
    settings.seconds = load->seconds > 0 ? load->seconds : suite->seconds;
    settings.warmup_s = 0.2;
    settings.requests = load->requests;
    settings.fill = 1;
    settings.checks = false;
    settings.names = load->names;
    settings.keeps_queues = load->names != NULL;
    ASSERT(settings_check(&settings) == NULL);
    if (!run_execute(&settings, ret_result, why))
        return rig_fail(&suite->rig, load->workload, why);
    if (ret_result->is_interrupted)
        return rig_fail(&suite->rig, load->workload, "interrupted");
    if (!run_is_clean(&settings, ret_result)) {
        report_print(stderr, &settings, ret_result);
        return rig_fail(&suite->rig, load->workload, "there were errors");
    }
    return true;
}

bool log_suite_delete_queue(const struct log_suite *suite, const struct child *server,
                            const char *names, uint32_t number)
{
    struct settings settings;
    struct endpoint endpoint;
    struct writer_queue queue;
    struct arena arena;
    char url[64];
    const char *why;
    rig_fill_settings(&suite->rig, server, &settings, url);
    settings.signer.mode = SIGNER_DUMMY;
    arena_init(&arena);
    if (endpoint_parse(slice_from_text(url), &arena, &endpoint, &why) != ERR_OK) {
        arena_done(&arena);
        return rig_fail(&suite->rig, url, why);
    }
    struct control *control = control_create(&settings, &endpoint);
    /* Making what exists tells its URL. */
    bool is_done = control_create_queue(control, arena_print(&arena, "%s-%u", names, number),
                                        &arena, &queue) &&
                   control_delete_queue(control, &queue);
    if (!is_done)
        rig_fail(&suite->rig, names, control_why(control));
    control_destroy(control);
    arena_done(&arena);
    return is_done;
}

void log_suite_judge(struct log_suite *suite, const char *what, const double *ratios,
                     uint32_t count, enum log_bound bound, double target)
{
    double sorted[SUITE_ROUNDS_MAX];
    ASSERT(count > 0 && count <= SUITE_ROUNDS_MAX);
    memcpy(sorted, ratios, count * sizeof(*ratios));
    struct suite_spread spread = suite_report_spread(sorted, count);
    bool is_kept = bound == LOG_AT_LEAST ? spread.median >= target : spread.median <= target;
    bool is_quiet = suite->rig.server_cpu >= 0 && suite->hiccups <= HICCUPS_MAX;
    suite->has_missed |= is_quiet && !is_kept;
    printf("  %-50s %6.2f (%.2f-%.2f)   %s %.2f: %s%s\n", what, spread.median, spread.min,
           spread.max, bound == LOG_AT_LEAST ? "at least" : "at most", target,
           is_kept ? "kept" : "MISSED", is_quiet ? "" : " (busy machine)");
    fflush(stdout);
}

static void print_help(void)
{
    printf(
        "leat-bench log --leatd PATH [--rounds N] [--seconds S] [--messages N] [--only PART,...]"
        " [-- OPTION ...]\n\nWhat durability costs: N rounds [5] of S seconds [1] each, with the "
        "modes of durability in turn.\nThe part \"memory\" keeps N messages of 1 KiB [200000]; "
        "10000000 need 12 GB in $TMPDIR.\nOPTIONs go to leatd.\n\nparts:");
    for (size_t i = 0; i < PARTS_COUNT; i++)
        printf(" %s", parts[i].name);
    printf("\n");
}

static bool pick_parts(const struct log_suite *suite, char *names, bool *picks)
{
    memset(picks, 0, PARTS_COUNT * sizeof(*picks));
    for (char *name = names, *rest; name != NULL; name = rest) {
        size_t i = 0;
        rest = strchr(name, ',');
        if (rest != NULL)
            *rest++ = 0;
        while (i < PARTS_COUNT && strcmp(parts[i].name, name) != 0)
            i++;
        if (i == PARTS_COUNT)
            return rig_fail(&suite->rig, name, "no such part");
        picks[i] = true;
    }
    return true;
}

static bool take_number(const char *text, double min, double max, double *ret_value)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != 0 || !(value >= min && value <= max))
        return false;
    *ret_value = value;
    return true;
}

/* True: go on; false: *ret_status is what to exit with. */
static bool parse_options(struct log_suite *suite, int argc, char **argv, bool *picks,
                          int *ret_status)
{
    static const struct option options[] = {{"leatd", required_argument, NULL, 'l'},
                                            {"rounds", required_argument, NULL, 'r'},
                                            {"seconds", required_argument, NULL, 's'},
                                            {"only", required_argument, NULL, 'o'},
                                            {"messages", required_argument, NULL, 'm'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    double rounds = suite->rounds, messages = (double)suite->messages;
    bool is_good = true;
    int c;
    optind = 1;
    while (is_good && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        *ret_status = 0;
        if (c == 'h') {
            print_help();
            return false;
        }
        if (c == 'l')
            suite->rig.leatd = optarg;
        else if (c == 'o')
            is_good = pick_parts(suite, optarg, picks);
        else if (c == 'r')
            is_good = take_number(optarg, 1, SUITE_ROUNDS_MAX, &rounds);
        else if (c == 'm')
            is_good = take_number(optarg, 1000, 1e9, &messages);
        else
            is_good = c == 's' && take_number(optarg, 0.1, 60, &suite->seconds);
    }
    suite->rounds = (uint32_t)rounds;
    suite->messages = (uint64_t)messages;
    suite->rig.extra = argv + optind;
    if (is_good && suite->rig.leatd == NULL)
        is_good = rig_fail(&suite->rig, "--leatd", "where is it?");
    *ret_status = 2;
    return is_good;
}

int log_suite_main(int argc, char **argv)
{
    static struct log_suite suite = {
        .rig = {.name = "log"}, .rounds = 5, .seconds = 1, .messages = 200000};
    bool picks[PARTS_COUNT], is_done = true;
    int status;
    memset(picks, true, sizeof(picks));
    if (!parse_options(&suite, argc, argv, picks, &status))
        return status;
    if (!rig_open(&suite.rig))
        return 1;
    suite.hiccups = rig_measure_hiccups();
    printf("%ld processors, %s; others take %.1f %% of the generator's; %u rounds of %.1f s\n",
           sysconf(_SC_NPROCESSORS_ONLN),
           suite.rig.server_cpu >= 0 ? "servers on 0, generator on 1" : "shared",
           suite.hiccups * 100, suite.rounds, suite.seconds);
    for (size_t i = 0; i < PARTS_COUNT && is_done; i++) {
        if (!picks[i])
            continue;
        printf("\n%s\n", parts[i].name);
        fflush(stdout);
        is_done = parts[i].run(&suite);
    }
    rig_close(&suite.rig, !is_done);
    return is_done && !suite.has_missed ? 0 : 1;
}
