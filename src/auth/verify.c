/* The verification of a request, a step a function. Order: credentials present, well-formed, key
 * known, scope and date right, body as declared, signature right (B2). */
#include "auth/canonical.h"
#include "auth/claim.h"
#include "auth/credentials.h"
#include "auth/signing.h"
#include "auth/timestamp.h"
#include "base/buffer.h"
#include "base/encode.h"
#include "base/logger.h"

#include "base/banned.h"

#define SKEW_S            (AUTH_SKEW_MS / 1000)
#define EXPLAIN_LINES_MAX 64u /* of each of the two texts */

struct auth_verifier {
    enum auth_mode mode;
    const struct auth_credentials *credentials;
    struct slice account;
    struct slice region;
    struct slice own_arn; /* of the server's own account */
    bool any_region;
    struct signing_cache *cache;
    struct arena memory; /* of the slices */
};

/* One verification under way. */
struct check {
    struct auth_verifier *verifier;
    const struct auth_request *request;
    struct wall_ms now;
    struct arena *arena;
    struct api_error *error;
    struct claim_headers headers;
    struct canonical_query query;
    struct claim claim;
    const struct auth_key *key;
    bool is_anonymous; /* there are no credentials at all */
};

struct auth_verifier *auth_verifier_create(const struct auth_verifier_options *options)
{
    struct auth_verifier *verifier = calloc(1, sizeof(*verifier));
    ASSERT(verifier != NULL);
    ASSERT(options->account.bytes == AUTH_ACCOUNT_BYTES);
    arena_init(&verifier->memory);
    verifier->mode = options->mode;
    verifier->credentials = options->credentials;
    verifier->account = arena_copy(&verifier->memory, options->account);
    verifier->region = arena_copy(&verifier->memory, options->region);
    verifier->own_arn = arena_print(&verifier->memory, "arn:%.*s:iam::%.*s:root",
                                    SLICE_PRINT(options->partition), SLICE_PRINT(options->account));
    verifier->any_region = options->any_region;
    verifier->cache = signing_cache_create();
    return verifier;
}

void auth_verifier_destroy(struct auth_verifier *verifier)
{
    if (verifier == NULL)
        return;
    signing_cache_destroy(verifier->cache);
    arena_done(&verifier->memory);
    free(verifier);
}

static bool fail_signature(struct check *check, struct slice text)
{
    return api_fail(check->error, API_ERROR_INVALID_SIGNATURE, text);
}

/* ---- explaining a mismatch ---- */

static void explain(const struct check *check, const char *why, struct slice detail)
{
    if (check->verifier->mode == AUTH_EXPLAIN)
        LOG_INFO("auth", "%.*s: %s%.*s", SLICE_PRINT(check->claim.access_key), why,
                 SLICE_PRINT(detail));
}

/* A line of the log for each of the text: line ends would not survive in one. */
static void explain_text(const char *what, struct slice text)
{
    struct slice line;
    for (uint32_t i = 0; i < EXPLAIN_LINES_MAX && slice_split(&text, '\n', &line); i++)
        LOG_INFO("auth", "%s: %.*s", what, SLICE_PRINT(line));
}

/* The canonical request again without session tokens, which are secrets, and the string to sign as
 * it really was. */
static void explain_mismatch(const struct check *check, const struct canonical_input *input,
                             struct slice to_sign)
{
    struct canonical_input shown = *input;
    struct slice text, missing;
    if (check->verifier->mode != AUTH_EXPLAIN)
        return;
    shown.hides_tokens = true;
    if (canonical_build(&shown, check->arena, &text, &missing) != ERR_OK)
        return;
    explain(check, "the signature does not match; what the server signs follows", SLICE(""));
    explain_text("canonical request", text);
    explain_text("string to sign", to_sign);
}

/* ---- the steps ---- */

/* B2: the text names the resource as AWS would, whatever host the request came to. */
bool auth_refuse_anonymous(struct slice region, struct slice raw_path, struct arena *arena,
                           struct api_error *ret_error)
{
    struct slice path = claim_echo(arena, raw_path);
    return api_fail_print(ret_error, arena, API_ERROR_ACCESS_DENIED,
                          "Access to the resource https://sqs.%.*s.amazonaws.com%.*s is denied.",
                          SLICE_PRINT(region), SLICE_PRINT(path));
}

static bool take_claim(struct check *check)
{
    if (!claim_collect_headers(check->request, check->arena, &check->headers, check->error))
        return false;
    if (claim_parse(check->request, &check->headers, check->arena, &check->claim, &check->query,
                    check->error))
        return true;
    check->is_anonymous = check->error->row == api_error_row(API_ERROR_ACCESS_DENIED);
    if (check->is_anonymous)
        auth_refuse_anonymous(check->verifier->region, check->request->raw_path, check->arena,
                              check->error);
    return false;
}

