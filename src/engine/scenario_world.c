#include "engine/scenario_world.h"

#include <stdarg.h>

#include "base/digest.h"
#include "engine/scenario_file.h"

#include "base/banned.h"

#define START_MS INT64_C(1000000000)

struct scenario_world *scenario_world_create(void)
{
    struct scenario_world *world = calloc(1, sizeof(*world));
    ASSERT(world != NULL);
    arena_init(&world->arena);
    world->engine = engine_create(1);
    world->effects = calloc(1, sizeof(*world->effects));
    ASSERT(world->engine != NULL && world->effects != NULL);
    model_history_init(&world->history);
    world->now = (struct clock_now){{START_MS}, {START_MS}};
    world->bodies_count = 1;
    scenario_world_listen(world);
    return world;
}

void scenario_world_destroy(struct scenario_world *world)
{
    if (world == NULL)
        return;
    engine_destroy(world->engine);
    model_history_done(&world->history);
    free(world->effects);
    arena_done(&world->arena);
    free(world);
}

/* ---- speaking ---- */

void scenario_world_listen(struct scenario_world *world)
{
    buffer_init(&world->out, &world->arena, 0);
}

void scenario_begin(struct scenario_world *world)
{
    if (!world->is_advancing)
        return;
    buffer_add_byte(&world->out, '+');
    scenario_print_ms(&world->out, world->now.mono.v - world->advancing_since);
    buffer_add_byte(&world->out, ' ');
}

void scenario_add(struct scenario_world *world, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    buffer_add_text(&world->out, text);
}

void scenario_say(struct scenario_world *world, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    scenario_begin(world);
    buffer_add_text(&world->out, text);
    buffer_add_byte(&world->out, '\n');
}

/* ---- names ---- */

struct slice scenario_copy(struct scenario_world *world, struct slice name)
{
    return arena_copy(&world->arena, name);
}

struct engine_key scenario_key(const char *kind, struct slice name)
{
    uint8_t digest[SHA256_BYTES];
    struct engine_key key;
    digest_sha256_begin();
    digest_sha256_add(slice_from_text(kind));
    digest_sha256_add(name);
    digest_sha256_end(digest);
    memcpy(key.v, digest, sizeof(key.v));
    return key;
}

struct scenario_queue *scenario_queue_find(struct scenario_world *world, struct slice name)
{
    for (uint32_t i = 0; i < world->queues_count; i++) {
        if (slice_equal(world->queues[i].name, name))
            return &world->queues[i];
    }
    return NULL;
}

struct slice scenario_queue_name(struct scenario_world *world, struct engine_queue queue)
{
    for (uint32_t i = 0; i < world->queues_count; i++) {
        if (world->queues[i].id.v == queue.v)
            return world->queues[i].name;
    }
    return SLICE("(no queue)");
}

struct slice scenario_message_name(struct scenario_world *world, struct engine_queue queue,
                                   uint64_t sequence)
{
    for (uint32_t i = 1; i < world->bodies_count; i++) {
        if (world->bodies[i].queue.v == queue.v && world->bodies[i].sequence == sequence)
            return world->bodies[i].name;
    }
    return SLICE("?");
}

struct engine_body scenario_body_add(struct scenario_world *world, struct slice name,
                                     struct engine_queue queue, const uint8_t message_id[16])
{
    ASSERT(world->bodies_count < SCENARIO_BODIES_MAX);
    struct scenario_body *body = &world->bodies[world->bodies_count];
    *body = (struct scenario_body){.name = scenario_copy(world, name), .queue = queue};
    memcpy(body->message_id, message_id, sizeof(body->message_id));
    return (struct engine_body){world->bodies_count++};
}

const char *scenario_result_name(enum engine_result result)
{
    switch (result) {
    case ENGINE_DONE:
        return "done";
    case ENGINE_PARKED:
        return "parked";
    case ENGINE_NO_QUEUE:
        return "no queue";
    case ENGINE_FULL:
        return "full";
    case ENGINE_OVER_LIMIT:
        return "over limit";
    case ENGINE_PURGED_RECENTLY:
        return "purged recently";
    case ENGINE_HANDLE_EXPIRED:
        return "handle expired";
    case ENGINE_NO_MESSAGE:
        return "no message";
    case ENGINE_BEYOND_LIMIT:
        return "beyond limit";
    case ENGINE_TASK_RUNNING:
        return "task running";
    case ENGINE_NO_TASK:
        return "no task";
    }
    return "?";
}
