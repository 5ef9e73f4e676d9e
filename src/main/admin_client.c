#include "main/admin_client.h"

#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/buffer.h"
#include "base/local_socket.h"

#include "base/banned.h"

static int connect_tcp(const char *address)
{
    char host[256];
    const char *colon = strrchr(address, ':');
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *found;
    errno = EINVAL;
    if (colon == NULL || (size_t)(colon - address) >= sizeof(host))
        return -1;
    if (*address == '[' && colon[-1] == ']') /* [::1]:9325 */
        snprintf(host, sizeof(host), "%.*s", (int)(colon - address - 2), address + 1);
    else
        snprintf(host, sizeof(host), "%.*s", (int)(colon - address), address);
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
        return -1;
    int fd = -1, why = EINVAL;
    for (const struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        why = errno;
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
            why = errno;
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    errno = why;
    return fd;
}

static int open_connection(const char *address)
{
    struct timeval wait = {.tv_sec = ADMIN_CLIENT_WAIT_S};
    int fd = strncmp(address, "unix:", 5) == 0 ? local_socket_connect(address + 5)
                                               : connect_tcp(address);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    return fd;
}

static bool send_all(int fd, struct slice bytes)
{
    while (bytes.bytes > 0) {
        ssize_t sent = send(fd, bytes.at, bytes.bytes, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        bytes = slice_from(bytes, (size_t)sent);
    }
    return true;
}

static bool read_all(int fd, struct buffer *answer)
{
    for (;;) {
        ssize_t got = recv(fd, buffer_reserve(answer, 65536), 65536, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        buffer_advance(answer, (size_t)got);
        if (answer->bytes > ADMIN_CLIENT_BYTES_MAX) {
            errno = EMSGSIZE;
            return false;
        }
    }
}

/* The API answers in XML what it takes for a query request. */
static bool is_of_api(struct slice body)
{
    return body.bytes > 0 && body.at[0] == '<' &&
           (memmem(body.at, body.bytes, "UnknownOperationException", 25) != NULL ||
            memmem(body.at, body.bytes, "<ErrorResponse", 14) != NULL);
}

/* "HTTP/1.1 200 OK\r\n...\r\n\r\nbody": the connection is closed behind it, so that the body is
 * what remains. */
static json_t *read_answer(const char *address, struct slice answer, struct arena *arena,
                           struct slice *ret_why, unsigned *ret_status)
{
    const uint8_t *end = answer.bytes > 0 ? memmem(answer.at, answer.bytes, "\r\n\r\n", 4) : NULL;
    json_error_t error;
    if (end == NULL || !slice_starts_with(answer, SLICE("HTTP/1.1 "))) {
        *ret_why = arena_print(
            arena, "%s does not answer in HTTP: is it the address of leatd's admin listener?",
            address);
        return NULL;
    }
    *ret_status =
        (unsigned)strtoul((const char *)answer.at + 9, NULL, 10); /* a line's end stops it */
    struct slice body = slice_from(answer, (size_t)(end - answer.at) + 4);
    bool is_good = slice_starts_with(answer, SLICE("HTTP/1.1 200"));
    json_t *document = json_loadb((const char *)body.at, body.bytes, 0, &error);
    if (is_good && document != NULL)
        return document;
    const char *text = json_string_value(json_object_get(document, "error"));
    if (text != NULL)
        *ret_why = arena_print(arena, "%s", text);
    else if (is_of_api(body))
        *ret_why = arena_print(
            arena,
            "%s is the address of the API, not of the admin listener; leatd tells both when it "
            "starts (--admin or LEAT_ADMIN says where to ask)",
            address);
    else
        *ret_why = arena_print(
            arena, "%s is not leatd's admin listener: it answers with status %u and no JSON",
            address, *ret_status);
    json_decref(document);
    return NULL;
}

json_t *admin_client_ask(const char *address, const char *token, const char *method,
                         struct slice target, struct slice body, struct arena *arena,
                         struct slice *ret_why, unsigned *ret_status)
{
    struct buffer answer;
    *ret_status = 0;
    int fd = open_connection(address);
    if (fd < 0) {
        *ret_why = arena_print(
            arena,
            "cannot reach the admin listener at %s: %s. Is leatd running? It tells its admin "
            "address at the start; --data-dir, --admin or LEAT_ADMIN says where to ask",
            address, strerror(errno));
        return NULL;
    }
    struct slice request =
        arena_print(arena,
                    "%s %.*s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s%s%s"
                    "x-leat-admin: 1\r\nContent-Type: application/x-ndjson\r\n"
                    "Content-Length: %zu\r\n\r\n",
                    method, SLICE_PRINT(target), token[0] != '\0' ? "Authorization: Bearer " : "",
                    token, token[0] != '\0' ? "\r\n" : "", body.bytes);
    buffer_init(&answer, arena, 65536);
    bool is_read = send_all(fd, request) && send_all(fd, body) && read_all(fd, &answer);
    int why = errno;
    close(fd);
    if (!is_read) {
        *ret_why = arena_print(arena, "the admin listener at %s: %s", address,
                               why == EAGAIN ? "no answer in time" : strerror(why));
        return NULL;
    }
    return read_answer(address, buffer_slice(&answer), arena, ret_why, ret_status);
}
