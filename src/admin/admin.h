/* What operators and tests ask a running server: queues and their counts, a look at messages
 * without touching them, and the manual clock. JSON over the admin listener; knows nothing of
 * HTTP but method, path and parameters.
 *
 *     GET  /queues?prefix=&account=&next=   a page of queues with exact counts
 *     GET  /peek?queue=&account=&after=&max=   messages of a queue in sequence order, whatever
 *       their state
 *     GET  /export?queue=&account=&after=&max=   the same, a page; go on after "next" until there is none
 *     POST /import?queue=&account=          messages from elsewhere: JSON lines (admin_line.h), taken in order up to
 *       the first that is refused. Content-Type: application/x-ndjson, which no web page can send from elsewhere
 *     GET  /log                             a list "logs", one object a worker: messages and bytes of the
 *       engine; with a log also what log_counts says, write amplification and live share
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

#define ADMIN_PAGE_QUEUES      100
#define ADMIN_PEEK_MAX         100
#define ADMIN_PEEK_BYTES_MAX   (4u << 20) /* of messages in one answer; the last one may go beyond */
#define ADMIN_INPUT_BYTES_MAX  (4u << 20) /* of a request's body */
#define ADMIN_IMPORT_LINES_MAX 1000       /* of one request */
#define ADMIN_ADVANCE_MS_MAX   (400LL * 24 * 3600 * 1000)

struct admin_request {
    struct worker *worker;
    struct arena *arena; /* lives until done; the request's texts too */
    struct slice method, path;
    struct slice content_type,
        input; /* the request's body; not needed any more after admin_start */
    const struct api_parameters *parameters;
    struct slice account; /* when the request names none */
    /* Runs once, with status and body set; may run inside admin_start. */
    void (*done)(struct admin_request *request);
    void *context;

    int status;
    struct slice body;
};

void admin_start(struct admin_request *request);

#endif
