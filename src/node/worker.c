#include "node/worker.h"

#include "base/banned.h"

#define ROUNDS_MAX 16 /* of one turn, so that sockets get their share under load */
/* Of those, how many may only go on with slow work (a purge, delays and timeouts that end by the thousand): each tick does
 * a bounded piece, and requests wait behind a turn. */
#define TICKS_MAX 4

static void deliver_local(struct worker *worker)
{
    while (worker->local_oldest != NULL) {
        struct letter *letter = worker->local_oldest;
        worker->local_oldest = letter->next;
        if (worker->local_oldest == NULL)
            worker->local_tail = &worker->local_oldest;
        letter->deliver(letter, worker);
    }
}

static void deliver_wakes(struct worker *worker)
{
    /* A wake can cause further ones: they are appended while we walk. */
    for (uint32_t i = 0; i < worker->wakes.count; i++) {
        struct engine_wake wake = worker->wakes.items[i];
        if (wake.token != 0)
            calls_wake(worker, &wake);
    }
    worker->wakes.count = 0;
}

void worker_forget_wakes(struct worker *worker, uint64_t token)
{
    for (uint32_t i = 0; i < worker->wakes.count; i++)
        if (worker->wakes.items[i].token == token)
            worker->wakes.items[i].token = 0;
}

static void push_wake(struct worker *worker, const struct engine_wake *wake)
{
    struct worker_wakes *wakes = &worker->wakes;
    if (wakes->count == wakes->capacity) {
        uint32_t capacity = wakes->capacity == 0 ? ENGINE_WAKES_MAX : wakes->capacity * 2;
        struct engine_wake *grown = realloc(wakes->items, capacity * sizeof(*grown));
        if (grown == NULL)
            check_failed(__FILE__, __LINE__, "out of memory");
        wakes->items = grown;
        wakes->capacity = capacity;
    }
    wakes->items[wakes->count++] = *wake;
}

void worker_post(struct worker *worker, struct letter *letter)
{
    mailbox_post(&worker->box, letter);
}

void worker_send(struct worker *from, struct worker *to, struct letter *letter)
{
    if (from != to) {
        mailbox_post(&to->box, letter);
        return;
    }
    letter->next = NULL;
    *from->local_tail = letter;
    from->local_tail = &letter->next;
}

struct engine_event worker_configuration(const struct queue *queue)
{
    const struct queue_attributes *attributes = &queue->attributes;
    return (struct engine_event){
        .kind = ENGINE_CONFIGURE,
        .queue = {queue->id},
        .configure = {.version = queue->config_version,
                      .is_fifo = attributes->is_fifo,
                      .retention_ms = attributes->retention_s * 1000,
                      .delay_ms = attributes->delay_s * 1000,
                      .receive_count_max = (uint32_t)attributes->receive_count_max,
                      .dead_letter = {queue->dead_letter_id},
                      .inflight_max = NODE_INFLIGHT_MAX},
    };
}

/* In the order that a crash must find: facts before everything that tells somebody of them. */
static void perform(struct worker *worker, const struct worker_message *message,
                    struct node_call *origin)
{
    struct engine_effects *effects = &worker->effects;
    storage_keep(worker, effects, message != NULL ? message->body : (struct engine_body){0},
                 message != NULL ? message->bytes : SLICE_NONE);
    /* A parked receive waits for messages, not for the dead letters that it met. */
    struct node_call *waiting = effects->result == ENGINE_PARKED ? NULL : origin;
    for (uint32_t i = 0; i < effects->moves_count; i++)
        moves_start(worker, &effects->moves[i], waiting);
    for (uint32_t i = 0; i < effects->bodies_count; i++)
        storage_drop(worker, effects->bodies[i]);
    for (uint32_t i = 0; i < effects->tasks_count && worker->node->catalog != NULL; i++)
        catalog_task_news(worker->node->catalog, &effects->tasks[i]);
    for (uint32_t i = 0; i < effects->wakes_count; i++)
        push_wake(worker, &effects->wakes[i]);
}

/* Partitions are made at first use, so that a start with many queues costs nothing for those
 * that stay idle. */
static bool configure_from_directory(struct worker *worker, struct engine_queue id)
{
    const struct queue *queue = directory_find_id(worker->directory, id.v);
    if (queue == NULL)
        return false;
    struct engine_event event = worker_configuration(queue);
    event.now = clock_read(worker->node->clock);
    engine_step(worker->engine, &event, &worker->effects);
    perform(worker, NULL, NULL);
    return worker->effects.result == ENGINE_DONE;
}

/* Carries out one slice of what time alone has caused. False: nothing was due. */
static bool tick_if_due(struct worker *worker, struct clock_now now)
{
    if (engine_next_tick(worker->engine).v > now.mono.v)
        return false;
    struct engine_event event = {.kind = ENGINE_TICK, .now = now};
    engine_step(worker->engine, &event, &worker->effects);
    perform(worker, NULL, NULL);
    return true;
}

