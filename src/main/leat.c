/* leat: the control tool. Asks a running server over its admin listener. */
#include <getopt.h>

#include "base/encode.h"
#include "config.h"
#include "main/admin_client.h"

#include "base/banned.h"

#define ADDRESS_STANDARD "127.0.0.1:9325"

/* What the command line said. */
struct request {
    const char *address;
    const char *account;
    const char *prefix;
    const char *max;
    const char *after;
    bool wants_json;
    char **words; /* behind the command's name */
    int words_count;
    struct arena arena;
};

static int fail(const char *text)
{
    fprintf(stderr, "leat: %s\n", text);
    return 1;
}

static int fail_slice(struct slice why)
{
    fprintf(stderr, "leat: %.*s\n", SLICE_PRINT(why));
    return 1;
}

/* "/path?a=b" with the value escaped; nothing for an absent value. */
static struct slice add_parameter(struct request *request, struct slice target, const char *name,
                                  const char *value)
{
    if (value == NULL)
        return target;
    uint8_t *escaped = arena_take(&request->arena, 3 * strlen(value));
    size_t length = encode_percent(slice_from_text(value), false, escaped);
    bool is_first = slice_find(target, '?') == target.bytes;
    return arena_print(&request->arena, "%.*s%c%s=%.*s", SLICE_PRINT(target), is_first ? '?' : '&',
                       name, (int)length, (const char *)escaped);
}

static json_t *ask(struct request *request, const char *method, struct slice target)
{
    struct slice why = SLICE_NONE;
    json_t *answer = admin_client_ask(request->address, method, target, &request->arena, &why);
    if (answer == NULL)
        fail_slice(why);
    return answer;
}

