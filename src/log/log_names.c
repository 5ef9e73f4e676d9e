/* Names of files, reports of failures, growing bytes: what all parts of the log need. */
#include "log/log_internal.h"

#include <errno.h>
#include <stdio.h>

#include "base/banned.h"

static const struct {
    const char *prefix;
    uint32_t digits; /* 0: the prefix is the name */
} names[] = {
    [LOG_NAME_SEGMENT] = {"segment-", 8},    [LOG_NAME_SPARE] = {"spare-", 8},
    [LOG_NAME_SNAPSHOT] = {"snapshot-", 16}, [LOG_NAME_TEMPORARY] = {"snapshot.tmp", 0},
    [LOG_NAME_RESERVE] = {"reserve", 0},
};

void log_path_make(const struct log_place *place, enum log_name kind, uint64_t number,
                   struct log_path *ret_path)
{
    int head = snprintf(ret_path->text, sizeof(ret_path->text), "%s/", place->directory);
    ASSERT(head > 0 && (size_t)head < LOG_PATH_BYTES + 1);
    char *name = ret_path->text + head;
    size_t room = sizeof(ret_path->text) - (size_t)head;
    int bytes = names[kind].digits == 0
                    ? snprintf(name, room, "%s", names[kind].prefix)
                    : snprintf(name, room, "%s%0*llx", names[kind].prefix, (int)names[kind].digits,
                               (unsigned long long)number);
    ASSERT(bytes > 0 && (size_t)bytes < room);
    ret_path->name = name;
}

static bool parse_hex(struct slice text, uint64_t *ret_number)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        uint8_t c = text.at[i];
        if (c >= '0' && c <= '9')
            number = number << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            number = number << 4 | (uint64_t)(c - 'a' + 10);
        else
            return false;
    }
    *ret_number = number;
    return true;
}

bool log_name_parse(const char *name, enum log_name *ret_kind, uint64_t *ret_number)
{
    struct slice text = slice_from_text(name);
    for (size_t kind = 0; kind < ARRAY_COUNT(names); kind++) {
        struct slice prefix = slice_from_text(names[kind].prefix);
        uint64_t number = 0;
        if (!slice_starts_with(text, prefix) || text.bytes != prefix.bytes + names[kind].digits ||
            !parse_hex(slice_from(text, prefix.bytes), &number))
            continue;
        *ret_kind = (enum log_name)kind;
        *ret_number = number;
        return true;
    }
    return false;
}

void log_failure_set(struct log_failure *failure, enum err err, const char *name, uint64_t offset,
                     const char *text)
{
    int system_errno = err == ERR_CORRUPT || err == ERR_INVALID ? 0 : errno;
    *failure = (struct log_failure){
        .err = err, .system_errno = system_errno, .offset = offset, .text = text};
    (void)snprintf(failure->file, sizeof(failure->file), "%s", name);
}

uint8_t *log_bytes_reserve(struct log_bytes *bytes, size_t more)
{
    size_t wanted = bytes->used + more;
    if (wanted > bytes->capacity) {
        size_t capacity = bytes->capacity > 0 ? bytes->capacity : 65536;
        while (capacity < wanted)
            capacity *= 2;
        bytes->at = realloc(bytes->at, capacity);
        ASSERT(bytes->at != NULL);
        bytes->capacity = capacity;
    }
    return bytes->at + bytes->used;
}

void log_bytes_reset(struct log_bytes *bytes, size_t keep)
{
    bytes->used = 0;
    if (bytes->capacity > keep)
        log_bytes_done(bytes);
}

void log_bytes_done(struct log_bytes *bytes)
{
    free(bytes->at);
    *bytes = (struct log_bytes){0};
}
