/* Lines for the operator, on standard error: time, level, area, text. Only shells log; pure code returns facts.
 *
 * Any thread. A line longer than LOGGER_LINE_BYTES is cut. Control characters in the text are shown as '?', so that a
 * client's bytes cannot forge a line. */
#ifndef LEAT_BASE_LOGGER_H
#define LEAT_BASE_LOGGER_H

#include <stdbool.h>

#include "base/check.h"

#define LOGGER_LINE_BYTES 4096u

enum logger_level { LOGGER_ERROR, LOGGER_WARNING, LOGGER_INFO, LOGGER_DEBUG };

/* From then on, lines above this level are dropped. Start of the process only. */
void logger_set_level(enum logger_level level);
bool logger_parse_level(const char *name, enum logger_level *ret_level);
bool logger_is_on(enum logger_level level);

void logger_write(enum logger_level level, const char *area, const char *format, ...)
    PRINTF_LIKE(3, 4);

#define LOG_ERROR(area, ...)   logger_write(LOGGER_ERROR, area, __VA_ARGS__)
#define LOG_WARNING(area, ...) logger_write(LOGGER_WARNING, area, __VA_ARGS__)
#define LOG_INFO(area, ...)    logger_write(LOGGER_INFO, area, __VA_ARGS__)
#define LOG_DEBUG(area, ...)                               \
    do {                                                   \
        if (logger_is_on(LOGGER_DEBUG))                    \
            logger_write(LOGGER_DEBUG, area, __VA_ARGS__); \
    } while (0)

#endif
