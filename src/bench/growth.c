#include "bench/growth.h"

#include <errno.h>
#include <getopt.h>
#include <sys/stat.h>

#include "base/banned.h"

static bool pick_curves(struct growth *growth, char *names)
{
    memset(growth->picks, 0, sizeof(growth->picks));
    for (char *name = names, *rest; name != NULL; name = rest) {
        rest = strchr(name, ',');
        if (rest != NULL)
            *rest++ = 0;
        if (growth_curve_find(name) == growth_curves_count())
            return rig_fail(&growth->rig, name, "no such curve");
        growth->picks[growth_curve_find(name)] = true;
    }
    return true;
}

static void print_help(void)
{
    printf(
        "leat-bench growth --leatd PATH [--rounds N] [--seconds S] [--only CURVE,...] [--full]\n"
        "                  [--out DIR] [--json FILE] [-- OPTION ...]\n\n"
        "How the server's CPU time a request grows: N rounds [3] of S seconds [0.5] at each size.\n"
        "--full adds the largest sizes (minutes, and gigabytes in $TMPDIR); --out writes a picture "
        "of each\ncurve (SVG); OPTIONs go to leatd. The exit status is 1 when something grows "
        "faster than log n.\n\ncurves:\n");
    for (uint32_t i = 0; i < growth_curves_count(); i++)
        printf("  %-12s %s\n", growth_curve_at(i)->name, growth_curve_at(i)->about);
}

static bool take_option(struct growth *growth, int c)
{
    double rounds = 0;
    if (c == 'l')
        growth->rig.leatd = optarg;
    else if (c == 'j')
        growth->json_path = optarg;
    else if (c == 'p')
        growth->out = optarg;
    else if (c == 'f')
        growth->is_full = true;
    else if (c == 'o')
        return pick_curves(growth, optarg);
    else if (c == 's')
        return (growth->seconds = strtod(optarg, NULL)) >= 0.1 && growth->seconds <= 60;
    else if (c == 'r' && (rounds = strtod(optarg, NULL)) >= 1 && rounds <= SUITE_ROUNDS_MAX)
        growth->rounds = (uint32_t)rounds;
    else
        return false;
    return true;
}

/* True: go on; false: *ret_status is what to exit with. */
static bool parse_options(struct growth *growth, int argc, char **argv, int *ret_status)
{
    static const struct option options[] = {{"leatd", required_argument, NULL, 'l'},
                                            {"rounds", required_argument, NULL, 'r'},
                                            {"seconds", required_argument, NULL, 's'},
                                            {"only", required_argument, NULL, 'o'},
                                            {"full", no_argument, NULL, 'f'},
                                            {"out", required_argument, NULL, 'p'},
                                            {"json", required_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    bool is_good = true;
    int c;
    optind = 1;
    while (is_good && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        *ret_status = 0;
        if (c == 'h') {
            print_help();
            return false;
        }
        is_good = take_option(growth, c);
        if (!is_good && c != '?' && c != 'o')
            rig_fail(&growth->rig, optarg, "not possible (see --help)");
    }
    growth->rig.extra = argv + optind;
    if (is_good && growth->rig.leatd == NULL)
        is_good = rig_fail(&growth->rig, "--leatd", "where is it?");
    *ret_status = 2;
    return is_good;
}

static bool write_picture(const struct growth *growth, uint32_t index)
{
    const struct growth_curve *curve = growth_curve_at(index);
    char path[RIG_PATH_BYTES], note[160];
    snprintf(path, sizeof(path), "%s/growth-%s.svg", growth->out, curve->name);
    snprintf(note, sizeof(note), "median and range of %u runs; one worker; dashed: the bound",
             growth->rounds);
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return rig_fail(&growth->rig, path, strerror(errno));
    growth_plot(file, curve, &growth->figures[index], note);
    return fclose(file) == 0 || rig_fail(&growth->rig, path, strerror(errno));
}

/* On a server of its own, which is not worth stopping in good order. */
static bool run_curve(struct growth *growth, uint32_t index)
{
    static const char *const options[] = {"--connections-max", "20000", NULL};
    const struct growth_curve *curve = growth_curve_at(index);
    struct growth_figures *figures = &growth->figures[index];
    uint32_t points = growth_curve_points(curve, growth->is_full);
    char data[RIG_PATH_BYTES];
    growth->made = 0;
    if (!rig_start_leatd(&growth->rig, &growth->server, curve->name, false, options))
        return false;
    bool is_done = true;
    for (uint32_t i = 0; i < points && is_done; i++) {
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "\r\033[K%s: %.0f\r", curve->name, curve->sizes[i]);
        is_done = curve->measure(growth, curve->sizes[i], figures->cells[i]);
        figures->points = i + 1;
    }
    child_kill(&growth->server);
    if (!is_done)
        return false;
    rig_join(&growth->rig, curve->name, data);
    rig_remove(data);
    growth_print(stdout, curve, figures);
    return growth->out == NULL || write_picture(growth, index);
}

static bool write_json(const struct growth *growth)
{
    bool is_stdout = strcmp(growth->json_path, "-") == 0;
    FILE *file = is_stdout ? stdout : fopen(growth->json_path, "we");
    if (file == NULL)
        return rig_fail(&growth->rig, growth->json_path, strerror(errno));
    growth_print_json(file, growth);
    return (is_stdout ? fflush(file) : fclose(file)) == 0 ||
           rig_fail(&growth->rig, growth->json_path, strerror(errno));
}

static bool has_kept_bound(const struct growth *growth)
{
    bool is_kept = true;
    for (uint32_t c = 0; c < growth_curves_count(); c++)
        for (uint32_t s = 0; s < GROWTH_SERIES_MAX && growth_curve_at(c)->series[s] != NULL; s++)
            if (growth->picks[c])
                is_kept &=
                    growth_judge_series(growth_curve_at(c), &growth->figures[c], s).verdict !=
                    GROWTH_FASTER;
    return is_kept;
}

int growth_main(int argc, char **argv)
{
    static struct growth growth = {.rig = {.name = "growth"}, .rounds = 3, .seconds = 0.5};
    int status;
    memset(growth.picks, true, sizeof(growth.picks));
    if (!parse_options(&growth, argc, argv, &status))
        return status;
    if (growth.out != NULL && mkdir(growth.out, 0777) != 0 && errno != EEXIST)
        return rig_fail(&growth.rig, growth.out, strerror(errno)) ? 0 : 1;
    if (!rig_open(&growth.rig))
        return 1;
    printf("others take %.1f %% of the generator's processor; %u rounds of %.1f s\n",
           rig_measure_hiccups() * 100, growth.rounds, growth.seconds);
    bool is_done = true;
    for (uint32_t i = 0; i < growth_curves_count() && is_done; i++)
        is_done = !growth.picks[i] || run_curve(&growth, i);
    rig_close(&growth.rig, !is_done);
    if (is_done && growth.json_path != NULL)
        is_done = write_json(&growth);
    return is_done && has_kept_bound(&growth) ? 0 : 1;
}
