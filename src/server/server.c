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

/* Threads of the server take no signals: the main thread waits for them. */
static enum err start_threads(struct server *server)
{
    sigset_t all, before;
    enum err err = ERR_OK;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (unsigned i = 0; i < server->fronts_count && err == ERR_OK; i++)
        if (pthread_create(&server->fronts[i].thread, NULL, front_run, &server->fronts[i]) != 0)
            err = ERR_IO;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}

static enum err start_fronts(struct server *server, int *listen_fds, int *admin_fd,
                             const char **ret_why)
{
    *ret_why = "no descriptors for the workers";
    for (unsigned i = 0; i < server->fronts_count; i++) {
        int admin = i == 0 ? *admin_fd : -1;
        enum err err = front_init(&server->fronts[i], server, i, listen_fds[i], admin);
        if (err != ERR_OK)
            return err;
        listen_fds[i] = -1; /* the front's from here on */
        if (i == 0)
            *admin_fd = -1;
    }
    *ret_why = "the workers' threads cannot be started";
    return start_threads(server);
}

static void close_all(const int *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

enum err server_start(const struct server_options *options, struct server **ret_server,
                      const char **ret_why)
{
    int listen_fds[NODE_WORKERS_MAX], admin_fd = -1;
    memset(listen_fds, -1, sizeof(listen_fds));
    struct server *server = calloc(1, sizeof(*server));
    ASSERT(server != NULL);
    server->options = *options;
    server->fronts_count = node_workers_count(options->node);
    server->fronts = calloc(server->fronts_count, sizeof(*server->fronts));
    ASSERT(server->fronts != NULL);
    *ret_why = "the listeners cannot be opened";
    enum err err = open_listeners(server, listen_fds, &admin_fd);
    if (err == ERR_OK)
        err = start_fronts(server, listen_fds, &admin_fd, ret_why);
    if (err == ERR_OK) {
        *ret_server = server;
        return ERR_OK;
    }
    close_all(listen_fds, NODE_WORKERS_MAX);
    close_all(&admin_fd, 1);
    free(server->fronts);
    free(server);
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
    free(server->fronts);
    free(server);
}
