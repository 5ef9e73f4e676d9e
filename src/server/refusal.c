/* Refusals: answers to requests that have not arrived whole, given behind h2o's back.
 *
 * h2o still waits for more of the request; what it had is let go, and it is told at the end that the connection is closed.
 * A client that is still sending would lose an answer that is followed by a reset. So what it sends is read and
 * forgotten for a while, at a pace that costs next to nothing however many are refused. */
#include "server/front.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/random.h"

#include "base/banned.h"

#define TEXT_BYTES_MAX 1024u
#define HEAD_BYTES_MAX 8192u /* of a head, for the protocol of the answer */
/* So many connections are read from in a tick, each so much. */
#define TICK_CONNECTIONS_MAX 8
#define TICK_BYTES           65536
#define DISCARD_MS_MAX       5000u
#define DISCARD_BYTES_MAX    (2u * FRONT_BODY_BYTES_MAX)

struct refusal {
    h2o_linklist_t link; /* in front.refused once the answer is written */
    struct connection *connection;
    uint64_t since_ms;
    uint64_t discarded_bytes;
    size_t bytes;
    char text[TEXT_BYTES_MAX];
};

/* ---- the answer ---- */

static void print_query_error(const struct api_error_row *row, char *text, size_t bytes)
{
    snprintf(text, bytes, "x-amzn-query-error: %s;%s\r\n", row->query_code,
             row->is_receiver_fault ? "Receiver" : "Sender");
}

static void print(struct front *front, struct refusal *refusal, enum api_protocol protocol,
                  const struct api_error *error)
{
    struct buffer body;
    struct slice type = api_content_type(protocol);
    uint8_t random[16], id[UUID_TEXT_BYTES];
    char query_error[128] = "";
    random_uuid(random);
    uuid_print(random, id);
    buffer_init(&body, &front->scratch, TEXT_BYTES_MAX);
    api_encode_error(&body, protocol, error, slice_of(id, sizeof(id)));
    if (protocol == API_JSON)
        print_query_error(error->row, query_error, sizeof(query_error));
    int length =
        snprintf(refusal->text, sizeof(refusal->text),
                 "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: %zu\r\nServer: leat\r\n"
                 "x-amzn-RequestId: %.*s\r\n%sContent-Type: %.*s\r\n\r\n%.*s",
                 error->row->status, http_reason(error->row->status), body.bytes, (int)sizeof(id),
                 id, query_error, SLICE_PRINT(type), SLICE_PRINT(buffer_slice(&body)));
    ASSERT(length > 0 && (size_t)length < sizeof(refusal->text));
    refusal->bytes = (size_t)length;
    arena_reset(&front->scratch);
}

static void on_written(h2o_socket_t *socket, const char *why)
{
    struct connection *connection = socket->on_close.data;
    struct front *front = connection->front;
    if (why != NULL) {
        intake_pass(connection, why);
        return;
    }
    shutdown(h2o_socket_get_fd(socket), SHUT_WR);
    h2o_linklist_insert(&front->refused, &connection->refusal->link);
    if (!h2o_timeout_is_linked(&front->refused_tick))
        h2o_timeout_link(front->context.loop, &front->refused_pause, &front->refused_tick);
}

void refusal_start(struct connection *connection, enum api_error_code code, struct slice message)
{
    h2o_socket_t *socket = connection->socket;
    struct slice input = slice_of(socket->input->bytes, socket->input->size);
    struct api_error error = {0};
    int receive_bytes = TICK_BYTES;
    bool is_json = intake_speaks_json(slice_head(input, HEAD_BYTES_MAX));
    struct refusal *refusal = calloc(1, sizeof(*refusal));
    if (refusal == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    api_fail(&error, code, message);
    print(connection->front, refusal, is_json ? API_JSON : API_QUERY, &error);
    refusal->connection = connection;
    refusal->since_ms = h2o_now(connection->front->context.loop);
    connection->refusal = refusal;
    /* What is only forgotten needs no room in the kernel. */
    setsockopt(h2o_socket_get_fd(socket), SOL_SOCKET, SO_RCVBUF, &receive_bytes,
               sizeof(receive_bytes));
    if (input.bytes > 0)
        h2o_buffer_consume(&socket->input, input.bytes);
    h2o_socket_read_stop(socket);
    h2o_iovec_t text = h2o_iovec_init(refusal->text, refusal->bytes);
    h2o_socket_write(socket, &text, 1, on_written);
}

void refusal_done(struct connection *connection)
{
    if (connection->refusal == NULL)
        return;
    if (h2o_linklist_is_linked(&connection->refusal->link))
        h2o_linklist_unlink(&connection->refusal->link);
    free(connection->refusal);
    connection->refusal = NULL;
}

/* ---- afterwards ---- */

/* Reads and forgets; closes the connection when it is time. */
static void discard(struct refusal *refusal, uint64_t now_ms)
{
    char bytes[TICK_BYTES];
    ssize_t got =
        recv(h2o_socket_get_fd(refusal->connection->socket), bytes, sizeof(bytes), MSG_DONTWAIT);
    bool is_later = got < 0 && (errno == EAGAIN || errno == EINTR);
    if (got > 0)
        refusal->discarded_bytes += (uint64_t)got;
    if ((got > 0 || is_later) && refusal->discarded_bytes <= DISCARD_BYTES_MAX &&
        now_ms - refusal->since_ms < DISCARD_MS_MAX)
        return;
    intake_pass(refusal->connection, h2o_socket_error_closed);
}

static void on_tick(h2o_timeout_entry_t *entry)
{
    struct front *front = H2O_STRUCT_FROM_MEMBER(struct front, refused_tick, entry);
    uint64_t now_ms = h2o_now(front->context.loop);
    for (int i = 0; i < TICK_CONNECTIONS_MAX && !h2o_linklist_is_empty(&front->refused); i++) {
        struct refusal *refusal = H2O_STRUCT_FROM_MEMBER(struct refusal, link, front->refused.next);
        h2o_linklist_unlink(&refusal->link);
        h2o_linklist_insert(&front->refused, &refusal->link);
        discard(refusal, now_ms);
    }
    if (!h2o_linklist_is_empty(&front->refused))
        h2o_timeout_link(front->context.loop, &front->refused_pause, &front->refused_tick);
}

void refusal_init(struct front *front)
{
    h2o_linklist_init_anchor(&front->refused);
    h2o_timeout_init(front->context.loop, &front->refused_pause, FRONT_REFUSED_TICK_MS);
    front->refused_tick.cb = on_tick;
}
