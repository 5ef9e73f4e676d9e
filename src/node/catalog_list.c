/* Pages of queue URLs. A page costs the walk to its beginning in an ordered index, O(log n), and its own length.
 *
 * A NextToken is base64 of a keyed tag and the last name shown. The tag covers what was asked for, so that a token
 * works only for the list it came from, on every front end, also after a restart. */
#include "node/catalog_private.h"

#include "base/digest.h"
#include "base/encode.h"

#include "base/banned.h"

#define TOKEN_TAG_BYTES  16u
#define TOKEN_TEXT_BYTES 256u /* more than any of ours has */

/* What a page is asked for. */
struct page {
    struct slice list; /* which list: its kind and what it is about */
    bool has_max_results;
    int64_t max_results;
    struct slice token; /* at == NULL: from the beginning */
    struct slice after; /* from the token */
};

/* The page as answered. */
struct page_result {
    struct api_string_list urls;
    bool has_more;
    struct slice last;
};

static void make_tag(const struct catalog *catalog, struct slice list, struct slice last,
                     uint8_t ret_tag[TOKEN_TAG_BYTES])
{
    struct arena memory;
    struct buffer text;
    uint8_t digest[SHA256_BYTES];
    arena_init(&memory);
    buffer_init(&text, &memory, list.bytes + last.bytes + 1);
    buffer_add(&text, list);
    buffer_add_byte(&text, 0);
    buffer_add(&text, last);
    digest_hmac_sha256(slice_of(catalog->receipt_key, sizeof(catalog->receipt_key)),
                       buffer_slice(&text), digest);
    memcpy(ret_tag, digest, TOKEN_TAG_BYTES);
    arena_done(&memory);
}

static struct slice write_token(const struct catalog *catalog, struct arena *arena,
                                struct slice list, struct slice last)
{
    uint8_t tag[TOKEN_TAG_BYTES];
    make_tag(catalog, list, last, tag);
    struct slice bytes = arena_join(arena, slice_of(tag, sizeof(tag)), last);
    uint8_t *text = arena_take(arena, BASE64_TEXT_BYTES(bytes.bytes));
    encode_base64(bytes, text);
    return slice_of(text, BASE64_TEXT_BYTES(bytes.bytes));
}

static bool read_token(const struct catalog *catalog, struct arena *arena, struct slice list,
                       struct slice token, struct slice *ret_last)
{
    uint8_t *bytes = arena_take(arena, BASE64_DATA_BYTES(TOKEN_TEXT_BYTES));
    uint8_t tag[TOKEN_TAG_BYTES];
    size_t count;
    if (token.bytes > TOKEN_TEXT_BYTES || !decode_base64(token, bytes, &count) ||
        count <= TOKEN_TAG_BYTES)
        return false;
    struct slice last = slice_of(bytes + TOKEN_TAG_BYTES, count - TOKEN_TAG_BYTES);
    make_tag(catalog, list, last, tag);
    if (!digest_equal(tag, bytes, sizeof(tag)))
        return false;
    *ret_last = last;
    return true;
}

static bool check_page(const struct catalog *catalog, struct catalog_call *call, struct page *page)
{
    if (page->has_max_results && (page->max_results < 1 || page->max_results > CATALOG_PAGE_MAX))
        return api_fail(
            &call->error, API_ERROR_INVALID_PARAMETER_VALUE,
            SLICE(
                "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer "
                "between 1 and 1000."));
    if (!page->has_max_results)
        page->max_results = CATALOG_PAGE_MAX;
    if (page->token.at != NULL &&
        !read_token(catalog, call->arena, page->list, page->token, &page->after))
        return api_fail(&call->error, API_ERROR_INVALID_PARAMETER_VALUE,
                        SLICE("Invalid or expired next token."));
    return true;
}

