/* Opening: read what is there, cut what was never durable, begin a new incarnation. */
#include <errno.h>
#include <stdio.h>

#include "log/recover.h"

#include "base/banned.h"

#define BATCH_BYTES_MAX_DEFAULT (32u << 20)
#define SMALL_SEGMENT_BYTES     (8u << 20)
#define SMALL_DISK_SEGMENTS     16u /* of the default size: with less the disk is small */

/* ---- replay ---- */

struct replay {
    const struct log_owner *owner;
    struct log_recovery *recovery;
};

static void replay_record(void *context, const struct recover_record *found)
{
    struct replay *replay = context;
    bool is_note = found->record.kind == RECORD_NOTE;
    if (!found->has_fact && !is_note)
        return;
    struct log_entry entry = {
        .kind = is_note                                  ? LOG_NOTE
                : found->record.kind == RECORD_RELOCATED ? LOG_RELOCATED
                                                         : LOG_FACT,
        .is_snapshot = found->is_snapshot,
        .at = found->at,
        .fact = found->fact,
        .from = {found->from},
        .message = found->message,
        .note = is_note ? found->record.payload : SLICE_NONE,
    };
    if (!found->is_snapshot && found->message.bytes > 0)
        entry.fact.body.v = found->at.v;
    if (found->is_snapshot)
        replay->recovery->snapshot_entries++;
    else
        replay->recovery->entries++;
    if (replay->owner->replay != NULL)
        replay->owner->replay(replay->owner->context, &entry);
}

/* ---- making the directory fit for appending ---- */

struct resume {
    struct log *log;
    struct recover_directory *directory;
    struct recover_result *found;
    struct log_failure *failure;
    struct log_position end;
};

static enum err resume_failed(struct resume *resume, enum err err, const char *name,
                              const char *text)
{
    log_failure_set(resume->failure, err, name, 0, text);
    return err;
}

/* What was read may be in the kernel's memory only (the process died, not the machine). It must be on the disk before
 * the start record calls it durable. */
static enum err sync_segments(struct resume *resume)
{
    const struct log_place *place = &resume->log->place;
    struct files *files = place->files;
    uint32_t first = log_segment_of(resume->found->durable.v);
    for (uint32_t i = 0; i < resume->directory->segments.count; i++) {
        uint32_t number = (uint32_t)resume->directory->segments.at[i];
        struct files_file file;
        struct log_path path;
        if (number < first || number > log_segment_of(resume->found->end.v))
            continue;
        log_path_make(place, LOG_NAME_SEGMENT, number, &path);
        enum err err = files->open(files, path.text, FILES_WRITE, &file);
        if (err != ERR_OK)
            return resume_failed(resume, err, path.name, "open");
        err = files->sync_data(files, file);
        int saved = errno;
        files->close(files, file);
        errno = saved;
        if (err != ERR_OK)
            return resume_failed(resume, err, path.name, "sync");
    }
    return ERR_OK;
}

static enum err remove_name(struct resume *resume, enum log_name kind, uint64_t number)
{
    struct files *files = resume->log->place.files;
    struct log_path path;
    log_path_make(&resume->log->place, kind, number, &path);
    enum err err = files->unlink(files, path.text);
    return err == ERR_OK ? ERR_OK : resume_failed(resume, err, path.name, "remove");
}

/* Files that nothing refers to: segments behind the end, snapshots but the one in force, an unfinished one, spares of
 * another size. */
static enum err remove_leftovers(struct resume *resume)
{
    const struct recover_directory *directory = resume->directory;
    enum err err = ERR_OK;
    for (uint32_t i = 0; err == ERR_OK && i < directory->segments.count; i++)
        if (directory->segments.at[i] > log_segment_of(resume->found->end.v))
            err = remove_name(resume, LOG_NAME_SEGMENT, directory->segments.at[i]);
    for (uint32_t i = 0; err == ERR_OK && i < directory->snapshots.count; i++)
        if (directory->snapshots.at[i] != resume->found->snapshot.v)
            err = remove_name(resume, LOG_NAME_SNAPSHOT, directory->snapshots.at[i]);
    if (err == ERR_OK && directory->has_temporary)
        err = remove_name(resume, LOG_NAME_TEMPORARY, 0);
    return err;
}

/* The room for the next snapshot; when an unfinished one was written over it, that is the reserve again. Without one the
 * helper makes a new one, as room allows. */
