#include "log/message.h"

#include "base/arena.h"
#include "base/digest.h"
#include "base/encode.h"
#include "base/random.h"
#include "testkit/testkit.h"

#define BYTES_MAX 4096u

static const struct message_attribute sample_attributes[] = {
    {SLICE("blob"), SLICE("Binary.gif"), SLICE("\x01\x00\xff"), true},
    {SLICE("color"), SLICE("String"), SLICE("blue"), false},
    {SLICE("count"), SLICE("Number"), SLICE("3"), false},
};

static struct message_content full_content(void)
{
    struct message_content content = {
        .sent_at = {1700000000123},
        .sender_id = SLICE("AIDAEXAMPLE"),
        .group_id = SLICE("group-1"),
        .dedup_id = SLICE("dedup-1"),
        .trace_header = SLICE("Root=1-5759e988"),
        .dead_letter_source = SLICE("arn:aws:sqs:us-east-1:000000000000:q"),
        .body = SLICE("hello, world"),
        .attributes = sample_attributes,
        .attributes_count = ARRAY_COUNT(sample_attributes),
    };
    for (uint8_t i = 0; i < MESSAGE_ID_BYTES; i++)
        content.message_id[i] = (uint8_t)(0xa0 + i);
    digest_md5(content.body, content.body_digest);
    message_digest_attributes(content.attributes, content.attributes_count,
                              content.attributes_digest);
    return content;
}

static struct message_content least_content(void)
{
    struct message_content content = {.sent_at = {0}, .body = SLICE("x")};
    digest_md5(content.body, content.body_digest);
    return content;
}

static struct slice encode(const struct message_content *content, uint8_t bytes[BYTES_MAX])
{
    uint32_t length = message_encoded_bytes(content);
    ck_assert_uint_lt(length, BYTES_MAX);
    memset(bytes, 0xee, BYTES_MAX);
    message_encode(content, bytes);
    ck_assert_uint_eq(bytes[length], 0xee);
    return slice_of(bytes, length);
}

static void check_golden(struct slice bytes, const char *const *hex, size_t lines)
{
    uint8_t want[BYTES_MAX];
    size_t at = 0;
    for (size_t i = 0; i < lines; i++) {
        struct slice line = slice_from_text(hex[i]);
        ck_assert(decode_hex(line, want + at));
        at += line.bytes / 2;
    }
    uint8_t text[2 * BYTES_MAX];
    encode_hex(bytes, text);
    ck_assert_msg(slice_equal(bytes, slice_of(want, at)), "got %.*s", (int)(2 * bytes.bytes), text);
}

/* Stored messages outlive the program: these bytes never change within version 2. */
START_TEST(version_2_is_these_bytes)
{
    static const char *const full[] = {
        "be",                               /* version 2; all but a sender of digits */
        "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", /* message id */
        "7b68e5cf8b01",                     /* sent */
        "0b00070007000f002400",             /* bytes of sender, group, dedup, trace, source */
        "03",                               /* attributes */
        "57000000",                         /* bytes of the attributes */
        "414944414558414d504c45",           /* sender id */
        "67726f75702d31",                   /* group id */
        "64656475702d31",                   /* deduplication id */
        "526f6f743d312d3537353965393838",   /* trace header */
        "61726e3a6177733a7371733a75732d656173742d313a3030303030303030303030303a71", /* source */
        "23267fc763f4512494f49421e53dcb79",                     /* MD5 of the attributes */
        "04000a000300000002626c6f6242696e6172792e6769660100ff", /* sizes, kind, blob */
        "050006000400000001636f6c6f72537472696e67626c7565",     /* color */
        "050006000100000001636f756e744e756d62657233",           /* count */
        "68656c6c6f2c20776f726c64",                             /* body */
    };
    static const char *const least[] = {
        "80",                               /* version 2 */
        "00000000000000000000000000000000", /* message id */
        "000000000000",                     /* sent */
        "0000",                             /* no sender */
        "78",                               /* body */
    };
    static const char *const usual[] = {
        "81",                               /* version 2, a sender of digits */
        "00000000000000000000000000000000", /* message id */
        "000000000000",                     /* sent */
        "1a99be1c00",                       /* sender 000123456789... */
        "78",                               /* body */
    };
    uint8_t bytes[BYTES_MAX];
    struct message_content content = full_content();
    check_golden(encode(&content, bytes), full, ARRAY_COUNT(full));
    content = least_content();
    check_golden(encode(&content, bytes), least, ARRAY_COUNT(least));
    content.sender_id = SLICE("000482253082");
    check_golden(encode(&content, bytes), usual, ARRAY_COUNT(usual));
}
END_TEST

