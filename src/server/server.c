#include "server/front.h"

#include <errno.h>
#include <signal.h>

#include "base/logger.h"

#include "base/banned.h"

static void complain(const char *what, const char *address, enum err err)
{
    LOG_ERROR("server", "cannot listen on %s (%s): %s", address, what,
              err == ERR_INVALID ? "not an address of the form HOST:PORT" : strerror(errno));
}

static enum err open_listeners(struct server *server, int *listen_fds, int *ret_admin_fd)
{
    const char *address = server->options.listen;
    for (unsigned i = 0; i < server->fronts_count; i++) {
        enum listener_sharing sharing = server->fronts_count == 1 ? LISTENER_ALONE
                                        : i == 0                  ? LISTENER_FIRST
                                                                  : LISTENER_FURTHER;
        enum err err = listener_open(address, sharing, &listen_fds[i], server->address);
        if (err != ERR_OK) {
            complain("the API", address, err);
            return err;
        }
        address = server->address; /* the others share the port that was chosen for the first */
    }
    if (server->options.admin == NULL)
        return ERR_OK;
    enum err err =
        listener_open(server->options.admin, LISTENER_ALONE, ret_admin_fd, server->admin_address);
    if (err != ERR_OK)
        complain("the admin listener", server->options.admin, err);
    return err;
}

bool server_wait_gate(struct server *server)
{
    pthread_mutex_lock(&server->gate_lock);
    while (server->gate == SERVER_GATE_CLOSED)
        pthread_cond_wait(&server->gate_signal, &server->gate_lock);
    bool is_open = server->gate == SERVER_GATE_OPEN;
    pthread_mutex_unlock(&server->gate_lock);
    return is_open;
}

static void set_gate(struct server *server, enum server_gate gate)
{
    pthread_mutex_lock(&server->gate_lock);
    server->gate = gate;
    pthread_cond_broadcast(&server->gate_signal);
    pthread_mutex_unlock(&server->gate_lock);
}

/* Threads of the server take no signals: the main thread waits for them. */
static enum err start_threads(struct server *server)
{
    sigset_t all, before;
    unsigned started = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (started < server->fronts_count &&
           pthread_create(&server->fronts[started].thread, NULL, front_run,
                          &server->fronts[started]) == 0)
        started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    bool is_whole = started == server->fronts_count;
    set_gate(server, is_whole ? SERVER_GATE_OPEN : SERVER_GATE_CANCELLED);
    for (unsigned i = 0; i < started && !is_whole; i++)
        pthread_join(server->fronts[i].thread, NULL);
    return is_whole ? ERR_OK : ERR_IO;
}

static enum err start_fronts(struct server *server, int *listen_fds, int *admin_fd,
                             const char **ret_why)
{
    *ret_why = "no descriptors for the workers: is there a limit of open files (ulimit -n)?";
    for (unsigned i = 0; i < server->fronts_count; i++) {
        int admin = i == 0 ? *admin_fd : -1;
        enum err err = front_init(&server->fronts[i], server, i, listen_fds[i], admin);
        if (err != ERR_OK)
            return err;
        listen_fds[i] = -1; /* the front's from here on */
        if (i == 0)
            *admin_fd = -1;
    }
    *ret_why =
        "a worker's thread cannot be started: is there a limit of threads (ulimit -u, pids of "
        "a container)?";
    return start_threads(server);
}

static void close_all(const int *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static void destroy(struct server *server)
{
    pthread_mutex_destroy(&server->gate_lock);
    pthread_cond_destroy(&server->gate_signal);
    free(server->fronts);
    free(server);
}

enum err server_start(const struct server_options *options, struct server **ret_server,
                      const char **ret_why)
{
    int listen_fds[NODE_WORKERS_MAX], admin_fd = -1;
    memset(listen_fds, -1, sizeof(listen_fds));
    struct server *server = calloc(1, sizeof(*server));
    ASSERT(server != NULL);
    server->options = *options;
    pthread_mutex_init(&server->gate_lock, NULL);
    pthread_cond_init(&server->gate_signal, NULL);
    server->intake.bytes_max = options->intake_bytes;
    server->fronts_count = node_workers_count(options->node);
    server->fronts = calloc(server->fronts_count, sizeof(*server->fronts));
    ASSERT(server->fronts != NULL);
    *ret_why = NULL; /* open_listeners says it */
    enum err err = open_listeners(server, listen_fds, &admin_fd);
    if (err == ERR_OK)
        err = start_fronts(server, listen_fds, &admin_fd, ret_why);
    if (err == ERR_OK) {
        *ret_server = server;
        return ERR_OK;
    }
    for (unsigned i = 0; i < server->fronts_count; i++)
        front_done(&server->fronts[i]);
    close_all(listen_fds, NODE_WORKERS_MAX);
    close_all(&admin_fd, 1);
    destroy(server);
    return err;
}

const char *server_address(const struct server *server)
{
    return server->address;
}

const char *server_admin_address(const struct server *server)
{
    return server->options.admin != NULL ? server->admin_address : NULL;
}

void server_stop(struct server *server)
{
    if (server == NULL)
        return;
    for (unsigned i = 0; i < server->fronts_count; i++)
        front_post_drain(&server->fronts[i]);
    for (unsigned i = 0; i < server->fronts_count; i++)
        pthread_join(server->fronts[i].thread, NULL);
    for (unsigned i = 0; i < server->fronts_count; i++)
        front_done(&server->fronts[i]);
    if (strncmp(server->admin_address, "unix:", 5) == 0)
        unlink(server->admin_address + 5);
    destroy(server);
}
