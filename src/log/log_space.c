/* The helper's care for room: looking how much there is, freeing segments, spare segments, the reserve.
 *
 * The reserve is a file that holds nothing: room for the next snapshot, which must be written when the disk is full,
 * because only a snapshot frees segments. It lies on the disk, so other programs cannot take it. */
#include "log/log_internal.h"

#include "base/banned.h"

#define DISK_BYTES_MAX (UINT64_MAX / 4) /* so that sums do not overflow */

static const uint8_t zeros[LOG_CHUNK_BYTES];

uint64_t log_space_ahead(const struct room *room, uint32_t segment, uint64_t end)
{
    if (room->has_next && segment == room->segment + 1)
        return room->next_filled_to > end ? room->next_filled_to - end : 0;
    if (segment != room->segment || room->filled_to <= end)
        return 0;
    return room->filled_to - end +
           (room->filled_to >= room->segment_bytes ? room->next_filled_to : 0);
}

/* ---- looking ---- */

void log_space_look(struct helper *helper)
{
    struct shared *shared = helper->shared;
    struct files *files = helper->place.files;
    /* First what is ours, then what the file system has: what moves from there to here in between counts for neither. */
    pthread_mutex_lock(&shared->lock);
    struct log_space look = {
        .own = log_space_ahead(&shared->room, shared->room.segment, shared->room.end) +
               (uint64_t)shared->spares_count * helper->segment_bytes + shared->reserve_bytes,
        .written = shared->bytes_written,
    };
    shared->wants_space = false;
    pthread_mutex_unlock(&shared->lock);
    if (files->free_bytes(files, helper->place.directory, &look.disk) != ERR_OK)
        look.disk = 0;
    if (look.disk > DISK_BYTES_MAX)
        look.disk = DISK_BYTES_MAX;
    pthread_mutex_lock(&shared->lock);
    shared->look = look;
    shared->has_space = true;
    shared->looks++;
    shared->is_reserve_refused = false;
    if (!shared->is_scarce)
        shared->is_spare_refused = false;
    log_tell(shared);
    pthread_cond_signal(&shared->writer_wake);
    pthread_mutex_unlock(&shared->lock);
}

bool log_space_serve_look(struct helper *helper)
{
    pthread_mutex_lock(&helper->shared->lock);
    bool wants_space = helper->shared->wants_space;
    pthread_mutex_unlock(&helper->shared->lock);
    if (wants_space)
        log_space_look(helper);
    return wants_space;
}

/* ---- segments that nobody needs ---- */

/* A shorter one has holes. */
static bool is_whole(const struct helper *helper, const char *path)
{
    struct files *files = helper->place.files;
    struct files_file file;
    uint64_t bytes = 0;
    if (files->open(files, path, FILES_READ, &file) != ERR_OK)
        return false;
    enum err err = files->size(files, file, &bytes);
    files->close(files, file);
    return err == ERR_OK && bytes == helper->segment_bytes;
}

static uint32_t take_spare_number(struct shared *shared)
{
    pthread_mutex_lock(&shared->lock);
    uint32_t number = shared->spare_number_next++;
    pthread_mutex_unlock(&shared->lock);
    return number;
}

/* Kept as a spare, or removed. */
static void free_segment(struct helper *helper, uint32_t number, bool is_kept)
{
    struct shared *shared = helper->shared;
    struct files *files = helper->place.files;
    struct log_path from, to;
    log_path_make(&helper->place, LOG_NAME_SEGMENT, number, &from);
    if (!is_kept || !is_whole(helper, from.text)) {
        (void)files->unlink(files, from.text);
        return;
    }
    uint32_t spare = take_spare_number(shared);
    log_path_make(&helper->place, LOG_NAME_SPARE, spare, &to);
    if (files->rename(files, from.text, to.text) != ERR_OK)
        return;
    pthread_mutex_lock(&shared->lock);
    if (shared->spares_count < SPARES_MAX)
        shared->spares[shared->spares_count++] = spare;
    pthread_mutex_unlock(&shared->lock);
}

bool log_space_serve_freeing(struct helper *helper)
{
    struct shared *shared = helper->shared;
    pthread_mutex_lock(&shared->lock);
    bool has_work = shared->freed_count > 0;
    uint32_t number = has_work ? shared->freed[--shared->freed_count] : 0;
    bool is_kept = shared->spares_count < (shared->is_scarce ? 1 : SPARES_MAX / 2);
    pthread_mutex_unlock(&shared->lock);
    if (!has_work)
        return false;
    if (helper->read_segment == number) {
        helper->place.files->close(helper->place.files, helper->read_file);
        helper->read_segment = 0;
    }
    free_segment(helper, number, is_kept);
    pthread_mutex_lock(&shared->lock);
    shared->wants_space = true;
    pthread_mutex_unlock(&shared->lock);
    return true;
}

bool log_space_release(struct shared *shared, const struct log_place *place)
{
    struct files *files = place->files;
    struct log_path path;
    pthread_mutex_lock(&shared->lock);
    bool has_spare = shared->spares_count > 0;
    bool has_reserve = !shared->reserve_is_busy && shared->reserve_bytes > 0;
    if (has_spare) {
        log_path_make(place, LOG_NAME_SPARE, shared->spares[--shared->spares_count], &path);
    } else if (has_reserve) {
        log_path_make(place, LOG_NAME_RESERVE, 0, &path);
        shared->reserve_bytes = 0;
        shared->is_reserve_refused = true;
    }
    pthread_mutex_unlock(&shared->lock);
    return (has_spare || has_reserve) && files->unlink(files, path.text) == ERR_OK;
}

/* ---- the reserve ---- */

