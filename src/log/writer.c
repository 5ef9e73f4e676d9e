/* The writer: takes one batch after the other, writes it, syncs it, says so. In between it fills the current segment
 * with zeros some way ahead and makes the next segment's file ready, so that a commit seldom has to change metadata.
 *
 * Any failed write or sync of a segment is final. A failed filling for lack of space is not: it promised nothing. */
#include "log/log_internal.h"

#include <errno.h>

#include "base/banned.h"

#define FILL_AHEAD_BYTES (8u << 20)

static const uint8_t zeros[LOG_CHUNK_BYTES];

static enum err fail(struct writer *writer, enum err err, enum log_name kind, uint64_t number,
                     const char *text)
{
    struct log_failure failure;
    struct log_path path;
    log_path_make(&writer->place, kind, number, &path);
    log_failure_set(&failure, err, path.name, 0, text);
    pthread_mutex_lock(&writer->shared->lock);
    if (!writer->shared->is_failed) {
        writer->shared->is_failed = true;
        writer->shared->failure = failure;
    }
    log_tell(writer->shared);
    pthread_mutex_unlock(&writer->shared->lock);
    return err;
}

static enum err sync_file(struct writer *writer)
{
    struct files *files = writer->place.files;
    enum err err = files->sync_data(files, writer->file);
    if (err != ERR_OK)
        return fail(writer, err, LOG_NAME_SEGMENT, writer->segment, "sync");
    writer->is_dirty = false;
    pthread_mutex_lock(&writer->shared->lock);
    writer->shared->syncs++;
    pthread_mutex_unlock(&writer->shared->lock);
    return ERR_OK;
}

static bool take_spare(struct writer *writer, uint32_t *ret_number)
{
    struct shared *shared = writer->shared;
    pthread_mutex_lock(&shared->lock);
    bool has_one = shared->spares_count > 0;
    if (has_one)
        *ret_number = shared->spares[--shared->spares_count];
    pthread_mutex_unlock(&shared->lock);
    return has_one;
}

/* A file for segment `number`: a spare one under a new name, or a new one. */
static enum err make_segment(struct writer *writer, uint32_t number, struct files_file *ret_file,
                             uint64_t *ret_filled_to)
{
    struct files *files = writer->place.files;
    struct log_path path, spare;
    uint32_t spare_number = 0;
    bool has_spare = take_spare(writer, &spare_number);
    log_path_make(&writer->place, LOG_NAME_SEGMENT, number, &path);
    enum err err;
    if (has_spare) {
        log_path_make(&writer->place, LOG_NAME_SPARE, spare_number, &spare);
        err = files->rename(files, spare.text, path.text);
        if (err == ERR_OK)
            err = files->open(files, path.text, FILES_WRITE, ret_file);
    } else {
        err = files->open(files, path.text, FILES_CREATE, ret_file);
    }
    if (err != ERR_OK)
        return fail(writer, err, LOG_NAME_SEGMENT, number, "create");
    if (!has_spare)
        err = files->truncate(files, *ret_file, writer->new_bytes);
    if (err == ERR_OK)
        err = files->sync_directory(files, writer->place.directory);
    if (err != ERR_OK) {
        (void)fail(writer, err, LOG_NAME_SEGMENT, number, "create");
        files->close(files, *ret_file);
        return err;
    }
    *ret_filled_to = has_spare ? writer->new_bytes : 0;
    return ERR_OK;
}

static enum err change_segment(struct writer *writer, uint32_t number)
{
    struct files *files = writer->place.files;
    struct files_file file = writer->next;
    uint64_t filled_to = writer->next_filled_to;
    ASSERT(number == writer->segment + 1);
    if (writer->is_dirty) {
        enum err err = sync_file(writer);
        if (err != ERR_OK)
            return err;
    }
    if (!writer->has_next) {
        enum err err = make_segment(writer, number, &file, &filled_to);
        if (err != ERR_OK)
            return err;
    }
    files->close(files, writer->file);
    writer->has_next = false;
    writer_resume(writer, file, number, writer->new_bytes, 0);
    writer->filled_to = filled_to;
    writer->is_fill_over = filled_to >= writer->segment_bytes;
    return ERR_OK;
}

void writer_resume(struct writer *writer, struct files_file file, uint32_t segment,
                   uint32_t segment_bytes, uint32_t end)
{
    writer->file = file;
    writer->segment = segment;
    writer->segment_bytes = segment_bytes;
    writer->end = end;
    writer->filled_to = segment_bytes;
    writer->is_fill_over = true;
    writer->is_dirty = false;
}

static enum err write_piece(struct writer *writer, const struct batch *batch,
                            const struct batch_piece *piece)
{
    struct files *files = writer->place.files;
    if (piece->segment != writer->segment) {
        enum err err = change_segment(writer, piece->segment);
        if (err != ERR_OK)
            return err;
    }
    struct slice bytes = slice_of(batch->bytes.at + piece->at, piece->bytes);
    enum err err = files_write_all(files, writer->file, bytes, piece->offset);
    if (err != ERR_OK)
        return fail(writer, err, LOG_NAME_SEGMENT, piece->segment, "write");
    writer->is_dirty = true;
    writer->end = piece->offset + piece->bytes;
    return ERR_OK;
}

