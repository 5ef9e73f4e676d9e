#include "node/catalog_harness.h"

#include "base/banned.h"

struct document {
    struct document *next;
    enum store_kind kind;
    struct slice key; /* allocated, as is the text */
    uint64_t version;
    struct slice text;
};

struct failure {
    unsigned count;
    enum err err;
    bool does_happen;
};

struct fake_store {
    struct store store;
    struct loop *loop;
    int delay_ms;
    pthread_mutex_t lock; /* guards what is below */
    struct failure failures[FAKE_CALLS_COUNT];
    struct table documents;
    struct answer *answers; /* under way */
    const struct store_watch *watch;
    void *watch_context;
    struct loop_timer *tell_timer;
    struct told *told; /* to be told */
    unsigned calls[FAKE_CALLS_COUNT];
};

/* ---- documents ---- */

struct document_key {
    enum store_kind kind;
    struct slice key;
};

static bool is_document(const void *item, const void *key)
{
    const struct document *document = item;
    const struct document_key *wanted = key;
    return document->kind == wanted->kind && slice_equal(document->key, wanted->key);
}

static struct document *find(struct fake_store *fake, enum store_kind kind, struct slice key)
{
    struct document_key wanted = {kind, key};
    return table_find(&fake->documents, table_hash_bytes(&fake->documents, key), is_document,
                      &wanted);
}

static struct slice copy(struct slice bytes)
{
    uint8_t *at = malloc(bytes.bytes + 1);
    ck_assert_ptr_nonnull(at);
    if (bytes.bytes > 0)
        memcpy(at, bytes.at, bytes.bytes);
    return slice_of(at, bytes.bytes);
}

static void free_slice(struct slice bytes)
{
    free((void *)(uintptr_t)bytes.at);
}

static void put(struct fake_store *fake, enum store_kind kind, struct slice key, uint64_t version,
                struct slice text)
{
    struct document *document = find(fake, kind, key);
    if (document == NULL && version == 0)
        return;
    if (document == NULL) {
        document = calloc(1, sizeof(*document));
        ck_assert_ptr_nonnull(document);
        document->kind = kind;
        document->key = copy(key);
        table_add(&fake->documents, table_hash_bytes(&fake->documents, key), document);
    }
    free_slice(document->text);
    document->text = SLICE_NONE;
    document->version = version;
    if (version != 0) {
        document->text = copy(text);
        return;
    }
    table_remove(&fake->documents, table_hash_bytes(&fake->documents, key), document);
    free_slice(document->key);
    free(document);
}

void fake_store_put(struct fake_store *fake, enum store_kind kind, const char *key,
                    uint64_t version, struct slice document)
{
    pthread_mutex_lock(&fake->lock);
    put(fake, kind, slice_from_text(key), version, document);
    pthread_mutex_unlock(&fake->lock);
}

struct slice fake_store_get(struct fake_store *fake, enum store_kind kind, const char *key,
                            struct arena *arena, uint64_t *ret_version)
{
    pthread_mutex_lock(&fake->lock);
    const struct document *document = find(fake, kind, slice_from_text(key));
    struct slice text = document != NULL ? arena_copy(arena, document->text) : SLICE_NONE;
    *ret_version = document != NULL ? document->version : 0;
    pthread_mutex_unlock(&fake->lock);
    return text;
}

unsigned fake_store_count(struct fake_store *fake, enum store_kind kind)
{
    unsigned count = 0;
    size_t cursor = 0;
    const struct document *document;
    pthread_mutex_lock(&fake->lock);
    while ((document = table_next(&fake->documents, &cursor)) != NULL)
        count += document->kind == kind;
    pthread_mutex_unlock(&fake->lock);
    return count;
}

/* ---- answers, now or later ---- */

struct answer {
    struct fake_store *fake;
    struct answer *next;
    struct loop_timer *timer;
    enum err err;
    store_done done;
    void *context;
};

static void give(void *context)
{
    struct answer *answer = context;
    struct answer **place = &answer->fake->answers;
    while (*place != answer)
        place = &(*place)->next;
    *place = answer->next;
    answer->done(answer->context, answer->err);
    free(answer);
}

