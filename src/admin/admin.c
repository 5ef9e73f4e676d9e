#include "admin/admin_private.h"

#include "base/banned.h"

static const struct route {
    const char *method, *path;
    void (*run)(struct admin_request *request);
} routes[] = {
    {"GET", "/queues", admin_queues},
    {"GET", "/peek", admin_peek},
    {"GET", "/export", admin_export},
    {"POST", "/import", admin_import},
    {"GET", "/log", admin_log},
    {"GET", "/clock", admin_clock_show},
    {"POST", "/clock", admin_clock_advance},
};

void admin_start(struct admin_request *request)
{
    bool is_known = false;
    for (size_t i = 0; i < ARRAY_COUNT(routes); i++) {
        if (!slice_is(request->path, routes[i].path))
            continue;
        is_known = true;
        if (slice_is(request->method, routes[i].method)) {
            routes[i].run(request);
            return;
        }
    }
    if (is_known)
        admin_refuse(request, 405, "this path has no such method");
    else
        admin_refuse(
            request, 404,
            "there is no such path: this is leat's admin listener, which has /queues, /peek, /export, "
            "/import, /log, /clock, /livez and /readyz; SQS clients use the API's address");
}

static void answer(struct admin_request *request, int status, json_t *document)
{
    char *text = json_dumps(document, JSON_COMPACT | JSON_PRESERVE_ORDER);
    ASSERT(text != NULL);
    request->body = arena_join(request->arena, slice_from_text(text), SLICE("\n"));
    request->status = status;
    free(text);
    json_decref(document);
    request->done(request);
}

void admin_answer(struct admin_request *request, json_t *document)
{
    answer(request, 200, document);
}

void admin_refuse(struct admin_request *request, int status, const char *text)
{
    answer(request, status, json_pack("{s:s}", "error", text));
}

struct slice admin_parameter(const struct admin_request *request, const char *name,
                             struct slice standard)
{
    struct slice value = api_parameter_find(request->parameters, name);
    return value.bytes > 0 ? value : standard;
}

bool admin_number(struct admin_request *request, const char *name, int64_t standard, int64_t least,
                  int64_t most, int64_t *ret_value)
{
    struct slice text = admin_parameter(request, name, SLICE_NONE);
    int64_t value = standard;
    if (text.at != NULL && !slice_to_int64(text, &value))
        value = least - 1;
    if (value < least || value > most) {
        struct slice why = arena_print(request->arena, "%s is to be a number from %lld to %lld%c",
                                       name, (long long)least, (long long)most, 0);
        admin_refuse(request, 400, (const char *)why.at);
        return false;
    }
    *ret_value = value;
    return true;
}

json_t *admin_text(struct slice text)
{
    json_t *made = json_stringn((const char *)text.at, text.bytes);
    ASSERT(made != NULL);
    return made;
}

json_t *admin_quoted(struct slice bytes)
{
    char text[400];
    struct slice head = slice_head(bytes, sizeof(text));
    for (size_t i = 0; i < head.bytes; i++)
        text[i] = head.at[i] >= ' ' && head.at[i] < 0x7f ? (char)head.at[i] : '?';
    return admin_text(slice_of(text, head.bytes));
}
