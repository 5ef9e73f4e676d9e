#include "engine/scenario_file.h"
#include "testkit/testkit.h"

#include "base/banned.h"

START_TEST(blocks_end_at_blank_lines)
{
    struct slice rest = SLICE("# about\n\nsend q m1\n# between\nreceive q\n----\ngot m1/1\n\n"
                              "# second\npeek q\n----\n\n");
    uint32_t line = 1;
    struct scenario_block block;
    const char *problem = NULL;
    ck_assert_int_eq(scenario_next_block(&rest, &line, &block, &problem), 1);
    ck_assert_uint_eq(block.line, 3);
    testkit_slice_eq(block.commands, "send q m1\n# between\nreceive q\n");
    testkit_slice_eq(block.expected, "got m1/1\n");
    ck_assert_int_eq(scenario_next_block(&rest, &line, &block, &problem), 1);
    ck_assert_uint_eq(block.line, 10);
    testkit_slice_eq(block.commands, "peek q\n");
    testkit_slice_eq(block.expected, "");
    ck_assert_int_eq(scenario_next_block(&rest, &line, &block, &problem), 0);
}
END_TEST

START_TEST(the_last_line_needs_no_end)
{
    struct slice rest = SLICE("peek q\n----\nm1 visible");
    uint32_t line = 1;
    struct scenario_block block;
    const char *problem = NULL;
    ck_assert_int_eq(scenario_next_block(&rest, &line, &block, &problem), 1);
    testkit_slice_eq(block.expected, "m1 visible");
    ck_assert_int_eq(scenario_next_block(&rest, &line, &block, &problem), 0);
}
END_TEST

START_TEST(broken_blocks_are_refused)
{
    static const char *const rows[] = {"----\nsomething\n", "send q m1\n\n", "send q m1\n",
                                       "send q m1\n----\n----\n"};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice rest = slice_from_text(rows[i]);
        uint32_t line = 1;
        struct scenario_block block;
        const char *problem = NULL;
        ck_assert_msg(scenario_next_block(&rest, &line, &block, &problem) == -1, "\"%s\"", rows[i]);
        ck_assert_ptr_nonnull(problem);
    }
}
END_TEST

START_TEST(commands_are_words_options_and_ranges)
{
    struct arena arena;
    arena_init(&arena);
    struct scenario_command command;
    const char *problem = NULL;
    ck_assert(scenario_parse_command(SLICE("send  q m9..m11 x group=g delay=1.5"), &arena, &command,
                                     &problem));
    ck_assert_uint_eq(command.words_count, 6);
    testkit_slice_eq(command.words[0], "send");
    testkit_slice_eq(command.words[2], "m9");
    testkit_slice_eq(command.words[4], "m11");
    testkit_slice_eq(command.words[5], "x");
    testkit_slice_eq(scenario_option(&command, "group"), "g");
    ck_assert(!command.options[1].is_used);
    int64_t ms = 0;
    ck_assert(scenario_option_ms(&command, "delay", 7, &ms));
    ck_assert_int_eq(ms, 1500);
    ck_assert(command.options[1].is_used);
    ck_assert(scenario_option_ms(&command, "wait", 7, &ms));
    ck_assert_int_eq(ms, 7);
    ck_assert(scenario_parse_command(SLICE("# nothing"), &arena, &command, &problem));
    ck_assert_uint_eq(command.words_count, 0);
    ck_assert(!scenario_parse_command(SLICE("send =x"), &arena, &command, &problem));
    arena_done(&arena);
}
END_TEST

START_TEST(seconds_have_up_to_three_decimals)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t ms;
        const char *printed;
    } rows[] = {
        {"0", true, 0, "0"},         {"31", true, 31000, "31"},   {"1.5", true, 1500, "1.5"},
        {"0.001", true, 1, "0.001"}, {"2.50", true, 2500, "2.5"}, {"1.", false, 0, ""},
        {"1.2345", false, 0, ""},    {"-1", false, 0, ""},        {"x", false, 0, ""},
        {"1.x", false, 0, ""},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        int64_t ms = 0;
        ck_assert_msg(scenario_parse_ms(slice_from_text(rows[i].text), &ms) == rows[i].ok, "\"%s\"",
                      rows[i].text);
        ck_assert_int_eq(ms, rows[i].ms);
        if (!rows[i].ok)
            continue;
        struct buffer out;
        buffer_init(&out, &arena, 16);
        scenario_print_ms(&out, ms);
        testkit_slice_eq(buffer_slice(&out), rows[i].printed);
    }
    arena_done(&arena);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, blocks_end_at_blank_lines);
    tcase_add_test(tests, the_last_line_needs_no_end);
    tcase_add_test(tests, broken_blocks_are_refused);
    tcase_add_test(tests, commands_are_words_options_and_ranges);
    tcase_add_test(tests, seconds_have_up_to_three_decimals);
}

int main(void)
{
    return testkit_run("scenario_file", fill);
}
