#include "bench/lane.h"

#include "bench/answer.h"
#include "bench/connection.h"
#include "bench/ticks.h"

#include "base/banned.h"

static const struct settings *settings_of(const struct lane *lane)
{
    return lane->connection->driver->shared->settings;
}

static const struct workload_role *role_of(const struct lane *lane)
{
    return &lane->connection->driver->phase->workload->roles[lane->role];
}

static enum workload_step step_of(const struct lane *lane)
{
    return role_of(lane)->steps[lane->step];
}

uint32_t lane_group_of(const struct settings *settings, uint32_t producer, uint64_t sequence)
{
    uint32_t producers = settings_lanes(settings);
    if (settings->groups < producers)
        return settings->groups > 0 ? producer % settings->groups : 0;
    uint32_t own = (settings->groups - producer + producers - 1) / producers;
    return producer + producers * (uint32_t)(sequence % own);
}

uint32_t lane_order_of(const struct settings *settings, uint32_t producer, uint64_t sequence)
{
    return settings->groups < settings_lanes(settings)
               ? producer
               : lane_group_of(settings, producer, sequence);
}

uint32_t lane_orders_count(const struct settings *settings)
{
    if (settings->groups == 0)
        return 0;
    return settings->groups < settings_lanes(settings) ? settings_lanes(settings)
                                                       : settings->groups;
}

bool lane_is_parked(const struct lane *lane)
{
    return lane->state == LANE_WAITING && role_of(lane)->waits && step_of(lane) == WORKLOAD_RECEIVE;
}

static void settle(const struct lane *lane, uint32_t index, enum ledger_fate fate)
{
    ledger_settle(lane->connection->driver->shared->ledger, lane->number, lane->sequences[index],
                  fate);
}

static void settle_all(const struct lane *lane, enum ledger_fate fate)
{
    for (uint32_t i = 0; i < lane->sent_count; i++)
        settle(lane, i, fate);
}

/* False: the ledger is full. */
static bool write_send(struct lane *lane, struct writer_request *ret_request)
{
    struct driver *driver = lane->connection->driver;
    const struct driver_shared *shared = driver->shared;
    struct writer_message messages[WRITER_BATCH_MAX];
    uint32_t count = driver->phase->batch;
    for (lane->sent_count = 0; lane->sent_count < count; lane->sent_count++) {
        uint64_t *sequence = &lane->sequences[lane->sent_count];
        if (ledger_issue(shared->ledger, lane->number, sequence) != ERR_OK)
            return false;
        messages[lane->sent_count] = (struct writer_message){
            .body = {shared->run, lane->number, *sequence,
                     (lane->due_ns - shared->start_ns) & BODY_SENT_NS_MAX},
            .group = lane_group_of(shared->settings, lane->number, *sequence),
        };
    }
    *ret_request = writer_send(driver->writer, &shared->queues[lane->queue], messages, count,
                               count > 1, shared->settings->body_bytes);
    return true;
}

static struct writer_request write_receive(struct lane *lane)
{
    struct driver *driver = lane->connection->driver;
    const struct writer_receive receive = {
        .count_max = driver->phase->batch,
        .wait_s = role_of(lane)->waits ? driver->phase->wait_s : 0,
        .visibility_s = settings_of(lane)->visibility_s,
    };
    lane->messages_count = 0;
    lane->receipts_bytes = 0;
    return writer_receive(driver->writer, &driver->shared->queues[lane->queue], &receive);
}

static void keep_message(struct lane *lane, struct lane_message message, struct slice receipt)
{
    ASSERT(lane->messages_count < WRITER_BATCH_MAX);
    size_t needed = lane->receipts_bytes + receipt.bytes;
    ASSERT(needed <= RESPONSE_BODY_BYTES_MAX);
    if (needed > lane->receipts_capacity) {
        lane->receipts_capacity = (uint32_t)needed * 2;
        lane->receipts = realloc(lane->receipts, lane->receipts_capacity);
        ASSERT(lane->receipts != NULL);
    }
    memcpy(lane->receipts + lane->receipts_bytes, receipt.at, receipt.bytes);
    message.receipt_at = lane->receipts_bytes;
    message.receipt_bytes = (uint32_t)receipt.bytes;
    lane->receipts_bytes = (uint32_t)needed;
    lane->messages[lane->messages_count++] = message;
}

