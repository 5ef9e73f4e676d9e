#include "bench/progress.h"

#include <inttypes.h>

#include "bench/ticks.h"

#include "base/banned.h"

#define SHOWN_EVERY 100u

static bool is_shown(const struct settings *settings)
{
    return settings->shows_progress && isatty(STDERR_FILENO);
}

static void sum(const struct progress *progress, uint64_t *ret_requests, uint64_t *ret_messages,
                uint64_t *ret_errors)
{
    *ret_requests = *ret_messages = *ret_errors = 0;
    for (uint32_t i = 0; i < progress->settings->threads; i++) {
        struct driver *driver = progress->drivers[i];
        *ret_requests += atomic_load_explicit(&driver->live_requests, memory_order_relaxed);
        *ret_messages += atomic_load_explicit(&driver->live_messages, memory_order_relaxed);
        *ret_errors += atomic_load_explicit(&driver->live_errors, memory_order_relaxed);
    }
}

void progress_begin(struct progress *progress, struct driver *const *drivers,
                    const struct settings *settings, const struct driver_phase *phase)
{
    *progress = (struct progress){.drivers = drivers, .settings = settings, .phase = phase};
    progress->is_shown = is_shown(settings);
    progress->start_ns = progress->last_ns = ticks_now_ns();
    sum(progress, &progress->requests, &progress->messages, &progress->errors);
}

void progress_tick(struct progress *progress, uint64_t now_ns)
{
    uint64_t requests, messages, errors;
    if (!progress->is_shown || now_ns < progress->last_ns + TICKS_S)
        return;
    double seconds = (double)(now_ns - progress->last_ns) / (double)TICKS_S;
    sum(progress, &requests, &messages, &errors);
    fprintf(stderr, "\r\033[K%s %3.0f s  %10.0f requests/s  %10.0f messages/s  %" PRIu64 " errors",
            progress->phase->workload->name,
            (double)(now_ns - progress->start_ns) / (double)TICKS_S,
            (double)(requests - progress->requests) / seconds,
            (double)(messages - progress->messages) / seconds, errors);
    fflush(stderr);
    progress->last_ns = now_ns;
    progress->requests = requests;
    progress->messages = messages;
}

void progress_end(struct progress *progress)
{
    if (progress->is_shown)
        fputs("\r\033[K", stderr);
}

void progress_show(const struct settings *settings, const char *what, uint64_t done, uint64_t whole)
{
    if (done % SHOWN_EVERY != SHOWN_EVERY - 1 || !is_shown(settings))
        return;
    fprintf(stderr, "\r\033[K%s: %" PRIu64 " of %" PRIu64, what, done + 1, whole);
    fflush(stderr);
}

void progress_wipe(const struct settings *settings)
{
    if (is_shown(settings))
        fputs("\r\033[K", stderr);
}
