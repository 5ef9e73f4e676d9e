#include "bench/suite_report.h"

#include "base/banned.h"

#define NULL_RATE_MIN \
    120000.0 /* below, the machine is busy or small: absolute figures mean nothing */
#define HICCUPS_MAX 0.02

void suite_report_take(struct suite_figures *figures, const struct cases_row *row,
                       const struct settings *settings, const struct run_result *result)
{
    const struct histogram *h =
        settings->workload->has_delivery ? &result->stats.delivery : &result->stats.cycles;
    *figures = (struct suite_figures){
        .rate = cases_rate_of(row, result),
        .server_us = result->server_us,
        .generator_busy = result->generator_busy,
        .p50_ms = (double)histogram_quantile(h, 0.5) / 1e6,
        .p90_ms = (double)histogram_quantile(h, 0.9) / 1e6,
        .p99_ms = (double)histogram_quantile(h, 0.99) / 1e6,
        .is_clean = run_is_clean(settings, result),
    };
}

static int order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

struct suite_spread suite_report_spread(double *values, uint32_t count)
{
    ASSERT(count > 0);
    qsort(values, count, sizeof(*values), order);
    double median =
        count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
    return (struct suite_spread){median, values[0], values[count - 1]};
}

/* The figures of one round that the ratios of a case divide. */
static double find_base(const struct suite_report *report, uint32_t round, uint32_t index)
{
    const struct suite_figures(*figures)[2] = report->figures[round];
    switch (cases_at(index)->base) {
    case CASES_NOTHING:
        return 0;
    case CASES_NULL:
        return figures[0][0].rate;
    case CASES_SAME_NULL:
        return figures[index][0].rate;
    case CASES_SEND:
        return figures[0][1].rate;
    }
    UNREACHABLE("every base returns");
}

/* One number of a case over the rounds. */
static struct suite_spread spread_of(const struct suite_report *report, uint32_t index,
                                     bool is_null, size_t at)
{
    double values[SUITE_ROUNDS_MAX];
    for (uint32_t round = 0; round < report->rounds; round++)
        memcpy(&values[round], (const char *)&report->figures[round][index][is_null ? 0 : 1] + at,
               sizeof(double));
    return suite_report_spread(values, report->rounds);
}
#define SPREAD(report, index, is_null, member) \
    spread_of((report), (index), (is_null), offsetof(struct suite_figures, member))

static struct suite_spread ratio_of(const struct suite_report *report, uint32_t index,
                                    bool to_same_null)
{
    double values[SUITE_ROUNDS_MAX];
    for (uint32_t round = 0; round < report->rounds; round++) {
        double base =
            to_same_null ? report->figures[round][index][0].rate : find_base(report, round, index);
        values[round] = base > 0 ? report->figures[round][index][1].rate / base : 0;
    }
    return suite_report_spread(values, report->rounds);
}

static struct cases_target target_of(const struct suite_report *report, uint32_t index)
{
    return report->is_durable ? cases_at(index)->durable : cases_at(index)->memory;
}

/* Where others take processor time, or the null server does not get its own, ratios of rates drift towards 1. */
static bool is_valid(const struct suite_report *report)
{
    return report->is_pinned && report->hiccups <= HICCUPS_MAX &&
           SPREAD(report, 0, true, rate).median >= NULL_RATE_MIN;
}

static const char *judge(const struct suite_report *report, const struct cases_target *target,
                         double ratio)
{
    if (!is_valid(report))
        return "?";
    return ratio >= target->goal ? "goal" : ratio >= target->gate ? "gate" : "BELOW";
}

static void print_ratio(FILE *out, const struct suite_spread *ratio)
{
    if (ratio->median > 0)
        fprintf(out, "  %5.2f (%4.2f-%4.2f)", ratio->median, ratio->min, ratio->max);
    else
        fprintf(out, "  %-17s", "");
}

