/* gettimeofday for h2o, which takes its timers' time from it.
 *
 * The dynamic linker binds libh2o's calls to this definition in our executable. It follows
 * CLOCK_MONOTONIC, so that a step of the machine's clock neither fires every idle timer at once
 * nor stops them for an hour; the distance to the wall clock, which the Date header needs, is
 * made up slowly: by at most half of the time that passes. */
#include <stdatomic.h>
#include <sys/time.h>

#include "base/check.h"
#include "server/server.h"

#include "base/banned.h"

static int64_t read_us(clockid_t id)
{
    struct timespec at;
    clock_gettime(id, &at);
    return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

int64_t server_slewed_us(struct server_slew *slew, int64_t mono_us, int64_t wall_us)
{
    if (slew->last_mono_us == 0) {
        slew->last_mono_us = mono_us;
        slew->offset_us = wall_us - mono_us;
    }
    int64_t passed = mono_us - slew->last_mono_us;
    int64_t wanted = wall_us - mono_us - slew->offset_us;
    int64_t most = passed / 2;
    slew->offset_us += wanted > most ? most : wanted < -most ? -most : wanted;
    slew->last_mono_us = mono_us;
    return mono_us + slew->offset_us;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
    static _Thread_local struct server_slew
        slew; /* a loop a thread: each has its own steady time */
    MAYBE(zone);
    int64_t now = server_slewed_us(&slew, read_us(CLOCK_MONOTONIC), read_us(CLOCK_REALTIME));
    at->tv_sec = now / 1000000;
    at->tv_usec = now % 1000000;
    return 0;
}
