#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdlib.h>

#include "metadata/store_contract_test.h"
#include "testkit/redis_server.h"
#include "testkit/testkit.h"

#include "base/banned.h"

#define SKIPPED 77

static struct redis_server server;
static struct store *store;
static redisContext *operator; /* a connection of somebody who looks at the keys */

static void start_server(void)
{
    redis_server_start(&server, NULL);
}

static void stop_server(void)
{
    redis_server_stop(&server);
}

/* credentials: "" or "user:password@"; path: "" or "/database". */
static struct store *open_as(const char *credentials, const char *host, const char *path)
{
    char url[256];
    struct store *opened = NULL;
    const char *why = "";
    snprintf(url, sizeof(url), "redis://%s%s:%u%s", credentials, host, server.port, path);
    enum err err = store_open_redis(url, contract_loop, &opened, &why);
    ck_assert_msg(err == ERR_OK, "%s: %s", err_name(err), why);
    return opened;
}

static void wait_available(const struct store *opened)
{
    while (!opened->operations->is_available(opened))
        loop_run_once(contract_loop, NULL, NULL, -1);
}

static struct store *open_ready(struct loop *loop)
{
    MAYBE(loop == contract_loop);
    struct store *opened = open_as("", "127.0.0.1", "");
    wait_available(opened);
    return opened;
}

static void operator_connect(void)
{
    operator= redisConnect("127.0.0.1", server.port);
    ck_assert(operator!= NULL && operator->err == 0);
}

/* Runs a command as an operator would. The format is hiredis's own: %b are bytes. */
static redisReply *ask(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    redisReply *reply = redisvCommand(operator, format, arguments);
    va_end(arguments);
    ck_assert_msg(reply != NULL, "%s: %s", format, operator->errstr);
    ck_assert_msg(reply->type != REDIS_REPLY_ERROR, "%s: %s", format, reply->str);
    return reply;
}

static void tell(const char *command)
{
    freeReplyObject(ask(command, NULL));
}

static void setup(void)
{
    ck_assert_int_eq(loop_create(&contract_loop), ERR_OK);
    start_server();
    operator_connect();
}

static void teardown(void)
{
    store_close(store);
    store = NULL;
    redisFree(operator);
    stop_server();
    loop_destroy(contract_loop);
}

static void setup_open(void)
{
    setup();
    store = open_ready(contract_loop);
}

/* How many connections the server has accepted since it started. */
static long long connections_count(void)
{
    redisReply *reply = ask("INFO stats");
    const char *at = strstr(reply->str, "total_connections_received:");
    ck_assert_ptr_nonnull(at);
    long long count = strtoll(strchr(at, ':') + 1, NULL, 10);
    freeReplyObject(reply);
    return count;
}

/* Runs the loop while `count` more attempts to connect are made, none of which may succeed. */
static void watch_attempts_fail(const struct store *refused, int count)
{
    long long until = connections_count() + count;
    while (connections_count() < until) {
        ck_assert(!refused->operations->is_available(refused));
        loop_run_once(contract_loop, NULL, NULL, 10);
    }
}

/* A call while the store is away is completed before it returns. */
static void expect_away(struct store *away)
{
    struct outcome outcomes[3] = {{0}};
    struct store_change change = contract_change(STORE_TASK, SLICE("t"), 0, 1, SLICE("x"));
    ck_assert(!away->operations->is_available(away));
    away->operations->commit(away, &change, 1, outcome_done, &outcomes[0]);
    away->operations->find(away, STORE_TASK, SLICE("t"), outcome_each, outcome_done, &outcomes[1]);
    away->operations->load(away, STORE_TASK, outcome_each, outcome_done, &outcomes[2]);
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        ck_assert_uint_eq(outcomes[i].done_count, 1);
        ck_assert_int_eq(outcomes[i].err, ERR_UNAVAILABLE);
    }
}

static void expect_works(struct store *working)
{
    wait_available(working);
    ck_assert_int_eq(contract_put(working, STORE_SETTING, SLICE("works"), 0, 1, SLICE("x")),
                     ERR_OK);
    contract_expect(working, STORE_SETTING, SLICE("works"), 1, SLICE("x"));
    ck_assert_int_eq(contract_put(working, STORE_SETTING, SLICE("works"), 1, 0, SLICE_NONE),
                     ERR_OK);
}

