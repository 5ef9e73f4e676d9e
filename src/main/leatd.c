/* leatd: wiring of the parts, and waiting for the signal to stop. */
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/crash.h"
#include "base/logger.h"
#include "config.h"
#include "main/descriptors.h"
#include "main/options.h"
#include "server/server.h"

#include "base/banned.h"

#define PARTITION "aws"

/* What is alive between start and stop. */
struct process {
    struct options options;
    struct arena arena;
    struct auth_credentials *credentials;
    struct clock *clock;
    struct node *node;
    struct server *server;
};

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        LOG_WARNING("leatd", "cannot raise the limit of open files: %s", strerror(errno));
}

/* What connections must leave to the rest of the process: logs, metadata, loops and mailboxes of the workers, listeners. */
#define DESCRIPTORS_KEPT        96u
#define DESCRIPTORS_KEPT_WORKER 8u

/* A log that finds no descriptor for its next segment takes no sends, so connections get only what is left. */
static void clamp_connections(struct options *options)
{
    struct rlimit limit;
    uint64_t kept = DESCRIPTORS_KEPT + DESCRIPTORS_KEPT_WORKER * (uint64_t)options->workers_count;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    uint64_t least = limit.rlim_cur / 8 + 1;
    uint64_t most = limit.rlim_cur > kept + least ? limit.rlim_cur - kept : least;
    if (options->connections_count_max <= most)
        return;
    LOG_WARNING(
        "leatd",
        "connections-max %u does not fit the limit of %llu open files (ulimit -n): %llu are "
        "served at a time",
        options->connections_count_max, (unsigned long long)limit.rlim_cur,
        (unsigned long long)most);
    options->connections_count_max = (unsigned)most;
}

/* A thread's heap shrinks as soon as 128 KiB at its end are free, and grows again page by page: two system calls every
 * few requests. Naming one bound fixes the other, too, so large bodies get one as well. */
static void keep_some_memory(void)
{
    (void)mallopt(M_TRIM_THRESHOLD, 4 << 20);
    (void)mallopt(M_MMAP_THRESHOLD, 4 << 20);
}

/* With those above it; they get the usual mode, the last one is its owner's only. */
static bool make_data_directory(const char *path)
{
    char above[PATH_MAX];
    int length = snprintf(above, sizeof(above), "%s", path);
    for (int i = 1; i < length && length < PATH_MAX; i++) {
        if (above[i] != '/')
            continue;
        above[i] = '\0';
        MAYBE(mkdir(above, 0755) != 0); /* the last one tells */
        above[i] = '/';
    }
    struct stat there;
    if (mkdir(path, 0700) == 0)
        return true;
    if (errno == EEXIST && stat(path, &there) == 0 && S_ISDIR(there.st_mode))
        return true;
    if (errno == EEXIST)
        errno = ENOTDIR;
    LOG_ERROR("leatd", "cannot make the data directory %s: %s", path, strerror(errno));
    return false;
}

static bool load_credentials(struct process *process)
{
    struct auth_credentials_options options = {
        .account = slice_from_text(process->options.account),
        .partition = SLICE(PARTITION),
    };
    struct slice why = SLICE_NONE;
    if (process->options.credentials == NULL)
        return true;
    if (process->options.auth_mode == AUTH_OFF) {
        LOG_WARNING("leatd",
                    "--auth is off: %s is not read, and requests are not checked; --auth verify "
                    "checks them",
                    process->options.credentials);
        return true;
    }
    if (auth_credentials_load(process->options.credentials, &options, &process->arena,
                              &process->credentials, &why) == ERR_OK)
        return true;
    LOG_ERROR("leatd", "%.*s", SLICE_PRINT(why));
    return false;
}

static bool start_node(struct process *process)
{
    const char *why = "";
    struct node_options options = {
        .clock = process->clock,
        .workers_count = process->options.workers_count,
        .durability = process->options.node_durability,
        .cache_bytes = process->options.cache_size,
        .segment_bytes = (uint32_t)process->options.segment_size,
        .accepts_loss = process->options.accepts_loss,
        .catalog = {.is_relaxed = process->options.is_relaxed,
                    .region = process->options.region,
                    .partition = PARTITION,
                    .data_directory = process->options.data_dir,
                    .metadata_url = process->options.metadata},
    };
    enum err err = node_create(&options, &process->node, &why);
    if (err != ERR_OK)
        LOG_ERROR("leatd", "cannot open the data: %s", why);
    return err == ERR_OK;
}