static void check_part(struct slice got, struct slice want)
{
    ck_assert(slice_equal(got, want));
    ck_assert_int_eq(got.at == NULL, want.at == NULL);
}

static void check_view(const struct message_view *view, const struct message_content *content)
{
    ck_assert_mem_eq(view->message_id, content->message_id, MESSAGE_ID_BYTES);
    ck_assert_int_eq(view->sent_at.v, content->sent_at.v);
    check_part(view->sender_id, content->sender_id);
    check_part(view->group_id, content->group_id);
    check_part(view->dedup_id, content->dedup_id);
    check_part(view->trace_header, content->trace_header);
    check_part(view->dead_letter_source, content->dead_letter_source);
    check_part(view->body, content->body);
    uint8_t digest[MD5_BYTES];
    message_body_digest(view, digest);
    ck_assert_mem_eq(digest, content->body_digest, MD5_BYTES);
    ck_assert_int_eq(view->body_digest != NULL, content->body.bytes >= MESSAGE_DIGEST_STORED_MIN);
    ck_assert_uint_eq(view->attributes_count, content->attributes_count);
    struct message_attribute attributes[MESSAGE_ATTRIBUTES_MAX];
    ck_assert_uint_eq(message_attributes(view, attributes), content->attributes_count);
    for (uint32_t i = 0; i < content->attributes_count; i++) {
        check_part(attributes[i].name, content->attributes[i].name);
        check_part(attributes[i].type, content->attributes[i].type);
        check_part(attributes[i].value, content->attributes[i].value);
        ck_assert_int_eq(attributes[i].is_binary, content->attributes[i].is_binary);
    }
    if (content->attributes_count > 0)
        ck_assert_mem_eq(view->attributes_digest, content->attributes_digest, MD5_BYTES);
    else
        ck_assert_ptr_null(view->attributes_digest);
}

START_TEST(decoding_gives_back_what_was_encoded)
{
    static uint8_t text[MESSAGE_DIGEST_STORED_MIN];
    struct message_content contents[] = {full_content(), least_content(), full_content(),
                                         full_content(), full_content(),  least_content()};
    memset(text, 'b', sizeof(text));
    contents[2].group_id = SLICE_NONE;
    contents[2].dead_letter_source = SLICE_NONE;
    contents[2].attributes_count = 1;
    contents[3].sender_id = SLICE("999999999999");
    contents[3].body = slice_of(text, sizeof(text));
    contents[4].sender_id = SLICE("00000000000a");
    contents[4].body = slice_of(text, sizeof(text) - 1);
    contents[5].sent_at.v = MESSAGE_SENT_MAX;
    for (size_t i = 3; i < ARRAY_COUNT(contents); i++)
        digest_md5(contents[i].body, contents[i].body_digest);
    for (size_t i = 0; i < ARRAY_COUNT(contents); i++) {
        uint8_t bytes[BYTES_MAX];
        struct message_view view;
        struct slice encoded = encode(&contents[i], bytes);
        ck_assert_int_eq(message_decode(encoded, &view), ERR_OK);
        ck_assert_ptr_eq(view.bytes.at, bytes);
        check_view(&view, &contents[i]);
    }
}
END_TEST

START_TEST(the_largest_message_fits)
{
    struct arena arena;
    arena_init(&arena);
    size_t body_bytes = MESSAGE_CONTENT_BYTES_MAX;
    struct message_content content = least_content();
    uint8_t *body = arena_take(&arena, body_bytes);
    memset(body, 'b', body_bytes);
    content.body = slice_of(body, body_bytes);
    digest_md5(content.body, content.body_digest);
    content.sender_id = slice_head(content.body, MESSAGE_PART_BYTES_MAX);
    uint32_t length = message_encoded_bytes(&content);
    uint8_t *bytes = arena_take(&arena, length);
    struct message_view view;
    message_encode(&content, bytes);
    ck_assert_int_eq(message_decode(slice_of(bytes, length), &view), ERR_OK);
    check_view(&view, &content);
    arena_done(&arena);
}
END_TEST

/* ---- moves ---- */

static void check_moved(const struct message_content *before, const struct message_changes *changes,
                        const struct message_content *after)
{
    uint8_t from[BYTES_MAX], moved[BYTES_MAX], want[BYTES_MAX];
    struct message_view view;
    ck_assert_int_eq(message_decode(encode(before, from), &view), ERR_OK);
    uint32_t length = message_moved_bytes(&view, changes);
    message_encode_moved(&view, changes, moved);
    ck_assert(slice_equal(slice_of(moved, length), encode(after, want)));
}