static int order_replies(const void *a, const void *b)
{
    const redisReply *const *left = a, *const *right = b;
    return strcmp((*left)->str, (*right)->str);
}

/* One line a key: "name type format-or-fields". */
static size_t print_key(const redisReply *key, char *text, size_t capacity)
{
    redisReply *type = ask("TYPE %b", key->str, (size_t)key->len);
    int length = snprintf(text, capacity, "%s %s", key->str, type->str);
    if (strcmp(type->str, "hash") == 0) {
        redisReply *pairs = ask("HGETALL %b", key->str, (size_t)key->len);
        for (size_t i = 0; i < pairs->elements; i++)
            length +=
                snprintf(text + length, capacity - (size_t)length, "|%s", pairs->element[i]->str);
        freeReplyObject(pairs);
    } else if (strcmp(type->str, "stream") == 0) {
        redisReply *entries = ask("XRANGE %b - +", key->str, (size_t)key->len);
        const redisReply *last = entries->element[entries->elements - 1];
        length +=
            snprintf(text + length, capacity - (size_t)length, "|%s|%s|%s", last->element[0]->str,
                     last->element[1]->element[0]->str, last->element[1]->element[1]->str);
        freeReplyObject(entries);
    } else if (strstr(key->str, ":run") != NULL) {
        redisReply *value = ask("GET %b", key->str, (size_t)key->len);
        length += snprintf(text + length, capacity - (size_t)length, "|%d bytes", (int)value->len);
        freeReplyObject(value);
    } else {
        redisReply *value = ask("GET %b", key->str, (size_t)key->len);
        length += snprintf(text + length, capacity - (size_t)length, "|%s", value->str);
        freeReplyObject(value);
    }
    freeReplyObject(type);
    length += snprintf(text + length, capacity - (size_t)length, "\n");
    return (size_t)length;
}

static unsigned contract_count_of(const char *task)
{
    redisReply *reply = ask("HEXISTS leat:{meta}:task %s", task);
    unsigned count = (unsigned)reply->integer;
    freeReplyObject(reply);
    return count;
}

START_TEST(the_keys_are_as_keys_md_says)
{
    char text[4096];
    size_t length = 0;
    contract_write_golden(store);
    redisReply *keys = ask("KEYS *");
    qsort(keys->element, keys->elements, sizeof(keys->element[0]), order_replies);
    for (size_t i = 0; i < keys->elements; i++)
        length += print_key(keys->element[i], text + length, sizeof(text) - length);
    freeReplyObject(keys);
    ck_assert_str_eq(text, "leat:{meta}:changes stream|8-0|dropped|1 5\n"
                           "leat:{meta}:deleted hash|000000000000/gone|3 {\"at\":5}\n"
                           "leat:{meta}:dropped hash|5|1 {\"id\":5}\n"
                           "leat:{meta}:format string|2\n"
                           "leat:{meta}:queue hash|000000000000/orders|7 {\"a\":2}\n"
                           "leat:{meta}:revision string|8\n"
                           "leat:{meta}:run string|32 bytes\n"
                           "leat:{meta}:setting hash|receipt-key|1 \xff 0\n"
                           "leat:{meta}:task hash|8f3c|9223372036854775807 \n");
}
END_TEST

START_TEST(keys_made_by_hand_after_keys_md_are_read)
{
    tell("SET leat:{meta}:format 1");
    freeReplyObject(ask("HSET leat:{meta}:queue a %s", "5 {}"));
    store = open_ready(contract_loop);
    contract_expect(store, STORE_QUEUE, SLICE("a"), 5, SLICE("{}"));
}
END_TEST

