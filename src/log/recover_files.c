/* The directory's list, windows over files, and the scan behind a bad place. */
#include "log/recover.h"

#include <errno.h>

#include "base/encode.h"

#include "base/banned.h"

static void add_number(struct recover_numbers *numbers, uint64_t number)
{
    if (numbers->count == numbers->capacity) {
        numbers->capacity = numbers->capacity > 0 ? numbers->capacity * 2 : 16;
        numbers->at = realloc(numbers->at, numbers->capacity * sizeof(*numbers->at));
        ASSERT(numbers->at != NULL);
    }
    numbers->at[numbers->count++] = number;
}

static void found_name(void *context, const char *name)
{
    struct recover_directory *directory = context;
    enum log_name kind;
    uint64_t number;
    if (!log_name_parse(name, &kind, &number))
        return;
    switch (kind) {
    case LOG_NAME_SEGMENT:
        add_number(&directory->segments, number);
        break;
    case LOG_NAME_SPARE:
        add_number(&directory->spares, number);
        break;
    case LOG_NAME_SNAPSHOT:
        add_number(&directory->snapshots, number);
        break;
    case LOG_NAME_TEMPORARY:
        directory->has_temporary = true;
        break;
    case LOG_NAME_RESERVE:
        directory->has_reserve = true;
        break;
    }
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void sort(struct recover_numbers *numbers)
{
    if (numbers->count > 1)
        qsort(numbers->at, numbers->count, sizeof(*numbers->at), compare_numbers);
}

enum err recover_list(const struct log_place *place, struct recover_directory *ret_directory)
{
    struct recover_directory directory = {0};
    enum err err = place->files->list(place->files, place->directory, found_name, &directory);
    if (err != ERR_OK) {
        recover_directory_done(&directory);
        return err;
    }
    sort(&directory.segments);
    sort(&directory.spares);
    sort(&directory.snapshots);
    *ret_directory = directory;
    return ERR_OK;
}

void recover_directory_done(struct recover_directory *directory)
{
    int saved = errno;
    free(directory->segments.at);
    free(directory->spares.at);
    free(directory->snapshots.at);
    *directory = (struct recover_directory){0};
    errno = saved;
}

bool recover_has(const struct recover_numbers *numbers, uint64_t number)
{
    return numbers->count > 0 && bsearch(&number, numbers->at, numbers->count, sizeof(*numbers->at),
                                         compare_numbers) != NULL;
}

/* ---- windows ---- */

enum err recover_window_open(struct recover_window *window, const char *path,
                             struct record_seed seed)
{
    struct files *files = window->files;
    recover_window_close(window);
    enum err err = files->open(files, path, FILES_READ, &window->file);
    if (err != ERR_OK)
        return err;
    err = files->size(files, window->file, &window->file_bytes);
    if (err != ERR_OK) {
        int saved = errno;
        files->close(files, window->file);
        errno = saved;
        return err;
    }
    window->is_open = true;
    window->seed = seed;
    window->from = 0;
    window->bytes.used = 0;
    return ERR_OK;
}

void recover_window_close(struct recover_window *window)
{
    if (window->is_open)
        window->files->close(window->files, window->file);
    window->is_open = false;
}

void recover_window_done(struct recover_window *window)
{
    int saved = errno;
    recover_window_close(window);
    log_bytes_done(&window->bytes);
    errno = saved;
}

enum err recover_window_bytes(struct recover_window *window, uint64_t offset, size_t bytes,
                              struct slice *ret_bytes)
{
    uint64_t left = offset < window->file_bytes ? window->file_bytes - offset : 0;
    uint64_t end = window->from + window->bytes.used;
    if (bytes > left)
        bytes = (size_t)left;
    if (offset < window->from || offset + bytes > end) {
        size_t wanted = bytes > LOG_CHUNK_BYTES ? bytes : LOG_CHUNK_BYTES;
        size_t moved = 0;
        window->bytes.used = 0;
        window->from = offset;
        uint8_t *at = log_bytes_reserve(&window->bytes, wanted);
        enum err err = files_read_some(window->files, window->file, at, wanted, offset, &moved);
        if (err != ERR_OK)
            return err;
        window->bytes.used = moved;
        window->read_total += moved;
        bytes = bytes < moved ? bytes : moved;
    }
    *ret_bytes = slice_from(slice_of(window->bytes.at, window->bytes.used), offset - window->from);
    return ERR_OK;
}

enum err recover_window_read(struct recover_window *window, uint64_t offset,
                             enum record_found *ret_found, struct record *ret_record)
{
    struct slice bytes;
    enum err err = recover_window_bytes(window, offset, RECORD_HEADER_BYTES, &bytes);
    if (err != ERR_OK)
        return err;
    enum record_found found = record_decode(bytes, window->seed, offset, ret_record);
    if (found == RECORD_SHORT && bytes.bytes >= RECORD_HEADER_BYTES) {
        size_t whole = get_u32(bytes.at + 4);
        err = recover_window_bytes(window, offset, whole, &bytes);
        if (err != ERR_OK)
            return err;
        found = record_decode(bytes, window->seed, offset, ret_record);
    }
    *ret_found = found == RECORD_GOOD ? RECORD_GOOD : RECORD_BAD;
    return ERR_OK;
}

/* ---- the scan ---- */

struct scan {
    uint64_t durable;
    uint32_t incarnation;
};

static void scan_record(struct scan *scan, const struct record *record)
{
    struct record_batch batch;
    struct record_start start;
    uint64_t durable = 0;
    if (record_get_batch(record, &batch) == ERR_OK)
        durable = batch.durable;
    else if (record_get_start(record, &start) == ERR_OK)
        durable = start.durable;
    else
        return;
    if (durable > scan->durable)
        scan->durable = durable;
    if (record->incarnation > scan->incarnation)
        scan->incarnation = record->incarnation;
}

/* Cheap look before the checksum. */
static bool looks_like_one(const uint8_t *at)
{
    uint32_t bytes = get_u32(at + 4);
    return (bytes == RECORD_BATCH_BYTES && at[12] == RECORD_BATCH) ||
           (bytes == RECORD_START_BYTES && at[12] == RECORD_START);
}

static enum err scan_file(struct recover_window *window, uint64_t from, struct scan *scan)
{
    uint64_t offset = from;
    while (offset + RECORD_BATCH_BYTES <= window->file_bytes) {
        struct slice bytes;
        enum err err = recover_window_bytes(window, offset, RECORD_START_BYTES, &bytes);
        if (err != ERR_OK)
            return err;
        if (bytes.bytes < RECORD_BATCH_BYTES)
            return ERR_OK;
        size_t at = 0;
        do {
            struct record record;
            if (looks_like_one(bytes.at + at) && record_decode(slice_from(bytes, at), window->seed,
                                                               offset + at, &record) == RECORD_GOOD)
                scan_record(scan, &record);
            at += RECORD_ALIGN;
        } while (at + RECORD_START_BYTES <= bytes.bytes);
        offset += at;
    }
    return ERR_OK;
}

enum err recover_scan(const struct log_place *place, const struct recover_directory *directory,
                      struct log_position from, uint64_t *ret_durable, uint32_t *ret_incarnation,
                      struct log_failure *ret_failure)
{
    struct recover_window window = {.files = place->files};
    struct scan scan = {0};
    enum err err = ERR_OK;
    for (uint32_t i = 0; err == ERR_OK && i < directory->segments.count; i++) {
        uint32_t number = (uint32_t)directory->segments.at[i];
        struct log_path path;
        if (number < log_segment_of(from.v))
            continue;
        log_path_make(place, LOG_NAME_SEGMENT, number, &path);
        err = recover_window_open(&window, path.text, record_seed_segment(place->identity, number));
        if (err == ERR_OK)
            err = scan_file(&window, number == log_segment_of(from.v) ? log_offset_of(from.v) : 0,
                            &scan);
        if (err != ERR_OK)
            log_failure_set(ret_failure, err, path.name, 0, "read");
    }
    recover_window_done(&window);
    if (err != ERR_OK)
        return err;
    *ret_durable = scan.durable;
    *ret_incarnation = scan.incarnation;
    return ERR_OK;
}
