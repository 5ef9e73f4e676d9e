/* leat: the control tool. Most commands ask a running server over its admin listener; `log` reads files. */
#include <errno.h>

#include "base/nearest.h"
#include "config.h"
#include "main/descriptors.h"
#include "main/leat.h"

#include "base/banned.h"

#define DATA_STANDARD "./leat-data"
#define WORDS_MAX     16

/* ---- what there is ---- */

static const struct flag {
    const char *name, *value_name; /* value_name NULL: it has no value */
    const char *help;
    size_t at; /* of its text, or bool, in struct leat_request */
    bool is_number;
} flags[] = {
    {"admin", "ADDRESS",
     "HOST:PORT or unix:PATH of the admin listener [$LEAT_ADMIN, or the socket in the data directory]",
     offsetof(struct leat_request, address), false},
    {"data-dir", "DIR",
     "the server's data directory: its admin.sock and admin.token are there [$LEAT_DATA_DIR or " DATA_STANDARD
     "]",
     offsetof(struct leat_request, data_dir), false},
    {"token-file", "FILE",
     "the token of an admin listener over TCP [$LEAT_TOKEN_FILE, or admin.token in the data directory]",
     offsetof(struct leat_request, token_file), false},
    {"account", "ID", "whose queues [the server's own account]",
     offsetof(struct leat_request, account), true},
    {"prefix", "TEXT", "only names that begin so", offsetof(struct leat_request, prefix), false},
    {"max", "N", "at most so many messages, 1 to 100 [10]", offsetof(struct leat_request, max),
     true},
    {"after", "SEQUENCE", "only messages behind this one", offsetof(struct leat_request, after),
     true},
    {"file", "FILE", "instead of standard output or input", offsetof(struct leat_request, file),
     false},
    {"from", "WHERE",
     "import: begin at this line; log dump: only facts of messages from this sequence\n"
     "        number on, or records from a place on (segment-XXXXXXXX:OFFSET)",
     offsetof(struct leat_request, from), false},
    {"queue", "ID", "only facts of the queue with this number (`id` of `leat queues --json`)",
     offsetof(struct leat_request, queue), true},
    {"json", NULL, "one JSON document a line", offsetof(struct leat_request, wants_json), false},
};

static const struct command {
    const char *name, *verb; /* verb: its first word; NULL: it has none */
    const char *words;       /* what follows, for people */
    int words_count;
    const char *flags; /* names, each between blanks */
    const char *help, *example;
    int (*run)(struct leat_request *request);
} commands[] = {
    {"queues", NULL, "", 0, " admin data-dir token-file account prefix json ",
     "queues with their exact counts", "leat queues --prefix test-", leat_queues},
    {"peek", NULL, "QUEUE", 1, " admin data-dir token-file account max after json ",
     "messages of a queue, without receiving them: visible, in flight, delayed, locked",
     "leat peek orders --max 100", leat_peek},
    {"export", NULL, "QUEUE", 1, " admin data-dir token-file account file ",
     "every message of a queue as JSON lines, without receiving any",
     "leat export orders --file orders.jsonl", leat_export},
    {"import", NULL, "QUEUE", 1, " admin data-dir token-file account file from ",
     "puts exported messages into a queue, with their ids, counts and times. Says what could not\n"
     "        be kept; stops at the first line that is refused and tells its number",
     "leat import orders --file orders.jsonl", leat_import},
    {"clock", NULL, "", 0, " admin data-dir token-file json ", "shows the clock", "leat clock",
     leat_clock},
    {"clock", "advance", "DURATION", 1, " admin data-dir token-file json ",
     "moves a manual clock (leatd --clock manual): 500ms, 30s, 5m, 2h, 1d", "leat clock advance 5m",
     leat_clock},
    {"log", "status", "", 0, " admin data-dir token-file json ",
     "what the logs of a running server hold, and what was written to them", "leat log status",
     leat_log},
    {"log", "check", "DIR", 1, " ",
     "reads a log's files (DIR: a data directory, one log of it, or a copy) to their ends, changes\n"
     "        nothing. Exit status: 0 fine, 1 damage (file and offset are printed), 2 not readable",
     "leat log check ./leat-data", leat_log},
    {"log", "dump", "DIR", 1, " queue from ", "every record that a start would replay, one a line",
     "leat log dump ./leat-data --queue 7", leat_log},
};