/* A key whose session token the server knows must come with just that token. */
static bool is_token_right(const struct auth_key *key, struct slice token)
{
    if (key->token.at == NULL)
        return true;
    return token.bytes == key->token.bytes && digest_equal(token.at, key->token.at, token.bytes);
}

static bool find_key(struct check *check)
{
    check->key = credentials_find(check->verifier->credentials, check->claim.access_key);
    if (check->key != NULL && is_token_right(check->key, check->claim.token))
        return true;
    explain(check,
            check->key == NULL ? "the access key id is unknown"
                               : "the session token is another one",
            SLICE(""));
    return api_fail(check->error, API_ERROR_UNRECOGNIZED_CLIENT,
                    SLICE("The security token included in the request is invalid."));
}

static bool check_scope(struct check *check)
{
    const struct claim *claim = &check->claim;
    struct slice day = slice_head(claim->timestamp, CLAIM_DATE_BYTES);
    if (!check->verifier->any_region && !slice_equal(claim->region, check->verifier->region)) {
        explain(check, "the region in the credential scope is not ", check->verifier->region);
        return api_fail_print(check->error, check->arena, API_ERROR_INVALID_SIGNATURE,
                              "Credential should be scoped to a valid region, not '%.*s'. ",
                              SLICE_PRINT(claim_echo(check->arena, claim->region)));
    }
    if (!slice_is(claim->service, "sqs"))
        return fail_signature(check,
                              SLICE("Credential should be scoped to correct service: 'sqs'."));
    if (!slice_is(claim->terminator, "aws4_request"))
        return fail_signature(
            check, SLICE("Credential should be scoped with a valid terminator: 'aws4_request'."));
    if (!slice_equal(claim->date, day)) {
        return api_fail_print(
            check->error, check->arena, API_ERROR_INVALID_SIGNATURE,
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            "HTTP: '%.*s' != '%.*s', from '%.*s'.",
            SLICE_PRINT(claim_echo(check->arena, claim->date)), SLICE_PRINT(day),
            SLICE_PRINT(claim->timestamp));
    }
    return true;
}

struct shown_time {
    uint8_t text[TIMESTAMP_BASIC_BYTES];
};

static struct shown_time show_time(int64_t seconds)
{
    struct shown_time shown;
    timestamp_print_basic(seconds, shown.text);
    return shown;
}

/* Presigned or not: X-Amz-Expires has no say (B1). */
static bool check_skew(struct check *check)
{
    int64_t now_s = check->now.v / 1000;
    int64_t signed_at_s = check->claim.signed_at_s;
    bool is_expired = signed_at_s < now_s - SKEW_S;
    if (!is_expired && signed_at_s <= now_s + SKEW_S)
        return true;
    struct shown_time now = show_time(now_s);
    struct shown_time limit = show_time(is_expired ? now_s - SKEW_S : now_s + SKEW_S);
    return api_fail_print(
        check->error, check->arena, API_ERROR_INVALID_SIGNATURE,
        "Signature %s: %.*s is %s than %.*s (%.*s %s 15 min.)",
        is_expired ? "expired" : "not yet current", SLICE_PRINT(check->claim.timestamp),
        is_expired ? "now earlier" : "still later",
        SLICE_PRINT(slice_of(limit.text, TIMESTAMP_BASIC_BYTES)),
        SLICE_PRINT(slice_of(now.text, TIMESTAMP_BASIC_BYTES)), is_expired ? "-" : "+");
}

static bool is_signed(const struct check *check, const char *header)
{
    struct slice rest = check->claim.signed_headers;
    struct slice name;
    while (slice_split(&rest, ';', &name))
        if (slice_is(name, header))
            return true;
    return false;
}

static bool check_signed_headers(struct check *check)
{
    if (!is_signed(check, "host"))
        return fail_signature(
            check,
            SLICE("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."));
    if (check->headers.target.at != NULL && !is_signed(check, "x-amz-target"))
        return fail_signature(
            check, SLICE("'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."));
    return true;
}

static bool fail_mismatch(struct check *check)
{
    return fail_signature(
        check,
        SLICE("The request signature we calculated does not match the signature you provided. "
              "Check your AWS Secret Access Key and signing method. Consult the service "
              "documentation for details."));
}

