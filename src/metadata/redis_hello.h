/* What is said on a new connection before the store uses it: who we are, which database, is this a Redis that we can
 * trust with metadata, is its format ours; and the commit script is left there.
 *
 * Refused: a wrong password, a Redis older than 6, a read-only copy, another format. Happy path: AUTH, SELECT, INFO,
 * a script that makes format and run or reads them, SCRIPT LOAD, one after the other. */
#ifndef LEAT_METADATA_REDIS_HELLO_H
#define LEAT_METADATA_REDIS_HELLO_H

#include "metadata/redis_url.h"

#define REDIS_SHA_BYTES 40u
#define REDIS_WHY_BYTES 256u
#define REDIS_RUN_BYTES 32u

/* See KEYS.md. */
#define REDIS_KEY_PREFIX   "leat:{meta}:"
#define REDIS_KEY_FORMAT   REDIS_KEY_PREFIX "format"
#define REDIS_KEY_RUN      REDIS_KEY_PREFIX "run"
#define REDIS_KEY_REVISION REDIS_KEY_PREFIX "revision"
#define REDIS_KEY_CHANGES  REDIS_KEY_PREFIX "changes"

struct redisAsyncContext;
struct redisReply;

struct redis_hello {
    const struct redis_url *url;
    const char *script;
    /* why is NULL when all is well; otherwise English, gone after the call. Not called when the connection is lost. */
    void (*done)(void *context, const char *why);
    void *context;
    /* Its own. */
    unsigned step;
    bool has_warned;
    char sha[REDIS_SHA_BYTES + 1]; /* of the script, as Redis names it */
    char run[REDIS_RUN_BYTES + 1]; /* as it was at the latest hello, as is the revision */
    uint64_t revision;
    char why[REDIS_WHY_BYTES];
};

/* Begins on a connection; keeps what earlier connections taught. `hello` outlives the connection. */
void redis_hello_start(struct redis_hello *hello, struct redisAsyncContext *connection);

/* Sends one command of at most REDIS_WORDS_MAX words; false when the connection takes no more. */
#define REDIS_WORDS_MAX 64u
typedef void (*redis_hello_reply)(struct redisAsyncContext *connection, void *reply, void *context);
MUST_CHECK bool redis_hello_send(struct redisAsyncContext *connection, const struct slice *words,
                                 unsigned words_count, redis_hello_reply reply, void *context);

#endif