START_TEST(a_dead_letter_gains_its_source_and_on_fifo_another_dedup_id)
{
    struct message_content before = full_content();
    before.dead_letter_source = SLICE_NONE;
    struct message_content after = full_content();
    struct message_changes changes = {
        .has_dead_letter_source = true,
        .dead_letter_source = after.dead_letter_source,
    };
    check_moved(&before, &changes, &after);
    after.dedup_id = SLICE("a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf");
    changes.has_dedup_id = true;
    changes.dedup_id = after.dedup_id;
    check_moved(&before, &changes, &after);
}
END_TEST

START_TEST(a_move_task_makes_a_new_message_without_source)
{
    static const uint8_t id[MESSAGE_ID_BYTES] = {1, 2, 3};
    struct message_content before = full_content();
    struct message_content after = full_content();
    memcpy(after.message_id, id, sizeof(id));
    after.sent_at.v = 1800000000000;
    after.dead_letter_source = SLICE_NONE;
    struct message_changes changes = {
        .message_id = id,
        .has_sent_at = true,
        .sent_at = after.sent_at,
        .has_dead_letter_source = true,
    };
    check_moved(&before, &changes, &after);
    check_moved(&before, &(struct message_changes){0}, &before);
}
END_TEST

/* ---- hostile bytes ---- */

/* What every decoder's yes must mean: all parts inside the bytes, and the same bytes when encoded again. */
static void check_consistent(struct slice bytes)
{
    uint8_t again[BYTES_MAX];
    struct message_view view;
    struct message_attribute attributes[MESSAGE_ATTRIBUTES_MAX];
    if (message_decode(bytes, &view) != ERR_OK)
        return;
    struct message_content content = {
        .sent_at = view.sent_at,
        .sender_id = view.sender_id,
        .group_id = view.group_id,
        .dedup_id = view.dedup_id,
        .trace_header = view.trace_header,
        .dead_letter_source = view.dead_letter_source,
        .body = view.body,
        .attributes = attributes,
        .attributes_count = message_attributes(&view, attributes),
    };
    memcpy(content.message_id, view.message_id, MESSAGE_ID_BYTES);
    message_body_digest(&view, content.body_digest);
    if (view.attributes_digest != NULL)
        memcpy(content.attributes_digest, view.attributes_digest, MD5_BYTES);
    ck_assert(slice_equal(encode(&content, again), bytes));
}

/* Of what is cut in the body only the keeper of the bytes knows. */
START_TEST(a_message_shortened_before_its_body_is_corrupt)
{
    uint8_t bytes[BYTES_MAX];
    struct message_view view;
    struct message_content content = full_content();
    struct slice whole = encode(&content, bytes);
    for (size_t length = 0; length < whole.bytes; length++) {
        bool has_body = length > whole.bytes - content.body.bytes;
        enum err want = has_body ? ERR_OK : ERR_CORRUPT;
        ck_assert_int_eq(message_decode(slice_head(whole, length), &view), want);
    }
    ck_assert_int_eq(message_decode(SLICE_NONE, &view), ERR_CORRUPT);
}
END_TEST

START_TEST(a_body_is_long_enough_for_its_stored_digest)
{
    uint8_t bytes[BYTES_MAX];
    struct message_view view;
    struct message_content content = least_content();
    struct slice whole = encode(&content, bytes);
    memset(bytes + whole.bytes, 'b', BYTES_MAX - whole.bytes);
    for (uint32_t more = 0; more < 2 * MESSAGE_DIGEST_STORED_MIN; more++) {
        uint32_t rest = 1 + more; /* of the digest, if there is one, and the body */
        bool is_between =
            rest >= MESSAGE_DIGEST_STORED_MIN && rest < MESSAGE_DIGEST_STORED_MIN + MD5_BYTES;
        ck_assert_int_eq(message_decode(slice_of(bytes, whole.bytes + more), &view),
                         is_between ? ERR_CORRUPT : ERR_OK);
    }
}
END_TEST

START_TEST(every_changed_byte_gives_a_consistent_answer)
{
    uint8_t bytes[BYTES_MAX];
    struct message_content content = full_content();
    struct slice whole = encode(&content, bytes);
    for (size_t at = 0; at < whole.bytes; at++) {
        uint8_t was = bytes[at];
        for (unsigned value = 0; value < 256; value++) {
            bytes[at] = (uint8_t)value;
            check_consistent(whole);
        }
        bytes[at] = was;
    }
}
END_TEST

