#include "log/log_tool.h"

#include <errno.h>

#include "base/encode.h"
#include "log/recover.h"

#include "base/banned.h"

#define AT_SEGMENT_IDENTITY  (RECORD_HEADER_BYTES + 16)
#define AT_SNAPSHOT_IDENTITY (RECORD_HEADER_BYTES + 16)

/* The identity stands in the first record of every segment and snapshot; the first one whose checksum agrees is it. */
static bool read_identity(const struct log_place *place, enum log_name kind, uint64_t number,
                          uint64_t *ret_identity)
{
    struct recover_window window = {.files = place->files};
    struct log_path path;
    struct slice bytes = SLICE_NONE;
    struct record record;
    bool is_found = false;
    log_path_make(place, kind, number, &path);
    enum err err = recover_window_open(&window, path.text, (struct record_seed){0});
    if (err == ERR_OK)
        err = recover_window_bytes(&window, 0, RECORD_SNAPSHOT_BYTES, &bytes);
    if (err == ERR_OK && bytes.bytes >= RECORD_SEGMENT_BYTES) {
        bool is_segment = kind == LOG_NAME_SEGMENT;
        uint64_t identity =
            get_u64(bytes.at + (is_segment ? AT_SEGMENT_IDENTITY : AT_SNAPSHOT_IDENTITY));
        struct record_seed seed = is_segment ? record_seed_segment(identity, (uint32_t)number)
                                             : record_seed_snapshot(identity, number);
        is_found = record_decode(bytes, seed, 0, &record) == RECORD_GOOD;
        *ret_identity = identity;
    }
    recover_window_done(&window);
    return is_found;
}

static enum err open_place(struct files *files, const char *path, FILE *out,
                           struct log_place *ret_place, struct recover_directory *ret_directory)
{
    *ret_place = (struct log_place){.files = files};
    bool is_found = false;
    int length = snprintf(ret_place->directory, sizeof(ret_place->directory), "%s", path);
    if (length <= 0 || (size_t)length >= sizeof(ret_place->directory))
        return ERR_INVALID;
    enum err err = recover_list(ret_place, ret_directory);
    if (err != ERR_OK) {
        (void)fprintf(out, "%s: %s\n", path, err_name(err));
        return err;
    }
    for (uint32_t i = ret_directory->segments.count; !is_found && i > 0; i--)
        is_found = read_identity(ret_place, LOG_NAME_SEGMENT, ret_directory->segments.at[i - 1],
                                 &ret_place->identity);
    for (uint32_t i = ret_directory->snapshots.count; !is_found && i > 0; i--)
        is_found = read_identity(ret_place, LOG_NAME_SNAPSHOT, ret_directory->snapshots.at[i - 1],
                                 &ret_place->identity);
    return ERR_OK;
}

static enum err report(const struct recover_result *found, enum err err, FILE *out)
{
    if (err != ERR_OK) {
        (void)fprintf(out, "a start would be refused: %s at offset %llu: %s (%s)\n",
                      found->failure.file, (unsigned long long)found->failure.offset,
                      found->failure.text != NULL ? found->failure.text : "", err_name(err));
        return err;
    }
    (void)fprintf(out, "ends at segment %u offset %u: %s%s\n", log_segment_of(found->end.v),
                  log_offset_of(found->end.v), found->reason,
                  found->is_clean ? ", closed on purpose" : "");
    return ERR_OK;
}

/* ---- check ---- */

struct tally {
    uint64_t records, messages, message_bytes;
};

static void count_record(struct tally *tally, const struct record *record)
{
    struct engine_fact fact;
    struct slice message;
    uint64_t from;
    tally->records++;
    if ((record_is_fact(record->kind) || record->kind == RECORD_RELOCATED) &&
        record_get_entry(record, &fact, &message, &from) == ERR_OK && message.bytes > 0) {
        tally->messages++;
        tally->message_bytes += message.bytes;
    }
}

static bool is_last(uint8_t kind)
{
    return kind == RECORD_END || kind == RECORD_SNAPSHOT_END;
}

struct check {
    FILE *out;
    struct recover_window window;
    const char *name;
    struct tally tally;
    uint64_t offset;      /* everything before it was read or told as damage */
    uint32_t incarnation; /* of the last good record */
    uint8_t last;         /* its kind */
    bool has_damage;      /* in this file */
    uint64_t damages, lost_bytes;
};

#define SCANNED_BYTES_MAX 4096u /* a checksum over more at each place would take too long */

/* Cheap look before the checksum. */
static bool looks_like_record(const uint8_t *at)
{
    uint32_t bytes = get_u32(at + 4);
    return bytes >= RECORD_HEADER_BYTES && bytes <= SCANNED_BYTES_MAX && at[12] != 0 && at[13] == 0;
}

