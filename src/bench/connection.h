/* A connection of the generator: opening, writing requests, reading answers, failing. See driver.h. */
#ifndef LEAT_BENCH_CONNECTION_H
#define LEAT_BENCH_CONNECTION_H

#include "bench/driver.h"

/* Memory only. */
void connection_init(struct connection *connection, struct driver *driver, struct lane *lanes);
void connection_done(struct connection *connection);

/* Begins to connect; lanes hear of the outcome. */
void connection_open(struct connection *connection);
/* Writes the request of a lane (all or the rest later) and notes that its answer is to come. Only while up. */
void connection_send(struct connection *connection, struct lane *lane,
                     struct writer_request request);
/* epoll says so. */
void connection_handle(struct connection *connection, uint32_t events);
/* Closes it; every lane that waits for an answer fails with the fault. is_quiet: it is not a fault. */
void connection_fail(struct connection *connection, enum stats_fault fault, bool is_quiet,
                     const char *text);

#endif
