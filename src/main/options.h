/* leatd's options: a table of rows that flags and configuration file share.
 *
 * Every `--name VALUE` is also a key `name = VALUE` of the file that --config names (config_file.h); flags win.
 * What is wrong is told on standard error with its place: the flag, or file and line, and the name that was meant.
 * Main thread, at start. */
#ifndef LEAT_MAIN_OPTIONS_H
#define LEAT_MAIN_OPTIONS_H

#include "auth/auth.h"
#include "base/check.h"
#include "base/err.h"
#include "base/logger.h"
#include "node/node.h"

#define OPTIONS_COUNT_MAX 64u
#define OPTIONS_FROM_FLAG (-1)

/* All texts NUL-ended, owned by the struct; NULL where a row says "none". */
struct options {
    char *listen;
    char *admin; /* NULL: a socket in data_dir. "off": none */
    char *admin_remote;
    char *host_names;
    char *cors_origins;
    char *data_dir;
    char *durability;
    char *cache_bytes;
    char *segment_bytes;
    char *accept_loss;
    char *metadata; /* NULL: SQLite in data_dir */
    char *auth;
    char *credentials;
    char *account;
    char *region;
    char *clock;
    char *relaxed;
    char *log_level;
    char *workers;
    char *trust_forwarded;
    char *connections_max;
    char *intake_bytes;
    char *drain_seconds;

    const char *config; /* of argv; NULL: no file */
    /* Of each row of the table: the file's line, OPTIONS_FROM_FLAG, or 0 for the default. */
    int origins[OPTIONS_COUNT_MAX];

    /* Made from the texts by options_read. */
    enum node_durability node_durability;
    uint64_t cache_size;   /* bytes */
    uint64_t intake_size;  /* bytes */
    uint64_t segment_size; /* bytes; 0: as fits the disk */
    bool accepts_loss;
    enum auth_mode auth_mode;
    bool is_clock_manual;
    bool is_relaxed;
    enum logger_level logger_level;
    unsigned workers_count;
    bool trusts_forwarded;
    unsigned connections_count_max;
    unsigned drain_ms;
    char admin_address[4112]; /* "off": none */
    bool is_admin_remote;
    char token_file[4112];
};

enum options_outcome {
    OPTIONS_RUN,
    OPTIONS_SHOWN, /* --help or --version was printed: exit 0 */
    OPTIONS_WRONG, /* told on standard error: exit 2 */
};

enum options_outcome options_read(struct options *options, int argc, char **argv);
void options_done(struct options *options);

#endif
