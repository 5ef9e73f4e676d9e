#include "base/check.h"
#include "base/utf8.h"
#include "bench/answer.h"

#include "base/banned.h"

/* A walk from tag to tag. Level 1 is the answer, 2 its result (or the error), 3 its members and entries, 4 the members
 * of entries. */
struct walk {
    uint8_t *at;
    uint8_t *end;
    uint32_t depth;
    uint8_t *text;      /* behind the latest opening tag; NULL behind a closing one */
    struct slice cdata; /* the latest section behind that tag; at NULL: none */
    struct slice name;  /* of the latest opening tag */
    struct slice outer; /* of the latest one at level 3 */
    bool is_in_entry;
    struct answer *answer;
};

static const struct {
    const char *name;
    uint32_t point;
} entities[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};

static bool read_number(struct slice digits, uint32_t base, uint32_t *ret_point)
{
    uint32_t point = 0;
    if (digits.bytes == 0 || digits.bytes > 8)
        return false;
    for (size_t i = 0; i < digits.bytes; i++) {
        uint8_t c = digits.at[i], low = (uint8_t)(c | 0x20);
        uint32_t digit = c >= '0' && c <= '9'       ? (uint32_t)(c - '0')
                         : low >= 'a' && low <= 'f' ? (uint32_t)(low - 'a' + 10)
                                                    : 16;
        if (digit >= base || point > 0x10ffff)
            return false;
        point = point * base + digit;
    }
    *ret_point = point;
    return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

static bool read_entity(struct slice name, uint32_t *ret_point)
{
    for (size_t i = 0; i < ARRAY_COUNT(entities); i++) {
        if (slice_is(name, entities[i].name)) {
            *ret_point = entities[i].point;
            return true;
        }
    }
    if (slice_starts_with(name, SLICE("#x")))
        return read_number(slice_from(name, 2), 16, ret_point);
    return slice_starts_with(name, SLICE("#")) && read_number(slice_from(name, 1), 10, ret_point);
}

/* In place: a reference is never shorter than what it stands for. */
static bool unescape(uint8_t *at, const uint8_t *end, struct slice *ret_text)
{
    uint8_t *start = at, *to = at;
    uint32_t point;
    while (at < end) {
        uint8_t *stop = memchr(at, '&', (size_t)(end - at));
        size_t run = stop != NULL ? (size_t)(stop - at) : (size_t)(end - at);
        if (to != at)
            memmove(to, at, run);
        to += run;
        at += run;
        if (stop == NULL)
            break;
        struct slice name = slice_of(at + 1, (size_t)(end - at) - 1);
        size_t bytes = slice_find(name, ';');
        if (bytes == name.bytes || !read_entity(slice_head(name, bytes), &point))
            return false;
        at += bytes + 2;
        to += utf8_put(point, to);
    }
    *ret_text = slice_of(start, (size_t)(to - start));
    return true;
}

static void keep_outer(struct answer *answer, struct slice name, struct slice value)
{
    if (slice_is(name, "MessageId"))
        answer->message_id = value;
    else if (slice_is(name, "QueueUrl"))
        answer->queue_url = value;
    else if (slice_is(name, "Code"))
        answer->error_code = value;
    else if (slice_is(name, "Message"))
        answer->error_text = value;
}

static void keep_member(struct answer_entry *entry, struct slice name, struct slice value)
{
    if (slice_is(name, "Body"))
        entry->body = value;
    else if (slice_is(name, "ReceiptHandle"))
        entry->receipt = value;
    else if (slice_is(name, "MessageId"))
        entry->message_id = value;
    else if (slice_is(name, "Id"))
        entry->id = value;
    else if (slice_is(name, "Code"))
        entry->code = value;
}

static enum answer_list find_list(struct slice name)
{
    if (slice_is(name, "BatchResultErrorEntry"))
        return ANSWER_FAILED;
    if (slice_ends_with(name, SLICE("BatchResultEntry")))
        return ANSWER_SUCCESSFUL;
    return slice_is(name, "Message") ? ANSWER_MESSAGES : ANSWER_NO_LIST;
}

/* The first element inside one at level 3 says that this one is an entry, and not a text (an error's Message). */
static bool enter_entry(struct walk *walk, struct slice outer)
{
    struct answer *answer = walk->answer;
    enum answer_list list = find_list(outer);
    if (walk->is_in_entry || list == ANSWER_NO_LIST)
        return true;
    if (answer->entries_count == ANSWER_ENTRIES_MAX)
        return false;
    answer->entries[answer->entries_count++] = (struct answer_entry){.list = list};
    walk->is_in_entry = true;
    return true;
}

static bool walk_open(struct walk *walk, struct slice tag)
{
    bool is_empty = tag.bytes > 0 && tag.at[tag.bytes - 1] == '/';
    size_t name_bytes = 0;
    while (name_bytes < tag.bytes && strchr(" \t\r\n/", tag.at[name_bytes]) == NULL)
        name_bytes++;
    if (name_bytes == 0 || walk->depth == ANSWER_DEPTH_MAX)
        return false;
    if (walk->depth == 3 && !enter_entry(walk, walk->outer))
        return false;
    if (is_empty) {
        walk->text = NULL;
        return true;
    }
    walk->depth++;
    walk->name = slice_head(tag, name_bytes);
    if (walk->depth == 3)
        walk->outer = walk->name;
    walk->text = walk->at;
    walk->cdata = SLICE_NONE;
    return true;
}

/* At "<!": a comment is passed over; a section of characters is the text of its element, and all of it. */
static bool walk_special(struct walk *walk, uint8_t *open)
{
    struct slice rest = slice_of(open, (size_t)(walk->end - open));
    bool is_comment = slice_starts_with(rest, SLICE("<!--"));
    struct slice head = is_comment ? SLICE("<!--") : SLICE("<![CDATA[");
    const char *tail = is_comment ? "-->" : "]]>";
    if (!slice_starts_with(rest, head))
        return false;
    uint8_t *start = open + head.bytes;
    uint8_t *end = memmem(start, (size_t)(walk->end - start), tail, strlen(tail));
    if (end == NULL)
        return false;
    if (!is_comment)
        walk->cdata = slice_of(start, (size_t)(end - start));
    walk->at = end + strlen(tail);
    return true;
}

/* text_end: where the closing tag begins. */
static bool walk_close(struct walk *walk, const uint8_t *text_end, struct slice tag)
{
    struct slice value;
    struct answer *answer = walk->answer;
    if (walk->depth == 0)
        return false;
    if (walk->text != NULL) {
        if (!slice_equal(slice_trim(slice_from(tag, 1)), walk->name))
            return false;
        value = walk->cdata;
        if (value.at == NULL && !unescape(walk->text, text_end, &value))
            return false;
        if (walk->depth == 3)
            keep_outer(answer, walk->name, value);
        else if (walk->depth == 4 && walk->is_in_entry)
            keep_member(&answer->entries[answer->entries_count - 1], walk->name, value);
    }
    if (walk->depth == 3)
        walk->is_in_entry = false;
    walk->text = NULL;
    walk->depth--;
    return true;
}

bool answer_parse_xml(uint8_t *bytes, size_t count, struct answer *ret_answer)
{
    struct walk walk = {.at = bytes, .end = bytes + count, .answer = ret_answer};
    memset(ret_answer, 0, offsetof(struct answer, entries));
    ret_answer->entries_count = 0;
    while (walk.at < walk.end) {
        uint8_t *open = memchr(walk.at, '<', (size_t)(walk.end - walk.at));
        if (open == NULL)
            break;
        if (walk.end - open > 1 && open[1] == '!') {
            if (!walk_special(&walk, open))
                return false;
            continue;
        }
        uint8_t *close = memchr(open, '>', (size_t)(walk.end - open));
        if (close == NULL || close - open < 2)
            return false;
        struct slice tag = slice_of(open + 1, (size_t)(close - open) - 1);
        walk.at = close + 1;
        if (tag.at[0] == '?')
            continue;
        if (!(tag.at[0] == '/' ? walk_close(&walk, open, tag) : walk_open(&walk, tag)))
            return false;
    }
    return walk.depth == 0;
}