/* The hash for the canonical request: the body's, spelt as in the header if there is one. */
static bool hash_body(struct check *check, struct slice *ret_text)
{
    uint8_t digest[SHA256_BYTES], declared[SHA256_BYTES];
    struct slice header = check->headers.payload_hash;
    digest_sha256(check->request->body, digest);
    *ret_text = encode_hex_in(check->arena, slice_of(digest, SHA256_BYTES));
    if (header.at == NULL || slice_equal(header, *ret_text))
        return true;
    *ret_text = header;
    if (header.bytes == 2 * SHA256_BYTES && decode_hex(header, declared) &&
        memcmp(declared, digest, SHA256_BYTES) == 0)
        return true;
    explain(check, "X-Amz-Content-Sha256 is not the hash of the body", SLICE(""));
    return fail_mismatch(check);
}

static struct slice make_string_to_sign(const struct check *check, struct slice canonical)
{
    uint8_t digest[SHA256_BYTES];
    struct buffer out;
    digest_sha256(canonical, digest);
    buffer_init(&out, check->arena, 256);
    buffer_add(&out, SLICE("AWS4-HMAC-SHA256\n"));
    buffer_add(&out, check->claim.timestamp);
    buffer_add_byte(&out, '\n');
    buffer_add(&out, check->claim.scope);
    buffer_add_byte(&out, '\n');
    encode_hex(slice_of(digest, SHA256_BYTES), buffer_reserve(&out, 2 * SHA256_BYTES));
    buffer_advance(&out, 2 * SHA256_BYTES);
    return buffer_slice(&out);
}

static bool is_signature_of(struct check *check, struct slice to_sign)
{
    uint8_t given[SHA256_BYTES], right[SHA256_BYTES], signing_key[SHA256_BYTES];
    struct signing_cache *cache = check->verifier->cache;
    const struct digest_hmac *hmac = signing_cache_find(cache, check->key, &check->claim);
    if (check->claim.signature.bytes != 2 * SHA256_BYTES ||
        !decode_hex(check->claim.signature, given))
        return false;
    if (hmac != NULL) {
        digest_hmac_sign(hmac, to_sign, right);
        return digest_equal(given, right, SHA256_BYTES);
    }
    signing_derive(check->key, &check->claim, check->arena, signing_key);
    digest_hmac_sha256(slice_of(signing_key, SHA256_BYTES), to_sign, right);
    bool is_right = digest_equal(given, right, SHA256_BYTES);
    if (is_right)
        signing_cache_put(cache, check->key, &check->claim, signing_key);
    digest_wipe(signing_key, sizeof(signing_key));
    return is_right;
}

static bool check_signature(struct check *check)
{
    struct canonical_input input = {
        .request = check->request,
        .query = &check->query,
        .is_presigned = check->claim.is_presigned,
        .signed_headers = check->claim.signed_headers,
    };
    struct slice canonical, missing;
    if (!hash_body(check, &input.payload_hash))
        return false;
    if (canonical_build(&input, check->arena, &canonical, &missing) != ERR_OK)
        return fail_signature(check, SLICE("The list of signed headers is too long."));
    struct slice to_sign = make_string_to_sign(check, canonical);
    if (missing.at == NULL && is_signature_of(check, to_sign))
        return true;
    if (missing.at != NULL)
        explain(check, "this header is signed, but not in the request: ", missing);
    explain_mismatch(check, &input, to_sign);
    return fail_mismatch(check);
}

/* ---- */

static struct auth_identity make_own_identity(const struct auth_verifier *verifier,
                                              const struct auth_request *request)
{
    static const char mark[] = "X-Amz-Signature=";
    struct slice query = request->raw_query;
    bool is_presigned =
        query.bytes > 0 && memmem(query.at, query.bytes, mark, sizeof(mark) - 1) != NULL;
    return (struct auth_identity){
        .account = verifier->account,
        .user_id = verifier->account,
        .principal_arn = verifier->own_arn,
        .is_presigned = is_presigned,
    };
}

bool auth_verify(struct auth_verifier *verifier, const struct auth_request *request,
                 struct wall_ms now, struct arena *arena, struct auth_identity *ret_identity,
                 struct api_error *ret_error)
{
    if (verifier->mode == AUTH_OFF) {
        *ret_identity = make_own_identity(verifier, request);
        return true;
    }
    struct check check = {
        .verifier = verifier, .request = request, .now = now, .arena = arena, .error = ret_error};
    bool is_genuine = take_claim(&check) && find_key(&check) && check_scope(&check) &&
                      check_skew(&check) && check_signed_headers(&check) && check_signature(&check);
    *ret_identity = (struct auth_identity){0};
    if (check.is_anonymous)
        *ret_identity = (struct auth_identity){
            .account = SLICE("anonymous"), .user_id = SLICE("anonymous"), .is_anonymous = true};
    if (!is_genuine)
        return false;
    *ret_identity = check.key->identity;
    ret_identity->is_presigned = check.claim.is_presigned;
    return true;
}
