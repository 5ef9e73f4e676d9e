/* Which hosts, origins and fetch sites are let in. */
#include "server/web.h"
#include "testkit/testkit.h"

#include "base/banned.h"

static const char *wrong, *why;

static struct web_rules rules_of(const char *host_names, const char *cors_origins)
{
    struct web_rules rules;
    ck_assert_int_eq(web_rules_read(host_names, cors_origins, &rules, &wrong, &why), ERR_OK);
    return rules;
}

START_TEST(hosts_of_the_api_are_names_that_nobody_else_can_own)
{
    static const struct {
        const char *host;
        bool is_own;
    } rows[] = {
        {"127.0.0.1:9324", true},
        {"192.168.1.5", true},
        {"[::1]:9324", true},
        {"[fd00::7]", true},
        {"localhost", true},
        {"LocalHost:1", true},
        {"localhost.:9324", true},
        {"sqs.us-east-1.localhost:9324", true},
        {"leat:9324", true},
        {"host.docker.internal:9324", true},
        {"queues.example.com", true},
        {"QUEUES.example.com.:80", true},
        {"other.example", true},
        {"", true}, /* HTTP/1.0 */
        {"evil.example:9324", false},
        {"queues.example.com.evil.example", false},
        {"x.queues.example.com", false},
        {"evil-localhost.example", false},
        {"localhost.evil.example", false},
        {"notlocalhost.example", false},
        {"internal.example", false},
        {"127.0.0.1.evil.example", false},
        {"127.0.0.1.1", false},
        {"[", false},
        {":9324", false},
    };
    struct web_rules rules = rules_of("queues.example.com, other.example", NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(web_is_own_host(&rules, slice_from_text(rows[i].host)) == rows[i].is_own,
                      "%s", rows[i].host);
}
END_TEST

START_TEST(hosts_of_the_admin_listener_are_loopback_or_configured)
{
    static const struct {
        const char *host;
        bool is_own;
    } rows[] = {
        {"127.0.0.1:9325", true},
        {"127.3.2.1", true},
        {"[::1]:9325", true},
        {"localhost", true},
        {"LOCALHOST:9325", true},
        {"ops.example:9325", true},
        {"10.0.0.5:9325", true},
        {"[fd00::7]:9325", true},
        {"10.0.0.6:9325", false},
        {"[fd00::8]", false},
        {"leat", false},
        {"x.localhost", false},
        {"evil.example", false},
        {"", false},
        {"127.0.0.1.evil.example", false},
        {"a.docker.internal", false},
    };
    struct web_rules rules = rules_of("ops.example,10.0.0.5,fd00::7", NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(web_is_admin_host(&rules, slice_from_text(rows[i].host)) == rows[i].is_own,
                      "%s", rows[i].host);
}
END_TEST

START_TEST(local_origins_are_those_of_this_machine)
{
    static const struct {
        const char *origin;
        bool is_allowed;
    } rows[] = {
        {"http://localhost:3000", true},
        {"https://localhost", true},
        {"http://127.0.0.1:8080", true},
        {"http://[::1]:8080", true},
        {"http://127.0.0.2:8080", false},
        {"http://localhost.evil.example", false},
        {"http://localhost:3000.evil.example", true}, /* no browser makes it: a port is a number */
        {"http://evil.example", false},
        {"ftp://localhost", false},
        {"file://", false},
        {"null", false},
        {"", false},
        {"localhost:3000", false},
    };
    struct web_rules local = rules_of(NULL, "local"), none = rules_of(NULL, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice origin = slice_from_text(rows[i].origin);
        ck_assert_msg(web_allows_origin(&local, origin) == rows[i].is_allowed, "%s",
                      rows[i].origin);
        ck_assert(!web_allows_origin(&none, origin));
    }
}
END_TEST

START_TEST(listed_origins_are_compared_whole)
{
    struct web_rules rules =
        rules_of(NULL, "https://app.example , http://App.example:3000,chrome-extension://abcdef");
    ck_assert(web_allows_origin(&rules, SLICE("https://app.example")));
    ck_assert(web_allows_origin(&rules, SLICE("http://app.example:3000")));
    ck_assert(web_allows_origin(&rules, SLICE("chrome-extension://abcdef")));
    ck_assert(!web_allows_origin(&rules, SLICE("http://app.example")));
    ck_assert(!web_allows_origin(&rules, SLICE("https://app.example.evil")));
    ck_assert(!web_allows_origin(&rules, SLICE("http://localhost:3000")));
    ck_assert(!web_allows_origin(&rules, SLICE("null")));
}
END_TEST

START_TEST(requests_of_other_pages_are_told_from_those_of_programs)
{
    static const struct {
        const char *origin, *fetch_site;
        bool is_foreign;
    } rows[] = {
        {NULL, NULL, false}, /* a program */
        {NULL, "none", false},
        {NULL, "same-origin", false},
        {NULL, "same-site", true},
        {NULL, "cross-site", true},
        {NULL, "who-knows", true},
        {NULL, "", true},
        {"http://localhost:9324", NULL, false},
        {"https://LOCALHOST:9324", "same-origin", false},
        {"http://localhost:9324", "cross-site", true},
        {"http://localhost:3000", NULL, true},
        {"http://localhost", NULL, true},
        {"http://evil.example", NULL, true},
        {"http://evil.example", "none", true},
        {"localhost:9324", NULL, true},
        {"null", NULL, true},
        {"", NULL, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct web_request request = {.authority = SLICE("localhost:9324")};
        if (rows[i].origin != NULL)
            request.origin = slice_from_text(rows[i].origin);
        if (rows[i].fetch_site != NULL)
            request.fetch_site = slice_from_text(rows[i].fetch_site);
        ck_assert_msg(web_is_foreign(&request) == rows[i].is_foreign, "%zu", i);
    }
    struct web_request without_host = {.origin = SLICE("http://")};
    ck_assert(web_is_foreign(&without_host));
}
END_TEST

START_TEST(lists_that_mean_nothing_are_refused)
{
    static const char *const hosts[] = {"a,,b", "a b", "a:80", "http://a", "*", "[::1]", ","};
    static const char *const origins[] = {
        "*",    "null", "app.example", "https://a/", "https://", "https://a b", "local,https://a",
        "://a", ","};
    struct web_rules rules;
    char many[400] = "";
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        ck_assert_int_eq(web_rules_read(hosts[i], NULL, &rules, &wrong, &why), ERR_INVALID);
        ck_assert_ptr_eq(wrong, hosts[i]);
    }
    for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
        ck_assert_msg(web_rules_read(NULL, origins[i], &rules, &wrong, &why) == ERR_INVALID, "%s",
                      origins[i]);
        ck_assert_ptr_eq(wrong, origins[i]);
    }
    for (size_t i = 0; i < WEB_NAMES_MAX; i++)
        snprintf(many + strlen(many), sizeof(many) - strlen(many), "%sabc", i > 0 ? "," : "");
    ck_assert_uint_eq(rules_of(many, NULL).host_names_count, WEB_NAMES_MAX);
    snprintf(many + strlen(many), sizeof(many) - strlen(many), ",abc");
    ck_assert_int_eq(web_rules_read(many, NULL, &rules, &wrong, &why), ERR_INVALID);
    ck_assert_uint_eq(rules_of("", "").origins_count, 0);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, hosts_of_the_api_are_names_that_nobody_else_can_own);
    tcase_add_test(tests, hosts_of_the_admin_listener_are_loopback_or_configured);
    tcase_add_test(tests, local_origins_are_those_of_this_machine);
    tcase_add_test(tests, listed_origins_are_compared_whole);
    tcase_add_test(tests, requests_of_other_pages_are_told_from_those_of_programs);
    tcase_add_test(tests, lists_that_mean_nothing_are_refused);
}

int main(void)
{
    return testkit_run("web", fill);
}
