#include "bench/answer.h"
#include "bench/ceilings.h"
#include "testkit/testkit.h"

#include "base/banned.h"

static const char output[] =
    "{\"bench\":\"engine\",\"queue\":\"fifo\",\"groups\":0,\"depth\":10000,\"send_ns\":1,"
    "\"receive_ns\":2,\"delete_ns\":3}\n"
    "{\"bench\":\"engine\",\"queue\":\"standard\",\"groups\":0,\"depth\":100,\"send_ns\":90,"
    "\"receive_ns\":110,\"delete_ns\":100,\"more\":1.5}\n"
    "{\"bench\":\"engine\",\"queue\":\"standard\",\"groups\":1000,\"depth\":10000,\"send_ns\":4,"
    "\"receive_ns\":5,\"delete_ns\":6}\n"
    "a line that is no JSON\n"
    "{\"bench\":\"engine\",\"queue\":\"standard\",\"groups\":0,\"depth\":10000,\"send_ns\":91,"
    "\"receive_ns\":120,\"delete_ns\":101}\n"
    "{\"bench\":\"engine-purge\",\"depth\":10000}";

START_TEST(steps_are_those_of_a_standard_queue_of_that_depth)
{
    static const char *const bad[] = {"",
                                      "\n\n",
                                      "{",
                                      "{}",
                                      "[]",
                                      "{\"bench\":\"engine\"}",
                                      "{\"bench\":\"engine\",\"queue\":\"standard\",\"depth\":1}"};
    struct engine_steps steps = {.depth = 7};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        ck_assert_int_eq(engine_steps_parse(bad[i], 1, &steps), ERR_INVALID);
    ck_assert(steps.depth == 7);
    ck_assert_int_eq(engine_steps_parse(output, 10000, &steps), ERR_OK);
    ck_assert(steps.depth == 10000 && steps.send_ns == 91 && steps.receive_ns == 120 &&
              steps.delete_ns == 101);
    ck_assert_int_eq(engine_steps_parse(output, 1, &steps), ERR_OK);
    ck_assert(steps.depth == 100);
}
END_TEST

START_TEST(a_program_that_fails_has_no_steps)
{
    struct engine_steps steps;
    ck_assert_int_eq(engine_steps_run("/bin/false", -1, 1, &steps), ERR_IO);
    ck_assert_int_eq(engine_steps_run("/nothing/there", -1, 1, &steps), ERR_IO);
    ck_assert_int_eq(engine_steps_run("/bin/true", -1, 1, &steps), ERR_INVALID);
}
END_TEST

static struct ceilings ceilings;

static char *print(void (*printer)(FILE *, const struct ceilings *))
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    printer(file, &ceilings);
    fclose(file);
    ck_assert_ptr_null(strstr(text, "nan"));
    ck_assert_ptr_null(strstr(text, "inf"));
    return text;
}

/* Two rounds in which the machine doubled its speed: shares are taken inside rounds, so they do not move. */
START_TEST(shares_are_those_inside_a_round)
{
    ceilings = (struct ceilings){.rounds = 2, .is_quiet = true, .has_engine = true};
    ceilings.engine = (struct engine_steps){10000, 100, 200, 300};
    for (uint32_t round = 0; round < 2; round++) {
        ceilings.syncs[round] = 10000 * (round + 1);
        for (uint32_t i = 0; i < CEILINGS_CASES_COUNT; i++)
            for (uint32_t s = 0; s < CEILINGS_SERVERS_COUNT; s++)
                ceilings.figures[round][i][s] =
                    (struct ceilings_figures){.rate = 100000 * (round + 1) / (s + 1),
                                              .server_us = 10 * (s + 1),
                                              .generator_busy = 0.5,
                                              .commits = 2500 * (round + 1),
                                              .messages = 20};
    }
    char *text = print(ceilings_print);
    static const char *const wanted[] = {
        "0.50 (0.50-0.50)",                                 /* memory / null */
        "0.33 (0.33-0.33)",                                 /* sync / null */
        "= 0.25 (0.25-0.25) of F, with 20.0 messages each", /* commits */
        "send: 0.5 % of the CPU time",                      /* 100 ns of 20 us */
        "receive-delete: 1.2 % of the CPU time",            /* (200 + 300) / 2 ns of 20 us */
    };
    for (size_t i = 0; i < ARRAY_COUNT(wanted); i++)
        ck_assert_msg(strstr(text, wanted[i]) != NULL, "%s is missing in\n%s", wanted[i], text);
    ck_assert_ptr_null(strstr(text, "say little"));
    free(text);
    ceilings.is_quiet = false;
    text = print(ceilings_print);
    ck_assert_ptr_nonnull(strstr(text, "say little"));
    free(text);
}
END_TEST

START_TEST(json_holds_together)
{
    struct answer answer;
    ceilings = (struct ceilings){.rounds = 1, .has_engine = _i == 1};
    char *text = print(ceilings_print_json);
    ck_assert(answer_parse_json((uint8_t *)text, strlen(text), &answer));
    free(text);
    free(print(ceilings_print));
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, steps_are_those_of_a_standard_queue_of_that_depth);
    tcase_add_test(tests, a_program_that_fails_has_no_steps);
    tcase_add_test(tests, shares_are_those_inside_a_round);
    tcase_add_loop_test(tests, json_holds_together, 0, 2);
}

int main(void)
{
    return testkit_run("ceilings", fill);
}
