/* Files in memory that fail, for tests of what must survive crashes (seam: base/files.h).
 *
 * A disk holds what is visible (the kernel's memory) and what is stable. A write is visible at once; each 512-byte
 * sector of it becomes stable by sync_data, or by chance at a power cut: so unsynced data is lost, partly kept and
 * reordered. Names (created, renamed, removed) become stable in order, all by sync_directory, some by chance at a power
 * cut. A sync_data that fails leaves each sector either stable or lost for good, although it stays visible, as Linux
 * does. Any thread; the settings are for one thread while no other is at work. */
#ifndef LEAT_TESTKIT_FILES_FAULTY_H
#define LEAT_TESTKIT_FILES_FAULTY_H

#include "base/files.h"

enum files_faulty_call {
    FAULTY_OPEN,
    FAULTY_PREAD,
    FAULTY_PWRITE,
    FAULTY_SYNC_DATA,
    FAULTY_TRUNCATE,
    FAULTY_SIZE,
    FAULTY_RENAME,
    FAULTY_UNLINK,
    FAULTY_MAKE_DIRECTORY,
    FAULTY_SYNC_DIRECTORY,
    FAULTY_LIST,
    FAULTY_FREE_BYTES,
    FAULTY_CALLS,
};

enum files_faulty_how {
    FAULTY_EIO,
    FAULTY_ENOSPC,
    FAULTY_EMFILE,
    FAULTY_SHORT, /* reads and writes: half of what was asked moves; other calls: EIO */
};

struct files_faulty;

/* seed: of all that is left to chance. */
struct files_faulty *files_faulty_create(uint64_t seed);
/* Accepts NULL. */
void files_faulty_destroy(struct files_faulty *faulty);
/* The same disk again (names, visible and stable bytes), without open files, limits and planned faults. */
struct files_faulty *files_faulty_copy(const struct files_faulty *faulty, uint64_t seed);
struct files *files_faulty_files(struct files_faulty *faulty);

/* The nth (from 1) such call from now on fails; sticky: all after it, too. 0: none does. */
void files_faulty_plan(struct files_faulty *faulty, enum files_faulty_call call,
                       enum files_faulty_how how, uint64_t nth, bool is_sticky);
/* Whether the planned fault came to pass. */
bool files_faulty_happened(const struct files_faulty *faulty);
uint64_t files_faulty_calls(const struct files_faulty *faulty, enum files_faulty_call call);
/* The disk holds that many bytes; UINT64_MAX: no limit. */
void files_faulty_limit(struct files_faulty *faulty, uint64_t bytes);
/* So many are taken now, by sectors that were written. */
uint64_t files_faulty_taken(const struct files_faulty *faulty);

/* Every open file is closed, what is not stable is decided by chance. */
void files_faulty_cut_power(struct files_faulty *faulty);
/* Likewise, but nothing is lost: the process died, not the machine. */
void files_faulty_kill(struct files_faulty *faulty);

/* Damage and inspection, on visible and stable bytes alike. NULL: no such file. Valid until the next call. */
uint8_t *files_faulty_bytes(struct files_faulty *faulty, const char *path, uint64_t *ret_bytes);
/* After a change through that pointer: makes all of the file stable as it is visible. */
void files_faulty_settle(struct files_faulty *faulty, const char *path);
/* Paths of all files, one after the other: NULL behind the last. */
const char *files_faulty_path(const struct files_faulty *faulty, uint32_t index);

#endif
