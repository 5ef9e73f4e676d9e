#include "bench/usage.h"

#include <inttypes.h>
#include <sys/resource.h>

#include "base/check.h"

#include "base/banned.h"

void usage_of_self(struct usage *ret_usage)
{
    struct rusage self;
    ASSERT(getrusage(RUSAGE_SELF, &self) == 0);
    ret_usage->cpu_us = (uint64_t)(self.ru_utime.tv_sec + self.ru_stime.tv_sec) * 1000000 +
                        (uint64_t)(self.ru_utime.tv_usec + self.ru_stime.tv_usec);
    ret_usage->rss_bytes = 0;
}

static bool read_clock(pid_t pid, uint64_t *ret_us)
{
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return false;
    *ret_us = (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
    return true;
}

uint64_t usage_peak_bytes(pid_t pid)
{
    char path[64], line[256];
    uint64_t kilobytes = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        if (sscanf(line, "VmHWM: %" SCNu64, &kilobytes) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return kilobytes * 1024;
}

bool usage_of(pid_t pid, struct usage *ret_usage)
{
    char path[64], text[1024];
    uint64_t user, system, pages;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t bytes = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[bytes] = 0;
    /* The second field is a name in parentheses that may hold anything: count from its end. */
    const char *rest = strrchr(text, ')');
    if (rest == NULL || sscanf(rest,
                               ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
                               " %*d %*d %*d %*d %*d %*d %*u %*u %" SCNu64,
                               &user, &system, &pages) != 3)
        return false;
    if (!read_clock(pid, &ret_usage->cpu_us))
        ret_usage->cpu_us = (user + system) * (1000000 / (uint64_t)sysconf(_SC_CLK_TCK));
    ret_usage->rss_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
    return true;
}
