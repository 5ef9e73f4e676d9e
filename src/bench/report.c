#include "bench/report.h"

#include <inttypes.h>

#include "bench/ticks.h"

#include "base/banned.h"

#define NS_MS 1e6

static bool is_open(const struct settings *settings)
{
    return settings->rate > 0 || settings->workload->rate > 0;
}

uint32_t report_curves(const struct settings *settings, const struct run_result *result,
                       struct report_curve ret_curves[REPORT_CURVES_MAX])
{
    const struct workload *workload = settings->workload;
    const struct stats *stats = &result->stats;
    uint32_t count = 0;
    bool is_single = workload->roles[0].steps_count == 1;
    ret_curves[count++] = (struct report_curve){
        is_open(settings) ? "from schedule"
                          : (is_single ? workload_step_name(workload->roles[0].steps[0]) : "cycle"),
        &stats->cycles};
    if (!is_single || is_open(settings) || workload->roles_count > 1)
        for (uint32_t i = 0; i < WORKLOAD_STEPS_COUNT; i++)
            if (stats->steps[i].count > 0 &&
                (is_open(settings) || !is_single || i != (uint32_t)workload->roles[0].steps[0]))
                ret_curves[count++] = (struct report_curve){
                    workload_step_name((enum workload_step)i), &stats->steps[i]};
    if (workload->has_delivery)
        ret_curves[count++] = (struct report_curve){"delivery", &stats->delivery};
    return count;
}

static void print_latency(FILE *out, const struct report_curve *curve)
{
    const struct histogram *h = curve->histogram;
    fprintf(out, "  %-14s %10.3f %10.3f %10.3f %10.3f %10.3f %10.3f  %11" PRIu64 "\n", curve->name,
            histogram_mean(h) / NS_MS, (double)histogram_quantile(h, 0.5) / NS_MS,
            (double)histogram_quantile(h, 0.9) / NS_MS, (double)histogram_quantile(h, 0.99) / NS_MS,
            (double)histogram_quantile(h, 0.999) / NS_MS, (double)h->max / NS_MS, h->count);
}

static void print_faults(FILE *out, const struct run_result *result)
{
    for (uint32_t i = 0; i < STATS_FAULTS_COUNT; i++) {
        uint64_t during = result->stats.faults[i], around = result->other_faults[i];
        if (during + around > 0)
            fprintf(out, "  %-24s %" PRIu64 "%s\n", stats_fault_name((enum stats_fault)i),
                    during + around, during == 0 ? " (before or after the measurement)" : "");
    }
    const char *first =
        result->stats.first_fault[0] != 0 ? result->stats.first_fault : result->other_fault;
    if (first[0] != 0)
        fprintf(out, "  the first: %s\n", first);
}

static void print_messages(FILE *out, const struct settings *settings,
                           const struct run_result *result)
{
    const struct ledger_totals *totals = &result->totals;
    if (!settings->checks) {
        fprintf(out, "messages were not checked\n");
        return;
    }
    fprintf(out,
            "messages of the whole run: %" PRIu64 " sent, %" PRIu64 " received, %" PRIu64
            " deleted, ",
            totals->sent, totals->received, totals->deleted);
    if (result->is_checked)
        fprintf(out, "%" PRIu64 " lost\n", totals->lost);
    else
        fprintf(out, "%" PRIu64 " left when it was interrupted\n", totals->lost);
    if (totals->unknown + totals->refused > 0)
        fprintf(out,
                "  %" PRIu64 " of unknown fate (%" PRIu64 " came), %" PRIu64 " refused (%" PRIu64
                " came)\n",
                totals->unknown, totals->received_unknown, totals->refused,
                totals->received_refused);
}

static void print_costs(FILE *out, const struct run_result *result)
{
    fprintf(out, "CPU: generator %.2f us a request (%.0f %% of its time)", result->generator_us,
            result->generator_busy * 100);
    if (result->server_us >= 0)
        fprintf(out, ", server %.2f us a request, RSS %.1f MiB", result->server_us,
                (double)result->server_rss_bytes / (1024 * 1024));
    fprintf(out, "\n");
    if (result->generator_busy > 0.95)
        fprintf(out, "  the generator had nothing to spare: what you see may be its own limit\n");
}

void report_print(FILE *out, const struct settings *settings, const struct run_result *result)
{
    const struct stats *stats = &result->stats;
    struct report_curve curves[REPORT_CURVES_MAX];
    uint32_t count = report_curves(settings, result, curves);
    fprintf(out, "%s: %u connections, %u B, batch of %u, %s, %s, %.2f s\n",
            settings->workload->name, settings->connections, settings->body_bytes, settings->batch,
            settings->protocol == WRITER_JSON ? "JSON" : "query",
            settings->groups > 0 ? "FIFO" : "standard", result->seconds);
    fprintf(out, "  %.0f requests/s, %.0f cycles/s, %.0f messages/s", run_request_rate(result),
            run_cycle_rate(result), run_message_rate(result));
    if (stats->empties > 0)
        fprintf(out, ", %" PRIu64 " empty receives", stats->empties);
    fprintf(out, "\n  %-14s %10s %10s %10s %10s %10s %10s  %11s\n", "latency, ms", "mean", "p50",
            "p90", "p99", "p99.9", "max", "count");
    for (uint32_t i = 0; i < count; i++)
        print_latency(out, &curves[i]);
    if (stats->lag.count > 0)
        print_latency(out, &(struct report_curve){"own lateness", &stats->lag});
    if (stats->unserved > 0)
        fprintf(out, "  %" PRIu64 " cycles were due and never begun: the rate is too high\n",
                stats->unserved);
    print_costs(out, result);
    print_messages(out, settings, result);
    print_faults(out, result);
}