/* Bytes that were once cut off behind an end belong to an earlier life. */
static enum err is_record(struct check *check, uint64_t offset, bool *ret_is)
{
    enum record_found found;
    struct record record;
    enum err err = recover_window_read(&check->window, offset, &found, &record);
    *ret_is = err == ERR_OK && found == RECORD_GOOD && record.incarnation >= check->incarnation;
    return err;
}

/* Where reading goes on behind a record that cannot be read: where it says to end, if that can be believed; otherwise at
 * the next small record (each batch begins with one). The file's size: nowhere. */
static enum err find_next(struct check *check, uint64_t *ret_next)
{
    uint64_t offset = check->offset, end = check->window.file_bytes;
    struct slice bytes;
    bool is_found = false;
    enum err err = recover_window_bytes(&check->window, offset, RECORD_HEADER_BYTES, &bytes);
    if (err == ERR_OK && bytes.bytes >= RECORD_HEADER_BYTES) {
        *ret_next = offset + record_aligned(get_u32(bytes.at + 4));
        if (*ret_next > offset)
            err = is_record(check, *ret_next, &is_found);
    }
    for (offset += RECORD_ALIGN; err == ERR_OK && !is_found; offset += RECORD_ALIGN) {
        *ret_next = offset;
        err = recover_window_bytes(&check->window, offset, RECORD_HEADER_BYTES, &bytes);
        if (err != ERR_OK || bytes.bytes < RECORD_HEADER_BYTES)
            break;
        if (looks_like_record(bytes.at))
            err = is_record(check, offset, &is_found);
    }
    if (!is_found)
        *ret_next = end;
    return err;
}

/* Reads records as long as their checksums hold, whatever their incarnation. */
static enum err read_run(struct check *check)
{
    enum record_found found = RECORD_GOOD;
    enum err err = ERR_OK;
    while (err == ERR_OK && !is_last(check->last)) {
        struct record record;
        err = recover_window_read(&check->window, check->offset, &found, &record);
        if (err != ERR_OK || found != RECORD_GOOD)
            break;
        count_record(&check->tally, &record);
        check->last = record.kind;
        check->incarnation = record.incarnation;
        check->offset += record_aligned(record.bytes);
    }
    return err;
}

static void tell_damage(struct check *check, uint64_t next)
{
    bool is_end = next == check->window.file_bytes;
    (void)fprintf(check->out, "%s at offset %llu: damage: %llu bytes cannot be read, %s\n",
                  check->name, (unsigned long long)check->offset,
                  (unsigned long long)(next - check->offset),
                  is_end ? "up to the file's end: messages may lie there"
                         : "a message may lie there; what follows is whole again");
    check->damages++;
    check->has_damage = true;
    check->lost_bytes += next - check->offset;
}

enum ending {
    ENDING_OPEN,    /* where no record can be read it ends */
    ENDING_REFUSED, /* the first such place is damage; behind it, what something readable follows is */
    ENDING_SEALED, /* the log went on in another file, so this one has an end; what keeps from reaching it is damage */
};

static enum err check_records(struct check *check, enum ending ending)
{
    enum err err = read_run(check);
    while (err == ERR_OK && ending != ENDING_OPEN && !is_last(check->last) &&
           check->offset < check->window.file_bytes) {
        uint64_t next = 0;
        err = find_next(check, &next);
        if (err != ERR_OK ||
            (ending == ENDING_REFUSED && check->has_damage && next == check->window.file_bytes))
            break;
        tell_damage(check, next);
        check->offset = next;
        err = read_run(check);
    }
    return err;
}

static enum err check_file(const struct log_place *place, enum log_name kind, uint64_t number,
                           enum ending ending, struct check *check)
{
    struct log_path path;
    log_path_make(place, kind, number, &path);
    *check = (struct check){.out = check->out,
                            .window = {.files = place->files},
                            .name = path.name,
                            .damages = check->damages,
                            .lost_bytes = check->lost_bytes};
    enum err err = recover_window_open(&check->window, path.text,
                                       kind == LOG_NAME_SEGMENT
                                           ? record_seed_segment(place->identity, (uint32_t)number)
                                           : record_seed_snapshot(place->identity, number));
    if (err == ERR_OK)
        err = check_records(check, ending);
    bool is_whole = is_last(check->last) && !check->has_damage;
    if (err != ERR_OK)
        (void)fprintf(check->out, "%s: cannot be read: %s\n", path.name, err_name(err));
    else
        (void)fprintf(
            check->out,
            "%s: %llu records, %llu messages of %llu bytes, read up to %llu of %llu%s\n", path.name,
            (unsigned long long)check->tally.records, (unsigned long long)check->tally.messages,
            (unsigned long long)check->tally.message_bytes, (unsigned long long)check->offset,
            (unsigned long long)check->window.file_bytes, is_whole ? ", complete" : "");
    recover_window_done(&check->window);
    return err == ERR_OK && check->has_damage ? ERR_CORRUPT : err;
}