static bool takes_flag(const struct command *command, const char *name)
{
    const char *found = strstr(command->flags, name);
    size_t bytes = strlen(name);
    while (found != NULL && (found[-1] != ' ' || found[bytes] != ' '))
        found = strstr(found + 1, name);
    return found != NULL;
}

/* ---- help ---- */

static void print_usage_of(const struct command *command, FILE *out)
{
    fprintf(out, "leat %s%s%s%s%s", command->name, command->verb != NULL ? " " : "",
            command->verb != NULL ? command->verb : "", *command->words != '\0' ? " " : "",
            command->words);
}

static void print_flag(const struct flag *flag)
{
    printf("  --%s%s%s\n        %s\n", flag->name, flag->value_name != NULL ? " " : "",
           flag->value_name != NULL ? flag->value_name : "", flag->help);
}

static void print_help(FILE *out)
{
    fprintf(
        out,
        "leat: looks into leatd and its data\n\nusage: leat COMMAND [WORDS] [--OPTION VALUE] ...\n\n");
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        fprintf(out, "  ");
        print_usage_of(&commands[i], out);
        fprintf(out, "\n        %s\n", commands[i].help);
    }
    fprintf(
        out,
        "\nQUEUE is a queue's name, URL or ARN. `leat COMMAND --help` shows the options of a command.\n"
        "Exit status: 0 done, 1 it did not work, 2 it was not tried (a mistake in the command line).\n"
        "\n  -h, --help\n  -v, --version\n");
}

/* Every form of a command: its usage, what it does, an example; then the options of them all. */
static void print_help_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        printf("usage: ");
        print_usage_of(&commands[i], stdout);
        for (size_t j = 0; j < ARRAY_COUNT(flags); j++)
            if (takes_flag(&commands[i], flags[j].name))
                printf(" [--%s%s%s]", flags[j].name, flags[j].value_name != NULL ? " " : "",
                       flags[j].value_name != NULL ? flags[j].value_name : "");
        printf("\n        %s\n        example: %s\n\n", commands[i].help, commands[i].example);
    }
    for (size_t j = 0; j < ARRAY_COUNT(flags); j++) {
        bool is_taken = false;
        for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
            is_taken |=
                strcmp(commands[i].name, name) == 0 && takes_flag(&commands[i], flags[j].name);
        if (is_taken)
            print_flag(&flags[j]);
    }
}

/* ---- the command line ---- */

struct line {
    struct leat_request *request;
    char *words[WORDS_MAX + 1];
    int words_count;
    bool is_given[ARRAY_COUNT(flags)];
    bool wants_help, wants_version;
};

static int refuse_flag(const char *word, struct slice name)
{
    struct nearest nearest = nearest_to(name);
    for (size_t i = 0; i < ARRAY_COUNT(flags); i++)
        nearest_try(&nearest, flags[i].name);
    nearest_try(&nearest, "help");
    nearest_try(&nearest, "version");
    if (nearest.name != NULL)
        return leat_refuse("there is no option \"%s\"; did you mean --%s?", word, nearest.name);
    return leat_refuse("there is no option \"%s\" (leat --help)", word);
}

