#include "metadata/redis_hello.h"

#include <hiredis/async.h>

#include "base/encode.h"
#include "base/logger.h"
#include "base/random.h"
#include "metadata/store_private.h"

#include "base/banned.h"

#define OLDEST_MAJOR         6
#define WORDS_MAX            8
#define NUMBER_BYTES         (REDIS_RUN_BYTES + 1)
#define TEXT_OF(macro)       TEXT_OF_VALUE(macro)
#define TEXT_OF_VALUE(value) #value
#define FORMAT_TEXT          TEXT_OF(STORE_REDIS_FORMAT)

/* One command and what its answer must be. */
struct step {
    const char *name;
    /* Returns how many words; 0 leaves the step out. `number` is for a word that is made here. */
    unsigned (*ask)(const struct redis_hello *hello, struct slice words[WORDS_MAX],
                    char number[NUMBER_BYTES]);
    /* False: hello->why says why not. */
    bool (*check)(struct redis_hello *hello, const redisReply *reply);
};

static struct slice text_of(const redisReply *reply)
{
    return slice_of(reply->str, (size_t)reply->len);
}

static bool refuse(struct redis_hello *hello, const char *why)
{
    snprintf(hello->why, sizeof(hello->why), "%s", why);
    return false;
}

static unsigned ask_auth(const struct redis_hello *hello, struct slice words[WORDS_MAX],
                         char number[NUMBER_BYTES])
{
    const struct redis_url *url = hello->url;
    unsigned count = 0;
    MAYBE(number != NULL);
    if (!url->has_password)
        return 0;
    words[count++] = SLICE("AUTH");
    if (url->user_bytes > 0)
        words[count++] = slice_of(url->user_at, url->user_bytes);
    words[count++] = slice_of(url->password_at, url->password_bytes);
    return count;
}

static unsigned ask_select(const struct redis_hello *hello, struct slice words[WORDS_MAX],
                           char number[NUMBER_BYTES])
{
    if (hello->url->database == 0)
        return 0;
    int length = snprintf(number, NUMBER_BYTES, "%u", hello->url->database);
    words[0] = SLICE("SELECT");
    words[1] = slice_of(number, (size_t)length);
    return 2;
}

static bool check_status(struct redis_hello *hello, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_STATUS || !slice_is(text_of(reply), "OK"))
        return refuse(hello, "not an answer of Redis");
    return true;
}

static unsigned ask_info(const struct redis_hello *hello, struct slice words[WORDS_MAX],
                         char number[NUMBER_BYTES])
{
    MAYBE(hello != NULL && number != NULL);
    words[0] = SLICE("INFO");
    return 1;
}

/* The value of "name:value" in INFO's answer; empty when it is not there. */
static struct slice info_value(struct slice info, const char *name)
{
    struct slice line;
    size_t name_bytes = strlen(name);
    while (slice_split(&info, '\n', &line))
        if (slice_starts_with(line, slice_from_text(name)) && line.bytes > name_bytes &&
            line.at[name_bytes] == ':')
            return slice_head(slice_from(line, name_bytes + 1),
                              slice_find(line, '\r') - name_bytes - 1);
    return SLICE_NONE;
}

/* What works but is no good home for metadata. Said once. */
static void warn(struct redis_hello *hello, struct slice info)
{
    struct slice eviction = info_value(info, "maxmemory_policy");
    if (hello->has_warned)
        return;
    hello->has_warned = true;
    if (slice_starts_with(eviction, SLICE("allkeys-")))
        LOG_WARNING("metadata",
                    "redis: maxmemory-policy %.*s may throw queue definitions away; use noeviction",
                    SLICE_PRINT(eviction));
    if (slice_is(info_value(info, "aof_enabled"), "0"))
        LOG_WARNING("metadata",
                    "redis: appendonly is off; a restart may lose the last changes of queues");
}

static bool check_info(struct redis_hello *hello, const redisReply *reply)
{
    int64_t major = 0;
    struct slice info = text_of(reply);
    if (reply->type != REDIS_REPLY_STRING)
        return refuse(hello, "not an answer of Redis");
    struct slice version = info_value(info, "redis_version");
    if (!slice_to_int64(slice_head(version, slice_find(version, '.')), &major) ||
        major < OLDEST_MAJOR)
        return refuse(hello, "this Redis is older than version " TEXT_OF(OLDEST_MAJOR));
    if (slice_is(info_value(info, "role"), "slave"))
        return refuse(hello, "this Redis is a read-only copy of another one");
    warn(hello, info);
    return true;
}

/* Makes what is not there, takes format 1 over, and says what there is: format, run, revision. Format 1 is 2 without the
 * counting; a program that knows 1 only refuses to change anything from then on. */
static const char begin_script[] =
    "local format = redis.call('GET', KEYS[1])\n"
    "if not format or format == '1' then\n"
    "  format = ARGV[1]\n"
    "  redis.call('SET', KEYS[1], format)\n"
    "end\n"
    "if format ~= ARGV[1] then return {format, '', '0'} end\n"
    "redis.call('SETNX', KEYS[2], ARGV[2])\n"
    "return {format, redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3]) or '0'}\n";

