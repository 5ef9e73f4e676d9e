#include "bench/fake_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "bench/body.h"
#include "testkit/testkit.h"

#include "base/banned.h"

#define VICTIM    5
#define POLL_MS   5
#define IN_BYTES  65536
#define BATCH_MAX 10u
#define NEVER     "\x01" /* instead of an answer: none at all */
#define HANG_UP   "\x02"

/* What stands between `mark` and the next quote that is not escaped, from *at on; moves *at behind it. */
static bool next_text(struct slice body, const char *mark, size_t *at, struct slice *ret_text)
{
    const uint8_t *found = memmem(body.at + *at, body.bytes - *at, mark, strlen(mark));
    if (found == NULL)
        return false;
    size_t from = (size_t)(found - body.at) + strlen(mark), end = from;
    while (end < body.bytes && body.at[end] != '"')
        end += body.at[end] == '\\' ? 2 : 1;
    *ret_text = slice_of(body.at + from, end - from);
    *at = end;
    return true;
}

static void keep(struct fake_server *server, struct slice text, bool is_victim)
{
    ck_assert_uint_lt(server->messages_count, FAKE_SERVER_MESSAGES_MAX);
    server->messages[server->messages_count++] = (struct fake_server_message){
        .text = arena_copy(&server->arena, text), .is_victim = is_victim};
}

static void keep_foreign(struct fake_server *server)
{
    static const struct body body = {.run = 0xdeadbeef};
    struct buffer out;
    buffer_init(&out, &server->arena, 512);
    body_write(&out, &body, 150, BODY_JSON);
    keep(server, buffer_slice(&out), false);
}

static void keep_victim(struct fake_server *server, struct slice text)
{
    enum fake_server_fault fault = server->fault;
    struct slice copy = arena_copy(&server->arena, text);
    uint8_t *letter = (uint8_t *)(uintptr_t)copy.at + copy.bytes - 10;
    if (fault == FAKE_SERVER_LOSES || fault == FAKE_SERVER_REFUSES ||
        fault == FAKE_SERVER_REFUSES_ENTRY)
        return;
    if (fault == FAKE_SERVER_DOUBLES)
        keep(server, copy, false);
    if (fault == FAKE_SERVER_CORRUPTS)
        *letter = *letter == 'a' ? 'b' : 'a';
    if (fault == FAKE_SERVER_ADDS)
        keep_foreign(server);
    keep(server, copy, true);
}

/* What is said instead of the ordinary answer to the victim's request; NULL: nothing special. */
static const char *victim_answer(const struct fake_server *server, bool is_batch)
{
    static const char *const answers[] = {
        [FAKE_SERVER_FAILS] =
            "HTTP/1.1 500 Oh\r\nContent-Length: 20\r\n\r\n{\"__type\":\"Failure\"}",
        [FAKE_SERVER_REFUSES] = "HTTP/1.1 400 No\r\nContent-Length: 38\r\n\r\n"
                                "{\"__type\":\"x#Bad\",\"message\":\"because\"}",
        [FAKE_SERVER_REFUSES_FALSELY] = "HTTP/1.1 400 No\r\nContent-Length: 2\r\n\r\n{}",
        [FAKE_SERVER_HANGS_UP] = HANG_UP,
        [FAKE_SERVER_BABBLES] = "220 mail.example.com ESMTP\r\n",
        [FAKE_SERVER_MUMBLES] = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"Message\":",
        [FAKE_SERVER_OMITS] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        [FAKE_SERVER_IS_SILENT] = NEVER,
    };
    return is_batch ? NULL : answers[server->fault];
}

/* NULL: the ordinary answer is in `out`. */
static const char *answer_send(struct fake_server *server, struct slice body, bool is_batch,
                               struct buffer *out)
{
    size_t at = 0;
    uint32_t index = 0;
    struct slice text;
    const char *special = NULL;
    buffer_add_text(out, is_batch ? "{\"Successful\":[" : "");
    for (; next_text(body, "\"MessageBody\":\"", &at, &text); index++) {
        bool is_victim = server->sends_count++ == VICTIM;
        const char *comma = index > 0 ? "," : "";
        if (is_victim) {
            keep_victim(server, text);
            special = victim_answer(server, is_batch);
        } else {
            keep(server, text, false);
        }
        if (!is_batch)
            buffer_add_text(out, "{\"MessageId\":\"m\"}");
        else if (!is_victim || server->fault != FAKE_SERVER_OMITS)
            buffer_print(out, "%s{\"Id\":\"%u\",\"MessageId\":\"m\"}", comma, index);
    }
    buffer_add_text(out, is_batch ? "]}" : "");
    return special;
}

/* The same batch answer with the victim moved to Failed: easier to write afresh. */
static void answer_refused_entry(struct buffer *out)
{
    bool is_first = true;
    out->bytes = 0;
    buffer_print(
        out,
        "{\"Failed\":[{\"Code\":\"Broken\",\"Id\":\"%u\",\"SenderFault\":true}],\"Successful\":[",
        VICTIM);
    for (uint32_t i = 0; i < BATCH_MAX; i++) {
        if (i == VICTIM)
            continue;
        buffer_print(out, "%s{\"Id\":\"%u\",\"MessageId\":\"m\"}", is_first ? "" : ",", i);
        is_first = false;
    }
    buffer_add_text(out, "]}");
}

