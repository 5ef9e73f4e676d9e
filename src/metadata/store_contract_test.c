#include "metadata/store_contract_test.h"

#include <stdlib.h>

#include "base/random.h"
#include "testkit/testkit.h"

#include "base/banned.h"

#define MANY_DOCUMENTS 5000u
#define BIG_BYTES      (1024u * 1024u)

struct loop *contract_loop;

static const struct contract_backend *backend;
static struct store *store;

static void setup(void)
{
    ck_assert_int_eq(loop_create(&contract_loop), ERR_OK);
    backend->start();
    store = backend->open(contract_loop);
}

static void teardown(void)
{
    store_close(store);
    store = NULL;
    backend->stop();
    loop_destroy(contract_loop);
}

static void reopen(void)
{
    store_close(store);
    store = backend->open(contract_loop);
}

void outcome_done(void *context, enum err err)
{
    struct outcome *outcome = context;
    ck_assert_uint_eq(outcome->done_count, 0);
    outcome->done_count++;
    outcome->err = err;
}

void outcome_each(void *context, struct slice key, uint64_t version, struct slice document)
{
    struct outcome *outcome = context;
    MAYBE(key.bytes);
    ck_assert_uint_eq(outcome->done_count, 0);
    outcome_free(outcome);
    uint8_t *copy = malloc(document.bytes + 1);
    ck_assert_ptr_nonnull(copy);
    if (document.bytes > 0)
        memcpy(copy, document.at, document.bytes);
    outcome->documents_count++;
    outcome->version = version;
    outcome->document = slice_of(copy, document.bytes);
}

void outcome_wait(const struct outcome *outcome)
{
    while (outcome->done_count == 0)
        loop_run_once(contract_loop, NULL, NULL, -1);
}

void outcome_free(struct outcome *outcome)
{
    free((void *)(uintptr_t)outcome->document.at);
    outcome->document = SLICE_NONE;
}

struct store_change contract_change(enum store_kind kind, struct slice key, uint64_t before,
                                    uint64_t after, struct slice document)
{
    return (struct store_change){
        .kind = kind,
        .key = key,
        .version_before = before,
        .version_after = after,
        .document = document,
    };
}

enum err contract_commit(struct store *at, const struct store_change *changes, unsigned count)
{
    struct outcome outcome = {0};
    at->operations->commit(at, changes, count, outcome_done, &outcome);
    outcome_wait(&outcome);
    return outcome.err;
}

enum err contract_put(struct store *at, enum store_kind kind, struct slice key, uint64_t before,
                      uint64_t after, struct slice document)
{
    struct store_change change = contract_change(kind, key, before, after, document);
    return contract_commit(at, &change, 1);
}

void contract_expect(struct store *at, enum store_kind kind, struct slice key, uint64_t version,
                     struct slice document)
{
    struct outcome outcome = {0};
    at->operations->find(at, kind, key, outcome_each, outcome_done, &outcome);
    outcome_wait(&outcome);
    ck_assert_int_eq(outcome.err, version != 0 ? ERR_OK : ERR_ABSENT);
    ck_assert_uint_eq(outcome.documents_count, version != 0);
    ck_assert_uint_eq(outcome.version, version);
    if (version != 0)
        ck_assert(slice_equal(outcome.document, document));
    outcome_free(&outcome);
}

unsigned contract_count(struct store *at, enum store_kind kind)
{
    struct outcome outcome = {0};
    at->operations->load(at, kind, outcome_each, outcome_done, &outcome);
    outcome_wait(&outcome);
    ck_assert_int_eq(outcome.err, ERR_OK);
    outcome_free(&outcome);
    return outcome.documents_count;
}

void contract_write_golden(struct store *at)
{
    static const struct {
        enum store_kind kind;
        const char *key;
        uint64_t before, after;
        const char *document;
    } rows[] = {
        {STORE_QUEUE, "000000000000/orders", 0, 1, "{\"a\":1}"},
        {STORE_QUEUE, "000000000000/orders", 1, 7, "{\"a\":2}"},
        {STORE_QUEUE, "000000000000/gone", 0, 2, "{}"},
        {STORE_QUEUE, "000000000000/gone", 2, 0, ""},
        {STORE_DELETED, "000000000000/gone", 0, 3, "{\"at\":5}"},
        {STORE_TASK, "8f3c", 0, INT64_MAX, ""},
        {STORE_SETTING, "receipt-key", 0, 1, "\xff 0"},
        {STORE_DROPPED, "5", 0, 1, "{\"id\":5}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        ck_assert_int_eq(contract_put(at, rows[i].kind, slice_from_text(rows[i].key),
                                      rows[i].before, rows[i].after,
                                      slice_from_text(rows[i].document)),
                         ERR_OK);
}

