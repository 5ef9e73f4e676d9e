/* Looking at a log's directory without changing anything: what `leat log check` and `leat log dump` do.
 *
 * Blocks; any thread. Works on a copy of a damaged directory; nothing needs to be told of it, the identity is read from
 * the files themselves. */
#ifndef LEAT_LOG_LOG_TOOL_H
#define LEAT_LOG_LOG_TOOL_H

#include <stdio.h>

#include "base/err.h"
#include "base/files.h"

/* Reads every segment and snapshot to its end, prints one line a file, one line a damage (file, offset), and what a
 * start would do. ERR_OK: a start would go well; ERR_CORRUPT: it would be refused; others: the files cannot be read. */
MUST_CHECK enum err log_tool_check(struct files *files, const char *directory, FILE *out);

/* Prints each record that a start would replay, one a line: position, kind, fields, message bytes. Stops at damage and
 * says so. Errors as above. */
MUST_CHECK enum err log_tool_dump(struct files *files, const char *directory, FILE *out);

#endif
