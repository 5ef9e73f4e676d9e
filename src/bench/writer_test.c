#include "bench/writer.h"

#include "auth/auth.h"
#include "bench/answer.h"
#include "testkit/request.h"
#include "testkit/testkit.h"

#include "base/banned.h"

static struct arena arena;
static struct endpoint endpoint;
static struct writer_queue queue;
static const struct writer_message messages[] = {
    {{1, 2, 3, 4}, 5}, {{1, 2, 4, 4}, 6}, {{1, 2, 5, 4}, 7}};

static struct writer *set_up(enum writer_protocol protocol, enum signer_mode mode,
                             const char *token)
{
    const char *why;
    arena_init(&arena);
    body_prepare();
    ck_assert_int_eq(endpoint_parse(SLICE("http://127.0.0.1:9324"), &arena, &endpoint, &why),
                     ERR_OK);
    ck_assert_int_eq(
        writer_make_queue(SLICE("http://localhost:9324/000000000000/q.fifo"), &arena, &queue),
        ERR_OK);
    return writer_create(&(struct writer_options){
        .protocol = protocol,
        .endpoint = &endpoint,
        .signer = {mode, SLICE("AKIDBENCH"), SLICE("secret/bench"), slice_from_text(token),
                   SLICE("eu-west-1")},
        .seed = 1,
    });
}

static void tear_down(struct writer *writer)
{
    writer_destroy(writer);
    arena_done(&arena);
}

/* The requests that a run makes, one after the other. */
static struct writer_request write_nth(struct writer *writer, int n)
{
    static const struct slice receipts[] = {{(const uint8_t *)"a+/=b", 5},
                                            {(const uint8_t *)"c\"\\\x01", 4}};
    const struct writer_receive receive = {10, 20, 0};
    switch (n) {
    case 0:
        return writer_send(writer, &queue, messages, 1, false, 300);
    case 1:
        return writer_send(writer, &queue, messages, 3, true, 300);
    case 2:
        return writer_receive(writer, &queue, &receive);
    case 3:
        return writer_delete(writer, &queue, receipts, 1, false);
    case 4:
        return writer_delete(writer, &queue, receipts, 2, true);
    case 5:
        return writer_create_queue(writer, SLICE("q.fifo"), true, 30);
    case 6:
        return writer_delete_queue(writer, &queue);
    default:
        return writer_send(writer, &queue, messages, 1, false, BODY_BYTES_MAX);
    }
}
#define REQUESTS_COUNT 8

/* As a server's HTTP layer would give it to auth_verify. */
static void parse_request(struct writer_request request, struct testkit_request *ret_parsed)
{
    struct slice whole = arena_join(&arena, request.head, request.body);
    uint8_t *text = arena_take(&arena, whole.bytes);
    size_t used = 0;
    for (size_t i = 0; i < whole.bytes; i++)
        if (whole.at[i] != '\r' || i >= request.head.bytes)
            text[used++] = whole.at[i];
    testkit_request_parse(slice_of(text, used), &arena, ret_parsed);
    ret_parsed->path = slice_head(ret_parsed->path, slice_find(ret_parsed->path, ' '));
}

static struct slice find_header(const struct testkit_request *request, const char *name)
{
    for (uint32_t i = 0; i < request->headers_count; i++)
        if (slice_is(request->headers[i].name, name))
            return request->headers[i].value;
    return SLICE_NONE;
}

static bool is_accepted(const struct testkit_request *parsed, const char *keys)
{
    struct auth_credentials *credentials;
    struct slice why;
    struct auth_identity identity;
    struct api_error error;
    struct auth_header headers[TESTKIT_HEADERS_MAX];
    const struct auth_credentials_options options = {SLICE("000000000000"), SLICE("aws")};
    ck_assert_int_eq(
        auth_credentials_parse(slice_from_text(keys), "keys", &options, &arena, &credentials, &why),
        ERR_OK);
    struct auth_verifier *verifier = auth_verifier_create(&(struct auth_verifier_options){
        .mode = AUTH_VERIFY,
        .credentials = credentials,
        .account = SLICE("000000000000"),
        .partition = SLICE("aws"),
        .region = SLICE("eu-west-1"),
    });
    for (uint32_t i = 0; i < parsed->headers_count; i++)
        headers[i] = (struct auth_header){parsed->headers[i].name, parsed->headers[i].value};
    const struct auth_request request = {parsed->method, parsed->path,          parsed->query,
                                         headers,        parsed->headers_count, parsed->body};
    bool result = auth_verify(verifier, &request, clock_machine_wall(), &arena, &identity, &error);
    auth_verifier_destroy(verifier);
    auth_credentials_destroy(credentials);
    return result;
}

