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

/* Reads records as long as their checksums hold, whatever their incarnation. is_sealed: the log went on in another
 * file, so this one has an end; ERR_CORRUPT when that cannot be reached. */
static enum err check_file(const struct log_place *place, enum log_name kind, uint64_t number,
                           bool is_sealed, FILE *out)
{
    struct recover_window window = {.files = place->files};
    struct tally tally = {0};
    struct log_path path;
    uint64_t offset = 0;
    uint8_t last = 0;
    enum record_found found = RECORD_GOOD;
    log_path_make(place, kind, number, &path);
    enum err err = recover_window_open(&window, path.text,
                                       kind == LOG_NAME_SEGMENT
                                           ? record_seed_segment(place->identity, (uint32_t)number)
                                           : record_seed_snapshot(place->identity, number));
    while (err == ERR_OK && !is_last(last)) {
        struct record record;
        err = recover_window_read(&window, offset, &found, &record);
        if (err != ERR_OK || found != RECORD_GOOD)
            break;
        count_record(&tally, &record);
        last = record.kind;
        offset += record_aligned(record.bytes);
    }
    if (err != ERR_OK)
        (void)fprintf(out, "%s: cannot be read: %s\n", path.name, err_name(err));
    else
        (void)fprintf(
            out, "%s: %llu records, %llu messages of %llu bytes, good up to %llu of %llu%s\n",
            path.name, (unsigned long long)tally.records, (unsigned long long)tally.messages,
            (unsigned long long)tally.message_bytes, (unsigned long long)offset,
            (unsigned long long)window.file_bytes, is_last(last) ? ", complete" : "");
    recover_window_done(&window);
    if (err != ERR_OK || !is_sealed || is_last(last))
        return err;
    (void)fprintf(out, "%s at offset %llu: damage: a message may lie there or behind it\n",
                  path.name, (unsigned long long)offset);
    return ERR_CORRUPT;
}

/* The graver of two: damage, then what cannot be read. */
static enum err worse(enum err a, enum err b)
{
    return a == ERR_CORRUPT || b == ERR_OK ? a : b;
}

/* The segments before the snapshot are read by no start, but living messages lie in them. */
static enum err check_files(const struct log_place *place, const struct recover_directory *found,
                            uint32_t segment_end, FILE *out)
{
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < found->snapshots.count; i++)
        err = worse(err, check_file(place, LOG_NAME_SNAPSHOT, found->snapshots.at[i], false, out));
    for (uint32_t i = 0; i < found->segments.count; i++) {
        uint64_t number = found->segments.at[i];
        err = worse(err, check_file(place, LOG_NAME_SEGMENT, number, number < segment_end, out));
    }
    (void)fprintf(out, "%u spare segments\n", found->spares.count);
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
    err = check_files(&place, &found, started == ERR_OK ? log_segment_of(result.end.v) : 0, out);
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
