/* Parameters of the query protocol into typed requests: reference A4, A5, A9.
 *
 * A name is a path (SendMessageBatchRequestEntry.2.MessageAttribute.1.Value.DataType). The parameters are sorted by
 * path, numbers by value, so that all that belongs to one member or item stands together, gaps in the numbering do not
 * matter, and the walk down the tables cuts the sorted run into ever smaller groups: n log n, whatever the numbers.
 *
 * The functions call each other as deep as the tables nest, never as deep as a name. Of equal names the first wins. */
#include "api/decoders.h"
#include "api/walk.h"
#include "base/encode.h"

#include "base/banned.h"

#define INDEX_DIGITS_MAX 9u
#define ECHO_BYTES_MAX   64u

/* Parameters whose names are the same before `at`, where the next segment begins. */
struct group {
    const struct api_parameter **items;
    uint32_t count;
    size_t at;
};

struct decoder {
    struct arena *arena;
    struct api_error *error;
    uint32_t items_left;
};

static bool decode_struct(struct decoder *decoder, const struct api_table *table,
                          struct group group, void *values);

/* ---- names ---- */

/* Nothing of the name is left at `at`: the parameter is the value itself. */
static bool has_ended(const struct api_parameter *parameter, size_t at)
{
    return at > parameter->name.bytes;
}

static struct slice segment(const struct api_parameter *parameter, size_t at)
{
    struct slice rest = slice_from(parameter->name, at);
    return slice_head(rest, slice_find(rest, '.'));
}

static bool is_number(struct slice text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return text.bytes > 0;
}

/* How many bytes the names have in common. */
static size_t shared_bytes(struct slice a, struct slice b)
{
    size_t most = a.bytes < b.bytes ? a.bytes : b.bytes;
    size_t at = 0;
    while (most - at >= 16 && memcmp(a.at + at, b.at + at, 16) == 0)
        at += 16;
    while (at < most && a.at[at] == b.at[at])
        at++;
    return at;
}

/* Names that end come first, then numbers by value, then texts; equal names keep the order they were sent in. Only the
 * first segment that differs matters, and the bytes before it are compared once. */
static int compare(const struct api_parameter *a, const struct api_parameter *b)
{
    size_t shared = shared_bytes(a->name, b->name);
    if (shared == a->name.bytes && shared == b->name.bytes)
        return a < b ? -1 : 1;
    if (shared == a->name.bytes || shared == b->name.bytes)
        return shared == a->name.bytes ? -1 : 1;
    size_t at = shared;
    while (at > 0 && a->name.at[at - 1] != '.')
        at--;
    struct slice left = segment(a, at), right = segment(b, at);
    if (left.bytes != right.bytes && is_number(left) && is_number(right))
        return left.bytes < right.bytes ? -1 : 1;
    return slice_compare(left, right);
}

static void merge(const struct api_parameter **from, size_t middle, size_t end,
                  const struct api_parameter **to)
{
    size_t left = 0, right = middle;
    for (size_t i = 0; i < end; i++) {
        bool take_left = right == end || (left < middle && compare(from[left], from[right]) < 0);
        to[i] = from[take_left ? left++ : right++];
    }
}

/* Merge sort from the bottom up, in the arena: qsort may allocate. */
static struct group sort(struct arena *arena, const struct api_parameters *parameters)
{
    size_t count = parameters->count;
    const struct api_parameter **sorted = arena_take(arena, count * sizeof(*sorted));
    const struct api_parameter **other = arena_take(arena, count * sizeof(*other));
    for (size_t i = 0; i < count; i++)
        sorted[i] = &parameters->items[i];
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t i = 0; i < count; i += 2 * width) {
            size_t left = count - i;
            size_t middle = width < left ? width : left;
            size_t end = 2 * width < left ? 2 * width : left;
            merge(sorted + i, middle, end, other + i);
        }
        const struct api_parameter **swapped = sorted;
        sorted = other;
        other = swapped;
    }
    return (struct group){sorted, (uint32_t)count, 0};
}

/* Cuts off the parameters that share their next segment; *ret_part begins behind it. False: none left. */
static bool group_split(struct group *rest, struct slice *ret_segment, struct group *ret_part)
{
    if (rest->count == 0)
        return false;
    size_t at = rest->at;
    bool is_end = has_ended(rest->items[0], at);
    struct slice first = segment(rest->items[0], at);
    uint32_t count = 1;
    while (count < rest->count && has_ended(rest->items[count], at) == is_end &&
           slice_equal(segment(rest->items[count], at), first))
        count++;
    *ret_segment = first;
    *ret_part = (struct group){rest->items, count, is_end ? at : at + first.bytes + 1};
    rest->items += count;
    rest->count -= count;
    return true;
}

/* The group's own value: of the parameter whose name ends here. */
static const struct slice *group_value(struct group group)
{
    return group.count > 0 && has_ended(group.items[0], group.at) ? &group.items[0]->value : NULL;
}

