/* One worker's thread: h2o's context and the turn of its loop. */
#include "server/front.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/crash.h"
#include "base/logger.h"

#include "base/banned.h"

static int64_t monotonic_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

/* ---- set-up ---- */

static h2o_hostconf_t *add_host(struct front *front, const char *name, uint16_t port,
                                int (*on_request)(h2o_handler_t *, h2o_req_t *))
{
    h2o_hostconf_t *host =
        h2o_config_register_host(&front->config, h2o_iovec_init(name, strlen(name)), port);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    fair_add_handler(path, on_request);
    return host;
}

/* The host lists of the two listeners: h2o picks a listener's first host for any Host header. */
static void init_config(struct front *front)
{
    h2o_config_init(&front->config);
    front->config.server_name = h2o_iovec_init(H2O_STRLIT("leat"));
    front->config.max_request_entity_size = FRONT_BODY_BYTES_MAX;
    front->config.http1.req_timeout = FRONT_REQUEST_MS;
    front->config.http1.upgrade_to_http2 = 0;
    h2o_hostconf_t *api = add_host(front, "api", 65535, http_on_api_request);
    h2o_hostconf_t *admin = add_host(front, "admin", 65535, http_on_admin_request);
    front->hosts = calloc(4, sizeof(*front->hosts)); /* two lists, each ended by NULL */
    ASSERT(front->hosts != NULL);
    front->hosts[0] = api;
    front->hosts[2] = admin;
    front->api.accept.hosts = &front->hosts[0];
    front->admin.accept.hosts = &front->hosts[2];
}

static void on_mailbox(h2o_socket_t *socket, const char *why)
{
    MAYBE(why);
    worker_wake(socket->data);
}

static void init_verifier(struct front *front)
{
    const struct server_options *options = &front->server->options;
    struct auth_verifier_options verifier = {
        .mode = options->auth_mode,
        .credentials = options->credentials,
        .account = slice_from_text(options->account),
        .partition = slice_from_text(options->partition),
        .region = slice_from_text(options->region),
    };
    arena_init(&front->scratch);
    front->verifier = auth_verifier_create(&verifier);
    front->checks_policies = options->auth_mode != AUTH_OFF;
}

/* h2o ends the process when it gets no descriptors for its loop (an epoll set) and its context (a pipe). So whether there
 * are some is seen before, with some to spare: the logs' threads open files at the same time. */
#define DESCRIPTORS_SPARE 16u

static bool can_make_loop(void)
{
    int probes[DESCRIPTORS_SPARE] = {epoll_create1(EPOLL_CLOEXEC)};
    bool can = probes[0] >= 0;
    for (size_t i = 1; i < ARRAY_COUNT(probes); i++) {
        probes[i] = can ? fcntl(probes[0], F_DUPFD_CLOEXEC, 0) : -1;
        can = probes[i] >= 0;
    }
    for (size_t i = 0; i < ARRAY_COUNT(probes); i++)
        if (probes[i] >= 0)
            close(probes[i]);
    return can;
}

enum err front_init(struct front *front, struct server *server, unsigned index, int listen_fd,
                    int twin_fd, int admin_fd)
{
    if (!can_make_loop())
        return ERR_IO;
    front->server = server;
    front->worker = node_worker(server->options.node, index);
    h2o_linklist_init_anchor(&front->deferred);
    h2o_linklist_init_anchor(&front->unsettled);
    h2o_linklist_init_anchor(&front->charged);
    connections_init(front, &front->api, &server->connections_count,
                     server->options.connections_max);
    front->api_twin.keeper = &front->api;
    connections_init(front, &front->admin, &server->admin_connections_count,
                     FRONT_ADMIN_CONNECTIONS_MAX);
    init_config(front);
    init_verifier(front);
    h2o_context_init(&front->context, h2o_evloop_create(), &front->config);
    h2o_timeout_init(front->context.loop, &front->accept_pause, FRONT_ACCEPT_PAUSE_MS);
    refusal_init(front);
    if (parked_init(front) != ERR_OK)
        return ERR_IO;
    int wake_fd = fcntl(worker_mailbox(front->worker)->wake_fd, F_DUPFD_CLOEXEC,
                        0); /* h2o closes what it is given */
    if (wake_fd < 0)
        return ERR_IO;
    front->mailbox_socket =
        h2o_evloop_socket_create(front->context.loop, wake_fd, H2O_SOCKET_FLAG_DONT_READ);
    front->mailbox_socket->data = front->worker;
    h2o_socket_read_start(front->mailbox_socket, on_mailbox);
    listener_start(&front->api, front, listen_fd);
    if (twin_fd >= 0)
        listener_start(&front->api_twin, front, twin_fd);
    if (admin_fd >= 0)
        listener_start(&front->admin, front, admin_fd);
    return ERR_OK;
}