START_TEST(of_two_writers_just_one_wins_each_round)
{
    struct store *other = open_ready(contract_loop);
    unsigned wins[2] = {0, 0};
    for (uint64_t version = 0; version < 100; version++) {
        struct outcome outcomes[2] = {{0}};
        struct store_change mine =
            contract_change(STORE_QUEUE, SLICE("q"), version, version + 1, SLICE("a"));
        struct store_change others =
            contract_change(STORE_QUEUE, SLICE("q"), version, version + 1, SLICE("b"));
        store->operations->commit(store, &mine, 1, outcome_done, &outcomes[0]);
        if (version % 3 == 0) /* let the first one be under way in some rounds */
            loop_run_once(contract_loop, NULL, NULL, 0);
        other->operations->commit(other, &others, 1, outcome_done, &outcomes[1]);
        outcome_wait(&outcomes[0]);
        outcome_wait(&outcomes[1]);
        bool is_mine = outcomes[0].err == ERR_OK;
        wins[is_mine ? 0 : 1]++;
        ck_assert_int_eq(outcomes[is_mine ? 0 : 1].err, ERR_OK);
        ck_assert_int_eq(outcomes[is_mine ? 1 : 0].err, ERR_STALE);
        contract_expect(store, STORE_QUEUE, SLICE("q"), version + 1,
                        is_mine ? SLICE("a") : SLICE("b"));
    }
    ck_assert_uint_eq(wins[0] + wins[1], 100);
    store_close(other);
}
END_TEST

static void fire_note(void *context)
{
    *(bool *)context = true;
}

START_TEST(calls_to_a_halted_redis_end_within_the_deadline)
{
    enum { CALLS = 30 };
    struct outcome outcomes[CALLS] = {{0}};
    bool has_fired = false;
    redis_server_pause(&server);
    for (unsigned i = 0; i < CALLS; i += 3) {
        struct store_change change = contract_change(STORE_TASK, SLICE("t"), i, i + 1, SLICE("x"));
        store->operations->commit(store, &change, 1, outcome_done, &outcomes[i]);
        store->operations->find(store, STORE_TASK, SLICE("t"), outcome_each, outcome_done,
                                &outcomes[i + 1]);
        store->operations->load(store, STORE_TASK, outcome_each, outcome_done, &outcomes[i + 2]);
    }
    /* A timer of the same length, started after the calls, fires after their deadlines. */
    loop_timer_start(contract_loop, STORE_DEADLINE_MS, fire_note, &has_fired);
    ck_assert_uint_eq(outcomes[0].done_count, 0);
    while (!has_fired)
        loop_run_once(contract_loop, NULL, NULL, -1);
    for (unsigned i = 0; i < CALLS; i++) {
        ck_assert_uint_eq(outcomes[i].done_count, 1);
        ck_assert_int_eq(outcomes[i].err, ERR_UNAVAILABLE);
        ck_assert_uint_eq(outcomes[i].documents_count, 0);
    }
    expect_away(store);
    redis_server_resume(&server);
    expect_works(store); /* nobody is called twice meanwhile: outcome_done would see it */
}
END_TEST

START_TEST(a_killed_redis_is_found_again_with_its_data)
{
    for (unsigned round = 0; round < 3; round++) {
        struct outcome outcome = {0};
        ck_assert_int_eq(contract_put(store, STORE_QUEUE, SLICE("q"), round, round + 1, SLICE("x")),
                         ERR_OK);
        redis_server_kill(&server);
        store->operations->find(store, STORE_QUEUE, SLICE("q"), outcome_each, outcome_done,
                                &outcome);
        outcome_wait(&outcome);
        ck_assert_int_eq(outcome.err, ERR_UNAVAILABLE);
        while (store->operations->is_available(store))
            loop_run_once(contract_loop, NULL, NULL, -1);
        expect_away(store);
        redis_server_restart(&server);
        expect_works(store);
        contract_expect(store, STORE_QUEUE, SLICE("q"), round + 1, SLICE("x"));
    }
}
END_TEST

START_TEST(a_redis_that_comes_later_is_found)
{
    redisFree(operator);
    redis_server_kill(&server);
    store = open_as("", "127.0.0.1", "");
    for (int i = 0; i < 10; i++) {
        expect_away(store);
        loop_run_once(contract_loop, NULL, NULL, 10);
    }
    redis_server_restart(&server);
    operator_connect();
    expect_works(store);
}
END_TEST

START_TEST(names_are_looked_up_without_blocking)
{
    store = open_as("", "localhost", "");
    expect_away(store); /* it cannot be connected yet */
    expect_works(store);
    struct store *lost = open_as("", "no-such-host.invalid", "");
    expect_away(lost);
    for (int i = 0; i < 5; i++)
        loop_run_once(contract_loop, NULL, NULL, 20);
    expect_away(lost);
    store_close(lost);
    store_close(open_as("", "no-such-host.invalid", "")); /* while it is looked up */
}
END_TEST

