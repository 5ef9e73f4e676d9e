/* The story of a random run: its last commands, printed when engine and model differ. */
#include <stdarg.h>

#include "engine/model_rig.h"

#include "base/banned.h"

static void add(struct rig *rig, size_t from, const char *format, va_list arguments)
{
    char *line = rig->trace[(rig->trace_count - 1) % RIG_TRACE_LINES];
    (void)vsnprintf(line + from, RIG_TRACE_BYTES - from, format, arguments);
}

void rig_note(struct rig *rig, const char *format, ...)
{
    rig->trace_count++;
    char *line = rig->trace[(rig->trace_count - 1) % RIG_TRACE_LINES];
    int used = snprintf(line, RIG_TRACE_BYTES, "%5u @%lld ", (unsigned)rig->step,
                        (long long)(rig->now.mono.v - INT64_C(1000000)));
    va_list arguments;
    va_start(arguments, format);
    add(rig, (size_t)used, format, arguments);
    va_end(arguments);
}

void rig_note_more(struct rig *rig, const char *format, ...)
{
    if (rig->trace_count == 0)
        return;
    size_t used = strlen(rig->trace[(rig->trace_count - 1) % RIG_TRACE_LINES]);
    va_list arguments;
    va_start(arguments, format);
    add(rig, used, format, arguments);
    va_end(arguments);
}

void rig_print_trace(const struct rig *rig)
{
    uint64_t from = rig->trace_count > RIG_TRACE_LINES ? rig->trace_count - RIG_TRACE_LINES : 0;
    for (uint64_t i = from; i < rig->trace_count; i++)
        fprintf(stderr, "%s\n", rig->trace[i % RIG_TRACE_LINES]);
}

void rig_fail(struct rig *rig, const char *format, ...)
{
    rig_print_trace(rig);
    fprintf(stderr, "seed %llu, step %u: ", (unsigned long long)rig->options.seed,
            (unsigned)rig->step);
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
    fflush(stdout);
    _exit(EXIT_FAILURE);
}

const char *rig_result_name(enum engine_result result)
{
    switch (result) {
    case ENGINE_DONE:
        return "done";
    case ENGINE_PARKED:
        return "parked";
    case ENGINE_NO_QUEUE:
        return "no queue";
    case ENGINE_FULL:
        return "full";
    case ENGINE_OVER_LIMIT:
        return "over limit";
    case ENGINE_PURGED_RECENTLY:
        return "purged recently";
    case ENGINE_HANDLE_EXPIRED:
        return "handle expired";
    case ENGINE_NO_MESSAGE:
        return "no message";
    case ENGINE_BEYOND_LIMIT:
        return "beyond limit";
    case ENGINE_TASK_RUNNING:
        return "task running";
    case ENGINE_NO_TASK:
        return "no task";
    }
    return "?";
}
