#include "bench/control.h"

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include "bench/answer.h"
#include "bench/response.h"

#include "base/banned.h"

#define ANSWER_BYTES_MAX 65536u

struct control {
    const struct settings *settings;
    const struct endpoint *endpoint;
    struct writer *writer;
    int fd; /* below 0: closed */
    struct answer answer;
    uint8_t bytes[ANSWER_BYTES_MAX];
    char why[CONTROL_WHY_BYTES];
};

struct control *control_create(const struct settings *settings, const struct endpoint *endpoint)
{
    struct control *control = calloc(1, sizeof(*control));
    ASSERT(control != NULL);
    control->settings = settings;
    control->endpoint = endpoint;
    control->fd = -1;
    control->writer = writer_create(&(struct writer_options){
        .protocol = settings->protocol,
        .endpoint = endpoint,
        .signer = settings->signer,
        .seed = settings->seed ^ UINT64_C(0x636f6e74726f6c),
    });
    return control;
}

static void close_socket(struct control *control)
{
    if (control->fd >= 0)
        close(control->fd);
    control->fd = -1;
}

void control_destroy(struct control *control)
{
    if (control == NULL)
        return;
    close_socket(control);
    writer_destroy(control->writer);
    free(control);
}

const char *control_why(const struct control *control)
{
    return control->why;
}

static bool fail(struct control *control, const char *what, const char *text)
{
    snprintf(control->why, sizeof(control->why), "%s: %s", what, text);
    close_socket(control);
    return false;
}

static bool connect_socket(struct control *control)
{
    const struct timeval limit = {.tv_sec = (time_t)ceil(control->settings->timeout_s)};
    const int one = 1;
    control->fd = socket(control->endpoint->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (control->fd < 0)
        return fail(control, "socket", strerror(errno));
    setsockopt(control->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(control->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    /* Head and body go out in two pieces: the second must not wait until the first is acknowledged. */
    setsockopt(control->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (connect(control->fd, (const struct sockaddr *)&control->endpoint->address,
                control->endpoint->address_bytes) != 0)
        return fail(control, "cannot connect", strerror(errno));
    return true;
}

static bool send_all(struct control *control, struct slice bytes)
{
    while (bytes.bytes > 0) {
        ssize_t sent = send(control->fd, bytes.at, bytes.bytes, MSG_NOSIGNAL);
        if (sent < 0)
            return fail(control, "cannot send", strerror(errno));
        bytes = slice_from(bytes, (size_t)sent);
    }
    return true;
}

static bool read_answer(struct control *control, struct response *ret_response)
{
    size_t count = 0;
    enum response_state state = RESPONSE_MORE;
    response_init(ret_response);
    while (state == RESPONSE_MORE && count < sizeof(control->bytes)) {
        ssize_t got = recv(control->fd, control->bytes + count, sizeof(control->bytes) - count, 0);
        if (got < 0)
            return fail(control, "no answer", strerror(errno));
        count += (size_t)got;
        state = response_parse(ret_response, control->bytes, count, got == 0);
    }
    return state == RESPONSE_DONE || fail(control, "no answer", "not an HTTP answer");
}

static bool call(struct control *control, struct writer_request request)
{
    struct response response;
    if (control->fd < 0 && !connect_socket(control))
        return false;
    if (!send_all(control, request.head) || !send_all(control, request.body) ||
        !read_answer(control, &response))
        return false;
    if (response.is_last)
        close_socket(control);
    uint8_t *body = control->bytes + response.body_at;
    bool is_whole = control->settings->protocol == WRITER_JSON
                        ? answer_parse_json(body, response.body_bytes, &control->answer)
                        : answer_parse_xml(body, response.body_bytes, &control->answer);
    if (response.status == 200 && is_whole)
        return true;
    size_t length = (size_t)snprintf(control->why, sizeof(control->why), "status ");
    answer_describe(response.status, &control->answer, slice_of(body, response.body_bytes),
                    control->why + length, sizeof(control->why) - length);
    return false;
}

bool control_create_queue(struct control *control, struct slice name, struct arena *arena,
                          struct writer_queue *ret_queue)
{
    if (!call(control, writer_create_queue(control->writer, name, control->settings->groups > 0,
                                           control->settings->hidden_s)))
        return false;
    return writer_make_queue(control->answer.queue_url, arena, ret_queue) == ERR_OK ||
           fail(control, "CreateQueue", "an answer without a usable QueueUrl");
}

bool control_delete_queue(struct control *control, const struct writer_queue *queue)
{
    /* A connection that was idle for the whole run may have been closed by the server: one more try. */
    return call(control, writer_delete_queue(control->writer, queue)) ||
           (control->fd < 0 && call(control, writer_delete_queue(control->writer, queue)));
}