START_TEST(a_wrong_password_is_refused_until_it_is_right)
{
    tell("CONFIG SET requirepass right");
    store = open_as(":wrong@", "127.0.0.1", "");
    watch_attempts_fail(store, 3);
    expect_away(store);
    struct store *nobody = open_as("", "127.0.0.1", "");
    watch_attempts_fail(nobody, 4);
    store_close(nobody);
    struct store *right = open_as("default:right@", "127.0.0.1", "");
    expect_works(right);
    store_close(right);
    tell("CONFIG SET requirepass wrong");
    expect_works(store);
}
END_TEST

START_TEST(a_user_with_the_rights_of_keys_md_is_enough)
{
    tell(
        "ACL SETUSER leat on >s3cret resetkeys ~leat:{meta}:* resetchannels -@all +auth +select +info +setnx +get +set"
        " +mget +xadd +xrange +script|load +eval +evalsha +hget +hset +hdel +hscan");
    store = open_as("leat:s3cret@", "127.0.0.1", "/0");
    expect_works(store);
    ck_assert_uint_eq(contract_count(store, STORE_SETTING), 0);
    tell("SCRIPT FLUSH");
    expect_works(store);
}
END_TEST

START_TEST(the_database_of_the_url_is_used)
{
    store = open_as("", "127.0.0.1", "/3");
    wait_available(store);
    ck_assert_int_eq(contract_put(store, STORE_TASK, SLICE("t"), 0, 1, SLICE("x")), ERR_OK);
    redisReply *here = ask("DBSIZE");
    ck_assert_int_eq(here->integer, 0);
    freeReplyObject(here);
    tell("SELECT 3");
    redisReply *there = ask("HLEN leat:{meta}:task");
    ck_assert_int_eq(there->integer, 1);
    freeReplyObject(there);
    struct store *beyond = open_as("", "127.0.0.1", "/99"); /* Redis has 16 */
    watch_attempts_fail(beyond, 3);
    store_close(beyond);
}
END_TEST

START_TEST(another_format_is_refused_until_it_is_ours)
{
    static const char *const commands[] = {"SET leat:{meta}:format 3", "SET leat:{meta}:format 1x",
                                           "HSET leat:{meta}:format 1 1"};
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        tell("DEL leat:{meta}:format");
        tell(commands[i]);
        struct store *refused = open_as("", "127.0.0.1", "");
        watch_attempts_fail(refused, 2);
        expect_away(refused);
        tell("DEL leat:{meta}:format");
        expect_works(refused);
        store_close(refused);
    }
}
END_TEST

START_TEST(a_format_that_changes_stops_writers_at_once)
{
    tell("SET leat:{meta}:format 3");
    ck_assert_int_eq(contract_put(store, STORE_TASK, SLICE("t"), 0, 1, SLICE("x")),
                     ERR_UNAVAILABLE);
    expect_away(store);
    watch_attempts_fail(store, 2);
    tell("SET leat:{meta}:format 2");
    wait_available(store);
    contract_expect(store, STORE_TASK, SLICE("t"), 0, SLICE_NONE);
    expect_works(store);
}
END_TEST

/* ---- the watch ---- */

enum { SEEN_MAX = 1024 };

struct seen {
    char texts[SEEN_MAX][64]; /* "kind key version" */
    unsigned count, missed_count, lost_count, found_count;
};

static void seen_changed(void *context, enum store_kind kind, struct slice key, uint64_t version)
{
    struct seen *seen = context;
    ck_assert_uint_lt(seen->count, SEEN_MAX);
    snprintf(seen->texts[seen->count++], sizeof(seen->texts[0]), "%d %.*s %llu", (int)kind,
             SLICE_PRINT(key), (unsigned long long)version);
}

static void seen_missed(void *context)
{
    ((struct seen *)context)->missed_count++;
}

static void seen_lost(void *context, const char *why)
{
    struct seen *seen = context;
    (*(why != NULL ? &seen->lost_count : &seen->found_count))++;
}

static const struct store_watch seen_watch = {seen_changed, seen_missed, seen_lost};
static struct seen seen;

