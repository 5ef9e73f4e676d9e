/* Preloaded into a server (LD_PRELOAD): kills it with SIGKILL at a named point: before, in the middle of or after the n-th
 * call of one kind on files of one kind. The command stands in a file that the test maps, too (LEAT_POINT, struct
 * point; points.py knows the layout).
 *
 * Built by the test: cc -shared -fPIC -O2 -o points.so points.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NOTHING, WRITE, SYNC, RENAME, UNLINK, OPEN, TRUNCATE, ANSWER };
enum { BEFORE, MIDDLE, AFTER };

struct point {
    _Atomic int64_t call;      /* NOTHING: lives on */
    _Atomic int64_t when;
    _Atomic int64_t countdown; /* 1: the next one */
    _Atomic int64_t fired;
    char name[64]; /* what the path must contain; of a rename "FROM>TO", either may be empty */
};

static struct point *point;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("LEAT_POINT");
    int number = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (number < 0)
        return;
    void *at = mmap(NULL, sizeof(struct point), PROT_READ | PROT_WRITE, MAP_SHARED, number, 0);
    close(number);
    if (at != MAP_FAILED)
        point = at;
}

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

static void die(void)
{
    atomic_store(&point->fired, 1);
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static int is_wanted(int call)
{
    return point != NULL && atomic_load(&point->call) == call;
}

/* Is this the n-th such call on such a file? When it is, and `before` is the time, it never returns. */
static int is_due(int call, const char *path)
{
    if (!is_wanted(call) || strstr(path, point->name) == NULL || atomic_fetch_sub(&point->countdown, 1) != 1)
        return 0;
    if (point->when == BEFORE)
        die();
    return 1;
}

static int is_due_file(int call, int number)
{
    char link[64], path[PATH_MAX];
    if (!is_wanted(call))
        return 0;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", number);
    ssize_t bytes = readlink(link, path, sizeof(path) - 1);
    if (bytes <= 0)
        return 0;
    path[bytes] = '\0';
    return is_due(call, path);
}

static void after(int due)
{
    if (due)
        die();
}

/* ---- writes ---- */

static ssize_t do_pwrite(int number, const void *at, size_t bytes, off_t offset)
{
    ssize_t (*call)(int, const void *, size_t, off_t) = real("pwrite64");
    int due = is_due_file(WRITE, number);
    if (due && point->when == MIDDLE)
        bytes = bytes > 512 ? bytes / 2 / 512 * 512 : bytes / 2;
    ssize_t moved = call(number, at, bytes, offset);
    after(due);
    return moved;
}

ssize_t pwrite(int number, const void *at, size_t bytes, off_t offset)
{
    return do_pwrite(number, at, bytes, offset);
}

ssize_t pwrite64(int number, const void *at, size_t bytes, off64_t offset)
{
    return do_pwrite(number, at, bytes, (off_t)offset);
}

ssize_t write(int number, const void *at, size_t bytes)
{
    ssize_t (*call)(int, const void *, size_t) = real("write");
    int due = is_due_file(WRITE, number);
    ssize_t moved = call(number, at, bytes);
    after(due);
    return moved;
}

/* ---- syncs ---- */

static int do_sync(int number, const char *name)
{
    int (*call)(int) = real(name);
    int due = is_due_file(SYNC, number);
    int status = call(number);
    after(due);
    return status;
}

int fdatasync(int number)
{
    return do_sync(number, "fdatasync");
}

int fsync(int number)
{
    return do_sync(number, "fsync");
}

/* ---- names ---- */

int rename(const char *from, const char *to)
{
    int (*call)(const char *, const char *) = real("rename");
    char both[2 * PATH_MAX];
    snprintf(both, sizeof(both), "%s>%s", strrchr(from, '/'), strrchr(to, '/'));
    int due = is_due(RENAME, both);
    int status = call(from, to);
    after(due);
    return status;
}

int unlink(const char *path)
{
    int (*call)(const char *) = real("unlink");
    int due = is_due(UNLINK, path);
    int status = call(path);
    after(due);
    return status;
}

static int do_open(const char *name, const char *path, int flags, mode_t mode)
{
    int (*call)(const char *, int, ...) = real(name);
    int due = (flags & O_CREAT) != 0 && is_due(OPEN, path);
    int number = call(path, flags, mode);
    after(due);
    return number;
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return do_open("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return do_open("open64", path, flags, mode);
}

static int do_truncate(int number, off_t size)
{
    int (*call)(int, off_t) = real("ftruncate64");
    int due = is_due_file(TRUNCATE, number);
    int status = call(number, size);
    after(due);
    return status;
}

int ftruncate(int number, off_t size)
{
    return do_truncate(number, size);
}

int ftruncate64(int number, off64_t size)
{
    return do_truncate(number, (off_t)size);
}

/* ---- answers ---- */

static int is_answer(int number)
{
    return is_wanted(ANSWER) && is_due_file(ANSWER, number);
}

ssize_t writev(int number, const struct iovec *parts, int count)
{
    ssize_t (*call)(int, const struct iovec *, int) = real("writev");
    int due = is_answer(number);
    ssize_t moved = call(number, parts, count);
    after(due);
    return moved;
}

ssize_t send(int number, const void *at, size_t bytes, int flags)
{
    ssize_t (*call)(int, const void *, size_t, int) = real("send");
    int due = is_answer(number);
    ssize_t moved = call(number, at, bytes, flags);
    after(due);
    return moved;
}
