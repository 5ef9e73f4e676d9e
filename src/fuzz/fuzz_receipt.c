/* Receipt handles: foreign text is refused or is the very text of what it means; what is made of
 * the bytes comes back, and does not when a byte of it is changed. */
#include "base/encode.h"
#include "fuzz/fuzz.h"
#include "node/receipt.h"

#include "base/banned.h"

const char fuzz_name[] = "receipt";

static void decode_foreign(const struct receipt_key *key, struct slice text)
{
    struct receipt receipt;
    uint8_t again[RECEIPT_TEXT_BYTES];
    if (receipt_decode(key, text, &receipt) != ERR_OK)
        return;
    receipt_encode(key, &receipt, again);
    ASSERT(slice_equal(text, slice_of(again, sizeof(again))));
}

/* bytes: the fields, then a place and a change. */
static void make_and_alter(const struct receipt_key *key, const uint8_t bytes[31])
{
    struct receipt got;
    const struct receipt made = {
        .queue = get_u64(bytes),
        .sequence = get_u64(bytes + 8),
        .received_at = {(int64_t)get_u64(bytes + 16)},
        .generation = get_u32(bytes + 24),
        .slot = bytes[28],
    };
    uint8_t text[RECEIPT_TEXT_BYTES];
    receipt_encode(key, &made, text);
    enum err err = receipt_decode(key, slice_of(text, sizeof(text)), &got);
    ASSERT(err == ERR_OK);
    ASSERT(got.queue == made.queue);
    ASSERT(got.sequence == made.sequence);
    ASSERT(got.received_at.v == made.received_at.v);
    ASSERT(got.generation == made.generation);
    ASSERT(got.slot == made.slot);
    text[bytes[29] % RECEIPT_TEXT_BYTES] ^= bytes[30];
    err = receipt_decode(key, slice_of(text, sizeof(text)), &got);
    ASSERT((err == ERR_OK) == (bytes[30] == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const uint8_t secret[RECEIPT_KEY_BYTES] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                                      11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                                      22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
    static struct receipt_key *key;
    if (key == NULL)
        key = receipt_key_create(secret);
    decode_foreign(key, slice_of(data, bytes));
    if (bytes == 31)
        make_and_alter(key, data);
    return 0;
}
