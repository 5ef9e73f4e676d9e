#include "api/message_rules_attributes.h"

#include "api/message_rules.h"
#include "testkit/testkit.h"

#define INVALID "InvalidParameterValue"
#define NAME_TEXT                                                                                \
    "Message (user) attributes name can only contain upper and lower score characters, digits, " \
    "periods, hyphens and underscores. "
#define RESERVED_TEXT                                                                              \
    "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are " \
    "reserved for internal use. Additionally, they cannot start or end with '.'."
#define SET_TEXT                                                                            \
    "the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | " \
    "[#x10000-#x10FFFF]."
#define SCORE_64  "________________________________________________________________"
#define SCORE_256 SCORE_64 SCORE_64 SCORE_64 SCORE_64

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena);
}

static void tear_down(void)
{
    arena_done(&arena);
}

/* NULL: absent. */
static struct api_message_attribute attribute_of(const char *name, const char *type,
                                                 const char *text, const char *binary)
{
    return (struct api_message_attribute){
        .name = slice_from_text(name),
        .value = {.has_data_type = type != NULL,
                  .data_type = type != NULL ? slice_from_text(type) : SLICE_NONE,
                  .has_string_value = text != NULL,
                  .string_value = text != NULL ? slice_from_text(text) : SLICE_NONE,
                  .has_binary_value = binary != NULL,
                  .binary_value = binary != NULL ? slice_from_text(binary) : SLICE_NONE},
    };
}

static bool check(struct api_message_attribute *attributes, uint32_t count,
                  struct message_attribute *ret_checked, struct api_error *ret_error)
{
    struct api_message_attribute_map map = {attributes, count};
    uint32_t checked_count = 4711;
    bool is_good =
        message_rules_check_attributes(&arena, &map, ret_checked, &checked_count, ret_error);
    ck_assert_uint_eq(checked_count, is_good ? count : 4711);
    return is_good;
}

START_TEST(a_bad_attribute_is_told_why)
{
    static const struct {
        const char *name, *type, *text, *binary;
        const char *message;
    } rows[] = {
        {"", "String", "v", NULL,
         "The request must contain non-empty message (user) attribute names."},
        {SCORE_256 "_", "String", "v", NULL,
         "Message (user) attribute name must be shorter than 256 bytes."},
        {"a b", "String", "v", NULL, NAME_TEXT},
        {"a!", "String", "v", NULL, NAME_TEXT},
        {"\"", "String", "v", NULL, NAME_TEXT},
        {"\xc2\xa7", "String", "v", NULL, NAME_TEXT},
        {"\xc3\x97", "String", "v", NULL, NAME_TEXT},
        {"(", "String", "v", NULL, NAME_TEXT},
        {"?", "String", "v", NULL, NAME_TEXT},
        {"\xff", "String", "v", NULL, NAME_TEXT},
        {"AWS.x", "String", "v", NULL, RESERVED_TEXT},
        {"aWs.x", "String", "v", NULL, RESERVED_TEXT},
        {"amazon.x", "String", "v", NULL, RESERVED_TEXT},
        {".x", "String", "v", NULL, RESERVED_TEXT},
        {"x.", "String", "v", NULL, RESERVED_TEXT},
        {".", "String", "v", NULL, RESERVED_TEXT},
        {"n", NULL, "v", NULL,
         "The message (user) attribute 'n' must contain a non-empty message attribute type."},
        {"n", "", "v", NULL,
         "The message (user) attribute 'n' must contain a non-empty message attribute type."},
        {"n", "String." SCORE_256, "v", NULL,
         "Message (user) attribute type must be shorter than 256 bytes."},
        {"n", "string", "v", NULL,
         "The type of message (user) attribute 'n' is invalid. You must use only the following "
         "supported type prefixes: Binary, Number, String."},
        {"n", "Strings", "v", NULL,
         "The type of message (user) attribute 'n' is invalid. You must use only the following "
         "supported type prefixes: Binary, Number, String."},
        {"n", "String.\x01", "v", NULL,
         "The type of message (user) attribute 'n' is invalid. You must use only the following "
         "supported type prefixes: Binary, Number, String."},
        {"n", "String", NULL, NULL,
         "The message (user) attribute 'n' must contain a non-empty message attribute value."},
        {"n", "String", NULL, "v",
         "The message (user) attribute 'n' must contain a non-empty message attribute value."},
        {"n", "Binary", "v", NULL,
         "The message (user) attribute 'n' must contain a non-empty message attribute value."},
        {"n", "String", "", NULL,
         "Message (user) attribute 'n' must contain a non-empty value of type 'String'."},
        {"n", "Number.int", "", NULL,
         "Message (user) attribute 'n' must contain a non-empty value of type 'Number'."},
        {"n", "Binary", NULL, "",
         "Message (user) attribute 'n' must contain a non-empty value of type 'Binary'."},
        {"n", "String", "a\x0b", NULL,
         "Invalid binary character '#xB' was found in the value of message (user) attribute 'n', " SET_TEXT},
        {"n", "String", "\xc3", NULL,
         "The value of message (user) attribute 'n' is not valid UTF-8."},
        {"n", "Number", "one", NULL,
         "Can't cast the value of message (user) attribute 'n' to a number."},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct api_message_attribute attribute =
            attribute_of(rows[i].name, rows[i].type, rows[i].text, rows[i].binary);
        struct message_attribute checked[MESSAGE_ATTRIBUTES_MAX];
        struct api_error error = {0};
        ck_assert_msg(!check(&attribute, 1, checked, &error), "row %zu", i);
        ck_assert_str_eq(error.row->query_code, INVALID);
        testkit_slice_eq(error.message, rows[i].message);
    }
}
END_TEST

