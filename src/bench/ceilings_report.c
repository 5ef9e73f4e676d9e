#include "bench/ceilings.h"

#include "base/banned.h"

static const char *const server_names[] = {"null server", "leatd, memory", "leatd, sync"};

/* One number over the rounds; divided by another of the same round, when there is one. */
struct term {
    uint32_t index;
    enum ceilings_server server;
    size_t at;
};
#define TERM(index, server, member) \
    ((struct term){(index), (server), offsetof(struct ceilings_figures, member)})

static double value_of(const struct ceilings *ceilings, uint32_t round, const struct term *term)
{
    double value;
    memcpy(&value, (const char *)&ceilings->figures[round][term->index][term->server] + term->at,
           sizeof(value));
    return value;
}

static struct suite_spread spread_of(const struct ceilings *ceilings, struct term term)
{
    double values[SUITE_ROUNDS_MAX];
    for (uint32_t i = 0; i < ceilings->rounds; i++)
        values[i] = value_of(ceilings, i, &term);
    return suite_report_spread(values, ceilings->rounds);
}

static struct suite_spread ratio_of(const struct ceilings *ceilings, struct term above,
                                    struct term below)
{
    double values[SUITE_ROUNDS_MAX];
    for (uint32_t i = 0; i < ceilings->rounds; i++) {
        double base = value_of(ceilings, i, &below);
        values[i] = base > 0 ? value_of(ceilings, i, &above) / base : 0;
    }
    return suite_report_spread(values, ceilings->rounds);
}

static struct suite_spread commits_share(const struct ceilings *ceilings)
{
    const struct term commits = TERM(CEILINGS_CASE_SEND, CEILINGS_DURABLE, commits);
    double values[SUITE_ROUNDS_MAX];
    for (uint32_t i = 0; i < ceilings->rounds; i++)
        values[i] =
            ceilings->syncs[i] > 0 ? value_of(ceilings, i, &commits) / ceilings->syncs[i] : 0;
    return suite_report_spread(values, ceilings->rounds);
}

static struct suite_spread syncs_of(const struct ceilings *ceilings)
{
    double values[SUITE_ROUNDS_MAX];
    memcpy(values, ceilings->syncs, ceilings->rounds * sizeof(*values));
    return suite_report_spread(values, ceilings->rounds);
}

/* Steps of the engine in one cycle of a case, in ns; 0: the engine was not measured, or not like that. */
static double engine_ns(const struct ceilings *ceilings, uint32_t index)
{
    if (!ceilings->has_engine)
        return 0;
    if (index == CEILINGS_CASE_SEND)
        return ceilings->engine.send_ns;
    /* Two requests a pair: per request, as the CPU time is. */
    return strcmp(ceilings_case_name(index), "receive-delete") == 0
               ? (ceilings->engine.receive_ns + ceilings->engine.delete_ns) / 2
               : 0;
}

static void print_share(FILE *out, struct suite_spread spread)
{
    fprintf(out, "  %5.2f (%.2f-%.2f)", spread.median, spread.min, spread.max);
}

static void print_case(FILE *out, const struct ceilings *ceilings, uint32_t index)
{
    for (uint32_t s = 0; s < CEILINGS_SERVERS_COUNT; s++) {
        enum ceilings_server server = (enum ceilings_server)s;
        struct term rate = TERM(index, server, rate), us = TERM(index, server, server_us);
        fprintf(out, "%-16s %-14s %8.1f k %-9s", s == 0 ? ceilings_case_name(index) : "",
                server_names[s], spread_of(ceilings, rate).median / 1000,
                ceilings_case_unit(index));
        if (server == CEILINGS_NULL)
            fprintf(out, "  %-17s", "");
        else
            print_share(out, ratio_of(ceilings, rate, TERM(index, CEILINGS_NULL, rate)));
        fprintf(out, "  %8.2f us", spread_of(ceilings, us).median);
        if (server == CEILINGS_NULL)
            fprintf(out, "  %-17s", "");
        else
            print_share(out, ratio_of(ceilings, us, TERM(index, CEILINGS_NULL, server_us)));
        fprintf(out, "  %3.0f %%\n",
                spread_of(ceilings, TERM(index, server, generator_busy)).median * 100);
    }
}

static void print_disk(FILE *out, const struct ceilings *ceilings)
{
    struct suite_spread share = commits_share(ceilings);
    fprintf(out,
            "\ndisk: F = %.1f k syncs/s of 16 KiB; durable sends make %.1f k commits/s = %.2f "
            "(%.2f-%.2f) of F, with %.1f messages each\n",
            syncs_of(ceilings).median / 1000,
            spread_of(ceilings, TERM(CEILINGS_CASE_SEND, CEILINGS_DURABLE, commits)).median / 1000,
            share.median, share.min, share.max,
            spread_of(ceilings, TERM(CEILINGS_CASE_SEND, CEILINGS_DURABLE, messages)).median);
}

