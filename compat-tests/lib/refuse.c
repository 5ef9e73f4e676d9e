/* Preloaded into a server (LD_PRELOAD): its n-th thread is not started (EAGAIN, as by a limit of threads), where n stands
 * in LEAT_REFUSED_THREAD.
 *
 * Built by the test: cc -shared -fPIC -O2 -o refuse.so refuse.c -ldl -lpthread */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_int threads;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context)
{
    int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
    const char *refused = getenv("LEAT_REFUSED_THREAD");
    if (refused != NULL && atomic_fetch_add(&threads, 1) + 1 == atoi(refused))
        return EAGAIN;
    return next(thread, attributes, run, context);
}