static unsigned ask_begin(const struct redis_hello *hello, struct slice words[WORDS_MAX],
                          char number[NUMBER_BYTES])
{
    uint8_t random[REDIS_RUN_BYTES / 2];
    MAYBE(hello != NULL);
    random_bytes(random, sizeof(random));
    encode_hex(slice_of(random, sizeof(random)), (uint8_t *)number);
    words[0] = SLICE("EVAL");
    words[1] = slice_from_text(begin_script);
    words[2] = SLICE("3");
    words[3] = SLICE(REDIS_KEY_FORMAT);
    words[4] = SLICE(REDIS_KEY_RUN);
    words[5] = SLICE(REDIS_KEY_REVISION);
    words[6] = SLICE(FORMAT_TEXT);
    words[7] = slice_of(number, REDIS_RUN_BYTES);
    return 8;
}

static bool check_begin(struct redis_hello *hello, const redisReply *reply)
{
    int64_t revision;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3)
        return refuse(hello, "not an answer of Redis");
    for (size_t i = 0; i < reply->elements; i++)
        if (reply->element[i]->type != REDIS_REPLY_STRING)
            return refuse(hello, "not an answer of Redis");
    struct slice format = text_of(reply->element[0]);
    if (!slice_is(format, FORMAT_TEXT)) {
        snprintf(hello->why, sizeof(hello->why),
                 "%s says that the metadata has format \"%.*s\"; this version of leat knows "
                 "1 and " FORMAT_TEXT " only",
                 REDIS_KEY_FORMAT, SLICE_PRINT(slice_head(format, 16)));
        return false;
    }
    struct slice run = text_of(reply->element[1]);
    if (run.bytes == 0 || run.bytes > REDIS_RUN_BYTES)
        return refuse(hello, REDIS_KEY_RUN " is not of leat's making");
    if (!slice_to_int64(text_of(reply->element[2]), &revision) || revision < 0)
        return refuse(hello, REDIS_KEY_REVISION " is no number");
    snprintf(hello->run, sizeof(hello->run), "%.*s", SLICE_PRINT(run));
    hello->revision = (uint64_t)revision;
    return true;
}

static unsigned ask_script(const struct redis_hello *hello, struct slice words[WORDS_MAX],
                           char number[NUMBER_BYTES])
{
    MAYBE(number != NULL);
    words[0] = SLICE("SCRIPT");
    words[1] = SLICE("LOAD");
    words[2] = slice_from_text(hello->script);
    return 3;
}

static bool check_script(struct redis_hello *hello, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_STRING || (size_t)reply->len != REDIS_SHA_BYTES)
        return refuse(hello, "not an answer of Redis");
    memcpy(hello->sha, reply->str, REDIS_SHA_BYTES);
    hello->sha[REDIS_SHA_BYTES] = '\0';
    return true;
}

static const struct step steps[] = {
    {"AUTH", ask_auth, check_status},
    {"SELECT", ask_select, check_status},
    {"INFO", ask_info, check_info},
    {"EVAL", ask_begin, check_begin},
    {"SCRIPT LOAD", ask_script, check_script},
};

bool redis_hello_send(redisAsyncContext *connection, const struct slice *words,
                      unsigned words_count, redis_hello_reply reply, void *context)
{
    const char *at[REDIS_WORDS_MAX];
    size_t bytes[REDIS_WORDS_MAX];
    ASSERT(words_count > 0 && words_count <= REDIS_WORDS_MAX);
    for (unsigned i = 0; i < words_count; i++) {
        at[i] = words[i].bytes > 0 ? (const char *)words[i].at : "";
        bytes[i] = words[i].bytes;
    }
    return redisAsyncCommandArgv(connection, reply, context, (int)words_count, at, bytes) ==
           REDIS_OK;
}

static void go_on(struct redis_hello *hello, redisAsyncContext *connection);

static void step_done(redisAsyncContext *connection, void *answer, void *context)
{
    struct redis_hello *hello = context;
    const redisReply *reply = answer;
    const struct step *step = &steps[hello->step];
    if (reply == NULL)
        return; /* lost: the link knows */
    if (reply->type == REDIS_REPLY_ERROR) {
        snprintf(hello->why, sizeof(hello->why), "%s: %.*s", step->name,
                 SLICE_PRINT(text_of(reply)));
        hello->done(hello->context, hello->why);
        return;
    }
    if (!step->check(hello, reply)) {
        hello->done(hello->context, hello->why);
        return;
    }
    hello->step++;
    go_on(hello, connection);
}

/* Asks the next step that is not left out, or is done. */
static void go_on(struct redis_hello *hello, redisAsyncContext *connection)
{
    struct slice words[WORDS_MAX];
    char number[NUMBER_BYTES];
    for (; hello->step < ARRAY_COUNT(steps); hello->step++) {
        unsigned count = steps[hello->step].ask(hello, words, number);
        if (count == 0)
            continue;
        if (!redis_hello_send(connection, words, count, step_done, hello))
            hello->done(hello->context, "the connection takes no command");
        return;
    }
    hello->done(hello->context, NULL);
}

void redis_hello_start(struct redis_hello *hello, redisAsyncContext *connection)
{
    hello->step = 0;
    hello->why[0] = '\0';
    go_on(hello, connection);
}
