/* A dead letter on its way with a log underneath that the test plays: records move and go, reads fail, waits end when
 * the test says so. The worker and its engine are the real ones. */
#include "node/worker.h"

#include <stdlib.h>

#include "log/message.h"
#include "metadata/attributes.h"
#include "testkit/testkit.h"

#define SOURCE      1u
#define DEAD        2u
#define RECORDS_MAX 16u

static struct node node;
static struct worker worker;

/* ---- the log that is played ---- */

struct log_body {
    struct slice bytes;
};
struct record {
    uint64_t place; /* 0: none */
    struct log_body body;
};
static struct record records[RECORDS_MAX];
static uint64_t next_place;
static struct storage_wait *waits[RECORDS_MAX];
static unsigned waits_count;
static struct log_read *reads[RECORDS_MAX];
static unsigned reads_count;
static unsigned reads_total;
static enum err place_err; /* why there is no place for a message */

static struct record *record_at(uint64_t place)
{
    for (unsigned i = 0; i < RECORDS_MAX; i++)
        if (records[i].place == place)
            return &records[i];
    return NULL;
}

enum err storage_place(struct worker *at, enum node_durability durability, struct slice message,
                       struct engine_body *ret_body)
{
    (void)at, (void)durability;
    if (place_err != ERR_OK)
        return place_err;
    struct record *record = record_at(0);
    ck_assert_ptr_nonnull(record);
    uint8_t *copy = malloc(message.bytes);
    memcpy(copy, message.at, message.bytes);
    *record = (struct record){.place = next_place++, .body = {slice_of(copy, message.bytes)}};
    ret_body->v = record->place;
    return ERR_OK;
}

void storage_drop(struct worker *at, struct engine_body body)
{
    (void)at;
    struct record *record = record_at(body.v);
    ck_assert_ptr_nonnull(record);
    free((void *)(uintptr_t)record->body.bytes.at);
    *record = (struct record){0};
}

void storage_unplace(struct worker *at, struct engine_body body, struct slice message)
{
    (void)message;
    storage_drop(at, body);
}

bool storage_find(struct worker *at, struct engine_body body, struct node_message *ret_message)
{
    (void)at, (void)body;
    *ret_message = (struct node_message){0};
    return false; /* everything is cold */
}

void storage_read(struct worker *at, struct log_read *read, struct engine_body body)
{
    (void)at;
    read->place = body;
    reads[reads_count++] = read;
    reads_total++;
}

void storage_wait(struct worker *at, enum node_durability durability, struct storage_wait *wait)
{
    (void)at, (void)durability;
    waits[waits_count++] = wait;
}

void storage_keep(struct worker *at, const struct engine_effects *effects,
                  struct engine_body placed, struct slice message)
{
    (void)at, (void)effects, (void)placed, (void)message;
}

bool storage_is_kept(const struct worker *at, enum node_durability durability,
                     struct engine_body body)
{
    (void)at, (void)durability, (void)body;
    return true;
}

int storage_turn(struct worker *at)
{
    (void)at;
    return WORKER_WAIT_MS_MAX;
}

bool storage_counts(const struct worker *at, struct log_counts *ret_counts)
{
    (void)at, (void)ret_counts;
    return false;
}

void node_message_release(struct node_message *message)
{
    *message = (struct node_message){0};
}

struct slice log_body_bytes(const struct log_body *body)
{
    return body->bytes;
}

struct worker *node_owner(struct node *of, struct engine_queue queue)
{
    (void)queue;
    return &of->workers[0];
}

enum node_durability node_durability_of(const struct node *of, const struct queue *queue)
{
    (void)queue;
    return of->durability;
}

void catalog_task_news(struct catalog *catalog, const struct engine_task_news *news)
{
    (void)catalog, (void)news;
}

/* ---- what the test lets happen ---- */

static void turn(void)
{
    (void)worker_turn(&worker);
}

static void end_wait(enum err err)
{
    ck_assert_uint_gt(waits_count, 0);
    struct storage_wait *wait = waits[0];
    memmove(waits, waits + 1, --waits_count * sizeof(waits[0]));
    wait->ready(wait, err);
    turn();
}

/* ERR_OK: as the records are. */
static void end_read(enum err err)
{
    ck_assert_uint_eq(reads_count, 1);
    struct log_read *read = reads[--reads_count];
    struct record *record = record_at(read->place.v);
    if (err == ERR_OK && record == NULL)
        err = ERR_ABSENT;
    read->done(read, err, err == ERR_OK ? &record->body : NULL);
    turn();
}

