/* The commands of scenario files.
 *
 *     queue q fifo=1 retention=345600 delay=0 dlq=d max=1 inflight=120000   creates, or changes
 * what is named drop q                       purge q relaxed=1 send q m1..m3 group=g dedup=x scope=group
 * delay=5 FIFO: without group= "g", without dedup= the message's own name receive q max=10
 * visibility=30 wait=20 as=w1 attempt=a gone w1                      the client will be found gone
 * when it is woken retract w1                   it is known to be gone now delete q m1 receive=2
 * receive: with the handle of the n-th receive of it; absent: the newest change q m1 30 receive=1
 *     task t1 q to=d rate=5 moved=2     cancel t1
 *     hold                         moves stay on the way until
 *     release                      they arrive; fail=1: they do not; twice=1: they arrive twice;
 * half=1: the target has them, the source does not know yet (and moves are held on)
 *     hold offers=1                offers stay on the way to their waiters until
 *     release offers=1             they come back, or are retracted                 advance 31
 * ticks at every due time; lines begin with the seconds since counts q    groups q    totals q peek
 * q replay                       says something only when a replay of all facts gives another state
 *     restart                      goes on with the replayed state; nobody waits any more
 *     new                          a fresh world
 *
 * Numbers of seconds have up to three decimals. Names are those of queues, messages, waiters,
 * tasks, groups, deduplication ids and attempts; a message that moves keeps its name. */
#ifndef LEAT_ENGINE_SCENARIO_PLAY_H
#define LEAT_ENGINE_SCENARIO_PLAY_H

#include "engine/scenario_file.h"
#include "engine/scenario_world.h"

/* Plays one command line. Mistakes in it are said as "error: ...". */
void scenario_play(struct scenario_world **world, struct slice line);

#endif
