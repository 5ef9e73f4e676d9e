/* Preloaded into a server (LD_PRELOAD): makes the disk fail, stall or fill up on command, and remembers what a power
 * cut would take back. The commands stand in a file that the test maps, too (LEAT_FAULTS, struct control; faults.py
 * knows the layout). Only files whose path contains control->filter are touched; "" is none.
 *
 * Built by the test: cc -shared -fPIC -O2 -o faults.so faults.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct control {
    _Atomic int64_t fail_sync;  /* the n-th sync from now fails, once; 0: none */
    _Atomic int64_t fail_write; /* likewise the n-th write */
    _Atomic int64_t error;      /* with this errno */
    _Atomic int64_t hold_sync;  /* syncs wait while this is set */
    _Atomic int64_t slow_sync;  /* microseconds that each sync takes longer */
    _Atomic int64_t budget;     /* bytes that files may have in all; 0: no limit */
    _Atomic int64_t used;       /* of them */
    _Atomic int64_t undo;       /* write down what each write replaces, until it is synced */
    _Atomic int64_t syncs, writes, sync_failures, write_failures; /* counted since the start */
    _Atomic int64_t short_write;                                  /* the n-th write from now stops half-way */
    char filter[128];
    char undo_path[512];
};

static struct control *control;
static pthread_mutex_t undo_lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("LEAT_FAULTS");
    int number = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (number < 0)
        return;
    void *at = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, number, 0);
    close(number);
    if (at != MAP_FAILED)
        control = at;
}

static int is_ours_path(const char *path)
{
    return control != NULL && control->filter[0] != '\0' && strstr(path, control->filter) != NULL;
}

static int is_ours(int number, char path[PATH_MAX])
{
    char link[64];
    if (control == NULL)
        return 0;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", number);
    ssize_t bytes = readlink(link, path, PATH_MAX - 1);
    if (bytes <= 0)
        return 0;
    path[bytes] = '\0';
    return is_ours_path(path);
}

/* Is this the n-th call? */
static int is_due(_Atomic int64_t *countdown)
{
    int64_t now = atomic_load(countdown);
    while (now > 0)
        if (atomic_compare_exchange_weak(countdown, &now, now - 1))
            return now == 1;
    return 0;
}

/* ---- room ---- */

#define BLOCK 4096

static int64_t blocks_of(int number)
{
    struct stat stat;
    return fstat(number, &stat) == 0 ? (int64_t)stat.st_blocks * 512 : 0;
}

/* Bytes of new blocks that the write takes: from the first hole in it to its end. */
static int64_t growth(int number, int64_t offset, int64_t bytes)
{
    int64_t end = (offset + bytes + BLOCK - 1) / BLOCK * BLOCK;
    off_t hole = lseek(number, (off_t)offset, SEEK_HOLE); /* fails behind the end of the file: all is new */
    int64_t from = hole < 0 ? offset : (int64_t)hole;
    from = from / BLOCK * BLOCK;
    return from < end ? end - from : 0;
}

/* False: no room for the write. */
static int take_room(int number, int64_t offset, int64_t bytes)
{
    if (control->budget == 0)
        return 1;
    int64_t grows = growth(number, offset, bytes);
    if (grows == 0 || atomic_fetch_add(&control->used, grows) + grows <= control->budget)
        return 1;
    atomic_fetch_sub(&control->used, grows);
    return 0;
}

static void leave_room(const char *path)
{
    struct stat stat_now;
    if (control != NULL && control->budget != 0 && is_ours_path(path) && stat(path, &stat_now) == 0)
        atomic_fetch_sub(&control->used, (int64_t)stat_now.st_blocks * 512);
}

/* ---- what a power cut takes back ---- */

struct undo {
    int64_t kind;   /* 0: a write; 1: the file was synced; 2: it has the name in the bytes now; 3: it is gone */
    int64_t offset; /* of the write; of a sync: everything before this place of the undo file is on the disk */
    int64_t bytes;  /* that follow: what was in the file before */
    char path[400];
};

static ssize_t (*real_pwrite(void))(int, const void *, size_t, off_t)
{
    static ssize_t (*function)(int, const void *, size_t, off_t);
    if (function == NULL)
        *(void **)&function = dlsym(RTLD_NEXT, "pwrite64");
    return function;
}

static int64_t undo_end(void)
{
    struct stat stat_now;
    return stat(control->undo_path, &stat_now) == 0 ? (int64_t)stat_now.st_size : 0;
}

