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

#include "base/token_file.h"
#include "server/call.h"
#include "server/intake_rules.h"
#include "server/server.h"
#include "server/web.h"

#define FRONT_FREE_CALLS_MAX 256u
/* 1 MiB of text as \uXXXX escapes is six times as long; the rest is for attributes and names. */
#define FRONT_BODY_BYTES_MAX (6u * 1048576u + 262144u)
/* h2o has one time limit for "idle" and "request not yet read"; SDKs keep connections for about
 * a minute. */
#define FRONT_REQUEST_MS            75000u
#define FRONT_STUCK_WRITE_MS        30000u /* a peer that reads nothing for so long is cut by the kernel */
#define FRONT_ACCEPTS_MAX           16
#define FRONT_ACCEPT_PAUSE_MS       10
#define FRONT_ROOM_MADE_MAX         96 /* at the bound: accepted between two pauses */
#define FRONT_REFUSED_TICK_MS       10
#define FRONT_ADMIN_CONNECTIONS_MAX 64 /* besides those of the API */

#define CONNECTION_IP_BYTES   64u /* of an IPv6 address with a scope, and a NUL */
#define CONNECTION_HOST_BYTES 64u /* longer ones are judged each time */

/* One accepted connection, from accept to close. */
struct connection {
    h2o_linklist_t link; /* in listener.connections */
    struct front *front;
    struct listener *listener;
    h2o_socket_t *socket;
    unsigned requests; /* calls under way: 0 or 1 with HTTP/1 */

    /* fair.c */
    uint64_t turn;       /* front.turn of its latest request */
    h2o_req_t *deferred; /* a request that waits for the next turn, or NULL */
    h2o_handler_t *deferred_handler;
    h2o_linklist_t deferred_link; /* in front.deferred */

    /* intake.c */
    h2o_linklist_t
        unsettled_link; /* in front.unsettled while h2o is expected to wait for a request */
    h2o_linklist_t charged_link; /* in front.charged while it has a part of the budget */
    uint64_t charged_bytes;
    uint64_t charged_since_ms; /* h2o_now */
    uint64_t framing_bytes;    /* of the chunked body that is being received */
    struct refusal *refusal;   /* NULL: not refused */

    char source_ip[CONNECTION_IP_BYTES]; /* of the peer; empty until somebody asked */
    char host[CONNECTION_HOST_BYTES];    /* the last Host that was found to be ours */
    uint8_t host_bytes;
};

/* A listening socket of a front. */
struct listener {
    struct front *front;
    h2o_socket_t *socket;
    h2o_accept_ctx_t accept;
    h2o_timeout_entry_t pause; /* while out of descriptors */
    bool is_paused;
    unsigned room_made; /* connections closed for others since the latest pause */
    struct listener *
        keeper; /* of its connections, whose three members below count: itself, or of a twin the API's */
    h2o_linklist_t connections; /* the one that was active last is last */
    _Atomic unsigned *count;    /* open connections, of all listeners of its kind */
    unsigned count_max;
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
    struct listener api_twin;   /* of localhost: [::1] beside 127.0.0.1; else not started */
    h2o_socket_t *mailbox_socket;
    h2o_socket_t *gone_socket; /* an epoll set of parked connections: readable when one hung up */
    int gone_fd;
    unsigned connections_count;
    uint64_t turn;            /* of the loop */
    uint64_t deferred_ms;     /* h2o_now of the millisecond that deferred_count is of */
    unsigned deferred_count;  /* handled in it after having been set aside */
    h2o_linklist_t deferred;  /* connections whose next request waits for a later turn */
    h2o_linklist_t unsettled; /* connections that intake_settle looks at */
    h2o_linklist_t charged;   /* connections with a part of the budget, the oldest first */
    h2o_linklist_t refused;   /* connections that are answered and about to be closed */
    h2o_timeout_t refused_pause;
    h2o_timeout_entry_t refused_tick;
    struct connection *passing;   /* whose bytes h2o looks at just now; NULL once it is closed */
    h2o_socket_cb h2o_on_read;    /* h2o's own callback for connections that wait for a request */
    struct letter evict_letter;   /* another front is at the bound and has nobody idle */
    _Atomic bool is_evict_posted; /* evict_letter is on its way */
    struct auth_verifier *verifier;
    struct arena scratch; /* of a verification: what a request that waits need not hold */
    struct receipt_key *receipt_key;
    bool checks_policies;
    bool is_draining;
    bool is_over; /* closed: what ends now is answered to nobody; h2o's part stays as it is */
    bool has_warned_of_host, has_warned_of_origin;
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
    _Atomic unsigned connections_count, admin_connections_count;
    _Atomic int64_t bound_told_ms; /* CLOCK_MONOTONIC: when the log was told of the bound last */
    struct intake_budget intake;
    _Atomic unsigned fronts_out_count; /* while stopping */
    _Atomic bool is_still_clock_told;  /* the log has the hint about polls under a manual clock */
    char address[SERVER_ADDRESS_BYTES];
    char admin_address[SERVER_ADMIN_BYTES]; /* empty: there is no admin listener */
    char admin_token[TOKEN_BYTES_MAX + 1];  /* empty: the admin listener is a Unix socket */
    struct web_rules web;
    bool has_cors;
};

