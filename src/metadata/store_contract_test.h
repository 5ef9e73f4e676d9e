/* One table of cases for every implementation of the store: what metadata/store.h promises.
 *
 * A test program gives a backend, adds these cases to its own, and may use the helpers, which run the loop until a
 * call is completed and fail the test when it is completed twice. */
#ifndef LEAT_METADATA_STORE_CONTRACT_TEST_H
#define LEAT_METADATA_STORE_CONTRACT_TEST_H

#include "metadata/store.h"

struct contract_backend {
    void (*start)(void); /* an empty store somewhere */
    void (*stop)(void);
    struct store *(*open)(
        struct loop *loop); /* opens what start made; returns it when it answers */
};

/* The loop of the test under way. */
extern struct loop *contract_loop;

struct TCase;
void contract_fill(struct TCase *tests, const struct contract_backend *backend);

/* A call under way and what came of it. Zero before the call. */
struct outcome {
    unsigned done_count;
    enum err err;
    unsigned documents_count; /* how often `each` was called; the last document: */
    uint64_t version;
    struct slice document; /* malloc */
};
void outcome_done(void *context, enum err err);
void outcome_each(void *context, struct slice key, uint64_t version, struct slice document);
void outcome_wait(const struct outcome *outcome);
void outcome_free(struct outcome *outcome);

struct store_change contract_change(enum store_kind kind, struct slice key, uint64_t before,
                                    uint64_t after, struct slice document);
/* Commits and waits. */
enum err contract_commit(struct store *store, const struct store_change *changes, unsigned count);
enum err contract_put(struct store *store, enum store_kind kind, struct slice key, uint64_t before,
                      uint64_t after, struct slice document);
/* Finds, waits and compares. version 0: must be absent. */
void contract_expect(struct store *store, enum store_kind kind, struct slice key, uint64_t version,
                     struct slice document);
/* How many documents a load gives; it must end with ERR_OK. */
unsigned contract_count(struct store *store, enum store_kind kind);
/* The same changes before each look at stored bytes, so that both formats show the same documents. */
void contract_write_golden(struct store *store);

#endif
