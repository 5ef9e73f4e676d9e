/* What each worker's log and engine hold and have done: counters for operators and benchmarks. */
#include "admin/admin_private.h"
#include "log/log.h"

#include "base/banned.h"

/* One letter visits the workers in turn: counters are their owners' to read. */
struct survey {
    struct letter letter;
    struct admin_request *request;
    struct worker *home;
    unsigned next; /* worker to visit */
    json_t *logs;
};

static const struct row {
    const char *name;
    size_t at;
} rows[] = {
#define ROW(member)                                  \
    {                                                \
#member, offsetof(struct log_counts, member) \
    }
    ROW(records),          ROW(record_bytes),        ROW(relocated),       ROW(relocated_bytes),
    ROW(batches),          ROW(batch_bytes_written), ROW(syncs),           ROW(segments),
    ROW(spares),           ROW(disk_bytes),          ROW(live_bodies),     ROW(live_bytes),
    ROW(body_bytes),       ROW(reserved_bytes),      ROW(available_bytes), ROW(cache_bytes),
    ROW(cache_bodies),     ROW(cache_hits),          ROW(cache_misses),    ROW(cold_reads),
    ROW(cold_read_bytes),  ROW(read_ahead_bodies),   ROW(snapshots),       ROW(snapshot_bytes),
    ROW(open_batch_bytes),
#undef ROW
};

static double ratio(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static void add_counts(json_t *object, const struct log_counts *counts)
{
    uint64_t written = counts->record_bytes + counts->relocated_bytes + counts->snapshot_bytes;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint64_t value;
        memcpy(&value, (const char *)counts + rows[i].at, sizeof(value));
        json_object_set_new(object, rows[i].name, json_integer((json_int_t)value));
    }
    json_object_set_new(object, "write_amplification",
                        json_real(ratio(written, counts->record_bytes)));
    json_object_set_new(object, "live_share",
                        json_real(ratio(counts->live_bytes, counts->disk_bytes)));
}

static json_t *describe(const struct worker *worker)
{
    struct log_counts counts;
    uint64_t bytes, messages;
    worker_memory(worker, &bytes, &messages);
    json_t *object =
        json_pack("{s:I,s:I,s:I,s:I}", "worker", (json_int_t)worker_index(worker),
                  "engine_messages", (json_int_t)messages, "engine_bytes", (json_int_t)bytes,
                  "unknown_queues", (json_int_t)worker_unknown_queues(worker));
    if (worker_log_counts(worker, &counts))
        add_counts(object, &counts);
    return object;
}

static void come_home(struct letter *letter, void *owner)
{
    struct survey *survey = (struct survey *)(void *)letter;
    MAYBE(owner);
    admin_answer(survey->request, json_pack("{s:o}", "logs", survey->logs));
}

static void visit(struct letter *letter, void *owner)
{
    struct survey *survey = (struct survey *)(void *)letter;
    struct node *node = worker_node(survey->home);
    json_array_append_new(survey->logs, describe(owner));
    survey->next++;
    if (survey->next < node_workers_count(node)) {
        worker_post(node_worker(node, survey->next), letter);
        return;
    }
    letter->deliver = come_home;
    worker_post(survey->home, letter);
}

void admin_log(struct admin_request *request)
{
    struct survey *survey = ARENA_NEW(request->arena, struct survey);
    survey->letter.deliver = visit;
    survey->request = request;
    survey->home = request->worker;
    survey->logs = json_array();
    worker_post(node_worker(worker_node(request->worker), 0), &survey->letter);
}
