#include "base/clock.h"

#include <stdatomic.h>

#include "base/check.h"

#include "base/banned.h"

struct clock {
    bool is_manual;
    /* System: what to add to CLOCK_MONOTONIC. It changes at the start only, when the catalog's thread reads already. */
    _Atomic int64_t mono_offset_ms;
    _Atomic int64_t manual_ms; /* manual: both kinds of time */
};

static int64_t read_kernel_ms(clockid_t id)
{
    struct timespec at;
    int failed = clock_gettime(id, &at);
    ASSERT(failed == 0);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

static struct clock *create(void)
{
    struct clock *clock = calloc(1, sizeof(*clock));
    ASSERT(clock != NULL);
    return clock;
}

struct clock *clock_create_system(void)
{
    struct clock *clock = create();
    atomic_init(&clock->mono_offset_ms,
                read_kernel_ms(CLOCK_REALTIME) - read_kernel_ms(CLOCK_MONOTONIC));
    return clock;
}

struct clock *clock_create_manual(struct wall_ms start)
{
    struct clock *clock = create();
    clock->is_manual = true;
    atomic_store(&clock->manual_ms, start.v);
    return clock;
}

void clock_destroy(struct clock *clock)
{
    free(clock);
}

struct clock_now clock_read(const struct clock *clock)
{
    if (clock->is_manual) {
        int64_t now = atomic_load(&clock->manual_ms);
        return (struct clock_now){{now}, {now}};
    }
    return (struct clock_now){
        {read_kernel_ms(CLOCK_MONOTONIC) +
         atomic_load_explicit(&clock->mono_offset_ms, memory_order_relaxed)},
        {read_kernel_ms(CLOCK_REALTIME)},
    };
}

bool clock_is_manual(const struct clock *clock)
{
    return clock->is_manual;
}

void clock_advance(struct clock *clock, int64_t ms)
{
    ASSERT(clock->is_manual);
    ASSERT(ms >= 0);
    atomic_fetch_add(&clock->manual_ms, ms);
}

struct wall_ms clock_machine_wall(void)
{
    return (struct wall_ms){read_kernel_ms(CLOCK_REALTIME)};
}

int64_t clock_machine_passed_ms(void)
{
    return read_kernel_ms(CLOCK_BOOTTIME);
}

void clock_set(struct clock *clock, struct mono_ms now)
{
    ASSERT(!clock->is_manual);
    atomic_store_explicit(&clock->mono_offset_ms, now.v - read_kernel_ms(CLOCK_MONOTONIC),
                          memory_order_relaxed);
}

void clock_raise(struct clock *clock, struct mono_ms least)
{
    int64_t behind = least.v - clock_read(clock).mono.v;
    if (behind <= 0)
        return;
    if (clock->is_manual)
        atomic_fetch_add(&clock->manual_ms, behind);
    else
        atomic_fetch_add_explicit(&clock->mono_offset_ms, behind, memory_order_relaxed);
}
