#include "metadata/attributes.h"
#include "metadata/queue_document.h"
#include "metadata/queue_name.h"
#include "metadata/queue_tags.h"
#include "testkit/testkit.h"

static struct arena arena;

static void setup(void)
{
    arena_init(&arena);
}

static void teardown(void)
{
    arena_done(&arena);
}

/* ---- names ---- */

#define NAME_75 "123456789012345678901234567890123456789012345678901234567890123456789012345"

START_TEST(names_follow_the_rules_of_their_kind)
{
    static const char standard[] =
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
    static const char fifo[] =
        "The name of a FIFO queue can only include alphanumeric characters, hyphens, or "
        "underscores, must end with .fifo suffix and be 1 to 80 in length";
    static const struct {
        const char *name;
        bool is_fifo;
        const char *text; /* NULL: fine */
    } rows[] = {
        {"a", false, NULL},
        {"Ab-_09", false, NULL},
        {NAME_75 "12345", false, NULL},
        {NAME_75 "123456", false, standard},
        {"a.fifo", false, standard},
        {"a/b", false, standard},
        {"a b", false, standard},
        {"\xc3\xa4", false, standard},
        {"", false, "Queue name cannot be empty"},
        {"", true, "Queue name cannot be empty"},
        {NULL, false,
         "Value for parameter QueueName is invalid. Reason: Must specify a queue name."},
        {"a.fifo", true, NULL},
        {NAME_75 ".fifo", true, NULL},
        {NAME_75 "1.fifo", true, fifo},
        {".fifo", true, fifo},
        {"a", true, fifo},
        {"a.b.fifo", true, fifo},
        {"a.FIFO", true, fifo},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice name = rows[i].name != NULL ? slice_from_text(rows[i].name) : SLICE_NONE;
        struct api_error error = {0};
        ck_assert_msg(queue_name_check(name, rows[i].is_fifo, &error) == (rows[i].text == NULL),
                      "%s", rows[i].name);
        if (rows[i].text == NULL)
            continue;
        ck_assert_str_eq(error.row->query_code, "InvalidParameterValue");
        testkit_slice_eq(error.message, rows[i].text);
    }
}
END_TEST

