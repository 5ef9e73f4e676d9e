/* Chance: how a run behaves, and its commands. Every seed draws its own mixture ("swarm"), because
 * one fixed mixture never reaches some corners. */
#include "engine/model_rig.h"

#include "base/random.h"

#include "base/banned.h"

#define DAY_MS INT64_C(86400000)

static uint32_t pick_percent(uint64_t *random, uint32_t most)
{
    /* Often never: a run without a feature is as telling as one with much of it. */
    return random_next(random) % 3 == 0 ? 0 : (uint32_t)(random_next(random) % (most + 1));
}

void rig_draw_options(uint64_t seed, uint32_t steps, struct rig_options *ret_options)
{
    static const int64_t units[] = {1, 100, 1000, 10000};
    static const uint32_t backlogs[] = {8, 40, 300};
    static const uint32_t limits[] = {3, 10, 120000, 120000, 120000};
    uint64_t random =
        seed * UINT64_C(0xd1342543de82ef95) + 1; /* no multiple of the generator's step */
    *ret_options = (struct rig_options){
        .seed = seed,
        .steps = steps,
        .queues = (uint32_t)(1 + random_next(&random) % 5),
        .fifo_percent = (uint32_t)(random_next(&random) % 3 * 50),
        .groups = (uint32_t)(1 + random_next(&random) % 5),
        .dedups = (uint32_t)(1 + random_next(&random) % 10),
        .unit_ms = units[random_next(&random) % ARRAY_COUNT(units)],
        .backlog_max = backlogs[random_next(&random) % ARRAY_COUNT(backlogs)],
        .inflight_max = limits[random_next(&random) % ARRAY_COUNT(limits)],
        .hold_percent = pick_percent(&random, 60),
        .fail_percent = pick_percent(&random, 40),
        .repeat_percent = pick_percent(&random, 30),
        .wait_percent = pick_percent(&random, 80),
        .vanish_percent = pick_percent(&random, 40),
        .group_percent = pick_percent(&random, 100),
        .big_batch_percent = pick_percent(&random, 5),
        .retry_percent = pick_percent(&random, 40),
        .dump_percent = pick_percent(&random, 60),
        .confirm_percent = pick_percent(&random, 100),
        .slow_percent = pick_percent(&random, 90),
        .late_percent = pick_percent(&random, 60),
        .short_retention_percent = pick_percent(&random, 60),
        .replay_every = (uint32_t)(20 + random_next(&random) % 200),
    };
    /* Not more may expire at one time than one step can do: see may_jump. */
    if (ret_options->short_retention_percent > 0 && ret_options->backlog_max > 40)
        ret_options->backlog_max = 40;
}

/* ---- queues ---- */

static int64_t draw_units(struct rig *rig, uint64_t most)
{
    return (int64_t)rig_draw(rig, most + 1) * rig->options.unit_ms;
}

static void draw_config(struct rig *rig, struct rig_slot *slot)
{
    struct engine_config *config = &slot->config;
    config->version++;
    config->is_fifo = slot->is_fifo;
    config->retention_ms = rig_chance(rig, rig->options.short_retention_percent)
                               ? rig->options.unit_ms * (int64_t)(5 + rig_draw(rig, 60))
                               : 4 * DAY_MS;
    config->delay_ms = slot->is_fifo && rig_chance(rig, 30) ? draw_units(rig, 6) : 0;
    config->inflight_max =
        rig_chance(rig, 70) ? rig->options.inflight_max : (uint32_t)(1 + rig_draw(rig, 12));
    config->receive_count_max = rig_chance(rig, 85) ? (uint32_t)(1 + rig_draw(rig, 3)) : 0;
    config->dead_letter.v = 0;
    if (slot->dead_letter < RIG_SLOTS_MAX)
        config->dead_letter = rig->slots[slot->dead_letter].queue;
}

static void create(struct rig *rig, struct rig_slot *slot)
{
    slot->queue.v = rig->queue_next++;
    slot->config.version = MODEL_CONFIG_VERSION;
    draw_config(rig, slot);
    rig_configure(rig, slot->queue, &slot->config);
    rig_settle(rig);
}

/* Slots point to others only, or to themselves: chains and rings of dead-letter queues are legal
 * (E14). */
void rig_draw_world(struct rig *rig)
{
    rig->slots_count = rig->options.queues;
    for (uint32_t i = 0; i < rig->slots_count; i++) {
        struct rig_slot *slot = &rig->slots[i];
        slot->is_fifo = rig_chance(rig, rig->options.fifo_percent);
        slot->dead_letter = RIG_SLOTS_MAX;
    }
    for (uint32_t i = 0; i < rig->slots_count; i++) {
        uint32_t other = (uint32_t)rig_draw(rig, rig->slots_count);
        if (rig_chance(rig, 70) && rig->slots[other].is_fifo == rig->slots[i].is_fifo &&
            (other != i || rig_chance(rig, 20)))
            rig->slots[i].dead_letter = other;
    }
    for (uint32_t i = 0; i < rig->slots_count; i++)
        create(rig, &rig->slots[i]);
}