#define KEYS "[bench]\naws_access_key_id=AKIDBENCH\naws_secret_access_key=secret/bench\n"

static const struct {
    enum writer_protocol protocol;
    const char *token, *keys;
    bool is_good;
} signatures[] = {
    {WRITER_JSON, "", KEYS, true},
    {WRITER_QUERY, "", KEYS, true},
    {WRITER_JSON, "session+token=", KEYS "aws_session_token=session+token=\n", true},
    {WRITER_QUERY, "session+token=", KEYS "aws_session_token=session+token=\n", true},
    {WRITER_JSON, "", "[bench]\naws_access_key_id=AKIDBENCH\naws_secret_access_key=other\n", false},
};

START_TEST(the_server_accepts_our_signatures)
{
    struct writer *writer = set_up(signatures[_i].protocol, SIGNER_V4, signatures[_i].token);
    for (int n = 0; n < REQUESTS_COUNT; n++) {
        struct testkit_request parsed;
        parse_request(write_nth(writer, n), &parsed);
        ck_assert_int_eq(is_accepted(&parsed, signatures[_i].keys), signatures[_i].is_good);
    }
    tear_down(writer);
}
END_TEST

START_TEST(a_dummy_signature_has_the_size_of_a_real_one)
{
    size_t bytes[2];
    for (int i = 0; i < 2; i++) {
        struct writer *writer = set_up(WRITER_JSON, i == 0 ? SIGNER_DUMMY : SIGNER_V4, "");
        bytes[i] = write_nth(writer, 0).head.bytes;
        tear_down(writer);
    }
    ck_assert_uint_eq(bytes[0], bytes[1]);
}
END_TEST

START_TEST(unsigned_requests_have_no_authorization)
{
    struct writer *writer = set_up(WRITER_JSON, SIGNER_NONE, "");
    struct testkit_request parsed;
    parse_request(write_nth(writer, 0), &parsed);
    ck_assert_ptr_null(find_header(&parsed, "authorization").at);
    tear_down(writer);
}
END_TEST

START_TEST(every_request_says_its_length_and_has_its_own_invocation)
{
    struct writer *writer = set_up(WRITER_JSON, SIGNER_V4, "");
    struct slice last = SLICE_NONE;
    for (int n = 0; n < REQUESTS_COUNT; n++) {
        struct testkit_request parsed;
        int64_t length;
        parse_request(write_nth(writer, n), &parsed);
        ck_assert(slice_to_int64(find_header(&parsed, "content-length"), &length));
        ck_assert_int_eq(length, (int64_t)parsed.body.bytes);
        struct slice invocation = find_header(&parsed, "amz-sdk-invocation-id");
        ck_assert_uint_eq(invocation.bytes, 36);
        ck_assert(!slice_equal(invocation, last));
        last = invocation;
    }
    tear_down(writer);
}
END_TEST