/* Takes handles of one queue that an earlier phase has kept. */
static void take_receipts(struct lane *lane)
{
    struct driver *driver = lane->connection->driver;
    lane->messages_count = 0;
    lane->receipts_bytes = 0;
    while (driver->receipts_count > 0 && lane->messages_count < driver->phase->batch) {
        struct driver_receipt *kept = &driver->receipts[driver->receipts_count - 1];
        if (lane->messages_count > 0 && kept->queue != lane->queue)
            break;
        lane->queue = kept->queue;
        keep_message(lane, kept->message, slice_of(kept->text, kept->message.receipt_bytes));
        free(kept->text);
        driver->receipts_count--;
    }
}

static struct writer_request write_delete(struct lane *lane)
{
    struct driver *driver = lane->connection->driver;
    struct slice receipts[WRITER_BATCH_MAX];
    for (uint32_t i = 0; i < lane->messages_count; i++)
        receipts[i] = slice_of(lane->receipts + lane->messages[i].receipt_at,
                               lane->messages[i].receipt_bytes);
    return writer_delete(driver->writer, &driver->shared->queues[lane->queue], receipts,
                         lane->messages_count, driver->phase->batch > 1);
}

/* False: there is nothing to send for this step. */
static bool write_request(struct lane *lane, struct writer_request *ret_request)
{
    switch (step_of(lane)) {
    case WORKLOAD_SEND:
        return write_send(lane, ret_request);
    case WORKLOAD_RECEIVE:
        *ret_request = write_receive(lane);
        return true;
    case WORKLOAD_DELETE:
        if (lane->step == 0)
            take_receipts(lane);
        if (lane->messages_count == 0)
            return false;
        *ret_request = write_delete(lane);
        return true;
    }
    UNREACHABLE("every step returns");
}

/* After a cycle, good or bad: the next one, when it is due. */
static void rest(struct lane *lane)
{
    struct driver *driver = lane->connection->driver;
    uint64_t due_ns;
    lane->state = LANE_IDLE;
    if (lane->connection->state != CONNECTION_UP)
        return;
    if (driver_take_turn(driver, lane->role, ticks_now_ns(), &due_ns))
        lane_begin(lane, due_ns);
    else
        driver_add_ready(driver, lane);
}

static void leave_cycle(struct lane *lane)
{
    struct driver *driver = lane->connection->driver;
    ASSERT(driver->busy[lane->role] > 0);
    driver->busy[lane->role]--;
    lane->state = LANE_IDLE;
}

static void request(struct lane *lane)
{
    struct writer_request bytes;
    struct driver *driver = lane->connection->driver;
    if (lane->connection->state != CONNECTION_UP) {
        lane->state = LANE_BLOCKED;
        return;
    }
    if (!write_request(lane, &bytes)) {
        driver->is_exhausted = true;
        leave_cycle(lane);
        return;
    }
    lane->state = LANE_WAITING;
    lane->request_ns = ticks_now_ns();
    connection_send(lane->connection, lane, bytes);
}

void lane_begin(struct lane *lane, uint64_t due_ns)
{
    struct driver *driver = lane->connection->driver;
    uint64_t queues = driver->shared->settings->queues;
    uint64_t stride = settings_lanes(driver->shared->settings);
    /* Lanes walk over all queues; in FIFO queues each stays at one, so that orders can be told. */
    if (driver->shared->settings->groups > 0)
        stride = 0;
    lane->queue = (uint32_t)((lane->role_number + lane->turn++ % queues * stride) % queues);
    lane->due_ns = due_ns;
    lane->step = 0;
    lane->messages_count = 0;
    driver->busy[lane->role]++;
    request(lane);
}