static struct engine_peek peek(uint64_t queue)
{
    struct engine_peek found = {0};
    (void)engine_peek(worker.engine, (struct engine_queue){queue}, 0, &found, 1);
    return found;
}

/* Compaction gives the source's message another place. */
static void relocate(void)
{
    struct engine_peek message = peek(SOURCE);
    struct record *record = record_at(message.body.v);
    record->place = next_place++;
    ck_assert(engine_relocate(worker.engine, (struct engine_queue){SOURCE}, message.sequence,
                              message.body, (struct engine_body){record->place}));
}

static uint64_t count(uint64_t queue)
{
    struct engine_counts counts = {0};
    (void)engine_counts(worker.engine, (struct engine_queue){queue}, &counts);
    return counts.visible + counts.inflight + counts.delayed + counts.moving;
}

static enum engine_message_state state_of_source(void)
{
    ck_assert_uint_eq(count(SOURCE), 1);
    return peek(SOURCE).state;
}

static void step(struct engine_event event)
{
    ck_assert(worker_step(&worker, &event, NULL, NULL));
}

static void receive(void)
{
    step((struct engine_event){.kind = ENGINE_RECEIVE,
                               .queue = {SOURCE},
                               .receive = {.count_max = 1, .visibility_ms = 0}});
}

static void add_queue(uint64_t id, const char *name, uint64_t dead_letter)
{
    struct queue draft = {.id = id,
                          .account = SLICE("000000000000"),
                          .name = slice_from_text(name),
                          .arn = SLICE("arn:aws:sqs:us-east-1:000000000000:any"),
                          .dead_letter_id = dead_letter,
                          .config_version = 1};
    attributes_set_defaults(false, &draft.attributes);
    draft.attributes.receive_count_max = dead_letter != 0;
    struct queue *queue = queue_create(&draft);
    directory_put(worker.directory, queue);
    queue_unref(queue);
}

static void send(void)
{
    uint8_t bytes[256];
    struct message_content content = {.body = SLICE("body"), .message_id = {7}};
    struct worker_message message = {.durability = NODE_DURABILITY_SYNC};
    struct engine_event event = {.kind = ENGINE_SEND, .queue = {SOURCE}};
    message_encode(&content, bytes);
    message.bytes = slice_of(bytes, message_encoded_bytes(&content));
    event.send.body_bytes = (uint32_t)message.bytes.bytes;
    memcpy(event.send.message_id, content.message_id, sizeof(event.send.message_id));
    ck_assert(worker_step(&worker, &event, &message, NULL));
}

/* A message was received as often as it may, and its move waits until the log has it. */
static void start(void)
{
    waits_count = reads_count = reads_total = 0;
    next_place = 100;
    place_err = ERR_OK;
    node = (struct node){.clock = clock_create_manual((struct wall_ms){1000000}),
                         .workers_count = 1,
                         .durability = NODE_DURABILITY_SYNC,
                         .workers = &worker};
    worker = (struct worker){.node = &node, .engine = engine_create(1)};
    worker.directory = directory_create();
    worker.local_tail = &worker.local_oldest;
    ck_assert_int_eq(mailbox_init(&worker.box), ERR_OK);
    add_queue(SOURCE, "source", DEAD);
    add_queue(DEAD, "dead", 0);
    send();
    receive();
    ck_assert_uint_eq(worker.effects.deliveries_count, 1);
    receive();
    ck_assert_uint_eq(worker.effects.deliveries_count, 0);
    ck_assert_int_eq(state_of_source(), ENGINE_MOVING);
}

static void stop(void)
{
    while (waits_count > 0)
        end_wait(ERR_OK);
    ck_assert_uint_eq(reads_count, 0);
    step((struct engine_event){.kind = ENGINE_DROP, .queue = {SOURCE}});
    step((struct engine_event){.kind = ENGINE_DROP, .queue = {DEAD}});
    turn();
    for (unsigned i = 0; i < RECORDS_MAX; i++)
        ck_assert_uint_eq(records[i].place, 0);
    directory_destroy(worker.directory);
    engine_destroy(worker.engine);
    mailbox_done(&worker.box);
    clock_destroy(node.clock);
}

/* The rest of a move whose original was read. */
static void finish_move(void)
{
    while (waits_count > 0)
        end_wait(ERR_OK);
    ck_assert_uint_eq(count(SOURCE), 0);
    ck_assert_uint_eq(count(DEAD), 1);
}