/* In request bodies, @ stands for the plain body of the message whose turn it is. */
static const struct {
    enum writer_protocol protocol;
    int request;
    const char *body;
} forms[] = {
    {WRITER_JSON, 0,
     "{\"QueueUrl\":\"http://localhost:9324/000000000000/q.fifo\",\"MessageGroupId\":\"g5\","
     "\"MessageDeduplicationId\":\"000000010000020000000003\",\"MessageBody\":\"@\"}"},
    {WRITER_JSON, 1,
     "{\"QueueUrl\":\"http://localhost:9324/000000000000/q.fifo\",\"Entries\":["
     "{\"Id\":\"0\",\"MessageGroupId\":\"g5\",\"MessageDeduplicationId\":\"000000010000020000000003\",\"MessageBody\":\"@\"},"
     "{\"Id\":\"1\",\"MessageGroupId\":\"g6\",\"MessageDeduplicationId\":\"000000010000020000000004\",\"MessageBody\":\"@\"},"
     "{\"Id\":\"2\",\"MessageGroupId\":\"g7\",\"MessageDeduplicationId\":\"000000010000020000000005\",\"MessageBody\":\"@\"}]}"},
    {WRITER_JSON, 2,
     "{\"QueueUrl\":\"http://localhost:9324/000000000000/q.fifo\",\"MaxNumberOfMessages\":10,\"WaitTimeSeconds\":20,"
     "\"VisibilityTimeout\":0}"},
    {WRITER_JSON, 3,
     "{\"QueueUrl\":\"http://localhost:9324/000000000000/q.fifo\",\"ReceiptHandle\":\"a+/=b\"}"},
    {WRITER_JSON, 4,
     "{\"QueueUrl\":\"http://localhost:9324/000000000000/q.fifo\",\"Entries\":[{\"Id\":\"0\",\"ReceiptHandle\":\"a+/=b\"},"
     "{\"Id\":\"1\",\"ReceiptHandle\":\"c\\\"\\\\\\u0001\"}]}"},
    {WRITER_JSON, 5,
     "{\"QueueName\":\"q.fifo\",\"Attributes\":{\"VisibilityTimeout\":\"30\",\"FifoQueue\":\"true\"}}"},
    {WRITER_JSON, 6, "{\"QueueUrl\":\"http://localhost:9324/000000000000/q.fifo\"}"},
    {WRITER_QUERY, 0,
     "Action=SendMessage&Version=2012-11-05&QueueUrl=http%3A%2F%2Flocalhost%3A9324%2F000000000000%2Fq.fifo"
     "&MessageGroupId=g5&MessageDeduplicationId=000000010000020000000003&MessageBody=@"},
    {WRITER_QUERY, 1,
     "Action=SendMessageBatch&Version=2012-11-05&QueueUrl=http%3A%2F%2Flocalhost%3A9324%2F000000000000%2Fq.fifo"
     "&SendMessageBatchRequestEntry.1.Id=0&SendMessageBatchRequestEntry.1.MessageGroupId=g5"
     "&SendMessageBatchRequestEntry.1.MessageDeduplicationId=000000010000020000000003"
     "&SendMessageBatchRequestEntry.1.MessageBody=@"
     "&SendMessageBatchRequestEntry.2.Id=1&SendMessageBatchRequestEntry.2.MessageGroupId=g6"
     "&SendMessageBatchRequestEntry.2.MessageDeduplicationId=000000010000020000000004"
     "&SendMessageBatchRequestEntry.2.MessageBody=@"
     "&SendMessageBatchRequestEntry.3.Id=2&SendMessageBatchRequestEntry.3.MessageGroupId=g7"
     "&SendMessageBatchRequestEntry.3.MessageDeduplicationId=000000010000020000000005"
     "&SendMessageBatchRequestEntry.3.MessageBody=@"},
    {WRITER_QUERY, 2,
     "Action=ReceiveMessage&Version=2012-11-05&QueueUrl=http%3A%2F%2Flocalhost%3A9324%2F000000000000%2Fq.fifo"
     "&MaxNumberOfMessages=10&WaitTimeSeconds=20&VisibilityTimeout=0"},
    {WRITER_QUERY, 3,
     "Action=DeleteMessage&Version=2012-11-05&QueueUrl=http%3A%2F%2Flocalhost%3A9324%2F000000000000%2Fq.fifo"
     "&ReceiptHandle=a%2B%2F%3Db"},
    {WRITER_QUERY, 4,
     "Action=DeleteMessageBatch&Version=2012-11-05&QueueUrl=http%3A%2F%2Flocalhost%3A9324%2F000000000000%2Fq.fifo"
     "&DeleteMessageBatchRequestEntry.1.Id=0&DeleteMessageBatchRequestEntry.1.ReceiptHandle=a%2B%2F%3Db"
     "&DeleteMessageBatchRequestEntry.2.Id=1&DeleteMessageBatchRequestEntry.2.ReceiptHandle=c%22%5C%01"},
    {WRITER_QUERY, 5,
     "Action=CreateQueue&Version=2012-11-05&QueueName=q.fifo&Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=30"
     "&Attribute.2.Name=FifoQueue&Attribute.2.Value=true"},
    {WRITER_QUERY, 6,
     "Action=DeleteQueue&Version=2012-11-05&QueueUrl=http%3A%2F%2Flocalhost%3A9324%2F000000000000%2Fq.fifo"},
};

