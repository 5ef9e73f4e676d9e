#include "config.h"

/* config.h names the event loop; without it h2o.h would choose another layout of its structures. */
#include <h2o.h>
#include <h2o/http1.h>

#include "bench/null.h"

#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "bench/body.h"
#include "bench/canned.h"
#include "bench/sync.h"

#include "base/banned.h"

#define IDLE_MS         75000
#define ENTITY_MAX      (4u * 1024 * 1024)
#define BACKLOG         1024
#define ACCEPTS         16
#define DEFAULT_PORT    9325
#define SYNC_FILE_BYTES (16u << 20)
#define REQUEST_ID      "adaea094-534b-4598-9b99-f6b5996ef172"

struct null_server {
    h2o_globalconf_t config;
    h2o_context_t context;
    h2o_accept_ctx_t accept;
    struct canned canned;
    struct arena arena;
    struct sync_file file; /* open with --sync */
};

static volatile sig_atomic_t is_stopped;
static struct null_server server;

static void handle_signal(int signal)
{
    (void)signal;
    is_stopped = 1;
}

static int handle_request(h2o_handler_t *self, h2o_req_t *request)
{
    static h2o_generator_t generator;
    struct slice target = SLICE_NONE;
    (void)self;
    if (server.file.writes > 0 && sync_file_write(&server.file) != ERR_OK)
        is_stopped = 1;
    for (size_t i = 0; i < request->headers.size; i++) {
        const h2o_header_t *header = &request->headers.entries[i];
        if (header->name->len == 12 && memcmp(header->name->base, "x-amz-target", 12) == 0)
            target = slice_of(header->value.base, header->value.len);
    }
    struct slice text =
        canned_find(&server.canned, target, slice_of(request->entity.base, request->entity.len));
    h2o_iovec_t body = h2o_iovec_init((const char *)text.at, text.bytes);
    request->res.status = 200;
    request->res.reason = "OK";
    request->res.content_length = text.bytes;
    h2o_add_header_by_str(&request->pool, &request->res.headers, H2O_STRLIT("x-amzn-requestid"), 0,
                          "x-amzn-RequestId", H2O_STRLIT(REQUEST_ID));
    h2o_add_header(&request->pool, &request->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                   H2O_STRLIT("application/x-amz-json-1.0"));
    h2o_start_response(request, &generator);
    h2o_send(request, &body, 1, H2O_SEND_STATE_FINAL);
    return 0;
}

static void accept_some(h2o_socket_t *listener, const char *problem)
{
    if (problem != NULL)
        return;
    for (int i = 0; i < ACCEPTS; i++) {
        h2o_socket_t *socket = h2o_evloop_socket_accept(listener);
        if (socket == NULL)
            return;
        h2o_accept(&server.accept, socket);
    }
}

static int listen_on(uint16_t *port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t bytes = sizeof(address);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &bytes) != 0) {
        close(fd);
        return -1;
    }
    *port = ntohs(address.sin_port);
    return fd;
}

static void set_up(int fd, uint16_t port, uint32_t body_bytes)
{
    arena_init(&server.arena);
    struct slice url = arena_print(&server.arena, "http://127.0.0.1:%u/000000000000/null", port);
    canned_make(&server.canned, url, body_bytes, &server.arena);
    h2o_config_init(&server.config);
    server.config.server_name = h2o_iovec_init(H2O_STRLIT("null"));
    server.config.http1.upgrade_to_http2 = 0;
    server.config.http1.req_timeout = IDLE_MS;
    server.config.max_request_entity_size = ENTITY_MAX;
    h2o_hostconf_t *host =
        h2o_config_register_host(&server.config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(path, sizeof(h2o_handler_t))->on_req = handle_request;
    h2o_context_init(&server.context, h2o_evloop_create(), &server.config);
    server.accept = (h2o_accept_ctx_t){.ctx = &server.context, .hosts = server.config.hosts};
    h2o_socket_t *listener =
        h2o_evloop_socket_create(server.context.loop, fd, H2O_SOCKET_FLAG_DONT_READ);
    h2o_socket_read_start(listener, accept_some);
}

/* A whole number within bounds, or a complaint. */
static bool parse_number(const char *name, const char *text, long min, long max, long *ret_value)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != 0 || value < min || value > max) {
        fprintf(stderr, "leat-bench null: --%s: %ld to %ld\n", name, min, max);
        return false;
    }
    *ret_value = value;
    return true;
}

static void print_help(void)
{
    printf(
        "leat-bench null [--port N] [--size BYTES] [--sync BYTES [--dir DIR]]\n\nAnswers every request at once, on "
        "127.0.0.1:N [%d; 0: any], with bodies of BYTES in receives [300].\nLoad it with --no-check. With --sync it "
        "first writes so many bytes to a zero-filled file in DIR [.] and waits for\nfdatasync: the least that a "
        "durable answer to a lone client can take.\n",
        DEFAULT_PORT);
}

struct null_options {
    long port, body_bytes, write_bytes;
    const char *directory;
};

/* False: *ret_status is what to exit with. */
static bool parse_options(struct null_options *chosen, int argc, char **argv, int *ret_status)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'}, {"size", required_argument, NULL, 's'},
        {"sync", required_argument, NULL, 'w'}, {"dir", required_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'},       {0}};
    int c;
    optind = 1;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        *ret_status = c == 'h' ? 0 : 2;
        if (c == 'h')
            print_help();
        if (c == 'd')
            chosen->directory = optarg;
        if (c == 'h' || c == '?' ||
            (c == 'p' && !parse_number("port", optarg, 0, 65535, &chosen->port)) ||
            (c == 's' &&
             !parse_number("size", optarg, BODY_BYTES_MIN, BODY_BYTES_MAX, &chosen->body_bytes)) ||
            (c == 'w' && !parse_number("sync", optarg, 1, 1 << 20, &chosen->write_bytes)))
            return false;
    }
    return true;
}

static bool open_file(const struct null_options *options)
{
    struct sync_settings settings = {.directory = options->directory,
                                     .write_bytes = (uint32_t)options->write_bytes,
                                     .file_bytes = SYNC_FILE_BYTES};
    if (options->write_bytes == 0 || sync_file_open(&server.file, &settings) == ERR_OK)
        return true;
    fprintf(stderr, "leat-bench null: %s: %s\n", options->directory, strerror(errno));
    return false;
}

int null_main(int argc, char **argv)
{
    const struct sigaction action = {.sa_handler = handle_signal};
    struct null_options options = {.port = DEFAULT_PORT, .body_bytes = 300, .directory = "."};
    int status;
    if (!parse_options(&options, argc, argv, &status))
        return status;
    if (!open_file(&options))
        return 1;
    uint16_t bound = (uint16_t)options.port;
    int fd = listen_on(&bound);
    if (fd < 0) {
        fprintf(stderr, "leat-bench null: cannot listen on 127.0.0.1:%ld: %s\n", options.port,
                strerror(errno));
        return 1;
    }
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    set_up(fd, bound, (uint32_t)options.body_bytes);
    printf("null server on http://127.0.0.1:%u\n", bound);
    fflush(stdout);
    while (!is_stopped)
        MAYBE(h2o_evloop_run(server.context.loop, INT32_MAX)); /* -1: a signal came */
    return 0;
}
