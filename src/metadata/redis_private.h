/* Inside the shared store: what calls (redis.c) and the watch (redis_watch.c) have in common. */
#ifndef LEAT_METADATA_REDIS_PRIVATE_H
#define LEAT_METADATA_REDIS_PRIVATE_H

#include "base/arena.h"
#include "metadata/redis_link.h"
#include "metadata/store_private.h"

#define REDIS_CURSOR_BYTES 24u

struct redis_store {
    struct store base;
    struct loop *loop;
    struct redis_link *link;
    unsigned calls_count;
    bool is_reading; /* inside an `each` */
    bool is_closing;
    /* What was seen of this Redis. */
    char run[REDIS_RUN_BYTES + 1]; /* empty: nothing yet */
    uint64_t revision;             /* the highest that was seen, of our own commits, too */
    uint64_t told;                 /* the revision up to which the watch has told everything */
    bool is_lost; /* it is another one, or older: not used until it is right again */
    const struct store_watch *watch;
    void *watch_context;
    struct loop_timer *poll_timer;
    char poll_why[REDIS_WHY_BYTES]; /* of the last log line about a question that was refused */
};

/* A call under way. */
struct call {
    struct redis_store *redis;
    store_each each; /* NULL: a commit, or the watch's question */
    store_done done;
    void *context;
    struct loop_timer *deadline;
    struct arena memory;
    const struct slice *words; /* commit: the command, for a Redis that has forgotten the script */
    unsigned words_count;
    bool has_sent_script;
    struct slice key;                /* find: in `memory`. load: the hash */
    char cursor[REDIS_CURSOR_BYTES]; /* load: where the next page begins */
    unsigned page_count;             /* load: how many documents to ask for */
};

struct call *redis_call_create(struct redis_store *redis, store_each each, store_done done,
                               void *context);
/* Sends, or completes the call. The deadline begins with the first command of a call that has none. */
void redis_call_send(struct call *call, const struct slice *words, unsigned words_count,
                     redis_hello_reply reply);
void redis_call_deadline(struct call *call, int64_t deadline_ms);
void redis_call_complete(struct call *call, enum err err);
/* What an error of Redis means, with a log line. After some the connection is given up. */
enum err redis_call_refused(struct call *call, struct slice error);

/* The first Redis that answers is the one that is read. While the link is up. */
void redis_watch_remember(struct redis_store *redis);
/* Not the one that was read. why: static. */
void redis_watch_lose(struct redis_store *redis, const char *why);
void redis_watch_start(struct redis_store *redis, const struct store_watch *watch, void *context);

#endif