START_TEST(a_commit_demands_the_version_before)
{
    static const struct {
        uint64_t before, after;
        enum err err;
        uint64_t version_now;
        const char *document_now;
    } rows[] = {
        {1, 2, ERR_STALE, 0, ""},   /* absent, not version 1 */
        {1, 0, ERR_STALE, 0, ""},   /* nothing to remove */
        {0, 0, ERR_OK, 0, ""},      /* absent, and shall stay so */
        {0, 5, ERR_OK, 5, "r3"},    /* created */
        {0, 6, ERR_STALE, 5, "r3"}, /* exists */
        {0, 0, ERR_STALE, 5, "r3"}, /* exists */
        {4, 6, ERR_STALE, 5, "r3"}, /* older */
        {6, 7, ERR_STALE, 5, "r3"}, /* newer */
        {5, 9, ERR_OK, 9, "r8"},    /* changed */
        {5, 0, ERR_STALE, 9, "r8"}, /* removing an older one */
        {9, 0, ERR_OK, 0, ""},      /* removed */
        {9, 10, ERR_STALE, 0, ""},  /* gone */
        {0, 11, ERR_OK, 11, "r12"}, /* created again */
        {11, INT64_MAX, ERR_OK, INT64_MAX, "r13"},
        {INT64_MAX - 1, INT64_MAX, ERR_STALE, INT64_MAX,
         "r13"}, /* numbers are exact, also big ones */
        {INT64_MAX, 0, ERR_OK, 0, ""},
    };
    struct slice key = SLICE("000000000000/orders");
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char text[16];
        snprintf(text, sizeof(text), "r%zu", i);
        enum err err = contract_put(store, STORE_QUEUE, key, rows[i].before, rows[i].after,
                                    slice_from_text(text));
        ck_assert_msg(err == rows[i].err, "row %zu: %s", i, err_name(err));
        contract_expect(store, STORE_QUEUE, key, rows[i].version_now,
                        slice_from_text(rows[i].document_now));
    }
}
END_TEST

/* Eight changes of all sorts, of which the one at `stale` does not hold. */
static void make_eight(struct store_change changes[STORE_CHANGES_MAX],
                       char keys[STORE_CHANGES_MAX][8], unsigned stale)
{
    for (unsigned i = 0; i < STORE_CHANGES_MAX; i++) {
        snprintf(keys[i], 8, "key%u", i);
        enum store_kind kind = (enum store_kind)(i % STORE_KINDS_COUNT);
        bool is_there = i >= 4;
        changes[i] = contract_change(kind, slice_from_text(keys[i]), is_there ? 3 : 0,
                                     i == 6 ? 0 : 4, SLICE("after"));
        if (i == stale)
            changes[i].version_before = is_there ? 2 : 1;
    }
}

static void expect_eight(bool is_committed)
{
    for (unsigned i = 0; i < STORE_CHANGES_MAX; i++) {
        char key[8];
        snprintf(key, sizeof(key), "key%u", i);
        uint64_t before = i >= 4 ? 3 : 0;
        uint64_t after = i == 6 ? 0 : 4;
        contract_expect(store, (enum store_kind)(i % STORE_KINDS_COUNT), slice_from_text(key),
                        is_committed ? after : before,
                        is_committed ? SLICE("after") : SLICE("before"));
    }
}

START_TEST(one_stale_change_undoes_all_wherever_it_stands)
{
    struct store_change changes[STORE_CHANGES_MAX];
    char keys[STORE_CHANGES_MAX][8];
    make_eight(changes, keys, STORE_CHANGES_MAX);
    for (unsigned i = 4; i < STORE_CHANGES_MAX; i++)
        ck_assert_int_eq(
            contract_put(store, changes[i].kind, changes[i].key, 0, 3, SLICE("before")), ERR_OK);
    for (unsigned stale = 0; stale < STORE_CHANGES_MAX; stale++) {
        make_eight(changes, keys, stale);
        ck_assert_int_eq(contract_commit(store, changes, STORE_CHANGES_MAX), ERR_STALE);
        expect_eight(false);
    }
    make_eight(changes, keys, STORE_CHANGES_MAX);
    ck_assert_int_eq(contract_commit(store, changes, STORE_CHANGES_MAX), ERR_OK);
    expect_eight(true);
}
END_TEST

