#include "node/receipt.h"

#include "base/digest.h"
#include "base/encode.h"
#include "base/siphash.h"

#include "base/banned.h"

#define PREFIX_BYTES 4u
#define TAG_BYTES    16u
#define FIELDS_BYTES 32u
#define RAW_BYTES    (PREFIX_BYTES + TAG_BYTES + FIELDS_BYTES)

_Static_assert(TAG_BYTES == SIPHASH_BYTES, "a tag is a hash");
_Static_assert(FIELDS_BYTES == 2 * SIPHASH_BYTES, "two hashes hide the fields");
_Static_assert(BASE64_TEXT_BYTES(RAW_BYTES) == RECEIPT_TEXT_BYTES, "the header names the length");

static const uint8_t prefix[PREFIX_BYTES] = {1, 1, 1, 2};

struct receipt_key {
    struct siphash_key mac, white;
};

struct receipt_key *receipt_key_create(const uint8_t secret[RECEIPT_KEY_BYTES])
{
    struct receipt_key *key = calloc(1, sizeof(*key));
    ASSERT(key != NULL);
    uint8_t keys[SHA256_BYTES];
    digest_hmac_sha256(slice_of(secret, RECEIPT_KEY_BYTES), SLICE("leat receipt 2"), keys);
    key->mac = siphash_key(keys);
    key->white = siphash_key(keys + SIPHASH_KEY_BYTES);
    digest_wipe(keys, sizeof(keys));
    return key;
}

void receipt_key_destroy(struct receipt_key *key)
{
    if (key == NULL)
        return;
    digest_wipe(key, sizeof(*key));
    free(key);
}

static void sign(const struct receipt_key *key, const uint8_t plain[FIELDS_BYTES],
                 uint8_t ret_tag[TAG_BYTES])
{
    uint8_t signed_bytes[PREFIX_BYTES + FIELDS_BYTES];
    memcpy(signed_bytes, prefix, PREFIX_BYTES);
    memcpy(signed_bytes + PREFIX_BYTES, plain, FIELDS_BYTES);
    siphash(key->mac, slice_of(signed_bytes, sizeof(signed_bytes)), ret_tag);
}

/* Plain fields to whitened ones and back. */
static void whiten(const struct receipt_key *key, const uint8_t tag[TAG_BYTES],
                   uint8_t fields[FIELDS_BYTES])
{
    uint8_t input[TAG_BYTES + 1], mask[FIELDS_BYTES];
    memcpy(input, tag, TAG_BYTES);
    for (uint8_t half = 0; half < 2; half++) {
        input[TAG_BYTES] = half;
        siphash(key->white, slice_of(input, sizeof(input)), mask + half * SIPHASH_BYTES);
    }
    for (size_t i = 0; i < FIELDS_BYTES; i++)
        fields[i] ^= mask[i];
}

static void put_fields(const struct receipt *receipt, uint8_t ret_plain[FIELDS_BYTES])
{
    memset(ret_plain, 0, FIELDS_BYTES);
    put_u64(ret_plain, receipt->queue);
    put_u64(ret_plain + 8, receipt->sequence);
    put_u64(ret_plain + 16, (uint64_t)receipt->received_at.v);
    put_u32(ret_plain + 24, receipt->generation);
    ret_plain[28] = receipt->slot;
}

static struct receipt get_fields(const uint8_t plain[FIELDS_BYTES])
{
    return (struct receipt){
        .queue = get_u64(plain),
        .sequence = get_u64(plain + 8),
        .received_at = {(int64_t)get_u64(plain + 16)},
        .generation = get_u32(plain + 24),
        .slot = plain[28],
    };
}

void receipt_encode(const struct receipt_key *key, const struct receipt *receipt,
                    uint8_t ret_text[RECEIPT_TEXT_BYTES])
{
    uint8_t raw[RAW_BYTES];
    uint8_t *tag = raw + PREFIX_BYTES;
    uint8_t *fields = tag + TAG_BYTES;
    memcpy(raw, prefix, PREFIX_BYTES);
    put_fields(receipt, fields);
    sign(key, fields, tag);
    whiten(key, tag, fields);
    encode_base64(slice_of(raw, RAW_BYTES), ret_text);
}

enum err receipt_decode(const struct receipt_key *key, struct slice text,
                        struct receipt *ret_receipt)
{
    uint8_t raw[BASE64_DATA_BYTES(RECEIPT_TEXT_BYTES)];
    uint8_t tag[TAG_BYTES];
    size_t length;
    if (text.bytes != RECEIPT_TEXT_BYTES || !decode_base64(text, raw, &length) ||
        length != RAW_BYTES)
        return ERR_INVALID;
    if (memcmp(raw, prefix, PREFIX_BYTES) != 0)
        return ERR_INVALID;
    uint8_t *fields = raw + PREFIX_BYTES + TAG_BYTES;
    whiten(key, raw + PREFIX_BYTES, fields);
    sign(key, fields, tag);
    if (!digest_equal(tag, raw + PREFIX_BYTES, TAG_BYTES))
        return ERR_INVALID;
    *ret_receipt = get_fields(fields);
    return ERR_OK;
}