static bool is_measured(const struct lane *lane)
{
    const struct driver_phase *phase = lane->connection->driver->phase;
    return lane->due_ns >= phase->measure_ns && lane->due_ns < phase->end_ns;
}

static bool is_inside(const struct driver *driver, uint64_t now_ns)
{
    return now_ns >= driver->phase->measure_ns && now_ns < driver->phase->end_ns;
}

static void end_cycle(struct lane *lane, uint64_t now_ns)
{
    struct driver *driver = lane->connection->driver;
    if (lane->role == 0) {
        if (is_measured(lane))
            histogram_add(&driver->stats.cycles, now_ns - lane->due_ns);
        driver->stats.cycles_count += is_inside(driver, now_ns);
    }
    leave_cycle(lane);
    rest(lane);
}

static void next_step(struct lane *lane, uint64_t now_ns)
{
    if (++lane->step == role_of(lane)->steps_count ||
        (step_of(lane) == WORKLOAD_DELETE && lane->messages_count == 0))
        end_cycle(lane, now_ns);
    else
        request(lane);
}

void lane_fail(struct lane *lane)
{
    if (step_of(lane) == WORKLOAD_SEND)
        settle_all(lane, LEDGER_UNKNOWN);
    leave_cycle(lane);
}

static void fault(struct lane *lane, enum stats_fault fault, const char *text)
{
    struct driver *driver = lane->connection->driver;
    stats_fault(&driver->stats, fault, text);
    driver_count_live(&driver->live_errors, 1);
}

/* The index of a batch's entry; at or above count: not one of ours. */
static uint32_t entry_index(struct slice id)
{
    return id.bytes == 1 && id.at[0] >= '0' && id.at[0] <= '9' ? (uint32_t)(id.at[0] - '0')
                                                               : WRITER_BATCH_MAX;
}

/* Runs through the entries of a batch's answer: is_done says of each of `count` whether it succeeded; what the answer
 * does not mention is a fault. */
static void read_batch(struct lane *lane, const struct answer *answer, uint32_t count,
                       enum ledger_fate ret_fates[WRITER_BATCH_MAX])
{
    uint32_t told = 0;
    for (uint32_t i = 0; i < count; i++)
        ret_fates[i] = LEDGER_UNKNOWN;
    for (uint32_t i = 0; i < answer->entries_count; i++) {
        const struct answer_entry *entry = &answer->entries[i];
        uint32_t index = entry_index(entry->id);
        char code[64];
        if (index >= count || ret_fates[index] != LEDGER_UNKNOWN)
            continue;
        told++;
        ret_fates[index] = entry->list == ANSWER_SUCCESSFUL ? LEDGER_SENT : LEDGER_REFUSED;
        if (entry->list == ANSWER_SUCCESSFUL)
            continue;
        snprintf(code, sizeof(code), "%.*s",
                 SLICE_PRINT(slice_head(entry->code, sizeof(code) - 1)));
        fault(lane, STATS_ENTRY, code);
    }
    if (told < count)
        fault(lane, STATS_MALFORMED, "entries are missing in the answer to a batch");
}

static void answer_send(struct lane *lane, const struct answer *answer, bool is_inside_time)
{
    struct driver *driver = lane->connection->driver;
    enum ledger_fate fates[WRITER_BATCH_MAX];
    uint64_t sent = 0;
    if (driver->phase->batch > 1) {
        read_batch(lane, answer, lane->sent_count, fates);
    } else {
        fates[0] = answer->message_id.bytes > 0 ? LEDGER_SENT : LEDGER_UNKNOWN;
        if (fates[0] == LEDGER_UNKNOWN)
            fault(lane, STATS_MALFORMED, "no MessageId in the answer to a send");
    }
    for (uint32_t i = 0; i < lane->sent_count; i++) {
        settle(lane, i, fates[i]);
        sent += fates[i] == LEDGER_SENT;
    }
    driver_count_live(&driver->live_messages, sent);
    if (is_inside_time)
        driver->stats.sent += sent;
}