static struct rig_slot *draw_slot(struct rig *rig)
{
    return &rig->slots[rig_draw(rig, rig->slots_count)];
}

static void draw_configure(struct rig *rig, struct rig_slot *slot)
{
    struct naive_queue *queue = naive_find(rig->naive, slot->queue);
    if (queue == NULL)
        return;
    slot->config = queue->config;
    if (rig_chance(rig, 10)) {
        /* Too late: somebody has told a newer version before. */
        draw_config(rig, slot);
        slot->config.version -= 1 + rig_draw(rig, 2);
        rig_configure(rig, slot->queue, &slot->config);
    } else {
        draw_config(rig, slot);
        rig_configure(rig, slot->queue, &slot->config);
    }
    rig_settle(rig);
}

/* ---- messages ---- */

static struct engine_key make_key(char kind, uint64_t number)
{
    struct engine_key key = {{0}};
    key.v[0] = (uint8_t)kind;
    memcpy(key.v + 8, &number, sizeof(number));
    return key;
}

static void draw_send(struct rig *rig, struct rig_slot *slot)
{
    struct naive_queue *queue = naive_find(rig->naive, slot->queue);
    struct rig_send send = {0};
    if (queue != NULL && queue->messages_count >= rig->options.backlog_max)
        return;
    if (slot->is_fifo) {
        send.has_group = true;
        send.has_dedup = true;
        send.has_former = rig_chance(rig, 20);
        send.former = make_key((char)('a' + rig_draw(rig, rig->options.dedups)), 0);
        send.dedup = rig_chance(rig, 30)
                         ? make_key((char)('a' + rig_draw(rig, rig->options.dedups)), 0)
                         : make_key('!', ++rig->message_next);
    } else {
        send.has_group = rig_chance(rig, rig->options.group_percent);
        send.has_dedup = rig_chance(rig, 10); /* means nothing here (E15) */
        send.dedup = make_key((char)('a' + rig_draw(rig, rig->options.dedups)), 0);
        send.delay_ms = rig_chance(rig, 25) ? draw_units(rig, 6) : 0;
    }
    send.has_retry = rig_chance(rig, rig->options.retry_percent);
    send.retry = make_key((char)('a' + rig_draw(rig, rig->options.dedups)), 1);
    if (send.has_group)
        send.group = make_key((char)('a' + rig_draw(rig, rig->options.groups)), 0);
    rig_send(rig, slot->queue, &send);
}

static void draw_sends(struct rig *rig)
{
    struct rig_slot *slot = draw_slot(rig);
    uint32_t count = rig_chance(rig, rig->options.big_batch_percent) ? 40 : 1;
    for (uint32_t i = 0; i < count; i++)
        draw_send(rig, slot);
}

static int64_t draw_visibility(struct rig *rig)
{
    uint64_t kind = rig_draw(rig, 20);
    if (rig_chance(rig, rig->options.slow_percent))
        return 1000 * rig->options.unit_ms;
    if (kind < 2)
        return 0;
    if (kind == 2)
        return 100 * rig->options.unit_ms;
    if (kind == 3)
        return ENGINE_VISIBILITY_MS_MAX;
    return rig->options.unit_ms * (int64_t)(1 + rig_draw(rig, 6));
}

static void draw_receive(struct rig *rig)
{
    struct rig_slot *slot = draw_slot(rig);
    struct naive_queue *queue = naive_find(rig->naive, slot->queue);
    struct naive_receive receive = {
        .count_max = (uint32_t)(rig_chance(rig, 50) ? 1 + rig_draw(rig, 3) : 1 + rig_draw(rig, 10)),
        .visibility_ms = draw_visibility(rig),
    };
    if (rig_chance(rig, 30)) {
        receive.has_attempt = true; /* also on standard queues, where it is ignored */
        receive.attempt = make_key('a', rig_draw(rig, rig_chance(rig, 70) ? 4 : 100));
    }
    bool waits = rig_chance(rig, rig->options.wait_percent) &&
                 (queue == NULL || queue->waiters_count < NAIVE_WAITERS_MAX / 2);
    rig_receive(rig, slot->queue, &receive,
                waits ? rig->options.unit_ms * (int64_t)(1 + rig_draw(rig, 8)) : 0);
}

static const struct rig_handle *draw_handle(struct rig *rig)
{
    if (rig->handles_next == 0)
        return NULL;
    uint32_t known = rig->handles_next < RIG_HANDLES_MAX ? rig->handles_next : RIG_HANDLES_MAX;
    uint64_t back = rig_draw(rig, rig_chance(rig, 70) && known > 8 ? 8 : known);
    return &rig->handles[(rig->handles_next - 1 - back) % RIG_HANDLES_MAX];
}

