#include "api/json_reader.h"
#include "testkit/testkit.h"

#include "base/banned.h"

static struct arena arena;

/* Whether the whole text is one JSON value. */
static bool is_json(struct slice text)
{
    struct json_reader reader;
    json_reader_init(&reader, &arena, text);
    return json_reader_skip(&reader) && json_reader_finish(&reader);
}

START_TEST(valid_texts_are_accepted)
{
    static const char *const texts[] = {
        "null",
        " true ",
        "false",
        "0",
        "-0",
        "12",
        "-3.25",
        "1e5",
        "1E-5",
        "0.5e+10",
        "\"\"",
        "\"a\"",
        "[]",
        "[ ]",
        "{}",
        "{ }",
        "[1,2]",
        "[ 1 , 2 ]",
        "{\"a\":1}",
        "{ \"a\" : 1 , \"b\" : [ { } , [ ] ] }",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
        "\"\\u0000\"",
        "\"\\ud83d\\ude00\"",
        "\"\\uD83D\\uDE00\"",
        "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"",
        "\"\x7f\"",
        "\r\n\t[\r\n\t]",
        "{\"a\":1,\"a\":2}",
        "\"\xef\xbf\xbf\"",
        "\"\\uffff\"",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        ck_assert_msg(is_json(slice_from_text(texts[i])), "refused: %s", texts[i]);
}
END_TEST

START_TEST(broken_texts_are_refused)
{
    static const char *const texts[] = {
        "",
        " ",
        "nul",
        "True",
        "nullx",
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x10",
        "1 2",
        "NaN",
        "Infinity",
        "-Infinity",
        "'a'",
        "\"",
        "\"a",
        "\"\\",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u\"",
        "\"\\u12\"",
        "\"\\u123g\"",
        "\"\\ud83d\"",
        "\"\\ud83dx\"",
        "\"\\ud83d\\n\"",
        "\"\\ud83d\\u0041\"",
        "\"\\ude00\"",
        "\"\\ude00\\ude00\"",
        "\"\\ude00\\ud83d\"",
        "\"\n\"",
        "\"\t\"",
        "\"\x1f\"",
        "\"\xff\"",
        "\"\xc3\"",
        "\"\xc3(\"",
        "\"\xc0\x80\"",
        "\"\xe0\x80\x80\"",
        "\"\xed\xa0\x80\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xf8\x88\x80\x80\x80\"",
        "\"\\\xc3\xa9\"",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[}",
        "{",
        "}",
        "{]",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "{1:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\"::1}",
        "[1]]",
        "{}{}",
        "/**/1",
        "\xef\xbb\xbf{}",
        "[\"a\",\"b]",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        ck_assert_msg(!is_json(slice_from_text(texts[i])), "accepted: %s", texts[i]);
}
END_TEST

START_TEST(raw_nul_is_refused_everywhere)
{
    ck_assert(!is_json(SLICE("\0")));
    ck_assert(!is_json(SLICE("\"\0\"")));
    ck_assert(!is_json(SLICE("[1\0]")));
    ck_assert(!is_json(SLICE("{}\0")));
}
END_TEST

START_TEST(nesting_is_bounded)
{
    uint8_t text[2 * JSON_READER_DEPTH_MAX + 2];
    for (size_t depth = JSON_READER_DEPTH_MAX; depth <= JSON_READER_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        ck_assert_int_eq(is_json(slice_of(text, 2 * depth)), depth <= JSON_READER_DEPTH_MAX);
    }
    static uint8_t deep[1u << 20];
    memset(deep, '[', sizeof(deep));
    ck_assert(!is_json(slice_of(deep, sizeof(deep))));
}
END_TEST

static struct slice read_string(struct slice text)
{
    struct json_reader reader;
    struct slice found;
    json_reader_init(&reader, &arena, text);
    ck_assert_int_eq(json_reader_peek(&reader), JSON_READER_STRING);
    ck_assert(json_reader_read_string(&reader, &found));
    ck_assert(json_reader_finish(&reader));
    return found;
}

START_TEST(plain_strings_point_into_the_text)
{
    struct slice text = SLICE("\"plain \xc3\xa9 text, longer than one word\"");
    struct slice found = read_string(text);
    ck_assert_ptr_eq(found.at, text.at + 1);
    ck_assert_uint_eq(found.bytes, text.bytes - 2);
    ck_assert_uint_eq(arena.used_bytes, 0);
}
END_TEST

START_TEST(escapes_become_what_they_stand_for)
{
    ck_assert(slice_equal(read_string(SLICE("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"")),
                          SLICE("\"\\/\b\f\n\r\t")));
    ck_assert(slice_equal(read_string(SLICE("\"a\\u0000b\"")), SLICE("a\0b")));
    ck_assert(slice_equal(read_string(SLICE("\"\\u00e9\\u20AC\\ud83d\\ude00\\uffff\"")),
                          SLICE("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf")));
    ck_assert(slice_equal(read_string(SLICE("\"12345678\\n12345678\\n\"")),
                          SLICE("12345678\n12345678\n")));
}
END_TEST

/* Each special byte at each place of a word, because eight bytes are looked at together. */
START_TEST(specials_are_seen_at_every_offset)
{
    static const char specials[] = "\"\\\x01\x1f\x80\xff";
    for (size_t at = 0; at < 24; at++) {
        for (size_t i = 0; i < sizeof(specials) - 1; i++) {
            uint8_t text[26];
            memset(text, 'x', sizeof(text));
            text[0] = text[sizeof(text) - 1] = '"';
            text[1 + at] = (uint8_t)specials[i];
            ck_assert_msg(!is_json(slice_of(text, sizeof(text))), "%zu %zu", at, i);
        }
    }
}
END_TEST

/* Neighbours of the special bytes are none, and what a special byte ends is taken up to it and not further. */
START_TEST(texts_end_where_their_special_byte_is)
{
    static const char inside[] = "\"x !#[]\x7f\\\"\\n\xc3\xa9~\"";
    static const char wanted[] = "x !#[]\x7f\"\n\xc3\xa9~";
    for (size_t before = 0; before < 150; before++) {
        uint8_t text[200];
        struct json_reader reader;
        struct slice got;
        memset(text, 'a', sizeof(text));
        text[0] = '"';
        memcpy(text + 1 + before, inside + 1, sizeof(inside) - 2);
        json_reader_init(&reader, &arena, slice_of(text, 1 + before + sizeof(inside) - 2));
        ck_assert(json_reader_read_string(&reader, &got) && json_reader_finish(&reader));
        ck_assert_uint_eq(got.bytes, before + sizeof(wanted) - 1);
        testkit_slice_eq(slice_from(got, before), wanted);
    }
}
END_TEST

START_TEST(every_prefix_of_a_valid_text_is_refused)
{
    struct slice text =
        SLICE("{\"a\":[1,-2.5e3,true,null,\"x\\u0041\xc3\xa9\\ud83d\\ude00\"],\"b\":{\"c\":{}}}");
    ck_assert(is_json(text));
    for (size_t bytes = 0; bytes < text.bytes; bytes++)
        ck_assert_msg(!is_json(slice_head(text, bytes)), "accepted %zu bytes", bytes);
}
END_TEST

static void start(void)
{
    arena_init(&arena);
}

static void stop(void)
{
    arena_done(&arena);
}

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, valid_texts_are_accepted);
    tcase_add_test(tests, broken_texts_are_refused);
    tcase_add_test(tests, raw_nul_is_refused_everywhere);
    tcase_add_test(tests, nesting_is_bounded);
    tcase_add_test(tests, plain_strings_point_into_the_text);
    tcase_add_test(tests, escapes_become_what_they_stand_for);
    tcase_add_test(tests, specials_are_seen_at_every_offset);
    tcase_add_test(tests, texts_end_where_their_special_byte_is);
    tcase_add_test(tests, every_prefix_of_a_valid_text_is_refused);
}

int main(void)
{
    return testkit_run("json_reader", fill);
}