START_TEST(requests_have_the_form_of_their_protocol)
{
    struct writer *writer = set_up(forms[_i].protocol, SIGNER_NONE, "");
    struct buffer want;
    uint32_t turn = 0;
    buffer_init(&want, &arena, 4096);
    for (const char *c = forms[_i].body; *c != 0; c++) {
        if (*c == '@')
            body_write(&want, &messages[turn++].body, 300,
                       forms[_i].protocol == WRITER_JSON ? BODY_JSON : BODY_PERCENT);
        else
            buffer_add_byte(&want, (uint8_t)*c);
    }
    struct slice got = write_nth(writer, forms[_i].request).body;
    ck_assert_msg(slice_equal(got, buffer_slice(&want)), "got %.*s", SLICE_PRINT(got));
    tear_down(writer);
}
END_TEST

/* The query protocol addresses the queue's path, JSON the endpoint's. */
START_TEST(the_path_is_that_of_the_protocol)
{
    for (int i = 0; i < 2; i++) {
        struct writer *writer = set_up(i == 0 ? WRITER_JSON : WRITER_QUERY, SIGNER_NONE, "");
        struct testkit_request parsed;
        parse_request(write_nth(writer, 0), &parsed);
        testkit_slice_eq(parsed.path, i == 0 ? "/" : "/000000000000/q.fifo");
        testkit_slice_eq(find_header(&parsed, "host"), "127.0.0.1:9324");
        tear_down(writer);
    }
}
END_TEST

static const struct {
    const char *url, *host, *path;
} endpoints[] = {
    {"http://127.0.0.1:9324", "127.0.0.1:9324", "/"},
    {"http://127.0.0.1:80/", "127.0.0.1", "/"},
    {"http://127.0.0.1", "127.0.0.1", "/"},
    {"http://[::1]:9324/a/b", "[::1]:9324", "/a/b"},
    {"http://[::1]", "[::1]", "/"},
    {"https://127.0.0.1", NULL, NULL},
    {"127.0.0.1:9324", NULL, NULL},
    {"http://", NULL, NULL},
    {"http://:80", NULL, NULL},
    {"http://127.0.0.1:0", NULL, NULL},
    {"http://127.0.0.1:65536", NULL, NULL},
    {"http://127.0.0.1:80x", NULL, NULL},
    {"http://[::1", NULL, NULL},
    {"http://[::1]x", NULL, NULL},
    {"http://127.0.0.1/a b", NULL, NULL},
    {"http://127.0.0.1/a?b", NULL, NULL},
};

START_TEST(endpoints_are_parsed_or_refused)
{
    const char *why = NULL;
    arena_init(&arena);
    enum err err = endpoint_parse(slice_from_text(endpoints[_i].url), &arena, &endpoint, &why);
    if (endpoints[_i].host == NULL) {
        ck_assert_int_eq(err, ERR_INVALID);
        ck_assert_ptr_nonnull(why);
    } else {
        ck_assert_int_eq(err, ERR_OK);
        testkit_slice_eq(endpoint.host, endpoints[_i].host);
        testkit_slice_eq(endpoint.path, endpoints[_i].path);
    }
    arena_done(&arena);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, the_server_accepts_our_signatures, 0, ARRAY_COUNT(signatures));
    tcase_add_test(tests, a_dummy_signature_has_the_size_of_a_real_one);
    tcase_add_test(tests, unsigned_requests_have_no_authorization);
    tcase_add_test(tests, every_request_says_its_length_and_has_its_own_invocation);
    tcase_add_loop_test(tests, requests_have_the_form_of_their_protocol, 0, ARRAY_COUNT(forms));
    tcase_add_test(tests, the_path_is_that_of_the_protocol);
    tcase_add_loop_test(tests, endpoints_are_parsed_or_refused, 0, ARRAY_COUNT(endpoints));
}

int main(void)
{
    return testkit_run("writer", fill);
}
