/* Stored messages: what is decoded must be readable to its last byte, and encoded again be the same bytes. */
#include "base/arena.h"
#include "fuzz/fuzz.h"
#include "log/message.h"

#include "base/banned.h"

const char fuzz_name[] = "message";

static void check_same(struct slice bytes, const uint8_t *again, uint32_t again_bytes)
{
    ASSERT(slice_equal(bytes, slice_of(again, again_bytes)));
}

static void encode_again(struct arena *arena, const struct message_view *view)
{
    struct message_attribute attributes[MESSAGE_ATTRIBUTES_MAX];
    struct message_content content = {
        .sent_at = view->sent_at,
        .sender_id = view->sender_id,
        .group_id = view->group_id,
        .dedup_id = view->dedup_id,
        .trace_header = view->trace_header,
        .dead_letter_source = view->dead_letter_source,
        .body = view->body,
        .attributes = attributes,
        .attributes_count = message_attributes(view, attributes),
    };
    memcpy(content.message_id, view->message_id, MESSAGE_ID_BYTES);
    message_body_digest(view, content.body_digest);
    if (view->attributes_digest != NULL)
        memcpy(content.attributes_digest, view->attributes_digest, MD5_BYTES);
    uint32_t bytes = message_encoded_bytes(&content);
    uint8_t *at = arena_take(arena, bytes);
    message_encode(&content, at);
    check_same(view->bytes, at, bytes);
}

static void move(struct arena *arena, const struct message_view *view)
{
    struct message_changes none = {0};
    struct message_changes source = {
        .has_dead_letter_source = true,
        .dead_letter_source = SLICE("arn:aws:sqs:us-east-1:000000000000:q"),
    };
    struct message_view moved;
    uint32_t bytes = message_moved_bytes(view, &none);
    uint8_t *at = arena_take(arena, bytes);
    message_encode_moved(view, &none, at);
    check_same(view->bytes, at, bytes);
    bytes = message_moved_bytes(view, &source);
    at = arena_take(arena, bytes);
    message_encode_moved(view, &source, at);
    enum err err = message_decode(slice_of(at, bytes), &moved);
    ASSERT(err == ERR_OK);
    ASSERT(slice_equal(moved.dead_letter_source, source.dead_letter_source));
    ASSERT(slice_equal(moved.attributes, view->attributes));
    ASSERT(slice_equal(moved.body, view->body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct message_view view;
    if (message_decode(slice_of(data, bytes), &view) != ERR_OK)
        return 0;
    struct arena arena;
    arena_init(&arena);
    encode_again(&arena, &view);
    move(&arena, &view);
    arena_done(&arena);
    return 0;
}