START_TEST(an_arn_has_six_parts)
{
    static const struct {
        const char *text;
        bool ok;
        const char *resource;
    } rows[] = {
        {"arn:aws:sqs:us-east-1:000000000000:q", true, "q"},
        {"arn:aws:s3:::bucket/key:with", true, "bucket/key:with"},
        {"arn:aws:sqs:us-east-1:000000000000:", false, NULL},
        {"arn:aws:sqs:us-east-1:000000000000", false, NULL},
        {"arn:aws::us-east-1:000000000000:q", false, NULL},
        {"arn::sqs:us-east-1:000000000000:q", false, NULL},
        {"urn:aws:sqs:us-east-1:000000000000:q", false, NULL},
        {"", false, NULL},
        {"dummy", false, NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct queue_arn arn;
        ck_assert_msg(queue_arn_parse(slice_from_text(rows[i].text), &arn) == rows[i].ok, "%s",
                      rows[i].text);
        if (rows[i].ok)
            testkit_slice_eq(arn.resource, rows[i].resource);
    }
}
END_TEST

/* ---- tags ---- */

static struct api_string_map make_map(const char *text)
{
    struct api_string_map map = {ARENA_NEW_MANY(&arena, struct api_string_pair, 64), 0};
    struct slice rest = slice_from_text(text), part;
    while (*text != '\0' && slice_split(&rest, ';', &part)) {
        size_t at = slice_find(part, '~');
        map.items[map.count++] =
            (struct api_string_pair){slice_head(part, at), slice_from(part, at + 1)};
    }
    return map;
}

static bool add_tags(struct queue_tags *tags, const char *text, struct api_error *error)
{
    struct api_string_map map = make_map(text);
    *error = (struct api_error){0};
    return queue_tags_add(tags, &map, SLICE("the-queue"), &arena, tags, error);
}

static struct slice show_tags(const struct queue_tags *tags)
{
    struct buffer text;
    buffer_init(&text, &arena, 16);
    for (uint32_t i = 0; i < tags->count; i++)
        buffer_print(&text, "%s%.*s~%.*s", i > 0 ? ";" : "", SLICE_PRINT(tags->items[i].key),
                     SLICE_PRINT(tags->items[i].value));
    return buffer_slice(&text);
}

START_TEST(tags_are_put_over_and_taken_away)
{
    struct queue_tags tags = {0};
    struct api_error error;
    ck_assert(add_tags(&tags, "a~1;b~;A~3", &error));
    testkit_slice_eq(show_tags(&tags), "a~1;b~;A~3");
    ck_assert(add_tags(&tags, "a~2;leat:durability~os;c~x;c~y", &error));
    testkit_slice_eq(show_tags(&tags), "a~2;b~;A~3;leat:durability~os;c~y");
    struct slice keys[] = {SLICE("b"), SLICE("unknown"), SLICE("a"), SLICE("c")};
    struct api_string_list list = {keys, 4};
    ck_assert(queue_tags_remove(&tags, &list, &arena, &tags, &error));
    testkit_slice_eq(show_tags(&tags), "A~3;leat:durability~os");
    ck_assert(add_tags(&tags, "", &error));
    ck_assert_uint_eq(tags.count, 2);
}
END_TEST

START_TEST(wrong_tags_change_nothing)
{
    static const char key_length[] = "Tag keys must be between 1 and 128 characters in length.";
    struct slice rows[][2] = {
        {SLICE("~x"), slice_from_text(key_length)},
        {arena_print(&arena, "%0129d~x", 1), slice_from_text(key_length)},
        {arena_print(&arena, "k~%0257d", 1),
         SLICE("Tag values must be between 0 and 256 characters in length.")},
        {SLICE("aws:x~1"), SLICE("Tag keys cannot begin with aws:, which is reserved.")},
        {SLICE("AWS:x~1"), SLICE("Tag keys cannot begin with aws:, which is reserved.")},
        {SLICE("a!~1"),
         SLICE("Tag keys can only include letters, digits, whitespace, and _ . : / = + - @")},
        {SLICE("a\xff~1"),
         SLICE("Tag keys can only include letters, digits, whitespace, and _ . : / = + - @")},
        {SLICE("a~\x01"),
         SLICE("Tag values can only include letters, digits, whitespace, and _ . : / = + - @")},
    };
    struct queue_tags tags = {0};
    struct api_error error;
    ck_assert(add_tags(&tags, "a~1", &error));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice text = arena_join(&arena, rows[i][0], slice_of("", 1));
        ck_assert_msg(!add_tags(&tags, (const char *)text.at, &error), "%.*s",
                      SLICE_PRINT(rows[i][0]));
        ck_assert_str_eq(error.row->query_code, "InvalidParameterValue");
        ck_assert_msg(slice_equal(error.message, rows[i][1]), "%.*s", SLICE_PRINT(error.message));
        testkit_slice_eq(show_tags(&tags), "a~1");
    }
    ck_assert(add_tags(&tags, (const char *)arena_print(&arena, "%0128d~%0256d", 1, 2).at, &error));
    ck_assert(add_tags(&tags, "\xc3\xa4 _.:/=+-@~\xe6\x97\xa5", &error));
}
END_TEST

START_TEST(fifty_tags_are_the_most)
{
    struct queue_tags tags = {0};
    struct api_error error;
    struct api_string_map map = {ARENA_NEW_MANY(&arena, struct api_string_pair, 51), 51};
    for (unsigned i = 0; i < 51; i++)
        map.items[i] = (struct api_string_pair){arena_print(&arena, "k%u", i), SLICE("v")};
    ck_assert(!queue_tags_add(&tags, &map, SLICE("the-queue"), &arena, &tags, &error));
    testkit_slice_eq(error.message, "Too many tags added for queue the-queue.");
    ck_assert_uint_eq(tags.count, 0);
    map.count = 50;
    ck_assert(queue_tags_add(&tags, &map, SLICE("the-queue"), &arena, &tags, &error));
    ck_assert(add_tags(&tags, "k1~w", &error));
    ck_assert(!add_tags(&tags, "more~w", &error));
    testkit_slice_eq(error.message, "Too many tags added for queue the-queue.");
}
END_TEST

START_TEST(untagging_needs_keys)
{
    struct queue_tags tags = {0};
    struct api_error error = {0};
    struct api_string_list none = {NULL, 0};
    struct slice keys[] = {SLICE("")};
    struct api_string_list empty = {keys, 1};
    ck_assert(!queue_tags_remove(&tags, &none, &arena, &tags, &error));
    testkit_slice_eq(error.message, "Tag keys must be between 1 and 128 characters in length.");
    ck_assert(!queue_tags_remove(&tags, &empty, &arena, &tags, &error));
    testkit_slice_eq(error.message, "Tag keys must be between 1 and 128 characters in length.");
}
END_TEST

/* ---- snapshots and documents ---- */