START_TEST(kinds_do_not_meet)
{
    struct slice key = SLICE("same");
    for (unsigned kind = 0; kind < STORE_KINDS_COUNT; kind++)
        ck_assert_int_eq(contract_put(store, (enum store_kind)kind, key, 0, 10 + kind, SLICE("x")),
                         ERR_OK);
    ck_assert_int_eq(contract_put(store, STORE_DELETED, key, 11, 0, SLICE_NONE), ERR_OK);
    contract_expect(store, STORE_QUEUE, key, 10, SLICE("x"));
    contract_expect(store, STORE_DELETED, key, 0, SLICE_NONE);
    contract_expect(store, STORE_TASK, key, 12, SLICE("x"));
    contract_expect(store, STORE_SETTING, key, 13, SLICE("x"));
    contract_expect(store, STORE_DROPPED, key, 14, SLICE("x"));
    ck_assert_uint_eq(contract_count(store, STORE_QUEUE), 1);
    ck_assert_uint_eq(contract_count(store, STORE_DELETED), 0);
}
END_TEST

START_TEST(keys_and_documents_are_any_bytes)
{
    static const char nul_key[] = "a\0b";
    const struct {
        struct slice key, document;
    } rows[] = {
        {SLICE("plain"), SLICE("{}")},
        {slice_of(nul_key, 3), slice_of("\0\0", 2)},
        {slice_of(nul_key, 1), SLICE("the same up to the NUL")},
        {SLICE(""), SLICE("an empty key")},
        {SLICE("an empty document"), SLICE_NONE},
        {SLICE("blank tab\t\r\n"), SLICE("\r\n$3\r\n")},
        {SLICE("quote'\"`;--%s*?[a]"), SLICE("12 ")},
        {SLICE("\xff\xfe\x80"), SLICE("\xff\xfe\x80")},
        {SLICE("\xc3\xa9"), SLICE(" ")},
        {SLICE("e\xcc\x81"), SLICE("7")},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        ck_assert_int_eq(
            contract_put(store, STORE_SETTING, rows[i].key, 0, i + 1, rows[i].document), ERR_OK);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        contract_expect(store, STORE_SETTING, rows[i].key, i + 1, rows[i].document);
    ck_assert_uint_eq(contract_count(store, STORE_SETTING), ARRAY_COUNT(rows));
}
END_TEST

START_TEST(a_document_of_a_mebibyte_comes_back_whole)
{
    uint8_t *bytes = malloc(BIG_BYTES);
    ck_assert_ptr_nonnull(bytes);
    random_bytes(bytes, BIG_BYTES);
    struct slice document = slice_of(bytes, BIG_BYTES);
    ck_assert_int_eq(contract_put(store, STORE_QUEUE, SLICE("big"), 0, 1, document), ERR_OK);
    contract_expect(store, STORE_QUEUE, SLICE("big"), 1, document);
    ck_assert_uint_eq(contract_count(store, STORE_QUEUE), 1);
    ck_assert_int_eq(contract_put(store, STORE_QUEUE, SLICE("big"), 1, 2, SLICE("small")), ERR_OK);
    contract_expect(store, STORE_QUEUE, SLICE("big"), 2, SLICE("small"));
    free(bytes);
}
END_TEST

/* Document number n: its key ends in n, after a byte of every value; its bytes follow from n. */
struct many {
    struct outcome outcome; /* first: the helpers see this */
    unsigned char seen[MANY_DOCUMENTS];
};

static struct slice many_key(unsigned n, uint8_t ret_key[8])
{
    ret_key[0] = (uint8_t)n;
    snprintf((char *)ret_key + 1, 7, "%u", n);
    return slice_of(ret_key, 1 + strlen((const char *)ret_key + 1));
}

static struct slice many_document(unsigned n, uint8_t ret_document[512])
{
    uint64_t seed = n;
    for (size_t i = 0; i < 512; i += 8) {
        uint64_t word = random_next(&seed);
        memcpy(ret_document + i, &word, 8);
    }
    return slice_of(ret_document, n % 512);
}

static void many_each(void *context, struct slice key, uint64_t version, struct slice document)
{
    struct many *many = context;
    uint8_t document_bytes[512];
    int64_t n = -1;
    ck_assert_uint_ge(key.bytes, 2);
    ck_assert(slice_to_int64(slice_from(key, 1), &n));
    ck_assert(n >= 0 && n < MANY_DOCUMENTS);
    ck_assert_uint_eq(key.at[0], (uint8_t)n);
    ck_assert_uint_eq(version, (uint64_t)n + 1);
    ck_assert(slice_equal(document, many_document((unsigned)n, document_bytes)));
    many->seen[n] = 1;
}

static void write_many(void)
{
    for (unsigned n = 0; n < MANY_DOCUMENTS; n += STORE_CHANGES_MAX) {
        struct store_change changes[STORE_CHANGES_MAX];
        uint8_t keys[STORE_CHANGES_MAX][8];
        uint8_t documents[STORE_CHANGES_MAX][512];
        for (unsigned i = 0; i < STORE_CHANGES_MAX; i++)
            changes[i] = contract_change(STORE_QUEUE, many_key(n + i, keys[i]), 0, n + i + 1,
                                         many_document(n + i, documents[i]));
        ck_assert_int_eq(contract_commit(store, changes, STORE_CHANGES_MAX), ERR_OK);
    }
}

START_TEST(a_load_gives_every_document_also_after_opening_again)
{
    _Static_assert(MANY_DOCUMENTS % STORE_CHANGES_MAX == 0, "whole commits");
    write_many();
    for (int pass = 0; pass < 2; pass++) {
        struct many *many = calloc(1, sizeof(*many));
        store->operations->load(store, STORE_QUEUE, many_each, outcome_done, many);
        outcome_wait(&many->outcome);
        ck_assert_int_eq(many->outcome.err, ERR_OK);
        for (unsigned n = 0; n < MANY_DOCUMENTS; n++)
            ck_assert_msg(many->seen[n] == 1, "document %u is missing", n);
        free(many);
        reopen();
    }
}
END_TEST

START_TEST(everything_is_there_after_opening_again)
{
    contract_write_golden(store);
    reopen();
    contract_expect(store, STORE_QUEUE, SLICE("000000000000/orders"), 7, SLICE("{\"a\":2}"));
    contract_expect(store, STORE_QUEUE, SLICE("000000000000/gone"), 0, SLICE_NONE);
    contract_expect(store, STORE_DELETED, SLICE("000000000000/gone"), 3, SLICE("{\"at\":5}"));
    contract_expect(store, STORE_TASK, SLICE("8f3c"), INT64_MAX, SLICE_NONE);
    contract_expect(store, STORE_SETTING, SLICE("receipt-key"), 1, SLICE("\xff 0"));
    contract_expect(store, STORE_DROPPED, SLICE("5"), 1, SLICE("{\"id\":5}"));
    ck_assert_int_eq(
        contract_put(store, STORE_QUEUE, SLICE("000000000000/orders"), 7, 8, SLICE("next")),
        ERR_OK);
}
END_TEST

struct chain {
    struct outcome outcome;
    uint64_t version;
};

static void chain_next(void *context, enum err err)
{
    struct chain *chain = context;
    if (err != ERR_OK || chain->version == 20) {
        outcome_done(&chain->outcome, err);
        return;
    }
    chain->version++;
    struct store_change change =
        contract_change(STORE_TASK, SLICE("t"), chain->version - 1, chain->version, SLICE("x"));
    store->operations->commit(store, &change, 1, chain_next, chain);
}

START_TEST(a_completion_may_make_the_next_call)
{
    struct chain chain = {.version = 0};
    chain_next(&chain, ERR_OK);
    outcome_wait(&chain.outcome);
    ck_assert_int_eq(chain.outcome.err, ERR_OK);
    contract_expect(store, STORE_TASK, SLICE("t"), 20, SLICE("x"));
}
END_TEST

START_TEST(closing_completes_what_is_under_way)
{
    enum { EACH = 8 };
    struct outcome outcomes[3 * EACH] = {{0}};
    for (unsigned i = 0; i < EACH; i++) {
        struct store_change change = contract_change(STORE_TASK, SLICE("t"), i, i + 1, SLICE("x"));
        store->operations->commit(store, &change, 1, outcome_done, &outcomes[3 * i]);
        store->operations->find(store, STORE_TASK, SLICE("t"), outcome_each, outcome_done,
                                &outcomes[3 * i + 1]);
        store->operations->load(store, STORE_TASK, outcome_each, outcome_done,
                                &outcomes[3 * i + 2]);
    }
    store_close(store);
    store = NULL;
    for (unsigned i = 0; i < ARRAY_COUNT(outcomes); i++) {
        ck_assert_uint_eq(outcomes[i].done_count, 1);
        ck_assert(outcomes[i].err == ERR_OK || outcomes[i].err == ERR_UNAVAILABLE);
        outcome_free(&outcomes[i]);
    }
    store_close(NULL);
}
END_TEST

void contract_fill(TCase *tests, const struct contract_backend *chosen)
{
    backend = chosen;
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_commit_demands_the_version_before);
    tcase_add_test(tests, one_stale_change_undoes_all_wherever_it_stands);
    tcase_add_test(tests, kinds_do_not_meet);
    tcase_add_test(tests, keys_and_documents_are_any_bytes);
    tcase_add_test(tests, a_document_of_a_mebibyte_comes_back_whole);
    tcase_add_test(tests, a_load_gives_every_document_also_after_opening_again);
    tcase_add_test(tests, everything_is_there_after_opening_again);
    tcase_add_test(tests, a_completion_may_make_the_next_call);
    tcase_add_test(tests, closing_completes_what_is_under_way);
}
