#include "api/message_select.h"

#include "base/encode.h"
#include "base/random.h"
#include "testkit/testkit.h"

#define NAMES_MAX 12u

/* A list of names, ended by NULL. */
static struct api_string_list list_of(const char *const *names, struct slice items[NAMES_MAX])
{
    struct api_string_list list = {.items = items};
    while (names != NULL && names[list.count] != NULL) {
        items[list.count] = slice_from_text(names[list.count]);
        list.count++;
    }
    return list;
}

static struct message_attribute kenobi[] = {
    {SLICE("General"), SLICE("String"), SLICE("Kenobi"), false},
    {SLICE("Hello"), SLICE("String"), SLICE("There"), false},
    {SLICE("Help.Me"), SLICE("String"), SLICE("Me"), false},
};

/* Which of General, Hello, Help.Me come back, and their digest (reference D3, D6). */
START_TEST(user_attributes_follow_the_names)
{
    static const struct {
        const char *names[NAMES_MAX];
        const char *taken;
        const char *digest;
    } rows[] = {
        {{NULL}, "", NULL},
        {{"All"}, "123", "4c360f3fdafd970e05fae2f149d997f5"},
        {{".*"}, "123", "4c360f3fdafd970e05fae2f149d997f5"},
        {{"*"}, "123", "4c360f3fdafd970e05fae2f149d997f5"},
        {{"Hel.*"}, "23", "83fee93c1bcd8b9a5a923ffacdc636c7"},
        {{"Hel.*", "H.*", "Help.*"}, "23", "83fee93c1bcd8b9a5a923ffacdc636c7"},
        {{"Help.*"}, "3", NULL},
        {{"Help.Me"}, "3", NULL},
        {{"Hello"}, "2", "a311262e065454b75da111d535b8dacd"},
        {{"Hello", "Hello", "Hello"}, "2", "a311262e065454b75da111d535b8dacd"},
        {{"Hello", "General"}, "12", "fca026605781cb4126a1e9044df24232"},
        {{"General", "Hell.*"}, "12", "fca026605781cb4126a1e9044df24232"},
        {{"General", "H.*"}, "123", "4c360f3fdafd970e05fae2f149d997f5"},
        {{"Foo", "All"}, "123", NULL},
        {{"Foo"}, "", NULL},
        {{"hello", "all", "ALL"}, "", NULL},
        {{"Hel*"}, "", NULL},
        {{"Hel"}, "", NULL},
        {{"Hello.*"}, "2", NULL},
        {{"Hello.", "*Hello", "!", ""}, "", NULL},
        {{"!", "Hello", ".Foo.*", "Foo.*", "AWS."}, "2", NULL},
    };
    struct arena arena;
    arena_init(&arena);
    uint8_t all_digest[MD5_BYTES];
    message_digest_attributes(kenobi, 3, all_digest);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice items[NAMES_MAX];
        struct api_receive_message_request request = {
            .message_attribute_names = list_of(rows[i].names, items),
        };
        struct message_select select;
        struct message_attribute taken[3];
        uint8_t digest[MD5_BYTES], text[2 * MD5_BYTES];
        char which[4] = "";
        message_select_init(&select, &arena, &request);
        uint32_t count = message_select_user(&select, kenobi, 3, all_digest, taken, digest);
        for (uint32_t j = 0; j < count; j++)
            which[j] = slice_is(taken[j].name, "General") ? '1'
                       : slice_is(taken[j].name, "Hello") ? '2'
                                                          : '3';
        ck_assert_msg(strcmp(which, rows[i].taken) == 0, "row %zu: got %s", i, which);
        ck_assert_int_eq(message_select_no_user(&select), rows[i].names[0] == NULL);
        if (rows[i].digest == NULL)
            continue;
        encode_hex(slice_of(digest, sizeof(digest)), text);
        testkit_slice_eq(slice_of(text, sizeof(text)), rows[i].digest);
    }
    arena_done(&arena);
}
END_TEST