/* What the ledger says about a whole body of this run. */
static void check_message(struct lane *lane, const struct body *body, uint64_t now_ns)
{
    struct driver *driver = lane->connection->driver;
    struct driver_shared *shared = driver->shared;
    const struct settings *settings = shared->settings;
    enum ledger_verdict verdict = LEDGER_NEVER_ISSUED;
    if (body->producer < settings_lanes(settings))
        verdict = ledger_receive(shared->ledger, body->producer, body->sequence,
                                 lane_order_of(settings, body->producer, body->sequence));
    if (verdict == LEDGER_FIRST || verdict == LEDGER_OUT_OF_ORDER) {
        uint64_t sent_ns = shared->start_ns + body->sent_ns;
        atomic_store_explicit(&shared->last_news_ns, now_ns, memory_order_relaxed);
        if (driver->phase->workload->has_delivery && sent_ns >= driver->phase->measure_ns &&
            sent_ns < driver->phase->end_ns)
            histogram_add(&driver->stats.delivery, now_ns > sent_ns ? now_ns - sent_ns : 0);
    }
    if (verdict == LEDGER_OUT_OF_ORDER)
        fault(lane, STATS_ORDER, "");
    else if (verdict == LEDGER_NEVER_ISSUED)
        fault(lane, STATS_FOREIGN, "");
    else if (verdict == LEDGER_DUPLICATE &&
             settings->visibility_s != 0) /* asked for by --visibility 0 */
        fault(lane, STATS_DUPLICATE, "");
    else if (verdict == LEDGER_AFTER_DELETE)
        fault(lane, STATS_AFTER_DELETE, "");
}

static void answer_message(struct lane *lane, const struct answer_entry *entry, uint64_t now_ns)
{
    struct body body;
    struct lane_message message = {0};
    const struct driver_shared *shared = lane->connection->driver->shared;
    if (entry->receipt.bytes == 0 || entry->message_id.bytes == 0) {
        fault(lane, STATS_MALFORMED, "a message without ReceiptHandle or MessageId");
        return;
    }
    if (shared->settings->checks) {
        enum body_verdict verdict = body_check(entry->body, shared->run, &body);
        if (verdict == BODY_CORRUPT)
            fault(lane, STATS_CORRUPT, "");
        else if (verdict == BODY_FOREIGN)
            fault(lane, STATS_FOREIGN, "");
        else
            check_message(lane, &body, now_ns);
        /* Only a message that was issued can be marked as deleted: anything else has been counted as foreign. */
        if (verdict == BODY_OK && ledger_is_issued(shared->ledger, body.producer, body.sequence))
            message = (struct lane_message){
                .producer = body.producer, .sequence = body.sequence, .is_ours = true};
    }
    keep_message(lane, message, entry->receipt);
}

static void collect(struct lane *lane)
{
    struct driver *driver = lane->connection->driver;
    if (driver->receipts_count + lane->messages_count > driver->receipts_capacity) {
        driver->receipts_capacity = driver->receipts_capacity * 2 + 1024;
        driver->receipts =
            realloc(driver->receipts, driver->receipts_capacity * sizeof(*driver->receipts));
        ASSERT(driver->receipts != NULL);
    }
    for (uint32_t i = 0; i < lane->messages_count; i++) {
        const struct lane_message *message = &lane->messages[i];
        uint8_t *text = malloc(message->receipt_bytes);
        ASSERT(text != NULL);
        memcpy(text, lane->receipts + message->receipt_at, message->receipt_bytes);
        driver->receipts[driver->receipts_count++] =
            (struct driver_receipt){lane->queue, *message, text};
    }
}

/* Short polls may miss what is there: many in a row count as empty, or an account that is settled. */
static void note_empty(struct driver *driver, bool is_inside_time)
{
    driver->stats.empties += is_inside_time;
    driver->empties_in_row++;
    if (driver->phase->ends_when_empty &&
        ((driver->shared->settings->checks && ledger_missing(driver->shared->ledger) <= 0) ||
         driver->empties_in_row > 64 + 16 * driver->lanes_count))
        driver->is_exhausted = true;
}

