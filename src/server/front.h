/* A front: what one worker thread needs to speak HTTP. Private to src/server; the only structs
 * that know h2o. */
#ifndef LEAT_SERVER_FRONT_H
#define LEAT_SERVER_FRONT_H

#include "config.h" /* which of h2o's event loops: before any header of it */

#include <pthread.h>
#include <stdatomic.h>

/* h2o's headers are not written for our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wpointer-arith"
#pragma GCC diagnostic ignored "-Wswitch-enum"
#include <h2o.h>
#include <h2o/http1.h>
#pragma GCC diagnostic pop

#include "server/call.h"
#include "server/server.h"

#define FRONT_FREE_CALLS_MAX 256u
/* 1 MiB of text as \uXXXX escapes is six times as long; the rest is for attributes and names. */
#define FRONT_BODY_BYTES_MAX (6u * 1048576u + 262144u)
/* h2o has one time limit for "idle" and "request not yet read"; SDKs keep connections for about
 * a minute. */
#define FRONT_REQUEST_MS      75000u
#define FRONT_STUCK_WRITE_MS  30000u /* a peer that reads nothing for so long is cut by the kernel */
#define FRONT_ACCEPTS_MAX     16
#define FRONT_ACCEPT_PAUSE_MS 100

#define CONNECTION_IP_BYTES 64u /* of an IPv6 address with a scope, and a NUL */

/* One accepted connection, from accept to close. */
struct connection {
    h2o_linklist_t link; /* in front.connections */
    struct front *front;
    h2o_socket_t *socket;
    unsigned requests;                   /* under way: 0 or 1 with HTTP/1 */
    char source_ip[CONNECTION_IP_BYTES]; /* of the peer; empty until somebody asked */
};

/* A listening socket of a front. */
struct listener {
    struct front *front;
    h2o_socket_t *socket;
    h2o_accept_ctx_t accept;
    h2o_timeout_entry_t pause; /* while out of descriptors */
    bool is_paused;
};

struct front {
    struct server *server;
    struct worker *worker;
    pthread_t thread;
    h2o_globalconf_t config;
    h2o_hostconf_t **hosts; /* of both listeners */
    h2o_context_t context;
    h2o_timeout_t accept_pause;
    struct listener api, admin; /* admin: front 0 only */
    h2o_socket_t *mailbox_socket;
    h2o_socket_t *gone_socket; /* an epoll set of parked connections: readable when one hung up */
    int gone_fd;
    h2o_linklist_t connections;
    unsigned connections_count;
    struct auth_verifier *verifier;
    struct arena scratch; /* of a verification: what a request that waits need not hold */
    struct receipt_key *receipt_key;
    bool checks_policies;
    bool is_draining;
    bool is_counted_out;    /* has no connections any more, in server.fronts_out_count */
    int64_t drain_until_ms; /* CLOCK_MONOTONIC */
    struct call *free_calls;
    unsigned free_calls_count;
    struct letter drain_letter;
    struct call *parked; /* list through call.parked_next: to be answered when draining */
};

/* What the fronts' threads wait for at a start: nothing is served before all of them exist. */
enum server_gate { SERVER_GATE_CLOSED, SERVER_GATE_OPEN, SERVER_GATE_CANCELLED };

struct server {
    struct server_options options;
    pthread_mutex_t gate_lock;
    pthread_cond_t gate_signal;
    enum server_gate gate;
    unsigned fronts_count;
    struct front *fronts;
    _Atomic unsigned connections_count;
    _Atomic unsigned fronts_out_count; /* while stopping */
    _Atomic bool is_still_clock_told;  /* the log has the hint about polls under a manual clock */
    char address[SERVER_ADDRESS_BYTES];
    char admin_address[SERVER_ADDRESS_BYTES];
};

/* server.c: waits until the start is decided; false: it is given up. */
bool server_wait_gate(struct server *server);

/* front.c */
void *front_run(void *front);
MUST_CHECK enum err front_init(struct front *front, struct server *server, unsigned index,
                               int listen_fd, int admin_fd);
void front_post_drain(struct front *front); /* any thread: begin to stop */
/* After its thread has ended, or was never started. Also one that front_init refused, or that it never saw. */
void front_done(struct front *front);

/* http_request.c: h2o's handlers. */
/* /livez and /readyz; false: the request is for something else. */
bool http_answer_health(struct front *front, h2o_req_t *req, struct slice path);
int http_on_api_request(h2o_handler_t *self, h2o_req_t *req);

/* http_answer.c */
void front_answer(struct call *call);
/* A body that is not the API's: health, refusals before a protocol is known. Closes the
 * connection for status >= 400. */
void http_answer_plain(h2o_req_t *req, int status, const char *content_type, struct slice body);
/* The reason phrase of a status. */
const char *http_reason(int status);

/* listeners.c */
enum listener_sharing {
    LISTENER_ALONE, /* the only socket of its address */
    LISTENER_FIRST, /* the first of several of this process: refused when another process listens */
    LISTENER_FURTHER,
};
/* ERR_IO: errno tells. ERR_INVALID: not an address. */
MUST_CHECK enum err listener_open(const char *address, enum listener_sharing sharing, int *ret_fd,
                                  char ret_address[SERVER_ADDRESS_BYTES]);
void listener_start(struct listener *listener, struct front *front, int fd);
void listener_stop(struct listener *listener);
/* Without taking who waits in the queue of the kernel. Twice is harmless. */
void listener_close(struct listener *listener);
struct connection *connection_of(h2o_req_t *req);

/* parked.c */
MUST_CHECK enum err parked_init(struct front *front);
void parked_done(struct front *front);
/* Ends every parked poll with an empty answer. */
void parked_answer_all(struct front *front);

/* http_admin.c */
int http_on_admin_request(h2o_handler_t *self, h2o_req_t *req);

#endif
