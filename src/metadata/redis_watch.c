/* What others change in Redis, and whether it is still the Redis that was read.
 *
 *     every POLL_MS: MGET run revision -> the same revision: nothing happened
 *                                      -> a higher one: XRANGE of the changes since -> told one by one
 *                                      -> entries are missing: the stream was trimmed -> missed
 *                                      -> another run, or a lower revision: lost
 *
 * The questions go over the connection of the calls: Redis answers in order, so a change of our own is applied before the
 * watch tells of it. A blocked XREAD on a second connection would save nothing but these two short commands. */
#include "metadata/redis_private.h"

#include <hiredis/async.h>

#include "base/logger.h"

#include "base/banned.h"

#define POLL_MS          200
#define POLL_DEADLINE_MS 1000 /* nobody waits for the answer: a slow Redis keeps its connection */
#define PAGE             256u /* changes at once */
#define PAGE_TEXT        "256"

static struct slice text_of(const redisReply *reply)
{
    return slice_of(reply->str, (size_t)reply->len);
}

/* ---- lost and found ---- */

void redis_watch_lose(struct redis_store *redis, const char *why)
{
    if (redis->is_lost)
        return;
    redis->is_lost = true;
    LOG_ERROR(
        "metadata",
        "redis: %s. Known queues are served from memory; changes of queues are refused. Put the "
        "data back into Redis, or restart the servers to take Redis as it is",
        why);
    if (redis->watch != NULL)
        redis->watch->lost(redis->watch_context, why);
}

static void find_again(struct redis_store *redis, uint64_t revision)
{
    redis->is_lost = false;
    redis->revision = revision;
    redis->told = revision;
    LOG_WARNING("metadata", "redis: what this server read is there again; changes are taken again");
    redis->watch->lost(redis->watch_context, NULL);
    redis->watch->missed(redis->watch_context);
}

void redis_watch_remember(struct redis_store *redis)
{
    if (redis->run[0] == '\0') {
        snprintf(redis->run, sizeof(redis->run), "%s", redis_link_run(redis->link));
        redis->revision = redis_link_revision(redis->link);
        redis->told = redis->revision;
    }
}

/* ---- changes ---- */

static bool find_kind(struct slice name, enum store_kind *ret_kind)
{
    for (unsigned i = 0; i < STORE_KINDS_COUNT; i++) {
        if (slice_is(name, store_kind_name((enum store_kind)i))) {
            *ret_kind = (enum store_kind)i;
            return true;
        }
    }
    return false;
}

/* An entry is "<revision>-0" and pairs of a kind and "<version> <key>". False: it is not the next one, or not ours. */
static bool give_entry(struct redis_store *redis, const redisReply *entry)
{
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
        entry->element[0]->type != REDIS_REPLY_STRING ||
        entry->element[1]->type != REDIS_REPLY_ARRAY)
        return false;
    struct slice id = text_of(entry->element[0]);
    const redisReply *pairs = entry->element[1];
    int64_t revision, version;
    if (!slice_to_int64(slice_head(id, slice_find(id, '-')), &revision) ||
        (uint64_t)revision != redis->told + 1)
        return false;
    redis->told++;
    for (size_t i = 0; i + 1 < pairs->elements; i += 2) {
        enum store_kind kind;
        struct slice value = text_of(pairs->element[i + 1]);
        size_t cut = slice_find(value, ' ');
        if (!find_kind(text_of(pairs->element[i]), &kind))
            continue; /* of a newer program */
        if (cut == value.bytes || !slice_to_int64(slice_head(value, cut), &version) || version < 0)
            return false;
        redis->watch->changed(redis->watch_context, kind, slice_from(value, cut + 1),
                              (uint64_t)version);
    }
    return true;
}

/* An answer that cannot be used. Told once until one can. */
static void refuse(struct call *call, const char *why)
{
    struct redis_store *redis = call->redis;
    if (strncmp(redis->poll_why, why, sizeof(redis->poll_why) - 1) != 0) {
        snprintf(redis->poll_why, sizeof(redis->poll_why), "%s", why);
        LOG_ERROR("metadata", "redis: changes by others are not seen: %s", redis->poll_why);
    }
    redis_call_complete(call, ERR_UNAVAILABLE);
}

static void refuse_error(struct call *call, const redisReply *reply)
{
    char why[REDIS_WHY_BYTES];
    snprintf(why, sizeof(why), "%.*s", SLICE_PRINT(text_of(reply)));
    if (slice_starts_with(text_of(reply), SLICE("NOAUTH ")))
        redis_link_drop(call->redis->link, "the last command was refused");
    refuse(call, why);
}