/* ---- stopping ---- */

static void begin_draining(struct letter *letter, void *owner)
{
    struct front *front = H2O_STRUCT_FROM_MEMBER(struct front, drain_letter, letter);
    MAYBE(owner);
    front->is_draining = true;
    front->drain_until_ms = monotonic_ms() + front->server->options.drain_ms;
    listener_stop(&front->api);
    listener_stop(&front->api_twin);
    listener_stop(&front->admin);
    h2o_context_request_shutdown(&front->context);
    parked_answer_all(front);
    connections_close_idle(front);
}

void front_post_drain(struct front *front)
{
    front->drain_letter.deliver = begin_draining;
    worker_post(front->worker, &front->drain_letter);
}

static bool has_let_go(struct front *front)
{
    if (!connections_close_idle(front))
        return true;
    if (monotonic_ms() < front->drain_until_ms)
        return false;
    LOG_WARNING("server", "%u connections were still busy when the time to stop was over",
                front->connections_count);
    return true;
}

/* A front goes on turning until all have let go: another one's parked poll may need its queues. */
static bool is_drained(struct front *front)
{
    if (!front->is_draining)
        return false;
    if (!front->is_counted_out && has_let_go(front)) {
        front->is_counted_out = true;
        atomic_fetch_add(&front->server->fronts_out_count, 1);
    }
    return atomic_load(&front->server->fronts_out_count) == front->server->fronts_count;
}

/* ---- the loop ---- */

#define DRAIN_STEP_MS 20
#define TURNS_MAX     4

/* Answers given between two runs of h2o's loop leave completed writes, whose callbacks close the
 * connection or read the next request. */
static bool has_pending(const h2o_evloop_t *loop)
{
    return loop->_pending_as_client != NULL || loop->_pending_as_server != NULL;
}

/* The next run would call them back, but not before it has told epoll that nothing is read from these connections just
 * now: two system calls each. So they are called here, as behind one of h2o's timers. A request that was pipelined
 * behind is taken then, too, and wants another turn. Returns for how long the loop may sleep. */
static int turn(struct front *front)
{
    h2o_evloop_t *loop = front->context.loop;
    int wait = worker_turn(front->worker);
    for (int i = 0; i < TURNS_MAX && has_pending(loop); i++) {
        h2o_timeout__do_post_callback(loop);
        wait = worker_turn(front->worker);
    }
    intake_settle(front);
    return has_pending(loop) ? 0 : fair_wait_ms(front, wait);
}

void *front_run(void *at)
{
    struct front *front = at;
    crash_init_thread();
    if (!server_wait_gate(front->server))
        return NULL;
    while (!is_drained(front)) {
        int wait = turn(front);
        if (front->is_draining && wait > DRAIN_STEP_MS)
            wait = DRAIN_STEP_MS;
        h2o_evloop_run(front->context.loop,
                       wait); /* -1 when a signal came: nothing is lost by going on */
        fair_begin_turn(front);
    }
    worker_turn(front->worker);
    return NULL;
}

void front_close(struct front *front)
{
    /* h2o's context and loop go with the process: disposing of them asserts that no timer is left. */
    if (front->server == NULL)
        return;
    parked_done(front);
    listener_close(&front->api);
    listener_close(&front->api_twin);
    listener_close(&front->admin);
    if (front->mailbox_socket != NULL)
        h2o_socket_close(front->mailbox_socket);
    h2o_evloop_run(front->context.loop, 0);
    front->is_over = true;
}

void front_done(struct front *front)
{
    if (front->server == NULL)
        return;
    while (front->free_calls != NULL) {
        struct call *call = front->free_calls;
        front->free_calls = call->next;
        arena_done(&call->arena);
        free(call);
    }
    auth_verifier_destroy(front->verifier);
    arena_done(&front->scratch);
    receipt_key_destroy(front->receipt_key);
}
