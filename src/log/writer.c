/* The writer: takes one batch after the other, writes it, syncs it, says so. In between it fills the current segment and
 * then the next one with zeros some way ahead, so that a commit seldom has to change metadata and finds its room there.
 *
 * Any failed sync of a segment is final, and any failed write but one: where the disk is full the batch stays and is
 * written when there is room again; likewise where the process has no descriptor left for the next segment. Nothing of
 * it was called durable, and writing the same bytes again does no harm.
 * Admission (log_room.c) sees to it that this does not come to pass unless other programs fill the disk. */
#include "log/log_internal.h"

#include <errno.h>

#include "base/banned.h"

#define FILL_BYTES_MIN 4096u
#define STALL_MS       200 /* until a stalled batch is tried again */

static const uint8_t zeros[LOG_CHUNK_BYTES];

static enum err fail(struct writer *writer, enum err err, uint32_t segment, const char *text)
{
    struct log_failure failure;
    struct log_path path;
    writer->is_failed = true;
    log_path_make(&writer->place, LOG_NAME_SEGMENT, segment, &path);
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

/* For lack of room, of a descriptor or of memory: not final. What is tried again is told from what is over by ERR_FULL;
 * the refusal itself says what was lacking. */
static enum err refuse(struct writer *writer, enum err err, uint32_t segment, const char *text)
{
    struct log_path path;
    log_path_make(&writer->place, LOG_NAME_SEGMENT, segment, &path);
    log_failure_set(&writer->refusal, err, path.name, 0, text);
    return ERR_FULL;
}

static enum err stop(struct writer *writer, enum err err, uint32_t segment, const char *text)
{
    return err == ERR_FULL ? refuse(writer, err, segment, text) : fail(writer, err, segment, text);
}

/* While a segment is made nothing was written to it yet: want of descriptors passes, too. */
static enum err stop_making(struct writer *writer, enum err err, uint32_t segment)
{
    return err == ERR_UNAVAILABLE ? refuse(writer, err, segment, "create")
                                  : stop(writer, err, segment, "create");
}

static enum err sync_file(struct writer *writer)
{
    struct files *files = writer->place.files;
    enum err err = files->sync_data(files, writer->file);
    if (err != ERR_OK)
        return fail(writer, err, writer->segment, "sync");
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

static void return_spare(struct writer *writer, uint32_t number)
{
    struct shared *shared = writer->shared;
    pthread_mutex_lock(&shared->lock);
    if (shared->spares_count < SPARES_MAX)
        shared->spares[shared->spares_count++] = number;
    pthread_mutex_unlock(&shared->lock);
}

/* A new file of the segment's size. On an error there is none. */
static enum err create_segment(struct writer *writer, const char *path, struct files_file *ret_file)
{
    struct files *files = writer->place.files;
    enum err err = files->open(files, path, FILES_CREATE, ret_file);
    if (err != ERR_OK)
        return err;
    err = files->truncate(files, *ret_file, writer->new_bytes);
    if (err == ERR_OK)
        return ERR_OK;
    int saved = errno;
    files->close(files, *ret_file);
    (void)files->unlink(files, path);
    errno = saved;
    return err;
}

/* A spare one under its new name: opened first, so that what may fail for a while changes nothing. */
static enum err rename_spare(struct writer *writer, uint32_t spare_number, const char *path,
                             struct files_file *ret_file)
{
    struct files *files = writer->place.files;
    struct log_path spare;
    log_path_make(&writer->place, LOG_NAME_SPARE, spare_number, &spare);
    enum err err = files->open(files, spare.text, FILES_WRITE, ret_file);
    if (err == ERR_OK) {
        err = files->rename(files, spare.text, path);
        if (err == ERR_OK)
            return ERR_OK;
        int saved = errno;
        files->close(files, *ret_file);
        errno = saved;
    }
    if (err == ERR_UNAVAILABLE || err == ERR_FULL)
        return_spare(writer, spare_number);
    return err;
}

/* A file for segment `number`: a spare one under a new name, or a new one. ERR_FULL: nothing happened, but that its file
 * may be there already: that one is taken with the next try. */
static enum err make_segment(struct writer *writer, uint32_t number, struct files_file *ret_file,
                             uint64_t *ret_filled_to)
{
    struct files *files = writer->place.files;
    struct log_path path;
    uint32_t spare = 0;
    enum err err = ERR_OK;
    bool is_made = writer->made == number;
    log_path_make(&writer->place, LOG_NAME_SEGMENT, number, &path);
    if (is_made) {
        err = files->open(files, path.text, FILES_WRITE, ret_file);
    } else if (take_spare(writer, &spare)) {
        err = rename_spare(writer, spare, path.text, ret_file);
        writer->made_filled_to = writer->new_bytes;
    } else {
        err = create_segment(writer, path.text, ret_file);
        writer->made_filled_to = 0;
    }
    if (err != ERR_OK)
        return stop_making(writer, err, number);
    writer->made = number;
    err = files->sync_directory(files, writer->place.directory);
    if (err != ERR_OK) {
        /* A failed sync is final; a directory that could not even be opened is not. */
        err = err == ERR_UNAVAILABLE ? refuse(writer, err, number, "create")
                                     : fail(writer, err, number, "create");
        files->close(files, *ret_file);
        return err;
    }
    *ret_filled_to = writer->made_filled_to;
    return ERR_OK;
}

/* The writer leaves its segment. What is not on the disk as a whole must not become a spare segment, and a spare one is
 * as long as it should be: so a shorter one tells. It also gives back what was filled in vain when the owner ended the
 * segment early. Failing here costs room and nothing else. */
static void cut_segment(struct writer *writer)
{
    struct files *files = writer->place.files;
    if (writer->filled_to < writer->segment_bytes || writer->end < writer->segment_bytes / 4 * 3)
        (void)files->truncate(files, writer->file, writer->end);
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
    cut_segment(writer);
    files->close(files, writer->file);
    writer->has_next = writer->fills_next = false;
    writer_resume(writer, file, number, writer->new_bytes, 0);
    writer->filled_to = filled_to;
    return ERR_OK;
}

void writer_resume(struct writer *writer, struct files_file file, uint32_t segment,
                   uint32_t segment_bytes, uint32_t end)
{
    writer->file = file;
    writer->segment = segment;
    writer->segment_bytes = segment_bytes;
    /* What is behind the end may be a hole, whatever an earlier life of the log filled. */
    writer->end = writer->filled_to = end;
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
        return stop(writer, err, piece->segment, "write");
    writer->is_dirty = true;
    writer->end = piece->offset + piece->bytes;
    if (writer->filled_to < writer->end)
        writer->filled_to = writer->end;
    return ERR_OK;
}

/* Under the lock. */
static void tell_room(struct writer *writer)
{
    writer->shared->room = (struct room){
        .segment = writer->segment,
        .segment_bytes = writer->segment_bytes,
        .end = writer->end,
        .filled_to = writer->filled_to,
        .has_next = writer->has_next,
        .next_filled_to = writer->has_next ? writer->next_filled_to : 0,
    };
}

static void tell_written(struct writer *writer, const struct batch *batch)
{
    struct shared *shared = writer->shared;
    pthread_mutex_lock(&shared->lock);
    shared->written = batch->end;
    shared->batches++;
    shared->bytes_written += batch->bytes.used;
    tell_room(writer);
    if (batch->wants_written)
        log_tell(shared);
    pthread_mutex_unlock(&shared->lock);
}

enum err writer_commit(struct writer *writer, const struct batch *batch, bool syncs)
{
    struct shared *shared = writer->shared;
    for (; writer->piece < batch->pieces_count; writer->piece++) {
        enum err err = write_piece(writer, batch, &batch->pieces[writer->piece]);
        if (err != ERR_OK)
            return err;
    }
    writer->piece = 0;
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

/* ---- room ahead ---- */

static void told_room(struct writer *writer)
{
    struct shared *shared = writer->shared;
    pthread_mutex_lock(&shared->lock);
    tell_room(writer);
    if (shared->is_scarce)
        log_tell(shared);
    pthread_mutex_unlock(&shared->lock);
}

/* Found no room: not again before there is news of it. */
static bool was_refused(struct writer *writer)
{
    pthread_mutex_lock(&writer->shared->lock);
    bool was_refused = writer->refused_at == writer->shared->looks + 1;
    writer->is_scarce = writer->shared->is_scarce;
    pthread_mutex_unlock(&writer->shared->lock);
    return was_refused;
}

static void note_refusal(struct writer *writer)
{
    pthread_mutex_lock(&writer->shared->lock);
    writer->refused_at = writer->shared->looks + 1;
    pthread_mutex_unlock(&writer->shared->lock);
}

/* As many zeros as there is room for, but no more than a piece. */
static enum err fill(struct writer *writer, struct files_file file, uint64_t *filled_to,
                     uint64_t until)
{
    struct files *files = writer->place.files;
    uint64_t left = until - *filled_to;
    size_t bytes = left < sizeof(zeros) ? (size_t)left : sizeof(zeros);
    enum err err = ERR_FULL;
    for (; err == ERR_FULL && bytes > 0; bytes = bytes > FILL_BYTES_MIN ? bytes / 2 : 0) {
        err = files_write_all(files, file, slice_of(zeros, bytes), *filled_to);
        if (err == ERR_OK)
            *filled_to += bytes;
    }
    return err;
}

/* Each piece costs a sync of its own, so it is worth one: but for the last of a segment, and where sends are admitted by
 * what is filled. */
static bool is_worth_filling(const struct writer *writer, uint64_t missing, bool is_last)
{
    uint64_t least = log_ahead_bytes(writer->segment_bytes) / 32;
    return missing > 0 && (missing >= least || is_last || writer->is_scarce);
}

/* Where zeros are wanted next. False: nowhere. */
static bool find_gap(struct writer *writer, bool *ret_is_next, uint64_t *ret_until)
{
    uint64_t ahead = log_ahead_bytes(writer->segment_bytes), over = 0;
    uint64_t until = writer->end + ahead;
    if (until > writer->segment_bytes) {
        over = until - writer->segment_bytes;
        until = writer->segment_bytes;
    }
    if (writer->fills_next && over < ahead / 4)
        over = ahead / 4;
    *ret_is_next = writer->filled_to >= until;
    *ret_until = *ret_is_next ? over : until;
    if (!*ret_is_next)
        return is_worth_filling(writer, until - writer->filled_to, until == writer->segment_bytes);
    return writer->has_next && writer->next_filled_to < over &&
           is_worth_filling(writer, over - writer->next_filled_to, writer->fills_next);
}

static bool fill_some(struct writer *writer)
{
    struct files *files = writer->place.files;
    struct shared *shared = writer->shared;
    bool is_next;
    uint64_t until;
    if (was_refused(writer) || !find_gap(writer, &is_next, &until))
        return false;
    enum err err = is_next ? fill(writer, writer->next, &writer->next_filled_to, until)
                           : fill(writer, writer->file, &writer->filled_to, until);
    uint32_t number = writer->segment + (is_next ? 1 : 0);
    if (err == ERR_FULL)
        note_refusal(writer);
    else if (err != ERR_OK)
        (void)fail(writer, err, number, "write");
    if (err != ERR_OK)
        return true;
    pthread_mutex_lock(&shared->lock);
    bool syncs = shared->sync == LOG_SYNC_ALWAYS;
    pthread_mutex_unlock(&shared->lock);
    writer->is_dirty = writer->is_dirty || !is_next;
    if (syncs && !is_next)
        err = sync_file(writer);
    else if (syncs && (err = files->sync_data(files, writer->next)) != ERR_OK)
        (void)fail(writer, err, number, "sync");
    if (err == ERR_OK)
        told_room(writer);
    return true;
}

/* In the second half of a segment a spare is wanted, and made the next segment. When there is none to be had: shortly
 * before the end, or when the owner would end the segment, a new file. */
static bool prepare_next(struct writer *writer)
{
    struct shared *shared = writer->shared;
    bool is_late = writer->end + log_ahead_bytes(writer->segment_bytes) > writer->segment_bytes;
    if (writer->has_next)
        return false;
    pthread_mutex_lock(&shared->lock);
    bool has_spare = shared->spares_count > 0;
    bool is_wanted = shared->wants_next;
    bool is_due = writer->end >= writer->segment_bytes / 2;
    if (is_due && !has_spare && !shared->wants_spare && !shared->is_spare_refused) {
        shared->wants_spare = true;
        pthread_cond_signal(&shared->helper_wake);
    }
    bool is_made =
        has_spare ? is_due || is_wanted : is_wanted || (is_late && shared->is_spare_refused);
    pthread_mutex_unlock(&shared->lock);
    /* A spare one needs no room; one that was refused all the same is not tried again without news either. */
    bool needs_news = !has_spare || writer->was_making_refused;
    if (!is_made || (needs_news && was_refused(writer)))
        return false;
    enum err err =
        make_segment(writer, writer->segment + 1, &writer->next, &writer->next_filled_to);
    writer->has_next = err == ERR_OK;
    writer->was_making_refused = err != ERR_OK;
    if (err == ERR_FULL)
        note_refusal(writer);
    if (err != ERR_OK)
        return true;
    writer->fills_next = is_wanted;
    pthread_mutex_lock(&shared->lock);
    shared->wants_next = false;
    pthread_mutex_unlock(&shared->lock);
    told_room(writer);
    return true;
}

/* Where the disk is nearly full, sends are admitted by what is filled: it goes first then. */
static bool is_room_urgent(struct writer *writer)
{
    struct shared *shared = writer->shared;
    pthread_mutex_lock(&shared->lock);
    bool is_urgent =
        shared->is_scarce && log_space_ahead(&shared->room, writer->segment, writer->end) <
                                 log_ahead_bytes(writer->segment_bytes) * 3 / 4;
    pthread_mutex_unlock(&shared->lock);
    return is_urgent;
}

/* ---- batches ---- */

static bool is_closing(struct shared *shared)
{
    pthread_mutex_lock(&shared->lock);
    bool is_closing = shared->is_closing;
    pthread_mutex_unlock(&shared->lock);
    return is_closing;
}

static void stall(struct writer *writer)
{
    struct shared *shared = writer->shared;
    pthread_mutex_lock(&shared->lock);
    if (!shared->is_stalled) {
        shared->is_stalled = true;
        shared->stall = writer->refusal;
        shared->wants_space = true;
        pthread_cond_signal(&shared->helper_wake);
    }
    log_tell(shared);
    pthread_mutex_unlock(&shared->lock);
}

/* False: it found no room and waits. */
static bool commit_submitted(struct writer *writer, struct batch *batch)
{
    struct shared *shared = writer->shared;
    bool syncs = shared->sync == LOG_SYNC_ALWAYS || batch->forces_sync;
    enum err err = writer_commit(writer, batch, syncs);
    if (err == ERR_FULL && !writer->is_failed) {
        bool wants_room = writer->refusal.err == ERR_FULL;
        if (wants_room && log_space_release(shared, &writer->place))
            return true;
        if (!is_closing(shared)) {
            stall(writer);
            return false;
        }
        errno = writer->refusal.system_errno;
        (void)fail(writer, writer->refusal.err, writer->segment, writer->refusal.text);
    }
    pthread_mutex_lock(&shared->lock);
    shared->submitted = NULL;
    shared->batch_done = true;
    shared->is_stalled = false;
    if (!shared->owner_waits)
        log_tell(shared);
    pthread_mutex_unlock(&shared->lock);
    pthread_cond_signal(&shared->owner_wake);
    return true;
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
    if (batch != NULL && is_room_urgent(writer) && (fill_some(writer) || prepare_next(writer)))
        return true;
    if (batch != NULL)
        return commit_submitted(writer, batch);
    return fill_some(writer) || prepare_next(writer);
}

/* Under the lock. A stalled batch is tried again after a while: nobody tells when another program leaves room. */
static void wait_for_work(struct shared *shared)
{
    struct timespec until;
    if (!shared->is_stalled || clock_gettime(CLOCK_MONOTONIC, &until) != 0) {
        pthread_cond_wait(&shared->writer_wake, &shared->lock);
        return;
    }
    until.tv_nsec += STALL_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    (void)pthread_cond_timedwait(&shared->writer_wake, &shared->lock, &until);
}

void *writer_run(void *context)
{
    struct writer *writer = context;
    struct shared *shared = writer->shared;
    for (;;) {
        bool has_worked = writer_step(writer);
        pthread_mutex_lock(&shared->lock);
        while (!shared->is_stopping &&
               (shared->is_failed ||
                (!has_worked && (shared->submitted == NULL || shared->is_stalled)))) {
            wait_for_work(shared);
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