/* The graver of two: damage, then what cannot be read. */
static enum err worse(enum err a, enum err b)
{
    return a == ERR_CORRUPT || b == ERR_OK ? a : b;
}

static enum ending ending_of(const struct log_place *place, const struct recover_result *result,
                             enum err started, uint64_t number, uint64_t open)
{
    struct log_path path;
    log_path_make(place, LOG_NAME_SEGMENT, number, &path);
    if (number < open)
        return ENDING_SEALED;
    return started == ERR_CORRUPT && strcmp(path.name, result->failure.file) == 0 ? ENDING_REFUSED
                                                                                  : ENDING_OPEN;
}

/* Segments below it have an end: the log went on behind them. */
static uint64_t open_segment(const struct log_place *place, const struct recover_directory *found,
                             const struct recover_result *result, enum err started)
{
    uint64_t identity;
    if (started == ERR_OK)
        return log_segment_of(result->end.v);
    for (uint32_t i = found->segments.count; i > 0; i--)
        if (read_identity(place, LOG_NAME_SEGMENT, found->segments.at[i - 1], &identity))
            return found->segments.at[i - 1];
    return 0;
}

/* The segments before the snapshot are read by no start, but living messages lie in them. */
static enum err check_files(const struct log_place *place, const struct recover_directory *found,
                            const struct recover_result *result, enum err started, FILE *out)
{
    enum err err = ERR_OK;
    struct check check = {.out = out};
    uint64_t open = open_segment(place, found, result, started);
    for (uint32_t i = 0; i < found->snapshots.count; i++)
        err = worse(err, check_file(place, LOG_NAME_SNAPSHOT, found->snapshots.at[i], ENDING_SEALED,
                                    &check));
    for (uint32_t i = 0; i < found->segments.count; i++) {
        uint64_t number = found->segments.at[i];
        enum ending ending = ending_of(place, result, started, number, open);
        err = worse(err, check_file(place, LOG_NAME_SEGMENT, number, ending, &check));
    }
    (void)fprintf(out, "%u spare segments\n", found->spares.count);
    if (check.damages > 0)
        (void)fprintf(out, "%llu damaged places, %llu bytes cannot be read\n",
                      (unsigned long long)check.damages, (unsigned long long)check.lost_bytes);
    return err;
}

enum err log_tool_check(struct files *files, const char *directory, FILE *out)
{
    struct log_place place;
    struct recover_directory found = {0};
    struct recover_result result = {0};
    enum err err = open_place(files, directory, out, &place, &found);
    if (err != ERR_OK)
        return err;
    struct recover_input input = {.place = place};
    enum err started = recover_read(&input, &found, &result);
    err = check_files(&place, &found, &result, started, out);
    err = worse(report(&result, started, out), err);
    recover_directory_done(&found);
    return err;
}

/* ---- dump ---- */

static void dump_fact(FILE *out, const struct engine_fact *fact)
{
    (void)fprintf(out, " queue=%llu sequence=%llu at=%lld", (unsigned long long)fact->queue.v,
                  (unsigned long long)fact->sequence, (long long)fact->at.v);
    if (fact->until.v != 0)
        (void)fprintf(out, " until=%lld", (long long)fact->until.v);
    if (fact->enqueued_at.v != 0)
        (void)fprintf(out, " enqueued_at=%lld", (long long)fact->enqueued_at.v);
    if (fact->first_received.v != 0)
        (void)fprintf(out, " first_received=%lld", (long long)fact->first_received.v);
    if (fact->generation != 0)
        (void)fprintf(out, " generation=%u", fact->generation);
    if (fact->receive_count != 0)
        (void)fprintf(out, " receive_count=%u", fact->receive_count);
    if (fact->body_bytes != 0)
        (void)fprintf(out, " body_bytes=%u", fact->body_bytes);
    if (fact->body.v != 0)
        (void)fprintf(out, " body=%u:%u", log_segment_of(fact->body.v),
                      log_offset_of(fact->body.v));
    if (fact->origin.v != 0)
        (void)fprintf(out, " origin=%llu", (unsigned long long)fact->origin.v);
    if (fact->target.v != 0)
        (void)fprintf(out, " target=%llu", (unsigned long long)fact->target.v);
    if (fact->received_at.v != 0)
        (void)fprintf(out, " received_at=%lld", (long long)fact->received_at.v);
    if (fact->arrived_count != 0)
        (void)fprintf(out, " arrived_count=%u", fact->arrived_count);
    if (fact->task != 0 || fact->task_moved != 0)
        (void)fprintf(out, " task=%llu moved=%llu status=%u", (unsigned long long)fact->task,
                      (unsigned long long)fact->task_moved, (unsigned)fact->task_status);
}

