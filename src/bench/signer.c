#include "bench/signer.h"

#include "auth/signing.h"
#include "auth/timestamp.h"
#include "base/encode.h"

#include "base/banned.h"

#define HEX_BYTES       (2 * SHA256_BYTES)
#define CANONICAL_BYTES 1024u

struct signer {
    struct signer_options options;
    struct arena arena;
    struct digest_hmac *key; /* of the day in timestamp; NULL: none yet */
    int64_t second;          /* that timestamp shows */
    uint8_t timestamp[TIMESTAMP_BASIC_BYTES];
    struct buffer canonical;
};

struct signer *signer_create(const struct signer_options *options)
{
    struct signer *signer = calloc(1, sizeof(*signer));
    ASSERT(signer != NULL);
    signer->options = *options;
    signer->second = -1;
    arena_init(&signer->arena);
    buffer_init(&signer->canonical, &signer->arena, CANONICAL_BYTES);
    return signer;
}

void signer_destroy(struct signer *signer)
{
    if (signer == NULL)
        return;
    digest_hmac_destroy(signer->key);
    arena_done(&signer->arena);
    free(signer);
}

static struct slice day_of(const struct signer *signer)
{
    return slice_of(signer->timestamp, CLAIM_DATE_BYTES);
}

static void make_key(struct signer *signer)
{
    struct arena arena;
    uint8_t signing_key[SHA256_BYTES];
    const struct auth_key key = {.secret = signer->options.secret_key};
    const struct claim claim = {
        .date = day_of(signer),
        .region = signer->options.region,
        .service = SLICE("sqs"),
        .terminator = SLICE("aws4_request"),
    };
    arena_init(&arena);
    signing_derive(&key, &claim, &arena, signing_key);
    digest_hmac_destroy(signer->key);
    signer->key = digest_hmac_create(slice_of(signing_key, SHA256_BYTES));
    digest_wipe(signing_key, sizeof(signing_key));
    arena_done(&arena);
}

static void turn_clock(struct signer *signer, int64_t second)
{
    uint8_t before[CLAIM_DATE_BYTES];
    if (second == signer->second)
        return;
    memcpy(before, signer->timestamp, sizeof(before));
    signer->second = second;
    timestamp_print_basic(second, signer->timestamp);
    if (signer->options.mode == SIGNER_V4 &&
        (signer->key == NULL || memcmp(before, signer->timestamp, sizeof(before)) != 0))
        make_key(signer);
}

static void add_line(struct buffer *out, const char *name, struct slice value)
{
    buffer_add_text(out, name);
    buffer_add(out, value);
    buffer_add_byte(out, '\n');
}

static struct slice list_signed(const struct signer *signer, bool has_target)
{
    if (signer->options.token.bytes > 0)
        return has_target ? SLICE("content-type;host;x-amz-date;x-amz-security-token;x-amz-target")
                          : SLICE("content-type;host;x-amz-date;x-amz-security-token");
    return has_target ? SLICE("content-type;host;x-amz-date;x-amz-target")
                      : SLICE("content-type;host;x-amz-date");
}

static void hash_hex(struct slice bytes, uint8_t ret_hex[HEX_BYTES])
{
    uint8_t hash[SHA256_BYTES];
    digest_sha256(bytes, hash);
    encode_hex(slice_of(hash, sizeof(hash)), ret_hex);
}

static void add_scope(const struct signer *signer, struct buffer *out)
{
    buffer_add(out, day_of(signer));
    buffer_add_byte(out, '/');
    buffer_add(out, signer->options.region);
    buffer_add(out, SLICE("/sqs/aws4_request"));
}

static void sign(struct signer *signer, const struct signer_request *request, struct slice names,
                 uint8_t ret_hex[HEX_BYTES])
{
    uint8_t hex[HEX_BYTES], signature[SHA256_BYTES];
    struct buffer *text = &signer->canonical;
    struct slice timestamp = slice_of(signer->timestamp, TIMESTAMP_BASIC_BYTES);
    text->bytes = 0;
    add_line(text, "POST\n", request->path);
    add_line(text, "\ncontent-type:", request->content_type);
    add_line(text, "host:", request->host);
    add_line(text, "x-amz-date:", timestamp);
    if (signer->options.token.bytes > 0)
        add_line(text, "x-amz-security-token:", signer->options.token);
    if (request->target.bytes > 0)
        add_line(text, "x-amz-target:", request->target);
    add_line(text, "\n", names);
    hash_hex(request->body, hex);
    buffer_add(text, slice_of(hex, HEX_BYTES));
    hash_hex(buffer_slice(text), hex);
    text->bytes = 0;
    add_line(text, "AWS4-HMAC-SHA256\n", timestamp);
    add_scope(signer, text);
    buffer_add_byte(text, '\n');
    buffer_add(text, slice_of(hex, HEX_BYTES));
    digest_hmac_sign(signer->key, buffer_slice(text), signature);
    encode_hex(slice_of(signature, sizeof(signature)), ret_hex);
}

void signer_add_headers(struct signer *signer, const struct signer_request *request,
                        struct wall_ms now, struct buffer *out)
{
    uint8_t hex[HEX_BYTES];
    struct slice names = list_signed(signer, request->target.bytes > 0);
    if (signer->options.mode == SIGNER_NONE)
        return;
    turn_clock(signer, now.v / 1000);
    memset(hex, '0', sizeof(hex));
    if (signer->options.mode == SIGNER_V4)
        sign(signer, request, names, hex);
    buffer_add(out, SLICE("X-Amz-Date: "));
    buffer_add(out, slice_of(signer->timestamp, TIMESTAMP_BASIC_BYTES));
    if (signer->options.token.bytes > 0) {
        buffer_add(out, SLICE("\r\nX-Amz-Security-Token: "));
        buffer_add(out, signer->options.token);
    }
    buffer_add(out, SLICE("\r\nAuthorization: AWS4-HMAC-SHA256 Credential="));
    buffer_add(out, signer->options.access_key);
    buffer_add_byte(out, '/');
    add_scope(signer, out);
    buffer_add(out, SLICE(", SignedHeaders="));
    buffer_add(out, names);
    buffer_add(out, SLICE(", Signature="));
    buffer_add(out, slice_of(hex, HEX_BYTES));
    buffer_add(out, SLICE("\r\n"));
}
