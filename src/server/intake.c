/* What is read from connections: bounded slices a turn, memory for bodies within a budget, no wasteful framing.
 *
 * h2o reads all that a connection has into a buffer without bound, and calls a handler only when the whole body is there.
 * So the connection's read callback is ours while h2o waits for a request: it reads a slice and passes it on to h2o's own
 * callback. h2o puts its callback back whenever it begins to wait for the next request; intake_settle, at the end of each
 * turn, replaces it again. A connection that is missed there is read by h2o as ever: less bounded, but not broken.
 *
 * A connection is refused (answered behind h2o's back, refusal.c) only while h2o waits for more of its request. */
#include "server/front.h"

#include <errno.h>

#include "base/banned.h"

/* Copying a slice takes about as long as serving a small request, so that connections get equal shares of time. */
#define SLICE_BYTES 262144u
/* Of a body whose chunks are suspiciously small: decoding takes much longer than copying. */
#define SLICE_SMALL_BYTES 32768u
#define ROOM_BYTES        4096u
/* So many of the bodies that are under way longest are looked at when the budget is empty. */
#define SLOW_LOOKS_MAX       8
#define FRAMING_NORMAL_BYTES 4096u /* beyond it slices are small */

static void on_readable(h2o_socket_t *socket, const char *why);

static void wait_for_more(struct connection *connection)
{
    /* h2o tells when the socket is readable, and leaves the reading to us. */
    h2o_socket_dont_read(connection->socket, 1);
    h2o_socket_read_start(connection->socket, on_readable);
}

bool intake_pass(struct connection *connection, const char *why)
{
    struct front *front = connection->front;
    front->passing = connection;
    h2o_socket_dont_read(connection->socket, 0);
    front->h2o_on_read(connection->socket, why);
    bool is_there = front->passing != NULL;
    front->passing = NULL;
    return is_there;
}

/* ---- the budget ---- */

static void give_back(struct connection *connection)
{
    if (connection->charged_bytes == 0)
        return;
    intake_give(&connection->front->server->intake, connection->charged_bytes);
    connection->charged_bytes = 0;
    h2o_linklist_unlink(&connection->charged_link);
}

static void refuse(struct connection *connection, enum api_error_code code, struct slice message)
{
    give_back(connection);
    refusal_start(connection, code, message);
}

/* ---- reading ---- */

static bool is_slow(const struct connection *connection)
{
    uint64_t since_ms = h2o_now(connection->front->context.loop) - connection->charged_since_ms;
    return intake_is_slow(connection->socket->input->size, since_ms);
}

static bool is_waited_for(const struct connection *connection)
{
    return connection->socket->_cb.read == on_readable;
}

/* The budget is empty: those who have held a part of it for long and hardly send anything give it back. */
static void refuse_slow(struct front *front, const struct connection *asking)
{
    h2o_linklist_t *link = front->charged.next;
    for (int i = 0; i < SLOW_LOOKS_MAX && link != &front->charged; i++) {
        struct connection *other = H2O_STRUCT_FROM_MEMBER(struct connection, charged_link, link);
        link = link->next;
        if (other != asking && is_waited_for(other) && is_slow(other))
            refuse(other, API_ERROR_SERVICE_UNAVAILABLE,
                   SLICE("The request arrived too slowly; try again later."));
    }
}

static bool take(struct connection *connection, uint64_t more_bytes)
{
    struct front *front = connection->front;
    struct intake_budget *budget = &front->server->intake;
    if (intake_take(budget, more_bytes))
        return true;
    refuse_slow(front, connection);
    return intake_take(budget, more_bytes);
}

/* False: there is no room for this connection's input. */
static bool charge(struct connection *connection)
{
    struct front *front = connection->front;
    uint64_t wanted_bytes = intake_charge_of(connection->socket->input->size);
    if (wanted_bytes <= connection->charged_bytes)
        return true;
    if (!take(connection, wanted_bytes - connection->charged_bytes))
        return false;
    if (connection->charged_bytes == 0) {
        h2o_linklist_insert(&front->charged, &connection->charged_link);
        connection->charged_since_ms = h2o_now(front->context.loop);
        connections_touch(connection);
    }
    connection->charged_bytes = wanted_bytes;
    return true;
}