static void draw_handle_use(struct rig *rig, bool is_delete)
{
    const struct rig_handle *handle = draw_handle(rig);
    if (handle == NULL)
        return;
    struct rig_handle copy = *handle; /* settling may receive and overwrite it */
    if (is_delete)
        rig_delete(rig, &copy);
    else
        rig_change(rig, &copy, draw_visibility(rig));
}

/* ---- the rest ---- */

static void draw_task(struct rig *rig)
{
    struct rig_slot *slot = draw_slot(rig);
    struct naive_queue *queue = naive_find(rig->naive, slot->queue);
    if (queue == NULL)
        return;
    if (rig_chance(rig, 25)) {
        rig_task_cancel(rig, queue);
        return;
    }
    struct engine_queue destination = {0};
    struct rig_slot *other = draw_slot(rig);
    if (rig_chance(rig, 50) && other != slot && other->is_fifo == slot->is_fifo)
        destination = other->queue;
    rig_task_start(rig, queue, destination,
                   rig_chance(rig, 40) ? (uint32_t)(1 + rig_draw(rig, 5)) : 0);
}

static void draw_retract(struct rig *rig)
{
    struct naive_queue *queue = naive_find(rig->naive, draw_slot(rig)->queue);
    if (queue != NULL && queue->waiters_count > 0)
        rig_retract(rig, queue, (uint32_t)rig_draw(rig, queue->waiters_count));
}

/* Messages that are offered, while the offers stay on their way: what comes next meets them there. */
static void draw_offers(struct rig *rig, struct rig_slot *slot)
{
    const struct naive_queue *queue = naive_find(rig->naive, slot->queue);
    if (queue == NULL || queue->waiters_count == 0 || rig_chance(rig, 30))
        return;
    rig_note(rig, "offers are held");
    rig->holds_wakes = true;
    for (uint64_t count = 1 + rig_draw(rig, 3); count > 0; count--)
        draw_send(rig, slot);
    if (rig_chance(rig, 30))
        draw_retract(rig);
}

static void draw_purge(struct rig *rig)
{
    struct rig_slot *slot = draw_slot(rig);
    draw_offers(rig, slot);
    rig->holds_wakes = false;
    rig_purge(rig, slot->queue);
}

static void draw_drop(struct rig *rig, struct rig_slot *slot)
{
    struct naive_queue *queue = naive_find(rig->naive, slot->queue);
    if (queue == NULL || rig->dropped_count + RIG_SLOTS_MAX >= RIG_DROPPED_MAX)
        return;
    draw_offers(rig, slot);
    rig->holds_wakes = false;
    rig_drop(rig, queue);
    if (rig_chance(rig, 70))
        create(rig, slot);
}

static void draw_release(struct rig *rig)
{
    if (rig->held_count == 0)
        return;
    uint32_t index = (uint32_t)rig_draw(rig, rig->held_count);
    if (rig_chance(rig, 20))
        rig_half_release_held(rig, index);
    else
        rig_release_held(rig, index, !rig_chance(rig, rig->options.fail_percent));
}

static void draw_advance(struct rig *rig)
{
    uint64_t kind = rig_draw(rig, 400);
    int64_t ms = draw_units(rig, 3);
    if (kind == 0)
        ms = ENGINE_VISIBILITY_MS_MAX;
    else if (kind < 4)
        ms = ENGINE_DEDUP_MS;
    else if (kind < 20)
        ms = draw_units(rig, 60);
    rig_note(rig, "advance %lld", (long long)ms);
    rig_advance(rig, ms);
}

void rig_draw_command(struct rig *rig)
{
    uint64_t kind = rig_draw(rig, 1000);
    if (kind < 250)
        draw_sends(rig);
    else if (kind < 500)
        draw_receive(rig);
    else if (kind < 620)
        draw_handle_use(rig, true);
    else if (kind < 700)
        draw_handle_use(rig, false);
    else if (kind < 900)
        draw_advance(rig);
    else if (kind < 940)
        draw_release(rig);
    else if (kind < 960)
        draw_retract(rig);
    else if (kind < 975)
        draw_task(rig);
    else if (kind < 990)
        draw_configure(rig, draw_slot(rig));
    else if (kind < 997)
        draw_purge(rig);
    else
        draw_drop(rig, draw_slot(rig));
    for (uint32_t i = 0; i < rig->slots_count; i++) {
        if (naive_find(rig->naive, rig->slots[i].queue) == NULL && rig_chance(rig, 10))
            create(rig, &rig->slots[i]);
    }
    if (rig_chance(rig, rig->options.dump_percent))
        rig_dump(rig);
    struct naive_queue *queue = naive_find(rig->naive, draw_slot(rig)->queue);
    if (queue != NULL && rig_chance(rig, rig->options.dump_percent / 2))
        rig_relocate(rig, queue);
}