static void print_case(FILE *out, const struct suite_report *report, uint32_t index)
{
    static const char *const units[] = {"req", "cycle", "msgs"};
    static const char *const bases[] = {"", "N", "null", "send"};
    const struct cases_row *row = cases_at(index);
    struct cases_target target = target_of(report, index);
    struct suite_spread ratio = ratio_of(report, index, false);
    struct suite_spread same = ratio_of(report, index, true);
    fprintf(out, "%-15s %8.1f k %-5s", row->name, SPREAD(report, index, false, rate).median / 1000,
            units[row->rate]);
    print_ratio(out, &same);
    print_ratio(out, &ratio);
    fprintf(out, " %-5s", bases[row->base]);
    if (target.gate > 0)
        fprintf(out, " %4.2f %4.2f %-5s", target.gate, target.goal,
                judge(report, &target, ratio.median));
    else
        fprintf(out, " %-15s", "");
    fprintf(out, "  %6.1f", SPREAD(report, index, false, server_us).median);
    if (row->has_null)
        fprintf(out, " %6.1f", SPREAD(report, index, true, server_us).median);
    else
        fprintf(out, " %6s", "");
    fprintf(out, "  %7.2f %7.2f %7.2f", SPREAD(report, index, false, p50_ms).median,
            SPREAD(report, index, false, p90_ms).median,
            SPREAD(report, index, false, p99_ms).median);
    if (row->has_null && row->share > 0)
        fprintf(out, "  (null %.2f %.2f %.2f)", SPREAD(report, index, true, p50_ms).median,
                SPREAD(report, index, true, p90_ms).median,
                SPREAD(report, index, true, p99_ms).median);
    fprintf(out, "\n");
}

/* The steadiest figure there is: it hardly moves where rates move by half. */
static void print_cpu(FILE *out, const struct suite_report *report)
{
    double values[SUITE_ROUNDS_MAX];
    double gate = report->is_durable ? CASES_CPU_GATE_DURABLE : CASES_CPU_GATE_MEMORY;
    for (uint32_t round = 0; round < report->rounds; round++) {
        const struct suite_figures *figures = report->figures[round][0];
        values[round] = figures[0].server_us > 0 ? figures[1].server_us / figures[0].server_us : 0;
    }
    struct suite_spread ratio = suite_report_spread(values, report->rounds);
    fprintf(out,
            "CPU time of a send: %.2f (%.2f-%.2f) times that of the null server; gate %.2f: %s\n",
            ratio.median, ratio.min, ratio.max, gate, ratio.median <= gate ? "kept" : "BROKEN");
}

static void print_remarks(FILE *out, const struct suite_report *report)
{
    if (!report->is_pinned)
        fprintf(out, "One processor: server and generator share it.\n");
    if (SPREAD(report, 0, true, rate).median < NULL_RATE_MIN)
        fprintf(out, "N is below %.0f k: this machine is small or busy.\n", NULL_RATE_MIN / 1000);
    if (report->hiccups > HICCUPS_MAX)
        fprintf(out, "Others took %.1f %% of the generator's processor.\n", report->hiccups * 100);
    if (!is_valid(report))
        fprintf(out, "So rates and latencies are not held against the targets (\"?\").\n");
    if (SPREAD(report, 0, true, generator_busy).median > 0.95)
        fprintf(out, "The generator had nothing to spare at N: N may be its own limit.\n");
}

