/* The requests of the load generator, as bytes for the wire, in both protocols.
 *
 * They look like an SDK's: the same headers, an own amz-sdk-invocation-id each. A request lives until the next call on
 * the same writer. Thread: one owner. */
#ifndef LEAT_BENCH_WRITER_H
#define LEAT_BENCH_WRITER_H

#include "bench/body.h"
#include "bench/endpoint.h"
#include "bench/signer.h"

#define WRITER_BATCH_MAX 10u

enum writer_protocol { WRITER_JSON, WRITER_QUERY };

struct writer_options {
    enum writer_protocol protocol;
    const struct endpoint *endpoint;
    struct signer_options signer;
    bool closes; /* ask for a connection each request */
    uint64_t seed;
};

/* A queue as requests name it. */
struct writer_queue {
    struct slice url;
    struct slice path;        /* of the URL */
    struct slice url_percent; /* percent-encoded */
    bool is_fifo;
};

/* Head and body, to be sent one behind the other. */
struct writer_request {
    struct slice head;
    struct slice body;
};

struct writer;

/* The options' slices and the endpoint outlive the writer. */
struct writer *writer_create(const struct writer_options *options);
/* Accepts NULL. */
void writer_destroy(struct writer *writer);

/* Everything copied into the arena. ERR_INVALID: a URL that cannot stand in a request. */
MUST_CHECK enum err writer_make_queue(struct slice url, struct arena *arena,
                                      struct writer_queue *ret_queue);

struct writer_message {
    struct body body;
    uint32_t group; /* of a FIFO queue */
};

/* count 1 (SendMessage) or, when is_batch, 1 to WRITER_BATCH_MAX (SendMessageBatch, ids "0", "1", ...). */
struct writer_request writer_send(struct writer *writer, const struct writer_queue *queue,
                                  const struct writer_message *messages, uint32_t count,
                                  bool is_batch, uint32_t body_bytes);

struct writer_receive {
    uint32_t count_max;
    uint32_t wait_s;
    int32_t visibility_s; /* below 0: the queue's */
};
struct writer_request writer_receive(struct writer *writer, const struct writer_queue *queue,
                                     const struct writer_receive *receive);

/* count and is_batch as in writer_send. */
struct writer_request writer_delete(struct writer *writer, const struct writer_queue *queue,
                                    const struct slice *receipts, uint32_t count, bool is_batch);

struct writer_request writer_create_queue(struct writer *writer, struct slice name, bool is_fifo,
                                          uint32_t visibility_s);
struct writer_request writer_delete_queue(struct writer *writer, const struct writer_queue *queue);

#endif
