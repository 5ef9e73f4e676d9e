/* Unix sockets in the file system: paths beyond 107 bytes, and which files give way to a new socket. */
#include "base/local_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/banned.h"

/* ---- addresses ---- */

/* A path cut into a directory that is held open and a name in it. */
struct place {
    int directory_fd;
    const char *name; /* in the caller's path */
    struct sockaddr_un address;
};

static int open_directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char directory[PATH_MAX];
    size_t length = slash != NULL ? (size_t)(slash - path) : 1;
    if (length >= sizeof(directory)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(directory, slash != NULL ? path : ".", length);
    directory[length] = '\0';
    return open(length > 0 ? directory : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool fill_address(struct place *place, const char *path)
{
    size_t room = sizeof(place->address.sun_path);
    place->address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int length = strlen(path) < room
                     ? snprintf(place->address.sun_path, room, "%s", path)
                     : snprintf(place->address.sun_path, room, "/proc/self/fd/%d/%s",
                                place->directory_fd, place->name);
    if (length > 0 && (size_t)length < room)
        return true;
    errno = length == 0 ? ENOENT : ENAMETOOLONG;
    return false;
}

/* False: errno tells, nothing is open. */
static bool place_open(struct place *place, const char *path)
{
    const char *slash = strrchr(path, '/');
    place->name = slash != NULL ? slash + 1 : path;
    place->directory_fd = open_directory_of(path);
    if (place->directory_fd < 0)
        return false;
    if (fill_address(place, path))
        return true;
    int why = errno;
    close(place->directory_fd);
    errno = why;
    return false;
}

static void place_close(struct place *place)
{
    int why = errno;
    close(place->directory_fd);
    errno = why;
}

/* ---- connecting ---- */

static int connect_to(const struct place *place, int flags)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&place->address, sizeof(place->address)) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

int local_socket_connect(const char *path)
{
    struct place place;
    if (!place_open(&place, path))
        return -1;
    int fd = connect_to(&place, 0);
    place_close(&place);
    return fd;
}

/* ---- listening ---- */

/* ERR_OK: nothing is in the way any more. */
static enum err clear_way(const struct place *place)
{
    struct stat facts;
    if (fstatat(place->directory_fd, place->name, &facts, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? ERR_OK : ERR_IO;
    if (!S_ISSOCK(facts.st_mode))
        return ERR_EXISTS;
    int fd = connect_to(place, SOCK_NONBLOCK);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 || errno == EAGAIN) /* EAGAIN: so many wait there already */
        return ERR_UNAVAILABLE;
    if (errno != ECONNREFUSED)
        return ERR_IO;
    return unlinkat(place->directory_fd, place->name, 0) == 0 ? ERR_OK : ERR_IO;
}

/* The mode is set before the file exists: no instant is open to others, and no umask is changed
 * under other threads. */
static enum err bind_and_listen(const struct place *place, int backlog, int *ret_fd)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return ERR_IO;
    if (fchmod(fd, 0600) == 0 &&
        bind(fd, (const struct sockaddr *)&place->address, sizeof(place->address)) == 0 &&
        listen(fd, backlog) == 0) {
        *ret_fd = fd;
        return ERR_OK;
    }
    int why = errno;
    close(fd);
    errno = why;
    return ERR_IO;
}

/* A file system may ignore the mode of the socket: then the file is no door with a lock. */
static enum err check_file(const struct place *place)
{
    struct stat facts;
    if (fstatat(place->directory_fd, place->name, &facts, AT_SYMLINK_NOFOLLOW) != 0)
        return ERR_IO;
    if ((facts.st_mode & 0777) == 0600)
        return ERR_OK;
    unlinkat(place->directory_fd, place->name, 0);
    errno = EPERM;
    return ERR_IO;
}

static enum err listen_locked(const struct place *place, int backlog, int *ret_fd)
{
    int fd = -1;
    enum err err = clear_way(place);
    if (err == ERR_OK)
        err = bind_and_listen(place, backlog, &fd);
    if (err == ERR_OK)
        err = check_file(place);
    if (err == ERR_OK) {
        *ret_fd = fd;
        return ERR_OK;
    }
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return err;
}

/* Two servers that start at once would both see a dead socket, and the second would remove the
 * first one's new one: the directory's lock lets one after the other. */
enum err local_socket_listen(const char *path, int backlog, int *ret_fd)
{
    struct place place;
    if (!place_open(&place, path))
        return ERR_IO;
    enum err err = ERR_IO;
    if (flock(place.directory_fd, LOCK_EX) == 0)
        err = listen_locked(&place, backlog, ret_fd);
    place_close(&place);
    return err;
}

void local_socket_remove(const char *path)
{
    struct place place;
    if (!place_open(&place, path))
        return;
    if (flock(place.directory_fd, LOCK_EX) == 0)
        MAYBE(clear_way(&place) == ERR_OK);
    place_close(&place);
}
