#include "bench/log_status.h"

#include <jansson.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/local_socket.h"
#include "bench/response.h"

#include "base/banned.h"

#define ANSWER_BYTES_MAX (64u * 1024)
#define PATIENCE_S       60

static const struct row {
    const char *name;
    size_t at;
} rows[] = {
#define ROW(member)                                  \
    {                                                \
#member, offsetof(struct log_status, member) \
    }
    ROW(engine_messages), ROW(engine_bytes),   ROW(records),      ROW(record_bytes),
    ROW(relocated_bytes), ROW(snapshot_bytes), ROW(batches),      ROW(batch_bytes_written),
    ROW(disk_bytes),      ROW(live_bytes),     ROW(segments),     ROW(spares),
    ROW(cold_reads),      ROW(cache_hits),     ROW(cache_misses),
#undef ROW
};

static void add(json_t *log, struct log_status *status)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        double *sum = (double *)(void *)((char *)status + rows[i].at);
        *sum += json_number_value(json_object_get(log, rows[i].name));
    }
}

enum err log_status_parse(const char *text, struct log_status *ret_status)
{
    struct log_status status = {0};
    json_t *document = json_loads(text, 0, NULL), *log;
    json_t *logs = json_object_get(document, "logs");
    size_t i;
    bool is_good = json_array_size(logs) > 0;
    json_array_foreach(logs, i, log)
    {
        is_good = is_good && json_object_get(log, "records") != NULL;
        add(log, &status);
    }
    json_decref(document);
    if (!is_good)
        return ERR_INVALID;
    *ret_status = status;
    return ERR_OK;
}

static int connect_to(const char *path)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = local_socket_connect(path);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return fd;
}

/* The body, ended by a NUL; NULL: there was none. */
static char *read_answer(int fd, uint8_t *bytes)
{
    struct response response;
    size_t count = 0;
    response_init(&response);
    for (;;) {
        ssize_t got = recv(fd, bytes + count, ANSWER_BYTES_MAX - count, 0);
        count += got > 0 ? (size_t)got : 0;
        enum response_state state = response_parse(&response, bytes, count, got <= 0);
        if (state == RESPONSE_DONE)
            break;
        if (state == RESPONSE_BAD || got <= 0 || count == ANSWER_BYTES_MAX)
            return NULL;
    }
    if (response.status != 200)
        return NULL;
    bytes[response.body_at + response.body_bytes] = 0;
    return (char *)bytes + response.body_at;
}

enum err log_status_read(const char *path, struct log_status *ret_status)
{
    static const char request[] =
        "GET /log HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    uint8_t bytes[ANSWER_BYTES_MAX + 1];
    int fd = connect_to(path);
    if (fd < 0)
        return ERR_IO;
    bool is_sent = send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) == sizeof(request) - 1;
    const char *body = is_sent ? read_answer(fd, bytes) : NULL;
    close(fd);
    return body != NULL ? log_status_parse(body, ret_status) : ERR_IO;
}
