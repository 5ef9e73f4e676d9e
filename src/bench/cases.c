#include "bench/cases.h"

#include "base/banned.h"

/* The first one is N itself and must stay first: the others refer to it. */
static const struct cases_row rows[] = {
    {.name = "send",
     .workload = "send",
     .connections = 64,
     .has_null = true,
     .base = CASES_NULL,
     .memory = {0.60, 0.70},
     .durable = {0.38, 0.45}},
    {.name = "send-256",
     .workload = "send",
     .connections = 256,
     .has_null = true,
     .base = CASES_NULL,
     .durable = {0.48, 0.57}},
    {.name = "send-1",
     .workload = "send",
     .connections = 1,
     .has_null = true,
     .base = CASES_SAME_NULL,
     .durable = {0.24, 0.28}},
    {.name = "send-batch",
     .workload = "send",
     .connections = 64,
     .batch = 10,
     .body_bytes = 220,
     .has_null = true,
     .rate = CASES_MESSAGES,
     .base = CASES_NULL,
     .memory = {2.5, 3.2},
     .durable = {1.8, 2.5}},
    {.name = "receive-delete",
     .workload = "receive-delete",
     .connections = 64,
     .has_null = true,
     .rate = CASES_CYCLES,
     .base = CASES_NULL,
     .memory = {0.25, 0.32},
     .durable = {0.18, 0.24}},
    {.name = "life-batch",
     .workload = "round-trip",
     .connections = 64,
     .batch = 10,
     .body_bytes = 220,
     .has_null = true,
     .rate = CASES_MESSAGES,
     .base = CASES_NULL,
     .durable = {0.8, 1.0}},
    {.name = "fifo",
     .workload = "send",
     .connections = 64,
     .groups = 1000,
     .base = CASES_SEND,
     .memory = {0.85, 0.92},
     .durable = {0.85, 0.92}},
    {.name = "query",
     .workload = "send",
     .protocol = WRITER_QUERY,
     .connections = 64,
     .has_null = true,
     .base = CASES_SEND,
     .memory = {0.85, 0.92},
     .durable = {0.85, 0.92}},
    {.name = "reconnect",
     .workload = "send",
     .connections = 64,
     .closes = true,
     .has_null = true,
     .base = CASES_NULL,
     .memory = {0.10, 0.12}},
    {.name = "big",
     .workload = "send",
     .connections = 16,
     .body_bytes = 262144,
     .has_null = true,
     .base = CASES_SAME_NULL},
    {.name = "send-at-70%", .workload = "send", .connections = 256, .share = 0.7, .has_null = true},
    {.name = "wake", .workload = "wake", .connections = 16, .rate = CASES_CYCLES},
};

_Static_assert(ARRAY_COUNT(rows) <= CASES_MAX, "a bound that others rely on");

uint32_t cases_count(void)
{
    return ARRAY_COUNT(rows);
}

const struct cases_row *cases_at(uint32_t index)
{
    ASSERT(index < ARRAY_COUNT(rows));
    return &rows[index];
}

uint32_t cases_find(const char *name)
{
    uint32_t index = 0;
    while (index < ARRAY_COUNT(rows) && strcmp(rows[index].name, name) != 0)
        index++;
    return index;
}

void cases_fill(const struct cases_row *row, double send_rate, struct settings *settings)
{
    settings->workload = workload_find(row->workload);
    settings->protocol = row->protocol;
    settings->connections = row->connections;
    settings->batch = row->batch > 0 ? row->batch : 1;
    settings->body_bytes = row->body_bytes > 0 ? row->body_bytes : 300;
    settings->groups = row->groups;
    settings->closes = row->closes;
    settings->rate = row->share * send_rate;
    ASSERT(settings_check(settings) == NULL);
}

double cases_rate_of(const struct cases_row *row, const struct run_result *result)
{
    switch (row->rate) {
    case CASES_REQUESTS:
        return run_request_rate(result);
    case CASES_CYCLES:
        return run_cycle_rate(result);
    case CASES_MESSAGES:
        return run_message_rate(result);
    }
    UNREACHABLE("every kind returns");
}