/* "--name value" or "--name=value" at argv[*at], which becomes the last word that belongs to it. */
static int read_flag(struct line *line, int argc, char **argv, int *at)
{
    struct slice word = slice_from(slice_from_text(argv[*at]), 2);
    struct slice name = slice_head(word, slice_find(word, '='));
    const char *value = NULL;
    size_t i = 0;
    while (i < ARRAY_COUNT(flags) && !slice_is(name, flags[i].name))
        i++;
    if (i == ARRAY_COUNT(flags) || (flags[i].value_name == NULL && name.bytes < word.bytes))
        return refuse_flag(argv[*at], name);
    char *place = (char *)line->request + flags[i].at;
    line->is_given[i] = true;
    if (flags[i].value_name == NULL) {
        *(bool *)(void *)place = true;
        return LEAT_GOOD;
    }
    if (name.bytes < word.bytes)
        value = (const char *)name.at + name.bytes + 1;
    else if (*at + 1 < argc && strncmp(argv[*at + 1], "--", 2) != 0)
        value = argv[++*at];
    if (value == NULL || *value == '\0')
        return leat_refuse("--%s wants a value: --%s %s", flags[i].name, flags[i].name,
                           flags[i].value_name);
    size_t digits = strspn(value, "0123456789");
    if (flags[i].is_number && value[digits] != '\0')
        return leat_refuse("--%s \"%s\": a number is wanted", flags[i].name, value);
    *(const char **)(void *)place = value;
    return LEAT_GOOD;
}

static int read_line(struct line *line, int argc, char **argv)
{
    bool is_behind_flags = false;
    int status = LEAT_GOOD;
    for (int at = 1; at < argc && status == LEAT_GOOD; at++) {
        char *word = argv[at];
        if (!is_behind_flags && strcmp(word, "--") == 0)
            is_behind_flags = true;
        else if (!is_behind_flags && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0))
            line->wants_help = true;
        else if (!is_behind_flags && (strcmp(word, "--version") == 0 || strcmp(word, "-v") == 0))
            line->wants_version = true;
        else if (!is_behind_flags && strncmp(word, "--", 2) == 0)
            status = read_flag(line, argc, argv, &at);
        else if (!is_behind_flags && word[0] == '-' && word[1] != '\0')
            status = refuse_flag(word, slice_from_text(word + 1));
        else if (line->words_count == WORDS_MAX)
            status = leat_refuse("there are too many words");
        else
            line->words[line->words_count++] = word;
    }
    return status;
}

static bool is_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return true;
    return false;
}

static int refuse_command(const char *name)
{
    struct nearest nearest = nearest_to(slice_from_text(name));
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
        nearest_try(&nearest, commands[i].name);
    nearest_try(&nearest, "help");
    if (nearest.name != NULL)
        return leat_refuse("there is no command \"%s\"; did you mean \"%s\"?", name, nearest.name);
    return leat_refuse("there is no command \"%s\" (leat --help lists them)", name);
}