static uint32_t find_max(struct slice body)
{
    static const char mark[] = "\"MaxNumberOfMessages\":";
    const char *found = memmem(body.at, body.bytes, mark, sizeof(mark) - 1);
    ck_assert_ptr_nonnull(found);
    return (uint32_t)strtoul(found + sizeof(mark) - 1, NULL, 10);
}

static void answer_receive(struct fake_server *server, struct slice body, struct buffer *out)
{
    uint32_t max = find_max(body), given = 0;
    buffer_add_text(out, "{\"Messages\":[");
    for (uint32_t i = 0; i < server->messages_count && given < max; i++) {
        uint32_t pick = i;
        if (server->fault == FAKE_SERVER_SWAPS && (i == VICTIM || i == VICTIM + 1) &&
            server->messages_count > VICTIM + 1)
            pick = i == VICTIM ? VICTIM + 1 : VICTIM;
        struct fake_server_message *message = &server->messages[pick];
        if (message->state != FAKE_SERVER_READY)
            continue;
        message->state = FAKE_SERVER_HIDDEN;
        buffer_print(out, "%s{\"MessageId\":\"m\",\"ReceiptHandle\":\"h%u\",\"Body\":\"",
                     given++ > 0 ? "," : "", pick);
        buffer_add(out, message->text);
        buffer_add_text(out, "\"}");
    }
    buffer_add_text(out, "]}");
}

static void answer_delete(struct fake_server *server, struct slice body, bool is_batch,
                          struct buffer *out)
{
    size_t at = 0;
    struct slice text;
    buffer_add_text(out, is_batch ? "{\"Successful\":[" : "");
    for (uint32_t i = 0; next_text(body, "\"ReceiptHandle\":\"h", &at, &text); i++) {
        int64_t index;
        ck_assert(slice_to_int64(text, &index) && index < server->messages_count);
        struct fake_server_message *message = &server->messages[index];
        bool returns = message->is_victim && server->fault == FAKE_SERVER_RETURNS &&
                       message->deletes_count++ == 0;
        message->state = returns ? FAKE_SERVER_READY : FAKE_SERVER_DELETED;
        if (is_batch)
            buffer_print(out, "%s{\"Id\":\"%u\"}", i > 0 ? "," : "", i);
    }
    buffer_add_text(out, is_batch ? "]}" : "");
}

static void send_pieces(int fd, struct slice bytes, size_t piece)
{
    while (bytes.bytes > 0) {
        struct slice head = slice_head(bytes, piece);
        ssize_t sent = send(fd, head.at, head.bytes, MSG_NOSIGNAL);
        if (sent < 0)
            return; /* the client's affair */
        bytes = slice_from(bytes, (size_t)sent);
    }
}

