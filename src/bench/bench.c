/* leat-bench: see doc/benchmarks.md. */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/check.h"
#include "bench/ceilings.h"
#include "bench/growth.h"
#include "bench/log_suite.h"
#include "bench/null.h"
#include "bench/report.h"
#include "bench/suite.h"
#include "bench/sync.h"

#include "base/banned.h"

static void handle_signal(int signal)
{
    (void)signal;
    run_interrupt();
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = handle_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* "-" is standard output. */
static FILE *open_output(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
    if (file == NULL)
        fprintf(stderr, "leat-bench: %s: %s\n", path, strerror(errno));
    return file;
}

static bool close_output(FILE *file, const char *path)
{
    bool is_good = fflush(file) == 0 && !ferror(file);
    if (file != stdout)
        is_good = fclose(file) == 0 && is_good;
    if (!is_good)
        fprintf(stderr, "leat-bench: cannot write %s\n", path);
    return is_good;
}

static bool write_json(const struct settings *settings, const struct run_result *result)
{
    FILE *file = open_output(settings->json_path);
    if (file == NULL)
        return false;
    report_print_json(file, settings, result);
    return close_output(file, settings->json_path);
}

static bool write_plot(const struct settings *settings, const struct run_result *result)
{
    char title[160];
    struct report_curve curves[REPORT_CURVES_MAX];
    uint32_t count = report_curves(settings, result, curves);
    FILE *file = open_output(settings->plot_path);
    if (file == NULL)
        return false;
    snprintf(title, sizeof(title), "%s, %u connections, %u B, batch of %u: %.0f requests/s",
             settings->workload->name, settings->connections, settings->body_bytes, settings->batch,
             run_request_rate(result));
    report_plot(file, title, curves, count);
    return close_output(file, settings->plot_path);
}

/* A connection needs a descriptor, and shells allow 1024 of them: take what the system grants. */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    MAYBE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static int bench_run(int argc, char **argv)
{
    static struct run_result result;
    struct settings settings;
    char why[RUN_WHY_BYTES];
    int status;
    settings_init(&settings);
    if (!settings_parse(&settings, argc, argv, &status))
        return status;
    catch_signals();
    if (!run_execute(&settings, &result, why)) {
        fprintf(stderr, "leat-bench: %s\n", why);
        return 1;
    }
    bool is_good = run_is_clean(&settings, &result);
    /* The table goes where it does not get mixed up with JSON. */
    report_print(settings.json_path != NULL && strcmp(settings.json_path, "-") == 0 ? stderr
                                                                                    : stdout,
                 &settings, &result);
    if (settings.json_path != NULL)
        is_good = write_json(&settings, &result) && is_good;
    if (settings.plot_path != NULL)
        is_good = write_plot(&settings, &result) && is_good;
    return is_good ? 0 : 1;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } modes[] = {{"run", bench_run},         {"null", null_main},     {"sync", sync_main},
                 {"suite", suite_main},      {"log", log_suite_main}, {"growth", growth_main},
                 {"ceilings", ceilings_main}};
    raise_limit();
    for (size_t i = 0; i < ARRAY_COUNT(modes) && argc > 1; i++)
        if (strcmp(argv[1], modes[i].name) == 0)
            return modes[i].run(argc - 1, argv + 1);
    return bench_run(argc, argv);
}
