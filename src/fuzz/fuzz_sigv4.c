/* Signed requests in the form of testkit/request.h, verified twice: with the signing key derived,
 * then perhaps cached. */
#include "auth/auth.h"
#include "fuzz/fuzz.h"
#include "testkit/request.h"

#include "base/banned.h"

const char fuzz_name[] = "sigv4";

#define NOW_MS INT64_C(1440938160000) /* 20150830T123600Z: that of the corpus */

static const char keys[] = "[corpus]\n"
                           "aws_access_key_id = AKIDEXAMPLE\n"
                           "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n"
                           "[token]\n"
                           "aws_access_key_id = AKIDTOKEN\n"
                           "aws_secret_access_key = s\n"
                           "aws_session_token = t\n";

static struct auth_verifier *create_verifier(void)
{
    const struct auth_credentials_options options = {SLICE("000000000000"), SLICE("aws")};
    struct auth_credentials *credentials;
    struct arena arena;
    struct slice why;
    arena_init(&arena);
    enum err err =
        auth_credentials_parse(slice_from_text(keys), "keys", &options, &arena, &credentials, &why);
    ASSERT(err == ERR_OK);
    arena_done(&arena);
    const struct auth_verifier_options verifier_options = {
        .mode = AUTH_VERIFY,
        .credentials = credentials,
        .account = SLICE("000000000000"),
        .partition = SLICE("aws"),
        .region = SLICE("us-east-1"),
        .any_region = true,
    };
    return auth_verifier_create(&verifier_options);
}

static bool verify(struct auth_verifier *verifier, struct slice text)
{
    static struct testkit_request parsed;
    struct auth_header headers[TESTKIT_HEADERS_MAX];
    struct auth_identity identity;
    struct api_error error = {0};
    struct arena arena;
    arena_init(&arena);
    testkit_request_parse(text, &arena, &parsed);
    for (uint32_t i = 0; i < parsed.headers_count; i++)
        headers[i] = (struct auth_header){parsed.headers[i].name, parsed.headers[i].value};
    struct auth_request request = {
        .method = parsed.method,
        .raw_path = parsed.path,
        .raw_query = parsed.query,
        .headers = headers,
        .headers_count = parsed.headers_count,
        .body = parsed.body,
    };
    bool is_genuine =
        auth_verify(verifier, &request, (struct wall_ms){NOW_MS}, &arena, &identity, &error);
    ASSERT(is_genuine == (error.row == NULL));
    ASSERT(is_genuine || error.message.bytes > 0);
    ASSERT(!is_genuine || identity.account.bytes == AUTH_ACCOUNT_BYTES);
    arena_done(&arena);
    return is_genuine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct auth_verifier *verifier; /* for all inputs, as in a server */
    if (verifier == NULL)
        verifier = create_verifier();
    bool is_genuine = verify(verifier, slice_of(data, bytes));
    bool is_genuine_again = verify(verifier, slice_of(data, bytes));
    ASSERT(is_genuine == is_genuine_again);
    return 0;
}