bool log_space_take_reserve(struct shared *shared, uint64_t *ret_bytes)
{
    pthread_mutex_lock(&shared->lock);
    bool has_one = !shared->reserve_is_busy && shared->reserve_bytes > 0;
    if (has_one) {
        shared->reserve_is_busy = true;
        *ret_bytes = shared->reserve_bytes;
    }
    pthread_mutex_unlock(&shared->lock);
    return has_one;
}

void log_space_return_reserve(struct shared *shared, uint64_t bytes)
{
    pthread_mutex_lock(&shared->lock);
    ASSERT(shared->reserve_is_busy);
    shared->reserve_is_busy = false;
    shared->reserve_bytes = bytes;
    pthread_mutex_unlock(&shared->lock);
}

bool log_space_is_reserve(const struct helper *helper, const char *path, uint64_t *ret_bytes)
{
    struct files *files = helper->place.files;
    struct files_file file;
    uint64_t bytes = 0;
    if (files->open(files, path, FILES_READ, &file) != ERR_OK)
        return false;
    enum err err = files->size(files, file, &bytes);
    files->close(files, file);
    pthread_mutex_lock(&helper->shared->lock);
    uint64_t bytes_max = 4 * helper->shared->reserve_wanted + LOG_CHUNK_BYTES;
    pthread_mutex_unlock(&helper->shared->lock);
    if (err != ERR_OK || bytes == 0 || bytes > bytes_max)
        return false;
    *ret_bytes = bytes;
    return true;
}

static enum err grow_reserve(struct helper *helper, uint64_t *bytes, uint64_t wanted, bool syncs)
{
    struct files *files = helper->place.files;
    struct files_file file;
    struct log_path path;
    uint64_t left = wanted - *bytes;
    size_t more = left < sizeof(zeros) ? (size_t)left : sizeof(zeros);
    log_path_make(&helper->place, LOG_NAME_RESERVE, 0, &path);
    enum err err = files->open(files, path.text, FILES_WRITE, &file);
    if (err == ERR_ABSENT) {
        *bytes = 0;
        err = files->open(files, path.text, FILES_CREATE, &file);
    }
    if (err != ERR_OK)
        return err;
    err = files_write_all(files, file, slice_of(zeros, more), *bytes);
    if (err == ERR_OK && syncs)
        err = files->sync_data(files, file);
    files->close(files, file);
    if (err == ERR_OK)
        *bytes += more;
    return err;
}

static bool wants_reserve(const struct shared *shared)
{
    return shared->reserve_bytes < shared->reserve_wanted && !shared->reserve_is_busy &&
           !shared->is_reserve_refused && !shared->is_failed;
}

bool log_space_serve_reserve(struct helper *helper)
{
    struct shared *shared = helper->shared;
    pthread_mutex_lock(&shared->lock);
    bool is_wanted = wants_reserve(shared);
    uint64_t bytes = shared->reserve_bytes, wanted = shared->reserve_wanted;
    bool syncs = shared->sync == LOG_SYNC_ALWAYS;
    if (is_wanted)
        shared->reserve_is_busy = true;
    pthread_mutex_unlock(&shared->lock);
    if (!is_wanted)
        return false;
    enum err err = grow_reserve(helper, &bytes, wanted, syncs);
    log_space_return_reserve(shared, bytes);
    pthread_mutex_lock(&shared->lock);
    shared->is_reserve_refused = err != ERR_OK;
    pthread_mutex_unlock(&shared->lock);
    return true;
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

/* A disk that is nearly full is better left with what it has: half a spare segment is none. */
static bool has_room_for_spare(struct helper *helper)
{
    struct shared *shared = helper->shared;
    struct files *files = helper->place.files;
    uint64_t disk = 0;
    if (files->free_bytes(files, helper->place.directory, &disk) != ERR_OK)
        return false;
    pthread_mutex_lock(&shared->lock);
    uint64_t needed = shared->space_needed;
    pthread_mutex_unlock(&shared->lock);
    return disk > needed + 2 * (uint64_t)helper->segment_bytes;
}

static void spare_refuse(struct shared *shared)
{
    pthread_mutex_lock(&shared->lock);
    shared->wants_spare = false;
    shared->is_spare_refused = true;
    pthread_cond_signal(&shared->writer_wake);
    pthread_mutex_unlock(&shared->lock);
}

static void spare_begin(struct helper *helper)
{
    struct files *files = helper->place.files;
    struct log_path path;
    helper->spare_number = take_spare_number(helper->shared);
    helper->spare_filled_to = 0;
    log_path_make(&helper->place, LOG_NAME_SPARE, helper->spare_number, &path);
    helper->has_spare_file =
        files->open(files, path.text, FILES_CREATE, &helper->spare_file) == ERR_OK;
    if (!helper->has_spare_file)
        spare_end(helper, false);
}

static bool wants_spare(const struct shared *shared)
{
    return shared->wants_spare && !shared->is_spare_refused && !shared->is_failed &&
           shared->spares_count < SPARES_MAX;
}

/* Writing zeros is what makes later syncs quick: no block is new to the file system then. */
bool log_space_serve_spare(struct helper *helper)
{
    struct shared *shared = helper->shared;
    struct files *files = helper->place.files;
    pthread_mutex_lock(&shared->lock);
    bool is_wanted = wants_spare(shared);
    pthread_mutex_unlock(&shared->lock);
    if (!is_wanted)
        return false;
    if (!helper->has_spare_file) {
        if (has_room_for_spare(helper))
            spare_begin(helper);
        else
            spare_refuse(shared);
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

bool log_space_has_work(const struct shared *shared)
{
    return shared->freed_count > 0 || shared->wants_space || wants_reserve(shared) ||
           wants_spare(shared);
}

void log_space_done(struct helper *helper)
{
    if (helper->has_spare_file)
        spare_end(helper, false);
}
