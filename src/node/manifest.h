/* The data directory's manifest: what is fixed when it is made, and what must be there. A small JSON file,
 * `manifest.json`:
 *
 *     {"leat":"data directory","format":2,"identity":"<16 hex digits>","logs":2,"opened":true,"crc32c":"<8 hex digits>"}
 *
 * identity: random; every segment of this directory's logs carries it. logs: how many there are: a queue's slot belongs
 * to log slot % logs, whatever the number of workers is at a later start. opened: all of them were opened once, so each
 * has at least a segment ever since. Format 1 had neither `opened` nor a checksum; it is read, and written as format 2. */
#ifndef LEAT_NODE_MANIFEST_H
#define LEAT_NODE_MANIFEST_H

#include "base/check.h"
#include "base/err.h"
#include "base/files.h"

struct manifest {
    uint64_t identity;
    unsigned logs_count;
    bool is_opened;
    bool is_sealed; /* false: read from format 1 */
};

/* Reads it, or makes it with logs_count when there is none, and compares it with the directories of logs. ERR_CORRUPT:
 * damaged, not ours, of a newer format; or log directories are missing, without their segments, or too many: the latter
 * are told in the log and let pass with accepts_loss. *ret_why: English, valid until the next call. Main thread. */
MUST_CHECK enum err manifest_open(struct files *files, const char *directory, unsigned logs_count,
                                  bool accepts_loss, struct manifest *ret_manifest,
                                  const char **ret_why);
/* All logs were opened: from now on none may be missing. */
MUST_CHECK enum err manifest_opened(struct files *files, const char *directory,
                                    struct manifest *manifest);

#endif
