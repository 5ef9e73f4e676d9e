/* The shared store: Redis. Keys, values and the commit script are described in KEYS.md.
 *
 * Happy path: a call becomes one command (a load: one for each page) on the link; the reply completes it.
 * Failure: while the link is down, calls fail at once. A call whose answer is not there in time takes the whole
 * connection down with it: Redis answers in order, so what waits behind it would be late, too; the link then gives every
 * call under way a NULL reply, and no reply can come late.
 * A call ends in `complete` only, which is reached from its reply or, when it could not be sent, from the call itself.
 *
 * Every commit counts the revision up and adds one entry to the stream of changes; the watch (redis_watch.c) asks for both
 * a few times a second. Whoever connected first remembers run and revision: another run or a lower revision is not the
 * Redis that was read, and is not touched. */
#include <hiredis/async.h>
#include <inttypes.h>

#include "base/arena.h"
#include "base/logger.h"
#include "metadata/redis_private.h"

#include "base/banned.h"

#define CALLS_MAX      256u    /* at the same time */
#define CHANGES_KEPT   "10000" /* in the stream, about */
#define PAGE_MIN       1u
#define PAGE_START     16u
#define PAGE_MAX       512u
#define PAGE_BYTES_LOW (32u * 1024u)
#define PAGE_BYTES_TOP (256u * 1024u)
/* EVALSHA, the script, the number of keys, four keys, run and revision; for each change a key, a field, two versions, a
 * document. */
#define COMMIT_WORDS_MAX (9u + 5u * STORE_CHANGES_MAX)
#define NUMBER_BYTES     21u

_Static_assert(COMMIT_WORDS_MAX <= REDIS_WORDS_MAX, "a commit fits into one command");

/* KEYS: format, run, revision, changes, then the hash of each change. ARGV: the run and the least revision that there must
 * be; for each change its field, the version before and after (as text: numbers of Lua are not exact) and the document.
 * All is checked before anything is written, and the stream is written first: a full Redis refuses that. */
static const char script[] =
    "if redis.call('GET', KEYS[1]) ~= '2' then\n"
    "  return redis.error_reply('LEATFORMAT the format of the metadata has changed')\n"
    "end\n"
    "if redis.call('GET', KEYS[2]) ~= ARGV[1] then\n"
    "  return redis.error_reply('LEATLOST this is another run')\n"
    "end\n"
    "local revision = tonumber(redis.call('GET', KEYS[3]) or '0')\n"
    "if not revision or revision < tonumber(ARGV[2]) then\n"
    "  return redis.error_reply('LEATLOST the revision is lower than it was')\n"
    "end\n"
    "for i = 5, #KEYS do\n"
    "  local at = 4 * (i - 5) + 2\n"
    "  local now = redis.pcall('HGET', KEYS[i], ARGV[at + 1])\n"
    "  if type(now) == 'table' then return now end\n"
    "  local version = '0'\n"
    "  if now then version = string.match(now, '^([1-9]%d*) ') end\n"
    "  if not version then\n"
    "    return redis.error_reply('LEATCORRUPT no version in ' .. KEYS[i] .. ' ' .. ARGV[at + 1])\n"
    "  end\n"
    "  if version ~= ARGV[at + 2] then return 0 end\n"
    "end\n"
    "revision = string.format('%.0f', revision + 1)\n"
    "local entry = {'XADD', KEYS[4], 'MAXLEN', '~', '" CHANGES_KEPT "', revision .. '-0'}\n"
    "for i = 5, #KEYS do\n"
    "  local at = 4 * (i - 5) + 2\n"
    "  entry[#entry + 1] = string.match(KEYS[i], '[a-z]+$')\n"
    "  entry[#entry + 1] = ARGV[at + 3] .. ' ' .. ARGV[at + 1]\n"
    "end\n"
    "local added = redis.pcall(unpack(entry))\n"
    "if type(added) == 'table' and added.err then return added end\n"
    "redis.call('SET', KEYS[3], revision)\n"
    "for i = 5, #KEYS do\n"
    "  local at = 4 * (i - 5) + 2\n"
    "  local result\n"
    "  if ARGV[at + 3] == '0' then\n"
    "    result = redis.pcall('HDEL', KEYS[i], ARGV[at + 1])\n"
    "  else\n"
    "    result = redis.pcall('HSET', KEYS[i], ARGV[at + 1], ARGV[at + 3] .. ' ' .. ARGV[at + 4])\n"
    "  end\n"
    "  if type(result) == 'table' then return result end\n"
    "end\n"
    "return tonumber(revision)\n";

