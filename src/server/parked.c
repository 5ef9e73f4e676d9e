/* Parked long polls: a client that hangs up is noticed at once, without polling.
 *
 * While a request is pending h2o does not read from its connection, so the connection's
 * descriptor goes into an epoll set of our own, which reports only hang-ups; the set itself is
 * watched by the loop. */
#include "server/front.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

#include "base/logger.h"

#include "base/banned.h"

#define EVENTS_MAX 64

static int descriptor_of(const struct call *call)
{
    h2o_req_t *req = call->exchange;
    return h2o_socket_get_fd(req->conn->callbacks->get_socket(req->conn));
}

static void on_gone(h2o_socket_t *socket, const char *why)
{
    struct front *front = socket->data;
    struct epoll_event events[EVENTS_MAX];
    MAYBE(why);
    int count = epoll_wait(front->gone_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++) {
        struct call *call = events[i].data.ptr;
        if (call->node.state == NODE_CALL_PARKED)
            node_call_cancel(&call->node);
    }
}

enum err parked_init(struct front *front)
{
    front->gone_fd = epoll_create1(EPOLL_CLOEXEC);
    if (front->gone_fd < 0)
        return ERR_IO;
    front->gone_socket =
        h2o_evloop_socket_create(front->context.loop, front->gone_fd, H2O_SOCKET_FLAG_DONT_READ);
    front->gone_socket->data = front;
    h2o_socket_read_start(front->gone_socket, on_gone);
    return ERR_OK;
}

void parked_done(struct front *front)
{
    if (front->gone_socket != NULL)
        h2o_socket_close(front->gone_socket); /* closes the descriptor too */
    front->gone_socket = NULL;
    front->gone_fd = -1;
}

static void link_call(struct front *front, struct call *call)
{
    call->parked_next = front->parked;
    call->parked_link = &front->parked;
    if (front->parked != NULL)
        front->parked->parked_link = &call->parked_next;
    front->parked = call;
}

static void unlink_call(struct call *call)
{
    *call->parked_link = call->parked_next;
    if (call->parked_next != NULL)
        call->parked_next->parked_link = call->parked_link;
}

/* Who starts with a manual clock and forgets it sees clients hang. */
static void hint_at_clock(struct front *front)
{
    const struct clock *clock = node_clock(worker_node(front->worker));
    if (!clock_is_manual(clock) || atomic_exchange(&front->server->is_still_clock_told, true))
        return;
    LOG_INFO(
        "server",
        "a long poll waits under the manual clock: it ends when a message comes, the client goes, or "
        "`leat clock advance` passes its WaitTimeSeconds");
}

void call_park(struct call *call)
{
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT, .data.ptr = call};
    if (call->is_parked)
        return; /* offered a message that another one got: still watched */
    call->is_parked = true;
    link_call(call->front, call);
    hint_at_clock(call->front);
    if (call->exchange != NULL)
        epoll_ctl(call->front->gone_fd, EPOLL_CTL_ADD, descriptor_of(call), &event);
    /* A stop that began while the call was on its way to the queue's owner. */
    if (call->front->is_draining && call->node.state == NODE_CALL_PARKED)
        node_call_cancel(&call->node);
}

void call_unpark(struct call *call)
{
    if (!call->is_parked)
        return;
    call->is_parked = false;
    unlink_call(call);
    if (call->exchange != NULL)
        epoll_ctl(call->front->gone_fd, EPOLL_CTL_DEL, descriptor_of(call), NULL);
}

bool call_is_client_there(struct call *call)
{
    if (call->exchange == NULL)
        return false;
    struct pollfd look = {.fd = descriptor_of(call), .events = POLLRDHUP};
    int ready = poll(&look, 1, 0);
    return ready <= 0 || (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0;
}

void parked_answer_all(struct front *front)
{
    struct call *call = front->parked;
    while (call != NULL) {
        struct call *next = call->parked_next;
        if (call->node.state == NODE_CALL_PARKED)
            node_call_cancel(&call->node); /* may free the call */
        call = next;
    }
}
