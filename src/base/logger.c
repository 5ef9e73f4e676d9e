#include "base/logger.h"

#include <stdarg.h>

#include "base/banned.h"

static const char *const level_names[] = {"error", "warning", "info", "debug"};
static enum logger_level highest = LOGGER_INFO;

void logger_set_level(enum logger_level level)
{
    highest = level;
}

bool logger_parse_level(const char *name, enum logger_level *ret_level)
{
    for (unsigned i = 0; i < ARRAY_COUNT(level_names); i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *ret_level = (enum logger_level)i;
            return true;
        }
    }
    return false;
}

bool logger_is_on(enum logger_level level)
{
    return level <= highest;
}

/* Writes "2026-01-31T12:00:00.123Z level area: " and returns its length. */
static size_t print_head(char *line, size_t capacity, enum logger_level level, const char *area)
{
    struct timespec at;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &at);
    gmtime_r(&at.tv_sec, &parts);
    size_t length = strftime(line, capacity, "%Y-%m-%dT%H:%M:%S", &parts);
    int more = snprintf(line + length, capacity - length,
                        ".%03dZ %s %s: ", (int)(at.tv_nsec / 1000000), level_names[level], area);
    return length + (more > 0 ? (size_t)more : 0);
}

void logger_write(enum logger_level level, const char *area, const char *format, ...)
{
    char line[LOGGER_LINE_BYTES];
    if (!logger_is_on(level))
        return;
    size_t head = print_head(line, sizeof(line) - 1, level, area);
    va_list args;
    va_start(args, format);
    int more = vsnprintf(line + head, sizeof(line) - 1 - head, format, args);
    va_end(args);
    size_t length = head + (more > 0 ? (size_t)more : 0);
    if (length > sizeof(line) - 2)
        length = sizeof(line) - 2;
    for (size_t i = head; i < length; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[length++] = '\n';
    ssize_t written =
        write(STDERR_FILENO, line, length); /* one call a line: lines of threads never mix */
    MAYBE(written);
}