/* Into h2o's buffer. NULL: all is well, even if nothing was there; otherwise h2o's word for what ended. */
static const char *read_slice(h2o_socket_t *socket, size_t left)
{
    int fd = h2o_socket_get_fd(socket);
    bool has_any = false;
    while (left > 0) {
        h2o_iovec_t room = h2o_buffer_reserve(&socket->input, ROOM_BYTES);
        if (room.base == NULL)
            return h2o_socket_error_out_of_memory;
        size_t wanted = room.len < left ? room.len : left;
        ssize_t got = read(fd, room.base, wanted);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN ? NULL : h2o_socket_error_io;
        if (got == 0)
            return has_any ? NULL : h2o_socket_error_closed;
        socket->input->size += (size_t)got;
        if ((size_t)got < wanted)
            return NULL;
        has_any = true;
        left -= (size_t)got;
    }
    return NULL;
}

/* Bytes that went to h2o and are not in its buffer are framing of a chunked body. */
static void count_framing(struct connection *connection, size_t passed_bytes)
{
    size_t kept_bytes = connection->socket->input->size;
    if (kept_bytes >= passed_bytes)
        return;
    connection->framing_bytes += passed_bytes - kept_bytes;
    if (intake_is_wasteful(connection->framing_bytes, kept_bytes))
        refuse(connection, API_ERROR_SERIALIZATION,
               SLICE("The chunks of the request's body are too small."));
}

static void on_readable(h2o_socket_t *socket, const char *why)
{
    struct connection *connection = socket->on_close.data;
    if (why == NULL)
        why = read_slice(socket, connection->framing_bytes <= FRAMING_NORMAL_BYTES
                                     ? SLICE_BYTES
                                     : SLICE_SMALL_BYTES);
    if (why == NULL && socket->input->size > INTAKE_FREE_BYTES && !charge(connection)) {
        refuse(connection, API_ERROR_SERVICE_UNAVAILABLE,
               SLICE("The server is receiving too many large requests; try again later."));
        return;
    }
    size_t passed_bytes = socket->input->size;
    if (!intake_pass(connection, why))
        return;
    if (!is_waited_for(
            connection)) { /* the request is whole, or h2o has answered it with an error */
        intake_expect_end(connection);
        return;
    }
    h2o_socket_dont_read(socket, 1);
    count_framing(connection, passed_bytes);
}

/* ---- life ---- */

void intake_start(struct connection *connection)
{
    connection->front->h2o_on_read = connection->socket->_cb.read;
    wait_for_more(connection);
}

void intake_expect_end(struct connection *connection)
{
    if (!h2o_linklist_is_linked(&connection->unsettled_link))
        h2o_linklist_insert(&connection->front->unsettled, &connection->unsettled_link);
}

static void settle(struct connection *connection)
{
    connection->framing_bytes = 0;
    if (intake_charge_of(connection->socket->input->size) == 0)
        give_back(connection);
    connections_touch(connection);
    wait_for_more(connection);
}

void intake_settle(struct front *front)
{
    h2o_linklist_t *link = front->unsettled.next;
    while (link != &front->unsettled) {
        struct connection *connection =
            H2O_STRUCT_FROM_MEMBER(struct connection, unsettled_link, link);
        link = link->next;
        bool is_reading = h2o_socket_is_reading(connection->socket);
        if (is_reading && !is_waited_for(connection))
            settle(connection);
        /* Neither reading nor busy with a request of ours: something is being written. It stays listed. */
        if (is_reading || connection->requests > 0 || connection->deferred != NULL)
            h2o_linklist_unlink(&connection->unsettled_link);
    }
}

bool intake_is_idle(const struct connection *connection)
{
    if (connection->refusal != NULL)
        return true;
    return is_waited_for(connection) && (connection->charged_bytes == 0 || is_slow(connection));
}

void intake_close(struct connection *connection)
{
    bool is_there = intake_pass(connection, h2o_socket_error_closed);
    ASSERT(!is_there);
}

void intake_done(struct connection *connection)
{
    if (h2o_linklist_is_linked(&connection->unsettled_link))
        h2o_linklist_unlink(&connection->unsettled_link);
    give_back(connection);
    refusal_done(connection);
    if (connection->front->passing == connection)
        connection->front->passing = NULL;
}
