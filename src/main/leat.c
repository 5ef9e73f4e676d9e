/* leat: the control tool. Most commands ask a running server over its admin listener; `log` reads files. */
#include <getopt.h>

#include "config.h"
#include "main/leat.h"

#include "base/banned.h"

#define ADDRESS_STANDARD "127.0.0.1:9325"

static const struct command {
    const char *name, *words, *help;
    int (*run)(struct leat_request *request);
} commands[] = {
    {"queues", "", "queues with their exact counts", leat_queues},
    {"peek", "QUEUE",
     "messages of a queue, without receiving them: visible, in flight, delayed, locked", leat_peek},
    {"export", "QUEUE", "every message of a queue as JSON lines, without receiving any",
     leat_export},
    {"import", "QUEUE",
     "puts exported messages into a queue, with their ids, counts and times. Says what could not\n"
     "        be kept; stops at the first line that is refused and tells its number",
     leat_import},
    {"clock", "[advance DURATION]", "show the clock, or move a manual one", leat_clock},
    {"log", "status", "what the logs of a running server hold, and what was written to them",
     leat_log},
    {"log", "check DIR",
     "reads a log's files (DIR: a data directory, one log of it, or a copy) to their ends, changes\n"
     "        nothing. Exit status: 0 fine, 1 damage (file and offset are printed), 2 not readable",
     leat_log},
    {"log", "dump DIR", "every record that a start would replay, one a line", leat_log},
};

static void print_help(void)
{
    printf("leat: looks into leatd and its data\n\n");
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
        printf("  leat %s %s\n        %s\n", commands[i].name, commands[i].words, commands[i].help);
    printf(
        "\n  --admin ADDRESS   HOST:PORT or unix:PATH of the admin listener [$LEAT_ADMIN or " ADDRESS_STANDARD
        "]\n"
        "  --account ID      whose queues\n"
        "  --prefix TEXT     queues: only names that begin so\n"
        "  --max N           peek: at most so many (1 to 100) [10]\n"
        "  --after SEQUENCE  peek: only messages behind this one\n"
        "  --file FILE       export, import: instead of standard output and input\n"
        "  --from WHERE      import: begin at this line; log dump: only facts of messages from this\n"
        "                    sequence number on, or records from a place on (segment-XXXXXXXX:OFFSET)\n"
        "  --queue ID        log dump: only facts of the queue with this number\n"
        "  --json            one JSON document a line\n"
        "  --version, --help\n");
}

static int run_command(struct leat_request *request, const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].run(request);
    return leat_refuse("there is no command \"%s\" (try --help)", name);
}

/* -1: go on; otherwise the exit status. */
static int read_flags(struct leat_request *request, int argc, char **argv)
{
    static const struct option flags[] = {
        {"admin", required_argument, NULL, 'a'},  {"account", required_argument, NULL, 'o'},
        {"prefix", required_argument, NULL, 'p'}, {"max", required_argument, NULL, 'm'},
        {"after", required_argument, NULL, 'f'},  {"file", required_argument, NULL, 'i'},
        {"from", required_argument, NULL, 'b'},   {"queue", required_argument, NULL, 'q'},
        {"json", no_argument, NULL, 'j'},         {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},      {0},
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
        case 'i':
            request->file = optarg;
            break;
        case 'b':
            request->from = optarg;
            break;
        case 'q':
            request->queue = optarg;
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
            return LEAT_USAGE;
        }
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct leat_request request = {0};
    const char *from_environment = getenv("LEAT_ADMIN");
    request.address = from_environment != NULL ? from_environment : ADDRESS_STANDARD;
    arena_init(&request.arena);
    int status = read_flags(&request, argc, argv);
    if (status < 0 && optind == argc) {
        print_help();
        status = LEAT_USAGE;
    }
    if (status < 0) {
        request.words = argv + optind + 1;
        request.words_count = argc - optind - 1;
        status = run_command(&request, argv[optind]);
    }
    arena_done(&request.arena);
    return status;
}
