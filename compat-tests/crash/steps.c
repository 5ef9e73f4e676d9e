/* Preloaded into a server (LD_PRELOAD): its wall clock is wrong by what stands in a file that the test maps, too
 * (LEAT_STEPS: 64 bits, milliseconds). Time that only passes goes on as it is.
 *
 * Built by the test: cc -shared -fPIC -O2 -o steps.so steps.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t *wrong_ms;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("LEAT_STEPS");
    int number = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (number < 0)
        return;
    void *at = mmap(NULL, sizeof(*wrong_ms), PROT_READ, MAP_SHARED, number, 0);
    close(number);
    if (at != MAP_FAILED)
        wrong_ms = at;
}

int clock_gettime(clockid_t id, struct timespec *at)
{
    static int (*real)(clockid_t, struct timespec *);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    int status = real(id, at);
    if (status == 0 && wrong_ms != NULL && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
        int64_t ns = at->tv_nsec + *wrong_ms % 1000 * 1000000;
        at->tv_sec += (time_t)(*wrong_ms / 1000) + (ns >= 1000000000) - (ns < 0);
        at->tv_nsec = (long)((ns + 1000000000) % 1000000000);
    }
    return status;
}