static void watch_store(struct store *watched)
{
    memset(&seen, 0, sizeof(seen));
    watched->operations->watch(watched, &seen_watch, &seen);
}

static void wait_until(const unsigned *counter, unsigned count)
{
    while (*counter < count)
        loop_run_once(contract_loop, NULL, NULL, -1);
    ck_assert_uint_eq(*counter, count);
}

START_TEST(changes_are_told_in_their_order_whoever_made_them)
{
    struct store *other = open_ready(contract_loop);
    struct store_change both[2] = {contract_change(STORE_QUEUE, SLICE("a"), 1, 0, SLICE_NONE),
                                   contract_change(STORE_DROPPED, SLICE("7"), 0, 1, SLICE("x"))};
    watch_store(store);
    ck_assert_int_eq(contract_put(other, STORE_QUEUE, SLICE("a"), 0, 1, SLICE("x")), ERR_OK);
    ck_assert_int_eq(contract_put(store, STORE_QUEUE, SLICE("b b"), 0, 5, SLICE("x")), ERR_OK);
    ck_assert_int_eq(contract_put(store, STORE_QUEUE, SLICE("b b"), 0, 6, SLICE("x")), ERR_STALE);
    ck_assert_int_eq(contract_commit(other, both, 2), ERR_OK);
    wait_until(&seen.count, 4);
    ck_assert_str_eq(seen.texts[0], "0 a 1");
    ck_assert_str_eq(seen.texts[1], "0 b b 5");
    ck_assert_str_eq(seen.texts[2], "0 a 0");
    ck_assert_str_eq(seen.texts[3], "4 7 1");
    ck_assert_uint_eq(store->operations->revision(store), 3);
    store_close(other);
}
END_TEST

START_TEST(what_was_changed_while_the_connection_was_away_is_told)
{
    struct store *other;
    watch_store(store);
    ck_assert_int_eq(contract_put(store, STORE_TASK, SLICE("t"), 0, 1, SLICE("x")), ERR_OK);
    wait_until(&seen.count, 1);
    tell("CLIENT KILL TYPE normal SKIPME yes");
    other = open_ready(contract_loop);
    for (uint64_t version = 1; version < 600; version++)
        ck_assert_int_eq(
            contract_put(other, STORE_TASK, SLICE("t"), version, version + 1, SLICE("x")), ERR_OK);
    wait_until(&seen.count, 600);
    ck_assert_str_eq(seen.texts[599], "2 t 600");
    ck_assert_uint_eq(seen.missed_count, 0);
    store_close(other);
}
END_TEST

START_TEST(a_stream_that_was_cut_is_missed_not_guessed)
{
    static const char *const cuts[] = {"XTRIM leat:{meta}:changes MAXLEN 0",
                                       "DEL leat:{meta}:changes",
                                       "XTRIM leat:{meta}:changes MAXLEN 1"};
    struct store *other = open_ready(contract_loop);
    watch_store(store);
    for (unsigned i = 0; i < ARRAY_COUNT(cuts); i++) {
        ck_assert_int_eq(contract_put(other, STORE_TASK, SLICE("t"), 2 * i, 2 * i + 1, SLICE("x")),
                         ERR_OK);
        ck_assert_int_eq(
            contract_put(other, STORE_TASK, SLICE("t"), 2 * i + 1, 2 * i + 2, SLICE("x")), ERR_OK);
        tell(cuts[i]);
        while (seen.missed_count + seen.count / 2 <= i) /* it was quick and saw both before */
            loop_run_once(contract_loop, NULL, NULL, -1);
    }
    expect_works(store);
    store_close(other);
}
END_TEST

static void expect_lost(unsigned count)
{
    wait_until(&seen.lost_count, count);
    ck_assert(store->operations->is_available(store));
    ck_assert_int_eq(contract_put(store, STORE_TASK, SLICE("n"), 0, 1, SLICE("x")),
                     ERR_UNAVAILABLE);
    ck_assert_uint_eq(contract_count_of("n"), 0);
}