static void dump_hex(FILE *out, const char *name, const uint8_t bytes[16])
{
    uint8_t text[32];
    encode_hex(slice_of(bytes, 16), text);
    (void)fprintf(out, " %s=%.32s", name, (const char *)text);
}

static void dump_keys(FILE *out, const struct engine_fact *fact)
{
    static const uint8_t none[16];
    if (memcmp(fact->message_id, none, sizeof(none)) != 0)
        dump_hex(out, "message_id", fact->message_id);
    if (fact->is_fifo)
        (void)fputs(" fifo", out);
    if (fact->has_group)
        dump_hex(out, "group", fact->group.v);
    if (fact->has_dedup)
        dump_hex(out, "dedup", fact->dedup.v);
    if (fact->has_attempt)
        dump_hex(out, "attempt", fact->attempt.v);
    if (fact->has_attempt && fact->attempt_index != 0)
        (void)fprintf(out, " attempt_index=%u", fact->attempt_index);
    if (fact->has_retry)
        dump_hex(out, "retry", fact->retry.v);
    if (fact->is_arrival)
        (void)fputs(" arrival", out);
    if (fact->is_changed)
        (void)fputs(" changed", out);
    if (fact->state != 0)
        (void)fprintf(out, " state=%u", fact->state);
}

struct dump {
    FILE *out;
    struct log_tool_filter filter;
};

static bool is_wanted(const struct log_tool_filter *filter, const struct recover_record *found)
{
    if (found->at.v < filter->position)
        return false;
    if (!found->has_fact)
        return filter->queue == 0 && filter->sequence == 0;
    return found->fact.sequence >= filter->sequence &&
           (filter->queue == 0 || found->fact.queue.v == filter->queue);
}

static void dump_record(void *context, const struct recover_record *found)
{
    const struct dump *dump = context;
    FILE *out = dump->out;
    struct record_batch batch;
    struct record_start start;
    if (!is_wanted(&dump->filter, found))
        return;
    (void)fprintf(out, "%s:%llu %s", found->file, (unsigned long long)found->offset,
                  record_kind_name(found->record.kind));
    if (found->has_fact) {
        dump_fact(out, &found->fact);
        dump_keys(out, &found->fact);
        if (found->from != 0)
            (void)fprintf(out, " from=%u:%u", log_segment_of(found->from),
                          log_offset_of(found->from));
        if (found->message.bytes > 0)
            (void)fprintf(out, " message_bytes=%zu", found->message.bytes);
    } else if (record_get_batch(&found->record, &batch) == ERR_OK) {
        (void)fprintf(out, " number=%llu durable=%u:%u", (unsigned long long)batch.batch,
                      log_segment_of(batch.durable), log_offset_of(batch.durable));
    } else if (record_get_start(&found->record, &start) == ERR_OK) {
        (void)fprintf(out, " incarnation=%u previous=%u number=%llu durable=%u:%u",
                      found->record.incarnation, start.previous, (unsigned long long)start.batch,
                      log_segment_of(start.durable), log_offset_of(start.durable));
    } else if (found->record.kind == RECORD_NOTE) {
        (void)fprintf(out, " bytes=%zu", found->record.payload.bytes);
    }
    (void)fputc('\n', out);
}

enum err log_tool_dump(struct files *files, const char *directory,
                       const struct log_tool_filter *filter, FILE *out)
{
    struct dump dump = {.out = out};
    if (filter != NULL)
        dump.filter = *filter;
    struct log_place place;
    struct recover_directory found = {0};
    struct recover_result result;
    enum err err = open_place(files, directory, out, &place, &found);
    if (err != ERR_OK)
        return err;
    struct recover_input input = {.place = place, .visit = dump_record, .context = &dump};
    err = report(&result, recover_read(&input, &found, &result), out);
    recover_directory_done(&found);
    return err;
}

bool log_tool_position(struct slice text, uint64_t *ret_position)
{
    char name[32];
    enum log_name kind;
    uint64_t segment;
    int64_t offset;
    size_t colon = slice_find(text, ':');
    if (colon >= sizeof(name) || !slice_to_int64(slice_from(text, colon + 1), &offset))
        return false;
    memcpy(name, text.at, colon);
    name[colon] = '\0';
    if (!log_name_parse(name, &kind, &segment) || kind != LOG_NAME_SEGMENT || offset < 0 ||
        offset > UINT32_MAX)
        return false;
    *ret_position = segment << 32 | (uint64_t)offset;
    return true;
}
