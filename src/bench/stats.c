#include "bench/stats.h"

#include "base/check.h"

#include "base/banned.h"

static const struct {
    const char *name, *key;
} faults[STATS_FAULTS_COUNT] = {
    [STATS_CONNECT] = {"no connection", "connect"},
    [STATS_BROKEN] = {"connection broken", "broken"},
    [STATS_TIMEOUT] = {"no answer in time", "timeout"},
    [STATS_MALFORMED] = {"malformed answers", "malformed"},
    [STATS_CLIENT] = {"status 4xx", "status_4xx"},
    [STATS_SERVER] = {"status 5xx", "status_5xx"},
    [STATS_ENTRY] = {"batch entries refused", "entries"},
    [STATS_CORRUPT] = {"corrupt bodies", "corrupt"},
    [STATS_FOREIGN] = {"foreign messages", "foreign"},
    [STATS_DUPLICATE] = {"duplicates", "duplicates"},
    [STATS_AFTER_DELETE] = {"duplicates after delete", "after_delete"},
    [STATS_ORDER] = {"out of order", "out_of_order"},
};

void stats_reset(struct stats *stats)
{
    memset(stats, 0, sizeof(*stats));
}

void stats_merge(struct stats *into, const struct stats *from)
{
    for (uint32_t i = 0; i < WORKLOAD_STEPS_COUNT; i++) {
        histogram_merge(&into->steps[i], &from->steps[i]);
        into->requests[i] += from->requests[i];
    }
    histogram_merge(&into->cycles, &from->cycles);
    histogram_merge(&into->delivery, &from->delivery);
    histogram_merge(&into->lag, &from->lag);
    into->cycles_count += from->cycles_count;
    into->sent += from->sent;
    into->received += from->received;
    into->deleted += from->deleted;
    into->empties += from->empties;
    into->unserved += from->unserved;
    if (from->last_ns > into->last_ns)
        into->last_ns = from->last_ns;
    for (uint32_t i = 0; i < STATS_FAULTS_COUNT; i++)
        into->faults[i] += from->faults[i];
    if (into->first_fault[0] == 0)
        memcpy(into->first_fault, from->first_fault, sizeof(into->first_fault));
}

void stats_fault(struct stats *stats, enum stats_fault fault, const char *text)
{
    stats->faults[fault]++;
    if (stats->first_fault[0] == 0)
        snprintf(stats->first_fault, sizeof(stats->first_fault), "%s%s%s", faults[fault].name,
                 text[0] != 0 ? ": " : "", text);
}

const char *stats_fault_name(enum stats_fault fault)
{
    return faults[fault].name;
}

const char *stats_fault_key(enum stats_fault fault)
{
    return faults[fault].key;
}

uint64_t stats_errors(const struct stats *stats)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < STATS_CORRUPT; i++)
        sum += stats->faults[i];
    return sum;
}

uint64_t stats_requests(const struct stats *stats)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < WORKLOAD_STEPS_COUNT; i++)
        sum += stats->requests[i];
    return sum;
}
