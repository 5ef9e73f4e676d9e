#include "server/guard.h"

#include "base/banned.h"

struct counts {
    unsigned host, content_length, transfer_encoding;
};

/* Does the line begin with this name, up to a colon or its end? */
static bool is_named(struct slice line, struct slice name)
{
    bool is_as_long =
        line.bytes == name.bytes || (line.bytes > name.bytes && line.at[name.bytes] == ':');
    return is_as_long && slice_equal_nocase(slice_head(line, name.bytes), name);
}

/* line.bytes > 0. Most lines are told by their first letter, so that no colon is looked for in them. */
static void count_line(struct slice line, struct counts *counts)
{
    switch (line.at[0]) {
    case 'H':
    case 'h':
        counts->host += is_named(line, SLICE("host"));
        break;
    case 'C':
    case 'c':
        counts->content_length += is_named(line, SLICE("content-length"));
        break;
    case 'T':
    case 't':
        counts->transfer_encoding += is_named(line, SLICE("transfer-encoding"));
        break;
    default:
        break;
    }
}

/* The next line without its CR LF; false when it does not end so within the bytes. */
static bool take_line(struct slice *rest, struct slice *ret_line)
{
    size_t end = slice_find(*rest, '\n');
    if (end == rest->bytes || end == 0 || rest->at[end - 1] != '\r')
        return false;
    *ret_line = slice_of(rest->at, end - 1);
    *rest = slice_of(rest->at + end + 1, rest->bytes - end - 1);
    return true;
}

static enum guard_verdict judge(const struct counts *counts, bool is_http11)
{
    if (counts->host > 1 || (is_http11 && counts->host == 0))
        return GUARD_AMBIGUOUS;
    if (counts->content_length + counts->transfer_encoding > 1)
        return GUARD_AMBIGUOUS;
    return GUARD_FINE;
}

enum guard_verdict guard_check(struct slice bytes, bool is_http11)
{
    struct counts counts = {0};
    struct slice rest = bytes;
    struct slice line;
    /* A parser that forgives empty lines before the request line is followed in that. */
    while (rest.bytes >= 2 && rest.at[0] == '\r' && rest.at[1] == '\n')
        rest = slice_from(rest, 2);
    struct slice head = rest;
    if (!take_line(&rest, &line))
        return GUARD_AMBIGUOUS;
    for (;;) {
        if ((size_t)(rest.at - head.at) > GUARD_HEAD_BYTES_MAX)
            return GUARD_TOO_LARGE;
        if (!take_line(&rest, &line))
            return GUARD_AMBIGUOUS;
        if (line.bytes == 0)
            return judge(&counts, is_http11);
        if (line.at[0] == ' ' || line.at[0] == '\t')
            return GUARD_AMBIGUOUS;
        count_line(line, &counts);
    }
}