static void answer_with(struct fake_store *fake, enum err err, store_done done, void *context)
{
    if (fake->delay_ms == 0) {
        done(context, err);
        return;
    }
    struct answer *answer = calloc(1, sizeof(*answer));
    ck_assert_ptr_nonnull(answer);
    *answer = (struct answer){
        .fake = fake, .next = fake->answers, .err = err, .done = done, .context = context};
    fake->answers = answer;
    answer->timer = loop_timer_start(fake->loop, fake->delay_ms, give, answer);
}

static bool fails(struct fake_store *fake, enum fake_call call, struct failure *ret_failure)
{
    struct failure *failure = &fake->failures[call];
    fake->calls[call]++;
    *ret_failure = *failure;
    if (failure->count == 0)
        return false;
    failure->count--;
    return true;
}

void fake_store_fail(struct fake_store *fake, enum fake_call call, unsigned count, enum err err,
                     bool does_happen)
{
    pthread_mutex_lock(&fake->lock);
    fake->failures[call] = (struct failure){count, err, does_happen};
    pthread_mutex_unlock(&fake->lock);
}

/* ---- the store ---- */

static enum err change(struct fake_store *fake, const struct store_change *changes,
                       unsigned changes_count)
{
    for (unsigned i = 0; i < changes_count; i++) {
        const struct document *document = find(fake, changes[i].kind, changes[i].key);
        if ((document != NULL ? document->version : 0) != changes[i].version_before)
            return ERR_STALE;
        ASSERT_IMPLIES(changes[i].version_after != 0,
                       changes[i].version_after > changes[i].version_before);
    }
    for (unsigned i = 0; i < changes_count; i++)
        put(fake, changes[i].kind, changes[i].key, changes[i].version_after, changes[i].document);
    return ERR_OK;
}

static void fake_commit(struct store *store, const struct store_change *changes,
                        unsigned changes_count, store_done done, void *context)
{
    struct fake_store *fake = (struct fake_store *)store;
    struct failure failure;
    ASSERT(changes_count >= 1 && changes_count <= STORE_CHANGES_MAX);
    pthread_mutex_lock(&fake->lock);
    bool failed = fails(fake, FAKE_COMMIT, &failure);
    enum err err = !failed || failure.does_happen ? change(fake, changes, changes_count) : ERR_OK;
    pthread_mutex_unlock(&fake->lock);
    answer_with(fake, failed ? failure.err : err, done, context);
}

static void fake_find(struct store *store, enum store_kind kind, struct slice key, store_each each,
                      store_done done, void *context)
{
    struct fake_store *fake = (struct fake_store *)store;
    struct failure failure;
    pthread_mutex_lock(&fake->lock);
    const struct document *document = find(fake, kind, key);
    enum err err = document != NULL ? ERR_OK : ERR_ABSENT;
    if (fails(fake, FAKE_FIND, &failure))
        err = failure.err;
    else if (document != NULL)
        each(context, document->key, document->version, document->text);
    pthread_mutex_unlock(&fake->lock);
    answer_with(fake, err, done, context);
}

static void fake_load(struct store *store, enum store_kind kind, store_each each, store_done done,
                      void *context)
{
    struct fake_store *fake = (struct fake_store *)store;
    struct failure failure;
    size_t cursor = 0;
    const struct document *document;
    pthread_mutex_lock(&fake->lock);
    bool failed = fails(fake, FAKE_LOAD, &failure);
    while ((document = table_next(&fake->documents, &cursor)) != NULL)
        if (document->kind == kind)
            each(context, document->key, document->version, document->text);
    pthread_mutex_unlock(&fake->lock);
    answer_with(fake, failed ? failure.err : ERR_OK, done, context);
}

/* ---- telling of changes ---- */

struct told {
    struct told *next;
    enum fake_news news;
    enum store_kind kind;
    struct slice key;
    uint64_t version;
};

