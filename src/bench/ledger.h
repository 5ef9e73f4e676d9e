/* What has become of every message of a run: issued, sent, received, deleted. So duplicates, losses, foreigners and
 * broken order are counted, not guessed.
 *
 * A byte a message, in chunks that come as messages do; nothing is lost between threads: states are set by atomic
 * operations. Any thread; but one producer number is issued from by one thread only. */
#ifndef LEAT_BENCH_LEDGER_H
#define LEAT_BENCH_LEDGER_H

#include <stdint.h>

#include "base/check.h"
#include "base/err.h"

#define LEDGER_MESSAGES_MAX (UINT64_C(1) << 32)

struct ledger;

/* orders_count: how many independent orders of messages a FIFO queue promises (0: none): see ledger_receive. */
struct ledger *ledger_create(uint32_t producers_count, uint32_t orders_count);
/* Accepts NULL. */
void ledger_destroy(struct ledger *ledger);

/* The next sequence number of a producer: 0, 1, ... ERR_FULL: LEDGER_MESSAGES_MAX is reached. */
MUST_CHECK enum err ledger_issue(struct ledger *ledger, uint32_t producer, uint64_t *ret_sequence);

bool ledger_is_issued(const struct ledger *ledger, uint32_t producer, uint64_t sequence);

enum ledger_fate {
    LEDGER_SENT = 1,    /* the server has said that it has it */
    LEDGER_UNKNOWN = 2, /* no answer, or one that says neither yes nor no: it may come or not */
    LEDGER_REFUSED = 4, /* the server has said that it does not have it */
};
void ledger_settle(struct ledger *ledger, uint32_t producer, uint64_t sequence,
                   enum ledger_fate fate);

enum ledger_verdict {
    LEDGER_FIRST,
    LEDGER_OUT_OF_ORDER, /* the first time, but behind a later message of its order */
    LEDGER_DUPLICATE,    /* again, before a delete was answered */
    LEDGER_AFTER_DELETE, /* again, although the server has said that it is deleted */
    LEDGER_NEVER_ISSUED,
};
/* order: below orders_count; ignored when there are none. Messages of one order come from one producer, oldest first. */
enum ledger_verdict ledger_receive(struct ledger *ledger, uint32_t producer, uint64_t sequence,
                                   uint32_t order);
/* The server has answered a delete with success. */
void ledger_delete(struct ledger *ledger, uint32_t producer, uint64_t sequence);

/* Sent and not received so far, without looking at every message. Exact when no send is in flight; before, messages that
 * are received ahead of the answer to their sender count as -1. */
int64_t ledger_missing(const struct ledger *ledger);

struct ledger_totals {
    uint64_t issued;
    uint64_t sent, unknown, refused;
    uint64_t received; /* different messages */
    uint64_t deleted;
    uint64_t lost;             /* sent, never received */
    uint64_t received_unknown; /* of those unknown, the ones that came */
    uint64_t received_refused; /* came although refused */
};
/* Looks at every message. Nobody else uses the ledger meanwhile. */
void ledger_count(const struct ledger *ledger, struct ledger_totals *ret_totals);

#endif