/* As a JSON string. */
static void print_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (const unsigned char *c = (const unsigned char *)text; *c != 0; c++) {
        if (*c < 0x20 || *c >= 0x7f)
            fprintf(out, "\\u%04x", *c);
        else if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else
            fputc(*c, out);
    }
    fputc('"', out);
}

static void print_latency_json(FILE *out, const char *name, const struct histogram *h)
{
    fprintf(out,
            "\"%s\":{\"count\":%" PRIu64 ",\"mean_ns\":%.0f,\"min_ns\":%" PRIu64
            ",\"p50_ns\":%" PRIu64 ",\"p90_ns\":%" PRIu64 ",\"p99_ns\":%" PRIu64
            ",\"p999_ns\":%" PRIu64 ",\"max_ns\":%" PRIu64 "}",
            name, h->count, histogram_mean(h), h->count > 0 ? h->min : 0,
            histogram_quantile(h, 0.5), histogram_quantile(h, 0.9), histogram_quantile(h, 0.99),
            histogram_quantile(h, 0.999), h->max);
}

static void print_settings_json(FILE *out, const struct settings *settings)
{
    fprintf(out, "{\"workload\":\"%s\",\"endpoint\":", settings->workload->name);
    print_text(out, settings->endpoint);
    fprintf(
        out,
        ",\"protocol\":\"%s\",\"sign\":\"%s\",\"connections\":%u,\"pipeline\":%u,\"threads\":%u,\"batch\":%u,"
        "\"body_bytes\":%u,\"queues\":%u,\"groups\":%u,\"rate\":%g,\"arrivals\":\"%s\",\"keepalive\":%s}",
        settings->protocol == WRITER_JSON ? "json" : "query",
        settings->signer.mode == SIGNER_V4      ? "v4"
        : settings->signer.mode == SIGNER_DUMMY ? "dummy"
                                                : "none",
        settings->connections, settings->pipeline, settings->threads, settings->batch,
        settings->body_bytes, settings->queues, settings->groups,
        settings->rate > 0 ? settings->rate : settings->workload->rate,
        settings->is_constant ? "constant" : "poisson", settings->closes ? "false" : "true");
}

static void print_totals_json(FILE *out, const struct run_result *result)
{
    const struct ledger_totals *totals = &result->totals;
    fprintf(out,
            ",\"messages\":{\"checked\":%s,\"issued\":%" PRIu64 ",\"sent\":%" PRIu64
            ",\"received\":%" PRIu64 ",\"deleted\":%" PRIu64 ",\"lost\":%" PRIu64
            ",\"unknown\":%" PRIu64 ",\"received_unknown\":%" PRIu64 ",\"refused\":%" PRIu64
            ",\"received_refused\":%" PRIu64 "}",
            result->is_checked ? "true" : "false", totals->issued, totals->sent, totals->received,
            totals->deleted, totals->lost, totals->unknown, totals->received_unknown,
            totals->refused, totals->received_refused);
    fprintf(out, ",\"faults\":{");
    for (uint32_t i = 0; i < STATS_FAULTS_COUNT; i++)
        fprintf(out, "%s\"%s\":%" PRIu64, i > 0 ? "," : "", stats_fault_key((enum stats_fault)i),
                result->stats.faults[i] + result->other_faults[i]);
    fprintf(out, "},\"first_fault\":");
    print_text(out,
               result->stats.first_fault[0] != 0 ? result->stats.first_fault : result->other_fault);
}

void report_print_json(FILE *out, const struct settings *settings, const struct run_result *result)
{
    const struct stats *stats = &result->stats;
    fprintf(out, "{\"settings\":");
    print_settings_json(out, settings);
    fprintf(out,
            ",\"clean\":%s,\"interrupted\":%s,\"seconds\":%.3f,\"requests_per_second\":%.1f,"
            "\"cycles_per_second\":%.1f,\"messages_per_second\":%.1f,\"sent_in_time\":%" PRIu64
            ",\"received_in_time\":%" PRIu64 ",\"deleted_in_time\":%" PRIu64
            ",\"empty_receives\":%" PRIu64 ",\"unserved\":%" PRIu64
            ",\"generator_cpu_us\":%.3f,\"generator_busy\":%.3f",
            run_is_clean(settings, result) ? "true" : "false",
            result->is_interrupted ? "true" : "false", result->seconds, run_request_rate(result),
            run_cycle_rate(result), run_message_rate(result), stats->sent, stats->received,
            stats->deleted, stats->empties, stats->unserved, result->generator_us,
            result->generator_busy);
    if (result->server_us >= 0)
        fprintf(out, ",\"server_cpu_us\":%.3f,\"server_rss_bytes\":%" PRIu64, result->server_us,
                result->server_rss_bytes);
    fprintf(out, ",\"latency\":{");
    print_latency_json(out, "cycle", &stats->cycles);
    for (uint32_t i = 0; i < WORKLOAD_STEPS_COUNT; i++) {
        fputc(',', out);
        print_latency_json(out, workload_step_name((enum workload_step)i), &stats->steps[i]);
    }
    fputc(',', out);
    print_latency_json(out, "delivery", &stats->delivery);
    fputc(',', out);
    print_latency_json(out, "lag", &stats->lag);
    fputc('}', out);
    print_totals_json(out, result);
    fprintf(out, "}\n");
}