static void send_answer(struct fake_server *server, int fd, struct slice body, struct arena *arena)
{
    struct buffer out;
    buffer_init(&out, arena, body.bytes + 256);
    if (server->chunks) {
        size_t half = body.bytes / 2;
        buffer_print(&out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        if (half > 0)
            buffer_print(&out, "%zx\r\n%.*s\r\n", half, (int)half, (const char *)body.at);
        if (body.bytes > half)
            buffer_print(&out, "%zx;x\r\n%.*s\r\n", body.bytes - half, (int)(body.bytes - half),
                         (const char *)body.at + half);
        buffer_add_text(&out, "0\r\n\r\n");
    } else {
        buffer_print(&out, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", body.bytes);
        buffer_add(&out, body);
    }
    send_pieces(fd, buffer_slice(&out), server->tears ? 7 : SIZE_MAX);
}

/* False: hang up. */
static bool answer(struct fake_server *server, int fd, struct slice head, struct slice body,
                   struct arena *arena)
{
    static const char mark[] = "X-Amz-Target: AmazonSQS.";
    struct buffer out;
    const char *special = NULL;
    const uint8_t *found = memmem(head.at, head.bytes, mark, sizeof(mark) - 1);
    ck_assert_ptr_nonnull(found);
    struct slice action = slice_from(head, (size_t)(found - head.at) + sizeof(mark) - 1);
    buffer_init(&out, arena, 4096);
    bool is_batch = slice_starts_with(action, SLICE("SendMessageBatch")) ||
                    slice_starts_with(action, SLICE("DeleteMessageBatch"));
    if (slice_starts_with(action, SLICE("CreateQueue"))) {
        server->queues_made++;
        buffer_print(&out, "{\"QueueUrl\":\"http://other.example/0/q%u\"}", server->queues_made);
    } else if (slice_starts_with(action, SLICE("DeleteQueue"))) {
        server->queues_deleted++;
    } else if (slice_starts_with(action, SLICE("SendMessage"))) {
        uint32_t before = server->sends_count;
        special = answer_send(server, body, is_batch, &out);
        if (server->fault == FAKE_SERVER_REFUSES_ENTRY && before == 0)
            answer_refused_entry(&out);
    } else if (slice_starts_with(action, SLICE("ReceiveMessage"))) {
        answer_receive(server, body, &out);
    } else {
        answer_delete(server, body, is_batch, &out);
    }
    if (special != NULL && strcmp(special, HANG_UP) == 0)
        return false;
    if (special == NULL)
        send_answer(server, fd, buffer_slice(&out), arena);
    else if (strcmp(special, NEVER) != 0)
        send_pieces(fd, slice_from_text(special), SIZE_MAX);
    return true;
}

/* All requests that are there as a whole. False: hang up. */
static bool serve(struct fake_server *server, struct fake_server_connection *connection)
{
    for (;;) {
        struct slice in = buffer_slice(&connection->in);
        const uint8_t *end = memmem(in.at, in.bytes, "\r\n\r\n", 4);
        if (end == NULL)
            return true;
        struct slice head = slice_head(in, (size_t)(end - in.at) + 4);
        static const char mark[] = "Content-Length: ";
        const char *length = memmem(head.at, head.bytes, mark, sizeof(mark) - 1);
        ck_assert_ptr_nonnull(length);
        size_t bytes = strtoul(length + sizeof(mark) - 1, NULL, 10);
        if (in.bytes < head.bytes + bytes)
            return true;
        struct arena arena;
        arena_init(&arena);
        bool goes_on = answer(server, connection->fd, head,
                              slice_head(slice_from(in, head.bytes), bytes), &arena);
        bool closes = memmem(head.at, head.bytes, "Connection: close", 17) != NULL;
        arena_done(&arena);
        connection->in.bytes -= head.bytes + bytes;
        memmove(connection->in.at, connection->in.at + head.bytes + bytes, connection->in.bytes);
        if (!goes_on || closes)
            return false;
    }
}

static void handle(struct fake_server *server, struct fake_server_connection *connection)
{
    uint8_t *at = buffer_reserve(&connection->in, IN_BYTES);
    ssize_t got = recv(connection->fd, at, IN_BYTES, 0);
    if (got > 0)
        buffer_advance(&connection->in, (size_t)got);
    if (got > 0 && serve(server, connection))
        return;
    close(connection->fd);
    connection->fd = -1;
    arena_done(&connection->arena);
}

static void take_connection(struct fake_server *server)
{
    int one = 1, fd = accept(server->listener, NULL, NULL);
    ck_assert_int_ge(fd, 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    for (int i = 0; i < FAKE_SERVER_CONNECTIONS_MAX; i++) {
        struct fake_server_connection *connection = &server->connections[i];
        if (connection->fd >= 0)
            continue;
        connection->fd = fd;
        arena_init(&connection->arena);
        buffer_init(&connection->in, &connection->arena, IN_BYTES);
        return;
    }
    ck_abort_msg("too many connections");
}

static void *run(void *context)
{
    struct fake_server *server = context;
    while (!atomic_load(&server->is_stopped)) {
        struct pollfd waits[FAKE_SERVER_CONNECTIONS_MAX + 1];
        for (int i = 0; i < FAKE_SERVER_CONNECTIONS_MAX; i++)
            waits[i] = (struct pollfd){.fd = server->connections[i].fd, .events = POLLIN};
        waits[FAKE_SERVER_CONNECTIONS_MAX] =
            (struct pollfd){.fd = server->listener, .events = POLLIN};
        if (poll(waits, FAKE_SERVER_CONNECTIONS_MAX + 1, POLL_MS) <= 0)
            continue;
        for (int i = 0; i < FAKE_SERVER_CONNECTIONS_MAX; i++)
            if (waits[i].revents != 0)
                handle(server, &server->connections[i]);
        if (waits[FAKE_SERVER_CONNECTIONS_MAX].revents != 0)
            take_connection(server);
    }
    return NULL;
}

void fake_server_start(struct fake_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t bytes = sizeof(address);
    arena_init(&server->arena);
    body_prepare();
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(server->listener, 0);
    ck_assert_int_eq(bind(server->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(server->listener, FAKE_SERVER_CONNECTIONS_MAX), 0);
    ck_assert_int_eq(getsockname(server->listener, (struct sockaddr *)&address, &bytes), 0);
    server->port = ntohs(address.sin_port);
    for (int i = 0; i < FAKE_SERVER_CONNECTIONS_MAX; i++)
        server->connections[i].fd = -1;
    ck_assert_int_eq(pthread_create(&server->thread, NULL, run, server), 0);
}

void fake_server_stop(struct fake_server *server)
{
    atomic_store(&server->is_stopped, true);
    pthread_join(server->thread, NULL);
    for (int i = 0; i < FAKE_SERVER_CONNECTIONS_MAX; i++) {
        if (server->connections[i].fd < 0)
            continue;
        close(server->connections[i].fd);
        arena_done(&server->connections[i].arena);
    }
    close(server->listener);
    arena_done(&server->arena);
}