static void give_news(struct fake_store *fake, const struct told *told)
{
    switch (told->news) {
    case FAKE_CHANGED:
        fake->watch->changed(fake->watch_context, told->kind, told->key, told->version);
        break;
    case FAKE_MISSED:
        fake->watch->missed(fake->watch_context);
        break;
    case FAKE_LOST:
        fake->watch->lost(fake->watch_context, "the test says so");
        break;
    case FAKE_FOUND:
        fake->watch->lost(fake->watch_context, NULL);
        break;
    }
}

static void tell_all(void *context)
{
    struct fake_store *fake = context;
    fake->tell_timer = loop_timer_start(fake->loop, 2, tell_all, fake);
    pthread_mutex_lock(&fake->lock);
    struct told *told = fake->told;
    fake->told = NULL;
    pthread_mutex_unlock(&fake->lock);
    while (told != NULL) {
        struct told *next = told->next;
        give_news(fake, told);
        free_slice(told->key);
        free(told);
        told = next;
    }
}

void fake_store_tell(struct fake_store *fake, enum fake_news news, enum store_kind kind,
                     const char *key, uint64_t version)
{
    struct told *told = calloc(1, sizeof(*told));
    ck_assert_ptr_nonnull(told);
    *told = (struct told){
        .news = news, .kind = kind, .key = copy(slice_from_text(key)), .version = version};
    pthread_mutex_lock(&fake->lock);
    struct told **place = &fake->told;
    while (*place != NULL)
        place = &(*place)->next;
    *place = told;
    pthread_mutex_unlock(&fake->lock);
}

unsigned fake_store_calls(struct fake_store *fake, enum fake_call call)
{
    pthread_mutex_lock(&fake->lock);
    unsigned count = fake->calls[call];
    pthread_mutex_unlock(&fake->lock);
    return count;
}

static void fake_watch(struct store *store, const struct store_watch *watch, void *context)
{
    struct fake_store *fake = (struct fake_store *)store;
    pthread_mutex_lock(&fake->lock);
    fake->watch = watch;
    fake->watch_context = context;
    fake->tell_timer = loop_timer_start(fake->loop, 2, tell_all, fake);
    pthread_mutex_unlock(&fake->lock);
}

static uint64_t fake_revision(const struct store *store)
{
    MAYBE(store != NULL);
    return 0;
}

static bool fake_is_available(const struct store *store)
{
    MAYBE(store != NULL);
    return true;
}

static void fake_close(struct store *store)
{
    struct fake_store *fake = (struct fake_store *)store;
    loop_timer_cancel(fake->tell_timer);
    fake->tell_timer = NULL;
    while (fake->answers != NULL) {
        loop_timer_cancel(fake->answers->timer);
        fake->answers->err = ERR_UNAVAILABLE;
        give(fake->answers);
    }
}

struct fake_store *fake_store_create(void)
{
    struct fake_store *fake = calloc(1, sizeof(*fake));
    ck_assert_ptr_nonnull(fake);
    pthread_mutex_init(&fake->lock, NULL);
    table_init(&fake->documents);
    return fake;
}

void fake_store_destroy(struct fake_store *fake)
{
    size_t cursor = 0;
    struct document *document;
    while ((document = table_next(&fake->documents, &cursor)) != NULL) {
        free_slice(document->key);
        free_slice(document->text);
        free(document);
    }
    table_done(&fake->documents);
    while (fake->told != NULL) { /* to a catalog that ended before */
        struct told *next = fake->told->next;
        free_slice(fake->told->key);
        free(fake->told);
        fake->told = next;
    }
    pthread_mutex_destroy(&fake->lock);
    free(fake);
}

struct store *fake_store_open(struct fake_store *fake, struct loop *loop, int delay_ms)
{
    static const struct store_operations operations = {
        .commit = fake_commit,
        .find = fake_find,
        .load = fake_load,
        .watch = fake_watch,
        .revision = fake_revision,
        .is_available = fake_is_available,
        .close = fake_close,
    };
    fake->store.operations = &operations;
    fake->loop = loop;
    fake->delay_ms = delay_ms;
    return &fake->store;
}
