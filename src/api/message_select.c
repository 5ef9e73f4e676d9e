#include "api/message_select.h"

#include <inttypes.h>

#include "base/banned.h"

/* In the order in which they are returned. */
static const char *const system_names[MESSAGE_SYSTEM_COUNT] = {
    [MESSAGE_SENDER_ID] = "SenderId",
    [MESSAGE_SENT_TIMESTAMP] = "SentTimestamp",
    [MESSAGE_RECEIVE_COUNT] = "ApproximateReceiveCount",
    [MESSAGE_FIRST_RECEIVE_TIMESTAMP] = "ApproximateFirstReceiveTimestamp",
    [MESSAGE_TRACE_HEADER] = "AWSTraceHeader",
    [MESSAGE_DEAD_LETTER_SOURCE] = "DeadLetterQueueSourceArn",
    [MESSAGE_GROUP_ID] = "MessageGroupId",
    [MESSAGE_DEDUP_ID] = "MessageDeduplicationId",
    [MESSAGE_SEQUENCE_NUMBER] = "SequenceNumber",
};

/* ---- choosing ---- */

static uint32_t system_bits(const struct api_string_list *names)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < names->count; i++) {
        if (slice_is(names->items[i], "All"))
            return (1u << MESSAGE_SYSTEM_COUNT) - 1;
        for (uint32_t j = 0; j < MESSAGE_SYSTEM_COUNT; j++)
            if (slice_is(names->items[i], system_names[j]))
                bits |= 1u << j;
    }
    return bits;
}