START_TEST(good_attributes_come_back_sorted)
{
    struct api_message_attribute attributes[] = {
        attribute_of("z..z", "String", "\xc3\xb8 text\r\n", NULL),
        attribute_of("b-_9", "Binary.gif", NULL, "\x01\x02"),
        attribute_of("\xc3\xb8\xc3\x9f\xc3\xa4", "Number.int", "3", "ignored"),
        attribute_of(SCORE_256, "String.", "v", NULL),
        attribute_of("AWSx", "String.custom.more", "v", NULL),
        attribute_of("Amazon", "String", "v", NULL),
    };
    static const char *const names[] = {"AWSx", "Amazon", SCORE_256,
                                        "b-_9", "z..z",   "\xc3\xb8\xc3\x9f\xc3\xa4"};
    struct message_attribute checked[MESSAGE_ATTRIBUTES_MAX];
    struct api_error error = {0};
    ck_assert(check(attributes, ARRAY_COUNT(attributes), checked, &error));
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        testkit_slice_eq(checked[i].name, names[i]);
    ck_assert(checked[3].is_binary);
    testkit_slice_eq(checked[3].value, "\x01\x02");
    testkit_slice_eq(checked[3].type, "Binary.gif");
    ck_assert(!checked[5].is_binary);
    testkit_slice_eq(checked[5].value, "3");
    ck_assert(check(attributes, 0, checked, &error));
}
END_TEST

START_TEST(numbers_are_decimal_and_bounded)
{
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {"0", true},
        {"-0", true},
        {"+7", true},
        {"1493147359900", true},
        {"007", true},
        {"3.14", true},
        {".5", true},
        {"5.", true},
        {"-1e3", true},
        {"1E-3", true},
        {"1e+3", true},
        {"12345678901234567890123456789012345678", true},
        {"0.00012345678901234567890123456789012345678", true},
        {"123456789012345678901234567890123456780000", true},
        {"123456789012345678901234567890123456789", false},
        {"1e126", true},
        {"-1e126", true},
        {"10e125", true},
        {"2e126", false},
        {"1.1e126", false},
        {"1e127", false},
        {"9.99e125", true},
        {"1e-128", true},
        {"9e-129", false},
        {"0.1e-127", true},
        {"0.1e-128", false},
        {"0e999999999999999999999", true},
        {"1e999999999999999999999", false},
        {"1e-999999999999999999999", false},
        {"", false},
        {"-", false},
        {".", false},
        {"e5", false},
        {"1e", false},
        {"1e+", false},
        {"1.2.3", false},
        {"--1", false},
        {" 1", false},
        {"1 ", false},
        {"1_000", false},
        {"0x10", false},
        {"NaN", false},
        {"Infinity", false},
        {"1,5", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct api_message_attribute attribute = attribute_of("n", "Number", rows[i].text, NULL);
        struct message_attribute checked[MESSAGE_ATTRIBUTES_MAX];
        struct api_error error = {0};
        ck_assert_msg(check(&attribute, 1, checked, &error) == rows[i].ok, "\"%s\"", rows[i].text);
    }
}
END_TEST

