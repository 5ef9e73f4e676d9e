/* leat-bench null: a server that reads a request with h2o and answers something of the right size. The ceiling of any
 * server on the same library, and of the load generator itself. */
#ifndef LEAT_BENCH_NULL_H
#define LEAT_BENCH_NULL_H

int null_main(int argc, char **argv);

#endif
