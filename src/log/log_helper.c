/* The helper: everything that touches files and is no commit. One piece of work at a time, the most urgent first: a
 * cold read waits for at most one piece (1 MiB written and synced). */
#include "log/log_internal.h"

#include <errno.h>

#include "base/banned.h"

void log_tell(struct shared *shared)
{
    if (shared->news_posted || shared->is_stopping)
        return;
    shared->news_posted = true;
    mailbox_post(shared->mailbox, &shared->news->letter);
}

/* ---- reads ---- */

static bool serve_read(struct helper *helper)
{
    struct shared *shared = helper->shared;
    struct read_ahead *ahead = NULL;
    pthread_mutex_lock(&shared->lock);
    struct log_read *read = shared->reads;
    if (read != NULL)
        shared->reads = read->queued;
    pthread_mutex_unlock(&shared->lock);
    if (read == NULL)
        return false;
    read->body = NULL;
    read->err = log_reader_body(helper, read->place.v, &read->body, &ahead);
    pthread_mutex_lock(&shared->lock);
    shared->cold_reads++;
    shared->cold_read_bytes += helper->read_bytes;
    if (ahead != NULL) {
        ahead->next = shared->read_aheads;
        shared->read_aheads = ahead;
        log_tell(shared); /* before the read's own letter: who asks next finds more in the cache */
    }
    pthread_mutex_unlock(&shared->lock);
    mailbox_post(shared->mailbox, &read->letter);
    return true;
}

/* ---- snapshots ---- */

static void snapshot_close(struct helper *helper)
{
    struct files *files = helper->place.files;
    if (helper->has_snapshot_file)
        files->close(files, helper->snapshot_file);
    helper->has_snapshot_file = false;
}

/* A snapshot is written over the reserve, if there is one: so the disk may be full. */
static void snapshot_remove(struct helper *helper)
{
    struct files *files = helper->place.files;
    struct log_path path, reserve;
    snapshot_close(helper);
    log_path_make(&helper->place, LOG_NAME_TEMPORARY, 0, &path);
    log_path_make(&helper->place, LOG_NAME_RESERVE, 0, &reserve);
    uint64_t left = 0;
    if (helper->is_snapshot_in_reserve && files->rename(files, path.text, reserve.text) == ERR_OK)
        left = helper->snapshot_room;
    else
        (void)files->unlink(files, path.text); /* what stays is taken care of at the next start */
    if (helper->is_snapshot_in_reserve)
        log_space_return_reserve(helper->shared, left);
    helper->is_snapshot_in_reserve = false;
}

static enum err snapshot_create(struct helper *helper)
{
    struct files *files = helper->place.files;
    struct log_path path, reserve;
    snapshot_remove(helper);
    log_path_make(&helper->place, LOG_NAME_TEMPORARY, 0, &path);
    log_path_make(&helper->place, LOG_NAME_RESERVE, 0, &reserve);
    enum err err = ERR_ABSENT;
    helper->snapshot_offset = helper->snapshot_room = helper->snapshot_unsynced = 0;
    if (log_space_take_reserve(helper->shared, &helper->snapshot_room)) {
        err = files->rename(files, reserve.text, path.text);
        helper->is_snapshot_in_reserve = err == ERR_OK;
        if (err == ERR_OK)
            err = files->open(files, path.text, FILES_WRITE, &helper->snapshot_file);
        else
            log_space_return_reserve(helper->shared, 0);
    } else {
        err = files->open(files, path.text, FILES_CREATE, &helper->snapshot_file);
    }
    helper->has_snapshot_file = err == ERR_OK;
    return err;
}

struct older {
    const struct log_place *place;
    uint64_t than;
    uint64_t found[8];
    uint32_t count;
};

static void note_older(void *context, const char *name)
{
    struct older *older = context;
    enum log_name kind;
    uint64_t number;
    if (log_name_parse(name, &kind, &number) && kind == LOG_NAME_SNAPSHOT && number < older->than &&
        older->count < ARRAY_COUNT(older->found))
        older->found[older->count++] = number;
}

/* One of the older ones is the next reserve: two files take turns, and none of the two needs new room. Failing here
 * leaves a file too many until the next snapshot. */
static void snapshot_remove_older(struct helper *helper, uint64_t position)
{
    struct files *files = helper->place.files;
    struct older older = {.place = &helper->place, .than = position};
    struct log_path path, reserve;
    uint64_t reserve_bytes = 0;
    log_path_make(&helper->place, LOG_NAME_RESERVE, 0, &reserve);
    if (files->list(files, helper->place.directory, note_older, &older) != ERR_OK)
        older.count = 0;
    for (uint32_t i = 0; i < older.count; i++) {
        uint64_t bytes = 0;
        log_path_make(&helper->place, LOG_NAME_SNAPSHOT, older.found[i], &path);
        if (reserve_bytes == 0 && helper->is_snapshot_in_reserve &&
            log_space_is_reserve(helper, path.text, &bytes) &&
            files->rename(files, path.text, reserve.text) == ERR_OK)
            reserve_bytes = bytes;
        else
            (void)files->unlink(files, path.text);
    }
    if (helper->is_snapshot_in_reserve)
        log_space_return_reserve(helper->shared, reserve_bytes);
    helper->is_snapshot_in_reserve = false;
}

