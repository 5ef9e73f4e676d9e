#include "main/options.h"

#include <errno.h>
#include <getopt.h>
#include <ini.h>
#include <sched.h>

#include "config.h"
#include "log/log.h"

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
     "where the API listens; port 0 lets the kernel choose"},
    {"admin", AT(admin), NULL, "ADDRESS",
     "admin listener: HOST:PORT, unix:PATH or off (standard: 127.0.0.1, the port above the API's)"},
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
     "redis://[USER:PASSWORD@]HOST:PORT[/DB] for queue definitions (standard: a file in the data directory)"},
    {"auth", AT(auth), "off", "MODE",
     "off: any credentials; verify: SigV4; explain: verify, and log mismatches"},
    {"credentials", AT(credentials), NULL, "FILE",
     "access keys, in the form of ~/.aws/credentials; for --auth verify"},
    {"account", AT(account), "000000000000", "ID", "the account of queues and callers, 12 digits"},
    {"region", AT(region), "us-east-1", "NAME", "region in ARNs and in signatures"},
    {"clock", AT(clock), "system", "KIND",
     "system, or manual: time stands still until `leat clock advance`"},
    {"log-level", AT(log_level), "info", "LEVEL", "error, warning, info or debug"},
    {"workers", AT(workers), "0", "N", "threads that serve; 0: one a processor"},
    {"trust-forwarded", AT(trust_forwarded), "off", "on|off",
     "believe X-Forwarded-Proto and X-Forwarded-Host of a proxy in front"},
    {"connections-max", AT(connections_max), "10000", "N",
     "connections served at a time; more of them wait"},
    {"drain-seconds", AT(drain_seconds), "10", "N", "how long a stop waits for requests under way"},
};
#define ROWS_COUNT ARRAY_COUNT(rows)

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

static void print_help(void)
{
    printf(
        "leatd: a message queue server that speaks the Amazon SQS API\n\nleatd [--OPTION VALUE] ...\n\n");
    printf(
        "  --config FILE\n        key = value lines with any option below as a key; flags win\n");
    for (size_t i = 0; i < ROWS_COUNT; i++)
        printf("  --%s %s\n        %s%s%s%s\n", rows[i].name, rows[i].value_name, rows[i].help,
               rows[i].standard != NULL ? " [" : "",
               rows[i].standard != NULL ? rows[i].standard : "",
               rows[i].standard != NULL ? "]" : "");
    printf("  --version, --help\n");
}

/* ---- the file ---- */

struct file_reading {
    struct options *options;
    const char *path;
    bool is_wrong;
};

static int take_key(void *user, const char *section, const char *name, const char *value)
{
    struct file_reading *reading = user;
    MAYBE(section);
    for (size_t i = 0; i < ROWS_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            set(reading->options, &rows[i], value);
            return 1;
        }
    }
    fprintf(stderr, "leatd: %s: there is no option \"%s\"\n", reading->path, name);
    reading->is_wrong = true;
    return 0;
}

static bool read_file(struct options *options, const char *path)
{
    struct file_reading reading = {options, path, false};
    int line = ini_parse(path, take_key, &reading);
    if (line < 0)
        fprintf(stderr, "leatd: %s: %s\n", path, strerror(errno));
    else if (line > 0 && !reading.is_wrong)
        fprintf(stderr, "leatd: %s: line %d is not of the form key = value\n", path, line);
    return line == 0;
}

/* ---- flags ---- */

#define FLAG_CONFIG  1000
#define FLAG_HELP    1001
#define FLAG_VERSION 1002

static void make_flags(struct option *flags)
{
    for (size_t i = 0; i < ROWS_COUNT; i++)
        flags[i] = (struct option){rows[i].name, required_argument, NULL, (int)i};
    flags[ROWS_COUNT] = (struct option){"config", required_argument, NULL, FLAG_CONFIG};
    flags[ROWS_COUNT + 1] = (struct option){"help", no_argument, NULL, FLAG_HELP};
    flags[ROWS_COUNT + 2] = (struct option){"version", no_argument, NULL, FLAG_VERSION};
}

/* Two passes, so that flags win over the file wherever --config stands. */
static enum options_outcome read_flags(struct options *options, int argc, char **argv,
                                       bool is_file_pass)
{
    struct option flags[ROWS_COUNT + 4] = {0};
    int found;
    make_flags(flags);
    optind = 1;
    opterr = is_file_pass;
    while ((found = getopt_long(argc, argv, "", flags, NULL)) >= 0) {
        if (found == '?')
            return OPTIONS_WRONG;
        if (found == FLAG_HELP) {
            print_help();
            return OPTIONS_SHOWN;
        }
        if (found == FLAG_VERSION) {
            printf("leatd %s\n", PACKAGE_VERSION);
            return OPTIONS_SHOWN;
        }
        if (found == FLAG_CONFIG && is_file_pass && !read_file(options, optarg))
            return OPTIONS_WRONG;
        if (found < (int)ROWS_COUNT && !is_file_pass)
            set(options, &rows[found], optarg);
    }
    if (optind == argc)
        return OPTIONS_RUN;
    fprintf(stderr, "leatd: \"%s\" is not an option (try --help)\n", argv[optind]);
    return OPTIONS_WRONG;
}

/* ---- meaning ---- */

static bool complain(const char *name, const char *value, const char *want)
{
    fprintf(stderr, "leatd: --%s \"%s\": %s\n", name, value, want);
    return false;
}