START_TEST(a_redis_that_lost_its_data_is_not_changed_until_it_is_back)
{
    static const char *const losses[] = {"FLUSHALL",
                                         "DEL leat:{meta}:run",
                                         "SET leat:{meta}:run other",
                                         "DEL leat:{meta}:revision",
                                         "SET leat:{meta}:revision 0",
                                         "SET leat:{meta}:revision x"};
    ck_assert_int_eq(contract_put(store, STORE_TASK, SLICE("t"), 0, 1, SLICE("x")), ERR_OK);
    redisReply *run = ask("GET leat:{meta}:run");
    watch_store(store);
    for (unsigned i = 0; i < ARRAY_COUNT(losses); i++) {
        tell(losses[i]);
        expect_lost(i + 1);
        if (i == 0) /* another server starts on it: it is another Redis now */
            store_close(open_ready(contract_loop));
        tell("SET leat:{meta}:format 2");
        tell("SET leat:{meta}:revision 1");
        freeReplyObject(ask("SET leat:{meta}:run %b", run->str, (size_t)run->len));
        freeReplyObject(ask("HSET leat:{meta}:task t %s", "1 x"));
        wait_until(&seen.found_count, i + 1);
        ck_assert_uint_eq(seen.missed_count, i + 1);
        contract_expect(store, STORE_TASK, SLICE("t"), 1, SLICE("x"));
    }
    freeReplyObject(run);
    expect_works(store);
}
END_TEST

START_TEST(a_commit_never_reaches_a_redis_that_lost_its_data)
{
    static const char *const losses[] = {"SET leat:{meta}:run other", "SET leat:{meta}:revision 0"};
    for (unsigned i = 0; i < ARRAY_COUNT(losses); i++) {
        struct store *one = open_ready(contract_loop);
        ck_assert_int_eq(contract_put(one, STORE_TASK, SLICE("t"), i, i + 1, SLICE("x")), ERR_OK);
        tell(losses[i]); /* nobody has asked since */
        ck_assert_int_eq(contract_put(one, STORE_TASK, SLICE("n"), 0, 1, SLICE("x")),
                         ERR_UNAVAILABLE);
        ck_assert_uint_eq(contract_count_of("n"), 0);
        store_close(one);
    }
}
END_TEST

START_TEST(format_1_is_taken_over_and_its_writers_stop)
{
    tell("SET leat:{meta}:format 1");
    freeReplyObject(ask("HSET leat:{meta}:queue a %s", "5 {}"));
    store = open_ready(contract_loop);
    contract_expect(store, STORE_QUEUE, SLICE("a"), 5, SLICE("{}"));
    redisReply *reply = ask("GET leat:{meta}:format");
    ck_assert_str_eq(reply->str, "2");
    freeReplyObject(reply);
    expect_works(store);
}
END_TEST

START_TEST(a_copy_of_another_redis_is_refused)
{
    tell("REPLICAOF 127.0.0.1 1");
    ck_assert_int_eq(contract_put(store, STORE_TASK, SLICE("t"), 0, 1, SLICE("x")),
                     ERR_UNAVAILABLE);
    watch_attempts_fail(store, 2);
    tell("REPLICAOF NO ONE");
    expect_works(store);
}
END_TEST

START_TEST(a_forgotten_script_is_sent_again)
{
    for (uint64_t version = 0; version < 3; version++) {
        tell("SCRIPT FLUSH");
        ck_assert_int_eq(
            contract_put(store, STORE_TASK, SLICE("t"), version, version + 1, SLICE("x\0y")),
            ERR_OK);
        contract_expect(store, STORE_TASK, SLICE("t"), version + 1, SLICE("x\0y"));
    }
}
END_TEST

START_TEST(a_full_redis_refuses_commits_whole)
{
    struct store_change changes[2] = {
        contract_change(STORE_TASK, SLICE("a"), 0, 1, SLICE("x")),
        contract_change(STORE_QUEUE, SLICE("b"), 0, 1, SLICE("x")),
    };
    tell("CONFIG SET maxmemory 1");
    ck_assert_int_eq(contract_commit(store, changes, 2), ERR_FULL);
    contract_expect(store, STORE_TASK, SLICE("a"), 0, SLICE_NONE);
    tell("CONFIG SET maxmemory 0");
    ck_assert_int_eq(contract_commit(store, changes, 2), ERR_OK);
}
END_TEST

