/* leatd's options: the table, where their values come from, and what they mean. */
#include "main/options.h"

#include <sched.h>

#include "base/nearest.h"
#include "config.h"
#include "log/log.h"
#include "main/config_file.h"
#include "server/web.h"

#include "base/banned.h"

struct row {
    const char *name;
    size_t at;            /* of the text in struct options */
    const char *standard; /* what it is when nobody says anything; NULL: none */
    const char *value_name;
    const char *help;
};

#define AT(member) offsetof(struct options, member)

static const struct row rows[] = {
    {"listen", AT(listen), "127.0.0.1:9324", "HOST:PORT",
     "where the API listens; host *: every address, localhost: both families; port 0: any free one"},
    {"admin", AT(admin), NULL, "ADDRESS",
     "admin listener: unix:PATH, HOST:PORT or off (default: the socket admin.sock in the data directory)"},
    {"admin-remote", AT(admin_remote), "off", "on|off",
     "the admin listener may be an address that other machines reach"},
    {"data-dir", AT(data_dir), "./leat-data", "DIR",
     "directory of everything that is kept; made when absent"},
    {"durability", AT(durability), "sync", "LEVEL",
     "what an answer waits for: memory (messages are lost with the process), os (written), sync (on disk)"},
    {"cache-bytes", AT(cache_bytes), "256M", "SIZE",
     "memory for message bodies that are also on disk; K, M or G may follow the number"},
    {"segment-bytes", AT(segment_bytes), "0", "SIZE",
     "size of the log's new files, 64K to 1G: four times the largest message at least; 0: as fits the disk"},
    {"accept-loss", AT(accept_loss), "off", "on|off",
     "open a damaged log all the same, giving up what lies behind the damage"},
    {"metadata", AT(metadata), NULL, "URL",
     "redis://[USER:PASSWORD@]HOST:PORT[/DB] for queue definitions (default: a file in the data directory)"},
    {"auth", AT(auth), "off", "MODE",
     "off: any credentials; verify: SigV4; explain: verify, and log mismatches"},
    {"credentials", AT(credentials), NULL, "FILE",
     "access keys, in the form of ~/.aws/credentials; for --auth verify"},
    {"account", AT(account), "000000000000", "ID", "the account of queues and callers, 12 digits"},
    {"region", AT(region), "us-east-1", "NAME", "region in ARNs and in signatures"},
    {"clock", AT(clock), "system", "KIND",
     "system, or manual: time stands still until `leat clock advance`"},
    {"relaxed", AT(relaxed), "off", "on|off",
     "for tests: the name of a deleted queue is free at once, and purges need no pause of 60 seconds"},
    {"log-level", AT(log_level), "info", "LEVEL", "error, warning, info or debug"},
    {"workers", AT(workers), "0", "N", "threads that serve; 0: one a processor"},
    {"trust-forwarded", AT(trust_forwarded), "off", "on|off",
     "believe X-Forwarded-Proto and X-Forwarded-Host of a proxy in front"},
    {"host-names", AT(host_names), NULL, "LIST",
     "further names of this server, separated by commas: with --auth off other Host names are refused (403)"},
    {"cors-origins", AT(cors_origins), NULL, "LIST",
     "web pages that may use the API: local, or origins such as https://app.example, separated by commas"},
    {"connections-max", AT(connections_max), "10000", "N",
     "connections served at a time; beyond them the longest idle are closed, and new ones wait"},
    {"intake-bytes", AT(intake_bytes), "256M", "SIZE",
     "memory for large request bodies; beyond it they are refused (503)"},
    {"drain-seconds", AT(drain_seconds), "10", "N", "how long a stop waits for requests under way"},
};
/* Room for the largest request. */
#define INTAKE_SIZE_MIN (8u << 20)

#define ROWS_COUNT ARRAY_COUNT(rows)
_Static_assert(ROWS_COUNT <= OPTIONS_COUNT_MAX, "options.h bounds the table");

/* What people write who know other servers, and what it is called here. */
static const char *const other_names[][2] = {
    {"port", "listen"},    {"host", "listen"},        {"bind", "listen"},
    {"address", "listen"}, {"dir", "data-dir"},       {"data-path", "data-dir"},
    {"redis", "metadata"}, {"threads", "workers"},    {"verbose", "log-level"},
    {"conf", "config"},    {"account-id", "account"},
};

