#include "bench/canned.h"

#include "bench/body.h"

#include "base/banned.h"

#define MD5     "9dd4e461268c8034f5c8564e155c67a6"
#define ID      "adaea094-534b-4598-9b99-f6b5996ef172"
#define RECEIPT "AQEBAe+ftChhv7YOEYTTfzL2R3GCz81NiPGgAl9sZ9MChL43C2CE9KDyK/c+OblVzZrBgg=="
#define XMLNS   " xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\""
#define META    "<ResponseMetadata><RequestId>" ID "</RequestId></ResponseMetadata>"

/* As they begin in X-Amz-Target and Action; longer names before their own beginnings. */
static const struct {
    const char *name;
    enum canned_action action;
} actions[] = {
    {"SendMessageBatch", CANNED_SEND_BATCH}, {"SendMessage", CANNED_SEND},
    {"ReceiveMessage", CANNED_RECEIVE},      {"DeleteMessageBatch", CANNED_DELETE_BATCH},
    {"DeleteMessage", CANNED_DELETE},        {"CreateQueue", CANNED_CREATE_QUEUE},
    {"DeleteQueue", CANNED_DELETE_QUEUE},
};

/* The same text `count` times, with a comma between; @ is the number of the turn. */
static struct slice repeat(struct arena *arena, const char *before, struct slice text,
                           const char *between, const char *after, uint32_t count)
{
    struct buffer out;
    buffer_init(&out, arena, 256);
    buffer_add_text(&out, before);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_add_text(&out, between);
        for (size_t at = 0; at < text.bytes; at++) {
            if (text.at[at] == '@')
                buffer_add_int64(&out, i);
            else
                buffer_add_byte(&out, text.at[at]);
        }
    }
    buffer_add_text(&out, after);
    return buffer_slice(&out);
}

static struct slice make_message(struct arena *arena, uint32_t body_bytes, bool is_json)
{
    static const struct body body = {0};
    struct buffer out;
    buffer_init(&out, arena, body_bytes + 512);
    if (is_json) {
        buffer_add_text(&out, "{\"Body\":\"");
        body_write(&out, &body, body_bytes, BODY_JSON);
        buffer_add_text(&out, "\",\"MD5OfBody\":\"" MD5 "\",\"MessageId\":\"" ID
                              "\",\"ReceiptHandle\":\"" RECEIPT "\"}");
        return buffer_slice(&out);
    }
    buffer_add_text(&out, "<Message><MessageId>" ID "</MessageId><ReceiptHandle>" RECEIPT
                          "</ReceiptHandle><MD5OfBody>" MD5 "</MD5OfBody><Body>");
    body_write(&out, &body, body_bytes, BODY_PLAIN);
    buffer_add_text(&out, "</Body></Message>");
    return buffer_slice(&out);
}

static void make_json(struct canned *canned, struct slice queue_url, uint32_t body_bytes,
                      struct arena *arena)
{
    struct slice(*texts)[CANNED_MESSAGES_MAX + 1] = canned->texts[0];
    struct slice message = make_message(arena, body_bytes, true);
    texts[CANNED_SEND][1] = SLICE("{\"MD5OfMessageBody\":\"" MD5 "\",\"MessageId\":\"" ID "\"}");
    texts[CANNED_DELETE][1] = texts[CANNED_DELETE_QUEUE][1] = SLICE("");
    texts[CANNED_CREATE_QUEUE][1] =
        arena_print(arena, "{\"QueueUrl\":\"%.*s\"}", SLICE_PRINT(queue_url));
    for (uint32_t n = 1; n <= CANNED_MESSAGES_MAX; n++) {
        texts[CANNED_RECEIVE][n] = repeat(arena, "{\"Messages\":[", message, ",", "]}", n);
        texts[CANNED_SEND_BATCH][n] = repeat(
            arena, "{\"Successful\":[",
            SLICE("{\"Id\":\"@\",\"MD5OfMessageBody\":\"" MD5 "\",\"MessageId\":\"" ID "\"}"), ",",
            "]}", n);
        texts[CANNED_DELETE_BATCH][n] =
            repeat(arena, "{\"Successful\":[", SLICE("{\"Id\":\"@\"}"), ",", "]}", n);
    }
}

