/* Receipt handles: opaque text that names one receive of one message, and that only this server (or
 * its cluster, by the shared key) can make (D7; reference E1).
 *
 * Format 2, 52 bytes as base64: 72 characters, beginning with AQEB.
 *
 *      0  3  01 01 01  what gives AQEB
 *      3  1  02        version
 *      4 16  tag       SipHash-2-4-128(mac key, bytes 0 to 3 and the plain fields)
 *     20 32  fields    plain fields XOR SipHash-2-4-128(white key, tag and 00) and (white key, tag and 01)
 *
 * Plain fields, little-endian: queue u64, sequence u64, received_at i64 in ms, generation u32, slot
 * u8, three zeros. The keys, 16 bytes each, are the halves, mac key first, of HMAC-SHA-256 by the
 * server's secret of the text "leat receipt 2".
 *
 * The tag serves as the nonce too (as in SIV modes): one receipt gives one handle always, and
 * without the secret nothing can be read from a handle or changed in it.
 *
 * Any thread: a key is immutable. */
#ifndef LEAT_NODE_RECEIPT_H
#define LEAT_NODE_RECEIPT_H

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/slice.h"

#define RECEIPT_KEY_BYTES  32u
#define RECEIPT_TEXT_BYTES 72u

struct receipt {
    uint64_t queue;    /* its incarnation (struct queue.id) */
    uint64_t sequence; /* of the message in its partition */
    struct mono_ms received_at;
    uint32_t generation; /* which receive of the message */
    uint8_t slot;
};

struct receipt_key;

/* secret: the server's key (catalog_receipt_key), RECEIPT_KEY_BYTES; not kept. */
struct receipt_key *receipt_key_create(const uint8_t secret[RECEIPT_KEY_BYTES]);
/* Wipes the keys. Accepts NULL. */
void receipt_key_destroy(struct receipt_key *key);

/* ret_text takes RECEIPT_TEXT_BYTES, no NUL. */
void receipt_encode(const struct receipt_key *key, const struct receipt *receipt,
                    uint8_t ret_text[RECEIPT_TEXT_BYTES]);
/* ERR_INVALID: foreign, altered, of another key or version. Whether a genuine handle is for this
 * queue, expired or superseded is for the caller and the engine to say. */
MUST_CHECK enum err receipt_decode(const struct receipt_key *key, struct slice text,
                                   struct receipt *ret_receipt);

#endif