START_TEST(a_dead_letter_is_read_and_arrives)
{
    start();
    end_wait(ERR_OK);
    end_read(ERR_OK);
    finish_move();
    stop();
}
END_TEST

START_TEST(a_record_that_moved_while_the_move_waited_is_read_where_it_is)
{
    start();
    relocate();
    end_wait(ERR_OK);
    end_read(ERR_OK);
    ck_assert_uint_eq(reads_total, 1);
    finish_move();
    stop();
}
END_TEST

START_TEST(a_record_that_moves_under_each_read_is_followed)
{
    start();
    end_wait(ERR_OK);
    for (int i = 0; i < 3; i++) {
        relocate();
        end_read(ERR_OK); /* absent: it was looked for where it had been */
        ck_assert_int_eq(state_of_source(), ENGINE_MOVING);
    }
    end_read(ERR_OK);
    finish_move();
    stop();
}
END_TEST

/* Purged before or under the read: the message is gone, and nothing of it arrives. */
START_TEST(a_message_that_was_purged_meanwhile_arrives_nowhere)
{
    start();
    if (_i == 1)
        end_wait(ERR_OK);
    step((struct engine_event){.kind = ENGINE_PURGE, .queue = {SOURCE}});
    turn();
    if (_i == 1)
        end_read(ERR_OK);
    else
        end_wait(ERR_OK);
    ck_assert_uint_eq(count(SOURCE), 0);
    ck_assert_uint_eq(count(DEAD), 0);
    stop();
}
END_TEST

/* What is no word of the target's is tried again: I/O errors, a record that is nowhere, no room. */
START_TEST(a_move_that_failed_on_its_way_is_tried_again)
{
    static const struct {
        enum err read, place;
        int64_t wait_ms;
    } cases[] = {
        {ERR_IO, ERR_OK, ENGINE_MOVE_UNREAD_MS},
        {ERR_CORRUPT, ERR_OK, ENGINE_MOVE_UNREAD_MS},
        {ERR_ABSENT, ERR_OK, ENGINE_MOVE_UNREAD_MS},
        {ERR_OK, ERR_FULL, ENGINE_MOVE_LATER_MS},
        {ERR_OK, ERR_UNAVAILABLE, ENGINE_MOVE_LATER_MS},
    };
    start();
    end_wait(ERR_OK);
    place_err = cases[_i].place;
    end_read(cases[_i].read);
    place_err = ERR_OK;
    ck_assert_int_eq(state_of_source(), ENGINE_INFLIGHT);
    while (waits_count > 0)
        end_wait(ERR_OK);
    clock_advance(node.clock, cases[_i].wait_ms);
    receive();
    ck_assert_uint_eq(worker.effects.deliveries_count, 0);
    ck_assert_int_eq(state_of_source(), ENGINE_MOVING);
    end_wait(ERR_OK);
    end_read(ERR_OK);
    finish_move();
    stop();
}
END_TEST

START_TEST(a_target_that_is_gone_keeps_the_message_in_its_queue)
{
    start();
    end_wait(ERR_OK);
    directory_remove(worker.directory, directory_find_id(worker.directory, DEAD));
    end_read(ERR_OK);
    ck_assert_int_eq(state_of_source(), ENGINE_VISIBLE);
    receive();
    ck_assert_uint_eq(worker.effects.deliveries_count, 1);
    stop();
}
END_TEST

START_TEST(a_move_whose_log_failed_stays_on_its_way)
{
    start();
    end_wait(ERR_IO);
    ck_assert_int_eq(state_of_source(), ENGINE_MOVING);
    ck_assert_uint_eq(reads_total, 0);
    stop();
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, a_dead_letter_is_read_and_arrives);
    tcase_add_test(tests, a_record_that_moved_while_the_move_waited_is_read_where_it_is);
    tcase_add_test(tests, a_record_that_moves_under_each_read_is_followed);
    tcase_add_loop_test(tests, a_message_that_was_purged_meanwhile_arrives_nowhere, 0, 2);
    tcase_add_loop_test(tests, a_move_that_failed_on_its_way_is_tried_again, 0, 5);
    tcase_add_test(tests, a_target_that_is_gone_keeps_the_message_in_its_queue);
    tcase_add_test(tests, a_move_whose_log_failed_stays_on_its_way);
}

int main(void)
{
    return testkit_run("moves", fill);
}
