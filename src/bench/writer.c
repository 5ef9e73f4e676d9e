#include "bench/writer.h"

#include "base/encode.h"
#include "base/random.h"
#include "base/uuid.h"

#include "base/banned.h"

#define BUFFER_BYTES 4096u
#define LABEL_BYTES  24u /* of a deduplication id: run, producer, sequence in hexadecimal */

struct writer {
    struct writer_options options;
    struct signer *signer;
    struct arena arena;
    struct buffer head,
        body; /* kept from request to request: nothing is allocated once they have grown */
    uint64_t random;
};

struct writer *writer_create(const struct writer_options *options)
{
    struct writer *writer = calloc(1, sizeof(*writer));
    ASSERT(writer != NULL);
    writer->options = *options;
    writer->signer = signer_create(&options->signer);
    writer->random = options->seed;
    arena_init(&writer->arena);
    buffer_init(&writer->head, &writer->arena, BUFFER_BYTES);
    buffer_init(&writer->body, &writer->arena, BUFFER_BYTES);
    return writer;
}

void writer_destroy(struct writer *writer)
{
    if (writer == NULL)
        return;
    signer_destroy(writer->signer);
    arena_done(&writer->arena);
    free(writer);
}

static struct slice percent_encode(struct slice text, struct arena *arena)
{
    uint8_t *copy = arena_take(arena, text.bytes * 3 + 1);
    return slice_of(copy, encode_percent(text, false, copy));
}

enum err writer_make_queue(struct slice url, struct arena *arena, struct writer_queue *ret_queue)
{
    if (url.bytes == 0)
        return ERR_INVALID;
    for (size_t i = 0; i < url.bytes; i++)
        if (url.at[i] <= ' ' || url.at[i] >= 0x7f || url.at[i] == '"' || url.at[i] == '\\')
            return ERR_INVALID;
    struct writer_queue queue = {.url = arena_copy(arena, url)};
    queue.path = endpoint_path_of(queue.url);
    queue.url_percent = percent_encode(queue.url, arena);
    queue.is_fifo = slice_ends_with(queue.url, SLICE(".fifo"));
    *ret_queue = queue;
    return ERR_OK;
}

static bool is_json(const struct writer *writer)
{
    return writer->options.protocol == WRITER_JSON;
}

static void add_invocation(struct writer *writer, struct buffer *out)
{
    uint8_t uuid[16], text[UUID_TEXT_BYTES];
    put_u64(uuid, random_next(&writer->random));
    put_u64(uuid + 8, random_next(&writer->random));
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
    uuid_print(uuid, text);
    buffer_add(out, SLICE("amz-sdk-invocation-id: "));
    buffer_add(out, slice_of(text, sizeof(text)));
    buffer_add(out, SLICE("\r\namz-sdk-request: attempt=1; max=3\r\n"));
}

/* The body is complete: puts the head before it. target: "AmazonSQS.<Action>". */
static struct writer_request finish(struct writer *writer, const char *target, struct slice path)
{
    struct buffer *out = &writer->head;
    const struct endpoint *endpoint = writer->options.endpoint;
    struct signer_request request = {
        .path = is_json(writer) ? endpoint->path : path,
        .host = endpoint->host,
        .content_type = is_json(writer) ? SLICE("application/x-amz-json-1.0")
                                        : SLICE("application/x-www-form-urlencoded; charset=utf-8"),
        .target = is_json(writer) ? slice_from_text(target) : SLICE_NONE,
        .body = buffer_slice(&writer->body),
    };
    out->bytes = 0;
    buffer_add(out, SLICE("POST "));
    buffer_add(out, request.path);
    buffer_add(out, SLICE(" HTTP/1.1\r\nHost: "));
    buffer_add(out, request.host);
    if (is_json(writer)) {
        buffer_add(out, SLICE("\r\nX-Amz-Target: "));
        buffer_add(out, request.target);
        buffer_add(out, SLICE("\r\nx-amzn-query-mode: true"));
    }
    buffer_add(out, SLICE("\r\nContent-Type: "));
    buffer_add(out, request.content_type);
    buffer_add(out, SLICE("\r\nUser-Agent: leat-bench\r\n"));
    add_invocation(writer, out);
    signer_add_headers(writer->signer, &request, clock_machine_wall(), out);
    if (writer->options.closes)
        buffer_add(out, SLICE("Connection: close\r\n"));
    buffer_add(out, SLICE("Content-Length: "));
    buffer_add_int64(out, (int64_t)request.body.bytes);
    buffer_add(out, SLICE("\r\n\r\n"));
    return (struct writer_request){buffer_slice(out), request.body};
}

