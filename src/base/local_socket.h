/* Unix sockets in the file system: who listens at a path, and who may not be replaced there.
 *
 * Paths may be longer than the 107 bytes that the kernel takes: such a socket is reached through
 * its directory's descriptor under /proc/self/fd. Every call may block for a moment. */
#ifndef LEAT_BASE_LOCAL_SOCKET_H
#define LEAT_BASE_LOCAL_SOCKET_H

#include "base/check.h"
#include "base/err.h"

/* Listens at `path`; only the same user may connect (mode 0600). A socket whose server is gone is
 * replaced; whatever else is there is kept. The descriptor does not block.
 * ERR_EXISTS: the file there is no socket. ERR_UNAVAILABLE: a server listens there.
 * ERR_IO: errno tells. */
MUST_CHECK enum err local_socket_listen(const char *path, int backlog, int *ret_fd);
/* A connected, blocking socket; -1: errno tells. */
MUST_CHECK int local_socket_connect(const char *path);
/* Removes the socket at `path` when nobody listens there any more: close the own one first. */
void local_socket_remove(const char *path);

#endif