/* The binary searches against the plain reading of the rule. */
START_TEST(long_lists_choose_like_one_look_at_each_name)
{
    struct arena arena;
    uint64_t state = 7;
    arena_init(&arena);
    for (uint32_t round = 0; round < 2000; round++) {
        struct slice items[NAMES_MAX];
        struct api_receive_message_request request = {.message_attribute_names = {items, 0}};
        uint32_t count = (uint32_t)(random_next(&state) % (NAMES_MAX + 1));
        for (uint32_t i = 0; i < count; i++) {
            uint64_t bits = random_next(&state);
            struct slice name = arena_print(&arena, "%.*s%s", (int)(1 + bits % 3),
                                            &"aabbabab"[bits >> 8 & 3], bits >> 16 & 1 ? ".*" : "");
            items[request.message_attribute_names.count++] = name;
        }
        struct message_select select;
        struct slice order[NAMES_MAX];
        memcpy(order, items, sizeof(order[0]) * count);
        message_select_init(&select, &arena, &request);
        ck_assert_mem_eq(order, items, sizeof(order[0]) * count); /* the request stays as it was */
        for (uint32_t probe = 0; probe < 30; probe++) {
            uint64_t bits = random_next(&state);
            struct slice name =
                arena_print(&arena, "%.*s", (int)(1 + bits % 4), &"aabbabab"[bits >> 8 & 3]);
            bool is_wanted = false;
            for (uint32_t i = 0; i < count; i++) {
                bool is_prefix = slice_ends_with(items[i], SLICE(".*"));
                is_wanted |= is_prefix
                                 ? slice_starts_with(name, slice_head(items[i], items[i].bytes - 2))
                                 : slice_equal(name, items[i]);
            }
            ck_assert_int_eq(message_select_takes(&select, name), is_wanted);
        }
        arena_reset(&arena);
    }
    arena_done(&arena);
}
END_TEST

static const struct message_system_values full_values = {
    .sender_id = SLICE("AIDA"),
    .sent_at = {1700000000123},
    .first_received = {1700000000456},
    .receive_count = 2,
    .trace_header = SLICE("Root=1"),
    .dead_letter_source = SLICE("arn"),
    .group_id = SLICE("g"),
    .dedup_id = SLICE("d"),
    .is_fifo = true,
    .sequence = 18049496460467696128u,
};

static const struct message_system_values plain_values = {
    .sender_id = SLICE("AIDA"),
    .sent_at = {1},
    .first_received = {2},
    .receive_count = 1,
    .sequence = 77,
};

#define EVERY_PLAIN \
    "SenderId=AIDA SentTimestamp=1 ApproximateReceiveCount=1 ApproximateFirstReceiveTimestamp=2 "

START_TEST(system_attributes_are_the_union_of_both_lists)
{
    static const struct {
        const char *old_names[NAMES_MAX];
        const char *new_names[NAMES_MAX];
        bool is_full;
        const char *want;
    } rows[] = {
        {{NULL}, {NULL}, true, ""},
        {{"All"},
         {NULL},
         true,
         "SenderId=AIDA SentTimestamp=1700000000123 ApproximateReceiveCount=2 "
         "ApproximateFirstReceiveTimestamp=1700000000456 AWSTraceHeader=Root=1 "
         "DeadLetterQueueSourceArn=arn MessageGroupId=g MessageDeduplicationId=d "
         "SequenceNumber=18049496460467696128 "},
        {{NULL}, {"All"}, false, EVERY_PLAIN},
        {{"SenderId"}, {"All"}, false, EVERY_PLAIN},
        {{"SenderId"}, {"SentTimestamp"}, false, "SenderId=AIDA SentTimestamp=1 "},
        {{"SenderId", "SenderId"}, {"SenderId"}, false, "SenderId=AIDA "},
        {{"SequenceNumber", "MessageGroupId", "AWSTraceHeader"}, {NULL}, false, ""},
        {{"VisibilityTimeout", "senderid", "all", ".*", ""}, {"Foo"}, true, ""},
        {{NULL}, {"Foo", "MessageGroupId"}, true, "MessageGroupId=g "},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice old_items[NAMES_MAX], new_items[NAMES_MAX];
        struct api_receive_message_request request = {
            .attribute_names = list_of(rows[i].old_names, old_items),
            .message_system_attribute_names = list_of(rows[i].new_names, new_items),
        };
        struct message_select select;
        struct api_string_pair pairs[MESSAGE_SYSTEM_COUNT];
        struct slice got = SLICE_NONE;
        message_select_init(&select, &arena, &request);
        uint32_t count = message_select_system(
            &select, &arena, rows[i].is_full ? &full_values : &plain_values, pairs);
        for (uint32_t j = 0; j < count; j++)
            got = arena_join(&arena, got,
                             arena_print(&arena, "%.*s=%.*s ", SLICE_PRINT(pairs[j].key),
                                         SLICE_PRINT(pairs[j].value)));
        testkit_slice_eq(got, rows[i].want);
    }
    arena_done(&arena);
}
END_TEST

START_TEST(sequence_numbers_have_twenty_digits)
{
    struct arena arena;
    arena_init(&arena);
    testkit_slice_eq(message_sequence_text(&arena, 7), "00000000000000000007");
    testkit_slice_eq(message_sequence_text(&arena, UINT64_MAX), "18446744073709551615");
    arena_done(&arena);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, user_attributes_follow_the_names);
    tcase_add_test(tests, long_lists_choose_like_one_look_at_each_name);
    tcase_add_test(tests, system_attributes_are_the_union_of_both_lists);
    tcase_add_test(tests, sequence_numbers_have_twenty_digits);
}

int main(void)
{
    return testkit_run("message_select", fill);
}