/* ---- scalars ---- */

static bool fail_text(struct decoder *decoder, struct slice text)
{
    return api_fail(decoder->error, API_ERROR_SERIALIZATION, text);
}

static bool decode_blob(struct decoder *decoder, struct slice text, struct slice *ret)
{
    uint8_t *bytes = arena_take(decoder->arena, BASE64_DATA_BYTES(text.bytes));
    size_t length;
    if (!decode_base64(text, bytes, &length))
        return fail_text(decoder, SLICE("A binary value is not valid base64."));
    *ret = slice_of(bytes, length);
    return true;
}

static bool decode_boolean(struct decoder *decoder, struct slice text, bool *ret)
{
    *ret = slice_is(text, "true");
    return *ret || slice_is(text, "false") ||
           fail_text(decoder, SLICE("STRING_VALUE can not be converted to a Boolean"));
}

static bool decode_scalar(struct decoder *decoder, enum api_type type, struct slice text,
                          void *value)
{
    if (type == API_TYPE_INTEGER || type == API_TYPE_LONG)
        return walk_parse_integer(text, type, value) ||
               fail_text(decoder, type == API_TYPE_INTEGER
                                      ? SLICE("STRING_VALUE can not be converted to an Integer")
                                      : SLICE("STRING_VALUE can not be converted to a Long"));
    if (type == API_TYPE_BOOLEAN)
        return decode_boolean(decoder, text, value);
    if (type == API_TYPE_BLOB || type == API_TYPE_BLOB_LIST)
        return decode_blob(decoder, text, value);
    *(struct slice *)value = text;
    return true;
}

/* ---- lists and maps ---- */

static bool check_index(struct decoder *decoder, struct slice index)
{
    if (is_number(index) && index.at[0] != '0' && index.bytes <= INDEX_DIGITS_MAX)
        return true;
    struct slice shown = slice_head(index, ECHO_BYTES_MAX);
    return api_fail_print(decoder->error, decoder->arena, API_ERROR_SERIALIZATION,
                          "%.*s is not a valid index", SLICE_PRINT(shown));
}

static bool fail_items(struct decoder *decoder)
{
    return api_fail_print(decoder->error, decoder->arena, API_ERROR_SERIALIZATION,
                          "A request can have at most %u list and map items.", WALK_ITEMS_MAX);
}

static bool decode_list_item(struct decoder *decoder, const struct api_member *member,
                             struct group group, struct walk_list *list)
{
    const struct slice *text = group_value(group);
    if (member->type != API_TYPE_STRUCT_LIST && text == NULL)
        return true; /* AttributeName.1.x names nothing */
    if (decoder->items_left == 0)
        return fail_items(decoder);
    decoder->items_left--;
    void *item = walk_add_item(decoder->arena, member, list);
    if (member->type == API_TYPE_STRUCT_LIST)
        return decode_struct(decoder, member->element, group, item);
    return decode_scalar(decoder, member->type, *text, item);
}

/* The parts of a map's item: its key, and the group that its value is made from. */
static bool split_pair(const struct api_member *member, struct group group, struct slice *ret_key,
                       struct group *ret_value)
{
    struct slice name;
    struct group part;
    bool has_key = false;
    *ret_value = (struct group){0};
    while (group_split(&group, &name, &part)) {
        const struct slice *text = group_value(part);
        if (slice_equal(name, member->value_name)) {
            *ret_value = part;
        } else if (slice_equal(name, member->key_name) && text != NULL) {
            *ret_key = *text;
            has_key = true;
        }
    }
    return has_key;
}

static bool decode_pair(struct decoder *decoder, const struct api_member *member,
                        struct group group, struct walk_list *map)
{
    struct slice key;
    struct group value;
    bool has_key = split_pair(member, group, &key, &value);
    if (!has_key && member->type == API_TYPE_ATTRIBUTE_MAP)
        key = SLICE(""); /* what an attribute without a name gets is the send's matter (D4) */
    else if (!has_key) {
        struct slice prefix = slice_head(group.items[0]->name, group.at);
        bool has_dot = prefix.bytes > 0 && prefix.at[prefix.bytes - 1] == '.';
        return api_fail_print(decoder->error, decoder->arena, API_ERROR_MISSING_REQUIRED_PARAMETER,
                              "The request must contain the parameter %.*s%s%.*s.",
                              SLICE_PRINT(prefix), has_dot ? "" : ".",
                              SLICE_PRINT(member->key_name));
    }
    struct slice *item = walk_map_item(decoder->arena, member, map, key, &decoder->items_left);
    if (item == NULL)
        return fail_items(decoder);
    void *target = walk_item_value(member, item);
    if (member->type == API_TYPE_ATTRIBUTE_MAP)
        return decode_struct(decoder, member->element, value, target);
    const struct slice *text = group_value(value);
    if (text != NULL)
        *(struct slice *)target = *text;
    return true;
}

