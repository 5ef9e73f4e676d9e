/* The one seam through which time enters the server.
 *
 * Two kinds that the compiler keeps apart:
 *   mono_ms  the server's own timeline, milliseconds; drives every deadline. Starts at the wall clock's value, or where
 *            an earlier process left it (clock_set), and then follows CLOCK_MONOTONIC, so a step of the wall clock moves
 *            no timer. Comparable with timestamps of an earlier process only through the log.
 *   wall_ms  milliseconds since the Unix epoch; only for timestamps that users see and for SigV4.
 *
 * A manual clock stands still until clock_advance; both kinds then move together. Any thread may read and advance. */
#ifndef LEAT_BASE_CLOCK_H
#define LEAT_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct mono_ms {
    int64_t v;
};
struct wall_ms {
    int64_t v;
};

struct clock_now {
    struct mono_ms mono;
    struct wall_ms wall;
};

struct clock;

/* A clock that follows the machine. */
struct clock *clock_create_system(void);
/* A clock that stands at `start` until it is advanced. */
struct clock *clock_create_manual(struct wall_ms start);
void clock_destroy(struct clock *clock);

struct clock_now clock_read(const struct clock *clock);
bool clock_is_manual(const struct clock *clock);
/* Moves a manual clock forward. Asserts that the clock is manual and ms >= 0. */
void clock_advance(struct clock *clock, int64_t ms);

/* The timeline goes on from there, whatever the wall clock says. Not a manual one. At the start, on one thread: others that
 * read meanwhile see the time jump. */
void clock_set(struct clock *clock, struct mono_ms now);

/* Makes sure that the timeline is past `least`: of an earlier process whose clock was ahead. At the start, as
 * clock_set. */
void clock_raise(struct clock *clock, struct mono_ms least);

/* The machine's wall clock, whatever clock the server runs on: for what the outside world stamps, such as signatures. */
struct wall_ms clock_machine_wall(void);
/* How long ago the machine was booted, sleep included. */
int64_t clock_machine_passed_ms(void);

#endif
