/* The configuration file's form: lines of `key = value`.
 *
 * A line is blank, a comment (# or ; is its first mark) or `key = value`; `:` may stand for `=`. A # or ; behind a
 * blank begins a comment, too. There are no sections, quotation marks, continued lines or limits of a line's length.
 * What breaks the form is told with its line, and reading goes on with the next one. Main thread. */
#ifndef LEAT_MAIN_CONFIG_FILE_H
#define LEAT_MAIN_CONFIG_FILE_H

#include "base/check.h"
#include "base/err.h"
#include "base/slice.h"

#define CONFIG_FILE_BYTES_MAX (1u << 20)

/* Both texts are NUL-ended, the reader's, and live for the call. Lines count from 1. */
struct config_reader {
    void (*take)(void *user, unsigned line, const char *key, const char *value);
    void (*complain)(void *user, unsigned line, const char *why); /* line 0: of the whole file */
    void *user;
};

/* Reads a file's text. Its bytes are changed; text[bytes] is the caller's to give, too. */
void config_file_parse(char *text, size_t bytes, const struct config_reader *reader);
/* Reads a file: a regular one, a pipe or a device. A failure is told like a wrong line, as line 0. */
void config_file_read(const char *path, const struct config_reader *reader);

#endif