/* Did the engine take the message that the event brought? */
static bool has_taken(const struct engine_effects *effects)
{
    return effects->result == ENGINE_DONE && !effects->is_duplicate;
}

static void set_body(struct engine_event *event, struct engine_body body)
{
    if (event->kind == ENGINE_SEND)
        event->send.body = body;
    else
        event->arrive.body = body;
}

/* One try: places the message, steps, gives the place back when the engine did not take the message. False: there is no
 * place; nothing was stepped. */
static bool try_step(struct worker *worker, struct engine_event *event,
                     struct worker_message *message)
{
    if (message != NULL) {
        message->err = storage_place(worker, message->durability, message->bytes, &message->body);
        if (message->err != ERR_OK)
            return false;
        set_body(event, message->body);
    }
    engine_step(worker->engine, event, &worker->effects);
    if (message != NULL && !has_taken(&worker->effects))
        storage_unplace(worker, message->body, message->bytes);
    return true;
}

/* May the event be the first of its queue? Who has waited there already has seen its partition go. */
static bool may_be_first_use(const struct engine_event *event)
{
    bool is_resumed = event->kind == ENGINE_RECEIVE && event->receive.waiter.v != 0;
    return event->kind != ENGINE_DROP && !is_resumed;
}

bool worker_step(struct worker *worker, struct engine_event *event, struct worker_message *message,
                 struct node_call *origin)
{
    event->now = clock_read(worker->node->clock);
    /* As in the engine's own step: the waiter of a retract must not be told of an end that its client is past. */
    if (event->kind != ENGINE_RETRACT)
        tick_if_due(worker, event->now);
    bool is_stepped = try_step(worker, event, message);
    if (is_stepped && worker->effects.result == ENGINE_NO_QUEUE && may_be_first_use(event) &&
        configure_from_directory(worker, event->queue))
        is_stepped = try_step(worker, event, message);
    if (!is_stepped)
        return false;
    perform(worker, message != NULL && has_taken(&worker->effects) ? message : NULL, origin);
    return true;
}

enum node_durability worker_durability(const struct worker *worker, const struct queue *queue)
{
    return node_durability_of(worker->node, queue);
}

static bool has_work(const struct worker *worker)
{
    return worker->wakes.count > 0 || worker->local_oldest != NULL ||
           !mailbox_is_empty(&worker->box);
}

/* For how long nothing is due. */
static int time_to_sleep(const struct worker *worker, struct clock_now now)
{
    int64_t due = engine_next_tick(worker->engine).v;
    if (clock_is_manual(worker->node->clock) || due > now.mono.v + WORKER_WAIT_MS_MAX)
        return WORKER_WAIT_MS_MAX;
    return due > now.mono.v ? (int)(due - now.mono.v) : 0;
}

static int run_rounds(struct worker *worker)
{
    int ticks = 0;
    for (int round = 0; round < ROUNDS_MAX && ticks < TICKS_MAX; round++) {
        if (!mailbox_is_empty(&worker->box))
            mailbox_drain(&worker->box, worker);
        deliver_local(worker);
        deliver_wakes(worker);
        struct clock_now now = clock_read(worker->node->clock);
        bool has_ticked = tick_if_due(worker, now);
        if (!has_ticked && !has_work(worker))
            return time_to_sleep(worker, now);
        ticks += has_ticked;
    }
    return 0;
}

int worker_turn(struct worker *worker)
{
    int wait = run_rounds(worker);
    int storage_wait = storage_turn(worker);
    if (has_work(worker))
        return 0;
    return wait < storage_wait ? wait : storage_wait;
}

unsigned worker_index(const struct worker *worker)
{
    return worker->index;
}

struct node *worker_node(struct worker *worker)
{
    return worker->node;
}

const struct directory *worker_directory(const struct worker *worker)
{
    return worker->directory;
}

struct mailbox *worker_mailbox(struct worker *worker)
{
    return &worker->box;
}

void worker_memory(const struct worker *worker, uint64_t *ret_bytes, uint64_t *ret_messages)
{
    engine_memory(worker->engine, ret_bytes, ret_messages);
}

uint32_t worker_unknown_queues(const struct worker *worker)
{
    return engine_unconfigured(worker->engine);
}

bool worker_log_counts(const struct worker *worker, struct log_counts *ret_counts)
{
    return storage_counts(worker, ret_counts);
}

void worker_tick(struct worker *worker)
{
    tick_if_due(worker, clock_read(worker->node->clock));
}

bool worker_is_behind(const struct worker *worker)
{
    struct clock_now now = clock_read(worker->node->clock);
    return has_work(worker) || engine_next_tick(worker->engine).v <= now.mono.v;
}

void worker_wake(struct worker *worker)
{
    mailbox_drain(&worker->box, worker);
}