START_TEST(values_without_a_version_are_reported_and_kept)
{
    static const char *const values[] = {
        "garbage", "0 x", "-1 x", "01 x", "5", "", "99999999999999999999 x"};
    for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
        struct outcome found = {0}, loaded = {0};
        freeReplyObject(ask("HSET leat:{meta}:queue q %s", values[i]));
        store->operations->find(store, STORE_QUEUE, SLICE("q"), outcome_each, outcome_done, &found);
        store->operations->load(store, STORE_QUEUE, outcome_each, outcome_done, &loaded);
        outcome_wait(&found);
        outcome_wait(&loaded);
        ck_assert_int_eq(found.err, ERR_CORRUPT);
        ck_assert_int_eq(loaded.err, ERR_CORRUPT);
        enum err err = contract_put(store, STORE_QUEUE, SLICE("q"), 0, 1, SLICE("x"));
        ck_assert(err == ERR_UNAVAILABLE || err == ERR_STALE);
        redisReply *reply = ask("HGET leat:{meta}:queue q");
        ck_assert_str_eq(reply->str, values[i]);
        freeReplyObject(reply);
    }
}
END_TEST

START_TEST(a_foreign_key_under_our_name_is_reported)
{
    struct outcome found = {0}, loaded = {0};
    struct store_change changes[2] = {
        contract_change(STORE_QUEUE, SLICE("q"), 0, 1, SLICE("x")),
        contract_change(STORE_TASK, SLICE("t"), 0, 1, SLICE("x")),
    };
    tell("SET leat:{meta}:task mine");
    store->operations->find(store, STORE_TASK, SLICE("t"), outcome_each, outcome_done, &found);
    store->operations->load(store, STORE_TASK, outcome_each, outcome_done, &loaded);
    outcome_wait(&found);
    outcome_wait(&loaded);
    ck_assert_int_eq(found.err, ERR_CORRUPT);
    ck_assert_int_eq(loaded.err, ERR_CORRUPT);
    ck_assert_int_eq(contract_commit(store, changes, 2), ERR_UNAVAILABLE);
    contract_expect(store, STORE_QUEUE, SLICE("q"), 0, SLICE_NONE);
}
END_TEST

START_TEST(calls_beyond_the_bound_fail_at_once)
{
    enum { BOUND = 256, MORE = 10 };
    static struct outcome outcomes[BOUND + MORE];
    for (unsigned i = 0; i < BOUND + MORE; i++) {
        memset(&outcomes[i], 0, sizeof(outcomes[i]));
        store->operations->find(store, STORE_TASK, SLICE("t"), outcome_each, outcome_done,
                                &outcomes[i]);
        ck_assert_uint_eq(outcomes[i].done_count, i >= BOUND);
    }
    for (unsigned i = 0; i < BOUND + MORE; i++) {
        outcome_wait(&outcomes[i]);
        ck_assert_int_eq(outcomes[i].err, i < BOUND ? ERR_ABSENT : ERR_UNAVAILABLE);
    }
    expect_works(store);
}
END_TEST

enum { STEADY = 3000 };

struct changing_load {
    struct outcome outcome; /* first: the helpers see this */
    unsigned rounds;
    bool seen[STEADY];
};

/* While pages come in, others add and remove documents: the hash grows and shrinks under the load. */
static void changing_each(void *context, struct slice key, uint64_t version, struct slice document)
{
    struct changing_load *changing = context;
    int64_t n;
    MAYBE(version != 0 && document.bytes > 0);
    if (slice_to_int64(key, &n))
        changing->seen[n] = true;
    if (changing->rounds++ % 16 != 0)
        return;
    unsigned first = changing->rounds;
    for (unsigned i = 0; i < 100; i++) {
        if (changing->rounds < STEADY)
            redisAppendCommand(operator, "HSET leat:{meta}:queue other%u %s", first + i, "1 x");
        else
            redisAppendCommand(operator, "HDEL leat:{meta}:queue other%u", first - STEADY + i);
    }
    for (unsigned i = 0; i < 100; i++) {
        void *reply = NULL;
        ck_assert_int_eq(redisGetReply(operator, & reply), REDIS_OK);
        freeReplyObject(reply);
    }
}