static void write_undo(const struct undo *undo, const void *bytes)
{
    int number = open(control->undo_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (number < 0)
        abort();
    if (write(number, undo, sizeof(*undo)) != (ssize_t)sizeof(*undo) ||
        write(number, bytes, (size_t)undo->bytes) != undo->bytes)
        abort();
    close(number);
}

static void remember(const char *path, size_t bytes, off_t offset)
{
    struct undo undo = {.offset = offset, .bytes = (int64_t)bytes};
    char *old = calloc(1, bytes);
    int again = open(path, O_RDONLY | O_CLOEXEC);
    if (old == NULL || again < 0 || pread(again, old, bytes, offset) < 0)
        abort();
    close(again);
    snprintf(undo.path, sizeof(undo.path), "%.399s", path);
    write_undo(&undo, old);
    free(old);
}

static void note_undo(struct undo *undo, const char *path, const char *bytes)
{
    if (control == NULL || !control->undo || !is_ours_path(path))
        return;
    undo->bytes = (int64_t)strlen(bytes);
    snprintf(undo->path, sizeof(undo->path), "%.399s", path);
    pthread_mutex_lock(&undo_lock);
    write_undo(undo, bytes);
    pthread_mutex_unlock(&undo_lock);
}

/* ---- the calls ---- */

static ssize_t do_pwrite(int number, const void *at, size_t bytes, off_t offset)
{
    char path[PATH_MAX];
    if (!is_ours(number, path))
        return real_pwrite()(number, at, bytes, offset);
    atomic_fetch_add(&control->writes, 1);
    if (is_due(&control->fail_write)) {
        atomic_fetch_add(&control->write_failures, 1);
        errno = (int)control->error;
        return -1;
    }
    if (!take_room(number, (int64_t)offset, (int64_t)bytes)) {
        atomic_fetch_add(&control->write_failures, 1);
        errno = ENOSPC;
        return -1;
    }
    if (is_due(&control->short_write) && bytes > 1)
        bytes /= 2;
    if (!control->undo)
        return real_pwrite()(number, at, bytes, offset);
    pthread_mutex_lock(&undo_lock); /* what is written down and what is in the file go together */
    remember(path, bytes, offset);
    ssize_t moved = real_pwrite()(number, at, bytes, offset);
    pthread_mutex_unlock(&undo_lock);
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

static int do_sync(int number, const char *name)
{
    int (*real)(int);
    char path[PATH_MAX];
    *(void **)&real = dlsym(RTLD_NEXT, name);
    if (!is_ours(number, path))
        return real(number);
    atomic_fetch_add(&control->syncs, 1);
    while (control->hold_sync)
        usleep(1000);
    if (control->slow_sync > 0)
        usleep((useconds_t)control->slow_sync);
    if (is_due(&control->fail_sync)) {
        atomic_fetch_add(&control->sync_failures, 1);
        errno = (int)control->error;
        return -1;
    }
    struct undo undo = {.kind = 1};
    pthread_mutex_lock(&undo_lock);
    undo.offset = undo_end(); /* writes that come while it is under way need not be covered by it */
    pthread_mutex_unlock(&undo_lock);
    int status = real(number);
    if (status == 0)
        note_undo(&undo, path, "");
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

static int do_truncate(int number, off_t size)
{
    int (*real)(int, off_t);
    char path[PATH_MAX];
    *(void **)&real = dlsym(RTLD_NEXT, "ftruncate64");
    int64_t before = blocks_of(number); /* what grows is a hole and takes none */
    int status = real(number, size);
    if (status == 0 && is_ours(number, path) && control->budget != 0 && blocks_of(number) < before)
        atomic_fetch_sub(&control->used, before - blocks_of(number));
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

int unlink(const char *path)
{
    int (*real)(const char *);
    *(void **)&real = dlsym(RTLD_NEXT, "unlink");
    leave_room(path);
    int status = real(path);
    if (status == 0)
        note_undo(&(struct undo){.kind = 3}, path, "");
    return status;
}

int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *);
    *(void **)&real = dlsym(RTLD_NEXT, "rename");
    leave_room(to);
    int status = real(from, to);
    if (status == 0)
        note_undo(&(struct undo){.kind = 2}, from, to);
    return status;
}

static void tell_room(unsigned long *free_blocks, unsigned long *available, unsigned long block)
{
    int64_t left = control->budget - control->used;
    *free_blocks = *available = left > 0 ? (unsigned long)left / block : 0;
}

int statvfs(const char *path, struct statvfs *ret_stat)
{
    int (*real)(const char *, struct statvfs *);
    *(void **)&real = dlsym(RTLD_NEXT, "statvfs");
    int status = real(path, ret_stat);
    if (status == 0 && control != NULL && control->budget != 0)
        tell_room(&ret_stat->f_bfree, &ret_stat->f_bavail, ret_stat->f_frsize);
    return status;
}

int statvfs64(const char *path, struct statvfs64 *ret_stat)
{
    return statvfs(path, (struct statvfs *)ret_stat);
}
