/* engine-bench: nanoseconds a step (the clock's own twenty or so included) and bytes a message, over the depth of the
 * queue and the number of its groups; and of a restart, facts a second of processor time. One JSON line a case. Bounded
 * to about fifteen seconds on an idle machine. */
#include "engine/engine.h"

#include "base/banned.h"

#define ROUNDS     50000u
#define QUEUE      1u
#define BODY_BYTES 220u

enum kind { KIND_SEND, KIND_RECEIVE, KIND_DELETE, KINDS_COUNT };

struct bench {
    struct engine *engine;
    struct engine_effects *effects;
    bool is_fifo;
    uint32_t groups;
    uint32_t sent;
    int64_t now;
};

/* Single steps are timed and the middle one is told, so that a busy machine does not blur it. */
struct timings {
    uint32_t count;
    int64_t ns[ROUNDS];
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void step(struct bench *bench, struct engine_event *event)
{
    event->queue.v = QUEUE;
    event->now = (struct clock_now){{bench->now}, {bench->now}};
    engine_step(bench->engine, event, bench->effects);
    ASSERT(bench->effects->result == ENGINE_DONE);
}

static void start(struct bench *bench, bool is_fifo, uint32_t groups)
{
    bench->engine = engine_create(1);
    if (bench->engine == NULL)
        abort();
    bench->is_fifo = is_fifo;
    bench->groups = groups;
    bench->sent = 0;
    bench->now = 1700000000000;
    struct engine_event event = {.kind = ENGINE_CONFIGURE};
    event.configure =
        (struct engine_config){.version = 1, .is_fifo = is_fifo, .retention_ms = 345600000};
    step(bench, &event);
}

static void send(struct bench *bench)
{
    struct engine_event event = {.kind = ENGINE_SEND};
    uint32_t number = ++bench->sent;
    event.send.body.v = number;
    event.send.body_bytes = BODY_BYTES;
    event.send.has_group = bench->groups > 0;
    uint32_t group = bench->groups > 0 ? number % bench->groups : 0;
    memcpy(event.send.group.v, &group, sizeof(group));
    step(bench, &event);
}

static void receive(struct bench *bench, uint32_t count_max)
{
    struct engine_event event = {.kind = ENGINE_RECEIVE};
    event.receive.count_max = count_max;
    event.receive.visibility_ms = 30000;
    step(bench, &event);
}

static void delete_one(struct bench *bench, const struct engine_delivery *delivery)
{
    struct engine_event event = {.kind = ENGINE_DELETE};
    event.delete_.sequence = delivery->sequence;
    event.delete_.generation = delivery->generation;
    step(bench, &event);
}

static void note(struct timings *timings, int64_t ns)
{
    timings->ns[timings->count++] = ns;
}

/* Send one, receive one, delete one, at a constant depth. */
static void steady(struct bench *bench, struct timings timings[KINDS_COUNT])
{
    for (uint32_t round = 0; round < ROUNDS; round++) {
        bench->now += round % 8 == 0;
        int64_t before = now_ns();
        send(bench);
        int64_t sent = now_ns();
        receive(bench, 1);
        int64_t received = now_ns();
        ASSERT(bench->effects->deliveries_count == 1);
        struct engine_delivery delivery = bench->effects->deliveries[0];
        int64_t begun = now_ns();
        delete_one(bench, &delivery);
        note(&timings[KIND_DELETE], now_ns() - begun);
        note(&timings[KIND_SEND], sent - before);
        note(&timings[KIND_RECEIVE], received - sent);
    }
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

/* Of a thousand, the one at this place. */
static long long at_permille(struct timings *timings, uint32_t permille)
{
    qsort(timings->ns, timings->count, sizeof(timings->ns[0]), compare);
    return (long long)timings->ns[(uint64_t)(timings->count - 1) * permille / 1000];
}

static void run_case(struct bench *bench, bool is_fifo, uint32_t groups, uint32_t depth)
{
    static struct timings timings[KINDS_COUNT];
    for (size_t i = 0; i < KINDS_COUNT; i++)
        timings[i].count = 0;
    start(bench, is_fifo, groups);
    for (uint32_t i = 0; i < depth; i++)
        send(bench);
    uint64_t bytes;
    uint64_t messages;
    engine_memory(bench->engine, &bytes, &messages);
    steady(bench, timings);
    printf("{\"bench\":\"engine\",\"queue\":\"%s\",\"groups\":%u,\"depth\":%u,\"send_ns\":%lld,"
           "\"receive_ns\":%lld,\"delete_ns\":%lld,\"send_ns_p99\":%lld,\"receive_ns_p99\":%lld,"
           "\"delete_ns_p99\":%lld,\"bytes_per_message\":%.1f}\n",
           is_fifo ? "fifo" : "standard", groups, depth, at_permille(&timings[KIND_SEND], 500),
           at_permille(&timings[KIND_RECEIVE], 500), at_permille(&timings[KIND_DELETE], 500),
           at_permille(&timings[KIND_SEND], 990), at_permille(&timings[KIND_RECEIVE], 990),
           at_permille(&timings[KIND_DELETE], 990), (double)bytes / (double)messages);
    fflush(stdout);
    engine_destroy(bench->engine);
}

/* How long the longest step takes when a deep queue is purged and all of it is reclaimed. */
static void run_purge(struct bench *bench, uint32_t depth)
{
    start(bench, false, 0);
    for (uint32_t i = 0; i < depth; i++)
        send(bench);
    struct engine_event purge = {.kind = ENGINE_PURGE};
    int64_t before = now_ns();
    step(bench, &purge);
    int64_t purge_ns = now_ns() - before;
    int64_t longest_ns = 0;
    uint64_t ticks = 0;
    int64_t all = now_ns();
    for (; engine_next_tick(bench->engine).v <= bench->now; ticks++) {
        struct engine_event tick = {.kind = ENGINE_TICK};
        before = now_ns();
        step(bench, &tick);
        int64_t ns = now_ns() - before;
        longest_ns = ns > longest_ns ? ns : longest_ns;
    }
    printf(
        "{\"bench\":\"engine-purge\",\"depth\":%u,\"purge_ns\":%lld,\"ticks\":%llu,\"tick_ns\":%.0f,"
        "\"tick_ns_max\":%lld}\n",
        depth, (long long)purge_ns, (unsigned long long)ticks,
        (double)(now_ns() - all) / (double)ticks, (long long)longest_ns);
    engine_destroy(bench->engine);
}

static struct engine *fresh(const struct bench *bench)
{
    struct engine *engine = engine_create(1);
    if (engine == NULL)
        abort();
    struct engine_event event = {.kind = ENGINE_CONFIGURE, .queue = {QUEUE}};
    event.now = (struct clock_now){{bench->now}, {bench->now}};
    event.configure =
        (struct engine_config){.version = 1, .is_fifo = bench->is_fifo, .retention_ms = 345600000};
    engine_step(engine, &event, bench->effects);
    return engine;
}

/* Long rates are told by the processor's time: the machine may have others to serve. */
static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double per_second(uint64_t count, int64_t ns)
{
    return (double)count * 1e9 / (double)ns;
}

static double bytes_a_message(const struct engine *engine)
{
    uint64_t bytes;
    uint64_t messages;
    engine_memory(engine, &bytes, &messages);
    return (double)bytes / (double)messages;
}

/* Applies what `fact` tells of the messages 1 to depth; facts a second. */
static double apply_all(struct engine *engine, const struct bench *bench, uint32_t depth,
                        const struct engine_fact *kinds, uint32_t kinds_count)
{
    int64_t before = cpu_ns();
    for (uint32_t i = 1; i <= depth; i++) {
        for (uint32_t k = 0; k < kinds_count; k++) {
            struct engine_fact fact = kinds[k];
            uint32_t group = bench->groups > 0 ? i % bench->groups : 0;
            fact.sequence = fact.body.v = i;
            fact.has_group = bench->groups > 0;
            memcpy(fact.group.v, &group, sizeof(group));
            engine_apply(engine, &fact);
        }
    }
    return per_second((uint64_t)depth * kinds_count, cpu_ns() - before);
}

/* What a restart costs: a dump and its replay, and the replay of the history. */
static void run_replay(struct bench *bench, bool is_fifo, uint32_t groups, uint32_t depth)
{
    static struct engine_fact facts[1024];
    bench->is_fifo = is_fifo;
    bench->groups = groups;
    bench->now = 1700000000000;
    struct engine_fact sent = {.kind = FACT_SENT, .queue = {QUEUE}, .at = {bench->now}};
    sent.enqueued_at = sent.at;
    sent.body_bytes = BODY_BYTES;
    sent.is_fifo = is_fifo;
    struct engine_fact ends[2] = {sent, sent};
    ends[0].kind = FACT_RECEIVED;
    ends[0].until.v = bench->now + 30000;
    ends[0].generation = ends[0].receive_count = 1;
    ends[1].kind = FACT_GONE;
    struct engine *engine = fresh(bench);
    double sent_rate = apply_all(engine, bench, depth, &sent, 1);
    double bytes_visible = bytes_a_message(engine);
    struct engine *copy = fresh(bench);
    struct engine_dump_cursor cursor = {0};
    int64_t dump_ns = 0, load_ns = 0, longest_ns = 0;
    for (;;) {
        int64_t before = cpu_ns();
        uint32_t count = engine_dump(engine, &cursor, facts, ARRAY_COUNT(facts));
        int64_t dumped = cpu_ns();
        for (uint32_t i = 0; i < count; i++)
            engine_apply(copy, &facts[i]);
        load_ns += cpu_ns() - dumped;
        dump_ns += dumped - before;
        longest_ns = dumped - before > longest_ns ? dumped - before : longest_ns;
        if (count == 0)
            break;
    }
    ASSERT(engine_fingerprint(copy) == engine_fingerprint(engine));
    engine_destroy(copy);
    apply_all(engine, bench, depth, &ends[0], 1);
    double bytes_inflight = bytes_a_message(engine);
    engine_destroy(engine);
    engine = fresh(bench);
    apply_all(engine, bench, depth, &sent, 1);
    double end_rate = apply_all(engine, bench, depth, ends, 2);
    engine_destroy(engine);
    printf("{\"bench\":\"engine-replay\",\"queue\":\"%s\",\"groups\":%u,\"depth\":%u,"
           "\"sent_per_cpu_s\":%.0f,\"received_gone_per_cpu_s\":%.0f,\"dump_per_cpu_s\":%.0f,"
           "\"dump_slice_ns_max\":%lld,\"load_per_cpu_s\":%.0f,\"bytes_visible\":%.1f,"
           "\"bytes_inflight\":%.1f}\n",
           is_fifo ? "fifo" : "standard", groups, depth, sent_rate, end_rate,
           per_second(depth, dump_ns), (long long)longest_ns, per_second(depth, load_ns),
           bytes_visible, bytes_inflight);
    fflush(stdout);
}

/* "brief": only what a request of a standard queue costs, over the depths; about a second. */
int main(int argc, char **argv)
{
    static const struct {
        bool is_fifo;
        uint32_t groups;
    } rows[] = {{false, 0}, {false, 1000}, {true, 1}, {true, 1000}, {true, 100000}};
    static const uint32_t depths[] = {100, 10000, 1000000};
    struct bench bench = {.effects = calloc(1, sizeof(*bench.effects))};
    bool is_brief = argc > 1 && strcmp(argv[1], "brief") == 0;
    if (bench.effects == NULL)
        abort();
    for (size_t i = 0; i < (is_brief ? 1 : ARRAY_COUNT(rows)); i++) {
        for (size_t k = 0; k < ARRAY_COUNT(depths); k++)
            run_case(&bench, rows[i].is_fifo, rows[i].groups, depths[k]);
    }
    if (!is_brief)
        run_purge(&bench, 1000000);
    for (size_t i = 0; i < ARRAY_COUNT(rows) && !is_brief; i++)
        run_replay(&bench, rows[i].is_fifo, rows[i].groups, 1000000);
    free(bench.effects);
    return EXIT_SUCCESS;
}
