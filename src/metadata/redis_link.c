#include "metadata/redis_link.h"

#include <arpa/inet.h>
#include <hiredis/async.h>

#include "base/logger.h"
#include "metadata/redis_resolve.h"

#include "base/banned.h"

enum link_state {
    LINK_DOWN,       /* `timer`: until the next attempt */
    LINK_RESOLVING,  /* `resolve` */
    LINK_CONNECTING, /* `connection`; `timer`: until the attempt is given up */
    LINK_UP,         /* `connection` */
    LINK_CLOSED,
};

struct redis_link {
    struct loop *loop;
    struct redis_url url;
    struct redis_hello hello;
    enum link_state state;
    int64_t pause_ms;
    uint32_t attempts; /* picks one address after the other */
    struct loop_timer *timer;
    struct redis_resolve *resolve;
    redisAsyncContext *
        connection; /* NULL from the moment that it is given up, though hiredis may free it later */
    /* What hiredis wants to hear of its descriptor. The next connection is made from a timer only, when the one before
     * is surely freed, so one set is enough. */
    struct loop_watch *watch;
    unsigned events;
    char why[REDIS_WHY_BYTES]; /* of the last log line about being down; empty after being up */
};

static void attempt(void *context);

static void log_down(struct redis_link *link, const char *why)
{
    if (strncmp(link->why, why, sizeof(link->why) - 1) == 0)
        return;
    snprintf(link->why, sizeof(link->why), "%s", why);
    LOG_WARNING("metadata", "redis %s:%u: %s; trying again", link->url.host, link->url.port,
                link->why);
}

static void go_down(struct redis_link *link, const char *why)
{
    redisAsyncContext *connection = link->connection;
    ASSERT(link->state != LINK_DOWN && link->state != LINK_CLOSED);
    log_down(link, why);
    link->state = LINK_DOWN;
    link->connection = NULL;
    loop_timer_cancel(link->timer);
    link->timer = loop_timer_start(link->loop, link->pause_ms, attempt, link);
    link->pause_ms =
        link->pause_ms * 2 < REDIS_PAUSE_MS_MAX ? link->pause_ms * 2 : REDIS_PAUSE_MS_MAX;
    if (connection != NULL)
        redisAsyncFree(connection); /* completes the commands under way; deferred inside a reply */
}

/* The adapter: hiredis says what it waits for, the loop says what is ready. */

static void ready(void *context, unsigned events)
{
    struct redis_link *link = context;
    redisAsyncContext *connection = link->connection;
    /* Either call may end the connection, and then has freed it on return. */
    if (connection != NULL && (events & LOOP_WRITE) != 0)
        redisAsyncHandleWrite(connection);
    if (link->connection != NULL && (events & LOOP_READ) != 0)
        redisAsyncHandleRead(link->connection);
}

static void set_events(struct redis_link *link, unsigned events)
{
    link->events = events;
    if (link->watch != NULL)
        loop_watch_change(link->watch, events);
}

static void add_read(void *context)
{
    struct redis_link *link = context;
    set_events(link, link->events | LOOP_READ);
}

static void remove_read(void *context)
{
    struct redis_link *link = context;
    set_events(link, link->events & ~LOOP_READ);
}

static void add_write(void *context)
{
    struct redis_link *link = context;
    set_events(link, link->events | LOOP_WRITE);
}

static void remove_write(void *context)
{
    struct redis_link *link = context;
    set_events(link, link->events & ~LOOP_WRITE);
}

/* hiredis is about to free the connection: because we gave it up, or because it was lost. */
static void connection_ends(void *context)
{
    struct redis_link *link = context;
    char why[REDIS_WHY_BYTES];
    loop_watch_remove(link->watch);
    link->watch = NULL;
    link->events = 0;
    if (link->connection == NULL)
        return;
    const char *reason = link->connection->c.errstr;
    snprintf(why, sizeof(why), "%s", reason[0] != '\0' ? reason : "the connection was closed");
    link->connection = NULL;
    go_down(link, why);
}

static enum err adopt(struct redis_link *link, redisAsyncContext *connection)
{
    enum err err = loop_watch_add(link->loop, connection->c.fd, 0, ready, link, &link->watch);
    if (err != ERR_OK)
        return err;
    link->events = 0;
    connection->ev.data = link;
    connection->ev.addRead = add_read;
    connection->ev.delRead = remove_read;
    connection->ev.addWrite = add_write;
    connection->ev.delWrite = remove_write;
    connection->ev.cleanup = connection_ends;
    link->connection = connection;
    return ERR_OK;
}

