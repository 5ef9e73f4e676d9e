#include "base/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/banned.h"

#define MODE_FILE      0640
#define MODE_DIRECTORY 0750

/* What errno means to the callers of a seam; errno stays as it is. */
static enum err err_from_errno(void)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return ERR_ABSENT;
    case EEXIST:
        return ERR_EXISTS;
    case ENOSPC:
    case EDQUOT:
        return ERR_FULL;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return ERR_UNAVAILABLE;
    default:
        return ERR_IO;
    }
}

static enum err system_open(struct files *files, const char *path, enum files_open how,
                            struct files_file *ret_file)
{
    (void)files;
    int flags = how == FILES_READ    ? O_RDONLY
                : how == FILES_WRITE ? O_RDWR
                                     : O_RDWR | O_CREAT | O_EXCL;
    int number;
    do
        number = open(path, flags | O_CLOEXEC, MODE_FILE);
    while (number < 0 && errno == EINTR);
    if (number < 0)
        return err_from_errno();
    ret_file->number = number;
    return ERR_OK;
}

static void system_close(struct files *files, struct files_file file)
{
    (void)files;
    close(file.number);
}

static enum err system_pread(struct files *files, struct files_file file, void *ret_bytes,
                             size_t bytes, uint64_t offset, size_t *ret_moved)
{
    (void)files;
    ssize_t moved;
    do
        moved = pread(file.number, ret_bytes, bytes, (off_t)offset);
    while (moved < 0 && errno == EINTR);
    if (moved < 0)
        return err_from_errno();
    *ret_moved = (size_t)moved;
    return ERR_OK;
}

static enum err system_pwrite(struct files *files, struct files_file file, const void *bytes_at,
                              size_t bytes, uint64_t offset, size_t *ret_moved)
{
    (void)files;
    ssize_t moved;
    do
        moved = pwrite(file.number, bytes_at, bytes, (off_t)offset);
    while (moved < 0 && errno == EINTR);
    if (moved < 0)
        return err_from_errno();
    *ret_moved = (size_t)moved;
    return ERR_OK;
}

static enum err system_sync_data(struct files *files, struct files_file file)
{
    (void)files;
    /* Not repeated on EINTR either: what a failed sync leaves behind is unknown. */
    return fdatasync(file.number) == 0 ? ERR_OK : err_from_errno();
}

static enum err system_truncate(struct files *files, struct files_file file, uint64_t bytes)
{
    (void)files;
    return ftruncate(file.number, (off_t)bytes) == 0 ? ERR_OK : err_from_errno();
}

static enum err system_size(struct files *files, struct files_file file, uint64_t *ret_bytes)
{
    (void)files;
    struct stat stat;
    if (fstat(file.number, &stat) != 0)
        return err_from_errno();
    *ret_bytes = (uint64_t)stat.st_size;
    return ERR_OK;
}

static enum err system_rename(struct files *files, const char *from, const char *to)
{
    (void)files;
    return rename(from, to) == 0 ? ERR_OK : err_from_errno();
}

static enum err system_unlink(struct files *files, const char *path)
{
    (void)files;
    return unlink(path) == 0 ? ERR_OK : err_from_errno();
}

static enum err system_make_directory(struct files *files, const char *path)
{
    (void)files;
    return mkdir(path, MODE_DIRECTORY) == 0 ? ERR_OK : err_from_errno();
}

static enum err system_sync_directory(struct files *files, const char *path)
{
    (void)files;
    int number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (number < 0)
        return err_from_errno();
    enum err err = fsync(number) == 0 ? ERR_OK : err_from_errno();
    int saved = errno;
    close(number);
    errno = saved;
    return err;
}

static enum err system_list(struct files *files, const char *path,
                            void (*found)(void *context, const char *name), void *context)
{
    (void)files;
    DIR *directory = opendir(path);
    if (directory == NULL)
        return err_from_errno();
    struct dirent *entry;
    errno = 0;
    while ((entry = readdir(directory)) != NULL) {
        if (!slice_is(slice_from_text(entry->d_name), ".") &&
            !slice_is(slice_from_text(entry->d_name), ".."))
            found(context, entry->d_name);
        errno = 0;
    }
    enum err err = errno == 0 ? ERR_OK : err_from_errno();
    int saved = errno;
    closedir(directory);
    errno = saved;
    return err;
}

static enum err system_free_bytes(struct files *files, const char *path, uint64_t *ret_bytes)
{
    (void)files;
    struct statvfs stat;
    if (statvfs(path, &stat) != 0)
        return err_from_errno();
    *ret_bytes = (uint64_t)stat.f_bavail * (uint64_t)stat.f_frsize;
    return ERR_OK;
}

struct files *files_system(void)
{
    static struct files machine = {
        .open = system_open,
        .close = system_close,
        .pread = system_pread,
        .pwrite = system_pwrite,
        .sync_data = system_sync_data,
        .truncate = system_truncate,
        .size = system_size,
        .rename = system_rename,
        .unlink = system_unlink,
        .make_directory = system_make_directory,
        .sync_directory = system_sync_directory,
        .list = system_list,
        .free_bytes = system_free_bytes,
    };
    return &machine;
}

enum err files_read_some(struct files *files, struct files_file file, void *ret_bytes, size_t bytes,
                         uint64_t offset, size_t *ret_moved)
{
    size_t done = 0;
    while (done < bytes) {
        size_t moved = 0;
        enum err err = files->pread(files, file, (uint8_t *)ret_bytes + done, bytes - done,
                                    offset + done, &moved);
        if (err != ERR_OK)
            return err;
        if (moved == 0)
            break;
        done += moved;
    }
    *ret_moved = done;
    return ERR_OK;
}

enum err files_read_all(struct files *files, struct files_file file, void *ret_bytes, size_t bytes,
                        uint64_t offset)
{
    size_t moved = 0;
    enum err err = files_read_some(files, file, ret_bytes, bytes, offset, &moved);
    if (err == ERR_OK && moved < bytes) {
        errno = 0;
        err = ERR_CORRUPT;
    }
    return err;
}

enum err files_write_all(struct files *files, struct files_file file, struct slice bytes,
                         uint64_t offset)
{
    while (bytes.bytes > 0) {
        size_t moved = 0;
        enum err err = files->pwrite(files, file, bytes.at, bytes.bytes, offset, &moved);
        if (err != ERR_OK)
            return err;
        if (moved == 0) {
            errno = ENOSPC;
            return ERR_FULL;
        }
        bytes = slice_from(bytes, moved);
        offset += moved;
    }
    return ERR_OK;
}