void suite_report_print(FILE *out, const struct suite_report *report, const bool *picks)
{
    fprintf(
        out,
        "N = %.1f k null requests/s (CPU: server %.2f us, generator %.0f %% busy), F = %.1f k syncs/s of 16 KiB, "
        "%u rounds\nleatd: listening %.0f ms after exec, %.1f MiB idle, %.0f B a message of 220 B\n\n",
        SPREAD(report, 0, true, rate).median / 1000, SPREAD(report, 0, true, server_us).median,
        SPREAD(report, 0, true, generator_busy).median * 100, report->syncs / 1000, report->rounds,
        report->start_ms, (double)report->idle_bytes / (1024 * 1024), report->message_bytes);
    fprintf(out, "%-15s %-16s  %-17s  %-17s %-5s %-15s  %-13s  %s\n", "case", "       leatd",
            "of the same null", "of the base", "base", "gate goal", "CPU us: leatd,",
            "latency, ms: p50, p90, p99");
    fprintf(out, "%-15s %-16s  %-17s  %-17s %-5s %-15s  %-13s\n", "", "", "median (range)",
            "median (range)", "", "", "         null");
    for (uint32_t i = 0; i < cases_count(); i++)
        if (picks[i])
            print_case(out, report, i);
    fprintf(out, "\n");
    print_cpu(out, report);
    print_remarks(out, report);
    if (!suite_report_is_clean(report, picks))
        fprintf(out, "NOT CLEAN: there were errors, losses or damaged messages; see above.\n");
}

bool suite_report_is_clean(const struct suite_report *report, const bool *picks)
{
    bool is_clean = true;
    for (uint32_t round = 0; round < report->rounds; round++)
        for (uint32_t i = 0; i < cases_count(); i++)
            if (picks[i])
                is_clean = is_clean && report->figures[round][i][1].is_clean &&
                           (!cases_at(i)->has_null || report->figures[round][i][0].is_clean);
    return is_clean;
}

static void print_spread_json(FILE *out, const char *name, struct suite_spread spread)
{
    fprintf(out, "\"%s\":{\"median\":%.6g,\"min\":%.6g,\"max\":%.6g}", name, spread.median,
            spread.min, spread.max);
}

static void print_side_json(FILE *out, const struct suite_report *report, uint32_t index,
                            bool is_null)
{
    fprintf(out, "\"%s\":{", is_null ? "null" : "leatd");
    print_spread_json(out, "per_second", SPREAD(report, index, is_null, rate));
    fputc(',', out);
    print_spread_json(out, "server_cpu_us", SPREAD(report, index, is_null, server_us));
    fputc(',', out);
    print_spread_json(out, "p50_ms", SPREAD(report, index, is_null, p50_ms));
    fputc(',', out);
    print_spread_json(out, "p90_ms", SPREAD(report, index, is_null, p90_ms));
    fputc(',', out);
    print_spread_json(out, "p99_ms", SPREAD(report, index, is_null, p99_ms));
    fprintf(out, "},");
}

void suite_report_print_json(FILE *out, const struct suite_report *report, const bool *picks)
{
    const char *comma = "";
    fprintf(
        out,
        "{\"rounds\":%u,\"durable\":%s,\"pinned\":%s,\"clean\":%s,\"hiccups\":%.4f,\"syncs_per_second\":%.1f,"
        "\"valid\":%s,\"start_ms\":%.1f,\"idle_bytes\":%llu,\"message_bytes\":%.1f,\"cases\":{",
        report->rounds, report->is_durable ? "true" : "false", report->is_pinned ? "true" : "false",
        suite_report_is_clean(report, picks) ? "true" : "false", report->hiccups, report->syncs,
        is_valid(report) ? "true" : "false", report->start_ms,
        (unsigned long long)report->idle_bytes, report->message_bytes);
    for (uint32_t i = 0; i < cases_count(); i++) {
        const struct cases_row *row = cases_at(i);
        if (!picks[i])
            continue;
        fprintf(out, "%s\"%s\":{", comma, row->name);
        comma = ",";
        if (row->has_null)
            print_side_json(out, report, i, true);
        print_side_json(out, report, i, false);
        print_spread_json(out, "of_same_null", ratio_of(report, i, true));
        fputc(',', out);
        print_spread_json(out, "of_base", ratio_of(report, i, false));
        fprintf(out, ",\"gate\":%g,\"goal\":%g}", target_of(report, i).gate,
                target_of(report, i).goal);
    }
    fprintf(out, "}}\n");
}