/* Under the lock. */
static void count_ahead(struct writer *writer)
{
    writer->shared->ahead_bytes =
        writer->filled_to > writer->end ? writer->filled_to - writer->end : 0;
}

static void tell_written(struct writer *writer, const struct batch *batch)
{
    struct shared *shared = writer->shared;
    pthread_mutex_lock(&shared->lock);
    shared->written = batch->end;
    shared->batches++;
    shared->bytes_written += batch->bytes.used;
    count_ahead(writer);
    if (batch->wants_written)
        log_tell(shared);
    pthread_mutex_unlock(&shared->lock);
}

enum err writer_commit(struct writer *writer, const struct batch *batch, bool syncs)
{
    struct shared *shared = writer->shared;
    for (uint32_t i = 0; i < batch->pieces_count; i++) {
        enum err err = write_piece(writer, batch, &batch->pieces[i]);
        if (err != ERR_OK)
            return err;
    }
    tell_written(writer, batch);
    if (!syncs)
        return ERR_OK;
    enum err err = writer->is_dirty ? sync_file(writer) : ERR_OK;
    if (err != ERR_OK)
        return err;
    pthread_mutex_lock(&shared->lock);
    shared->synced = batch->end;
    pthread_mutex_unlock(&shared->lock);
    return ERR_OK;
}

/* The next zeros ahead of the end; false: nothing to do. */
static bool fill_some(struct writer *writer)
{
    struct files *files = writer->place.files;
    uint64_t from = writer->filled_to > writer->end ? writer->filled_to : writer->end;
    uint64_t left = writer->segment_bytes - from;
    if (writer->is_fill_over || from >= writer->end + FILL_AHEAD_BYTES)
        return false;
    size_t bytes = left < sizeof(zeros) ? (size_t)left : sizeof(zeros);
    enum err err = files_write_all(files, writer->file, slice_of(zeros, bytes), from);
    if (err == ERR_FULL) {
        writer->is_fill_over = true;
        return true;
    }
    if (err != ERR_OK) {
        (void)fail(writer, err, LOG_NAME_SEGMENT, writer->segment, "write");
        return true;
    }
    writer->filled_to = from + bytes;
    writer->is_fill_over = writer->filled_to >= writer->segment_bytes;
    writer->is_dirty = true;
    pthread_mutex_lock(&writer->shared->lock);
    bool syncs = writer->shared->sync == LOG_SYNC_ALWAYS;
    count_ahead(writer);
    pthread_mutex_unlock(&writer->shared->lock);
    if (syncs)
        (void)sync_file(writer);
    return true;
}

/* In the second half of a segment: a spare is wanted, and made the next segment. */
static bool prepare_next(struct writer *writer)
{
    struct shared *shared = writer->shared;
    if (writer->has_next || writer->end < writer->segment_bytes / 2)
        return false;
    pthread_mutex_lock(&shared->lock);
    bool has_spare = shared->spares_count > 0;
    if (!has_spare && !shared->wants_spare) {
        shared->wants_spare = true;
        pthread_cond_signal(&shared->helper_wake);
    }
    pthread_mutex_unlock(&shared->lock);
    if (!has_spare)
        return false;
    writer->has_next =
        make_segment(writer, writer->segment + 1, &writer->next, &writer->next_filled_to) == ERR_OK;
    return true;
}

static void commit_submitted(struct writer *writer, struct batch *batch)
{
    struct shared *shared = writer->shared;
    bool syncs = shared->sync == LOG_SYNC_ALWAYS || batch->forces_sync;
    (void)writer_commit(writer, batch, syncs);
    pthread_mutex_lock(&shared->lock);
    shared->submitted = NULL;
    shared->batch_done = true;
    log_tell(shared);
    pthread_cond_signal(&shared->owner_wake);
    pthread_mutex_unlock(&shared->lock);
}

bool writer_step(struct writer *writer)
{
    struct shared *shared = writer->shared;
    pthread_mutex_lock(&shared->lock);
    struct batch *batch = shared->submitted;
    bool is_failed = shared->is_failed;
    pthread_mutex_unlock(&shared->lock);
    if (is_failed)
        return false;
    if (batch != NULL) {
        commit_submitted(writer, batch);
        return true;
    }
    return fill_some(writer) || prepare_next(writer);
}

void *writer_run(void *context)
{
    struct writer *writer = context;
    struct shared *shared = writer->shared;
    for (;;) {
        bool has_worked = writer_step(writer);
        pthread_mutex_lock(&shared->lock);
        while (!shared->is_stopping &&
               (shared->is_failed || (!has_worked && shared->submitted == NULL))) {
            pthread_cond_wait(&shared->writer_wake, &shared->lock);
            has_worked = true;
        }
        bool is_over = shared->is_stopping;
        pthread_mutex_unlock(&shared->lock);
        if (is_over)
            return NULL;
    }
}

void writer_done(struct writer *writer)
{
    struct files *files = writer->place.files;
    if (writer->segment != 0)
        files->close(files, writer->file);
    if (writer->has_next)
        files->close(files, writer->next);
    writer->segment = 0;
    writer->has_next = false;
}
