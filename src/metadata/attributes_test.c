#include "metadata/attributes.h"
#include "testkit/testkit.h"

#define PAIRS_MAX 8

static struct arena arena;

static void setup(void)
{
    arena_init(&arena);
}

static void teardown(void)
{
    arena_done(&arena);
}

/* "Name=value;Name=value" to a map. */
static struct api_string_map make_map(const char *text)
{
    struct api_string_map map = {ARENA_NEW_MANY(&arena, struct api_string_pair, PAIRS_MAX), 0};
    struct slice rest = slice_from_text(text), part;
    while (*text != '\0' && slice_split(&rest, ';', &part)) {
        size_t at = slice_find(part, '=');
        ck_assert_uint_lt(map.count, PAIRS_MAX);
        map.items[map.count++] = (struct api_string_pair){
            slice_head(part, at), slice_of(part.at + at + 1, part.bytes - at - 1)};
    }
    return map;
}

/* Parses and applies; the API's code name, or NULL for success. */
static const char *apply(struct queue_attributes *attributes, const char *text, bool is_create,
                         struct api_error *error)
{
    struct api_string_map map = make_map(text);
    struct attributes_change change;
    *error = (struct api_error){0};
    if (!attributes_parse(&map, attributes->is_fifo, is_create, SLICE("000000000000"), &arena,
                          &change, error) ||
        !attributes_apply(&change, attributes, error))
        return error->row->json_name;
    ck_assert_ptr_null(error->row);
    return NULL;
}

#define NAME      "InvalidAttributeName"
#define VALUE     "InvalidAttributeValue"
#define BAD(name) "Invalid value for the parameter " name "."

