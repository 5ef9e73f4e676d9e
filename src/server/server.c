#include "server/front.h"

#include <errno.h>
#include <signal.h>

#include "base/logger.h"

#include "base/banned.h"

static enum err open_listeners(struct server *server, int *listen_fds, int *ret_admin_fd)
{
    const char *address = server->options.listen;
    for (unsigned i = 0; i < server->fronts_count; i++) {
        enum err err =
            listener_open(address, server->fronts_count > 1, &listen_fds[i], server->address);
        if (err != ERR_OK) {
            LOG_ERROR("server", "cannot listen on %s: %s", address,
                      err == ERR_INVALID ? "not an address of the form HOST:PORT"
                                         : strerror(errno));
            return err;
        }
        address = server->address; /* the others share the port that was chosen for the first */
    }
    *ret_admin_fd = -1;
    if (server->options.admin == NULL)
        return ERR_OK;
    enum err err = listener_open(server->options.admin, false, ret_admin_fd, server->admin_address);
    if (err != ERR_OK)
        LOG_ERROR("server", "cannot open the admin listener on %s: %s", server->options.admin,
                  err == ERR_INVALID ? "not an address" : strerror(errno));
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

enum err server_start(const struct server_options *options, struct server **ret_server,
                      const char **ret_why)
{
    int listen_fds[NODE_WORKERS_MAX], admin_fd;
    struct server *server = calloc(1, sizeof(*server));
    ASSERT(server != NULL);
    server->options = *options;
    server->fronts_count = node_workers_count(options->node);
    server->fronts = calloc(server->fronts_count, sizeof(*server->fronts));
    ASSERT(server->fronts != NULL);
    *ret_why = "the listeners cannot be opened";
    enum err err = open_listeners(server, listen_fds, &admin_fd);
    for (unsigned i = 0; i < server->fronts_count && err == ERR_OK; i++) {
        *ret_why = "no descriptors for the workers";
        err = front_init(&server->fronts[i], server, i, listen_fds[i], i == 0 ? admin_fd : -1);
    }
    if (err == ERR_OK) {
        *ret_why = "the workers' threads cannot be started";
        err = start_threads(server);
    }
    if (err != ERR_OK)
        return err; /* the process ends with it: descriptors and memory go with the process */
    *ret_server = server;
    return ERR_OK;
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
