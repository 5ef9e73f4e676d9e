/* The walk: snapshot, then record after record, up to the place where no record can be taken.
 *
 * What may be taken there is told by incarnations and batch numbers (FORMAT.md); what it means that nothing can be
 * taken is told by the table (recover_table.c). */
#include "log/recover.h"

#include <errno.h>

#include "base/banned.h"

struct walk {
    const struct recover_input *input;
    const struct recover_directory *directory;
    struct recover_result *ret;
    struct recover_window window;
    uint64_t required; /* by the snapshot */
    bool is_intact, is_headless;
    /* After a loss that the operator accepts, reading begins where the numbers in force are not known. */
    bool adopts_incarnation, adopts_batch;
};

static enum err io_failed(struct walk *walk, enum err err, const char *name)
{
    log_failure_set(&walk->ret->failure, err, name, 0, "read");
    return err;
}

/* Fills in what the record says. False: it is not understood. */
static bool understand(struct recover_record *found)
{
    const struct record *record = &found->record;
    found->has_fact = record_is_fact(record->kind) || record->kind == RECORD_RELOCATED;
    if (!found->has_fact)
        return true;
    return record_get_entry(record, &found->fact, &found->message, &found->from) == ERR_OK;
}

static void visit(const struct walk *walk, const struct recover_record *found)
{
    if (walk->input->visit != NULL)
        walk->input->visit(walk->input->context, found);
}

/* ---- the snapshot ---- */

static enum err snapshot_damage(struct walk *walk, const char *name, uint64_t offset)
{
    log_failure_set(&walk->ret->failure, ERR_CORRUPT, name, offset, "damaged snapshot");
    walk->ret->verdict = RECOVER_REFUSE;
    walk->ret->reason = walk->ret->failure.text;
    return ERR_CORRUPT;
}

static enum err take_snapshot_head(struct walk *walk, const struct record *record,
                                   uint64_t position, const char *name)
{
    struct record_snapshot head;
    if (record_get_snapshot(record, &head) != ERR_OK || head.position != position ||
        head.identity != walk->input->place.identity)
        return snapshot_damage(walk, name, 0);
    walk->ret->snapshot = walk->ret->end = (struct log_position){position};
    walk->ret->incarnation = walk->ret->incarnation_max = head.incarnation;
    walk->ret->batch = head.batch;
    return ERR_OK;
}

/* visits: false to see first whether it is whole. */
static enum err read_snapshot(struct walk *walk, uint64_t position, bool visits)
{
    struct recover_window *window = &walk->window;
    struct log_path path;
    struct record_snapshot_end end;
    uint64_t offset = 0, entries = 0;
    log_path_make(&walk->input->place, LOG_NAME_SNAPSHOT, position, &path);
    enum err err = recover_window_open(window, path.text,
                                       record_seed_snapshot(walk->input->place.identity, position));
    for (;; entries++) {
        enum record_found found;
        struct recover_record item = {.file = path.name, .offset = offset, .is_snapshot = true};
        struct record *record = &item.record;
        if (err == ERR_OK)
            err = recover_window_read(window, offset, &found, record);
        if (err != ERR_OK)
            return io_failed(walk, err, path.name);
        if (found != RECORD_GOOD || !understand(&item))
            return snapshot_damage(walk, path.name, offset);
        if (offset == 0) {
            err = take_snapshot_head(walk, record, position, path.name);
            if (err != ERR_OK)
                return err;
        }
        if (visits)
            visit(walk, &item);
        offset += record_aligned(record->bytes);
        if (record->kind != RECORD_SNAPSHOT_END)
            continue;
        if (record_get_snapshot_end(record, &end) != ERR_OK || end.entries != entries - 1)
            return snapshot_damage(walk, path.name, offset);
        walk->ret->snapshot_records = end.entries;
        walk->required = end.required;
        return ERR_OK;
    }
}

/* The newest one; with the operator's consent the newest whole one. */
static enum err choose_snapshot(struct walk *walk)
{
    const struct recover_numbers *snapshots = &walk->directory->snapshots;
    for (uint32_t i = snapshots->count; i > 0; i--) {
        uint64_t position = snapshots->at[i - 1];
        if (!walk->input->accepts_loss)
            return read_snapshot(walk, position, true);
        enum err err = read_snapshot(walk, position, false);
        if (err == ERR_OK)
            return read_snapshot(walk, position, true);
        if (err != ERR_CORRUPT)
            return err;
    }
    return ERR_OK;
}

/* ---- segments ---- */

