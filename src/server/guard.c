#include "server/guard.h"

#include "base/banned.h"

struct counts {
    unsigned host, content_length, transfer_encoding;
};

static void count_line(struct slice line, struct counts *counts)
{
    struct slice name = slice_head(line, slice_find(line, ':'));
    switch (name.bytes) {
    case 4:
        counts->host += slice_equal_nocase(name, SLICE("host"));
        break;
    case 14:
        counts->content_length += slice_equal_nocase(name, SLICE("content-length"));
        break;
    case 17:
        counts->transfer_encoding += slice_equal_nocase(name, SLICE("transfer-encoding"));
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