/* `group` begins behind the member's name. Without a number: one item, as very old clients send it (Attribute.Name,
 * AttributeName=All), or an empty value for a list that is there but empty. A list of structs has an item that says
 * nothing then: JS v2 writes an empty batch so (I). */
static bool decode_collection(struct decoder *decoder, const struct api_member *member,
                              struct group group, struct walk_list *list)
{
    bool is_map = member->type == API_TYPE_STRING_MAP || member->type == API_TYPE_ATTRIBUTE_MAP;
    bool has_single = false;
    struct group rest = group, part;
    struct slice index;
    while (group_split(&rest, &index, &part)) {
        if (has_ended(part.items[0], group.at)) {
            bool is_item = member->type == API_TYPE_STRUCT_LIST
                               ? rest.count == 0
                               : !is_map && part.items[0]->value.bytes > 0;
            if (is_item && !decode_list_item(decoder, member, part, list))
                return false;
            continue;
        }
        if (is_map &&
            (slice_equal(index, member->key_name) || slice_equal(index, member->value_name))) {
            if (!has_single && !decode_pair(decoder, member, group, list))
                return false;
            has_single = true;
            continue;
        }
        if (!check_index(decoder, index) ||
            !(is_map ? decode_pair : decode_list_item)(decoder, member, part, list))
            return false;
    }
    return true;
}

/* ---- members ---- */

static const struct api_member *find_member(const struct api_table *table, struct slice name)
{
    for (uint32_t i = 0; i < table->members_count; i++)
        if (slice_equal(table->members[i].query_name, name) ||
            (table->members[i].query_alias.bytes > 0 &&
             slice_equal(table->members[i].query_alias, name)))
            return &table->members[i];
    return NULL;
}

static const struct api_member *find_collection(const struct api_table *table, struct slice name)
{
    for (uint32_t i = 0; i < table->members_count; i++)
        if (walk_is_collection(table->members[i].type) &&
            slice_equal(table->members[i].json_name, name))
            return &table->members[i];
    return NULL;
}

/* Clients that write an empty list as such use the member's name: `Entries=`. Items under it (`Entries.1.Id`,
 * `Entries.member.1.Id`) are told rather than lost (I). */
static bool decode_collection_name(struct decoder *decoder, const struct api_table *table,
                                   struct slice name, struct group group, void *values)
{
    const struct api_member *member = find_collection(table, name);
    const struct slice *text = group_value(group);
    struct slice index;
    struct group part;
    if (member == NULL)
        return true;
    if (text != NULL && text->bytes == 0)
        *walk_has(member, values) = true;
    while (group_split(&group, &index, &part)) {
        if (has_ended(part.items[0], group.at))
            continue; /* the name itself */
        if (slice_is(index, "member"))
            return fail_text(decoder, SLICE("Start of list found where not expected"));
        if (is_number(index))
            return fail_text(decoder, SLICE("Top level element may not be treated as a list"));
    }
    return true;
}

static bool decode_member(struct decoder *decoder, const struct api_member *member,
                          struct group group, void *values)
{
    void *value = walk_value(member, values);
    if (walk_is_collection(member->type)) {
        *walk_has(member, values) = true;
        return decode_collection(decoder, member, group, value);
    }
    const struct slice *text = group_value(group);
    if (text == NULL)
        return true; /* QueueUrl.x is not QueueUrl */
    *walk_has(member, values) = true;
    return decode_scalar(decoder, member->type, *text, value);
}

static bool decode_struct(struct decoder *decoder, const struct api_table *table,
                          struct group group, void *values)
{
    struct slice name;
    struct group part;
    while (group_split(&group, &name, &part)) {
        const struct api_member *member = find_member(table, name);
        bool is_good = member == NULL ? decode_collection_name(decoder, table, name, part, values)
                                      : decode_member(decoder, member, part, values);
        if (!is_good)
            return false;
    }
    return true;
}

bool api_decode_query_table(struct arena *arena, const struct api_parameters *parameters,
                            const struct api_table *table, void *values,
                            struct api_error *ret_error)
{
    ASSERT(parameters->count <= API_PARAMETERS_MAX);
    struct decoder decoder = {.arena = arena, .error = ret_error, .items_left = WALK_ITEMS_MAX};
    return decode_struct(&decoder, table, sort(arena, parameters), values);
}

/* Without numbers a batch is empty rather than absent: so AWS answers (I). */
static void note_absent_batch(const struct api_table *table, void *request)
{
    for (uint32_t i = 0; i < table->members_count; i++)
        if (table->members[i].type == API_TYPE_STRUCT_LIST)
            *walk_has(&table->members[i], request) = true;
}

bool api_decode_query(struct arena *arena, const struct api_parameters *parameters,
                      enum api_action action, void *request, struct api_error *ret_error)
{
    const struct api_table *table = api_action_info(action)->request;
    if (!api_decode_query_table(arena, parameters, table, request, ret_error))
        return false;
    note_absent_batch(table, request);
    return true;
}
