/* The helper: everything that touches files and is no commit. One piece of work at a time, the most urgent first: a
 * cold read waits for at most one piece (1 MiB written and synced). */
#include "log/log_internal.h"

#include <errno.h>

#include "base/banned.h"

static const uint8_t zeros[LOG_CHUNK_BYTES];

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

static void snapshot_remove(struct helper *helper)
{
    struct files *files = helper->place.files;
    struct log_path path;
    snapshot_close(helper);
    log_path_make(&helper->place, LOG_NAME_TEMPORARY, 0, &path);
    (void)files->unlink(files, path.text); /* what stays is removed at the next start */
}

static enum err snapshot_create(struct helper *helper)
{
    struct files *files = helper->place.files;
    struct log_path path;
    snapshot_remove(helper);
    log_path_make(&helper->place, LOG_NAME_TEMPORARY, 0, &path);
    enum err err = files->open(files, path.text, FILES_CREATE, &helper->snapshot_file);
    helper->has_snapshot_file = err == ERR_OK;
    helper->snapshot_offset = 0;
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

/* Failing here leaves a file too many until the next snapshot. */
static void snapshot_remove_older(struct helper *helper, uint64_t position)
{
    struct files *files = helper->place.files;
    struct older older = {.place = &helper->place, .than = position};
    struct log_path path;
    if (files->list(files, helper->place.directory, note_older, &older) != ERR_OK)
        return;
    for (uint32_t i = 0; i < older.count; i++) {
        log_path_make(&helper->place, LOG_NAME_SNAPSHOT, older.found[i], &path);
        (void)files->unlink(files, path.text);
    }
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

static enum err snapshot_write(struct helper *helper, const struct snapshot_job *job)
{
    struct files *files = helper->place.files;
    enum err err = job->is_first ? snapshot_create(helper) : ERR_OK;
    if (err == ERR_OK && !helper->has_snapshot_file)
        err = ERR_ABSENT;
    if (err == ERR_OK)
        err = files_write_all(files, helper->snapshot_file,
                              slice_of(job->bytes.at, job->bytes.used), helper->snapshot_offset);
    /* Piece by piece, so that no sync of a whole snapshot holds up commits at the end. */
    if (err == ERR_OK)
        err = files->sync_data(files, helper->snapshot_file);
    if (err != ERR_OK)
        return err;
    helper->snapshot_offset += job->bytes.used;
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

/* ---- space ---- */

static bool serve_freeing(struct helper *helper)
{
    struct shared *shared = helper->shared;
    struct files *files = helper->place.files;
    struct log_path from, to;
    pthread_mutex_lock(&shared->lock);
    bool has_work = shared->freed_count > 0;
    uint32_t number = has_work ? shared->freed[--shared->freed_count] : 0;
    bool is_kept = shared->spares_count < SPARES_MAX / 2;
    uint32_t spare = shared->spare_number_next;
    shared->spare_number_next += has_work && is_kept ? 1 : 0;
    pthread_mutex_unlock(&shared->lock);
    if (!has_work)
        return false;
    if (helper->read_segment == number) {
        files->close(files, helper->read_file);
        helper->read_segment = 0;
    }
    log_path_make(&helper->place, LOG_NAME_SEGMENT, number, &from);
    log_path_make(&helper->place, LOG_NAME_SPARE, spare, &to);
    enum err err =
        is_kept ? files->rename(files, from.text, to.text) : files->unlink(files, from.text);
    pthread_mutex_lock(&shared->lock);
    if (err == ERR_OK && is_kept && shared->spares_count < SPARES_MAX)
        shared->spares[shared->spares_count++] = spare;
    shared->is_spare_refused = false;
    shared->wants_space = true;
    pthread_mutex_unlock(&shared->lock);
    return true;
}

void log_helper_look_for_space(struct helper *helper)
{
    struct shared *shared = helper->shared;
    struct files *files = helper->place.files;
    uint64_t space = 0;
    if (files->free_bytes(files, helper->place.directory, &space) != ERR_OK)
        space = 0;
    pthread_mutex_lock(&shared->lock);
    shared->wants_space = false;
    shared->space =
        space + shared->ahead_bytes + (uint64_t)shared->spares_count * helper->segment_bytes;
    shared->has_space = true;
    if (space > 2 * (uint64_t)helper->segment_bytes)
        shared->is_spare_refused = false;
    log_tell(shared);
    pthread_mutex_unlock(&shared->lock);
}

static bool serve_space(struct helper *helper)
{
    pthread_mutex_lock(&helper->shared->lock);
    bool wants_space = helper->shared->wants_space;
    pthread_mutex_unlock(&helper->shared->lock);
    if (wants_space)
        log_helper_look_for_space(helper);
    return wants_space;
}

/* ---- spare segments ---- */

static void spare_end(struct helper *helper, bool is_good)
{
    struct shared *shared = helper->shared;
    struct files *files = helper->place.files;
    struct log_path path;
    if (helper->has_spare_file)
        files->close(files, helper->spare_file);
    helper->has_spare_file = false;
    log_path_make(&helper->place, LOG_NAME_SPARE, helper->spare_number, &path);
    if (!is_good)
        (void)files->unlink(files, path.text);
    pthread_mutex_lock(&shared->lock);
    shared->wants_spare = false;
    shared->is_spare_refused = !is_good;
    if (is_good && shared->spares_count < SPARES_MAX)
        shared->spares[shared->spares_count++] = helper->spare_number;
    pthread_cond_signal(&shared->writer_wake);
    pthread_mutex_unlock(&shared->lock);
}

static void spare_begin(struct helper *helper)
{
    struct files *files = helper->place.files;
    struct log_path path;
    pthread_mutex_lock(&helper->shared->lock);
    helper->spare_number = helper->shared->spare_number_next++;
    pthread_mutex_unlock(&helper->shared->lock);
    helper->spare_filled_to = 0;
    log_path_make(&helper->place, LOG_NAME_SPARE, helper->spare_number, &path);
    helper->has_spare_file =
        files->open(files, path.text, FILES_CREATE, &helper->spare_file) == ERR_OK;
    if (!helper->has_spare_file)
        spare_end(helper, false);
}

/* Writing zeros is what makes later syncs quick: no block is new to the file system then. */
static bool serve_spare(struct helper *helper)
{
    struct shared *shared = helper->shared;
    struct files *files = helper->place.files;
    pthread_mutex_lock(&shared->lock);
    bool is_wanted = shared->wants_spare && !shared->is_spare_refused && !shared->is_failed &&
                     shared->spares_count < SPARES_MAX;
    pthread_mutex_unlock(&shared->lock);
    if (!is_wanted)
        return false;
    if (!helper->has_spare_file) {
        spare_begin(helper);
        return true;
    }
    uint64_t left = helper->segment_bytes - helper->spare_filled_to;
    size_t bytes = left < sizeof(zeros) ? (size_t)left : sizeof(zeros);
    enum err err =
        files_write_all(files, helper->spare_file, slice_of(zeros, bytes), helper->spare_filled_to);
    if (err == ERR_OK)
        err = files->sync_data(files, helper->spare_file);
    helper->spare_filled_to += bytes;
    if (err != ERR_OK || helper->spare_filled_to >= helper->segment_bytes)
        spare_end(helper, err == ERR_OK);
    return true;
}

/* ---- the thread ---- */

bool log_helper_step(struct helper *helper)
{
    return serve_read(helper) || serve_snapshot(helper) || serve_compaction(helper) ||
           serve_freeing(helper) || serve_space(helper) || serve_spare(helper);
}

static bool has_work(const struct shared *shared)
{
    return shared->reads != NULL || shared->snapshot.is_pending || shared->compact.is_pending ||
           shared->freed_count > 0 || shared->wants_space ||
           (shared->wants_spare && !shared->is_spare_refused && !shared->is_failed &&
            shared->spares_count < SPARES_MAX);
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
    if (helper->has_spare_file)
        spare_end(helper, false);
    if (helper->read_segment != 0)
        files->close(files, helper->read_file);
    helper->read_segment = 0;
    log_bytes_done(&helper->chunk);
}