static char **text_at(struct options *options, const struct row *row)
{
    return (char **)(void *)((char *)options + row->at);
}

static void set(struct options *options, const struct row *row, const char *value)
{
    char **text = text_at(options, row);
    free(*text);
    *text = value != NULL ? strdup(value) : NULL;
    ASSERT(value == NULL || *text != NULL);
}

static const struct row *find_row(struct slice name)
{
    for (size_t i = 0; i < ROWS_COUNT; i++)
        if (slice_is(name, rows[i].name))
            return &rows[i];
    return NULL;
}

/* What may have been meant; NULL: no idea. */
static const char *find_nearest(struct slice name, bool is_flag)
{
    struct nearest nearest = nearest_to(name);
    for (size_t i = 0; i < ARRAY_COUNT(other_names); i++)
        if (slice_is(name, other_names[i][0]))
            return other_names[i][1];
    for (size_t i = 0; i < ROWS_COUNT; i++)
        nearest_try(&nearest, rows[i].name);
    if (is_flag) {
        nearest_try(&nearest, "config");
        nearest_try(&nearest, "help");
        nearest_try(&nearest, "version");
    }
    return nearest.name;
}

static void print_help(void)
{
    printf(
        "leatd: a message queue server that speaks the Amazon SQS API\n\n"
        "usage: leatd [--config FILE] [--OPTION VALUE | --OPTION=VALUE] ...\n\n"
        "  leatd                                 serves on 127.0.0.1:9324, keeps data in ./leat-data\n"
        "  leatd --listen '*:9324' --data-dir /var/lib/leat\n"
        "  leatd --durability memory --clock manual   for tests\n\n"
        "Options, with their defaults in brackets:\n\n"
        "  --config FILE\n        lines of key = value with any option below as a key; flags win\n");
    for (size_t i = 0; i < ROWS_COUNT; i++)
        printf("  --%s %s\n        %s%s%s%s\n", rows[i].name, rows[i].value_name, rows[i].help,
               rows[i].standard != NULL ? " [" : "",
               rows[i].standard != NULL ? rows[i].standard : "",
               rows[i].standard != NULL ? "]" : "");
    printf("  -h, --help\n  -v, --version\n");
}

/* ---- the file ---- */

struct file_reading {
    struct options *options;
    unsigned lines[ROWS_COUNT]; /* that named this row; 0: none did */
    bool is_wrong;
};

static void complain_of_line(void *user, unsigned line, const char *why)
{
    struct file_reading *reading = user;
    reading->is_wrong = true;
    if (line == 0)
        fprintf(stderr, "leatd: --config %s: %s\n", reading->options->config, why);
    else
        fprintf(stderr, "leatd: %s:%u: %s\n", reading->options->config, line, why);
}

