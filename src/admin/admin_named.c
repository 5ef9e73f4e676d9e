/* Which queue a request names: by name, or as people paste it, by URL or ARN. */
#include "admin/admin_private.h"

#include "base/banned.h"

#define ACCOUNT_BYTES 12u

static bool is_account(struct slice text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return text.bytes == ACCOUNT_BYTES;
}

/* What stands behind the last mark, which is cut off with it. */
static struct slice take_last(struct slice *rest, uint8_t mark)
{
    size_t at = rest->bytes;
    while (at > 0 && rest->at[at - 1] != mark)
        at--;
    struct slice last = slice_from(*rest, at);
    *rest = slice_head(*rest, at > 0 ? at - 1 : 0);
    return last;
}

void admin_parse_queue(struct slice text, struct slice *ret_account, struct slice *ret_name)
{
    bool is_arn = slice_starts_with(text, SLICE("arn:"));
    uint8_t mark = is_arn ? ':' : '/';
    while (!is_arn && text.bytes > 0 && text.at[text.bytes - 1] == '/')
        text.bytes--;
    struct slice rest = text;
    *ret_name = take_last(&rest, mark);
    struct slice before = take_last(&rest, mark);
    *ret_account = is_account(before) ? before : SLICE_NONE;
}

struct queue *admin_find_queue(struct admin_request *request)
{
    struct slice asked = admin_parameter(request, "account", SLICE_NONE);
    struct slice named = admin_parameter(request, "queue", SLICE_NONE), name, account;
    admin_parse_queue(named, &account, &name);
    if (name.bytes == 0) {
        admin_refuse(request, 400, "the parameter `queue` is missing: a queue's name, URL or ARN");
        return NULL;
    }
    if (account.bytes == 0)
        account = asked.bytes > 0 ? asked : request->account;
    if (asked.bytes > 0 && slice_compare(account, asked) != 0) {
        admin_refuse(
            request, 400,
            "the queue that is named belongs to another account than the one that is asked for");
        return NULL;
    }
    struct queue *queue = directory_find(worker_directory(request->worker), account, name);
    if (queue == NULL)
        admin_refuse_queue(request, account, name);
    return queue;
}

void admin_refuse_queue(struct admin_request *request, struct slice account, struct slice name)
{
    json_t *shown_name = admin_quoted(name), *shown_account = admin_quoted(account);
    struct slice why =
        arena_print(request->arena, "there is no queue \"%s\" in account %s%c",
                    json_string_value(shown_name), json_string_value(shown_account), 0);
    json_decref(shown_name);
    json_decref(shown_account);
    admin_refuse(request, 404, (const char *)why.at);
}
