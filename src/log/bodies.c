#include "log/bodies.h"

#include <stdatomic.h>

#include "base/slabs.h"

#include "base/banned.h"

struct body {
    _Atomic uint32_t references;
    uint32_t bytes;
    uint8_t data[];
};

/* Counters are spread over cache lines so that threads that send and delete do not share one. A
 * thread may drop what another one made: single stripes wrap below zero, their sum does not. */
#define STRIPES          16u
#define CACHE_LINE_BYTES 64u

struct stripe {
    _Alignas(CACHE_LINE_BYTES) _Atomic uint64_t bytes;
    _Atomic uint64_t count;
};

static struct stripe stripes[STRIPES];

static struct stripe *my_stripe(void)
{
    static _Atomic uint32_t threads;
    static _Thread_local struct stripe *mine;
    if (mine == NULL) {
        uint32_t index = atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed);
        mine = &stripes[index % STRIPES];
    }
    return mine;
}

static void count_body(uint64_t bytes, uint64_t count)
{
    struct stripe *stripe = my_stripe();
    atomic_fetch_add_explicit(&stripe->bytes, bytes, memory_order_relaxed);
    atomic_fetch_add_explicit(&stripe->count, count, memory_order_relaxed);
}

static struct body *open_body(struct engine_body body)
{
    ASSERT(body.v != 0);
    return (struct body *)(uintptr_t)body.v;
}

struct engine_body body_create(uint32_t bytes, uint8_t **ret_at)
{
    struct body *made = slabs_take(sizeof(*made) + bytes);
    if (made == NULL)
        return (struct engine_body){0};
    atomic_init(&made->references, 1);
    made->bytes = bytes;
    count_body(bytes, 1);
    *ret_at = made->data;
    return (struct engine_body){(uintptr_t)made};
}

struct engine_body body_ref(struct engine_body body)
{
    uint32_t before =
        atomic_fetch_add_explicit(&open_body(body)->references, 1, memory_order_relaxed);
    ASSERT(before > 0 && before < UINT32_MAX);
    return body;
}

void body_unref(struct engine_body body)
{
    if (body.v == 0)
        return;
    struct body *held = open_body(body);
    /* Release: what this thread read is read before another thread frees it. */
    uint32_t before = atomic_fetch_sub_explicit(&held->references, 1, memory_order_acq_rel);
    ASSERT(before > 0);
    if (before > 1)
        return;
    count_body(-(uint64_t)held->bytes, -(uint64_t)1);
    slabs_give(held, sizeof(*held) + held->bytes);
}

struct slice body_bytes(struct engine_body body)
{
    struct body *held = open_body(body);
    return slice_of(held->data, held->bytes);
}

struct bodies_total bodies_total(void)
{
    struct bodies_total total = {0};
    for (uint32_t i = 0; i < STRIPES; i++) {
        total.bytes += atomic_load_explicit(&stripes[i].bytes, memory_order_relaxed);
        total.count += atomic_load_explicit(&stripes[i].count, memory_order_relaxed);
    }
    /* A body made and dropped while this adds up may show only its end. */
    if ((int64_t)total.bytes < 0)
        total.bytes = 0;
    if ((int64_t)total.count < 0)
        total.count = 0;
    return total;
}
