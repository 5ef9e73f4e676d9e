#include "bench/settings.h"

#include <fcntl.h>

#include "bench/cases.h"
#include "testkit/testkit.h"

#include "base/banned.h"

#define ARGUMENTS_MAX 40

static struct settings settings;
static int status;

/* Arguments separated by one blank. Complaints go nowhere. */
static bool parse(const char *text)
{
    static char copy[512];
    char *argv[ARGUMENTS_MAX] = {copy};
    int argc = 1;
    snprintf(copy, sizeof(copy), "run %s", text);
    for (char *blank = strchr(copy, ' '); blank != NULL; blank = strchr(blank + 1, ' ')) {
        ck_assert_int_lt(argc, ARGUMENTS_MAX);
        *blank = 0;
        argv[argc++] = blank + 1;
    }
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nowhere, STDERR_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    close(nowhere);
    settings_init(&settings);
    return settings_parse(&settings, argc, argv, &status);
}

START_TEST(options_reach_their_settings)
{
    ck_assert(
        parse(
            "--endpoint http://h:1 --protocol query --connections 7 --pipeline 2 --threads 3 --batch 4 "
            "--size 1000 --queues 2 flow") == false); /* pipelined long polls */
    ck_assert(parse(
        "--endpoint http://h:1 --protocol query --connections 8 --batch 4 --size 1000 --rate 12.5 "
        "--arrivals constant --no-check --visibility 0 send"));
    ck_assert_str_eq(settings.endpoint, "http://h:1");
    ck_assert_int_eq(settings.protocol, WRITER_QUERY);
    ck_assert_uint_eq(settings.connections, 8);
    ck_assert_uint_eq(settings.batch, 4);
    ck_assert_uint_eq(settings.body_bytes, 1000);
    ck_assert(settings.rate == 12.5);
    ck_assert(settings.is_constant);
    ck_assert(!settings.checks);
    ck_assert_int_eq(settings.visibility_s, 0);
    ck_assert_str_eq(settings.workload->name, "send");
    ck_assert_int_eq(settings.signer.mode, SIGNER_V4);
    ck_assert(parse("--requests 9 --limit 1.5 --around 1 send"));
    ck_assert(settings.limit_s == 1.5);
    ck_assert_uint_eq(settings.around, 1);
    ck_assert(!parse("--around 11 send"));
    ck_assert(parse("--no-sign wake"));
    ck_assert_int_eq(settings.signer.mode, SIGNER_NONE);
    ck_assert(parse("--sign dummy send"));
    ck_assert_int_eq(settings.signer.mode, SIGNER_DUMMY);
}
END_TEST

static const char *const refused[] = {
    "",
    "nothing",
    "send receive",
    "--unknown send",
    "--connections 0 send",
    "--connections x send",
    "--connections 1.5 send",
    "--connections 99999 send",
    "--threads 2 --connections 1 send",
    "--threads 2 --connections 3 wake",
    "--pipeline 64 --connections 1000 send",
    "--pipeline 2 --no-keepalive send",
    "--pipeline 2 flow",
    "--receivers 2 send",
    "--receivers 64 flow",
    "--receivers 3 --threads 4 flow",
    "--batch 11 send",
    "--size 99 send",
    "--size 1048577 send",
    "--size 200000 --batch 10 send",
    "--protocol soap send",
    "--sign v2 send",
    "--seconds nan send",
    "--seconds -1 send",
    "--rate inf send",
    "--groups 5 --queues 100 send",
};

START_TEST(what_cannot_be_done_is_refused)
{
    ck_assert(!parse(refused[_i]));
    ck_assert_int_eq(status, 2);
}
END_TEST

static const struct {
    const char *arguments;
    const char *roles; /* of the lanes */
} roles[] = {
    {"--connections 4 flow", "SRSR"},
    {"--connections 5 flow", "SSRSR"},
    {"--connections 6 --receivers 4 flow", "SRRSRR"},
    {"--connections 6 --receivers 1 wake", "SSSSSR"},
    {"--connections 6 --receivers 2 --threads 2 wake", "SSRSSR"},
};

START_TEST(receivers_are_spread_evenly)
{
    ck_assert_msg(parse(roles[_i].arguments), "%s", roles[_i].arguments);
    for (uint32_t i = 0; i < strlen(roles[_i].roles); i++)
        ck_assert_int_eq(settings_receivers_below(&settings, i + 1) >
                             settings_receivers_below(&settings, i),
                         roles[_i].roles[i] == 'R');
}
END_TEST

START_TEST(help_is_no_failure)
{
    ck_assert(!parse("--help"));
    ck_assert_int_eq(status, 0);
}
END_TEST

/* cases_fill asserts that settings_check has nothing against them. */
START_TEST(every_case_of_the_suite_is_possible)
{
    for (uint32_t i = 0; i < cases_count(); i++) {
        settings_init(&settings);
        cases_fill(cases_at(i), 1000, &settings);
        ck_assert_uint_eq(cases_find(cases_at(i)->name), i);
    }
    ck_assert_uint_eq(cases_find("other"), cases_count());
    ck_assert_str_eq(cases_at(0)->name, "send");
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, options_reach_their_settings);
    tcase_add_loop_test(tests, what_cannot_be_done_is_refused, 0, ARRAY_COUNT(refused));
    tcase_add_loop_test(tests, receivers_are_spread_evenly, 0, ARRAY_COUNT(roles));
    tcase_add_test(tests, help_is_no_failure);
    tcase_add_test(tests, every_case_of_the_suite_is_possible);
}

int main(void)
{
    return testkit_run("settings", fill);
}
