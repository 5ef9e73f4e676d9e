/* Listening sockets: one a front on the same address (SO_REUSEPORT), so that the kernel spreads
 * connections. */
#include "server/front.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/logger.h"

#include "base/banned.h"

#define BACKLOG 4096

/* ---- opening ---- */

static bool split_address(const char *address, char *host, size_t host_bytes, const char **ret_port)
{
    const char *colon = strrchr(address, ':');
    if (colon == NULL)
        return false;
    size_t length = (size_t)(colon - address);
    if (length >= 2 && address[0] == '[' && address[length - 1] == ']') {
        address++;
        length -= 2;
    }
    if (length >= host_bytes)
        return false;
    memcpy(host, address, length);
    host[length] = '\0';
    *ret_port = colon + 1;
    return true;
}

static void print_address(int fd, char ret_address[SERVER_ADDRESS_BYTES])
{
    struct sockaddr_storage at;
    socklen_t at_bytes = sizeof(at);
    char host[64], port[16];
    getsockname(fd, (struct sockaddr *)&at, &at_bytes);
    getnameinfo((struct sockaddr *)&at, at_bytes, host, sizeof(host), port, sizeof(port),
                NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(ret_address, SERVER_ADDRESS_BYTES, at.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s",
             host, port);
}

/* "::" means every address of either family, whatever the system's default is. */
static void accept_both_families(int fd, const struct addrinfo *info)
{
    int off = 0;
    if (info->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
}

/* With SO_REUSEPORT a second server of the same user would share the port without a word: a socket
 * without it finds out. */
static bool is_taken(const struct addrinfo *info)
{
    int on = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return true;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    accept_both_families(fd, info);
    bool taken = bind(fd, info->ai_addr, info->ai_addrlen) != 0;
    int why = errno;
    close(fd);
    errno = why;
    return taken;
}

static int open_tcp(const struct addrinfo *info, bool reuse_port)
{
    int on = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    accept_both_families(fd, info);
    if (reuse_port)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static enum err open_host(const char *host, const char *port, enum listener_sharing sharing,
                          int *ret_fd, char ret_address[SERVER_ADDRESS_BYTES])
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV},
                    *found;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return ERR_ABSENT;
    bool looks = sharing == LISTENER_LOOK;
    bool is_refused = (looks || sharing == LISTENER_FIRST) && is_taken(found);
    *ret_fd = is_refused || looks ? -1 : open_tcp(found, sharing != LISTENER_ALONE);
    int why = errno;
    freeaddrinfo(found);
    errno = why;
    if (looks && !is_refused)
        return ERR_OK;
    if (*ret_fd < 0)
        return ERR_IO;
    print_address(*ret_fd, ret_address);
    return ERR_OK;
}

bool listener_lacks_family(int why)
{
    return why == EAFNOSUPPORT || why == EADDRNOTAVAIL || why == EPROTONOSUPPORT;
}

enum err listener_open(const char *address, enum listener_sharing sharing, int *ret_fd,
                       char ret_address[SERVER_ADDRESS_BYTES])
{
    char host[256];
    const char *port;
    if (!split_address(address, host, sizeof(host), &port))
        return ERR_INVALID;
    if (strcmp(host, "localhost") == 0)
        return open_host("127.0.0.1", port, sharing, ret_fd, ret_address);
    if (host[0] != '\0' && strcmp(host, "*") != 0)
        return open_host(host, port, sharing, ret_fd, ret_address);
    enum err err = open_host("::", port, sharing, ret_fd, ret_address);
    if (err == ERR_ABSENT || (err == ERR_IO && listener_lacks_family(errno)))
        err = open_host("0.0.0.0", port, sharing, ret_fd, ret_address);
    return err;
}

/* ---- accepting ---- */

static void on_accept(h2o_socket_t *socket, const char *why);

static void resume(h2o_timeout_entry_t *entry)
{
    struct listener *listener = H2O_STRUCT_FROM_MEMBER(struct listener, pause, entry);
    listener->is_paused = false;
    listener->room_made = 0;
    if (listener->socket != NULL)
        h2o_socket_read_start(listener->socket, on_accept);
}

/* Out of descriptors or at the bound: a level-triggered listener would spin, so it rests for a
 * moment. The others wait in the kernel's queue. */
static void pause_accepting(struct listener *listener)
{
    struct front *front = listener->front;
    h2o_socket_read_stop(listener->socket);
    listener->is_paused = true;
    listener->pause.cb = resume;
    h2o_timeout_link(front->context.loop, &front->accept_pause, &listener->pause);
}

/* Out of descriptors: one that is idle may give its own away. */
static bool can_go_on(struct listener *listener, int why)
{
    if (why != EMFILE && why != ENFILE && why != ENOBUFS && why != ENOMEM)
        return false;
    if (connections_make_room(listener->keeper))
        return true;
    LOG_WARNING("server", "cannot accept: %s", strerror(why));
    pause_accepting(listener);
    return false;
}

/* Somebody waits: only then one that is idle must go. */
static bool has_pending(const struct listener *listener)
{
    struct pollfd look = {.fd = h2o_socket_get_fd(listener->socket), .events = POLLIN};
    return poll(&look, 1, 0) > 0;
}

static void on_accept(h2o_socket_t *socket, const char *why)
{
    struct listener *listener = socket->data;
    if (why != NULL)
        return;
    for (int i = 0; i < FRONT_ACCEPTS_MAX; i++) {
        if (connections_are_many(listener->keeper)) {
            if (!has_pending(listener))
                return;
            /* Who connects at speed must not keep the worker busy with closing others. */
            if (listener->room_made == FRONT_ROOM_MADE_MAX ||
                !connections_make_room(listener->keeper)) {
                pause_accepting(listener);
                return;
            }
            listener->room_made++;
        }
        errno = 0;
        h2o_socket_t *accepted = h2o_evloop_socket_accept(socket);
        if (accepted != NULL)
            connections_adopt(listener->keeper, accepted);
        else if (!can_go_on(listener, errno))
            return;
    }
}

void listener_start(struct listener *listener, struct front *front, int fd)
{
    listener->front = front;
    listener->accept.ctx = &front->context;
    listener->socket = h2o_evloop_socket_create(front->context.loop, fd, H2O_SOCKET_FLAG_DONT_READ);
    listener->socket->data = listener;
    h2o_socket_read_start(listener->socket, on_accept);
}

void listener_stop(struct listener *listener)
{
    if (listener->socket == NULL)
        return;
    if (listener->is_paused)
        h2o_timeout_unlink(&listener->pause);
    else
        on_accept(listener->socket,
                  NULL); /* who is in the kernel's queue already is still served */
    listener_close(listener);
}

void listener_close(struct listener *listener)
{
    if (listener->socket == NULL)
        return;
    h2o_socket_read_stop(listener->socket);
    h2o_socket_close(listener->socket);
    listener->socket = NULL;
}
