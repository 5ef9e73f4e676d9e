/* SendMessage, SendMessageBatch. */
#include "api/message_rules.h"
#include "api/message_select.h"
#include "base/digest.h"
#include "base/encode.h"
#include "base/random.h"
#include "log/message.h"
#include "server/operations.h"

#include "base/banned.h"

/* One message on its way to the engine, and what its sender is told. */
struct sending {
    struct node_call *node;
    const struct message_prepared *prepared;
    struct slice id; /* batch: of the entry */
    struct api_error error;
};

/* What the messages of one call have in common. */
struct sendings {
    struct wall_ms sent_at;
    bool has_retry;
    struct engine_key retry; /* of the whole call */
};

struct batch {
    struct message_batch checked;
    struct sending sendings[MESSAGE_BATCH_MAX];
    uint32_t waiting; /* for the engine, plus one while they are being started */
};

static struct slice encode_message(struct call *call, struct wall_ms sent_at,
                                   const struct message_prepared *prepared,
                                   const uint8_t message_id[MESSAGE_ID_BYTES])
{
    struct message_content content = {
        .sent_at = sent_at,
        .sender_id = call->identity.is_anonymous ? call->context.source_ip : call->identity.user_id,
        .group_id = prepared->group_id,
        .dedup_id = prepared->dedup_id,
        .trace_header = prepared->trace_header,
        .body = prepared->body,
        .attributes = prepared->attributes,
        .attributes_count = prepared->attributes_count,
    };
    memcpy(content.message_id, message_id, MESSAGE_ID_BYTES);
    memcpy(content.body_digest, prepared->body_digest, MD5_BYTES);
    memcpy(content.attributes_digest, prepared->attributes_digest, MD5_BYTES);
    uint32_t bytes = message_encoded_bytes(&content);
    uint8_t *at = arena_take(&call->arena, bytes);
    message_encode(&content, at);
    return slice_of(at, bytes);
}

/* Of the invocation, who calls and the queue. */
static void digest_invocation(const struct call *call, struct engine_key *ret_key)
{
    uint8_t digest[SHA256_BYTES];
    digest_sha256_begin();
    digest_sha256_add(call->identity.account);
    digest_sha256_add(SLICE("/"));
    digest_sha256_add(call->identity.access_key);
    digest_sha256_add(SLICE("/"));
    digest_sha256_add(call->invocation_id);
    digest_sha256_add(SLICE("/"));
    digest_sha256_add(slice_of(&call->queue->id, sizeof(call->queue->id)));
    digest_sha256_end(digest);
    memcpy(ret_key->v, digest, sizeof(ret_key->v));
}

/* The key of one message, made out of that of the whole call. Each step is a bijection of both halves, so a difference in
 * one part is never lost. No cryptography: who made two keys collide would only hit sends of the same invocation. */
struct mixer {
    uint64_t low, high;
};

static void mix_number(struct mixer *mixer, uint64_t number)
{
    mixer->low = (mixer->low ^ number) * UINT64_C(0x9e3779b97f4a7c15);
    mixer->low ^= mixer->low >> 32;
    mixer->high = (mixer->high ^ number) * UINT64_C(0xd6e8feb86659fd93);
    mixer->high ^= mixer->high >> 29;
}

static void mix_text(struct mixer *mixer, struct slice text)
{
    mix_number(mixer, text.bytes);
    for (struct slice rest = text; rest.bytes > 0; rest = slice_from(rest, 8)) {
        uint8_t part[8] = {0};
        memcpy(part, rest.at, slice_head(rest, 8).bytes);
        mix_number(mixer, get_u64(part));
    }
}

static void mix_digest(struct mixer *mixer, const uint8_t digest[MD5_BYTES])
{
    mix_number(mixer, get_u64(digest));
    mix_number(mixer, get_u64(digest + 8));
}

/* What the client chose, not what the queue makes of it: that may change between two tries. Digests of what is absent are
 * zeros. The header X-Amzn-Trace-Id is no part: an SDK may write another one. */
static void mix_message(struct mixer *mixer, const struct message_prepared *prepared)
{
    mix_digest(mixer, prepared->body_digest);
    mix_digest(mixer, prepared->attributes_digest);
    mix_digest(mixer, prepared->system_digest);
    mix_text(mixer, prepared->group_id);
    mix_text(mixer, prepared->dedup_id);
    mix_number(mixer, (uint64_t)prepared->asked_delay_s);
}