/* The rules of kinds for the record at walk->ret->end. False: it cannot be taken. */
static bool take_start(struct walk *walk, const struct record *record)
{
    struct record_start start;
    struct recover_result *ret = walk->ret;
    if (record_get_start(record, &start) != ERR_OK) {
        walk->is_intact = true;
        return false;
    }
    if (start.previous != ret->incarnation || record->incarnation <= ret->incarnation)
        return false;
    ret->incarnation = record->incarnation;
    ret->batch = start.batch;
    if (start.durable > ret->durable.v)
        ret->durable.v = start.durable;
    return true;
}

static bool take_batch(struct walk *walk, const struct record *record)
{
    struct record_batch batch;
    if (record_get_batch(record, &batch) != ERR_OK) {
        walk->is_intact = true;
        return false;
    }
    if (batch.batch != walk->ret->batch + 1 && !walk->adopts_batch)
        return false;
    walk->ret->batch = batch.batch;
    walk->adopts_batch = false;
    if (batch.durable > walk->ret->durable.v)
        walk->ret->durable.v = batch.durable;
    return true;
}

static bool take(struct walk *walk, struct recover_record *found, uint32_t *ret_next)
{
    const struct record *record = &found->record;
    struct recover_result *ret = walk->ret;
    ret->is_clean = false;
    if (record->kind == RECORD_START)
        return take_start(walk, record);
    if (record->incarnation != ret->incarnation)
        return false;
    if (record->kind == RECORD_BATCH)
        return take_batch(walk, record);
    bool is_understood = false;
    if (record->kind == RECORD_END)
        is_understood = record_get_end(record, ret_next) == ERR_OK &&
                        *ret_next == log_segment_of(ret->end.v) + 1;
    else if (record->kind == RECORD_NOTE || record->kind == RECORD_CLEAN)
        is_understood = record->fields == 0;
    else
        is_understood = understand(found) && found->has_fact;
    walk->is_intact = !is_understood;
    ret->is_clean = record->kind == RECORD_CLEAN;
    ret->has_facts = ret->has_facts || found->has_fact || record->kind == RECORD_NOTE;
    return is_understood;
}

/* Opens the segment of ret->end and checks its head. *ret_is_there: reading can go on in it. */
static enum err enter_segment(struct walk *walk, struct log_path *ret_path, bool *ret_is_there)
{
    struct recover_result *ret = walk->ret;
    uint32_t number = log_segment_of(ret->end.v);
    const struct log_place *place = &walk->input->place;
    struct record record;
    struct record_segment head;
    enum record_found found;
    *ret_is_there = false;
    ret->segment_bytes = 0;
    log_path_make(place, LOG_NAME_SEGMENT, number, ret_path);
    if (!recover_has(&walk->directory->segments, number)) {
        walk->is_headless = log_offset_of(ret->end.v) > 0;
        return ERR_OK;
    }
    enum err err = recover_window_open(&walk->window, ret_path->text,
                                       record_seed_segment(place->identity, number));
    if (err == ERR_OK)
        err = recover_window_read(&walk->window, 0, &found, &record);
    if (err != ERR_OK)
        return io_failed(walk, err, ret_path->name);
    bool is_good = found == RECORD_GOOD && record_get_segment(&record, &head) == ERR_OK &&
                   head.segment == number && head.identity == place->identity;
    if (is_good && walk->adopts_incarnation)
        ret->incarnation = record.incarnation;
    walk->adopts_incarnation = false;
    if (is_good && log_offset_of(ret->end.v) == 0 && record.incarnation != ret->incarnation)
        is_good = false;
    if (!is_good) {
        walk->is_intact = found == RECORD_GOOD && record.kind != RECORD_SEGMENT;
        walk->is_headless = log_offset_of(ret->end.v) > 0;
        return ERR_OK;
    }
    if (log_offset_of(ret->end.v) == 0) {
        struct recover_record item = {.file = ret_path->name, .at = ret->end, .record = record};
        visit(walk, &item);
        ret->end.v += RECORD_SEGMENT_BYTES;
    }
    ret->segment_bytes = head.segment_bytes;
    *ret_is_there = true;
    return ERR_OK;
}

