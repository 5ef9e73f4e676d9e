#include "bench/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/uio.h>

#include "bench/lane.h"
#include "bench/ticks.h"

#include "base/banned.h"

#define READ_BYTES_MIN 4096u
#define IN_BYTES_FIRST 16384u
#define IN_BYTES_MAX   (RESPONSE_HEAD_BYTES_MAX + 2 * RESPONSE_BODY_BYTES_MAX)
#define RETRY_NS       (50 * TICKS_MS)

static uint32_t count_lanes(const struct connection *connection)
{
    return connection->driver->shared->settings->pipeline;
}

void connection_init(struct connection *connection, struct driver *driver, struct lane *lanes)
{
    *connection = (struct connection){.driver = driver, .fd = -1, .lanes = lanes};
    connection->waiting = calloc(count_lanes(connection), sizeof(*connection->waiting));
    ASSERT(connection->waiting != NULL);
    for (uint32_t i = 0; i < count_lanes(connection); i++)
        lanes[i].connection = connection;
}

void connection_done(struct connection *connection)
{
    if (connection->fd >= 0)
        close(connection->fd);
    free(connection->in);
    free(connection->out);
    free(connection->waiting);
}

static void watch(struct connection *connection, bool is_new, bool wants_write)
{
    struct epoll_event event = {.events = EPOLLIN | (wants_write ? EPOLLOUT : 0),
                                .data = {.ptr = connection}};
    int operation = is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    connection->wants_write = wants_write;
    ASSERT(epoll_ctl(connection->driver->epoll_fd, operation, connection->fd, &event) == 0);
}

static void close_socket(struct connection *connection)
{
    /* A reset leaves no TIME_WAIT behind: with a connection a request, ports would run out within a second or two. */
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    if (connection->driver->shared->settings->closes)
        setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    close(connection->fd);
    connection->fd = -1;
    connection->state = CONNECTION_DOWN;
    connection->in_bytes = 0;
    connection->out_at = connection->out_bytes = 0;
}

static void come_up(struct connection *connection)
{
    connection->state = CONNECTION_UP;
    response_init(&connection->response);
    for (uint32_t i = 0; i < count_lanes(connection) && connection->state == CONNECTION_UP; i++)
        lane_connected(&connection->lanes[i]);
}

void connection_open(struct connection *connection)
{
    const struct endpoint *endpoint = connection->driver->shared->endpoint;
    int one = 1;
    ASSERT(connection->state == CONNECTION_DOWN);
    connection->fd =
        socket(endpoint->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0) {
        connection->retry_ns = ticks_now_ns() + RETRY_NS;
        stats_fault(&connection->driver->stats, STATS_CONNECT, strerror(errno));
        return;
    }
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    connection->state = CONNECTION_CONNECTING;
    int result = connect(connection->fd, (const struct sockaddr *)&endpoint->address,
                         endpoint->address_bytes);
    if (result != 0 && errno != EINPROGRESS) {
        connection_fail(connection, STATS_CONNECT, false, strerror(errno));
        return;
    }
    watch(connection, true, result != 0);
    if (result == 0)
        come_up(connection);
}

void connection_fail(struct connection *connection, enum stats_fault fault, bool is_quiet,
                     const char *text)
{
    struct driver *driver = connection->driver;
    if (!is_quiet) {
        stats_fault(&driver->stats, fault, text);
        driver_count_live(&driver->live_errors, 1);
        connection->retry_ns = ticks_now_ns() + RETRY_NS;
    }
    close_socket(connection);
    for (uint32_t i = connection->waiting_count; i > 0; i--) {
        uint32_t index = connection->waiting[connection->waiting_first];
        connection->waiting_first = (connection->waiting_first + 1) % count_lanes(connection);
        connection->waiting_count--;
        lane_fail(&connection->lanes[index]);
    }
    for (uint32_t i = 0; i < count_lanes(connection); i++)
        lane_disconnected(&connection->lanes[i]);
}

static uint8_t *grow(uint8_t *at, size_t *capacity, size_t needed)
{
    size_t size = *capacity < IN_BYTES_FIRST ? IN_BYTES_FIRST : *capacity;
    while (size < needed)
        size *= 2;
    if (size != *capacity) {
        at = realloc(at, size);
        ASSERT(at != NULL);
        *capacity = size;
    }
    return at;
}

/* Keeps what the socket has not taken of the two parts. */
static void keep_rest(struct connection *connection, struct writer_request request, size_t taken)
{
    struct slice head = slice_from(request.head, taken);
    struct slice body =
        slice_from(request.body, taken > request.head.bytes ? taken - request.head.bytes : 0);
    size_t needed = connection->out_bytes + head.bytes + body.bytes;
    connection->out = grow(connection->out, &connection->out_capacity, needed);
    if (head.bytes > 0)
        memcpy(connection->out + connection->out_bytes, head.at, head.bytes);
    if (body.bytes > 0)
        memcpy(connection->out + connection->out_bytes + head.bytes, body.at, body.bytes);
    connection->out_bytes = needed;
    if (!connection->wants_write)
        watch(connection, false, true);
}

