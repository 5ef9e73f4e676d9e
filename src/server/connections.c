/* Connections from accept to close: their count, their order by activity, who goes when there are too many. */
#include "server/front.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/logger.h"

#include "base/banned.h"

/* Connections that are busy are passed over, so many at a time. */
#define LOOKS_MAX 1024
/* When another front asks: a few, for it asks again. */
#define EVICTIONS_MAX 16u
#define TELL_PAUSE_MS 10000

struct connection *connection_of(h2o_req_t *req)
{
    return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}

/* ---- life ---- */

static void evict_for_others(struct letter *letter, void *owner);

void connections_init(struct front *front, struct listener *listener, _Atomic unsigned *count,
                      unsigned count_max)
{
    h2o_linklist_init_anchor(&listener->connections);
    listener->front = front;
    listener->keeper = listener;
    listener->count = count;
    listener->count_max = count_max;
    front->evict_letter.deliver = evict_for_others;
}

static void connection_closed(void *data)
{
    struct connection *connection = data;
    intake_done(connection);
    if (connection->deferred != NULL)
        h2o_linklist_unlink(&connection->deferred_link);
    h2o_linklist_unlink(&connection->link);
    connection->front->connections_count--;
    atomic_fetch_sub(connection->listener->count, 1);
    free(connection);
}

void connections_adopt(struct listener *listener, h2o_socket_t *socket)
{
    struct front *front = listener->front;
    struct connection *connection = calloc(1, sizeof(*connection));
    unsigned stuck_ms = FRONT_STUCK_WRITE_MS;
    if (connection == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    setsockopt(h2o_socket_get_fd(socket), IPPROTO_TCP, TCP_USER_TIMEOUT, &stuck_ms,
               sizeof(stuck_ms));
    connection->front = front;
    connection->listener = listener;
    connection->socket = socket;
    h2o_linklist_insert(&listener->connections, &connection->link);
    front->connections_count++;
    atomic_fetch_add(listener->count, 1);
    socket->on_close.cb = connection_closed;
    socket->on_close.data = connection;
    h2o_accept(&listener->accept, socket);
    intake_start(connection);
}

void connections_touch(struct connection *connection)
{
    h2o_linklist_unlink(&connection->link);
    h2o_linklist_insert(&connection->listener->connections, &connection->link);
}

void connections_begin_call(struct connection *connection)
{
    connection->requests++;
}

void connections_end_call(struct connection *connection)
{
    connection->requests--;
    intake_expect_end(connection);
}

/* ---- too many ---- */

static int64_t monotonic_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

/* Once in a while: who holds the server at its bound must not fill its log. */
static void tell(struct listener *listener)
{
    struct server *server = listener->front->server;
    int64_t now_ms = monotonic_ms(), told_ms = atomic_load(&server->bound_told_ms);
    if (told_ms != 0 && now_ms - told_ms < TELL_PAUSE_MS)
        return;
    if (atomic_compare_exchange_strong(&server->bound_told_ms, &told_ms, now_ms))
        LOG_WARNING(
            "server",
            "at the bound of %u connections: the longest idle are closed, new ones wait while all are busy",
            listener->count_max);
}

/* A request may have come that this turn has not read yet. */
static bool has_unread(const struct connection *connection)
{
    char byte;
    return connection->refusal == NULL &&
           recv(h2o_socket_get_fd(connection->socket), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static bool close_longest_idle(struct listener *listener)
{
    for (int i = 0; i < LOOKS_MAX && !h2o_linklist_is_empty(&listener->connections); i++) {
        struct connection *connection =
            H2O_STRUCT_FROM_MEMBER(struct connection, link, listener->connections.next);
        if (intake_is_idle(connection) && !has_unread(connection)) {
            intake_close(connection);
            return true;
        }
        connections_touch(connection); /* busy: that is activity */
    }
    return false;
}

static void evict_for_others(struct letter *letter, void *owner)
{
    struct front *front = H2O_STRUCT_FROM_MEMBER(struct front, evict_letter, letter);
    MAYBE(owner);
    unsigned share = 1 + front->api.count_max / 64;
    atomic_store(&front->is_evict_posted, false);
    for (unsigned i = 0; i < share && i < EVICTIONS_MAX; i++)
        if (!connections_are_many(&front->api) || !close_longest_idle(&front->api))
            return;
}

/* The bound is the process's, idle connections are a front's. */
static void ask_others(struct front *front)
{
    struct server *server = front->server;
    for (unsigned i = 0; i < server->fronts_count; i++) {
        struct front *other = &server->fronts[i];
        if (other != front && !atomic_exchange(&other->is_evict_posted, true))
            worker_post(other->worker, &other->evict_letter);
    }
}

bool connections_are_many(const struct listener *listener)
{
    return atomic_load(listener->count) >= listener->count_max;
}

bool connections_make_room(struct listener *listener)
{
    tell(listener);
    if (close_longest_idle(listener))
        return true;
    if (listener == &listener->front->api)
        ask_others(listener->front);
    return false;
}

/* ---- stopping ---- */

static void shut_idle(struct listener *listener)
{
    h2o_linklist_t *link = listener->connections.next;
    while (link != &listener->connections) {
        struct connection *connection = H2O_STRUCT_FROM_MEMBER(struct connection, link, link);
        link = link->next;
        if (connection->requests == 0)
            shutdown(h2o_socket_get_fd(connection->socket),
                     SHUT_RD); /* the end is read, and h2o closes it */
    }
}

bool connections_close_idle(struct front *front)
{
    shut_idle(&front->api);
    shut_idle(&front->admin);
    return front->connections_count > 0;
}