static const struct slice hash_keys[STORE_KINDS_COUNT] = {
    [STORE_QUEUE] = SLICE(REDIS_KEY_PREFIX "queue"),
    [STORE_DELETED] = SLICE(REDIS_KEY_PREFIX "deleted"),
    [STORE_TASK] = SLICE(REDIS_KEY_PREFIX "task"),
    [STORE_SETTING] = SLICE(REDIS_KEY_PREFIX "setting"),
    [STORE_DROPPED] = SLICE(REDIS_KEY_PREFIX "dropped"),
};

static struct redis_store *redis_of(struct store *store);

/* Up, and the Redis that was read. */
static bool is_usable(struct redis_store *redis)
{
    if (!redis_link_is_up(redis->link) || redis->is_lost)
        return false;
    redis_watch_remember(redis);
    return !redis->is_lost;
}

struct call *redis_call_create(struct redis_store *redis, store_each each, store_done done,
                               void *context)
{
    struct call *call = calloc(1, sizeof(*call));
    ASSERT(call != NULL);
    *call = (struct call){.redis = redis, .each = each, .done = done, .context = context};
    arena_init(&call->memory);
    redis->calls_count++;
    return call;
}

void redis_call_complete(struct call *call, enum err err)
{
    struct redis_store *redis = call->redis;
    store_done done = call->done;
    void *context = call->context;
    ASSERT(redis->calls_count > 0);
    redis->calls_count--;
    loop_timer_cancel(call->deadline);
    arena_done(&call->memory);
    free(call);
    done(context, err);
}

static void deadline_passed(void *context)
{
    struct call *call = context;
    call->deadline = NULL;
    redis_link_drop(call->redis->link, "no answer in time");
}

void redis_call_deadline(struct call *call, int64_t deadline_ms)
{
    loop_timer_cancel(call->deadline);
    call->deadline = loop_timer_start(call->redis->loop, deadline_ms, deadline_passed, call);
}

/* Sends, or completes the call. The deadline begins with the first command of a call and with each page of a load. */
void redis_call_send(struct call *call, const struct slice *words, unsigned words_count,
                     redis_hello_reply reply)
{
    struct redis_store *redis = call->redis;
    if (call->deadline == NULL)
        call->deadline = loop_timer_start(redis->loop, STORE_DEADLINE_MS, deadline_passed, call);
    if (redis->calls_count > CALLS_MAX ||
        !redis_link_send(redis->link, words, words_count, reply, call))
        redis_call_complete(call, ERR_UNAVAILABLE);
}

static struct slice text_of(const redisReply *reply)
{
    return slice_of(reply->str, (size_t)reply->len);
}

/* What an error of Redis means. After some of them the connection is of no use: the next hello will say why. */
enum err redis_call_refused(struct call *call, struct slice error)
{
    static const struct {
        const char *prefix;
        enum err err;
        bool is_last;
    } rows[] = {
        {"OOM ", ERR_FULL, false},          /* maxmemory is reached */
        {"WRONGTYPE ", ERR_CORRUPT, false}, /* somebody else's key under our name */
        {"LEATCORRUPT ", ERR_CORRUPT, false},
        {"LEATFORMAT ", ERR_UNAVAILABLE, true},
        {"LEATLOST ", ERR_UNAVAILABLE, true}, /* the next hello says how it is */
        {"READONLY ", ERR_UNAVAILABLE, true}, /* it was the primary until now */
        {"NOAUTH ", ERR_UNAVAILABLE, true},
        {"MASTERDOWN ", ERR_UNAVAILABLE, true},
    };
    if (!slice_starts_with(error, SLICE("LEATLOST ")))
        LOG_ERROR("metadata", "redis: %.*s", SLICE_PRINT(error));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (!slice_starts_with(error, slice_from_text(rows[i].prefix)))
            continue;
        if (slice_starts_with(error, SLICE("LEATLOST ")))
            redis_watch_lose(call->redis, "Redis has lost or replaced what this server read");
        else if (rows[i].is_last)
            redis_link_drop(call->redis->link, "the last command was refused");
        return rows[i].err;
    }
    return ERR_UNAVAILABLE;
}

static enum err unexpected(void)
{
    LOG_ERROR("metadata", "redis: an answer of unexpected type");
    return ERR_CORRUPT;
}

static void commit_replied(redisAsyncContext *connection, void *answer, void *context);

/* Redis has forgotten the script (SCRIPT FLUSH, or another server behind the same address): send it whole. */
static void send_script(struct call *call)
{
    struct slice words[COMMIT_WORDS_MAX];
    memcpy(words, call->words, call->words_count * sizeof(words[0]));
    words[0] = SLICE("EVAL");
    words[1] = slice_from_text(script);
    call->has_sent_script = true;
    redis_call_send(call, words, call->words_count, commit_replied);
}