/* From ret->end to where it stops. */
static enum err read_segments(struct walk *walk)
{
    struct recover_result *ret = walk->ret;
    struct log_path path;
    bool is_there;
    enum err err = enter_segment(walk, &path, &is_there);
    while (err == ERR_OK && is_there) {
        enum record_found found;
        uint32_t next = 0, offset = log_offset_of(ret->end.v);
        struct recover_record item = {.file = path.name, .offset = offset, .at = ret->end};
        err = recover_window_read(&walk->window, offset, &found, &item.record);
        if (err != ERR_OK)
            return io_failed(walk, err, path.name);
        if (found != RECORD_GOOD || !take(walk, &item, &next))
            break;
        visit(walk, &item);
        ret->records++;
        ret->end.v += record_aligned(item.record.bytes);
        if (next != 0) {
            ret->end = log_position_of(next, 0);
            err = enter_segment(walk, &path, &is_there);
        }
    }
    return err;
}

/* ---- the end ---- */

static enum err look_blank(struct walk *walk, bool *ret_is_blank)
{
    struct log_position end = walk->ret->end;
    *ret_is_blank = true;
    if (!recover_has(&walk->directory->segments, log_segment_of(end.v)) || !walk->window.is_open)
        return ERR_OK;
    struct slice bytes;
    enum err err =
        recover_window_bytes(&walk->window, log_offset_of(end.v), RECORD_HEADER_BYTES, &bytes);
    for (size_t i = 0; err == ERR_OK && i < bytes.bytes && i < RECORD_HEADER_BYTES; i++)
        *ret_is_blank = *ret_is_blank && bytes.at[i] == 0;
    return err;
}

static enum err decide(struct walk *walk)
{
    struct recover_result *ret = walk->ret;
    struct log_path path;
    bool is_blank = false;
    uint64_t durable = 0;
    uint32_t incarnation = 0;
    log_path_make(&walk->input->place, LOG_NAME_SEGMENT, log_segment_of(ret->end.v), &path);
    enum err err = look_blank(walk, &is_blank);
    if (err != ERR_OK)
        return io_failed(walk, err, path.name);
    err = recover_scan(&walk->input->place, walk->directory, ret->end, &durable, &incarnation,
                       &ret->failure);
    if (err != ERR_OK)
        return err;
    if (ret->incarnation > ret->incarnation_max)
        ret->incarnation_max = ret->incarnation;
    if (incarnation > ret->incarnation_max)
        ret->incarnation_max = incarnation;
    bool is_claimed =
        durable > ret->end.v || walk->required > ret->end.v || ret->durable.v > ret->end.v;
    unsigned facts = (is_claimed ? RECOVER_CLAIMED : 0u) | (walk->is_intact ? RECOVER_INTACT : 0u) |
                     (walk->is_headless ? RECOVER_HEADLESS : 0u) | (is_blank ? RECOVER_BLANK : 0u) |
                     (walk->input->accepts_loss ? RECOVER_ACCEPTS : 0u);
    const struct recover_row *row = recover_decide(facts);
    ret->verdict = row->verdict;
    ret->reason = row->reason;
    ret->is_headless = ret->segment_bytes == 0 && log_offset_of(ret->end.v) > 0;
    if (row->verdict == RECOVER_REFUSE || row->verdict == RECOVER_CUT)
        log_failure_set(&ret->failure, ERR_CORRUPT, path.name, log_offset_of(ret->end.v),
                        row->reason);
    return row->verdict == RECOVER_REFUSE ? ERR_CORRUPT : ERR_OK;
}

enum err recover_read(const struct recover_input *input, const struct recover_directory *directory,
                      struct recover_result *ret)
{
    struct walk walk = {.input = input, .directory = directory, .ret = ret};
    *ret = (struct recover_result){0};
    walk.window.files = input->place.files;
    enum err err = choose_snapshot(&walk);
    ret->snapshot_bytes = walk.window.read_total;
    if (err == ERR_OK && ret->snapshot.v == 0) {
        /* Without a snapshot the log is its segments from the first on: a later beginning is a loss. */
        ret->end = log_position_of(1, 0);
        ret->incarnation = 0;
        walk.required = 0;
        walk.is_headless = directory->snapshots.count > 0 ||
                           (directory->segments.count > 0 && directory->segments.at[0] > 1);
        if (walk.is_headless && directory->segments.count > 0) {
            ret->end = log_position_of((uint32_t)directory->segments.at[0], 0);
            walk.adopts_incarnation = walk.adopts_batch = true;
        }
    }
    bool was_headless = walk.is_headless;
    if (err == ERR_OK && (!was_headless || input->accepts_loss))
        err = read_segments(&walk);
    walk.is_headless = walk.is_headless || was_headless;
    if (err == ERR_OK)
        err = decide(&walk);
    ret->bytes_read = walk.window.read_total;
    recover_window_done(&walk.window);
    return err;
}
