#include "engine/model_history.h"

#include "base/banned.h"

void model_history_init(struct model_history *history)
{
    *history = (struct model_history){0};
}

void model_history_done(struct model_history *history)
{
    free(history->facts);
    *history = (struct model_history){0};
}

void model_history_keep(struct model_history *history, const struct engine_effects *effects)
{
    ASSERT(effects->facts_count <= ENGINE_FACTS_MAX);
    for (uint32_t i = 0; i < effects->facts_count; i++) {
        if (history->facts_count == history->facts_capacity) {
            history->facts_capacity = history->facts_capacity * 2 + 256;
            history->facts =
                realloc(history->facts, history->facts_capacity * sizeof(history->facts[0]));
            ASSERT(history->facts != NULL);
        }
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

static void configure(struct engine *engine, struct clock_now now, struct engine_queue queue,
                      const struct engine_config *config, struct engine_effects *scratch)
{
    struct engine_event event = {
        .kind = ENGINE_CONFIGURE, .now = now, .queue = queue, .configure = *config};
    engine_step(engine, &event, scratch);
    ASSERT(scratch->result == ENGINE_DONE);
    ASSERT(scratch->facts_count == 0);
}

struct engine *model_history_replay(const struct model_history *history, struct clock_now now,
                                    struct engine_effects *scratch)
{
    struct engine *engine = engine_create(history->sequence_max + 1);
    ASSERT(engine != NULL);
    for (size_t i = 0; i < history->queues_count; i++) {
        struct engine_config first = history->queues[i].config;
        first.version = 1;
        configure(engine, now, history->queues[i].id, &first, scratch);
    }
    for (size_t i = 0; i < history->facts_count; i++)
        engine_apply(engine, &history->facts[i]);
    for (size_t i = 0; i < history->queues_count; i++) {
        if (!history->queues[i].is_dropped)
            configure(engine, now, history->queues[i].id, &history->queues[i].config, scratch);
    }
    return engine;
}