/* AWS SDKs repeat amz-sdk-invocation-id on every retry of one call: a repeated send is answered with the first result
 * (D11). One key a message: of the invocation, who calls, the queue, the message, and within a batch which entry. A
 * client that uses an id again for another message sends another message. */
static void set_retry(const struct sendings *all, struct sending *sending)
{
    struct engine_event *event = &sending->node->event;
    event->send.has_retry = all->has_retry;
    if (!all->has_retry)
        return;
    struct mixer mixer = {get_u64(all->retry.v), get_u64(all->retry.v + 8)};
    mix_text(&mixer, sending->id);
    mix_message(&mixer, sending->prepared);
    put_u64(event->send.retry.v, mixer.low);
    put_u64(event->send.retry.v + 8, mixer.high);
}

static struct sendings begin_sendings(struct call *call)
{
    struct sendings all = {
        .sent_at = clock_read(node_clock(worker_node(call_worker(call)))).wall,
        .has_retry = call->invocation_id.bytes > 0,
    };
    if (all.has_retry)
        digest_invocation(call, &all.retry);
    return all;
}

/* When DeduplicationScope was changed lately, what was a duplicate under the scope of before still is one: the engine
 * looks for the key of that scope, too. After that time it holds no such keys. A change of any attribute counts: then it
 * looks in vain. */
#define SCOPE_CHANGE_MS (ENGINE_DEDUP_MS + 60 * 1000) /* the wall clock may be set meanwhile */

static void set_former_scope(const struct queue *queue, struct wall_ms now,
                             const struct message_prepared *prepared, struct engine_event *event)
{
    if (!event->send.has_dedup || now.v - queue->modified_s * 1000 >= SCOPE_CHANGE_MS)
        return;
    bool was_per_group = queue->attributes.dedup_scope != QUEUE_DEDUP_GROUP;
    event->send.has_former = true;
    message_rules_dedup_key(prepared->dedup_id, was_per_group ? prepared->group_id : SLICE_NONE,
                            event->send.former.v);
}

static void start_sending(struct call *call, const struct sendings *all, struct sending *sending,
                          void (*done)(struct node_call *))
{
    const struct message_prepared *prepared = sending->prepared;
    struct engine_event *event = &sending->node->event;
    operation_prepare(call, sending->node, done);
    event->kind = ENGINE_SEND;
    random_uuid(event->send.message_id);
    sending->node->message = encode_message(call, all->sent_at, prepared, event->send.message_id);
    event->send.body_bytes = (uint32_t)sending->node->message.bytes;
    event->send.delay_ms = prepared->delay_s * 1000;
    event->send.has_group = prepared->group_id.at != NULL;
    event->send.has_dedup = prepared->dedup_id.at != NULL;
    memcpy(event->send.group.v, prepared->group_key, MESSAGE_KEY_BYTES);
    memcpy(event->send.dedup.v, prepared->dedup_key, MESSAGE_KEY_BYTES);
    set_former_scope(call->queue, all->sent_at, prepared, event);
    set_retry(all, sending);
    call_start_node(call, sending->node);
}

/* After the engine's answer. */
static void settle(struct call *call, struct sending *sending)
{
    operation_refuse(call, sending->node, &sending->error);
}

static struct slice print_id(struct call *call, const struct node_call *node)
{
    uint8_t *text = arena_take(&call->arena, UUID_TEXT_BYTES);
    uuid_print(node->message_id, text);
    return slice_of(text, UUID_TEXT_BYTES);
}

static struct slice print_digest(struct call *call, const uint8_t digest[MD5_BYTES])
{
    return encode_hex_in(&call->arena, slice_of(digest, MD5_BYTES));
}