static const struct {
    const char *kind; /* s: standard, f: FIFO, both: sf; c: create only, u: update only */
    const char *map;
    const char *code; /* NULL: fine */
    const char *text;
} attribute_rows[] = {
    {"sf", "", NULL, NULL},
    {"sf", "DelaySeconds=0", NULL, NULL},
    {"sf", "DelaySeconds=900", NULL, NULL},
    {"sf", "DelaySeconds=901", VALUE, BAD("DelaySeconds")},
    {"sf", "DelaySeconds=-1", VALUE, BAD("DelaySeconds")},
    {"sf", "DelaySeconds=", VALUE, BAD("DelaySeconds")},
    {"sf", "DelaySeconds= 1", VALUE, BAD("DelaySeconds")},
    {"sf", "DelaySeconds=1.0", VALUE, BAD("DelaySeconds")},
    {"sf", "DelaySeconds=+1", VALUE, BAD("DelaySeconds")},
    {"sf", "DelaySeconds=01", VALUE, BAD("DelaySeconds")},
    {"sf", "DelaySeconds=99999999999999999999", VALUE, BAD("DelaySeconds")},
    {"sf", "MaximumMessageSize=1023", VALUE, BAD("MaximumMessageSize")},
    {"sf", "MaximumMessageSize=1024", NULL, NULL},
    {"sf", "MaximumMessageSize=1048576", NULL, NULL},
    {"sf", "MaximumMessageSize=1048577", VALUE, BAD("MaximumMessageSize")},
    {"sf", "MessageRetentionPeriod=59", VALUE, BAD("MessageRetentionPeriod")},
    {"sf", "MessageRetentionPeriod=60", NULL, NULL},
    {"sf", "MessageRetentionPeriod=1209600", NULL, NULL},
    {"sf", "MessageRetentionPeriod=1209601", VALUE, BAD("MessageRetentionPeriod")},
    {"sf", "ReceiveMessageWaitTimeSeconds=20", NULL, NULL},
    {"sf", "ReceiveMessageWaitTimeSeconds=21", VALUE, BAD("ReceiveMessageWaitTimeSeconds")},
    {"sf", "VisibilityTimeout=43200", NULL, NULL},
    {"sf", "VisibilityTimeout=43201", VALUE, BAD("VisibilityTimeout")},
    {"sf", "KmsMasterKeyId=testKeyId", NULL, NULL},
    {"sf", "KmsMasterKeyId=a\xff", VALUE, BAD("KmsMasterKeyId")},
    {"sf", "KmsMasterKeyId=a\x01", VALUE, BAD("KmsMasterKeyId")},
    {"sf", "KmsDataKeyReusePeriodSeconds=59", VALUE, BAD("KmsDataKeyReusePeriodSeconds")},
    {"sf", "KmsDataKeyReusePeriodSeconds=86400", NULL, NULL},
    {"sf", "SqsManagedSseEnabled=FALSE", NULL, NULL},
    {"sf", "SqsManagedSseEnabled=yes", VALUE, BAD("SqsManagedSseEnabled")},
    {"sf", "KmsMasterKeyId=k;SqsManagedSseEnabled=true", NAME,
     "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE."},
    {"sf", "Foobar=1", NAME, "Unknown Attribute Foobar."},
    {"sf", "delaySeconds=1", NAME, "Unknown Attribute delaySeconds."},
    {"sf", "=1", NAME, "Unknown Attribute ."},
    {"sf", "QueueArn=x", NAME, "Unknown Attribute QueueArn."},
    {"sf", "ApproximateNumberOfMessages=1", NAME, "Unknown Attribute ApproximateNumberOfMessages."},
    {"sf", "CreatedTimestamp=1", NAME, "Unknown Attribute CreatedTimestamp."},
    /* names before values, as sent */
    {"sf", "DelaySeconds=x;Foo=1;Bar=1", NAME, "Unknown Attribute Foo."},
    /* values by the alphabet */
    {"sf", "VisibilityTimeout=x;DelaySeconds=x", VALUE, BAD("DelaySeconds")},
    /* the last one counts */
    {"sf", "DelaySeconds=x;DelaySeconds=5", NULL, NULL},
    {"s", "FifoQueue=true", NAME, "Unknown Attribute FifoQueue."},
    {"s", "FifoQueue=false", NAME, "Unknown Attribute FifoQueue."},
    {"s", "ContentBasedDeduplication=true", NAME, "Unknown Attribute ContentBasedDeduplication."},
    {"s", "DeduplicationScope=queue", NAME,
     "You can specify the DeduplicationScope only when FifoQueue is set to true."},
    {"s", "FifoThroughputLimit=perQueue", NAME,
     "You can specify the FifoThroughputLimit only when FifoQueue is set to true."},
    {"f", "FifoQueue=true", NULL, NULL},
    {"fu", "FifoQueue=false", VALUE,
     "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported."},
    {"f", "FifoQueue=1", VALUE, BAD("FifoQueue")},
    {"f", "ContentBasedDeduplication=True", NULL, NULL},
    {"f", "ContentBasedDeduplication=", VALUE, BAD("ContentBasedDeduplication")},
    {"f", "DeduplicationScope=Queue", VALUE, BAD("DeduplicationScope")},
    {"f", "DeduplicationScope=messageGroup;FifoThroughputLimit=perMessageGroupId", NULL, NULL},
    {"f", "FifoThroughputLimit=perMessageGroupId;DeduplicationScope=messageGroup", NULL, NULL},
    {"f", "FifoThroughputLimit=perMessageGroupId", VALUE,
     "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup"},
    {"f", "FifoThroughputLimit=perGroup", VALUE, BAD("FifoThroughputLimit")},
    {"sf", "Policy=nonsense", VALUE, BAD("Policy")},
    {"sf", "Policy=", NULL, NULL},
    {"sf", "RedrivePolicy=", NULL, NULL},
    {"sf", "RedrivePolicy=x", VALUE,
     "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map."},
    {"sf", "RedriveAllowPolicy=", NULL, NULL},
};

