#include "metadata/redis_resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "base/crash.h"

#include "base/banned.h"

#define HOST_BYTES 256u

struct redis_resolve {
    /* Shared with the thread; freed by whoever lets go last. */
    atomic_uint references;
    int done_fd; /* eventfd: readable when `addresses` is filled */
    char host[HOST_BYTES];
    struct redis_addresses addresses;
    /* The loop's own. */
    struct loop_watch *watch;
    redis_resolve_done done;
    void *context;
};

static void let_go(struct redis_resolve *resolve)
{
    if (atomic_fetch_sub_explicit(&resolve->references, 1, memory_order_acq_rel) > 1)
        return;
    close(resolve->done_fd);
    free(resolve);
}

static void add_address(struct redis_addresses *addresses, const struct addrinfo *info)
{
    if (addresses->count == REDIS_RESOLVE_ADDRESSES_MAX)
        return;
    char *text = addresses->texts[addresses->count];
    if (getnameinfo(info->ai_addr, info->ai_addrlen, text, REDIS_RESOLVE_ADDRESS_BYTES, NULL, 0,
                    NI_NUMERICHOST) == 0)
        addresses->count++;
}

static void *look_up(void *context)
{
    struct redis_resolve *resolve = context;
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int code = getaddrinfo(resolve->host, NULL, &hints, &list);
    if (code == 0) {
        for (const struct addrinfo *info = list; info != NULL; info = info->ai_next)
            add_address(&resolve->addresses, info);
        freeaddrinfo(list);
    }
    resolve->addresses.why = code != 0 ? gai_strerror(code) : "the name has no address";
    uint64_t one = 1;
    ssize_t written = write(resolve->done_fd, &one, sizeof(one));
    ASSERT(written == (ssize_t)sizeof(one));
    let_go(resolve);
    return NULL;
}

static void ready(void *context, unsigned events)
{
    struct redis_resolve *resolve = context;
    uint64_t count;
    MAYBE(events);
    ssize_t got = read(resolve->done_fd, &count, sizeof(count));
    ASSERT(got == (ssize_t)sizeof(count)); /* and so what the thread wrote is ours to see */
    loop_watch_remove(resolve->watch);
    resolve->done(resolve->context, &resolve->addresses);
    let_go(resolve);
}

/* Signals of the process are other threads' business. */
static bool start_thread(struct redis_resolve *resolve)
{
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    crash_spare(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, NULL, look_up, resolve);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed == 0)
        pthread_detach(thread);
    return failed == 0;
}

enum err redis_resolve_start(struct loop *loop, const char *host, redis_resolve_done done,
                             void *context, struct redis_resolve **ret_resolve)
{
    struct redis_resolve *resolve = calloc(1, sizeof(*resolve));
    ASSERT(resolve != NULL);
    ASSERT(strlen(host) < HOST_BYTES);
    *resolve = (struct redis_resolve){.done = done, .context = context};
    atomic_init(&resolve->references, 1);
    memcpy(resolve->host, host, strlen(host) + 1);
    resolve->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (resolve->done_fd < 0) {
        free(resolve);
        return ERR_IO;
    }
    enum err err =
        loop_watch_add(loop, resolve->done_fd, LOOP_READ, ready, resolve, &resolve->watch);
    if (err == ERR_OK) {
        atomic_store_explicit(&resolve->references, 2, memory_order_relaxed);
        if (start_thread(resolve)) {
            *ret_resolve = resolve;
            return ERR_OK;
        }
        atomic_store_explicit(&resolve->references, 1, memory_order_relaxed);
        loop_watch_remove(resolve->watch);
    }
    let_go(resolve);
    return ERR_IO;
}

void redis_resolve_cancel(struct redis_resolve *resolve)
{
    if (resolve == NULL)
        return;
    loop_watch_remove(resolve->watch);
    let_go(resolve);
}
