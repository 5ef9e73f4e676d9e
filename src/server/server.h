/* The HTTP front end: listeners, one h2o context a worker, request steps, handlers, parked
 * polls, graceful stop. */
#ifndef LEAT_SERVER_SERVER_H
#define LEAT_SERVER_SERVER_H

#include "auth/auth.h"
#include "base/check.h"
#include "base/err.h"
#include "node/node.h"

#define SERVER_ADDRESS_BYTES 128u
#define SERVER_ADMIN_BYTES   4112u /* "unix:" and a path */

struct server_options {
    struct node *node;
    const char
        *listen; /* HOST:PORT, [IPv6]:PORT, *:PORT, localhost:PORT; port 0: the kernel chooses */
    const char *admin;            /* HOST:PORT, unix:PATH, or NULL for none */
    bool is_admin_optional;       /* trouble with it is told, and the server goes on without */
    bool is_admin_remote;         /* it may listen beyond loopback */
    const char *admin_token_file; /* of an admin listener over TCP; made when absent */
    const char *host_names;       /* see web.h; NULL: none */
    const char *cors_origins;     /* see web.h; NULL: none */
    enum auth_mode auth_mode;
    const struct auth_credentials *credentials; /* outlives the server; NULL under AUTH_OFF */
    const char *account;                        /* 12 digits */
    const char *region;
    const char *partition; /* "aws" */
    bool trust_forwarded;  /* believe X-Forwarded-Proto and X-Forwarded-Host */
    bool is_relaxed;       /* purges need no pause; see catalog_options for the rest */
    /* Of the API, in the whole process. Beyond them the longest idle are closed; new ones wait while all are busy. */
    unsigned connections_max;
    uint64_t
        intake_bytes; /* memory for large request bodies, in the whole process; beyond it they are refused */
    unsigned drain_ms; /* how long a stop waits for requests under way */
};

struct server;

/* Can these addresses be listened on? Before the data is opened, which may take long. admin: NULL, or as in the options.
 * On an error the log has said why. */
MUST_CHECK enum err server_look(const char *listen, const char *admin);
/* Opens the listeners, starts a thread a worker. *ret_why: English, static; NULL: the log has it already. */
MUST_CHECK enum err server_start(const struct server_options *options, struct server **ret_server,
                                 const char **ret_why);
/* Where it listens, with the port that was chosen: "127.0.0.1:9324". */
const char *server_address(const struct server *server);
const char *server_admin_address(const struct server *server); /* NULL without one */
/* Stops listening, answers parked polls empty, lets requests under way end for drain_ms, joins
 * the threads. Accepts NULL. */
void server_stop(struct server *server);
/* Frees everything, after server_stop and after the node is gone: requests that the stop had no patience for end while the
 * node comes to rest. Accepts NULL. */
void server_destroy(struct server *server);

/* time.c, for its test: h2o's time. */
struct server_slew {
    int64_t last_mono_us; /* 0: never read */
    int64_t offset_us;    /* added to the monotonic time */
};
int64_t server_slewed_us(struct server_slew *slew, int64_t mono_us, int64_t wall_us);

#endif
