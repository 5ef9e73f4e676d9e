/* Fairness among connections: one request a connection and turn of the loop.
 *
 * h2o serves what was pipelined on a connection to its end before it looks at any other. So a request beyond the first in
 * a turn is set aside when it reaches its handler, and handled at the beginning of a later turn, in the order in which
 * they came. HTTP/1 keeps a request that is set aside: nothing is read from its connection, and no timer runs. A client
 * that waits for its answers never has a second request in a turn. */
#include "server/front.h"

#include "base/banned.h"

/* Requests that were set aside may take about a tenth of a worker's time, whether or not others want it: clients on the
 * same machine need theirs. */
#define DEFERRED_PER_MS_MAX 10u

struct fair_handler {
    h2o_handler_t super;
    int (*on_request)(h2o_handler_t *self, h2o_req_t *req);
};

static int on_request(h2o_handler_t *self, h2o_req_t *req)
{
    struct fair_handler *handler = H2O_STRUCT_FROM_MEMBER(struct fair_handler, super, self);
    struct connection *connection = connection_of(req);
    struct front *front = connection->front;
    intake_expect_end(connection);
    if (connection->turn != front->turn) {
        connection->turn = front->turn;
        return handler->on_request(self, req);
    }
    ASSERT(connection->deferred == NULL);
    connection->deferred = req;
    connection->deferred_handler = self;
    h2o_linklist_insert(&front->deferred, &connection->deferred_link);
    return 0;
}

void fair_add_handler(h2o_pathconf_t *path, int (*handle)(h2o_handler_t *self, h2o_req_t *req))
{
    h2o_handler_t *super = h2o_create_handler(path, sizeof(struct fair_handler));
    struct fair_handler *handler = H2O_STRUCT_FROM_MEMBER(struct fair_handler, super, super);
    super->on_req = on_request;
    handler->on_request = handle;
}

void fair_begin_turn(struct front *front)
{
    uint64_t now_ms = h2o_now(front->context.loop);
    front->turn++;
    if (front->deferred_ms != now_ms) {
        front->deferred_ms = now_ms;
        front->deferred_count = 0;
    }
    for (; front->deferred_count < DEFERRED_PER_MS_MAX && !h2o_linklist_is_empty(&front->deferred);
         front->deferred_count++) {
        struct connection *connection =
            H2O_STRUCT_FROM_MEMBER(struct connection, deferred_link, front->deferred.next);
        h2o_req_t *req = connection->deferred;
        h2o_linklist_unlink(&connection->deferred_link);
        connection->deferred = NULL;
        /* Not set aside again: this turn has seen nothing of the connection. */
        on_request(connection->deferred_handler, req);
    }
}

int fair_wait_ms(struct front *front, int wait_ms)
{
    if (h2o_linklist_is_empty(&front->deferred) || wait_ms == 0)
        return wait_ms;
    return front->deferred_count < DEFERRED_PER_MS_MAX ? 0 : 1;
}
