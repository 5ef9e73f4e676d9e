/* The data directory's manifest: what is fixed when it is made. A small JSON file, `manifest.json`:
 *
 *     {"leat":"data directory","format":1,"identity":"<16 hex digits>","logs":2}
 *
 * identity: random; every segment of this directory's logs carries it. logs: how many there are: a queue's slot belongs
 * to log slot % logs, whatever the number of workers is at a later start. */
#ifndef LEAT_NODE_MANIFEST_H
#define LEAT_NODE_MANIFEST_H

#include "base/check.h"
#include "base/err.h"
#include "base/files.h"

struct manifest {
    uint64_t identity;
    unsigned logs_count;
};

/* Reads it, or makes it with logs_count when there is none. ERR_CORRUPT: not ours, or of a newer format. *ret_why:
 * English, static. */
MUST_CHECK enum err manifest_open(struct files *files, const char *directory, unsigned logs_count,
                                  struct manifest *ret_manifest, const char **ret_why);

#endif
