/* leat queues, leat peek. */
#include "main/leat.h"

#include "base/banned.h"

static void print_queue(json_t *queue)
{
    printf("%-40s %-8s %10lld %10lld %10lld %12lld\n", leat_text_of(queue, "name"),
           json_is_true(json_object_get(queue, "fifo")) ? "fifo" : "standard",
           leat_number_of(queue, "visible"), leat_number_of(queue, "in_flight"),
           leat_number_of(queue, "delayed"), leat_number_of(queue, "bytes"));
}

int leat_queues(struct leat_request *request)
{
    const char *next = NULL;
    bool is_first = true;
    do {
        struct slice target =
            leat_add_parameter(request, SLICE("/queues"), "prefix", request->prefix);
        target = leat_add_parameter(request, target, "account", request->account);
        json_t *answer =
            leat_ask(request, "GET", leat_add_parameter(request, target, "next", next), SLICE_NONE);
        json_t *queue;
        size_t i;
        if (answer == NULL)
            return LEAT_BAD;
        if (is_first && !request->wants_json)
            printf("%-40s %-8s %10s %10s %10s %12s\n", "QUEUE", "KIND", "VISIBLE", "IN FLIGHT",
                   "DELAYED", "BYTES");
        is_first = false;
        json_array_foreach(json_object_get(answer, "queues"), i, queue)
        {
            if (request->wants_json)
                leat_print_json(queue, stdout);
            else
                print_queue(queue);
        }
        next = json_string_value(json_object_get(answer, "next"));
        if (next != NULL)
            next = (const char *)arena_print(&request->arena, "%s%c", next, 0).at;
        json_decref(answer);
    } while (next != NULL);
    return 0;
}

/* ---- peek ---- */

static void print_message(json_t *message)
{
    json_t *waits = json_object_get(message, "visible_in_ms");
    printf("%s  %s  %s", leat_text_of(message, "sequence"), leat_text_of(message, "message_id"),
           leat_text_of(message, "state"));
    if (waits != NULL)
        printf(" (visible in %.1f s)", (double)json_integer_value(waits) / 1000);
    printf("  received %lld times", leat_number_of(message, "receive_count"));
    if (json_object_get(message, "group") != NULL)
        printf("  group %s", leat_text_of(message, "group"));
    char *body = json_dumps(json_object_get(message, "body"), JSON_ENCODE_ANY);
    if (body != NULL)
        leat_defuse(body);
    printf("\n    %s\n", body != NULL ? body : "");
    free(body);
}

int leat_peek(struct leat_request *request)
{
    struct slice target = leat_add_parameter(request, SLICE("/peek"), "queue", request->words[0]);
    target = leat_add_parameter(request, target, "account", request->account);
    target = leat_add_parameter(request, target, "max", request->max);
    json_t *answer = leat_ask(
        request, "GET", leat_add_parameter(request, target, "after", request->after), SLICE_NONE);
    json_t *message;
    size_t i;
    if (answer == NULL)
        return 1;
    json_array_foreach(json_object_get(answer, "messages"), i, message)
    {
        if (request->wants_json)
            leat_print_json(message, stdout);
        else
            print_message(message);
    }
    if (json_object_get(answer, "next") != NULL)
        fprintf(stderr, "leat: there may be more: --after %s\n", leat_text_of(answer, "next"));
    json_decref(answer);
    return 0;
}