static void commit_replied(redisAsyncContext *connection, void *answer, void *context)
{
    struct call *call = context;
    const redisReply *reply = answer;
    enum err err;
    MAYBE(connection != NULL);
    if (reply == NULL) {
        redis_call_complete(call, ERR_UNAVAILABLE);
        return;
    }
    if (reply->type == REDIS_REPLY_ERROR && !call->has_sent_script &&
        slice_starts_with(text_of(reply), SLICE("NOSCRIPT "))) {
        send_script(call);
        return;
    }
    if (reply->type == REDIS_REPLY_ERROR)
        err = redis_call_refused(call, text_of(reply));
    else if (reply->type == REDIS_REPLY_INTEGER && reply->integer >= 0)
        err = reply->integer > 0 ? ERR_OK : ERR_STALE;
    else
        err = unexpected();
    if (err == ERR_OK && (uint64_t)reply->integer > call->redis->revision)
        call->redis->revision = (uint64_t)reply->integer;
    redis_call_complete(call, err == ERR_CORRUPT ? ERR_UNAVAILABLE : err);
}

static struct slice version_text(struct arena *arena, uint64_t version)
{
    return arena_print(arena, "%" PRIu64, version);
}

static void commit(struct store *store, const struct store_change *changes, unsigned changes_count,
                   store_done done, void *context)
{
    struct redis_store *redis = redis_of(store);
    store_changes_check(changes, changes_count);
    ASSERT(!redis->is_reading);
    if (!is_usable(redis)) {
        done(context, ERR_UNAVAILABLE);
        return;
    }
    struct call *call = redis_call_create(redis, NULL, done, context);
    struct arena *arena = &call->memory;
    struct slice *words = ARENA_NEW_MANY(arena, struct slice, COMMIT_WORDS_MAX);
    unsigned count = 0;
    words[count++] = SLICE("EVALSHA");
    words[count++] = arena_copy(arena, redis_link_script(redis->link));
    words[count++] = version_text(arena, changes_count + 4);
    words[count++] = SLICE(REDIS_KEY_FORMAT);
    words[count++] = SLICE(REDIS_KEY_RUN);
    words[count++] = SLICE(REDIS_KEY_REVISION);
    words[count++] = SLICE(REDIS_KEY_CHANGES);
    for (unsigned i = 0; i < changes_count; i++)
        words[count++] = hash_keys[changes[i].kind];
    words[count++] = arena_copy(arena, slice_from_text(redis->run));
    words[count++] = version_text(arena, redis->revision);
    for (unsigned i = 0; i < changes_count; i++) {
        words[count++] = arena_copy(arena, changes[i].key);
        words[count++] = version_text(arena, changes[i].version_before);
        words[count++] = version_text(arena, changes[i].version_after);
        words[count++] =
            arena_copy(arena, changes[i].version_after != 0 ? changes[i].document : SLICE_NONE);
    }
    call->words = words;
    call->words_count = count;
    redis_call_send(call, words, count, commit_replied);
}

/* A value is "<version> <document>". */
static bool give_document(struct call *call, struct slice key, struct slice value)
{
    int64_t version;
    size_t cut = slice_find(value, ' ');
    if (cut == value.bytes || !slice_to_int64(slice_head(value, cut), &version) || version < 1) {
        LOG_ERROR("metadata", "redis: \"%.*s\" has no valid version", SLICE_PRINT(key));
        return false;
    }
    call->redis->is_reading = true;
    call->each(call->context, key, (uint64_t)version, slice_from(value, cut + 1));
    call->redis->is_reading = false;
    return true;
}

static void find_replied(redisAsyncContext *connection, void *answer, void *context)
{
    struct call *call = context;
    const redisReply *reply = answer;
    enum err err;
    MAYBE(connection != NULL);
    if (reply == NULL)
        err = ERR_UNAVAILABLE;
    else if (reply->type == REDIS_REPLY_ERROR)
        err = redis_call_refused(call, text_of(reply));
    else if (reply->type == REDIS_REPLY_NIL)
        err = ERR_ABSENT;
    else if (reply->type == REDIS_REPLY_STRING)
        err = give_document(call, call->key, text_of(reply)) ? ERR_OK : ERR_CORRUPT;
    else
        err = unexpected();
    redis_call_complete(call, err);
}

static void find(struct store *store, enum store_kind kind, struct slice key, store_each each,
                 store_done done, void *context)
{
    struct redis_store *redis = redis_of(store);
    ASSERT(!redis->is_reading);
    ASSERT(kind < STORE_KINDS_COUNT);
    if (!is_usable(redis)) {
        done(context, ERR_UNAVAILABLE);
        return;
    }
    struct call *call = redis_call_create(redis, each, done, context);
    call->key = arena_copy(&call->memory, key);
    const struct slice words[] = {SLICE("HGET"), hash_keys[kind], call->key};
    redis_call_send(call, words, ARRAY_COUNT(words), find_replied);
}