static enum err snapshot_publish(struct helper *helper, uint64_t position)
{
    struct files *files = helper->place.files;
    struct log_path from, to;
    snapshot_close(helper);
    log_path_make(&helper->place, LOG_NAME_TEMPORARY, 0, &from);
    log_path_make(&helper->place, LOG_NAME_SNAPSHOT, position, &to);
    enum err err = files->rename(files, from.text, to.text);
    if (err == ERR_OK)
        err = files->sync_directory(files, helper->place.directory);
    if (err == ERR_OK)
        snapshot_remove_older(helper, position);
    return err;
}

/* The room that spare segments take is worth more as a snapshot: that one frees segments. */
static enum err snapshot_put(struct helper *helper, struct slice bytes)
{
    struct files *files = helper->place.files;
    enum err err = ERR_FULL;
    bool has_released = true;
    while (err == ERR_FULL && has_released) {
        err = files_write_all(files, helper->snapshot_file, bytes, helper->snapshot_offset);
        has_released = err == ERR_FULL && log_space_release(helper->shared, &helper->place);
    }
    return err;
}

/* Piece by piece, so that no sync of a whole snapshot holds up commits at the end. Each makes the file system commit the
 * file's growth, so where nobody waits they are few. */
#define HURRIED_SYNC_BYTES (64u << 20)

static enum err snapshot_sync(struct helper *helper, const struct snapshot_job *job)
{
    struct files *files = helper->place.files;
    struct shared *shared = helper->shared;
    pthread_mutex_lock(&shared->lock);
    bool is_hurried = shared->is_hurried;
    pthread_mutex_unlock(&shared->lock);
    helper->snapshot_unsynced += job->bytes.used;
    if (is_hurried && !job->is_last && helper->snapshot_unsynced < HURRIED_SYNC_BYTES)
        return ERR_OK;
    helper->snapshot_unsynced = 0;
    return files->sync_data(files, helper->snapshot_file);
}

static enum err snapshot_write(struct helper *helper, const struct snapshot_job *job)
{
    struct files *files = helper->place.files;
    enum err err = job->is_first ? snapshot_create(helper) : ERR_OK;
    if (err == ERR_OK && !helper->has_snapshot_file)
        err = ERR_ABSENT;
    if (err == ERR_OK)
        err = snapshot_put(helper, slice_of(job->bytes.at, job->bytes.used));
    /* What the reserve had more of is stale. */
    uint64_t end = helper->snapshot_offset + job->bytes.used;
    if (err == ERR_OK && job->is_last && end < helper->snapshot_room) {
        helper->snapshot_room = end;
        err = files->truncate(files, helper->snapshot_file, end);
    }
    if (err == ERR_OK)
        err = snapshot_sync(helper, job);
    if (err != ERR_OK)
        return err;
    helper->snapshot_offset = end;
    return job->is_last ? snapshot_publish(helper, job->position) : ERR_OK;
}

static bool serve_snapshot(struct helper *helper)
{
    struct shared *shared = helper->shared;
    struct snapshot_job *job = &shared->snapshot;
    pthread_mutex_lock(&shared->lock);
    bool is_pending = job->is_pending;
    pthread_mutex_unlock(&shared->lock);
    if (!is_pending)
        return false;
    /* While it is pending the owner leaves the job alone. */
    enum err err = job->is_given_up ? ERR_UNAVAILABLE : snapshot_write(helper, job);
    if (err != ERR_OK)
        snapshot_remove(helper);
    pthread_mutex_lock(&shared->lock);
    job->err = err;
    job->is_done = job->is_last || err != ERR_OK;
    job->is_pending = false;
    log_tell(shared);
    pthread_cond_signal(&shared->owner_wake);
    pthread_mutex_unlock(&shared->lock);
    return true;
}

/* ---- compaction ---- */

static bool serve_compaction(struct helper *helper)
{
    struct shared *shared = helper->shared;
    struct compact_job *job = &shared->compact;
    pthread_mutex_lock(&shared->lock);
    bool is_pending = job->is_pending;
    pthread_mutex_unlock(&shared->lock);
    if (!is_pending)
        return false;
    log_reader_compact(helper, job);
    pthread_mutex_lock(&shared->lock);
    job->is_pending = false;
    job->is_done = true;
    log_tell(shared);
    pthread_mutex_unlock(&shared->lock);
    return true;
}

/* ---- the thread ---- */

bool log_helper_step(struct helper *helper)
{
    return serve_read(helper) || serve_snapshot(helper) || serve_compaction(helper) ||
           log_space_serve_freeing(helper) || log_space_serve_look(helper) ||
           log_space_serve_reserve(helper) || log_space_serve_spare(helper);
}

static bool has_work(const struct shared *shared)
{
    return shared->reads != NULL || shared->snapshot.is_pending || shared->compact.is_pending ||
           log_space_has_work(shared);
}

void *log_helper_run(void *context)
{
    struct helper *helper = context;
    struct shared *shared = helper->shared;
    for (;;) {
        pthread_mutex_lock(&shared->lock);
        while (!shared->is_stopping && !has_work(shared))
            pthread_cond_wait(&shared->helper_wake, &shared->lock);
        bool is_over = shared->is_stopping;
        pthread_mutex_unlock(&shared->lock);
        if (is_over)
            return NULL;
        (void)log_helper_step(helper);
    }
}

void log_helper_done(struct helper *helper)
{
    struct files *files = helper->place.files;
    snapshot_close(helper);
    log_space_done(helper);
    if (helper->read_segment != 0)
        files->close(files, helper->read_file);
    helper->read_segment = 0;
    log_bytes_done(&helper->chunk);
}