START_TEST(each_wrong_attribute_has_its_code_and_text)
{
    for (size_t i = 0; i < ARRAY_COUNT(attribute_rows); i++) {
        for (unsigned way = 0; way < 4; way++) {
            bool is_fifo = way & 1, is_create = way & 2;
            if (strchr(attribute_rows[i].kind, is_fifo ? 'f' : 's') == NULL ||
                (is_create && strchr(attribute_rows[i].kind, 'u') != NULL))
                continue;
            struct queue_attributes attributes, before;
            struct api_error error;
            attributes_set_defaults(is_fifo, &attributes);
            before = attributes;
            const char *code = apply(&attributes, attribute_rows[i].map, is_create, &error);
            if (attribute_rows[i].code == NULL) {
                ck_assert_msg(code == NULL, "\"%s\": %s", attribute_rows[i].map, code);
                continue;
            }
            ck_assert_msg(code != NULL, "\"%s\" went through", attribute_rows[i].map);
            ck_assert_str_eq(code, attribute_rows[i].code);
            testkit_slice_eq(error.message, attribute_rows[i].text);
            ck_assert_mem_eq(&attributes, &before, sizeof(before));
        }
    }
}
END_TEST

START_TEST(the_kind_is_what_FifoQueue_says)
{
    static const struct {
        const char *map;
        int kind; /* 0 standard, 1 FIFO, -1 error */
    } rows[] = {{"", 0},
                {"FifoQueue=true", 1},
                {"FifoQueue=True", 1},
                {"FifoQueue=false", 0},
                {"FifoQueue=", -1},
                {"FifoQueue=yes", -1}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct api_string_map map = make_map(rows[i].map);
        struct api_error error = {0};
        bool is_fifo = false;
        bool ok = attributes_read_kind(&map, &is_fifo, &arena, &error);
        ck_assert_int_eq(ok, rows[i].kind >= 0);
        if (ok)
            ck_assert_int_eq(is_fifo, rows[i].kind);
        else
            testkit_slice_eq(error.message, "Invalid value for the parameter FifoQueue.");
    }
}
END_TEST

static struct queue standard, fifo;

static void make_queues(void)
{
    standard = (struct queue){.id = 7,
                              .account = SLICE("000000000000"),
                              .name = SLICE("q"),
                              .arn = SLICE("arn:aws:sqs:us-east-1:000000000000:q"),
                              .created_s = 100,
                              .modified_s = 200};
    attributes_set_defaults(false, &standard.attributes);
    fifo = standard;
    attributes_set_defaults(true, &fifo.attributes);
}

/* "Name=value;..." of what GetQueueAttributes shows, or the error's text. */
static struct slice get(const struct queue *queue, const char *names)
{
    static const struct queue_counts counts = {3, 2, 1};
    struct slice items[PAIRS_MAX], rest = slice_from_text(names), part;
    struct api_string_list list = {items, 0};
    while (*names != '\0' && slice_split(&rest, ',', &part))
        items[list.count++] = part;
    struct api_string_map map;
    struct api_error error = {0};
    if (!queue_attributes_get(queue, &list, &counts, &arena, &map, &error)) {
        ck_assert_str_eq(error.row->json_name, NAME);
        return error.message;
    }
    struct buffer text;
    buffer_init(&text, &arena, 0);
    for (uint32_t i = 0; i < map.count; i++)
        buffer_print(&text, "%s%.*s=%.*s", i > 0 ? ";" : "", SLICE_PRINT(map.items[i].key),
                     SLICE_PRINT(map.items[i].value));
    return buffer_slice(&text);
}

#define COUNTS_TEXT \
    "ApproximateNumberOfMessages=3;ApproximateNumberOfMessagesDelayed=1;ApproximateNumberOfMessagesNotVisible=2;"

START_TEST(all_is_the_set_S_of_a_standard_queue)
{
    make_queues();
    testkit_slice_eq(
        get(&standard, "All"), COUNTS_TEXT
        "CreatedTimestamp=100;DelaySeconds=0;LastModifiedTimestamp=200;MaximumMessageSize=1048576;"
        "MessageRetentionPeriod=345600;QueueArn=arn:aws:sqs:us-east-1:000000000000:q;"
        "ReceiveMessageWaitTimeSeconds=0;SqsManagedSseEnabled=true;VisibilityTimeout=30");
}
END_TEST

