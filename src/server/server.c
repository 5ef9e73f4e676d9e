#include "server/front.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include "base/crash.h"
#include "base/local_socket.h"
#include "base/logger.h"

#include "base/banned.h"

/* Listening sockets before they are the fronts'. -1: none. */
struct openings {
    int api[NODE_WORKERS_MAX], twin[NODE_WORKERS_MAX]; /* one a front each */
    int admin;
};

static void close_all(int *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

static void complain(const char *what, const char *address, enum err err)
{
    const char *why = strerror(errno), *hint = "";
    if (err == ERR_INVALID)
        why = "HOST:PORT is wanted";
    else if (err == ERR_ABSENT)
        why = "its host is not known";
    else if (errno == EADDRINUSE)
        hint = "; another process listens there, perhaps another leatd";
    else if (errno == EADDRNOTAVAIL)
        hint = "; no interface of this machine has it";
    else if (errno == EACCES)
        hint = "; ports below 1024 take privileges";
    LOG_ERROR("server", "cannot listen on %s (%s): %s%s", address, what, why, hint);
}

static enum err look(const char *what, const char *address)
{
    char found[SERVER_ADDRESS_BYTES];
    int none;
    enum err err = listener_open(address, LISTENER_LOOK, &none, found);
    if (err != ERR_OK)
        complain(what, address, err);
    return err;
}

enum err server_look(const char *listen, const char *admin)
{
    enum err err = look("the API", listen);
    if (err == ERR_OK && admin != NULL && strncmp(admin, "unix:", 5) != 0)
        err = look("the admin listener", admin);
    return err;
}

/* A socket a front; they share the port that is chosen for the first. */
static enum err open_for_fronts(const struct server *server, const char *address, int *fds,
                                char ret_address[SERVER_ADDRESS_BYTES])
{
    enum err err = ERR_OK;
    for (unsigned i = 0; i < server->fronts_count && err == ERR_OK; i++) {
        enum listener_sharing sharing = server->fronts_count == 1 ? LISTENER_ALONE
                                        : i == 0                  ? LISTENER_FIRST
                                                                  : LISTENER_FURTHER;
        err = listener_open(address, sharing, &fds[i], ret_address);
        address = ret_address;
    }
    return err;
}

/* Some resolvers give [::1] first for localhost, others 127.0.0.1: both are served, at one port. */
static enum err open_twin(struct server *server, struct openings *openings)
{
    char address[SERVER_ADDRESS_BYTES], opened[SERVER_ADDRESS_BYTES];
    const char *port = strrchr(server->address, ':') + 1;
    snprintf(address, sizeof(address), "[::1]:%s", port);
    enum err err = open_for_fronts(server, address, openings->twin, opened);
    if (err == ERR_OK)
        snprintf(address, sizeof(address), "localhost:%s", port);
    else if (err == ERR_ABSENT || listener_lacks_family(errno))
        snprintf(address, sizeof(address), "%s", server->address); /* a machine without IPv6 */
    else
        return err;
    memcpy(server->address, address, sizeof(address));
    return ERR_OK;
}

#define TWIN_TRIES 32

static enum err open_api(struct server *server, struct openings *openings)
{
    const char *wanted = server->options.listen;
    bool is_localhost = strncmp(wanted, "localhost:", 10) == 0;
    bool is_any_port = is_localhost && strcmp(wanted + 10, "0") == 0;
    for (int i = 0;; i++) {
        enum err err = open_for_fronts(server, wanted, openings->api, server->address);
        if (err == ERR_OK && is_localhost)
            err = open_twin(server, openings);
        bool is_taken = err == ERR_IO && errno == EADDRINUSE;
        if (!is_taken || !is_any_port || i == TWIN_TRIES)
            return err;
        close_all(openings->api, NODE_WORKERS_MAX); /* free in one family only: another port */
        close_all(openings->twin, NODE_WORKERS_MAX);
    }
}

/* ---- the admin listener ---- */

#define ADMIN_BACKLOG 128

static enum err fail(const char *address, const char *why)
{
    LOG_ERROR("server", "cannot listen on %s (the admin listener): %s", address, why);
    return ERR_IO;
}

static enum err open_admin_socket(const char *address, int *ret_fd)
{
    enum err err = local_socket_listen(address + 5, ADMIN_BACKLOG, ret_fd);
    if (err == ERR_OK)
        return ERR_OK;
    if (err == ERR_EXISTS)
        return fail(address, "a file that is no socket is there, and it is kept");
    return fail(address, err == ERR_UNAVAILABLE ? "another server listens there" : strerror(errno));
}

static bool is_loopback(int fd)
{
    struct sockaddr_storage at = {0};
    socklen_t bytes = sizeof(at);
    if (getsockname(fd, (struct sockaddr *)&at, &bytes) != 0)
        return false;
    if (at.ss_family == AF_INET)
        return ntohl(((struct sockaddr_in *)(void *)&at)->sin_addr.s_addr) >> 24 == 127;
    return at.ss_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)(void *)&at)->sin6_addr);
}

