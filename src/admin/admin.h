/* What operators and tests ask a running server: queues and their counts, a look at messages
 * without touching them, and the manual clock. JSON over the admin listener; knows nothing of
 * HTTP but method, path and parameters.
 *
 *     GET  /queues?prefix=&account=&next=   a page of queues with exact counts
 *     GET  /peek?queue=&account=&after=&max=   messages of a queue in sequence order, whatever
 *       their state
 *     GET  /clock                           kind and time
 *     POST /clock?advance=MILLISECONDS      moves a manual clock; answered when every deadline
 *       up to then was acted on
 *
 * Thread: the worker's that got the request. */
#ifndef LEAT_ADMIN_ADMIN_H
#define LEAT_ADMIN_ADMIN_H

#include "api/api.h"
#include "base/arena.h"
#include "node/node.h"

#define ADMIN_PAGE_QUEUES    100
#define ADMIN_PEEK_MAX       100
#define ADMIN_ADVANCE_MS_MAX (400LL * 24 * 3600 * 1000)

struct admin_request {
    struct worker *worker;
    struct arena *arena; /* lives until done; the request's texts too */
    struct slice method, path;
    const struct api_parameters *parameters;
    struct slice account; /* when the request names none */
    /* Runs once, with status and body set; may run inside admin_start. */
    void (*done)(struct admin_request *request);
    void *context;

    int status;
    struct slice body;

    /* admin's own. */
    void *state;
};

void admin_start(struct admin_request *request);

#endif