static void take_key(void *user, unsigned line, const char *key, const char *value)
{
    struct file_reading *reading = user;
    struct options *options = reading->options;
    struct slice name = slice_from_text(key);
    char why[256];
    while (
        slice_starts_with(name, SLICE("-"))) /* as on the command line: that is no other meaning */
        name = slice_from(name, 1);
    const struct row *row = find_row(name);
    if (row == NULL) {
        const char *nearest = find_nearest(name, false);
        snprintf(why, sizeof(why), "there is no option \"%.60s\"%s%s%s", key,
                 nearest != NULL ? "; did you mean \"" : " (leatd --help lists all)",
                 nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
        complain_of_line(reading, line, why);
        return;
    }
    size_t at = (size_t)(row - rows);
    if (reading->lines[at] != 0) {
        snprintf(why, sizeof(why), "\"%s\" stands on line %u already", row->name,
                 reading->lines[at]);
        complain_of_line(reading, line, why);
        return;
    }
    reading->lines[at] = line;
    if (options->origins[at] == OPTIONS_FROM_FLAG)
        return;
    set(options, row, value);
    options->origins[at] = (int)line;
}

static bool read_file(struct options *options)
{
    struct file_reading reading = {.options = options};
    struct config_reader reader = {
        .take = take_key, .complain = complain_of_line, .user = &reading};
    if (options->config != NULL)
        config_file_read(options->config, &reader);
    return !reading.is_wrong;
}

/* ---- flags ---- */

static enum options_outcome refuse(const char *format, ...) PRINTF_LIKE(1, 2);

static enum options_outcome refuse(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("leatd: ", stderr);
    vfprintf(stderr, format, args);
    fputs(" (leatd --help lists all options)\n", stderr);
    va_end(args);
    return OPTIONS_WRONG;
}

static enum options_outcome refuse_word(const char *word)
{
    struct slice name = slice_from_text(word);
    while (slice_starts_with(name, SLICE("-")))
        name = slice_from(name, 1);
    const char *nearest = find_nearest(slice_head(name, slice_find(name, '=')), true);
    const char *what =
        *word == '-' ? "there is no option" : "options begin with \"--\"; this is none:";
    if (nearest != NULL)
        return refuse("%s \"%s\"; did you mean --%s?", what, word, nearest);
    return refuse("%s \"%s\"", what, word);
}

/* "--name value" or "--name=value" at argv[*at], which becomes the last word that belongs to it. */
static enum options_outcome read_flag(struct options *options, int argc, char **argv, int *at)
{
    struct slice word = slice_from(slice_from_text(argv[*at]), 2);
    struct slice name = slice_head(word, slice_find(word, '='));
    bool is_config = slice_is(name, "config");
    const struct row *row = find_row(name);
    const char *value = NULL;
    if (row == NULL && !is_config)
        return refuse_word(argv[*at]);
    if (name.bytes < word.bytes)
        value = (const char *)name.at + name.bytes + 1;
    else if (*at + 1 < argc && strncmp(argv[*at + 1], "--", 2) != 0)
        value = argv[++*at];
    if (value == NULL || *value == '\0')
        return refuse("--%.*s wants a value: --%.*s %s", SLICE_PRINT(name), SLICE_PRINT(name),
                      is_config ? "FILE" : row->value_name);
    if (is_config) {
        if (options->config != NULL)
            return refuse("--config is given twice: there is one file");
        options->config = value;
        return OPTIONS_RUN;
    }
    set(options, row, value);
    options->origins[row - rows] = OPTIONS_FROM_FLAG;
    return OPTIONS_RUN;
}

static enum options_outcome read_flags(struct options *options, int argc, char **argv)
{
    enum options_outcome outcome = OPTIONS_RUN;
    for (int at = 1; at < argc && outcome == OPTIONS_RUN; at++) {
        const char *word = argv[at];
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            print_help();
            return OPTIONS_SHOWN;
        }
        if (strcmp(word, "--version") == 0 || strcmp(word, "-v") == 0 || strcmp(word, "-V") == 0) {
            printf("leatd %s\n", PACKAGE_VERSION);
            return OPTIONS_SHOWN;
        }
        outcome =
            strncmp(word, "--", 2) == 0 ? read_flag(options, argc, argv, &at) : refuse_word(word);
    }
    return outcome;
}

/* ---- meaning ---- */

/* False, for the caller to pass on. The value's place is told: a flag, or a line of the file. */
static bool complain(const struct options *options, const char *name, const char *value,
                     const char *want)
{
    const struct row *row = find_row(slice_from_text(name));
    int origin = row != NULL ? options->origins[row - rows] : OPTIONS_FROM_FLAG;
    if (origin > 0)
        fprintf(stderr, "leatd: %s:%d: %s = %s: %s\n", options->config, origin, name, value, want);
    else
        fprintf(stderr, "leatd: --%s \"%s\": %s\n", name, value, want);
    return false;
}

static bool read_number(const struct options *options, const char *name, const char *text,
                        int64_t least, int64_t most, unsigned *ret_value)
{
    int64_t value;
    char want[80];
    if (!slice_to_int64(slice_from_text(text), &value) || value < least || value > most) {
        snprintf(want, sizeof(want), "a number from %lld to %lld is wanted", (long long)least,
                 (long long)most);
        return complain(options, name, text, want);
    }
    *ret_value = (unsigned)value;
    return true;
}

static bool read_durability(struct options *options)
{
    static const char *const levels[] = {[NODE_DURABILITY_MEMORY] = "memory",
                                         [NODE_DURABILITY_OS] = "os",
                                         [NODE_DURABILITY_SYNC] = "sync"};
    for (size_t i = 0; i < ARRAY_COUNT(levels); i++) {
        if (strcmp(options->durability, levels[i]) == 0) {
            options->node_durability = (enum node_durability)i;
            return true;
        }
    }
    return complain(options, "durability", options->durability, "memory, os or sync is wanted");
}