static void keep_reserve(struct resume *resume)
{
    const struct recover_directory *directory = resume->directory;
    struct files *files = resume->log->place.files;
    struct log_path path, temporary;
    struct files_file file;
    uint64_t bytes = 0;
    log_path_make(&resume->log->place, LOG_NAME_RESERVE, 0, &path);
    log_path_make(&resume->log->place, LOG_NAME_TEMPORARY, 0, &temporary);
    if (directory->has_temporary && !directory->has_reserve &&
        files->rename(files, temporary.text, path.text) == ERR_OK)
        resume->directory->has_temporary = false;
    if (files->open(files, path.text, FILES_READ, &file) != ERR_OK)
        return;
    if (files->size(files, file, &bytes) == ERR_OK)
        resume->log->shared.reserve_bytes = bytes;
    files->close(files, file);
}

static enum err keep_spares(struct resume *resume)
{
    struct shared *shared = &resume->log->shared;
    struct files *files = resume->log->place.files;
    const struct recover_numbers *spares = &resume->directory->spares;
    enum err err = ERR_OK;
    for (uint32_t i = 0; err == ERR_OK && i < spares->count; i++) {
        struct log_path path;
        struct files_file file;
        uint64_t bytes = 0;
        log_path_make(&resume->log->place, LOG_NAME_SPARE, spares->at[i], &path);
        err = files->open(files, path.text, FILES_READ, &file);
        if (err == ERR_OK) {
            err = files->size(files, file, &bytes);
            files->close(files, file);
        }
        if (err != ERR_OK)
            return resume_failed(resume, err, path.name, "open");
        /* One that was not filled to its end is shorter. */
        if (bytes == resume->log->segment_bytes && shared->spares_count < SPARES_MAX / 2)
            shared->spares[shared->spares_count++] = (uint32_t)spares->at[i];
        else
            err = remove_name(resume, LOG_NAME_SPARE, spares->at[i]);
        shared->spare_number_next = (uint32_t)spares->at[i] + 1;
    }
    return err;
}

static enum err zero_rest(struct resume *resume, struct files_file file, const char *name)
{
    static const uint8_t zeros[4096];
    struct files *files = resume->log->place.files;
    uint64_t offset = log_offset_of(resume->end.v);
    enum err err = ERR_OK;
    while (err == ERR_OK && offset < resume->found->segment_bytes) {
        uint64_t left = resume->found->segment_bytes - offset;
        size_t bytes = left < sizeof(zeros) ? (size_t)left : sizeof(zeros);
        err = files_write_all(files, file, slice_of(zeros, bytes), offset);
        offset += bytes;
    }
    return err == ERR_OK ? ERR_OK : resume_failed(resume, err, name, "write");
}

/* The file in which appending goes on. */
static enum err open_end(struct resume *resume)
{
    struct log *log = resume->log;
    struct files *files = log->place.files;
    struct files_file file;
    struct log_path path;
    bool is_new = log_offset_of(resume->end.v) == 0;
    uint32_t bytes = is_new ? log->segment_bytes : resume->found->segment_bytes;
    log_path_make(&log->place, LOG_NAME_SEGMENT, log_segment_of(resume->end.v), &path);
    enum err err = files->open(files, path.text, FILES_WRITE, &file);
    if (err == ERR_ABSENT && is_new)
        err = files->open(files, path.text, FILES_CREATE, &file);
    if (err != ERR_OK)
        return resume_failed(resume, err, path.name, "open");
    writer_resume(&log->writer, file, log_segment_of(resume->end.v), bytes,
                  log_offset_of(resume->end.v));
    if (is_new)
        err = files->truncate(files, file, bytes);
    if (err != ERR_OK)
        return resume_failed(resume, err, path.name, "truncate");
    if (resume->found->verdict == RECOVER_CUT && !is_new)
        return zero_rest(resume, file, path.name);
    return ERR_OK;
}

static enum err fill_table(struct resume *resume)
{
    struct log *log = resume->log;
    struct files *files = log->place.files;
    for (uint32_t i = 0; i < resume->directory->segments.count; i++) {
        uint64_t number = resume->directory->segments.at[i], bytes = 0;
        struct files_file file;
        struct log_path path;
        if (number > log_segment_of(resume->found->end.v) ||
            number >= log_segment_of(resume->end.v))
            continue;
        log_path_make(&log->place, LOG_NAME_SEGMENT, number, &path);
        enum err err = files->open(files, path.text, FILES_READ, &file);
        if (err == ERR_OK) {
            err = files->size(files, file, &bytes);
            files->close(files, file);
        }
        if (err != ERR_OK)
            return resume_failed(resume, err, path.name, "open");
        (void)segment_add(&log->segments, (uint32_t)number, (uint32_t)bytes);
    }
    uint32_t last = log_segment_of(resume->end.v);
    bool is_new = log_offset_of(resume->end.v) == 0;
    (void)segment_add(&log->segments, last,
                      is_new ? log->segment_bytes : resume->found->segment_bytes);
    return ERR_OK;
}

