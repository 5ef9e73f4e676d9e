#include "bench/ledger.h"

#include <stdatomic.h>

#include "base/banned.h"

#define RECEIVED       8u
#define DELETED        16u
#define CHUNK_MESSAGES (1u << 20)
#define CHUNKS_COUNT   (LEDGER_MESSAGES_MAX / CHUNK_MESSAGES)

/* The message n of producer p has the place n * producers + p: producers advance together, so chunks fill up. */
struct ledger {
    uint32_t producers_count;
    uint32_t orders_count;
    _Atomic uint64_t *issued; /* a producer: the next sequence number */
    _Atomic uint64_t *orders; /* an order: the highest sequence number received, plus 1 */
    _Atomic int64_t missing;
    _Atomic(_Atomic uint8_t *) chunks[CHUNKS_COUNT];
};

struct ledger *ledger_create(uint32_t producers_count, uint32_t orders_count)
{
    ASSERT(producers_count > 0);
    struct ledger *ledger = calloc(1, sizeof(*ledger));
    ASSERT(ledger != NULL);
    ledger->producers_count = producers_count;
    ledger->orders_count = orders_count;
    ledger->issued = calloc(producers_count, sizeof(*ledger->issued));
    ledger->orders = calloc((size_t)orders_count + 1, sizeof(*ledger->orders));
    ASSERT(ledger->issued != NULL && ledger->orders != NULL);
    return ledger;
}

void ledger_destroy(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    for (uint64_t i = 0; i < CHUNKS_COUNT; i++)
        free((void *)(uintptr_t)ledger->chunks[i]);
    free((void *)(uintptr_t)ledger->issued);
    free((void *)(uintptr_t)ledger->orders);
    free(ledger);
}

/* NULL: nobody has issued anything near it. */
static _Atomic uint8_t *find_state(const struct ledger *ledger, uint32_t producer,
                                   uint64_t sequence)
{
    uint64_t place = sequence * ledger->producers_count + producer;
    _Atomic uint8_t *chunk =
        atomic_load_explicit(&ledger->chunks[place / CHUNK_MESSAGES], memory_order_acquire);
    return chunk != NULL ? &chunk[place % CHUNK_MESSAGES] : NULL;
}

/* Two threads may come to a new chunk at once: the loser frees his. */
static void make_chunk(struct ledger *ledger, uint64_t index)
{
    _Atomic uint8_t *none = NULL;
    _Atomic uint8_t *chunk = calloc(CHUNK_MESSAGES, 1);
    ASSERT(chunk != NULL);
    if (!atomic_compare_exchange_strong(&ledger->chunks[index], &none, chunk))
        free((void *)(uintptr_t)chunk);
}

enum err ledger_issue(struct ledger *ledger, uint32_t producer, uint64_t *ret_sequence)
{
    ASSERT(producer < ledger->producers_count);
    uint64_t sequence = atomic_load_explicit(&ledger->issued[producer], memory_order_relaxed);
    uint64_t place = sequence * ledger->producers_count + producer;
    if (place >= LEDGER_MESSAGES_MAX)
        return ERR_FULL;
    if (atomic_load_explicit(&ledger->chunks[place / CHUNK_MESSAGES], memory_order_acquire) == NULL)
        make_chunk(ledger, place / CHUNK_MESSAGES);
    atomic_store_explicit(&ledger->issued[producer], sequence + 1, memory_order_release);
    *ret_sequence = sequence;
    return ERR_OK;
}

bool ledger_is_issued(const struct ledger *ledger, uint32_t producer, uint64_t sequence)
{
    return producer < ledger->producers_count &&
           sequence < atomic_load_explicit(&ledger->issued[producer], memory_order_acquire);
}

void ledger_settle(struct ledger *ledger, uint32_t producer, uint64_t sequence,
                   enum ledger_fate fate)
{
    _Atomic uint8_t *state = find_state(ledger, producer, sequence);
    ASSERT(state != NULL);
    uint8_t before = atomic_fetch_or_explicit(state, (uint8_t)fate, memory_order_relaxed);
    /* One that came before its fate was known has been taken off: put it back when it was not to be counted. */
    if (fate == LEDGER_SENT || (before & RECEIVED) != 0)
        atomic_fetch_add_explicit(&ledger->missing, 1, memory_order_relaxed);
}

/* True when it moves its order forward. */
static bool advance_order(struct ledger *ledger, uint32_t order, uint64_t sequence)
{
    if (order >= ledger->orders_count)
        return true;
    uint64_t highest = atomic_load_explicit(&ledger->orders[order], memory_order_relaxed);
    while (highest < sequence + 1)
        if (atomic_compare_exchange_weak(&ledger->orders[order], &highest, sequence + 1))
            return true;
    return false;
}

enum ledger_verdict ledger_receive(struct ledger *ledger, uint32_t producer, uint64_t sequence,
                                   uint32_t order)
{
    if (!ledger_is_issued(ledger, producer, sequence))
        return LEDGER_NEVER_ISSUED;
    _Atomic uint8_t *state = find_state(ledger, producer, sequence);
    ASSERT(state != NULL);
    uint8_t before = atomic_fetch_or_explicit(state, RECEIVED, memory_order_relaxed);
    if ((before & DELETED) != 0)
        return LEDGER_AFTER_DELETE;
    if ((before & RECEIVED) != 0)
        return LEDGER_DUPLICATE;
    if ((before & (LEDGER_UNKNOWN | LEDGER_REFUSED)) == 0)
        atomic_fetch_sub_explicit(&ledger->missing, 1, memory_order_relaxed);
    return advance_order(ledger, order, sequence) ? LEDGER_FIRST : LEDGER_OUT_OF_ORDER;
}

void ledger_delete(struct ledger *ledger, uint32_t producer, uint64_t sequence)
{
    _Atomic uint8_t *state = find_state(ledger, producer, sequence);
    ASSERT(state != NULL);
    atomic_fetch_or_explicit(state, DELETED, memory_order_relaxed);
}

int64_t ledger_missing(const struct ledger *ledger)
{
    return atomic_load_explicit(&ledger->missing, memory_order_relaxed);
}

static void count_one(uint8_t state, struct ledger_totals *totals)
{
    bool is_received = (state & RECEIVED) != 0;
    totals->issued++;
    totals->sent += (state & LEDGER_SENT) != 0;
    totals->unknown += (state & LEDGER_UNKNOWN) != 0;
    totals->refused += (state & LEDGER_REFUSED) != 0;
    totals->received += is_received;
    totals->deleted += (state & DELETED) != 0;
    totals->lost += (state & LEDGER_SENT) != 0 && !is_received;
    totals->received_unknown += (state & LEDGER_UNKNOWN) != 0 && is_received;
    totals->received_refused += (state & LEDGER_REFUSED) != 0 && is_received;
}

void ledger_count(const struct ledger *ledger, struct ledger_totals *ret_totals)
{
    memset(ret_totals, 0, sizeof(*ret_totals));
    for (uint32_t producer = 0; producer < ledger->producers_count; producer++)
        for (uint64_t sequence = 0; sequence < ledger->issued[producer]; sequence++)
            count_one(*find_state(ledger, producer, sequence), ret_totals);
}
