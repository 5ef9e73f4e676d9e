/* Dumps in slices between the steps of random histories: what they gave, and then every fact since they began, make the
 * state of the live engine again, whether queues are configured before, behind or around it.
 * LEAT_TEST_SEEDS runs more histories than the few of every test run. */
#include <stdlib.h>

#include "engine/harness.h"
#include "engine/harness_random.h"

#include "base/banned.h"

#define HISTORIES   300
#define DUMP_MAX    20000u
#define FIRST_EXTRA (HARNESS_RANDOM_QUEUES + 1) /* queues that come and go */
#define LAST_EXTRA  15u

static struct engine_fact dumped[DUMP_MAX];
static uint32_t dumped_count;
static size_t since; /* the entry that the dump began with */
static struct engine_dump_cursor cursor;
static uint64_t extra_next;

static bool take_slice(uint32_t capacity)
{
    ck_assert_uint_lt(dumped_count + capacity, DUMP_MAX);
    uint32_t count = engine_dump(harness_engine, &cursor, &dumped[dumped_count], capacity);
    ck_assert_uint_le(count, capacity);
    dumped_count += count;
    return count > 0;
}

static void begin_dump(void)
{
    const struct harness_entry *entries;
    since = harness_entries(&entries);
    dumped_count = 0;
    cursor = (struct engine_dump_cursor){0};
}

static void relocate_one(void)
{
    struct engine_queue queue = {1 + harness_random_below(HARNESS_RANDOM_QUEUES)};
    struct engine_peek found[20];
    uint32_t count = engine_peek(harness_engine, queue, 0, found, ARRAY_COUNT(found));
    if (count == 0)
        return;
    const struct engine_peek *one = &found[harness_random_below(count)];
    ck_assert(harness_relocate(queue.v, one->sequence, one->body.v));
    ck_assert(!harness_relocate(queue.v, one->sequence, one->body.v)); /* no longer there */
}

/* A queue is made, used and deleted for good. */
static void extra_step(void)
{
    uint32_t dice = harness_random_below(4);
    if (extra_next > LAST_EXTRA)
        return;
    struct engine_counts counts;
    if (!engine_counts(harness_engine, (struct engine_queue){extra_next}, &counts)) {
        harness_configure(extra_next, harness_config(extra_next % 2 == 0));
        harness_random_take_in(extra_next);
    } else if (dice == 0) {
        harness_event(ENGINE_DROP, extra_next);
        harness_random_take_in(extra_next);
        extra_next++;
    } else {
        harness_send_with(extra_next, 1 + dice, 0, harness_random_below(3));
        harness_random_take_in(extra_next);
    }
}

static void one_step(void)
{
    uint32_t dice = harness_random_below(100);
    uint64_t queue = 1 + harness_random_below(HARNESS_RANDOM_QUEUES);
    if (dice < 5) {
        extra_step();
    } else if (dice < 10) {
        relocate_one();
    } else if (dice < 20) {
        harness_send_again(queue, harness_random_below(50),
                           queue >= 3 ? 1 + harness_random_below(60) : 0);
        harness_random_take_in(queue);
    } else {
        harness_random_step();
    }
}

static uint64_t last_sequence(struct engine *engine)
{
    struct engine_fact facts[ENGINE_DUMP_MIN];
    struct engine_dump_cursor at = {0};
    ck_assert_uint_gt(engine_dump(engine, &at, facts, ENGINE_DUMP_MIN), 0);
    ck_assert_int_eq(facts[0].kind, FACT_LATEST);
    ck_assert_int_eq(facts[0].at.v, engine_latest(engine).v);
    return facts[0].sequence;
}

static void check_bodies(const struct engine *engine)
{
    struct engine_held held[7];
    uint64_t bodies = 0;
    uint32_t at = 0;
    for (uint32_t count; (count = engine_bodies(engine, &at, held, ARRAY_COUNT(held))) > 0;
         bodies += count)
        for (uint32_t i = 0; i < count; i++)
            ck_assert(engine_is_live(engine, held[i].queue, held[i].sequence, held[i].body));
    ck_assert_uint_eq(bodies, harness_bodies());
}

enum configured { BEFORE, BEHIND, AROUND, CONFIGURED_COUNT };

static struct engine *rebuild(enum configured when)
{
    const struct harness_entry *entries;
    size_t count = harness_entries(&entries);
    struct engine *engine = engine_create(1);
    ck_assert_ptr_nonnull(engine);
    if (when != BEHIND)
        harness_configure_all(engine, when == AROUND);
    for (uint32_t i = 0; i < dumped_count; i++)
        engine_apply(engine, &dumped[i]);
    for (size_t i = since; i < count; i++)
        harness_apply(engine, &entries[i]);
    engine_check(engine);
    if (when != BEFORE)
        harness_configure_all(engine, false);
    engine_check(engine);
    return engine;
}

/* Nothing is due in the live engine, and all that purges and drops let go of is told. */
static void compare(enum configured when)
{
    struct engine *engine = rebuild(when);
    harness_settle(engine);
    engine_check(engine);
    ck_assert(engine_fingerprint(engine) == engine_fingerprint(harness_engine));
    ck_assert_uint_eq(last_sequence(engine), last_sequence(harness_engine));
    check_bodies(engine);
    engine_destroy(engine);
}

static void run_history(uint64_t seed)
{
    harness_random_start(seed);
    harness_checks = false;
    extra_next = FIRST_EXTRA;
    for (uint32_t dumps = 0; dumps < 2; dumps++) { /* the second one of a rebuilt engine */
        for (uint32_t i = harness_random_below(300); i > 0; i--)
            one_step();
        begin_dump();
        uint32_t pace = 1 + harness_random_below(12);
        while (take_slice(ENGINE_DUMP_MIN + harness_random_below(30))) {
            for (uint32_t i = harness_random_below(pace); i > 0; i--)
                one_step();
        }
        for (uint32_t i = harness_random_below(100); i > 0; i--)
            one_step();
        harness_pass(0);
        harness_random_take_in(0);
        for (enum configured when = BEFORE; when < CONFIGURED_COUNT; when++)
            compare(when);
        harness_replace(rebuild(harness_random_below(CONFIGURED_COUNT)));
        harness_random_restart();
    }
    for (; extra_next <= LAST_EXTRA; extra_next++) {
        harness_event(ENGINE_DROP, extra_next);
        harness_random_take_in(extra_next);
    }
    harness_random_drain();
    harness_stop();
}

START_TEST(dump_and_facts_since_give_the_state)
{
    const char *seeds = getenv("LEAT_TEST_SEEDS");
    uint64_t count = seeds != NULL ? strtoull(seeds, NULL, 10) : HISTORIES;
    const char *from = getenv("LEAT_TEST_SEED");
    uint64_t first = from != NULL ? strtoull(from, NULL, 10) : 1;
    for (uint64_t seed = first; seed < first + count; seed++) {
        if (seeds != NULL)
            printf("seed %llu\n", (unsigned long long)seed);
        run_history(seed);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_set_timeout(tests, 0);
    tcase_add_test(tests, dump_and_facts_since_give_the_state);
}

int main(void)
{
    return testkit_run("engine_dump", fill);
}