/* Both responses have the same members under different types. */
#define FILL_SENT(call, sending, out)                                                         \
    do {                                                                                      \
        const struct message_prepared *p = (sending)->prepared;                               \
        (out)->has_message_id = true;                                                         \
        (out)->message_id = print_id((call), (sending)->node);                                \
        (out)->has_md5_of_message_body = true;                                                \
        (out)->md5_of_message_body = print_digest((call), p->body_digest);                    \
        (out)->has_md5_of_message_attributes = p->attributes_count > 0;                       \
        if (p->attributes_count > 0)                                                          \
            (out)->md5_of_message_attributes = print_digest((call), p->attributes_digest);    \
        (out)->has_md5_of_message_system_attributes = p->has_system_digest;                   \
        if (p->has_system_digest)                                                             \
            (out)->md5_of_message_system_attributes = print_digest((call), p->system_digest); \
        (out)->has_sequence_number = (call)->queue->attributes.is_fifo;                       \
        if ((out)->has_sequence_number)                                                       \
            (out)->sequence_number =                                                          \
                message_sequence_text(&(call)->arena, (sending)->node->sequence);             \
    } while (0)

static void sent(struct node_call *node)
{
    struct call *call = node->context;
    struct sending *sending = call->state;
    call_end_node(call);
    settle(call, sending);
    call->error = sending->error;
    if (call->error.row == NULL)
        FILL_SENT(call, sending, (struct api_send_message_response *)call->response);
    call_answer(call);
}

void operation_send(struct call *call)
{
    struct message_rules rules = operation_rules(call);
    struct message_prepared *prepared = ARENA_NEW(&call->arena, struct message_prepared);
    struct sending *sending = ARENA_NEW(&call->arena, struct sending);
    if (!message_rules_prepare_send(&rules, &call->arena, call->request, prepared, &call->error)) {
        call_fail(call);
        return;
    }
    sending->node = &call->node;
    sending->prepared = prepared;
    call->state = sending;
    struct sendings all = begin_sendings(call);
    start_sending(call, &all, sending, sent);
}

/* ---- batch ---- */

static void answer_batch(struct call *call, struct batch *batch)
{
    struct api_send_message_batch_response *response = call->response;
    struct api_send_message_batch_result_entry *good =
        ARENA_NEW_MANY(&call->arena, struct api_send_message_batch_result_entry, MESSAGE_BATCH_MAX);
    struct api_batch_result_error_entry *bad =
        ARENA_NEW_MANY(&call->arena, struct api_batch_result_error_entry, MESSAGE_BATCH_MAX);
    uint32_t good_count = 0, bad_count = 0;
    for (uint32_t i = 0; i < batch->checked.count; i++) {
        struct sending *sending = &batch->sendings[i];
        if (sending->error.row != NULL) {
            message_rules_fail_entry(sending->id, &sending->error, &bad[bad_count++]);
            continue;
        }
        struct api_send_message_batch_result_entry *entry = &good[good_count++];
        entry->has_id = true;
        entry->id = sending->id;
        FILL_SENT(call, sending, entry);
    }
    response->has_successful = good_count > 0;
    response->successful.items = good;
    response->successful.count = good_count;
    response->has_failed = bad_count > 0;
    response->failed.items = bad;
    response->failed.count = bad_count;
    call_answer(call);
}

static void end_one(struct call *call, struct batch *batch)
{
    if (--batch->waiting == 0)
        answer_batch(call, batch);
}

static void batch_sent(struct node_call *node)
{
    struct call *call = node->context;
    struct batch *batch = call->state;
    call_end_node(call);
    for (uint32_t i = 0; i < batch->checked.count; i++)
        if (batch->sendings[i].node == node)
            settle(call, &batch->sendings[i]);
    end_one(call, batch);
}

void operation_send_batch(struct call *call)
{
    struct message_rules rules = operation_rules(call);
    struct batch *batch = ARENA_NEW(&call->arena, struct batch);
    if (!message_rules_prepare_batch(&rules, &call->arena, call->request, &batch->checked,
                                     &call->error)) {
        call_fail(call);
        return;
    }
    call->state = batch;
    batch->waiting = 1;
    struct sendings all = begin_sendings(call);
    for (uint32_t i = 0; i < batch->checked.count; i++) {
        struct message_batch_entry *entry = &batch->checked.entries[i];
        struct sending *sending = &batch->sendings[i];
        sending->id = entry->id;
        sending->error = entry->error;
        if (entry->error.row != NULL)
            continue;
        sending->prepared = &entry->prepared;
        sending->node = ARENA_NEW(&call->arena, struct node_call);
        batch->waiting++;
        start_sending(call, &all, sending, batch_sent);
    }
    end_one(call, batch);
}