START_TEST(ten_attributes_are_enough)
{
    struct api_message_attribute attributes[11];
    struct message_attribute checked[MESSAGE_ATTRIBUTES_MAX];
    struct api_error error = {0};
    for (uint32_t i = 0; i < 11; i++)
        attributes[i] =
            attribute_of((const char *[]){"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}[i],
                         "String", "v", NULL);
    ck_assert(check(attributes, 10, checked, &error));
    ck_assert(!check(attributes, 11, checked, &error));
    testkit_slice_eq(error.message,
                     "Number of message attributes [11] exceeds the allowed maximum [10].");
    attributes[4].name = SLICE("b");
    ck_assert(!check(attributes, 10, checked, &error));
    testkit_slice_eq(error.message, "Message (user) attribute name 'b' already exists.");
}
END_TEST

START_TEST(list_values_are_not_supported)
{
    struct slice item = SLICE("v");
    struct api_message_attribute attribute = attribute_of("n", "String", "v", NULL);
    struct message_attribute checked[MESSAGE_ATTRIBUTES_MAX];
    struct api_error error = {0};
    attribute.value.has_string_list_values = true;
    ck_assert(check(&attribute, 1, checked, &error));
    attribute.value.string_list_values = (struct api_string_list){&item, 1};
    ck_assert(!check(&attribute, 1, checked, &error));
    ck_assert_str_eq(error.row->json_name, "UnsupportedOperation");
    testkit_slice_eq(error.message, "Message attribute list values in SendMessage operation are "
                                    "not supported.");
    attribute.value.string_list_values.count = 0;
    attribute.value.binary_list_values = (struct api_blob_list){&item, 1};
    ck_assert(!check(&attribute, 1, checked, &error));
    ck_assert_str_eq(error.row->json_name, "UnsupportedOperation");
}
END_TEST

START_TEST(one_system_attribute_is_known)
{
    char *longest = arena_take(&arena, MESSAGE_TRACE_BYTES_MAX + 2);
    memset(longest, 'x', MESSAGE_TRACE_BYTES_MAX + 1);
    longest[MESSAGE_TRACE_BYTES_MAX + 1] = '\0';
    const struct {
        const char *name, *type, *text, *binary;
        const char *message; /* NULL: good */
    } rows[] = {
        {"AWSTraceHeader", "String", "Root=1", NULL, NULL},
        {"AWSTraceHeader", "String", longest + 1, NULL, NULL},
        {"Foo", "String", "v", NULL, "Message system attribute name 'Foo' is invalid."},
        {"awstraceheader", "String", "v", NULL,
         "Message system attribute name 'awstraceheader' is invalid."},
        {"AWSTraceHeader", "Binary", NULL, "v",
         "The type of message (system) attribute 'AWSTraceHeader' is invalid. You must use only the "
         "following supported type prefixes: String."},
        {"AWSTraceHeader", "String", "", NULL,
         "Message (system) attribute 'AWSTraceHeader' must contain a non-empty value of type "
         "'String'."},
        {"AWSTraceHeader", "String", NULL, "v",
         "Message (system) attribute 'AWSTraceHeader' must contain a non-empty value of type "
         "'String'."},
        {"AWSTraceHeader", "String", longest, NULL,
         "Message (system) attribute 'AWSTraceHeader' must be shorter than 4096 bytes."},
        {"AWSTraceHeader", "String", "\x01", NULL,
         "Message (system) attribute 'AWSTraceHeader' contains an invalid character, " SET_TEXT},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct api_message_attribute attribute =
            attribute_of(rows[i].name, rows[i].type, rows[i].text, rows[i].binary);
        struct api_message_attribute_map map = {&attribute, 1};
        struct message_attribute trace;
        struct api_error error = {0};
        bool is_found = false;
        bool is_good = message_rules_check_system(&arena, &map, &trace, &is_found, &error);
        ck_assert_msg(is_good == (rows[i].message == NULL), "row %zu", i);
        ck_assert_int_eq(is_found, is_good);
        if (is_good)
            testkit_slice_eq(trace.value, rows[i].text);
        else
            testkit_slice_eq(error.message, rows[i].message);
    }
    bool is_found = true;
    struct api_error error = {0};
    struct message_attribute trace;
    ck_assert(message_rules_check_system(&arena, &(struct api_message_attribute_map){0}, &trace,
                                         &is_found, &error));
    ck_assert(!is_found);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_bad_attribute_is_told_why);
    tcase_add_test(tests, good_attributes_come_back_sorted);
    tcase_add_test(tests, numbers_are_decimal_and_bounded);
    tcase_add_test(tests, ten_attributes_are_enough);
    tcase_add_test(tests, list_values_are_not_supported);
    tcase_add_test(tests, one_system_attribute_is_known);
}

int main(void)
{
    return testkit_run("message_rules_attributes", fill);
}