void connection_send(struct connection *connection, struct lane *lane,
                     struct writer_request request)
{
    struct iovec parts[2] = {{(void *)(uintptr_t)request.head.at, request.head.bytes},
                             {(void *)(uintptr_t)request.body.at, request.body.bytes}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    size_t whole = request.head.bytes + request.body.bytes;
    ssize_t taken = 0;
    ASSERT(connection->state == CONNECTION_UP);
    ASSERT(connection->waiting_count < count_lanes(connection));
    uint32_t place =
        (connection->waiting_first + connection->waiting_count++) % count_lanes(connection);
    connection->waiting[place] = (uint16_t)(lane - connection->lanes);
    if (connection->out_bytes == 0)
        taken = sendmsg(connection->fd, &message, MSG_NOSIGNAL);
    /* A broken socket is found by the next read, outside of whoever is sending now. */
    if (taken < 0)
        taken = errno == EAGAIN ? 0 : (ssize_t)whole;
    if ((size_t)taken < whole)
        keep_rest(connection, request, (size_t)taken);
}

static bool flush(struct connection *connection)
{
    while (connection->out_at < connection->out_bytes) {
        ssize_t taken = send(connection->fd, connection->out + connection->out_at,
                             connection->out_bytes - connection->out_at, MSG_NOSIGNAL);
        if (taken < 0 && errno == EAGAIN)
            return true;
        if (taken < 0)
            return false;
        connection->out_at += (size_t)taken;
    }
    connection->out_at = connection->out_bytes = 0;
    watch(connection, false, false);
    return true;
}

/* The oldest request has its answer. False: the connection is gone. */
static bool deliver(struct connection *connection)
{
    struct driver *driver = connection->driver;
    struct response response = connection->response;
    struct lane *lane = &connection->lanes[connection->waiting[connection->waiting_first]];
    bool is_last = response.is_last || driver->shared->settings->closes;
    connection->waiting_first = (connection->waiting_first + 1) % count_lanes(connection);
    connection->waiting_count--;
    if (is_last && connection->waiting_count == 0) {
        /* Closed before the lane goes on, so that it waits for a new one. The bytes stay where they are. */
        close_socket(connection);
        connection->retry_ns = 0;
        lane_answer(lane, response.status, connection->in + response.body_at, response.body_bytes);
        connection_open(connection);
        return false;
    }
    lane_answer(lane, response.status, connection->in + response.body_at, response.body_bytes);
    if (is_last) {
        connection_fail(connection, STATS_BROKEN, false, "closed with requests under way");
        return false;
    }
    return connection->state == CONNECTION_UP;
}

/* All answers that are there. False: the connection is gone. */
static bool parse(struct connection *connection, bool is_ended)
{
    size_t used = 0;
    while (used < connection->in_bytes) {
        struct response *response = &connection->response;
        /* Answers are parsed at the start of the buffer: a second one is moved there. */
        if (used > 0) {
            memmove(connection->in, connection->in + used, connection->in_bytes - used);
            connection->in_bytes -= used;
            used = 0;
        }
        enum response_state state =
            connection->waiting_count == 0
                ? RESPONSE_BAD
                : response_parse(response, connection->in, connection->in_bytes, is_ended);
        if (state == RESPONSE_MORE)
            return true;
        if (state == RESPONSE_BAD) {
            connection_fail(connection, is_ended ? STATS_BROKEN : STATS_MALFORMED, false,
                            "no HTTP answer");
            return false;
        }
        used = response->used_bytes;
        if (!deliver(connection))
            return false;
        response_init(&connection->response);
    }
    connection->in_bytes = 0;
    return true;
}

static void read_answers(struct connection *connection)
{
    connection->in =
        grow(connection->in, &connection->in_capacity, connection->in_bytes + READ_BYTES_MIN);
    ssize_t got = recv(connection->fd, connection->in + connection->in_bytes,
                       connection->in_capacity - connection->in_bytes, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got > 0) {
        connection->in_bytes += (size_t)got;
        if (connection->in_bytes > IN_BYTES_MAX)
            connection_fail(connection, STATS_MALFORMED, false, "an endless answer");
        else
            parse(connection, false);
        return;
    }
    const char *text = got == 0 ? "closed by the server" : strerror(errno);
    if (got == 0 && connection->in_bytes > 0 && connection->waiting_count > 0 &&
        !parse(connection, true))
        return;
    if (connection->state == CONNECTION_UP)
        connection_fail(connection, STATS_BROKEN, connection->waiting_count == 0, text);
}

void connection_handle(struct connection *connection, uint32_t events)
{
    if (connection->state == CONNECTION_CONNECTING) {
        int problem = 0;
        socklen_t bytes = sizeof(problem);
        getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &problem, &bytes);
        if (problem != 0) {
            connection_fail(connection, STATS_CONNECT, false, strerror(problem));
            return;
        }
        watch(connection, false, false);
        come_up(connection);
        return;
    }
    if ((events & EPOLLOUT) != 0 && connection->out_bytes > 0 && !flush(connection)) {
        connection_fail(connection, STATS_BROKEN, false, strerror(errno));
        return;
    }
    if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
        read_answers(connection);
}
