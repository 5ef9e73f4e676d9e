/* Opening and closing a worker's log: the replay into its engine, told in words. */
#include "node/storage_private.h"

#include <poll.h>
#include <stdio.h>

#include "base/logger.h"

#include "base/banned.h"

/* ---- replay ---- */

static void replay(void *context, const struct log_entry *entry)
{
    struct engine *engine = ((struct storage *)context)->worker->engine;
    switch (entry->kind) {
    case LOG_FACT:
        engine_apply(engine, &entry->fact);
        return;
    case LOG_RELOCATED:
        /* False: the message is gone, or a snapshot knew its new place already. */
        if (engine_relocate(engine, entry->fact.queue, entry->fact.sequence,
                            (struct engine_body){entry->from.v}, entry->fact.body))
            return;
        return;
    case LOG_NOTE:
        return;
    }
}

/* Living bodies that the replay brought: the log counts what of each segment is alive. */
static uint64_t count_bodies(struct storage *storage)
{
    struct engine_held found[64];
    uint64_t total = 0;
    uint32_t cursor = 0, count;
    while ((count = engine_bodies(storage->worker->engine, &cursor, found, ARRAY_COUNT(found))) >
           0) {
        for (uint32_t i = 0; i < count; i++)
            log_body_added(storage->log, found[i].body, found[i].body_bytes);
        total += count;
    }
    return total;
}

static void tell(const struct storage *storage, const struct log_recovery *found, uint64_t messages)
{
    unsigned index = storage->worker->index;
    if (found->is_new)
        return;
    if (found->was_torn)
        LOG_INFO(
            "log",
            "log %u: an unfinished write at the end was cut off; nothing of it had been acknowledged",
            index);
    if (found->was_damaged)
        LOG_WARNING("log", "log %u: gave up what lies behind the damage at %s:%llu, as told", index,
                    found->failure.file, (unsigned long long)found->failure.offset);
    LOG_INFO("log", "log %u: %llu messages, %llu + %llu entries replayed%s", index,
             (unsigned long long)messages, (unsigned long long)found->snapshot_entries,
             (unsigned long long)found->entries, found->was_clean ? " after a clean end" : "");
}

static void explain(const struct storage *storage, const struct log_failure *failure,
                    char ret_why[STORAGE_WHY_BYTES])
{
    snprintf(ret_why, STORAGE_WHY_BYTES, "log %u: %s (%s, offset %llu)%s%s", storage->worker->index,
             failure->text, failure->file, (unsigned long long)failure->offset,
             failure->system_errno != 0 ? ": " : "",
             failure->system_errno != 0 ? strerror(failure->system_errno) : "");
}

enum err storage_open(struct worker *worker, const char *directory, uint64_t identity,
                      const struct node_options *options, char ret_why[STORAGE_WHY_BYTES])
{
    struct storage *storage = calloc(1, sizeof(*storage));
    ASSERT(storage != NULL);
    storage->worker = worker;
    storage->durability = options->durability;
    storage_init_waits(storage);
    struct log_options log_options = {
        .directory = directory,
        .identity = identity,
        .cache_bytes = options->cache_bytes / worker->node->owners_count,
        .segment_bytes = options->segment_bytes,
        .sync = options->durability == NODE_DURABILITY_SYNC ? LOG_SYNC_ALWAYS : LOG_SYNC_NEVER,
        .accepts_loss = options->accepts_loss,
        .mailbox = &worker->box,
    };
    struct log_owner owner = storage_owner(storage);
    owner.replay = replay;
    struct log_recovery found = {0};
    struct log_failure failure = {.text = ""};
    enum err err = log_open(&log_options, &owner, &storage->log, &found, &failure);
    if (err != ERR_OK) {
        explain(storage, &failure, ret_why);
        free(storage);
        return err;
    }
    worker->storage = storage;
    storage->written = log_end(storage->log).v;
    storage->sealed = found.is_new || found.was_clean ? storage->written : 0;
    tell(storage, &found, count_bodies(storage));
    return ERR_OK;
}

/* ---- closing ---- */

#define NEWS_MS_MAX 1000

static bool is_at_work(const struct storage *storage)
{
    return !storage->is_failed && !storage->is_stalled;
}

/* What the worker's thread did in its turns, until the open snapshot has come to its end. */
static void finish_snapshot(struct storage *storage)
{
    struct mailbox *box = &storage->worker->box;
    while (log_snapshot_is_open(storage->log) && is_at_work(storage)) {
        struct pollfd news = {.fd = box->wake_fd, .events = POLLIN};
        bool has_more = storage_work(storage);
        if (!has_more && mailbox_is_empty(box))
            (void)poll(&news, 1, NEWS_MS_MAX);
        mailbox_drain(box, storage->worker);
    }
}

void storage_settle(struct worker *worker)
{
    struct storage *storage = worker->storage;
    if (storage == NULL)
        return;
    while ((storage->for_durable.oldest != NULL || storage->for_written.oldest != NULL) &&
           is_at_work(storage)) {
        struct pollfd news = {.fd = worker->box.wake_fd, .events = POLLIN};
        log_submit(storage->log);
        if (mailbox_is_empty(&worker->box))
            (void)poll(&news, 1, NEWS_MS_MAX);
        mailbox_drain(&worker->box, worker);
    }
}

/* A last snapshot, so that the next start has nothing to replay, or little. */
static bool write_last_snapshot(struct storage *storage)
{
    log_hurry(storage->log);
    finish_snapshot(storage); /* one that was under way: it may know all but the end */
    if (!is_at_work(storage))
        return false;
    if (!log_snapshot_is_worth(storage->log))
        return true;
    if (!storage_begin_snapshot(storage))
        return false;
    finish_snapshot(storage);
    return is_at_work(storage);
}

void storage_close(struct worker *worker)
{
    struct storage *storage = worker->storage;
    if (storage == NULL)
        return;
    bool is_clean = !storage->is_failed && write_last_snapshot(storage);
    if (!log_close(storage->log, is_clean))
        LOG_ERROR("log", "log %u: not everything could be made durable", worker->index);
    storage->log = NULL;
    mailbox_drain(&worker->box, worker); /* reads under way end */
}

void storage_free(struct worker *worker)
{
    free(worker->storage);
    worker->storage = NULL;
}