/* "65536", "64K", "256M", "2G". */
static bool read_size(const struct options *options, const char *name, const char *text,
                      uint64_t *ret_bytes)
{
    static const char units[] = "KMG";
    struct slice digits = slice_from_text(text);
    const char *unit = digits.bytes > 0 ? strchr(units, text[digits.bytes - 1]) : NULL;
    unsigned shift = unit != NULL && *unit != '\0' ? 10u * (unsigned)(unit - units + 1) : 0;
    int64_t value;
    if (shift > 0)
        digits.bytes--;
    if (!slice_to_int64(digits, &value) || value < 0 || value > INT64_MAX >> 31)
        return complain(options, name, text, "a size such as 65536, 64K, 256M or 2G is wanted");
    *ret_bytes = (uint64_t)value << shift;
    return true;
}

static bool read_intake_bytes(struct options *options)
{
    const char *text = options->intake_bytes;
    if (!read_size(options, "intake-bytes", text, &options->intake_size))
        return false;
    if (options->intake_size < INTAKE_SIZE_MIN)
        return complain(options, "intake-bytes", text, "8M or more is wanted");
    return true;
}

static bool read_segment_bytes(struct options *options)
{
    const char *text = options->segment_bytes;
    if (!read_size(options, "segment-bytes", text, &options->segment_size))
        return false;
    uint64_t size = options->segment_size;
    if (size != 0 &&
        (size < LOG_SEGMENT_BYTES_MIN || size > LOG_SEGMENT_BYTES_MAX || size % 4096 != 0))
        return complain(options, "segment-bytes", text,
                        "0, or 64K to 1G in steps of 4K, is wanted");
    return true;
}

static bool read_auth(struct options *options)
{
    static const char *const modes[] = {
        [AUTH_OFF] = "off", [AUTH_VERIFY] = "verify", [AUTH_EXPLAIN] = "explain"};
    for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
        if (strcmp(options->auth, modes[i]) != 0)
            continue;
        options->auth_mode = (enum auth_mode)i;
        if (options->auth_mode != AUTH_OFF && options->credentials == NULL)
            return complain(options, "auth", options->auth, "needs --credentials FILE");
        return true;
    }
    return complain(options, "auth", options->auth, "off, verify or explain is wanted");
}

/* The URL may hold a password, so that no more than its beginning is told. */
static bool check_metadata(const struct options *options)
{
    const char *url = options->metadata;
    char shown[16];
    if (url == NULL || strncmp(url, "redis://", 8) == 0)
        return true;
    int bytes = (int)strcspn(url, ":/@");
    snprintf(shown, sizeof(shown), "%.*s...", bytes < 12 ? bytes : 12, url);
    return complain(options, "metadata", shown, "redis://[USER:PASSWORD@]HOST:PORT[/DB] is wanted");
}

static bool read_account(struct options *options)
{
    size_t digits = strspn(options->account, "0123456789");
    if (digits != AUTH_ACCOUNT_BYTES || options->account[digits] != '\0')
        return complain(options, "account", options->account, "12 digits are wanted");
    return true;
}

static bool read_region(struct options *options)
{
    size_t length = strspn(options->region, "abcdefghijklmnopqrstuvwxyz0123456789-");
    if (length == 0 || length > 64 || options->region[length] != '\0')
        return complain(options, "region", options->region,
                        "small letters, digits and hyphens are wanted");
    return true;
}

static bool read_switch(const struct options *options, const char *name, const char *text,
                        bool *ret_is_on)
{
    *ret_is_on = strcmp(text, "on") == 0;
    return *ret_is_on || strcmp(text, "off") == 0 ||
           complain(options, name, text, "on or off is wanted");
}

static bool read_switches(struct options *options)
{
    options->is_clock_manual = strcmp(options->clock, "manual") == 0;
    if (!options->is_clock_manual && strcmp(options->clock, "system") != 0)
        return complain(options, "clock", options->clock, "system or manual is wanted");
    if (!read_switch(options, "trust-forwarded", options->trust_forwarded,
                     &options->trusts_forwarded) ||
        !read_switch(options, "accept-loss", options->accept_loss, &options->accepts_loss) ||
        !read_switch(options, "admin-remote", options->admin_remote, &options->is_admin_remote) ||
        !read_switch(options, "relaxed", options->relaxed, &options->is_relaxed))
        return false;
    if (!logger_parse_level(options->log_level, &options->logger_level))
        return complain(options, "log-level", options->log_level,
                        "error, warning, info or debug is wanted");
    return true;
}

