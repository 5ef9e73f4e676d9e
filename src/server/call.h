/* One API call on its way: from the decoded request to the answer. What handlers see; knows
 * nothing of h2o.
 *
 * A call lives on the thread that read it. It has an arena for everything of the request; node
 * and catalog calls that it starts are members, so that an ordinary request allocates nothing. A
 * handler ends with exactly one of call_answer, call_fail*. Thread: its front's. */
#ifndef LEAT_SERVER_CALL_H
#define LEAT_SERVER_CALL_H

#include "api/api.h"
#include "auth/auth.h"
#include "auth/policy.h"
#include "base/uuid.h"
#include "node/node.h"
#include "node/receipt.h"

struct front;

struct call {
    struct call *next; /* in the free list */
    struct front *front;
    void *exchange;   /* the HTTP side's handle (h2o_req_t); NULL when the client's side is over */
    unsigned pending; /* node and catalog calls under way: the call stays until they are back */
    bool is_answered;
    bool is_parked;
    struct call *parked_next, **parked_link; /* while parked: the front's list */
    struct arena arena;

    enum api_protocol protocol;
    enum api_action action;
    struct api_parameters parameters; /* query protocol */
    struct slice body;
    struct slice scheme, host;  /* under which the client reaches us */
    struct slice path;          /* without the query string, as signatures cover it */
    struct slice invocation_id; /* amz-sdk-invocation-id, at == NULL when absent */
    struct slice trace_header;  /* X-Amzn-Trace-Id, at == NULL when absent */
    struct auth_identity identity;
    struct policy_context context;
    uint8_t request_id[UUID_TEXT_BYTES];

    void *request;  /* struct api_..._request of the action */
    void *response; /* struct api_..._response */
    struct api_error error;
    struct queue *queue;                      /* a reference; NULL for actions without one */
    void (*resume)(struct call *call);        /* after a look-up of a queue */
    void (*after_catalog)(struct call *call); /* when the catalog call is back */

    size_t answer_bytes_hint; /* about how long the answer will be; 0: short */
    void *state;              /* the handler's own, in the arena */
    struct node_call node;
    struct catalog_call catalog;
};

/* A fresh call of this front; memory from its free list. */
struct call *call_create(struct front *front);
/* The client's side is over (answered or gone): frees the call as soon as nothing is pending. */
void call_release(struct call *call);

/* From the decoded protocol on: decodes, resolves the queue, authorises, runs the handler. */
void call_run(struct call *call);

/* response is filled, or error is set. */
void call_answer(struct call *call);
/* Answers with call->error (set by a check that returned false). */
void call_fail(struct call *call);
/* The same before the sender is known to be allowed anything: the anonymous are told no more than AccessDenied,
 * but a failure of ours (503) as it is, so that they try again. */
void call_fail_early(struct call *call);
void call_fail_with(struct call *call, enum api_error_code code, struct slice message);

struct worker *call_worker(struct call *call);
bool call_is_relaxed(const struct call *call); /* see server_options */
const struct directory *call_directory(struct call *call);
/* Of this thread; NULL while the metadata store has never answered yet. */
struct receipt_key *call_receipt_key(struct call *call);
struct catalog *call_catalog(struct call *call);
/* False under --auth off: nobody is refused anything. */
bool call_checks_policies(const struct call *call);
/* False once the server is stopping: no receive is parked any more. */
bool call_may_wait(const struct call *call);
/* Front's hooks for a parked receive: watch for a client that goes, look at it once. */
void call_park(struct call *call);
void call_unpark(struct call *call);
bool call_is_client_there(struct call *call);

/* Starts a node call whose `done` was set; counts it as pending until node_call_ended. */
void call_start_node(struct call *call, struct node_call *node_call);
/* First thing in a node call's `done`. */
void call_end_node(struct call *call);
/* Sends the catalog call of this call; `after` runs when it is back and was without error,
 * otherwise the error is answered. */
void call_start_catalog(struct call *call, void (*after)(struct call *call));

/* Looks up a queue by account and name, here or in the catalog (for the anonymous only here); then call->queue is set
 * and `resume` runs. Unknown: answers NonExistentQueue (or ServiceUnavailable). */
void call_resolve(struct call *call, struct slice account, struct slice name,
                  void (*resume)(struct call *call));
/* The last two path segments of a queue URL, or a bare name with the caller's account. False:
 * names no queue. */
bool call_parse_queue_url(const struct call *call, struct slice url, struct slice *ret_account,
                          struct slice *ret_name);
/* May the sender do this to call->queue? False: call->error is set. */
bool call_authorise(struct call *call);
/* scheme://host/account/name in the arena. */
struct slice call_queue_url(struct call *call, const struct queue *queue);

#endif
