/* The one seam through which files are touched by what must survive a crash: the log.
 *
 * files_system() is the machine's; the test kit has one in memory with injected faults (testkit/files_faulty.h).
 * Every call may block. Any thread may use a seam; two threads may use one file at once.
 *
 * Errors: ERR_ABSENT (no such file), ERR_EXISTS, ERR_FULL (no space), ERR_UNAVAILABLE (no descriptor or no memory just
 * now), ERR_IO (all else); errno tells the rest and is set whenever a call does not return ERR_OK. */
#ifndef LEAT_BASE_FILES_H
#define LEAT_BASE_FILES_H

#include <stdint.h>

#include "base/check.h"
#include "base/err.h"
#include "base/slice.h"

enum files_open {
    FILES_READ,   /* must exist */
    FILES_WRITE,  /* read and write; must exist */
    FILES_CREATE, /* read and write; must not exist */
};

/* An open file; the meaning of the number is the seam's. */
struct files_file {
    int number;
};

struct files {
    enum err (*open)(struct files *files, const char *path, enum files_open how,
                     struct files_file *ret_file);
    void (*close)(struct files *files, struct files_file file);
    /* These two may move fewer bytes than asked; reading 0 is the end of the file. */
    enum err (*pread)(struct files *files, struct files_file file, void *ret_bytes, size_t bytes,
                      uint64_t offset, size_t *ret_moved);
    enum err (*pwrite)(struct files *files, struct files_file file, const void *bytes_at,
                       size_t bytes, uint64_t offset, size_t *ret_moved);
    enum err (*sync_data)(struct files *files, struct files_file file);
    enum err (*truncate)(struct files *files, struct files_file file, uint64_t bytes);
    enum err (*size)(struct files *files, struct files_file file, uint64_t *ret_bytes);
    enum err (*rename)(struct files *files, const char *from, const char *to);
    enum err (*unlink)(struct files *files, const char *path);
    enum err (*make_directory)(struct files *files, const char *path);
    /* Makes created, renamed and removed names in it durable. */
    enum err (*sync_directory)(struct files *files, const char *path);
    /* Calls found(context, name) for each entry but "." and "..", in no order. */
    enum err (*list)(struct files *files, const char *path,
                     void (*found)(void *context, const char *name), void *context);
    /* Bytes that an unprivileged writer may still take in the file system of `path`. */
    enum err (*free_bytes)(struct files *files, const char *path, uint64_t *ret_bytes);
};

/* The machine's files; one for the process, for ever. */
struct files *files_system(void);

/* All the bytes at `offset`, or ERR_CORRUPT when the file ends before. */
MUST_CHECK enum err files_read_all(struct files *files, struct files_file file, void *ret_bytes,
                                   size_t bytes, uint64_t offset);
/* As many bytes as there are up to `bytes`. */
MUST_CHECK enum err files_read_some(struct files *files, struct files_file file, void *ret_bytes,
                                    size_t bytes, uint64_t offset, size_t *ret_moved);
/* All of them. A short write is continued; one that moves nothing is ERR_FULL. */
MUST_CHECK enum err files_write_all(struct files *files, struct files_file file, struct slice bytes,
                                    uint64_t offset);

#endif