static enum err begin_life(struct resume *resume)
{
    struct log *log = resume->log;
    struct files *files = log->place.files;
    log->end = log->durable = log->synced = log->written = resume->end;
    log->seed = record_seed_segment(log->place.identity, log_segment_of(log->end.v));
    log->incarnation = resume->found->incarnation;
    log->batch_number = resume->found->batch;
    log_batch_start(log, resume->found->incarnation_max + 1);
    enum err err = writer_commit(&log->writer, log->open, true);
    while (err == ERR_FULL && log_space_release(&log->shared, &log->place))
        err = writer_commit(&log->writer, log->open, true);
    if (err != ERR_OK) {
        *resume->failure = log->writer.is_failed ? log->shared.failure : log->writer.refusal;
        return err;
    }
    log_batch_reset(log->open);
    log->durable = log->synced = log->written = log->shared.synced = log->end;
    err = files->sync_directory(files, log->place.directory);
    return err == ERR_OK ? ERR_OK : resume_failed(resume, err, "", "sync");
}

static enum err resume_log(struct resume *resume)
{
    resume->end = resume->found->end;
    if (resume->found->is_headless) {
        const struct recover_numbers *segments = &resume->directory->segments;
        uint64_t last = segments->count > 0 ? segments->at[segments->count - 1] : 0;
        if (last < log_segment_of(resume->end.v))
            last = log_segment_of(resume->end.v);
        resume->end = log_position_of((uint32_t)last + 1, 0);
    }
    enum err err = sync_segments(resume);
    if (err == ERR_OK)
        keep_reserve(resume);
    if (err == ERR_OK)
        err = remove_leftovers(resume);
    if (err == ERR_OK)
        err = keep_spares(resume);
    if (err == ERR_OK)
        err = fill_table(resume);
    if (err == ERR_OK)
        err = open_end(resume);
    if (err == ERR_OK)
        err = begin_life(resume);
    return err;
}

/* ---- the object ---- */

static enum err check_options(const struct log_options *options, struct log_failure *ret_failure)
{
    size_t length = slice_from_text(options->directory).bytes;
    uint32_t bytes =
        options->segment_bytes > 0 ? options->segment_bytes : LOG_SEGMENT_BYTES_DEFAULT;
    if (length > 0 && length < LOG_PATH_BYTES && bytes >= LOG_SEGMENT_BYTES_MIN &&
        bytes <= LOG_SEGMENT_BYTES_MAX && bytes % 4096 == 0 && options->mailbox != NULL)
        return ERR_OK;
    log_failure_set(ret_failure, ERR_INVALID, "", 0, "options");
    return ERR_INVALID;
}