static void answer_receive(struct lane *lane, const struct answer *answer, uint64_t now_ns,
                           bool is_inside_time)
{
    struct driver *driver = lane->connection->driver;
    if (answer->entries_count == 0) {
        note_empty(driver, is_inside_time);
        return;
    }
    driver->empties_in_row = 0;
    for (uint32_t i = 0; i < answer->entries_count; i++)
        if (answer->entries[i].list == ANSWER_MESSAGES)
            answer_message(lane, &answer->entries[i], now_ns);
    driver_count_live(&driver->live_messages, answer->entries_count);
    if (is_inside_time)
        driver->stats.received += answer->entries_count;
    if (role_of(lane)->collects)
        collect(lane);
}

static void answer_delete(struct lane *lane, const struct answer *answer, bool is_inside_time)
{
    struct driver *driver = lane->connection->driver;
    enum ledger_fate fates[WRITER_BATCH_MAX] = {LEDGER_SENT};
    if (driver->phase->batch > 1)
        read_batch(lane, answer, lane->messages_count, fates);
    for (uint32_t i = 0; i < lane->messages_count; i++) {
        if (fates[i] != LEDGER_SENT)
            continue;
        if (lane->messages[i].is_ours)
            ledger_delete(driver->shared->ledger, lane->messages[i].producer,
                          lane->messages[i].sequence);
        driver->stats.deleted += is_inside_time;
    }
}

/* An answer that is no success, or none that can be read. */
static void answer_badly(struct lane *lane, uint32_t status, const struct answer *answer,
                         struct slice body)
{
    char text[STATS_TEXT_BYTES];
    if (status == 200) {
        fault(lane, STATS_MALFORMED, "a body that does not hold together");
    } else {
        answer_describe(status, answer, body, text, sizeof(text));
        fault(lane, status >= 500 ? STATS_SERVER : STATS_CLIENT, text);
    }
    if (step_of(lane) == WORKLOAD_SEND)
        settle_all(lane, status >= 400 && status < 500 ? LEDGER_REFUSED : LEDGER_UNKNOWN);
}

void lane_answer(struct lane *lane, uint32_t status, uint8_t *body, size_t body_bytes)
{
    struct driver *driver = lane->connection->driver;
    struct answer answer;
    uint64_t now_ns = ticks_now_ns();
    bool is_inside_time = is_inside(driver, now_ns);
    enum workload_step step = step_of(lane);
    bool is_whole = driver->shared->settings->protocol == WRITER_JSON
                        ? answer_parse_json(body, body_bytes, &answer)
                        : answer_parse_xml(body, body_bytes, &answer);
    if (!is_whole || status != 200) {
        answer_badly(lane, status, &answer, slice_of(body, body_bytes));
        leave_cycle(lane);
        rest(lane);
        return;
    }
    if (is_measured(lane) && !(role_of(lane)->waits && step == WORKLOAD_RECEIVE))
        histogram_add(&driver->stats.steps[step], now_ns - lane->request_ns);
    if (is_inside_time) {
        driver->stats.requests[step]++;
        driver->stats.last_ns = now_ns;
    }
    driver_count_live(&driver->live_requests, 1);
    if (step == WORKLOAD_SEND)
        answer_send(lane, &answer, is_inside_time);
    else if (step == WORKLOAD_RECEIVE)
        answer_receive(lane, &answer, now_ns, is_inside_time);
    else
        answer_delete(lane, &answer, is_inside_time);
    next_step(lane, now_ns);
}

void lane_connected(struct lane *lane)
{
    if (lane->state == LANE_BLOCKED)
        request(lane);
    else if (lane->state == LANE_IDLE)
        rest(lane);
}

void lane_disconnected(struct lane *lane)
{
    if (lane->state == LANE_BLOCKED)
        leave_cycle(lane);
}