static void hello_done(void *context, const char *why)
{
    struct redis_link *link = context;
    if (link->state != LINK_CONNECTING)
        return; /* given up meanwhile */
    if (why != NULL) {
        go_down(link, why);
        return;
    }
    loop_timer_cancel(link->timer);
    link->timer = NULL;
    link->state = LINK_UP;
    link->pause_ms = REDIS_PAUSE_MS_MIN;
    link->why[0] = '\0';
    LOG_INFO("metadata", "redis %s:%u: connected", link->url.host, link->url.port);
}

static void give_attempt_up(void *context)
{
    struct redis_link *link = context;
    link->timer = NULL;
    go_down(link, "no answer to the first commands");
}

static void connect_to(struct redis_link *link, const char *address)
{
    link->state = LINK_CONNECTING;
    redisAsyncContext *connection = redisAsyncConnect(address, link->url.port);
    ASSERT(connection != NULL); /* NULL only for lack of memory */
    /* Keep-alive: a peer that is gone without a word is noticed also while nothing is asked of it. */
    if (connection->err != 0 || redisEnableKeepAlive(&connection->c) != REDIS_OK ||
        adopt(link, connection) != ERR_OK) {
        char why[REDIS_WHY_BYTES];
        const char *reason = connection->c.errstr;
        snprintf(why, sizeof(why), "%s", reason[0] != '\0' ? reason : "cannot watch the socket");
        redisAsyncFree(connection);
        go_down(link, why);
        return;
    }
    link->timer = loop_timer_start(link->loop, REDIS_ATTEMPT_MS_MAX, give_attempt_up, link);
    redis_hello_start(&link->hello, connection);
}

static void resolved(void *context, const struct redis_addresses *addresses)
{
    struct redis_link *link = context;
    link->resolve = NULL;
    if (addresses->count == 0)
        go_down(link, addresses->why);
    else
        connect_to(link, addresses->texts[link->attempts % addresses->count]);
}

static bool is_address(const char *host)
{
    struct in6_addr address;
    return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

static void attempt(void *context)
{
    struct redis_link *link = context;
    ASSERT(link->state == LINK_DOWN);
    ASSERT(link->connection == NULL && link->watch == NULL);
    link->timer = NULL;
    link->attempts++;
    link->state = LINK_RESOLVING;
    if (is_address(link->url.host))
        connect_to(link, link->url.host);
    else if (redis_resolve_start(link->loop, link->url.host, resolved, link, &link->resolve) !=
             ERR_OK)
        go_down(link, "cannot start a thread to look the name up");
}

struct redis_link *redis_link_create(struct loop *loop, const struct redis_url *url,
                                     const char *script)
{
    struct redis_link *link = calloc(1, sizeof(*link));
    ASSERT(link != NULL);
    link->loop = loop;
    link->url = *url;
    link->pause_ms = REDIS_PAUSE_MS_MIN;
    link->hello = (struct redis_hello){
        .url = &link->url,
        .script = script,
        .done = hello_done,
        .context = link,
    };
    attempt(link);
    return link;
}

void redis_link_destroy(struct redis_link *link)
{
    if (link == NULL)
        return;
    redisAsyncContext *connection = link->connection;
    link->state = LINK_CLOSED;
    link->connection = NULL;
    loop_timer_cancel(link->timer);
    redis_resolve_cancel(link->resolve);
    if (connection != NULL)
        redisAsyncFree(connection);
    ASSERT(link->watch == NULL);
    free(link);
}

bool redis_link_is_up(const struct redis_link *link)
{
    /* While hiredis ends a lost connection, its replies run before we are told. */
    return link->state == LINK_UP &&
           (link->connection->c.flags & (REDIS_DISCONNECTING | REDIS_FREEING)) == 0;
}

const char *redis_link_run(const struct redis_link *link)
{
    return link->hello.run;
}

uint64_t redis_link_revision(const struct redis_link *link)
{
    return link->hello.revision;
}

struct slice redis_link_script(const struct redis_link *link)
{
    return slice_of(link->hello.sha, REDIS_SHA_BYTES);
}

bool redis_link_send(struct redis_link *link, const struct slice *words, unsigned words_count,
                     redis_hello_reply reply, void *context)
{
    return redis_link_is_up(link) &&
           redis_hello_send(link->connection, words, words_count, reply, context);
}

void redis_link_drop(struct redis_link *link, const char *why)
{
    if (redis_link_is_up(link))
        go_down(link, why);
}