static int compare_slices(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* Sorts and leaves out what repeats, or with `by_prefix` what begins with another one: a request may list any number of
 * names, and each look-up is a binary search. Returns how many are left. */
static uint32_t sort_distinct(struct slice *items, uint32_t count, bool by_prefix)
{
    uint32_t kept = 0;
    if (count > 1)
        qsort(items, count, sizeof(items[0]), compare_slices);
    for (uint32_t i = 0; i < count; i++) {
        bool is_covered = kept > 0 && (by_prefix ? slice_starts_with(items[i], items[kept - 1])
                                                 : slice_equal(items[i], items[kept - 1]));
        if (!is_covered)
            items[kept++] = items[i];
    }
    return kept;
}

static bool is_everything(struct slice name)
{
    return slice_is(name, "All") || slice_is(name, ".*") || slice_is(name, "*");
}

static void choose_user(struct message_select *select, struct arena *arena,
                        const struct api_string_list *wanted)
{
    for (uint32_t i = 0; i < wanted->count; i++)
        if (is_everything(wanted->items[i])) {
            select->all_user = true;
            return;
        }
    if (wanted->count == 0)
        return;
    struct slice *names = ARENA_NEW_MANY(arena, struct slice, wanted->count);
    struct slice *prefixes = ARENA_NEW_MANY(arena, struct slice, wanted->count);
    for (uint32_t i = 0; i < wanted->count; i++) {
        struct slice name = wanted->items[i];
        if (slice_ends_with(name, SLICE(".*")))
            prefixes[select->prefixes_count++] = slice_head(name, name.bytes - 2);
        else
            names[select->names_count++] = name;
    }
    select->names_count = sort_distinct(names, select->names_count, false);
    select->prefixes_count = sort_distinct(prefixes, select->prefixes_count, true);
    select->names = names;
    select->prefixes = prefixes;
}

void message_select_init(struct message_select *select, struct arena *arena,
                         const struct api_receive_message_request *request)
{
    *select = (struct message_select){
        .system = system_bits(&request->attribute_names) |
                  system_bits(&request->message_system_attribute_names),
    };
    choose_user(select, arena, &request->message_attribute_names);
}

/* ---- user attributes ---- */

bool message_select_no_user(const struct message_select *select)
{
    return !select->all_user && select->names_count == 0 && select->prefixes_count == 0;
}

/* The last item that is not above `name`; at == NULL when all are. */
static struct slice find_floor(const struct slice *items, uint32_t count, struct slice name)
{
    uint32_t from = 0;
    while (from < count) {
        uint32_t middle = from + (count - from) / 2;
        if (slice_compare(items[middle], name) <= 0)
            from = middle + 1;
        else
            count = middle;
    }
    return from > 0 ? items[from - 1] : SLICE_NONE;
}

bool message_select_takes(const struct message_select *select, struct slice name)
{
    if (select->all_user)
        return true;
    struct slice same = find_floor(select->names, select->names_count, name);
    if (same.at != NULL && slice_equal(same, name))
        return true;
    /* No prefix begins with another, so only the nearest one below can be the name's beginning. */
    struct slice prefix = find_floor(select->prefixes, select->prefixes_count, name);
    return prefix.at != NULL && slice_starts_with(name, prefix);
}

uint32_t message_select_user(const struct message_select *select,
                             const struct message_attribute *all, uint32_t count,
                             const uint8_t all_digest[MD5_BYTES],
                             struct message_attribute *ret_taken, uint8_t ret_digest[MD5_BYTES])
{
    uint32_t taken = 0;
    for (uint32_t i = 0; i < count; i++)
        if (message_select_takes(select, all[i].name))
            ret_taken[taken++] = all[i];
    if (taken > 0 && taken == count)
        memcpy(ret_digest, all_digest, MD5_BYTES);
    else if (taken > 0)
        message_digest_attributes(ret_taken, taken, ret_digest);
    return taken;
}

/* ---- system attributes ---- */

struct slice message_sequence_text(struct arena *arena, uint64_t sequence)
{
    uint8_t *text = arena_take(arena, MESSAGE_SEQUENCE_TEXT_BYTES);
    for (uint32_t i = MESSAGE_SEQUENCE_TEXT_BYTES; i > 0; i--, sequence /= 10)
        text[i - 1] = (uint8_t)('0' + sequence % 10);
    return slice_of(text, MESSAGE_SEQUENCE_TEXT_BYTES);
}

static struct slice number_text(struct arena *arena, int64_t value)
{
    return arena_print(arena, "%" PRId64, value);
}

/* at == NULL: the message has no such attribute. */
static struct slice system_value(struct arena *arena, const struct message_system_values *values,
                                 enum message_system which)
{
    switch (which) {
    case MESSAGE_SENDER_ID:
        return values->sender_id;
    case MESSAGE_SENT_TIMESTAMP:
        return number_text(arena, values->sent_at.v);
    case MESSAGE_RECEIVE_COUNT:
        return number_text(arena, values->receive_count);
    case MESSAGE_FIRST_RECEIVE_TIMESTAMP:
        return number_text(arena, values->first_received.v);
    case MESSAGE_TRACE_HEADER:
        return values->trace_header;
    case MESSAGE_DEAD_LETTER_SOURCE:
        return values->dead_letter_source;
    case MESSAGE_GROUP_ID:
        return values->group_id;
    case MESSAGE_DEDUP_ID:
        return values->dedup_id;
    case MESSAGE_SEQUENCE_NUMBER:
        return values->is_fifo ? message_sequence_text(arena, values->sequence) : SLICE_NONE;
    case MESSAGE_SYSTEM_COUNT:
        break;
    }
    UNREACHABLE("a system attribute without a value");
}

uint32_t message_select_system(const struct message_select *select, struct arena *arena,
                               const struct message_system_values *values,
                               struct api_string_pair ret_pairs[MESSAGE_SYSTEM_COUNT])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < MESSAGE_SYSTEM_COUNT; i++) {
        if ((select->system & 1u << i) == 0)
            continue;
        struct slice value = system_value(arena, values, (enum message_system)i);
        if (value.at == NULL)
            continue;
        ret_pairs[count++] = (struct api_string_pair){slice_from_text(system_names[i]), value};
    }
    return count;
}