START_TEST(all_adds_four_on_a_fifo_queue)
{
    make_queues();
    testkit_slice_eq(
        get(&fifo, "All"), COUNTS_TEXT
        "ContentBasedDeduplication=false;CreatedTimestamp=100;DeduplicationScope=queue;DelaySeconds=0;"
        "FifoQueue=true;FifoThroughputLimit=perQueue;LastModifiedTimestamp=200;MaximumMessageSize=1048576;"
        "MessageRetentionPeriod=345600;QueueArn=arn:aws:sqs:us-east-1:000000000000:q;"
        "ReceiveMessageWaitTimeSeconds=0;SqsManagedSseEnabled=true;VisibilityTimeout=30");
}
END_TEST

START_TEST(names_select_what_is_shown)
{
    make_queues();
    static const struct {
        bool is_fifo;
        const char *names, *shown;
    } rows[] = {
        {false, "", ""},
        {false, "DelaySeconds", "DelaySeconds=0"},
        {false, "VisibilityTimeout,DelaySeconds,DelaySeconds",
         "DelaySeconds=0;VisibilityTimeout=30"},
        {false, "Policy", ""},
        {false,
         "Policy,RedrivePolicy,KmsMasterKeyId,KmsDataKeyReusePeriodSeconds,RedriveAllowPolicy", ""},
        {false, "Foobar", "Unknown Attribute Foobar."},
        {false, "All,Foobar", "Unknown Attribute Foobar."},
        {false, "SenderId", "Unknown Attribute SenderId."},
        {false, "all", "Unknown Attribute all."},
        {false, "DelaySeconds,,All", "Unknown Attribute ."},
        {false, "FifoQueue", "Unknown Attribute FifoQueue."},
        {false, "DeduplicationScope,FifoThroughputLimit", ""},
        {true, "FifoQueue", "FifoQueue=true"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        testkit_slice_eq(get(rows[i].is_fifo ? &fifo : &standard, rows[i].names), rows[i].shown);
}
END_TEST

START_TEST(encryption_is_of_one_kind_at_a_time)
{
    /* Each step on the state the one before left (C18). */
    static const struct {
        const char *map, *shown;
    } steps[] = {
        {"KmsMasterKeyId=k",
         "KmsDataKeyReusePeriodSeconds=300;KmsMasterKeyId=k;SqsManagedSseEnabled=false"},
        {"KmsDataKeyReusePeriodSeconds=600",
         "KmsDataKeyReusePeriodSeconds=600;KmsMasterKeyId=k;SqsManagedSseEnabled=false"},
        {"SqsManagedSseEnabled=false",
         "KmsDataKeyReusePeriodSeconds=600;KmsMasterKeyId=k;SqsManagedSseEnabled=false"},
        {"KmsMasterKeyId=", "SqsManagedSseEnabled=false"},
        {"KmsMasterKeyId=k2",
         "KmsDataKeyReusePeriodSeconds=300;KmsMasterKeyId=k2;SqsManagedSseEnabled=false"},
        {"SqsManagedSseEnabled=true", "SqsManagedSseEnabled=true"},
        {"KmsMasterKeyId=", "SqsManagedSseEnabled=true"},
        {"SqsManagedSseEnabled=false", "SqsManagedSseEnabled=false"},
        {"KmsMasterKeyId=k3;SqsManagedSseEnabled=false",
         "KmsDataKeyReusePeriodSeconds=300;KmsMasterKeyId=k3;SqsManagedSseEnabled=false"},
        {"KmsMasterKeyId=;SqsManagedSseEnabled=true", "SqsManagedSseEnabled=true"},
    };
    make_queues();
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        struct api_error error;
        ck_assert_ptr_null(apply(&standard.attributes, steps[i].map, false, &error));
        testkit_slice_eq(
            get(&standard, "KmsMasterKeyId,KmsDataKeyReusePeriodSeconds,SqsManagedSseEnabled"),
            steps[i].shown);
    }
}
END_TEST

START_TEST(an_update_touches_only_what_it_names)
{
    struct api_error error;
    make_queues();
    ck_assert_ptr_null(apply(
        &standard.attributes,
        "DelaySeconds=5;VisibilityTimeout=60;MessageRetentionPeriod=120;MaximumMessageSize=2048;"
        "ReceiveMessageWaitTimeSeconds=7",
        true, &error));
    ck_assert_ptr_null(apply(&standard.attributes, "VisibilityTimeout=0", false, &error));
    testkit_slice_eq(get(&standard,
                         "DelaySeconds,VisibilityTimeout,MessageRetentionPeriod,MaximumMessageSize,"
                         "ReceiveMessageWaitTimeSeconds"),
                     "DelaySeconds=5;MaximumMessageSize=2048;MessageRetentionPeriod=120;"
                     "ReceiveMessageWaitTimeSeconds=7;VisibilityTimeout=0");
}
END_TEST

START_TEST(creating_again_compares_what_is_named)
{
    static const struct {
        const char *map;
        const char *differs; /* NULL: it is the same queue */
    } rows[] = {
        {"", NULL},
        {"DelaySeconds=5", NULL},
        {"DelaySeconds=6", "DelaySeconds"},
        {"VisibilityTimeout=30", NULL},
        {"VisibilityTimeout=31;DelaySeconds=6", "DelaySeconds"},
        {"SqsManagedSseEnabled=True", NULL},
        {"SqsManagedSseEnabled=false", "SqsManagedSseEnabled"},
        {"FifoQueue=TRUE", NULL},
        {"ContentBasedDeduplication=True", NULL},
        {"KmsMasterKeyId=", NULL},
        {"KmsMasterKeyId=k", "KmsMasterKeyId"},
        {"KmsDataKeyReusePeriodSeconds=300", NULL},
        {"RedrivePolicy={ \"maxReceiveCount\" : \"3\", \"deadLetterTargetArn\":\"arn:aws:sqs:r:0:d.fifo\"}",
         NULL},
        {"RedrivePolicy={\"deadLetterTargetArn\":\"arn:aws:sqs:r:0:d.fifo\",\"maxReceiveCount\":4}",
         "RedrivePolicy"},
        {"RedrivePolicy=", "RedrivePolicy"},
        {"RedriveAllowPolicy={\"sourceQueueArns\":[\"arn:aws:sqs:r:0:s\"], \"redrivePermission\":\"byQueue\"}",
         NULL},
        {"RedriveAllowPolicy={\"redrivePermission\":\"denyAll\"}", "RedriveAllowPolicy"},
        {"Policy=", NULL},
    };
    struct queue_attributes attributes;
    struct api_error error = {0};
    attributes_set_defaults(true, &attributes);
    ck_assert_ptr_null(apply(
        &attributes,
        "DelaySeconds=5;ContentBasedDeduplication=true;"
        "RedrivePolicy={\"deadLetterTargetArn\":\"arn:aws:sqs:r:0:d.fifo\",\"maxReceiveCount\":3};"
        "RedriveAllowPolicy={\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":[\"arn:aws:sqs:r:0:s\"]}",
        true, &error));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct api_string_map map = make_map(rows[i].map);
        struct attributes_change change;
        ck_assert_msg(
            attributes_parse(&map, true, true, SLICE("000000000000"), &arena, &change, &error),
            "\"%s\"", rows[i].map);
        bool matches = attributes_match(&change, &attributes, &arena, &error);
        ck_assert_msg(matches == (rows[i].differs == NULL), "\"%s\"", rows[i].map);
        if (matches)
            continue;
        ck_assert_str_eq(error.row->json_name, "QueueNameExists");
        struct slice text = arena_print(
            &arena,
            "A queue already exists with the same name and a different value for attribute %s",
            rows[i].differs);
        ck_assert_msg(slice_equal(error.message, text), "%.*s", SLICE_PRINT(error.message));
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, each_wrong_attribute_has_its_code_and_text);
    tcase_add_test(tests, the_kind_is_what_FifoQueue_says);
    tcase_add_test(tests, all_is_the_set_S_of_a_standard_queue);
    tcase_add_test(tests, all_adds_four_on_a_fifo_queue);
    tcase_add_test(tests, names_select_what_is_shown);
    tcase_add_test(tests, encryption_is_of_one_kind_at_a_time);
    tcase_add_test(tests, an_update_touches_only_what_it_names);
    tcase_add_test(tests, creating_again_compares_what_is_named);
}

int main(void)
{
    return testkit_run("attributes", fill);
}