/* {"QueueUrl":"...", or Action=...&Version=...&QueueUrl=...; target: "AmazonSQS.<Action>". */
static struct buffer *begin(struct writer *writer, const char *target,
                            const struct writer_queue *queue)
{
    struct buffer *out = &writer->body;
    out->bytes = 0;
    if (is_json(writer)) {
        buffer_add(out, SLICE("{\"QueueUrl\":\""));
        buffer_add(out, queue->url);
        buffer_add_byte(out, '"');
        return out;
    }
    buffer_add(out, SLICE("Action="));
    buffer_add_text(out, target + sizeof("AmazonSQS.") - 1);
    buffer_add(out, SLICE("&Version=2012-11-05&QueueUrl="));
    buffer_add(out, queue->url_percent);
    return out;
}

static void print_hex(uint8_t *at, uint32_t digits, uint64_t value)
{
    for (uint32_t i = digits; i > 0; i--, value >>= 4)
        at[i - 1] = (uint8_t) "0123456789abcdef"[value & 15];
}

static void print_label(const struct body *body, uint8_t ret_label[LABEL_BYTES])
{
    print_hex(ret_label, 8, body->run);
    print_hex(ret_label + 8, 6, body->producer);
    print_hex(ret_label + 14, 10, body->sequence);
}

static void add_message_json(struct buffer *out, const struct writer_queue *queue,
                             const struct writer_message *message, uint32_t body_bytes)
{
    uint8_t label[LABEL_BYTES];
    if (queue->is_fifo) {
        print_label(&message->body, label);
        buffer_add(out, SLICE("\"MessageGroupId\":\"g"));
        buffer_add_int64(out, message->group);
        buffer_add(out, SLICE("\",\"MessageDeduplicationId\":\""));
        buffer_add(out, slice_of(label, sizeof(label)));
        buffer_add(out, SLICE("\","));
    }
    buffer_add(out, SLICE("\"MessageBody\":\""));
    body_write(out, &message->body, body_bytes, BODY_JSON);
    buffer_add_byte(out, '"');
}

/* prefix: empty, or "SendMessageBatchRequestEntry.N.". */
static void add_message_query(struct buffer *out, const struct writer_queue *queue,
                              const struct writer_message *message, uint32_t body_bytes,
                              struct slice prefix)
{
    uint8_t label[LABEL_BYTES];
    if (queue->is_fifo) {
        print_label(&message->body, label);
        buffer_add_byte(out, '&');
        buffer_add(out, prefix);
        buffer_add(out, SLICE("MessageGroupId=g"));
        buffer_add_int64(out, message->group);
        buffer_add_byte(out, '&');
        buffer_add(out, prefix);
        buffer_add(out, SLICE("MessageDeduplicationId="));
        buffer_add(out, slice_of(label, sizeof(label)));
    }
    buffer_add_byte(out, '&');
    buffer_add(out, prefix);
    buffer_add(out, SLICE("MessageBody="));
    body_write(out, &message->body, body_bytes, BODY_PERCENT);
}

/* Adds "&Prefix.N.Id=n" and returns "Prefix.N." in text. */
static struct slice begin_entry_query(struct buffer *out, const char *prefix, uint32_t index,
                                      char *text, size_t text_bytes)
{
    int length = snprintf(text, text_bytes, "%s.%u.", prefix, index + 1);
    ASSERT(length > 0 && (size_t)length < text_bytes);
    buffer_print(out, "&%sId=%u", text, index);
    return slice_of(text, (size_t)length);
}

struct writer_request writer_send(struct writer *writer, const struct writer_queue *queue,
                                  const struct writer_message *messages, uint32_t count,
                                  bool is_batch, uint32_t body_bytes)
{
    static const char *const targets[] = {"AmazonSQS.SendMessage", "AmazonSQS.SendMessageBatch"};
    struct buffer *out = begin(writer, targets[is_batch], queue);
    ASSERT(count >= 1 && count <= (is_batch ? WRITER_BATCH_MAX : 1));
    if (is_json(writer))
        buffer_add(out, is_batch ? SLICE(",\"Entries\":[") : SLICE(","));
    for (uint32_t i = 0; i < count; i++) {
        char prefix[48];
        if (is_json(writer)) {
            if (is_batch)
                buffer_print(out, "%s{\"Id\":\"%u\",", i > 0 ? "," : "", i);
            add_message_json(out, queue, &messages[i], body_bytes);
            if (is_batch)
                buffer_add_byte(out, '}');
        } else {
            struct slice entry = SLICE_NONE;
            if (is_batch)
                entry = begin_entry_query(out, "SendMessageBatchRequestEntry", i, prefix,
                                          sizeof(prefix));
            add_message_query(out, queue, &messages[i], body_bytes, entry);
        }
    }
    if (is_json(writer))
        buffer_add(out, is_batch ? SLICE("]}") : SLICE("}"));
    return finish(writer, targets[is_batch], queue->path);
}