START_TEST(a_load_misses_nothing_while_others_change_documents)
{
    struct changing_load *changing = calloc(1, sizeof(*changing));
    for (unsigned n = 0; n < STEADY; n++) {
        char document[64];
        snprintf(document, sizeof(document), "1 %050u", n);
        freeReplyObject(ask("HSET leat:{meta}:queue %u %s", n, document));
    }
    store->operations->load(store, STORE_QUEUE, changing_each, outcome_done, changing);
    outcome_wait(&changing->outcome);
    ck_assert_int_eq(changing->outcome.err, ERR_OK);
    for (unsigned n = 0; n < STEADY; n++)
        ck_assert_msg(changing->seen[n], "document %u is missing", n);
    free(changing);
}
END_TEST

START_TEST(big_documents_are_loaded_in_small_pages)
{
    /* Pages of the first size would be three; how many there are depends on the server's hash seed. */
    enum { DOCUMENTS = 40, BYTES = 512 * 1024, PAGES_MIN = 6 };
    char *bytes = malloc(BYTES);
    memset(bytes, 'x', BYTES);
    memcpy(bytes, "1 ", 2);
    for (unsigned n = 0; n < DOCUMENTS; n++)
        freeReplyObject(ask("HSET leat:{meta}:queue %u %b", n, bytes, (size_t)BYTES));
    tell("CONFIG RESETSTAT");
    ck_assert_uint_ge(contract_count(store, STORE_QUEUE), DOCUMENTS);
    redisReply *reply = ask("INFO commandstats");
    const char *at = strstr(reply->str, "cmdstat_hscan:calls=");
    ck_assert_ptr_nonnull(at);
    ck_assert_int_ge(strtoll(strchr(at, '=') + 1, NULL, 10), PAGES_MIN);
    freeReplyObject(reply);
    free(bytes);
}
END_TEST

static const struct contract_backend redis_backend = {start_server, stop_server, open_ready};

static void fill_contract(TCase *tests)
{
    contract_fill(tests, &redis_backend);
}

static void fill_open(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup_open, teardown);
    tcase_add_test(tests, the_keys_are_as_keys_md_says);
    tcase_add_test(tests, of_two_writers_just_one_wins_each_round);
    tcase_add_test(tests, calls_to_a_halted_redis_end_within_the_deadline);
    tcase_add_test(tests, a_format_that_changes_stops_writers_at_once);
    tcase_add_test(tests, changes_are_told_in_their_order_whoever_made_them);
    tcase_add_test(tests, what_was_changed_while_the_connection_was_away_is_told);
    tcase_add_test(tests, a_stream_that_was_cut_is_missed_not_guessed);
    tcase_add_test(tests, a_redis_that_lost_its_data_is_not_changed_until_it_is_back);
    tcase_add_test(tests, a_commit_never_reaches_a_redis_that_lost_its_data);
    tcase_add_test(tests, a_copy_of_another_redis_is_refused);
    tcase_add_test(tests, a_forgotten_script_is_sent_again);
    tcase_add_test(tests, a_full_redis_refuses_commits_whole);
    tcase_add_test(tests, values_without_a_version_are_reported_and_kept);
    tcase_add_test(tests, a_foreign_key_under_our_name_is_reported);
    tcase_add_test(tests, calls_beyond_the_bound_fail_at_once);
    tcase_add_test(tests, a_load_misses_nothing_while_others_change_documents);
    tcase_add_test(tests, big_documents_are_loaded_in_small_pages);
    tcase_add_test(tests, a_killed_redis_is_found_again_with_its_data);
}

static void fill_closed(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, keys_made_by_hand_after_keys_md_are_read);
    tcase_add_test(tests, a_redis_that_comes_later_is_found);
    tcase_add_test(tests, names_are_looked_up_without_blocking);
    tcase_add_test(tests, a_wrong_password_is_refused_until_it_is_right);
    tcase_add_test(tests, a_user_with_the_rights_of_keys_md_is_enough);
    tcase_add_test(tests, the_database_of_the_url_is_used);
    tcase_add_test(tests, another_format_is_refused_until_it_is_ours);
    tcase_add_test(tests, format_1_is_taken_over_and_its_writers_stop);
}

int main(void)
{
    if (!redis_server_is_installed()) {
        puts("skipped: redis-server is not installed");
        return SKIPPED;
    }
    int failed = testkit_run("redis contract", fill_contract);
    failed |= testkit_run("redis", fill_open);
    return testkit_run("redis connecting", fill_closed) | failed;
}