static enum err read_token(struct server *server)
{
    const char *path = server->options.admin_token_file;
    enum err err = token_file_read_or_make(path, server->admin_token);
    if (err == ERR_OK)
        return ERR_OK;
    LOG_ERROR("server", "cannot use the admin listener's token in %s: %s", path,
              err == ERR_STALE     ? "only its user may have leave to read it (chmod 600)"
              : err == ERR_INVALID ? "it holds no word of 32 to 128 bytes"
                                   : strerror(errno));
    return err;
}

static enum err open_admin_port(struct server *server, const char *address, int *ret_fd)
{
    enum err err = listener_open(address, LISTENER_ALONE, ret_fd, server->admin_address);
    if (err != ERR_OK) {
        complain("the admin listener", address, err);
        return err;
    }
    if (!is_loopback(*ret_fd) && !server->options.is_admin_remote)
        return fail(address, "it is beyond loopback, which --admin-remote on allows");
    if (!is_loopback(*ret_fd))
        LOG_WARNING("server", "the admin listener is reachable from other machines, without TLS");
    return read_token(server);
}

static enum err open_admin(struct server *server, int *ret_fd)
{
    const char *address = server->options.admin;
    if (address == NULL)
        return ERR_OK;
    bool is_socket = strncmp(address, "unix:", 5) == 0;
    enum err err =
        is_socket ? open_admin_socket(address, ret_fd) : open_admin_port(server, address, ret_fd);
    if (err == ERR_OK && is_socket)
        snprintf(server->admin_address, sizeof(server->admin_address), "%s", address);
    if (err == ERR_OK || !server->options.is_admin_optional)
        return err;
    LOG_WARNING("server", "there is no admin listener: --admin names another place for it");
    server->admin_address[0] = '\0';
    return ERR_OK;
}

static enum err open_listeners(struct server *server, struct openings *openings)
{
    enum err err = open_api(server, openings);
    if (err != ERR_OK) {
        complain("the API", server->options.listen, err);
        return err;
    }
    return open_admin(server, &openings->admin);
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
    crash_spare(&all);
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

static enum err start_fronts(struct server *server, struct openings *openings, const char **ret_why)
{
    *ret_why = "no descriptors for the workers: is there a limit of open files (ulimit -n)?";
    for (unsigned i = 0; i < server->fronts_count; i++) {
        int admin = i == 0 ? openings->admin : -1;
        enum err err =
            front_init(&server->fronts[i], server, i, openings->api[i], openings->twin[i], admin);
        if (err != ERR_OK)
            return err;
        openings->api[i] = openings->twin[i] = -1; /* the front's from here on */
        if (i == 0)
            openings->admin = -1;
    }
    *ret_why =
        "a worker's thread cannot be started: is there a limit of threads (ulimit -u, pids of "
        "a container)?";
    return start_threads(server);
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
    struct openings openings;
    memset(&openings, -1, sizeof(openings));
    struct server *server = calloc(1, sizeof(*server));
    ASSERT(server != NULL);
    server->options = *options;
    const char *wrong;
    enum err rules =
        web_rules_read(options->host_names, options->cors_origins, &server->web, &wrong, ret_why);
    ASSERT(rules == ERR_OK); /* the options were checked */
    server->has_cors = server->web.allows_local_origins || server->web.origins_count > 0;
    pthread_mutex_init(&server->gate_lock, NULL);
    pthread_cond_init(&server->gate_signal, NULL);
    server->intake.bytes_max = options->intake_bytes;
    server->fronts_count = node_workers_count(options->node);
    server->fronts = calloc(server->fronts_count, sizeof(*server->fronts));
    ASSERT(server->fronts != NULL);
    *ret_why = NULL; /* open_listeners says it */
    enum err err = open_listeners(server, &openings);
    if (err == ERR_OK)
        err = start_fronts(server, &openings, ret_why);
    if (err == ERR_OK) {
        *ret_server = server;
        return ERR_OK;
    }
    for (unsigned i = 0; i < server->fronts_count; i++) {
        front_close(&server->fronts[i]);
        front_done(&server->fronts[i]);
    }
    close_all(openings.api, NODE_WORKERS_MAX);
    close_all(openings.twin, NODE_WORKERS_MAX);
    close_all(&openings.admin, 1);
    destroy(server);
    return err;
}

const char *server_address(const struct server *server)
{
    return server->address;
}

const char *server_admin_address(const struct server *server)
{
    return server->admin_address[0] != '\0' ? server->admin_address : NULL;
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
        front_close(&server->fronts[i]);
}

void server_destroy(struct server *server)
{
    if (server == NULL)
        return;
    for (unsigned i = 0; i < server->fronts_count; i++)
        front_done(&server->fronts[i]);
    if (strncmp(server->admin_address, "unix:", 5) == 0)
        local_socket_remove(server->admin_address + 5);
    destroy(server);
}