static void make_query(struct canned *canned, struct slice queue_url, uint32_t body_bytes,
                       struct arena *arena)
{
    struct slice(*texts)[CANNED_MESSAGES_MAX + 1] = canned->texts[1];
    struct slice message = make_message(arena, body_bytes, false);
    texts[CANNED_SEND][1] =
        SLICE("<?xml version=\"1.0\"?><SendMessageResponse" XMLNS
              "><SendMessageResult><MessageId>" ID "</MessageId><MD5OfMessageBody>" MD5
              "</MD5OfMessageBody></SendMessageResult>" META "</SendMessageResponse>");
    texts[CANNED_DELETE][1] = texts[CANNED_DELETE_QUEUE][1] = SLICE(
        "<?xml version=\"1.0\"?><DeleteMessageResponse" XMLNS ">" META "</DeleteMessageResponse>");
    texts[CANNED_CREATE_QUEUE][1] = arena_print(
        arena,
        "<?xml version=\"1.0\"?><CreateQueueResponse" XMLNS "><CreateQueueResult><QueueUrl>%.*s"
        "</QueueUrl></CreateQueueResult>" META "</CreateQueueResponse>",
        SLICE_PRINT(queue_url));
    for (uint32_t n = 1; n <= CANNED_MESSAGES_MAX; n++) {
        texts[CANNED_RECEIVE][n] = repeat(
            arena, "<?xml version=\"1.0\"?><ReceiveMessageResponse" XMLNS "><ReceiveMessageResult>",
            message, "", "</ReceiveMessageResult>" META "</ReceiveMessageResponse>", n);
        texts[CANNED_SEND_BATCH][n] = repeat(
            arena,
            "<?xml version=\"1.0\"?><SendMessageBatchResponse" XMLNS "><SendMessageBatchResult>",
            SLICE("<SendMessageBatchResultEntry><Id>@</Id><MessageId>" ID
                  "</MessageId><MD5OfMessageBody>" MD5
                  "</MD5OfMessageBody></SendMessageBatchResultEntry>"),
            "", "</SendMessageBatchResult>" META "</SendMessageBatchResponse>", n);
        texts[CANNED_DELETE_BATCH][n] = repeat(
            arena,
            "<?xml version=\"1.0\"?><DeleteMessageBatchResponse" XMLNS
            "><DeleteMessageBatchResult>",
            SLICE("<DeleteMessageBatchResultEntry><Id>@</Id></DeleteMessageBatchResultEntry>"), "",
            "</DeleteMessageBatchResult>" META "</DeleteMessageBatchResponse>", n);
    }
}

void canned_make(struct canned *canned, struct slice queue_url, uint32_t body_bytes,
                 struct arena *arena)
{
    memset(canned, 0, sizeof(*canned));
    body_prepare();
    make_json(canned, queue_url, body_bytes, arena);
    make_query(canned, queue_url, body_bytes, arena);
}

/* Behind the first `mark`: a decimal number of at most two digits; 0 when there is none. */
static uint32_t find_number(struct slice text, struct slice mark)
{
    const uint8_t *found = memmem(text.at, text.bytes, mark.at, mark.bytes);
    uint32_t number = 0;
    if (found == NULL)
        return 0;
    struct slice digits = slice_from(text, (size_t)(found - text.at) + mark.bytes);
    for (size_t i = 0; i < digits.bytes && i < 2 && digits.at[i] >= '0' && digits.at[i] <= '9'; i++)
        number = number * 10 + (uint32_t)(digits.at[i] - '0');
    return number;
}

/* How many entries a batch has: how often `mark` occurs. */
static uint32_t count_entries(struct slice body, struct slice mark)
{
    uint32_t count = 0;
    for (size_t at = 0; count < CANNED_MESSAGES_MAX; count++) {
        const uint8_t *found = memmem(body.at + at, body.bytes - at, mark.at, mark.bytes);
        if (found == NULL)
            break;
        at = (size_t)(found - body.at) + mark.bytes;
    }
    return count;
}

struct slice canned_find(const struct canned *canned, struct slice target, struct slice body)
{
    bool is_json = target.at != NULL;
    struct slice name = slice_from(is_json ? target : body,
                                   is_json ? sizeof("AmazonSQS.") - 1 : sizeof("Action=") - 1);
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++) {
        uint32_t count = 1;
        if (!slice_starts_with(name, slice_from_text(actions[i].name)))
            continue;
        if (actions[i].action == CANNED_RECEIVE)
            count = find_number(body, is_json ? SLICE("\"MaxNumberOfMessages\":")
                                              : SLICE("&MaxNumberOfMessages="));
        else if (actions[i].action == CANNED_SEND_BATCH || actions[i].action == CANNED_DELETE_BATCH)
            count = count_entries(body, is_json ? SLICE("{\"Id\":\"") : SLICE(".Id="));
        return canned->texts[!is_json][actions[i].action]
                            [count >= 1 && count <= CANNED_MESSAGES_MAX ? count : 1];
    }
    return canned->texts[!is_json][CANNED_DELETE_QUEUE][1];
}