static void print_engine(FILE *out, const struct ceilings *ceilings)
{
    if (!ceilings->has_engine) {
        fprintf(out, "engine: not measured (--engine-bench names the program)\n");
        return;
    }
    fprintf(out,
            "engine: a step takes %.0f ns to send, %.0f to receive, %.0f to delete (depth %.0f)\n",
            ceilings->engine.send_ns, ceilings->engine.receive_ns, ceilings->engine.delete_ns,
            ceilings->engine.depth);
    for (uint32_t i = 0; i < CEILINGS_CASES_COUNT; i++) {
        double ns = engine_ns(ceilings, i);
        double us = spread_of(ceilings, TERM(i, CEILINGS_MEMORY, server_us)).median;
        if (ns > 0 && us > 0)
            fprintf(out, "  %s: %.1f %% of the CPU time of a request in memory\n",
                    ceilings_case_name(i), ns / 10 / us);
    }
}

void ceilings_print(FILE *out, const struct ceilings *ceilings)
{
    fprintf(out, "%-16s %-14s %-20s  %-17s  %-11s  %-17s  %s\n", "case", "server",
            "    rate, a second", "of the null's", "  server's", "of the null's", "generator");
    fprintf(out, "%-16s %-14s %-20s  %-17s  %-11s  %-17s  %s\n", "", "", "    median",
            "median (range)", "  CPU time", "median (range)", "busy");
    for (uint32_t i = 0; i < CEILINGS_CASES_COUNT; i++)
        print_case(out, ceilings, i);
    print_disk(out, ceilings);
    print_engine(out, ceilings);
    if (!ceilings->is_quiet)
        fprintf(
            out,
            "Others took %.1f %% of the generator's processor, or it is the only one: rates and "
            "their shares say little, CPU time holds.\n",
            ceilings->hiccups * 100);
    if (spread_of(ceilings, TERM(CEILINGS_CASE_SEND, CEILINGS_NULL, generator_busy)).median > 0.95)
        fprintf(out,
                "The generator had nothing to spare at the null server: N may be its limit.\n");
}

static void print_spread_json(FILE *out, const char *name, struct suite_spread spread)
{
    fprintf(out, "\"%s\":{\"median\":%.6g,\"min\":%.6g,\"max\":%.6g}", name, spread.median,
            spread.min, spread.max);
}

static void print_server_json(FILE *out, const struct ceilings *ceilings, uint32_t index,
                              enum ceilings_server server)
{
    static const char *const keys[] = {"null", "memory", "sync"};
    struct term rate = TERM(index, server, rate), us = TERM(index, server, server_us);
    fprintf(out, "\"%s\":{", keys[server]);
    print_spread_json(out, "per_second", spread_of(ceilings, rate));
    fputc(',', out);
    print_spread_json(out, "server_cpu_us", spread_of(ceilings, us));
    fputc(',', out);
    print_spread_json(out, "generator_busy",
                      spread_of(ceilings, TERM(index, server, generator_busy)));
    fputc(',', out);
    print_spread_json(out, "rate_of_null",
                      ratio_of(ceilings, rate, TERM(index, CEILINGS_NULL, rate)));
    fputc(',', out);
    print_spread_json(out, "cpu_of_null",
                      ratio_of(ceilings, us, TERM(index, CEILINGS_NULL, server_us)));
    fputc('}', out);
}

void ceilings_print_json(FILE *out, const struct ceilings *ceilings)
{
    fprintf(out, "{\"rounds\":%u,\"quiet\":%s,\"hiccups\":%.4f,\"cases\":{", ceilings->rounds,
            ceilings->is_quiet ? "true" : "false", ceilings->hiccups);
    for (uint32_t i = 0; i < CEILINGS_CASES_COUNT; i++) {
        fprintf(out, "%s\"%s\":{", i > 0 ? "," : "", ceilings_case_name(i));
        for (uint32_t s = 0; s < CEILINGS_SERVERS_COUNT; s++) {
            fprintf(out, "%s", s > 0 ? "," : "");
            print_server_json(out, ceilings, i, (enum ceilings_server)s);
        }
        fputc('}', out);
    }
    fprintf(out, "},");
    print_spread_json(out, "syncs_per_second", syncs_of(ceilings));
    fputc(',', out);
    print_spread_json(out, "commits_of_syncs", commits_share(ceilings));
    fputc(',', out);
    print_spread_json(out, "messages_per_commit",
                      spread_of(ceilings, TERM(CEILINGS_CASE_SEND, CEILINGS_DURABLE, messages)));
    if (ceilings->has_engine)
        fprintf(out,
                ",\"engine\":{\"depth\":%.0f,\"send_ns\":%g,\"receive_ns\":%g,\"delete_ns\":%g}",
                ceilings->engine.depth, ceilings->engine.send_ns, ceilings->engine.receive_ns,
                ceilings->engine.delete_ns);
    fprintf(out, "}\n");
}