/* server.c: waits until the start is decided; false: it is given up. */
bool server_wait_gate(struct server *server);

/* front.c */
void *front_run(void *front);
MUST_CHECK enum err front_init(struct front *front, struct server *server, unsigned index,
                               int listen_fd, int twin_fd, int admin_fd);
void front_post_drain(struct front *front); /* any thread: begin to stop */
/* After its thread has ended, or was never started. Also one that front_init refused, or that it never saw. */
void front_close(struct front *front);
/* After front_close, and after the node is gone. */
void front_done(struct front *front);

/* connections.c */
void connections_init(struct front *front, struct listener *listener, _Atomic unsigned *count,
                      unsigned count_max);
/* From accept on; h2o owns the socket, and the connection goes with it. */
void connections_adopt(struct listener *listener, h2o_socket_t *socket);
/* It was active just now: the last to be closed for being idle. */
void connections_touch(struct connection *connection);
/* A call of this connection begins, ends. */
void connections_begin_call(struct connection *connection);
void connections_end_call(struct connection *connection);
/* Makes room for one more: closes the connection that has been idle longest. False: there is none. */
bool connections_make_room(struct listener *listener);
bool connections_are_many(const struct listener *listener); /* at the bound */
/* Ends idle connections, soon. False: the front has none any more, idle or not. */
bool connections_close_idle(struct front *front);

/* fair.c */
/* `handle` gets the requests of this path, at most one a connection and turn. */
void fair_add_handler(h2o_pathconf_t *path, int (*handle)(h2o_handler_t *self, h2o_req_t *req));
/* Once before each run of h2o's loop ends in answers: begins a turn, handles what was set aside in the last one. */
void fair_begin_turn(struct front *front);
/* How long the loop may sleep, given how long it might for others. */
int fair_wait_ms(struct front *front, int wait_ms);

/* intake.c */
/* h2o waits for the first request of a connection. */
void intake_start(struct connection *connection);
/* h2o stopped reading and will wait for a request again, or close. */
void intake_expect_end(struct connection *connection);
/* At the end of each turn: takes over the connections that wait for a request again. */
void intake_settle(struct front *front);
/* Is nothing under way, or only a request that arrives very slowly? */
bool intake_is_idle(const struct connection *connection);
/* Closes it at once. Only when it is idle. */
void intake_close(struct connection *connection);
/* Hands what was read to h2o, which waits for it; why: how the connection ended, or NULL. False: it is closed and freed. */
bool intake_pass(struct connection *connection, const char *why);
/* The connection is being freed. */
void intake_done(struct connection *connection);

/* refusal.c */
void refusal_init(struct front *front);
/* h2o waits for more of this connection's request: answers in its place, lets go of what was read, closes soon. */
void refusal_start(struct connection *connection, enum api_error_code code, struct slice message);
void refusal_done(struct connection *connection);

/* http_request.c: h2o's handlers. */
/* /livez and /readyz; false: the request is for something else. */
bool http_answer_health(struct front *front, h2o_req_t *req, struct slice path);
int http_on_api_request(h2o_handler_t *self, h2o_req_t *req);

/* http_gate.c */
/* What lets a browser show an answer of the API to the page that asked, if that is allowed. */
void http_add_cors(h2o_req_t *req);

/* http_answer.c */
void front_answer(struct call *call);
/* A body that is not the API's: health, refusals before a protocol is known. Closes the
 * connection for status >= 400. */
void http_answer_plain(h2o_req_t *req, int status, const char *content_type, struct slice body);
/* A status that has no body. */
void http_answer_empty(h2o_req_t *req, int status);
/* The reason phrase of a status. */
const char *http_reason(int status);

/* listeners.c */
enum listener_sharing {
    LISTENER_ALONE, /* the only socket of its address */
    LISTENER_FIRST, /* the first of several of this process: refused when another process listens */
    LISTENER_FURTHER,
    LISTENER_LOOK, /* no socket is opened: only whether one could be */
};
/* "localhost" is 127.0.0.1 here; "*" and "" are every address of both families, or of IPv4 where there is no IPv6.
 * ERR_IO: errno tells. ERR_INVALID: not an address. ERR_ABSENT: its host is unknown. */
MUST_CHECK enum err listener_open(const char *address, enum listener_sharing sharing, int *ret_fd,
                                  char ret_address[SERVER_ADDRESS_BYTES]);
/* This errno of listener_open says that the machine has no such family, or not this address. */
bool listener_lacks_family(int why);
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