struct writer_request writer_receive(struct writer *writer, const struct writer_queue *queue,
                                     const struct writer_receive *receive)
{
    static const char target[] = "AmazonSQS.ReceiveMessage";
    struct buffer *out = begin(writer, target, queue);
    const struct {
        const char *name;
        int64_t value; /* below 0: left out */
    } members[] = {{"MaxNumberOfMessages", receive->count_max},
                   {"WaitTimeSeconds", receive->wait_s},
                   {"VisibilityTimeout", receive->visibility_s}};
    for (size_t i = 0; i < ARRAY_COUNT(members); i++) {
        if (members[i].value < 0)
            continue;
        buffer_add(out, is_json(writer) ? SLICE(",\"") : SLICE("&"));
        buffer_add_text(out, members[i].name);
        buffer_add(out, is_json(writer) ? SLICE("\":") : SLICE("="));
        buffer_add_int64(out, members[i].value);
    }
    if (is_json(writer))
        buffer_add_byte(out, '}');
    return finish(writer, target, queue->path);
}

static void add_json_text(struct buffer *out, struct slice text)
{
    for (size_t i = 0; i < text.bytes; i++) {
        if (text.at[i] < 0x20) {
            buffer_print(out, "\\u%04x", text.at[i]);
            continue;
        }
        if (text.at[i] == '"' || text.at[i] == '\\')
            buffer_add_byte(out, '\\');
        buffer_add_byte(out, text.at[i]);
    }
}

static void add_receipt(struct writer *writer, struct buffer *out, struct slice receipt,
                        struct slice prefix)
{
    if (is_json(writer)) {
        buffer_add(out, SLICE("\"ReceiptHandle\":\""));
        add_json_text(out, receipt);
        buffer_add_byte(out, '"');
        return;
    }
    buffer_add_byte(out, '&');
    buffer_add(out, prefix);
    buffer_add(out, SLICE("ReceiptHandle="));
    buffer_advance(out, encode_percent(receipt, false, buffer_reserve(out, receipt.bytes * 3)));
}

struct writer_request writer_delete(struct writer *writer, const struct writer_queue *queue,
                                    const struct slice *receipts, uint32_t count, bool is_batch)
{
    static const char *const targets[] = {"AmazonSQS.DeleteMessage",
                                          "AmazonSQS.DeleteMessageBatch"};
    struct buffer *out = begin(writer, targets[is_batch], queue);
    ASSERT(count >= 1 && count <= (is_batch ? WRITER_BATCH_MAX : 1));
    if (is_json(writer))
        buffer_add(out, is_batch ? SLICE(",\"Entries\":[") : SLICE(","));
    for (uint32_t i = 0; i < count; i++) {
        char prefix[48];
        struct slice entry = SLICE_NONE;
        if (is_batch && is_json(writer))
            buffer_print(out, "%s{\"Id\":\"%u\",", i > 0 ? "," : "", i);
        else if (is_batch)
            entry =
                begin_entry_query(out, "DeleteMessageBatchRequestEntry", i, prefix, sizeof(prefix));
        add_receipt(writer, out, receipts[i], entry);
        if (is_batch && is_json(writer))
            buffer_add_byte(out, '}');
    }
    if (is_json(writer))
        buffer_add(out, is_batch ? SLICE("]}") : SLICE("}"));
    return finish(writer, targets[is_batch], queue->path);
}

struct writer_request writer_create_queue(struct writer *writer, struct slice name, bool is_fifo,
                                          uint32_t visibility_s)
{
    struct buffer *out = &writer->body;
    out->bytes = 0;
    if (is_json(writer))
        buffer_print(out,
                     "{\"QueueName\":\"%.*s\",\"Attributes\":{\"VisibilityTimeout\":\"%u\"%s}}",
                     SLICE_PRINT(name), visibility_s, is_fifo ? ",\"FifoQueue\":\"true\"" : "");
    else
        buffer_print(out,
                     "Action=CreateQueue&Version=2012-11-05&QueueName=%.*s"
                     "&Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=%u%s",
                     SLICE_PRINT(name), visibility_s,
                     is_fifo ? "&Attribute.2.Name=FifoQueue&Attribute.2.Value=true" : "");
    return finish(writer, "AmazonSQS.CreateQueue", writer->options.endpoint->path);
}

struct writer_request writer_delete_queue(struct writer *writer, const struct writer_queue *queue)
{
    struct buffer *out = begin(writer, "AmazonSQS.DeleteQueue", queue);
    if (is_json(writer))
        buffer_add_byte(out, '}');
    return finish(writer, "AmazonSQS.DeleteQueue", queue->path);
}