static void init_shared(struct log *log)
{
    struct shared *shared = &log->shared;
    pthread_mutex_init(&shared->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&shared->writer_wake, &monotonic);
    pthread_cond_init(&shared->owner_wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_cond_init(&shared->helper_wake, NULL);
    shared->sync = log->options.sync;
    shared->mailbox = log->options.mailbox;
    shared->spare_number_next = 1;
    shared->read_ahead_room = log->options.cache_bytes;
    shared->news = calloc(1, sizeof(*shared->news));
    ASSERT(shared->news != NULL);
    shared->news->log = log;
}

static struct log *create(const struct log_options *options, const struct log_owner *owner)
{
    struct log *log = calloc(1, sizeof(*log));
    ASSERT(log != NULL);
    log->options = *options;
    log->owner = *owner;
    if (log->options.batch_bytes_max == 0)
        log->options.batch_bytes_max = BATCH_BYTES_MAX_DEFAULT;
    log->place.files = options->files != NULL ? options->files : files_system();
    log->place.identity = options->identity;
    (void)snprintf(log->place.directory, sizeof(log->place.directory), "%s", options->directory);
    log->options.directory = log->place.directory;
    init_shared(log);
    log->writer.place = log->helper.place = log->place;
    log->writer.shared = log->helper.shared = &log->shared;
    log->open = &log->batches[0];
    cache_init(&log->cache, options->cache_bytes);
    return log;
}

static enum err make_directory(struct log *log, struct log_failure *ret_failure)
{
    struct files *files = log->place.files;
    enum err err = files->make_directory(files, log->place.directory);
    if (err == ERR_EXISTS)
        return ERR_OK;
    if (err == ERR_OK) {
        char parent[LOG_PATH_BYTES];
        (void)snprintf(parent, sizeof(parent), "%s", log->place.directory);
        char *slash = strrchr(parent, '/');
        if (slash != NULL && slash != parent) {
            *slash = 0;
            err = files->sync_directory(files, parent);
        }
    }
    if (err != ERR_OK)
        log_failure_set(ret_failure, err, "", 0, "make the directory");
    return err;
}

/* On a small disk smaller ones: a segment is what is freed, copied and kept back at a time. */
static void choose_segment_bytes(struct log *log)
{
    struct files *files = log->place.files;
    uint64_t disk = 0;
    log->segment_bytes = log->options.segment_bytes;
    if (log->segment_bytes == 0) {
        bool is_small = files->free_bytes(files, log->place.directory, &disk) == ERR_OK &&
                        disk < SMALL_DISK_SEGMENTS * (uint64_t)LOG_SEGMENT_BYTES_DEFAULT;
        log->segment_bytes = is_small ? SMALL_SEGMENT_BYTES : LOG_SEGMENT_BYTES_DEFAULT;
    }
    log->writer.new_bytes = log->helper.segment_bytes = log->segment_bytes;
}

static void report(const struct recover_directory *directory, const struct recover_result *found,
                   const struct log *log, struct log_recovery *recovery)
{
    recovery->is_new = directory->segments.count == 0 && directory->snapshots.count == 0;
    recovery->was_clean = found->is_clean && !found->has_facts;
    recovery->was_torn = found->verdict == RECOVER_TORN;
    recovery->was_damaged = found->verdict == RECOVER_CUT;
    recovery->snapshot = found->snapshot;
    recovery->end = log->end;
    recovery->bytes_read = found->bytes_read;
    recovery->failure = found->failure;
}

static enum err read_and_resume(struct log *log, struct log_recovery *recovery,
                                struct log_failure *ret_failure)
{
    struct recover_directory directory;
    struct recover_result found;
    struct replay replay = {&log->owner, recovery};
    struct recover_input input = {log->place, log->options.accepts_loss, replay_record, &replay};
    struct resume resume = {log, &directory, &found, ret_failure, {0}};
    enum err err = recover_list(&log->place, &directory);
    if (err != ERR_OK) {
        log_failure_set(ret_failure, err, "", 0, "list");
        return err;
    }
    err = recover_read(&input, &directory, &found);
    if (err != ERR_OK)
        *ret_failure = found.failure;
    else
        err = resume_log(&resume);
    if (err == ERR_OK) {
        report(&directory, &found, log, recovery);
        log->has_snapshot = found.snapshot.v != 0;
        log->snapshot_last = found.snapshot;
        log->is_patched = found.verdict == RECOVER_CUT;
        log->since_snapshot =
            log->is_patched ? UINT64_MAX / 2 : found.bytes_read - found.snapshot_bytes;
    }
    recover_directory_done(&directory);
    return err;
}

static void destroy(struct log *log)
{
    struct shared *shared = &log->shared;
    writer_done(&log->writer);
    log_helper_done(&log->helper);
    log_batch_done(&log->batches[0]);
    log_batch_done(&log->batches[1]);
    log_bytes_done(&log->snapshot_bytes);
    log_bytes_done(&shared->snapshot.bytes);
    log_bytes_done(&shared->compact.bytes);
    free(shared->compact.rows);
    free(shared->freed);
    free(log->relocations);
    while (shared->read_aheads != NULL) {
        struct read_ahead *ahead = shared->read_aheads;
        shared->read_aheads = ahead->next;
        for (uint32_t i = 0; i < ahead->count; i++)
            log_body_unref(ahead->rows[i].body);
        free(ahead);
    }
    cache_done(&log->cache);
    segment_done(&log->segments);
    pthread_mutex_destroy(&shared->lock);
    pthread_cond_destroy(&shared->writer_wake);
    pthread_cond_destroy(&shared->helper_wake);
    pthread_cond_destroy(&shared->owner_wake);
    if (!shared->news_posted)
        free(shared->news);
    else
        shared->news->log = NULL; /* frees itself when it is delivered */
    free(log);
}

static void deliver_news(struct letter *letter, void *owner)
{
    struct news *news = (struct news *)letter;
    struct log *log = news->log;
    (void)owner;
    if (log == NULL) {
        free(news);
        return;
    }
    pthread_mutex_lock(&log->shared.lock);
    log->shared.news_posted = false;
    pthread_mutex_unlock(&log->shared.lock);
    log_take_news(log, false);
}

static enum err start_threads(struct log *log, struct log_failure *ret_failure)
{
    log->shared.reserve_wanted = log_room_reserve_needed(log);
    log_space_look(&log->helper);
    log->look = log->shared.look;
    if (log->options.is_stepwise)
        return ERR_OK;
    int refused = pthread_create(&log->writer_thread, NULL, writer_run, &log->writer);
    if (refused == 0) {
        refused = pthread_create(&log->helper_thread, NULL, log_helper_run, &log->helper);
        if (refused != 0) {
            pthread_mutex_lock(&log->shared.lock);
            log->shared.is_stopping = true;
            pthread_cond_signal(&log->shared.writer_wake);
            pthread_mutex_unlock(&log->shared.lock);
            pthread_join(log->writer_thread, NULL);
        }
    }
    log->shared.has_threads = refused == 0;
    if (refused == 0)
        return ERR_OK;
    errno = refused;
    log_failure_set(ret_failure, ERR_IO, "", 0, "start a thread");
    return ERR_IO;
}

enum err log_open(const struct log_options *options, const struct log_owner *owner,
                  struct log **ret_log, struct log_recovery *ret_recovery,
                  struct log_failure *ret_failure)
{
    struct log_recovery recovery = {0};
    enum err err = check_options(options, ret_failure);
    if (err != ERR_OK)
        return err;
    struct log *log = create(options, owner);
    log->shared.news->letter.deliver = deliver_news;
    err = make_directory(log, ret_failure);
    choose_segment_bytes(log);
    if (err == ERR_OK)
        err = read_and_resume(log, &recovery, ret_failure);
    if (err == ERR_OK)
        err = start_threads(log, ret_failure);
    if (err != ERR_OK) {
        destroy(log);
        return err;
    }
    *ret_log = log;
    *ret_recovery = recovery;
    return ERR_OK;
}

/* ---- closing ---- */

static bool is_busy(struct log *log)
{
    pthread_mutex_lock(&log->shared.lock);
    bool is_busy = log->shared.submitted != NULL && !log->shared.is_failed;
    pthread_mutex_unlock(&log->shared.lock);
    return is_busy;
}

static void wait_for_writer(struct log *log)
{
    struct shared *shared = &log->shared;
    if (!shared->has_threads) {
        while (is_busy(log))
            (void)writer_step(&log->writer);
        return;
    }
    pthread_mutex_lock(&shared->lock);
    while (shared->submitted != NULL && !shared->is_failed)
        pthread_cond_wait(&shared->owner_wake, &shared->lock);
    pthread_mutex_unlock(&shared->lock);
}

static void flush(struct log *log)
{
    do {
        log_submit(log);
        wait_for_writer(log);
        log_take_news(log, true);
    } while (!log->is_failed && (log->in_flight != NULL || log->open->bytes.used > 0));
}

static void stop_threads(struct log *log)
{
    struct shared *shared = &log->shared;
    pthread_mutex_lock(&shared->lock);
    shared->is_stopping = true;
    pthread_cond_signal(&shared->writer_wake);
    pthread_cond_signal(&shared->helper_wake);
    pthread_mutex_unlock(&shared->lock);
    if (!shared->has_threads)
        return;
    pthread_join(log->writer_thread, NULL);
    pthread_join(log->helper_thread, NULL);
}

/* Reads that nobody served end by a letter; those that were served have one under way. */
static void end_reads(struct log *log)
{
    for (struct log_read *read = log->shared.reads; read != NULL; read = read->queued) {
        read->err = ERR_ABSENT;
        read->body = NULL;
        mailbox_post(log->shared.mailbox, &read->letter);
    }
    for (struct log_read *read = log->reads; read != NULL; read = read->next)
        read->log = NULL;
}

bool log_close(struct log *log, bool clean)
{
    if (log == NULL)
        return true;
    pthread_mutex_lock(&log->shared.lock);
    log->shared.is_closing = true;
    pthread_cond_signal(&log->shared.writer_wake);
    pthread_mutex_unlock(&log->shared.lock);
    flush(log);
    if (clean && !log->is_failed) {
        uint8_t *at;
        struct log_position mark = log_batch_begin_record(log, RECORD_CLEAN_BYTES, &at);
        log->open->forces_sync = true;
        log_batch_end_record(log, mark, RECORD_CLEAN, 0, RECORD_CLEAN_BYTES);
        flush(log);
    }
    bool is_whole = !log->is_failed;
    stop_threads(log);
    end_reads(log);
    destroy(log);
    return is_whole;
}