START_TEST(random_changes_give_a_consistent_answer)
{
    uint64_t state = 20260101;
    for (uint32_t round = 0; round < 20000; round++) {
        uint8_t bytes[BYTES_MAX];
        struct message_content content = full_content();
        struct slice whole = encode(&content, bytes);
        for (uint64_t change = random_next(&state) % 8; change > 0; change--)
            bytes[random_next(&state) % whole.bytes] = (uint8_t)random_next(&state);
        check_consistent(slice_head(whole, 1 + random_next(&state) % whole.bytes));
        check_consistent(whole);
    }
}
END_TEST

START_TEST(damage_is_found)
{
    enum {
        RUN = 23 + 10 + 5 + 11 + 7 + 7 + 15 + 36,
        FIRST = RUN + 16,
        SECOND = FIRST + 9 + 4 + 10 + 3
    };
    static const struct {
        const char *what;
        size_t at;
        uint8_t value;
    } rows[] = {
        {"version 0", 0, 0x3e},
        {"version 1", 0, 0x01},
        {"version 3", 0, 0xfe},
        {"fewer attributes than the run has", 33, 2},
        {"more attributes than the run has", 33, 4},
        {"attributes, but none", 33, 0},
        {"more attributes than allowed", 33, 255},
        {"sender one longer", 23, 0x0c},
        {"no group, but a length of one", 25, 0},
        {"group of 64 KiB", 26, 0xff},
        {"run one longer", 34, 0x58},
        {"attribute without a name", FIRST, 0},
        {"attribute without a type", FIRST + 2, 0},
        {"value beyond the run", FIRST + 7, 0x01},
        {"kind 0", FIRST + 8, 0},
        {"kind 3", FIRST + 8, 3},
        {"names out of order", FIRST + 9, 'z'},
        {"second name before the first", SECOND + 9, 'a'},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint8_t bytes[BYTES_MAX];
        struct message_view view;
        struct message_content content = full_content();
        struct slice whole = encode(&content, bytes);
        bytes[rows[i].at] = rows[i].value;
        ck_assert_msg(message_decode(whole, &view) == ERR_CORRUPT, "%s", rows[i].what);
    }
}
END_TEST

START_TEST(a_sender_has_one_form)
{
    uint8_t bytes[BYTES_MAX];
    struct message_view view;
    struct message_content content = least_content();
    content.sender_id = SLICE("00000000000x");
    struct slice whole = encode(&content, bytes);
    bytes[whole.bytes - 2] = '7'; /* digits, but as text */
    ck_assert_int_eq(message_decode(whole, &view), ERR_CORRUPT);
    content.sender_id = SLICE("999999999999");
    whole = encode(&content, bytes);
    bytes[MESSAGE_HEADER_BYTES + 4]++; /* thirteen digits */
    ck_assert_int_eq(message_decode(whole, &view), ERR_CORRUPT);
}
END_TEST

START_TEST(a_name_stands_once)
{
    const struct message_attribute pair[] = {
        {SLICE("a"), SLICE("String"), SLICE("1"), false},
        {SLICE("b"), SLICE("String"), SLICE("2"), false},
    };
    uint8_t bytes[BYTES_MAX];
    struct message_view view;
    struct message_content content = least_content();
    content.attributes = pair;
    content.attributes_count = ARRAY_COUNT(pair);
    struct slice whole = encode(&content, bytes);
    ck_assert_int_eq(message_decode(whole, &view), ERR_OK);
    bytes[MESSAGE_HEADER_BYTES + 2 + 5 + MD5_BYTES + 17 + 9] = 'a';
    ck_assert_int_eq(message_decode(whole, &view), ERR_CORRUPT);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, version_2_is_these_bytes);
    tcase_add_test(tests, decoding_gives_back_what_was_encoded);
    tcase_add_test(tests, the_largest_message_fits);
    tcase_add_test(tests, a_dead_letter_gains_its_source_and_on_fifo_another_dedup_id);
    tcase_add_test(tests, a_move_task_makes_a_new_message_without_source);
    tcase_add_test(tests, a_message_shortened_before_its_body_is_corrupt);
    tcase_add_test(tests, a_body_is_long_enough_for_its_stored_digest);
    tcase_add_test(tests, every_changed_byte_gives_a_consistent_answer);
    tcase_add_test(tests, random_changes_give_a_consistent_answer);
    tcase_add_test(tests, damage_is_found);
    tcase_add_test(tests, a_sender_has_one_form);
    tcase_add_test(tests, a_name_stands_once);
}

int main(void)
{
    return testkit_run("message", fill);
}
