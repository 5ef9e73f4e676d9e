/* OpenSSL's plain functions, which its version 3 calls deprecated: doc/adr/0007. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include "base/check.h"

#include "base/banned.h"

#define BLOCK_BYTES 64u /* of SHA-256, for HMAC's padding */

/* Of the hashes in parts. */
static _Thread_local MD5_CTX md5_parts;
static _Thread_local SHA256_CTX sha256_parts;

/* The functions below fail only for lengths that no memory holds. */
static void must(int done)
{
    ASSERT(done == 1);
}

static void sha256_add(SHA256_CTX *context, struct slice bytes)
{
    must(SHA256_Update(context, bytes.at, bytes.bytes));
}

void digest_md5_begin(void)
{
    must(MD5_Init(&md5_parts));
}

void digest_md5_add(struct slice bytes)
{
    must(MD5_Update(&md5_parts, bytes.at, bytes.bytes));
}

void digest_md5_end(uint8_t ret_digest[MD5_BYTES])
{
    must(MD5_Final(ret_digest, &md5_parts));
}

void digest_md5(struct slice bytes, uint8_t ret_digest[MD5_BYTES])
{
    digest_md5_begin();
    digest_md5_add(bytes);
    digest_md5_end(ret_digest);
}

void digest_sha256_begin(void)
{
    must(SHA256_Init(&sha256_parts));
}

void digest_sha256_add(struct slice bytes)
{
    sha256_add(&sha256_parts, bytes);
}

void digest_sha256_end(uint8_t ret_digest[SHA256_BYTES])
{
    must(SHA256_Final(ret_digest, &sha256_parts));
}

void digest_sha256(struct slice bytes, uint8_t ret_digest[SHA256_BYTES])
{
    digest_sha256_begin();
    digest_sha256_add(bytes);
    digest_sha256_end(ret_digest);
}

/* ---- HMAC: RFC 2104 ---- */

/* The key as a block for the inner hash of RFC 2104; XOR with PAD_CHANGE makes it that of the outer. */
#define PAD_INNER  0x36
#define PAD_CHANGE (0x36 ^ 0x5c)

static void pad_key(struct slice key, uint8_t ret_block[BLOCK_BYTES])
{
    memset(ret_block, 0, BLOCK_BYTES);
    if (key.bytes > BLOCK_BYTES)
        digest_sha256(key, ret_block);
    else if (key.bytes > 0)
        memcpy(ret_block, key.at, key.bytes);
    for (size_t i = 0; i < BLOCK_BYTES; i++)
        ret_block[i] ^= PAD_INNER;
}

static void change_pad(uint8_t block[BLOCK_BYTES])
{
    for (size_t i = 0; i < BLOCK_BYTES; i++)
        block[i] ^= PAD_CHANGE;
}

/* The two hashes with the key's block already taken in: copying a context is cheaper than hashing a
 * block. */
struct digest_hmac {
    SHA256_CTX inner, outer;
};

static void begin_with(SHA256_CTX *context, const uint8_t block[BLOCK_BYTES])
{
    must(SHA256_Init(context));
    sha256_add(context, slice_of(block, BLOCK_BYTES));
}

static void init_hmac(struct digest_hmac *hmac, struct slice key)
{
    uint8_t padded[BLOCK_BYTES];
    pad_key(key, padded);
    begin_with(&hmac->inner, padded);
    change_pad(padded);
    begin_with(&hmac->outer, padded);
    OPENSSL_cleanse(padded, sizeof(padded));
}

struct digest_hmac *digest_hmac_create(struct slice key)
{
    struct digest_hmac *hmac = calloc(1, sizeof(*hmac));
    ASSERT(hmac != NULL);
    init_hmac(hmac, key);
    return hmac;
}

void digest_hmac_destroy(struct digest_hmac *hmac)
{
    if (hmac == NULL)
        return;
    OPENSSL_cleanse(hmac, sizeof(*hmac));
    free(hmac);
}

void digest_hmac_sign(const struct digest_hmac *hmac, struct slice bytes,
                      uint8_t ret_digest[SHA256_BYTES])
{
    uint8_t inner[SHA256_BYTES];
    SHA256_CTX context = hmac->inner;
    sha256_add(&context, bytes);
    must(SHA256_Final(inner, &context)); /* which clears the context */
    context = hmac->outer;
    sha256_add(&context, slice_of(inner, SHA256_BYTES));
    must(SHA256_Final(ret_digest, &context));
}

void digest_hmac_sha256(struct slice key, struct slice bytes, uint8_t ret_digest[SHA256_BYTES])
{
    struct digest_hmac hmac;
    init_hmac(&hmac, key);
    digest_hmac_sign(&hmac, bytes, ret_digest);
    OPENSSL_cleanse(&hmac, sizeof(hmac));
}

void digest_wipe(void *at, size_t bytes)
{
    OPENSSL_cleanse(at, bytes);
}

bool digest_equal(const void *a, const void *b, size_t bytes)
{
    return CRYPTO_memcmp(a, b, bytes) == 0;
}