static const struct command *find_named(const char *name, const char *verb)
{
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        const char *other = commands[i].verb;
        bool is_same = verb == NULL || other == NULL ? verb == other : strcmp(verb, other) == 0;
        if (is_same && strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

/* NULL: the words fit no form of the command, which was told. */
static const struct command *find_form(const struct line *line)
{
    const char *name = line->words[0], *verb = line->words[1];
    const struct command *form = verb != NULL ? find_named(name, verb) : NULL;
    if (form == NULL)
        form = find_named(name, NULL);
    bool has_verb = form != NULL && form->verb != NULL;
    const char *blank = has_verb ? " " : "", *second = has_verb ? verb : "";
    int before = has_verb ? 2 : 1;
    int count = line->words_count - before;
    if (form != NULL && count == form->words_count)
        return form;
    if (form == NULL && verb != NULL)
        leat_refuse("there is no \"leat %s %s\"", name, verb);
    else if (form == NULL)
        leat_refuse("leat %s wants another word", name);
    else if (count < form->words_count)
        leat_refuse("leat %s%s%s wants %s", name, blank, second, form->words);
    else
        leat_refuse("leat %s%s%s: \"%s\" is one word too many", name, blank, second,
                    line->words[before + form->words_count]);
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        fprintf(stderr, "usage: ");
        print_usage_of(&commands[i], stderr);
        fprintf(stderr, "\n");
    }
    return NULL;
}

/* People paste http://HOST:PORT/ and paths of sockets. NULL: it was refused. */
static const char *read_address(struct leat_request *request, const char *text)
{
    struct slice address = slice_from_text(text);
    bool is_path = text[0] == '/' || strncmp(text, "./", 2) == 0;
    if (slice_starts_with(address, SLICE("http://"))) {
        address = slice_from(address, 7);
        address = slice_head(address, slice_find(address, '/'));
    }
    if (!is_path && slice_find(address, ':') == address.bytes) {
        leat_refuse("--admin \"%s\": HOST:PORT or unix:PATH is wanted", text);
        return NULL;
    }
    int bytes = snprintf(request->address_text, sizeof(request->address_text), "%s%.*s",
                         is_path ? "unix:" : "", SLICE_PRINT(address));
    if (bytes < (int)sizeof(request->address_text))
        return request->address_text;
    leat_refuse("--admin \"%s\": too long", text);
    return NULL;
}

static const char *or_environment(const char *given, const char *name)
{
    const char *value = given == NULL ? getenv(name) : given;
    return value != NULL && *value != '\0' ? value : NULL;
}

/* An address beats a directory, a flag beats the environment. */
static bool find_server(struct leat_request *request)
{
    const char *address = request->address;
    if (request->data_dir == NULL)
        address = or_environment(address, "LEAT_ADMIN");
    bool is_named = request->data_dir != NULL;
    const char *directory = or_environment(request->data_dir, "LEAT_DATA_DIR");
    if (directory == NULL)
        directory = DATA_STANDARD;
    if (address == NULL)
        address =
            (const char *)arena_print(&request->arena, "unix:%s/admin.sock%c", directory, 0).at;
    if (!is_named || request->token_file != NULL)
        request->token_file = or_environment(request->token_file, "LEAT_TOKEN_FILE");
    if (request->token_file == NULL) {
        size_t room = sizeof(request->token_path);
        int bytes = snprintf(request->token_path, room, "%s/admin.token", directory);
        if (bytes < 0 || (size_t)bytes >= room) {
            leat_refuse("--data-dir \"%s\": too long", directory);
            return false;
        }
        request->token_file = request->token_path;
    }
    request->address = read_address(request, address);
    return request->address != NULL;
}

static int check_flags(const struct line *line, const struct command *form)
{
    for (size_t i = 0; i < ARRAY_COUNT(flags); i++)
        if (line->is_given[i] && !takes_flag(form, flags[i].name))
            return leat_refuse("leat %s has no option --%s (leat %s --help)", form->name,
                               flags[i].name, form->name);
    return LEAT_GOOD;
}

static int show_help(const struct line *line)
{
    bool is_word = line->words_count > 0 && strcmp(line->words[0], "help") == 0;
    int at = is_word ? 1 : 0;
    if (at >= line->words_count)
        print_help(stdout);
    else if (is_command(line->words[at]))
        print_help_of(line->words[at]);
    else
        return refuse_command(line->words[at]);
    return LEAT_GOOD;
}

static int run(struct line *line)
{
    struct leat_request *request = line->request;
    if (line->wants_version) {
        printf("leat %s\n", PACKAGE_VERSION);
        return LEAT_GOOD;
    }
    if (line->wants_help || (line->words_count > 0 && strcmp(line->words[0], "help") == 0))
        return show_help(line);
    if (line->words_count == 0) {
        print_help(stderr);
        return LEAT_USAGE;
    }
    if (!is_command(line->words[0]))
        return refuse_command(line->words[0]);
    const struct command *form = find_form(line);
    if (form == NULL || check_flags(line, form) != LEAT_GOOD)
        return LEAT_USAGE;
    if (!find_server(request))
        return LEAT_USAGE;
    request->words = line->words + 1;
    request->words_count = line->words_count - 1;
    return form->run(request);
}

int main(int argc, char **argv)
{
    struct leat_request request = {0};
    struct line line = {.request = &request};
    descriptors_fill();
    arena_init(&request.arena);
    int status = read_line(&line, argc, argv);
    if (status == LEAT_GOOD)
        status = run(&line);
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == LEAT_GOOD)
        status = leat_fail("cannot write to standard output: %s", strerror(errno));
    arena_done(&request.arena);
    return status;
}
