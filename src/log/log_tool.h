/* Looking at a log's directory without changing anything: what `leat log check` and `leat log dump` do.
 *
 * Blocks; any thread. Works on a copy of a damaged directory; nothing needs to be told of it, the identity is read from
 * the files themselves. */
#ifndef LEAT_LOG_LOG_TOOL_H
#define LEAT_LOG_LOG_TOOL_H

#include <stdio.h>

#include "base/err.h"
#include "base/files.h"
#include "base/slice.h"

/* Reads every segment and snapshot to its end, prints one line a file, one line a damage (file, offset, bytes), behind
 * which it goes on reading, and what a start would do. ERR_OK: all is well; ERR_CORRUPT: a start would be refused, or it would go well, but messages in a
 * segment that only a receive would read are damaged; others: the files cannot be read. */
MUST_CHECK enum err log_tool_check(struct files *files, const char *directory, FILE *out);

/* What a dump leaves out; all zero: nothing. With a queue or a sequence only facts are shown. */
struct log_tool_filter {
    uint64_t
        position; /* segment number << 32 | offset: nothing before it, nothing of the snapshot */
    uint64_t sequence; /* nothing of messages below */
    uint64_t queue;    /* nothing of other queues */
};

/* Prints each record that a start would replay, one a line: file:offset, kind, fields, message bytes. Stops at damage
 * and says so. Errors as above. filter may be NULL. */
MUST_CHECK enum err log_tool_dump(struct files *files, const char *directory,
                                  const struct log_tool_filter *filter, FILE *out);

/* The position that a dump prints as "segment-XXXXXXXX:OFFSET". */
MUST_CHECK bool log_tool_position(struct slice text, uint64_t *ret_position);

#endif