#define GOLDEN_SMALL                                                                                         \
    "{\"format\":1,\"id\":1867234567890123456,\"account\":\"000000000000\",\"name\":\"q\","                  \
    "\"arn\":\"arn:aws:sqs:us-east-1:000000000000:q\",\"created_s\":1700000000,\"modified_s\":1700000001,"   \
    "\"attributes\":{\"FifoQueue\":false,\"ContentBasedDeduplication\":false,\"SqsManagedSseEnabled\":true," \
    "\"DeduplicationScope\":\"queue\",\"FifoThroughputLimit\":\"perQueue\",\"DelaySeconds\":0,"              \
    "\"MaximumMessageSize\":1048576,\"MessageRetentionPeriod\":345600,\"ReceiveMessageWaitTimeSeconds\":0,"  \
    "\"VisibilityTimeout\":30,\"KmsDataKeyReusePeriodSeconds\":0},\"tags\":{}}"
#define GOLDEN_FULL                                                                                                                 \
    "{\"format\":1,\"id\":5,\"account\":\"111111111111\",\"name\":\"q.fifo\","                                                      \
    "\"arn\":\"arn:aws-cn:sqs:cn-north-1:111111111111:q.fifo\",\"created_s\":1,\"modified_s\":2,"                                   \
    "\"attributes\":{\"FifoQueue\":true,\"ContentBasedDeduplication\":true,\"SqsManagedSseEnabled\":false,"                         \
    "\"DeduplicationScope\":\"messageGroup\",\"FifoThroughputLimit\":\"perMessageGroupId\",\"DelaySeconds\":900,"                   \
    "\"MaximumMessageSize\":1024,\"MessageRetentionPeriod\":60,\"ReceiveMessageWaitTimeSeconds\":20,"                               \
    "\"VisibilityTimeout\":43200,\"KmsDataKeyReusePeriodSeconds\":600,"                                                             \
    "\"Policy\":\"{ \\\"Statement\\\": {\\\"Effect\\\":\\\"Deny\\\",\\\"Principal\\\":\\\"*\\\",\\\"Action\\\":\\\"sqs:*\\\"} }\"," \
    "\"RedrivePolicy\":\"{\\\"deadLetterTargetArn\\\":\\\"arn:aws-cn:sqs:cn-north-1:111111111111:d.fifo\\\","                       \
    "\\\"maxReceiveCount\\\":3}\","                                                                                                 \
    "\"RedriveAllowPolicy\":\"{\\\"redrivePermission\\\":\\\"denyAll\\\"}\",\"KmsMasterKeyId\":\"k\"},"                             \
    "\"tags\":{\"t\":\"\",\"\xc3\xa4\":\"\xe6\x97\xa5\"}}"

static struct queue make_small(void)
{
    struct queue draft = {.id = 1867234567890123456,
                          .version = 9,
                          .account = SLICE("000000000000"),
                          .name = SLICE("q"),
                          .arn = SLICE("arn:aws:sqs:us-east-1:000000000000:q"),
                          .created_s = 1700000000,
                          .modified_s = 1700000001};
    attributes_set_defaults(false, &draft.attributes);
    return draft;
}

START_TEST(a_queue_is_written_as_its_golden_bytes)
{
    struct queue draft = make_small();
    testkit_slice_eq(queue_document_write(&draft, &arena), GOLDEN_SMALL);
}
END_TEST

START_TEST(golden_bytes_are_read_and_written_again_unchanged)
{
    static const char *const rows[] = {GOLDEN_SMALL, GOLDEN_FULL};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct queue draft;
        ck_assert_int_eq(queue_document_read(slice_from_text(rows[i]), 77, &arena, &draft), ERR_OK);
        ck_assert_uint_eq(draft.version, 77);
        struct queue *queue = queue_create(&draft);
        testkit_slice_eq(queue_document_write(queue, &arena), rows[i]);
        queue_unref(queue);
    }
}
END_TEST

START_TEST(reading_fills_what_follows_from_the_documents)
{
    struct queue draft;
    ck_assert_int_eq(queue_document_read(SLICE(GOLDEN_FULL), 1, &arena, &draft), ERR_OK);
    testkit_slice_eq(draft.attributes.dead_letter_arn,
                     "arn:aws-cn:sqs:cn-north-1:111111111111:d.fifo");
    ck_assert_int_eq(draft.attributes.receive_count_max, 3);
    ck_assert_int_eq(draft.attributes.throughput_limit, QUEUE_THROUGHPUT_GROUP);
    ck_assert_uint_eq(draft.tags_count, 2);
}
END_TEST