static unsigned count_processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > (int)NODE_WORKERS_MAX ? NODE_WORKERS_MAX : (unsigned)count;
}

static bool read_numbers(struct options *options)
{
    unsigned drain_s;
    if (!read_number(options, "workers", options->workers, 0, NODE_WORKERS_MAX,
                     &options->workers_count) ||
        !read_number(options, "connections-max", options->connections_max, 1, 1000000,
                     &options->connections_count_max) ||
        !read_number(options, "drain-seconds", options->drain_seconds, 0, 3600, &drain_s))
        return false;
    options->drain_ms = drain_s * 1000;
    if (options->workers_count == 0)
        options->workers_count = count_processors();
    return true;
}

/* HOST:PORT; an IPv6 host stands in brackets. */
static bool check_address(const struct options *options, const char *name, const char *address)
{
    const char *colon = strrchr(address, ':');
    int64_t port;
    if (colon == NULL)
        return complain(options, name, address,
                        "HOST:PORT is wanted, such as 127.0.0.1:9324, or *:9324 for every address");
    if (strstr(address, "://") != NULL || strncmp(address, "unix:", 5) == 0)
        return complain(options, name, address, "HOST:PORT is wanted, and nothing before it");
    if (memchr(address, ':', (size_t)(colon - address)) != NULL &&
        (*address != '[' || colon[-1] != ']'))
        return complain(options, name, address,
                        "an IPv6 address is written in brackets, such as [::1]:9324");
    if (!slice_to_int64(slice_from_text(colon + 1), &port) || port < 0 || port > 65535)
        return complain(options, name, address,
                        "a port from 0 to 65535 is wanted behind the last colon");
    return true;
}

static bool read_admin(struct options *options)
{
    size_t room = sizeof(options->admin_address);
    const char *admin = options->admin;
    int bytes = admin != NULL ? snprintf(options->admin_address, room, "%s", admin)
                              : snprintf(options->admin_address, room, "unix:%s/admin.sock",
                                         options->data_dir);
    if (bytes < 0 || (size_t)bytes >= room)
        return complain(options, admin != NULL ? "admin" : "data-dir",
                        admin != NULL ? admin : options->data_dir, "too long");
    bytes = snprintf(options->token_file, sizeof(options->token_file), "%s/admin.token",
                     options->data_dir);
    if (bytes < 0 || (size_t)bytes >= sizeof(options->token_file))
        return complain(options, "data-dir", options->data_dir, "too long");
    if (admin != NULL && strcmp(admin, "unix:") == 0)
        return complain(options, "admin", admin, "a path is wanted behind unix:");
    bool is_tcp = admin != NULL && strncmp(admin, "unix:", 5) != 0 && strcmp(admin, "off") != 0;
    return !is_tcp || check_address(options, "admin", admin);
}

static bool read_web_rules(struct options *options)
{
    struct web_rules rules;
    const char *wrong, *why;
    if (web_rules_read(options->host_names, options->cors_origins, &rules, &wrong, &why) == ERR_OK)
        return true;
    return complain(options, wrong == options->host_names ? "host-names" : "cors-origins", wrong,
                    why);
}

enum options_outcome options_read(struct options *options, int argc, char **argv)
{
    *options = (struct options){0};
    for (size_t i = 0; i < ROWS_COUNT; i++)
        set(options, &rows[i], rows[i].standard);
    enum options_outcome outcome = read_flags(options, argc, argv);
    if (outcome != OPTIONS_RUN)
        return outcome;
    if (!read_file(options) || !read_durability(options) ||
        !read_size(options, "cache-bytes", options->cache_bytes, &options->cache_size) ||
        !read_intake_bytes(options) || !read_segment_bytes(options) || !check_metadata(options) ||
        !read_auth(options) || !read_account(options) || !read_region(options) ||
        !read_switches(options) || !read_numbers(options) ||
        !check_address(options, "listen", options->listen) || !read_admin(options) ||
        !read_web_rules(options))
        return OPTIONS_WRONG;
    return OPTIONS_RUN;
}

void options_done(struct options *options)
{
    for (size_t i = 0; i < ROWS_COUNT; i++)
        set(options, &rows[i], NULL);
}