static void changes_replied(redisAsyncContext *connection, void *answer, void *context)
{
    struct call *call = context;
    struct redis_store *redis = call->redis;
    const redisReply *reply = answer;
    MAYBE(connection != NULL);
    if (reply == NULL) {
        redis_call_complete(call, ERR_UNAVAILABLE);
        return;
    }
    /* A key of another type, or of somebody else: all is read again whenever the revision has moved. */
    bool is_whole = reply->type == REDIS_REPLY_ARRAY && reply->elements > 0;
    for (size_t i = 0; is_whole && i < reply->elements; i++)
        is_whole = give_entry(redis, reply->element[i]);
    if (!is_whole) {
        redis->told = redis->revision;
        redis->watch->missed(redis->watch_context);
    }
    if (reply->type == REDIS_REPLY_ERROR)
        refuse_error(call, reply);
    else
        redis_call_complete(call, ERR_OK);
}

static void ask_changes(struct call *call)
{
    char from[REDIS_CURSOR_BYTES];
    int from_bytes =
        snprintf(from, sizeof(from), "%llu-0", (unsigned long long)call->redis->told + 1);
    const struct slice words[] = {
        SLICE("XRANGE"), SLICE(REDIS_KEY_CHANGES), slice_of(from, (size_t)from_bytes),
        SLICE("+"),      SLICE("COUNT"),           SLICE(PAGE_TEXT)};
    redis_call_deadline(call, POLL_DEADLINE_MS);
    redis_call_send(call, words, ARRAY_COUNT(words), changes_replied);
}

/* ---- the question ---- */

/* Why this is not the Redis that was read; NULL: it is. A revision that was never counted is 0. */
static const char *judge(const struct redis_store *redis, const redisReply *run,
                         const redisReply *revision, uint64_t *ret_revision)
{
    int64_t number = 0;
    if (run->type != REDIS_REPLY_STRING)
        return "it has lost its data (" REDIS_KEY_RUN " is missing)";
    if (!slice_is(text_of(run), redis->run))
        return "it has lost its data or is another Redis (" REDIS_KEY_RUN " has changed)";
    if (revision->type == REDIS_REPLY_STRING &&
        (!slice_to_int64(text_of(revision), &number) || number < 0))
        return "it is damaged (" REDIS_KEY_REVISION " is no number)";
    *ret_revision = (uint64_t)number;
    if (*ret_revision < redis->revision)
        return "it has an older state (" REDIS_KEY_REVISION " is lower than it was)";
    return NULL;
}

static void state_replied(redisAsyncContext *connection, void *answer, void *context)
{
    struct call *call = context;
    struct redis_store *redis = call->redis;
    const redisReply *reply = answer;
    uint64_t revision = 0;
    MAYBE(connection != NULL);
    if (reply == NULL) {
        redis_call_complete(call, ERR_UNAVAILABLE);
        return;
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        refuse_error(call, reply);
        return;
    }
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
        refuse(call, "an answer of unexpected type");
        return;
    }
    const char *why = judge(redis, reply->element[0], reply->element[1], &revision);
    if (why != NULL) {
        redis_watch_lose(redis, why);
        redis_call_complete(call, ERR_OK);
        return;
    }
    if (redis->is_lost)
        find_again(redis, revision);
    redis->revision = revision;
    if (revision > redis->told)
        ask_changes(call);
    else
        redis_call_complete(call, ERR_OK);
}

static void poll_again(void *context);

static void poll_done(void *context, enum err err)
{
    struct redis_store *redis = context;
    if (redis->is_closing)
        return;
    if (err == ERR_OK)
        redis->poll_why[0] = '\0';
    int64_t pause_ms =
        err == ERR_OK && !redis->is_lost && redis->told < redis->revision ? 0 : POLL_MS;
    redis->poll_timer = loop_timer_start(redis->loop, pause_ms, poll_again, redis);
}

static void poll_again(void *context)
{
    struct redis_store *redis = context;
    const struct slice words[] = {SLICE("MGET"), SLICE(REDIS_KEY_RUN), SLICE(REDIS_KEY_REVISION)};
    redis->poll_timer = NULL;
    if (!redis_link_is_up(redis->link)) {
        poll_done(redis, ERR_UNAVAILABLE);
        return;
    }
    redis_watch_remember(redis);
    struct call *call = redis_call_create(redis, NULL, poll_done, redis);
    redis_call_deadline(call, POLL_DEADLINE_MS);
    redis_call_send(call, words, ARRAY_COUNT(words), state_replied);
}

void redis_watch_start(struct redis_store *redis, const struct store_watch *watch, void *context)
{
    ASSERT(redis->watch == NULL);
    redis->watch = watch;
    redis->watch_context = context;
    redis->poll_timer = loop_timer_start(redis->loop, POLL_MS, poll_again, redis);
}