static bool is_page(const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2)
        return false;
    const redisReply *cursor = reply->element[0];
    const redisReply *pairs = reply->element[1];
    if (cursor->type != REDIS_REPLY_STRING || (size_t)cursor->len >= REDIS_CURSOR_BYTES ||
        pairs->type != REDIS_REPLY_ARRAY || pairs->elements % 2 != 0)
        return false;
    for (size_t i = 0; i < pairs->elements; i++)
        if (pairs->element[i]->type != REDIS_REPLY_STRING)
            return false;
    return true;
}

static enum err give_page(struct call *call, const redisReply *pairs)
{
    size_t bytes = 0;
    for (size_t i = 0; i < pairs->elements; i += 2) {
        struct slice value = text_of(pairs->element[i + 1]);
        if (!give_document(call, text_of(pairs->element[i]), value))
            return ERR_CORRUPT;
        bytes += value.bytes;
    }
    /* Pages of a size that neither side is busy with for long, whatever the documents' size. */
    if (bytes > PAGE_BYTES_TOP && call->page_count > PAGE_MIN)
        call->page_count /= 2;
    if (bytes < PAGE_BYTES_LOW && call->page_count < PAGE_MAX)
        call->page_count *= 2;
    return ERR_OK;
}

static void load_replied(redisAsyncContext *connection, void *answer, void *context);

static void ask_page(struct call *call)
{
    char count[NUMBER_BYTES];
    int count_bytes = snprintf(count, sizeof(count), "%u", call->page_count);
    const struct slice words[] = {SLICE("HSCAN"), call->key, slice_from_text(call->cursor),
                                  SLICE("COUNT"), slice_of(count, (size_t)count_bytes)};
    loop_timer_cancel(call->deadline);
    call->deadline = NULL;
    redis_call_send(call, words, ARRAY_COUNT(words), load_replied);
}

static void load_replied(redisAsyncContext *connection, void *answer, void *context)
{
    struct call *call = context;
    const redisReply *reply = answer;
    MAYBE(connection != NULL);
    if (reply == NULL) {
        redis_call_complete(call, ERR_UNAVAILABLE);
        return;
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        redis_call_complete(call, redis_call_refused(call, text_of(reply)));
        return;
    }
    enum err err = is_page(reply) ? give_page(call, reply->element[1]) : unexpected();
    if (err != ERR_OK || slice_is(text_of(reply->element[0]), "0")) {
        redis_call_complete(call, err);
        return;
    }
    snprintf(call->cursor, sizeof(call->cursor), "%.*s", SLICE_PRINT(text_of(reply->element[0])));
    ask_page(call);
}

static void load(struct store *store, enum store_kind kind, store_each each, store_done done,
                 void *context)
{
    struct redis_store *redis = redis_of(store);
    ASSERT(!redis->is_reading);
    ASSERT(kind < STORE_KINDS_COUNT);
    if (!is_usable(redis)) {
        done(context, ERR_UNAVAILABLE);
        return;
    }
    struct call *call = redis_call_create(redis, each, done, context);
    call->key = hash_keys[kind];
    call->page_count = PAGE_START;
    snprintf(call->cursor, sizeof(call->cursor), "0");
    ask_page(call);
}

static void watch(struct store *store, const struct store_watch *watch, void *context)
{
    redis_watch_start(redis_of(store), watch, context);
}

static uint64_t revision(const struct store *store)
{
    return ((const struct redis_store *)store)->revision;
}

static bool is_available(const struct store *store)
{
    return redis_link_is_up(((const struct redis_store *)store)->link);
}

static void redis_close(struct store *store)
{
    struct redis_store *redis = redis_of(store);
    ASSERT(!redis->is_reading);
    redis->is_closing = true;
    loop_timer_cancel(redis->poll_timer);
    redis->poll_timer = NULL;
    redis_link_destroy(redis->link);
    ASSERT(redis->calls_count == 0);
    free(redis);
}

static const struct store_operations operations = {
    .commit = commit,
    .find = find,
    .load = load,
    .watch = watch,
    .revision = revision,
    .is_available = is_available,
    .close = redis_close,
};

static struct redis_store *redis_of(struct store *store)
{
    ASSERT(store->operations == &operations);
    return (struct redis_store *)store;
}

enum err redis_open(const char *url, struct loop *loop, struct store **ret_store,
                    const char **ret_why)
{
    struct redis_url parsed;
    enum err err = redis_url_parse(slice_from_text(url), &parsed, ret_why);
    if (err != ERR_OK)
        return err;
    struct redis_store *redis = calloc(1, sizeof(*redis));
    ASSERT(redis != NULL);
    redis->base.operations = &operations;
    redis->loop = loop;
    redis->link = redis_link_create(loop, &parsed, script);
    *ret_store = &redis->base;
    return ERR_OK;
}