static bool read_number(const char *name, const char *text, int64_t least, int64_t most,
                        unsigned *ret_value)
{
    int64_t value;
    if (!slice_to_int64(slice_from_text(text), &value) || value < least || value > most) {
        fprintf(stderr, "leatd: --%s \"%s\": a number from %lld to %lld is wanted\n", name, text,
                (long long)least, (long long)most);
        return false;
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
    return complain("durability", options->durability, "memory, os or sync is wanted");
}

/* "65536", "64K", "256M", "2G". */
static bool read_size(const char *name, const char *text, uint64_t *ret_bytes)
{
    static const char units[] = "KMG";
    struct slice digits = slice_from_text(text);
    const char *unit = digits.bytes > 0 ? strchr(units, text[digits.bytes - 1]) : NULL;
    unsigned shift = unit != NULL && *unit != '\0' ? 10u * (unsigned)(unit - units + 1) : 0;
    int64_t value;
    if (shift > 0)
        digits.bytes--;
    if (!slice_to_int64(digits, &value) || value < 0 || value > INT64_MAX >> 31)
        return complain(name, text, "a size such as 65536, 64K, 256M or 2G is wanted");
    *ret_bytes = (uint64_t)value << shift;
    return true;
}

static bool read_segment_bytes(struct options *options)
{
    const char *text = options->segment_bytes;
    if (!read_size("segment-bytes", text, &options->segment_size))
        return false;
    uint64_t size = options->segment_size;
    if (size != 0 &&
        (size < LOG_SEGMENT_BYTES_MIN || size > LOG_SEGMENT_BYTES_MAX || size % 4096 != 0))
        return complain("segment-bytes", text, "0, or 64K to 1G in steps of 4K, is wanted");
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
            return complain("auth", options->auth, "needs --credentials FILE");
        return true;
    }
    return complain("auth", options->auth, "off, verify or explain is wanted");
}

static bool read_account(struct options *options)
{
    size_t digits = strspn(options->account, "0123456789");
    if (digits != AUTH_ACCOUNT_BYTES || options->account[digits] != '\0')
        return complain("account", options->account, "12 digits are wanted");
    return true;
}

static bool read_region(struct options *options)
{
    size_t length = strspn(options->region, "abcdefghijklmnopqrstuvwxyz0123456789-");
    if (length == 0 || length > 64 || options->region[length] != '\0')
        return complain("region", options->region, "small letters, digits and hyphens are wanted");
    return true;
}

static bool read_switches(struct options *options)
{
    options->is_clock_manual = strcmp(options->clock, "manual") == 0;
    if (!options->is_clock_manual && strcmp(options->clock, "system") != 0)
        return complain("clock", options->clock, "system or manual is wanted");
    options->trusts_forwarded = strcmp(options->trust_forwarded, "on") == 0;
    if (!options->trusts_forwarded && strcmp(options->trust_forwarded, "off") != 0)
        return complain("trust-forwarded", options->trust_forwarded, "on or off is wanted");
    options->accepts_loss = strcmp(options->accept_loss, "on") == 0;
    if (!options->accepts_loss && strcmp(options->accept_loss, "off") != 0)
        return complain("accept-loss", options->accept_loss, "on or off is wanted");
    if (!logger_parse_level(options->log_level, &options->logger_level))
        return complain("log-level", options->log_level, "error, warning, info or debug is wanted");
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
    if (!read_number("workers", options->workers, 0, NODE_WORKERS_MAX, &options->workers_count) ||
        !read_number("connections-max", options->connections_max, 1, 1000000,
                     &options->connections_count_max) ||
        !read_number("drain-seconds", options->drain_seconds, 0, 3600, &drain_s))
        return false;
    options->drain_ms = drain_s * 1000;
    if (options->workers_count == 0)
        options->workers_count = count_processors();
    return true;
}

/* Without --admin: on loopback, at the port above the API's (any, when the API's is any). */
static bool read_admin(struct options *options)
{
    const char *colon = strrchr(options->listen, ':');
    unsigned port;
    if (colon == NULL)
        return complain("listen", options->listen, "HOST:PORT is wanted");
    if (!read_number("listen", colon + 1, 0, 65535, &port))
        return false;
    if (options->admin != NULL) {
        if (strlen(options->admin) >= sizeof(options->admin_address))
            return complain("admin", options->admin, "too long");
        snprintf(options->admin_address, sizeof(options->admin_address), "%s", options->admin);
        return true;
    }
    snprintf(options->admin_address, sizeof(options->admin_address), "127.0.0.1:%u",
             port == 0 || port == 65535 ? 0 : port + 1);
    return true;
}

enum options_outcome options_read(struct options *options, int argc, char **argv)
{
    *options = (struct options){0};
    for (size_t i = 0; i < ROWS_COUNT; i++)
        set(options, &rows[i], rows[i].standard);
    enum options_outcome outcome = read_flags(options, argc, argv, true);
    if (outcome == OPTIONS_RUN)
        outcome = read_flags(options, argc, argv, false);
    if (outcome != OPTIONS_RUN)
        return outcome;
    if (!read_durability(options) ||
        !read_size("cache-bytes", options->cache_bytes, &options->cache_size) ||
        !read_segment_bytes(options) || !read_auth(options) || !read_account(options) ||
        !read_region(options) || !read_switches(options) || !read_numbers(options) ||
        !read_admin(options))
        return OPTIONS_WRONG;
    return OPTIONS_RUN;
}

void options_done(struct options *options)
{
    for (size_t i = 0; i < ROWS_COUNT; i++)
        set(options, &rows[i], NULL);
}