/* The golden bytes with one place changed. */
static struct slice replace(const char *from, const char *to)
{
    struct slice text = SLICE(GOLDEN_FULL);
    const char *place = strstr(GOLDEN_FULL, from);
    ck_assert_msg(place != NULL, "%s", from);
    size_t head = (size_t)(place - GOLDEN_FULL);
    return arena_print(&arena, "%.*s%s%s", (int)head, (const char *)text.at, to,
                       place + strlen(from));
}

START_TEST(damaged_and_newer_documents_are_refused)
{
    static const struct {
        const char *from, *to;
        enum err err;
    } rows[] = {
        {"\"format\":1", "\"format\":2", ERR_INVALID},
        {"\"format\":1", "\"format\":0", ERR_CORRUPT},
        {"\"format\":1", "\"format\":\"1\"", ERR_CORRUPT},
        {"\"format\":1,", "", ERR_CORRUPT},
        {"\"id\":5", "\"id\":0", ERR_CORRUPT},
        {"\"id\":5", "\"id\":-1", ERR_CORRUPT},
        {"\"id\":5,", "", ERR_CORRUPT},
        {"\"id\":5", "\"id\":5,\"more\":1", ERR_CORRUPT},
        {"\"name\":\"q.fifo\"", "\"name\":\"q\"", ERR_CORRUPT},
        {"\"name\":\"q.fifo\"", "\"name\":\"r.fifo\"", ERR_CORRUPT},
        {"111111111111:q.fifo", "111111111112:q.fifo", ERR_CORRUPT},
        {"\"FifoQueue\":true", "\"FifoQueue\":false", ERR_CORRUPT},
        {"\"FifoQueue\":true", "\"FifoQueue\":1", ERR_CORRUPT},
        {"\"DelaySeconds\":900", "\"DelaySeconds\":901", ERR_CORRUPT},
        {"\"DelaySeconds\":900", "\"DelaySeconds\":\"9\"", ERR_CORRUPT},
        {"\"DelaySeconds\":900", "\"DelaySeconds\":900,\"More\":1", ERR_CORRUPT},
        {"\"messageGroup\"", "\"group\"", ERR_CORRUPT},
        {"sqs:*\\\"} }", "sqs:*\\\"} ", ERR_CORRUPT},
        {"\\\"Deny\\\"", "\\\"Never\\\"", ERR_CORRUPT},
        {"Count\\\":3", "Count\\\":0", ERR_CORRUPT},
        {"denyAll", "denySome", ERR_CORRUPT},
        {"\"t\":\"\"", "\"t\":1", ERR_CORRUPT},
        {",\"tags\":{", ",\"tagz\":{", ERR_CORRUPT},
        {"}}", "}", ERR_CORRUPT},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct queue draft;
        enum err err = queue_document_read(replace(rows[i].from, rows[i].to), 1, &arena, &draft);
        ck_assert_msg(err == rows[i].err, "%s: %s", rows[i].to, err_name(err));
    }
    struct queue draft;
    ck_assert_int_eq(queue_document_read(SLICE_NONE, 1, &arena, &draft), ERR_CORRUPT);
}
END_TEST

START_TEST(a_snapshot_outlives_its_draft_in_little_memory)
{
    struct queue draft;
    ck_assert_int_eq(queue_document_read(SLICE(GOLDEN_FULL), 1, &arena, &draft), ERR_OK);
    struct queue *queue = queue_create(&draft);
    ck_assert_ptr_eq(queue->memory.next, queue->memory.end);
    ck_assert_uint_lt(queue->memory.used_bytes, 2000);
    ck_assert_ptr_nonnull(queue->compiled_policy);
    arena_reset(&arena);
    testkit_slice_eq(queue->tags[1].value, "\xe6\x97\xa5");
    testkit_slice_eq(queue->name, "q.fifo");
    struct queue *second = queue_ref(queue);
    queue_unref(queue);
    testkit_slice_eq(second->account, "111111111111");
    queue_unref(second);
    queue_unref(NULL);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, names_follow_the_rules_of_their_kind);
    tcase_add_test(tests, an_arn_has_six_parts);
    tcase_add_test(tests, tags_are_put_over_and_taken_away);
    tcase_add_test(tests, wrong_tags_change_nothing);
    tcase_add_test(tests, fifty_tags_are_the_most);
    tcase_add_test(tests, untagging_needs_keys);
    tcase_add_test(tests, a_queue_is_written_as_its_golden_bytes);
    tcase_add_test(tests, golden_bytes_are_read_and_written_again_unchanged);
    tcase_add_test(tests, reading_fills_what_follows_from_the_documents);
    tcase_add_test(tests, damaged_and_newer_documents_are_refused);
    tcase_add_test(tests, a_snapshot_outlives_its_draft_in_little_memory);
}

int main(void)
{
    return testkit_run("queue", fill);
}
