#include "base/check.h"
#include "base/utf8.h"
#include "bench/answer.h"

#include "base/banned.h"

/* A walk from token to token. A bit a level says whether it is an object. Entries are the objects at level 3: in a list
 * that a member of the outermost object names. */
struct walk {
    uint8_t *at;
    const uint8_t *end;
    uint64_t objects;
    uint32_t depth;
    bool wants_name;
    enum answer_list list;
    struct slice name;
    struct answer *answer;
};

static void answer_reset(struct answer *answer)
{
    memset(answer, 0, offsetof(struct answer, entries));
    answer->entries_count = 0;
}

/* The first quote, backslash or control character, eight bytes at a time: bodies are long and mostly plain. A false
 * alarm of the word test only costs the byte loop. */
static uint8_t *find_special(uint8_t *at, const uint8_t *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word;
    while ((size_t)(end - at) >= sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        uint64_t quotes = word ^ ones * '"', slashes = word ^ ones * '\\';
        uint64_t hits = ((quotes - ones) & ~quotes) | ((slashes - ones) & ~slashes) |
                        ((word - ones * 0x20) & ~word);
        if ((hits & ones * 0x80) != 0)
            break;
        at += sizeof(word);
    }
    while (at < end && *at != '"' && *at != '\\' && *at >= 0x20)
        at++;
    return at;
}

static bool read_hex4(struct walk *walk, uint32_t *ret_value)
{
    uint32_t value = 0;
    if (walk->end - walk->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        uint8_t c = *walk->at++, low = (uint8_t)(c | 0x20);
        if (c >= '0' && c <= '9')
            value = value << 4 | (uint32_t)(c - '0');
        else if (low >= 'a' && low <= 'f')
            value = value << 4 | (uint32_t)(low - 'a' + 10);
        else
            return false;
    }
    *ret_value = value;
    return true;
}

/* Behind \u. A high surrogate must be followed by an escaped low one. */
static bool read_point(struct walk *walk, uint32_t *ret_point)
{
    uint32_t point, low;
    if (!read_hex4(walk, &point))
        return false;
    if (point >= 0xd800 && point < 0xdc00) {
        if (walk->end - walk->at < 2 || walk->at[0] != '\\' || walk->at[1] != 'u')
            return false;
        walk->at += 2;
        if (!read_hex4(walk, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    } else if (point >= 0xdc00 && point <= 0xdfff) {
        return false;
    }
    *ret_point = point;
    return true;
}

/* At a backslash: writes what it stands for to *to, which is never ahead of the text. */
static bool read_escape(struct walk *walk, uint8_t **to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    uint32_t point;
    if (walk->end - walk->at < 2)
        return false;
    uint8_t c = walk->at[1];
    walk->at += 2;
    const char *found = c != 0 ? strchr(from, c) : NULL;
    if (found != NULL) {
        *(*to)++ = (uint8_t)into[found - from];
        return true;
    }
    if (c != 'u' || !read_point(walk, &point))
        return false;
    *to += utf8_put(point, *to);
    return true;
}

/* At the opening quote. */
static bool read_string(struct walk *walk, struct slice *ret_text)
{
    uint8_t *start = ++walk->at, *to = start;
    for (;;) {
        uint8_t *stop = find_special(walk->at, walk->end);
        size_t run = (size_t)(stop - walk->at);
        if (to != walk->at)
            memmove(to, walk->at, run);
        to += run;
        walk->at = stop;
        if (stop == walk->end || *stop < 0x20)
            return false;
        if (*stop == '"')
            break;
        if (!read_escape(walk, &to))
            return false;
    }
    walk->at++;
    *ret_text = slice_of(start, (size_t)(to - start));
    return true;
}

static enum answer_list find_list(struct slice name)
{
    if (slice_is(name, "Messages"))
        return ANSWER_MESSAGES;
    if (slice_is(name, "Successful"))
        return ANSWER_SUCCESSFUL;
    return slice_is(name, "Failed") ? ANSWER_FAILED : ANSWER_NO_LIST;
}

static void keep_outer(struct answer *answer, struct slice name, struct slice value)
{
    if (slice_is(name, "MessageId"))
        answer->message_id = value;
    else if (slice_is(name, "QueueUrl"))
        answer->queue_url = value;
    else if (slice_is(name, "__type"))
        answer->error_code = value;
    else if (slice_equal_nocase(name, SLICE("message")))
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

static bool is_in_object(const struct walk *walk)
{
    return walk->depth > 0 && (walk->objects >> (walk->depth - 1) & 1) != 0;
}

static bool walk_string(struct walk *walk)
{
    struct slice text;
    struct answer *answer = walk->answer;
    if (walk->depth == 0 || !read_string(walk, &text))
        return false;
    if (walk->wants_name) {
        walk->name = text;
        walk->wants_name = false;
    } else if (walk->depth == 1) {
        keep_outer(answer, walk->name, text);
    } else if (walk->depth == 3 && walk->list != ANSWER_NO_LIST && is_in_object(walk)) {
        keep_member(&answer->entries[answer->entries_count - 1], walk->name, text);
    }
    return true;
}

static bool walk_open(struct walk *walk, bool is_object)
{
    struct answer *answer = walk->answer;
    if (walk->depth == ANSWER_DEPTH_MAX || (walk->depth == 0 && !is_object))
        return false;
    uint64_t bit = UINT64_C(1) << walk->depth++;
    walk->objects = is_object ? walk->objects | bit : walk->objects & ~bit;
    walk->wants_name = is_object;
    walk->at++;
    if (walk->depth == 2)
        walk->list = is_object ? ANSWER_NO_LIST : find_list(walk->name);
    if (walk->depth == 3 && is_object && walk->list != ANSWER_NO_LIST) {
        if (answer->entries_count == ANSWER_ENTRIES_MAX)
            return false;
        answer->entries[answer->entries_count++] = (struct answer_entry){.list = walk->list};
    }
    return true;
}

static bool walk_close(struct walk *walk, bool is_object)
{
    if (walk->depth == 0 || is_in_object(walk) != is_object)
        return false;
    walk->depth--;
    walk->at++;
    walk->wants_name = false;
    return true;
}

static bool walk_token(struct walk *walk)
{
    switch (*walk->at) {
    case '{':
    case '[':
        return walk_open(walk, *walk->at == '{');
    case '}':
    case ']':
        return walk_close(walk, *walk->at == '}');
    case '"':
        return walk_string(walk);
    case ',':
        walk->wants_name = is_in_object(walk);
        break;
    default: /* blanks, colons, numbers and words, a byte at a time */
        break;
    }
    walk->at++;
    return true;
}

bool answer_parse_json(uint8_t *bytes, size_t count, struct answer *ret_answer)
{
    struct walk walk = {.at = bytes, .end = bytes + count, .answer = ret_answer};
    answer_reset(ret_answer);
    while (walk.at < walk.end)
        if (!walk_token(&walk))
            return false;
    return walk.depth == 0;
}