/* Collects from `place` on while the entry belongs to the list. */
static struct page_result collect(
    const struct catalog_call *call, const struct page *page, const struct sorted_place *place,
    bool (*belongs)(const struct catalog_entry *entry, const void *context), const void *context)
{
    struct page_result result = {0};
    while (place != NULL && belongs(sorted_item(place), context)) {
        const struct catalog_entry *entry = sorted_item(place);
        place = sorted_next(place);
        if (page->after.at != NULL && slice_equal(entry->name, page->after))
            continue;
        if (result.urls.count == (uint32_t)page->max_results) {
            result.has_more = true;
            break;
        }
        if (result.urls.items == NULL)
            result.urls.items =
                ARENA_NEW_MANY(call->arena, struct slice, (size_t)page->max_results);
        result.urls.items[result.urls.count++] = catalog_queue_url(call, entry->queue);
        result.last = entry->name;
    }
    return result;
}

/* C14: without MaxResults there is no NextToken, however many there are. */
static bool wants_token(const struct page *page, const struct page_result *result)
{
    return page->has_max_results && result->has_more;
}

/* ---- ListQueues ---- */

struct names_range {
    struct slice account, prefix;
};

static bool has_prefix(const struct catalog_entry *entry, const void *context)
{
    const struct names_range *range = context;
    return slice_equal(entry->account, range->account) &&
           slice_starts_with(entry->name, range->prefix);
}

void catalog_list_queues(struct catalog *catalog, struct catalog_call *call)
{
    const struct api_list_queues_request *request = call->request;
    struct api_list_queues_response *response = call->response;
    struct names_range range = {
        call->account, request->has_queue_name_prefix ? request->queue_name_prefix : SLICE("")};
    struct page page = {
        .list = arena_print(call->arena, "queues/%.*s/%.*s", SLICE_PRINT(range.account),
                            SLICE_PRINT(range.prefix)),
        .has_max_results = request->has_max_results,
        .max_results = request->max_results,
        .token = request->has_next_token ? request->next_token : SLICE_NONE,
    };
    if (check_page(catalog, call, &page)) {
        struct catalog_entry probe = {.account = range.account,
                                      .name = page.after.at != NULL ? page.after : range.prefix};
        struct page_result result =
            collect(call, &page, sorted_from(&catalog->names, &probe), has_prefix, &range);
        response->has_queue_urls = result.urls.count > 0;
        response->queue_urls = result.urls;
        response->has_next_token = wants_token(&page, &result);
        if (response->has_next_token)
            response->next_token = write_token(catalog, call->arena, page.list, result.last);
    }
    catalog_answer(call);
}

/* ---- ListDeadLetterSourceQueues ---- */

static bool has_target(const struct catalog_entry *entry, const void *context)
{
    const struct queue *target = context;
    return slice_equal(entry->queue->attributes.dead_letter_arn, target->arn) &&
           slice_equal(entry->account, target->account);
}

static void list_sources(struct catalog *catalog, struct catalog_call *call,
                         const struct queue *target)
{
    const struct api_list_dead_letter_source_queues_request *request = call->request;
    struct api_list_dead_letter_source_queues_response *response = call->response;
    struct page page = {
        .list = arena_print(call->arena, "sources/%.*s", SLICE_PRINT(target->arn)),
        .has_max_results = request->has_max_results,
        .max_results = request->max_results,
        .token = request->has_next_token ? request->next_token : SLICE_NONE,
    };
    if (!check_page(catalog, call, &page))
        return;
    struct queue probe_queue = {.attributes.dead_letter_arn = target->arn};
    struct catalog_entry probe = {
        .account = target->account, .name = page.after, .queue = &probe_queue};
    struct page_result result =
        collect(call, &page, sorted_from(&catalog->sources, &probe), has_target, target);
    response->has_queue_urls = result.urls.count > 0;
    response->queue_urls = result.urls;
    response->has_next_token = wants_token(&page, &result);
    if (response->has_next_token)
        response->next_token = write_token(catalog, call->arena, page.list, result.last);
}

void catalog_list_sources(struct catalog *catalog, struct catalog_call *call)
{
    const struct catalog_entry *entry =
        call->queue != NULL ? catalog_entry_find(catalog, call->queue->account, call->queue->name)
                            : NULL;
    if (entry == NULL || entry->queue == NULL)
        api_fail_no_queue(&call->error);
    else
        list_sources(catalog, call, entry->queue);
    catalog_answer(call);
}
