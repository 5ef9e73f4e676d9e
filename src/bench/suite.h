/* leat-bench suite: a fixed set of workloads against leatd and, in turn, against the null server, as ratios.
 *
 * In each round every case runs first on the null server, then on leatd: servers on processor 0, the generator on
 * processor 1 when there are two. What counts is the ratio inside a round, and its median over the rounds; figures of
 * one run say little on a shared machine. */
#ifndef LEAT_BENCH_SUITE_H
#define LEAT_BENCH_SUITE_H

int suite_main(int argc, char **argv);

#endif
