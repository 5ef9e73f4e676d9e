/* A secret word in a file that only its user may read: what a client shows to an admin listener
 * over TCP.
 *
 * Form: 32 to 128 printable ASCII bytes without blanks, then an optional newline. */
#ifndef LEAT_BASE_TOKEN_FILE_H
#define LEAT_BASE_TOKEN_FILE_H

#include <stddef.h>

#include "base/check.h"
#include "base/err.h"

#define TOKEN_BYTES_MIN 32u
#define TOKEN_BYTES_MAX 128u

/* Reads the token, ended by a NUL. ERR_ABSENT: no such file. ERR_INVALID: not of that form.
 * ERR_STALE: others than its user may read or change the file, or it is no regular file.
 * ERR_IO: errno tells. */
MUST_CHECK enum err token_file_read(const char *path, char ret_token[TOKEN_BYTES_MAX + 1]);
/* The same; a file that is not there is made first, mode 0600, with 64 random hex digits. */
MUST_CHECK enum err token_file_read_or_make(const char *path, char ret_token[TOKEN_BYTES_MAX + 1]);

#endif