static const char *text_of(json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

static long long number_of(json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

static void print_json(json_t *value)
{
    json_dumpf(value, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
    putchar('\n');
}

/* ---- queues ---- */

static void print_queue(json_t *queue)
{
    printf("%-40s %-8s %10lld %10lld %10lld %12lld\n", text_of(queue, "name"),
           json_is_true(json_object_get(queue, "fifo")) ? "fifo" : "standard",
           number_of(queue, "visible"), number_of(queue, "in_flight"), number_of(queue, "delayed"),
           number_of(queue, "bytes"));
}

static int run_queues(struct request *request)
{
    const char *next = NULL;
    if (!request->wants_json)
        printf("%-40s %-8s %10s %10s %10s %12s\n", "QUEUE", "KIND", "VISIBLE", "IN FLIGHT",
               "DELAYED", "BYTES");
    do {
        struct slice target = add_parameter(request, SLICE("/queues"), "prefix", request->prefix);
        target = add_parameter(request, target, "account", request->account);
        json_t *answer = ask(request, "GET", add_parameter(request, target, "next", next));
        json_t *queue;
        size_t i;
        if (answer == NULL)
            return 1;
        json_array_foreach(json_object_get(answer, "queues"), i, queue)
        {
            if (request->wants_json)
                print_json(queue);
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
    printf("%s  %s  %s", text_of(message, "sequence"), text_of(message, "message_id"),
           text_of(message, "state"));
    if (waits != NULL)
        printf(" (visible in %.1f s)", (double)json_integer_value(waits) / 1000);
    printf("  received %lld times", number_of(message, "receive_count"));
    if (json_object_get(message, "group") != NULL)
        printf("  group %s", text_of(message, "group"));
    printf("\n    ");
    json_dumpf(json_object_get(message, "body"), stdout, JSON_ENCODE_ANY);
    printf("\n");
}

static int run_peek(struct request *request)
{
    if (request->words_count != 1)
        return fail("peek wants the name of one queue");
    struct slice target = add_parameter(request, SLICE("/peek"), "queue", request->words[0]);
    target = add_parameter(request, target, "account", request->account);
    target = add_parameter(request, target, "max", request->max);
    json_t *answer = ask(request, "GET", add_parameter(request, target, "after", request->after));
    json_t *message;
    size_t i;
    if (answer == NULL)
        return 1;
    json_array_foreach(json_object_get(answer, "messages"), i, message)
    {
        if (request->wants_json)
            print_json(message);
        else
            print_message(message);
    }
    if (json_object_get(answer, "next") != NULL)
        fprintf(stderr, "leat: there may be more: --after %s\n", text_of(answer, "next"));
    json_decref(answer);
    return 0;
}

/* ---- clock ---- */

/* "5m", "1.5h", "250ms", "90" (seconds) to milliseconds; -1 when it is none. */
static long long parse_duration(const char *text)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{"ms", 1}, {"", 1000}, {"s", 1000}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}};
    char *end;
    double value = strtod(text, &end);
    if (end == text || !(value >= 0) || value > 1e9)
        return -1;
    for (size_t i = 0; i < ARRAY_COUNT(units); i++)
        if (strcmp(end, units[i].unit) == 0)
            return (long long)(value * units[i].ms + 0.5);
    return -1;
}

static int show_clock(struct request *request, json_t *answer)
{
    if (answer == NULL)
        return 1;
    if (request->wants_json)
        print_json(answer);
    else
        printf("%s clock, %lld ms since 1970\n", text_of(answer, "clock"),
               number_of(answer, "now_ms"));
    json_decref(answer);
    return 0;
}

static int run_clock(struct request *request)
{
    if (request->words_count == 0)
        return show_clock(request, ask(request, "GET", SLICE("/clock")));
    if (request->words_count != 2 || strcmp(request->words[0], "advance") != 0)
        return fail("clock wants nothing, or: advance DURATION (500ms, 30s, 5m, 2h, 1d)");
    long long ms = parse_duration(request->words[1]);
    if (ms < 0)
        return fail("a duration is a number with ms, s, m, h or d behind it");
    return show_clock(
        request, ask(request, "POST", arena_print(&request->arena, "/clock?advance=%lld", ms)));
}

/* ---- the command line ---- */

static const struct command {
    const char *name, *words, *help;
    int (*run)(struct request *request);
} commands[] = {
    {"queues", "", "queues with their exact counts", run_queues},
    {"peek", "QUEUE",
     "messages of a queue, without receiving them: visible, in flight, delayed, locked", run_peek},
    {"clock", "[advance DURATION]", "show the clock, or move a manual one", run_clock},
};

static void print_help(void)
{
    printf("leat: looks into a running leatd\n\n");
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
        printf("  leat %s %s\n        %s\n", commands[i].name, commands[i].words, commands[i].help);
    printf(
        "\n  --admin ADDRESS   HOST:PORT or unix:PATH of the admin listener [$LEAT_ADMIN or " ADDRESS_STANDARD
        "]\n"
        "  --account ID      whose queues\n"
        "  --prefix TEXT     queues: only names that begin so\n"
        "  --max N           peek: at most so many (1 to 100) [10]\n"
        "  --after SEQUENCE  peek: only messages behind this one\n"
        "  --json            one JSON document a line\n"
        "  --version, --help\n");
}

static int run_command(struct request *request, const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].run(request);
    fprintf(stderr, "leat: there is no command \"%s\" (try --help)\n", name);
    return 2;
}

/* -1: go on; otherwise the exit status. */
static int read_flags(struct request *request, int argc, char **argv)
{
    static const struct option flags[] = {
        {"admin", required_argument, NULL, 'a'},
        {"account", required_argument, NULL, 'o'},
        {"prefix", required_argument, NULL, 'p'},
        {"max", required_argument, NULL, 'm'},
        {"after", required_argument, NULL, 'f'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {0},
    };
    int found;
    while ((found = getopt_long(argc, argv, "h", flags, NULL)) >= 0) {
        switch (found) {
        case 'a':
            request->address = optarg;
            break;
        case 'o':
            request->account = optarg;
            break;
        case 'p':
            request->prefix = optarg;
            break;
        case 'm':
            request->max = optarg;
            break;
        case 'f':
            request->after = optarg;
            break;
        case 'j':
            request->wants_json = true;
            break;
        case 'h':
            print_help();
            return 0;
        case 'v':
            printf("leat %s\n", PACKAGE_VERSION);
            return 0;
        default:
            return 2;
        }
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct request request = {0};
    const char *from_environment = getenv("LEAT_ADMIN");
    request.address = from_environment != NULL ? from_environment : ADDRESS_STANDARD;
    arena_init(&request.arena);
    int status = read_flags(&request, argc, argv);
    if (status < 0 && optind == argc) {
        print_help();
        status = 2;
    }
    if (status < 0) {
        request.words = argv + optind + 1;
        request.words_count = argc - optind - 1;
        status = run_command(&request, argv[optind]);
    }
    arena_done(&request.arena);
    return status;
}