static bool start_server(struct process *process)
{
    const struct options *given = &process->options;
    const char *why = "";
    bool has_admin = strcmp(given->admin_address, "off") != 0;
    struct server_options options = {
        .node = process->node,
        .listen = given->listen,
        .admin = has_admin ? given->admin_address : NULL,
        .is_admin_optional = given->admin == NULL,
        .is_admin_remote = given->is_admin_remote,
        .admin_token_file = given->token_file,
        .host_names = given->host_names,
        .cors_origins = given->cors_origins,
        .auth_mode = given->auth_mode,
        .credentials = process->credentials,
        .account = given->account,
        .region = given->region,
        .partition = PARTITION,
        .trust_forwarded = given->trusts_forwarded,
        .is_relaxed = given->is_relaxed,
        .connections_max = given->connections_count_max,
        .intake_bytes = given->intake_size,
        .drain_ms = given->drain_ms,
    };
    enum err err = server_start(&options, &process->server, &why);
    if (err != ERR_OK && why != NULL)
        LOG_ERROR("leatd", "cannot start: %s", why);
    return err == ERR_OK;
}

/* What makes this server unlike Amazon's on purpose. */
static void tell_modes(const struct options *options)
{
    if (options->is_relaxed)
        LOG_INFO(
            "leatd",
            "relaxed: a deleted queue's name is free at once, and purges need no pause (Amazon "
            "makes both wait 60 s)");
    if (options->is_clock_manual)
        LOG_INFO("leatd", "manual clock: time stands still until `leat clock advance`");
}

/* Before the data is read, and before a new data directory is made. */
static bool can_listen(const struct options *options)
{
    bool has_admin = strcmp(options->admin_address, "off") != 0;
    return server_look(options->listen, has_admin ? options->admin_address : NULL) == ERR_OK;
}

static bool start(struct process *process)
{
    const struct options *options = &process->options;
    arena_init(&process->arena);
    process->clock = options->is_clock_manual ? clock_create_manual(clock_machine_wall())
                                              : clock_create_system();
    if (!can_listen(options) || !make_data_directory(options->data_dir) ||
        !load_credentials(process) || !start_node(process) || !start_server(process))
        return false;
    const char *admin = server_admin_address(process->server);
    LOG_INFO(
        "leatd",
        "leatd %s serves on http://%s, admin on %s, account %s, region %s, auth %s, %u workers",
        PACKAGE_VERSION, server_address(process->server), admin != NULL ? admin : "no address",
        options->account, options->region, options->auth, options->workers_count);
    tell_modes(options);
    return true;
}

static void stop(struct process *process)
{
    server_stop(process->server);
    node_destroy(process->node);
    server_destroy(process->server);
    auth_credentials_destroy(process->credentials);
    clock_destroy(process->clock);
    arena_done(&process->arena);
    options_done(&process->options);
}

/* Blocks what the main thread waits for, before any thread starts, so that all inherit it. */
static void block_signals(sigset_t *ret_waited)
{
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(ret_waited);
    sigaddset(ret_waited, SIGTERM);
    sigaddset(ret_waited, SIGINT);
    sigaddset(ret_waited, SIGHUP);
    pthread_sigmask(SIG_BLOCK, ret_waited, NULL);
}

static void wait_for_stop(const sigset_t *waited)
{
    sigset_t again;
    int number = SIGHUP;
    for (;;) {
        if (sigwait(waited, &number) != 0)
            continue;
        if (number != SIGHUP)
            break;
        LOG_INFO("leatd", "SIGHUP: nothing is read again; options and credentials take a restart");
    }
    LOG_INFO("leatd", "%s: stopping",
             number == SIGINT ? "SIGINT (once more ends at once)" : "SIGTERM");
    signal(SIGINT, SIG_DFL); /* whoever started us may have had it ignored */
    sigemptyset(&again);
    sigaddset(&again, SIGINT);
    pthread_sigmask(SIG_UNBLOCK, &again, NULL);
}

/* An exit status. */
static int flush_help(void)
{
    if (fflush(stdout) == 0)
        return 0;
    fprintf(stderr, "leatd: cannot write to standard output: %s\n", strerror(errno));
    return 1;
}

int main(int argc, char **argv)
{
    struct process process = {0};
    sigset_t waited;
    descriptors_fill();
    enum options_outcome outcome = options_read(&process.options, argc, argv);
    if (outcome != OPTIONS_RUN) {
        options_done(&process.options);
        if (outcome == OPTIONS_SHOWN)
            return flush_help();
        return 2;
    }
    logger_set_level(process.options.logger_level);
    crash_init("leatd", PACKAGE_VERSION);
    block_signals(&waited);
    raise_descriptor_limit();
    clamp_connections(&process.options);
    keep_some_memory();
    if (!start(&process)) {
        stop(&process);
        return 1;
    }
    wait_for_stop(&waited);
    stop(&process);
    LOG_INFO("leatd", "stopped");
    return 0;
}
