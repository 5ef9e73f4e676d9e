#include "engine/model_history.h"

#include "base/banned.h"

void model_history_init(struct model_history *history)
{
    *history = (struct model_history){0};
}

void model_history_done(struct model_history *history)
{
    free(history->facts);
    free(history->relocations);
    free(history->dump.facts);
    *history = (struct model_history){0};
}

static void *grow(void *rows, size_t *capacity, size_t needed, size_t row_bytes)
{
    if (needed <= *capacity)
        return rows;
    *capacity = needed * 2 + 256;
    rows = realloc(rows, *capacity * row_bytes);
    ASSERT(rows != NULL);
    return rows;
}

void model_history_keep(struct model_history *history, const struct engine_effects *effects)
{
    ASSERT(effects->facts_count <= ENGINE_FACTS_MAX);
    history->facts = grow(history->facts, &history->facts_capacity,
                          history->facts_count + effects->facts_count, sizeof(history->facts[0]));
    for (uint32_t i = 0; i < effects->facts_count; i++) {
        history->facts[history->facts_count++] = effects->facts[i];
        if (effects->facts[i].sequence > history->sequence_max)
            history->sequence_max = effects->facts[i].sequence;
    }
}

static struct model_known_queue *find(struct model_history *history, struct engine_queue queue)
{
    for (size_t i = 0; i < history->queues_count; i++) {
        if (history->queues[i].id.v == queue.v)
            return &history->queues[i];
    }
    return NULL;
}

void model_history_configure(struct model_history *history, struct engine_queue queue,
                             const struct engine_config *config)
{
    struct model_known_queue *known = find(history, queue);
    if (known == NULL) {
        ASSERT(history->queues_count < MODEL_QUEUES_MAX);
        known = &history->queues[history->queues_count++];
        *known = (struct model_known_queue){.id = queue, .config = *config};
    }
    ASSERT(!known->is_dropped);
    if (config->version > known->config.version)
        known->config = *config;
}

void model_history_drop(struct model_history *history, struct engine_queue queue)
{
    struct model_known_queue *known = find(history, queue);
    ASSERT(known != NULL);
    known->is_dropped = true;
}

void model_history_relocate(struct model_history *history, struct engine_queue queue,
                            uint64_t sequence, struct engine_body from, struct engine_body to)
{
    history->relocations = grow(history->relocations, &history->relocations_capacity,
                                history->relocations_count + 1, sizeof(history->relocations[0]));
    history->relocations[history->relocations_count++] =
        (struct model_relocation){history->facts_count, queue, sequence, from, to};
}

void model_history_dump(struct model_history *history, struct engine *engine, uint32_t capacity)
{
    struct model_dump *dump = &history->dump;
    if (!dump->is_running) {
        dump->count = 0;
        dump->since = history->facts_count;
        dump->cursor = (struct engine_dump_cursor){0};
        dump->is_running = true;
        dump->is_complete = false;
    }
    dump->facts =
        grow(dump->facts, &dump->capacity, dump->count + capacity, sizeof(dump->facts[0]));
    uint32_t count = engine_dump(engine, &dump->cursor, dump->facts + dump->count, capacity);
    ASSERT(count <= capacity);
    dump->count += count;
    dump->is_complete = count == 0;
    dump->is_running = count > 0;
}

void model_history_dump_ends(struct model_history *history)
{
    history->dump.is_running = false;
}

/* ---- replay ---- */

static void configure(struct engine *engine, struct clock_now now, struct engine_queue queue,
                      const struct engine_config *config, struct engine_effects *scratch)
{
    struct engine_event event = {
        .kind = ENGINE_CONFIGURE, .now = now, .queue = queue, .configure = *config};
    engine_step(engine, &event, scratch);
    ASSERT(scratch->result == ENGINE_DONE);
    ASSERT(scratch->facts_count == 0);
}

static void apply_relocations(const struct model_history *history, struct engine *engine,
                              size_t facts_before, size_t *next)
{
    for (; *next < history->relocations_count &&
           history->relocations[*next].facts_before <= facts_before;
         (*next)++) {
        const struct model_relocation *relocation = &history->relocations[*next];
        /* False when a later fact, or the dump, has it at its new place already. */
        bool was_there = engine_relocate(engine, relocation->queue, relocation->sequence,
                                         relocation->from, relocation->to);
        MAYBE(was_there);
    }
}

static void apply(const struct model_history *history, bool from_dump, struct engine *engine)
{
    const struct model_dump *dump = &history->dump;
    bool has_dump = from_dump && dump->is_complete;
    size_t first = has_dump ? dump->since : 0;
    size_t relocation = 0;
    while (relocation < history->relocations_count &&
           history->relocations[relocation].facts_before < first)
        relocation++;
    for (size_t i = 0; has_dump && i < dump->count; i++)
        engine_apply(engine, &dump->facts[i]);
    for (size_t i = first; i < history->facts_count; i++) {
        apply_relocations(history, engine, i, &relocation);
        engine_apply(engine, &history->facts[i]);
    }
    apply_relocations(history, engine, history->facts_count, &relocation);
}

struct engine *model_history_replay(const struct model_history *history, struct model_replay how,
                                    struct clock_now now, struct engine_effects *scratch)
{
    struct engine *engine = engine_create(history->sequence_max + 1);
    ASSERT(engine != NULL);
    for (size_t i = 0; how.configures_first && i < history->queues_count; i++) {
        if (history->queues[i].is_dropped)
            continue;
        struct engine_config first = history->queues[i].config;
        first.version = 1;
        configure(engine, now, history->queues[i].id, &first, scratch);
    }
    apply(history, how.from_dump, engine);
    for (size_t i = 0; i < history->queues_count; i++) {
        if (!history->queues[i].is_dropped)
            configure(engine, now, history->queues[i].id, &history->queues[i].config, scratch);
    }
    return engine;
}
