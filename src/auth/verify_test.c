#include "auth/auth.h"

#include "auth/timestamp.h"
#include "auth/verify_vectors.h"
#include "base/logger.h"
#include "testkit/request.h"
#include "testkit/testkit.h"

#include "base/banned.h"

#define NOW_S 1440938160 /* 20150830T123600Z */

static const char credentials_text[] =
    "[vectors]\n"
    "aws_access_key_id = AKIDEXAMPLE\n"
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n"
    "account_id = 123456789012\n"
    "user_name = ann\n"
    "[token]\n"
    "aws_access_key_id = AKIDTOKEN\n"
    "aws_secret_access_key = other\n"
    "aws_session_token = right-token\n";

struct fixture {
    struct arena arena;
    struct auth_credentials *credentials;
    struct auth_verifier *verifier;
    struct auth_identity identity;
    struct api_error error;
};

static void set_up(struct fixture *fixture, enum auth_mode mode)
{
    const struct auth_credentials_options options = {SLICE("000000000000"), SLICE("aws")};
    struct slice why = SLICE_NONE;
    memset(fixture, 0, sizeof(*fixture));
    arena_init(&fixture->arena);
    enum err err = auth_credentials_parse(slice_from_text(credentials_text), "keys", &options,
                                          &fixture->arena, &fixture->credentials, &why);
    ck_assert_msg(err == ERR_OK, "%.*s", SLICE_PRINT(why));
    const struct auth_verifier_options verifier_options = {
        .mode = mode,
        .credentials = fixture->credentials,
        .account = SLICE("000000000000"),
        .partition = SLICE("aws"),
        .region = SLICE("us-east-1"),
    };
    fixture->verifier = auth_verifier_create(&verifier_options);
}

static void tear_down(struct fixture *fixture)
{
    auth_verifier_destroy(fixture->verifier);
    auth_credentials_destroy(fixture->credentials);
    arena_done(&fixture->arena);
}

static bool verify_parsed(struct fixture *fixture, const struct testkit_request *parsed,
                          int64_t now_s)
{
    struct auth_header headers[TESTKIT_HEADERS_MAX];
    for (uint32_t i = 0; i < parsed->headers_count; i++)
        headers[i] = (struct auth_header){parsed->headers[i].name, parsed->headers[i].value};
    struct auth_request request = {
        .method = parsed->method,
        .raw_path = parsed->path,
        .raw_query = parsed->query,
        .headers = headers,
        .headers_count = parsed->headers_count,
        .body = parsed->body,
    };
    fixture->error = (struct api_error){0};
    return auth_verify(fixture->verifier, &request, (struct wall_ms){now_s * 1000 + 999},
                       &fixture->arena, &fixture->identity, &fixture->error);
}

static bool verify_text(struct fixture *fixture, struct slice text, int64_t now_s)
{
    struct testkit_request parsed;
    testkit_request_parse(text, &fixture->arena, &parsed);
    return verify_parsed(fixture, &parsed, now_s);
}

static const struct verify_vector *find_vector(const char *name)
{
    for (size_t i = 0; i < VERIFY_VECTORS_COUNT; i++)
        if (strcmp(verify_vectors[i].name, name) == 0)
            return &verify_vectors[i];
    ck_abort_msg("no vector %s", name);
    return NULL;
}

/* The text with the first `find` replaced. */
static struct slice edit(struct arena *arena, const char *text, const char *find,
                         const char *replace)
{
    const char *at = strstr(text, find);
    ck_assert_msg(at != NULL, "\"%s\" is not in the request", find);
    return arena_print(arena, "%.*s%s%s", (int)(at - text), text, replace, at + strlen(find));
}

static void check_error(const struct fixture *fixture, const char *label, enum api_error_code code,
                        const char *message)
{
    ck_assert_msg(fixture->error.row == api_error_row(code), "%s: got %s %.*s", label,
                  fixture->error.row != NULL ? fixture->error.row->json_name : "success",
                  SLICE_PRINT(fixture->error.message));
    ck_assert_msg(slice_is(fixture->error.message, message), "%s: got \"%.*s\", want \"%s\"", label,
                  SLICE_PRINT(fixture->error.message), message);
}

START_TEST(requests_signed_by_others_verify)
{
    struct fixture fixture;
    set_up(&fixture, AUTH_VERIFY);
    for (int again = 0; again < 2; again++) /* with the key derived, and with it from the cache */
        for (size_t i = 0; i < VERIFY_VECTORS_COUNT; i++) {
            const struct verify_vector *vector = &verify_vectors[i];
            int64_t now_s = 0;
            ck_assert(timestamp_parse_basic(slice_from_text(vector->now), &now_s));
            bool is_genuine = verify_text(&fixture, slice_from_text(vector->request), now_s);
            ck_assert_msg(is_genuine, "%s: %.*s", vector->name, SLICE_PRINT(fixture.error.message));
            testkit_slice_eq(fixture.identity.account, "123456789012");
            testkit_slice_eq(fixture.identity.access_key, "AKIDEXAMPLE");
            testkit_slice_eq(fixture.identity.user_name, "ann");
            testkit_slice_eq(fixture.identity.principal_arn, "arn:aws:iam::123456789012:user/ann");
            ck_assert_int_eq(fixture.identity.is_presigned, vector->is_presigned);
        }
    tear_down(&fixture);
}
END_TEST

#define MISMATCH                                                                                                       \
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key " \
    "and signing method. Consult the service documentation for details."
#define UNKNOWN "The security token included in the request is invalid."

/* Table B2, by edits of requests that verify. */
static const struct {
    const char *label, *vector, *find, *replace;
    enum api_error_code code;
    const char *message;
} faults[] = {
    {"no credentials", "empty body", "Authorization:", "X-Nothing:", API_ERROR_ACCESS_DENIED,
     "Access to the resource https://sqs.us-east-1.amazonaws.com/ is denied."},
    {"no credentials, queue path", "FIFO queue path",
     "Authorization:", "X-Nothing:", API_ERROR_ACCESS_DENIED,
     "Access to the resource https://sqs.us-east-1.amazonaws.com/000000000000/my-queue_1.fifo is denied."},
    {"blank header", "empty body", "Authorization: AWS4-HMAC-SHA256",
     "Authorization:  \nX-Nothing: ", API_ERROR_ACCESS_DENIED,
     "Access to the resource https://sqs.us-east-1.amazonaws.com/ is denied."},
    {"unknown key", "empty body", "AKIDEXAMPLE", "AKIDUNKNOWN", API_ERROR_UNRECOGNIZED_CLIENT,
     UNKNOWN},
    {"unknown key, presigned", "presigned", "AKIDEXAMPLE", "AKIDUNKNOWN",
     API_ERROR_UNRECOGNIZED_CLIENT, UNKNOWN},
    {"key without its session token", "empty body", "AKIDEXAMPLE", "AKIDTOKEN",
     API_ERROR_UNRECOGNIZED_CLIENT, UNKNOWN},
    {"another signature", "empty body", "Signature=9", "Signature=8", API_ERROR_INVALID_SIGNATURE,
     MISMATCH},
    {"short signature", "empty body", "Signature=9", "Signature=", API_ERROR_INVALID_SIGNATURE,
     MISMATCH},
    {"signature is no hex", "empty body", "Signature=9", "Signature=x", API_ERROR_INVALID_SIGNATURE,
     MISMATCH},
    {"another body", "JSON call", "\"hi\"", "\"ho\"", API_ERROR_INVALID_SIGNATURE, MISMATCH},
    {"body where none was signed", "presigned", "\n\n", "\n\nx", API_ERROR_INVALID_SIGNATURE,
     MISMATCH},
    {"a signed header is gone", "an empty value",
     "My-Header1:", "Other:", API_ERROR_INVALID_SIGNATURE, MISMATCH},
    {"a value more of a signed header", "JSON call",
     "Content-Type:", "X-Amz-Target: x\nContent-Type:", API_ERROR_INVALID_SIGNATURE, MISMATCH},
    {"payload hash of another body", "declared payload hash", "\"hi\"", "\"ho\"",
     API_ERROR_INVALID_SIGNATURE, MISMATCH},
    {"unsigned payload", "declared payload hash, not signed as a header", "X-Amz-Content-Sha256: ",
     "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD\nX-Other: ", API_ERROR_INVALID_SIGNATURE, MISMATCH},
    {"token taken from a presigned URL", "presigned with a session token",
     "&X-Amz-Security-Token=any", "&x=any", API_ERROR_INVALID_SIGNATURE, MISMATCH},
    {"expiry changed", "presigned", "X-Amz-Expires=3600", "X-Amz-Expires=7200",
     API_ERROR_INVALID_SIGNATURE, MISMATCH},
    {"malformed", "empty body",
     "Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_request, SignedHeaders=",
     "Credential=bogus, No=", API_ERROR_INCOMPLETE_SIGNATURE,
     "Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256 Credential=bogus, "
     "No=host;x-amz-date, Signature=94d67a3948971b645d67e658251e2015ecb96606b4dfd6d34010169a117c6eae"},
    {"nothing but a key", "empty body", "X-Amz-Date: 20150830T123600Z\nAuthorization:",
     "Authorization: AWS4-HMAC-SHA256 Credential=bogus\nX-Nothing:", API_ERROR_INCOMPLETE_SIGNATURE,
     "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
     "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
     "Authorization=AWS4-HMAC-SHA256 Credential=bogus"},
    {"nothing but an algorithm", "empty body", "Authorization:",
     "Authorization: AWS4-HMAC-SHA256\nX-Nothing:", API_ERROR_INCOMPLETE_SIGNATURE,
     "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. "
     "Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256"},
    {"another scheme", "empty body",
     "Authorization:", "Authorization: Bearer abc\nX-Nothing:", API_ERROR_INCOMPLETE_SIGNATURE,
     "'abc' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer abc'."},
    {"a blank behind the key id", "empty body",
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE",
     "Authorization: AWS4-HMAC-SHA256 Credential=A /20150830/x, Signature=y\nX-Nothing: ",
     API_ERROR_INCOMPLETE_SIGNATURE,
     "'/20150830/x' not a valid key=value pair (missing equal-sign) in Authorization header: "
     "'AWS4-HMAC-SHA256 Credential=A /20150830/x, Signature=y'."},
    {"another algorithm", "empty body", "AWS4-HMAC-SHA256", "AWS4-HMAC-MD5",
     API_ERROR_INCOMPLETE_SIGNATURE, "Unsupported AWS 'algorithm': 'AWS4-HMAC-MD5'."},
    {"four scope parts", "empty body", "/sqs/", "/", API_ERROR_INCOMPLETE_SIGNATURE,
     "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
     "'AKIDEXAMPLE/20150830/us-east-1/aws4_request'"},
    {"six scope parts", "empty body", "/sqs/", "/sqs/x/", API_ERROR_INCOMPLETE_SIGNATURE,
     "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
     "'AKIDEXAMPLE/20150830/us-east-1/sqs/x/aws4_request'"},
    {"RFC 1123 date", "Date in place of X-Amz-Date", "Date: 20150830T123600Z",
     "Date: Sun, 30 Aug 2015 12:36:00 GMT", API_ERROR_INCOMPLETE_SIGNATURE,
     "Date must be in ISO-8601 'basic format'. Got 'Sun, 30 Aug 2015 12:36:00 GMT'. "
     "See http://en.wikipedia.org/wiki/ISO_8601"},
    {"a date that does not exist", "empty body", "20150830T123600Z", "20150230T123600Z",
     API_ERROR_INCOMPLETE_SIGNATURE,
     "Date must be in ISO-8601 'basic format'. Got '20150230T123600Z'. See http://en.wikipedia.org/wiki/ISO_8601"},
    {"presigned in parts", "presigned",
     "X-Amz-Date=20150830T123600Z&X-Amz-Expires=3600&X-Amz-SignedHeaders", "x",
     API_ERROR_INCOMPLETE_SIGNATURE,
     "AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include "
     "'X-Amz-Date'. Re-examine the query-string parameters."},
    {"broken escape", "presigned", "Action=ListQueues", "Action=%zz",
     API_ERROR_INCOMPLETE_SIGNATURE, "The query string has a broken percent-encoding."},
    {"another region", "empty body", "us-east-1/sqs", "us-west-1/sqs", API_ERROR_INVALID_SIGNATURE,
     "Credential should be scoped to a valid region, not 'us-west-1'. "},
    {"another service", "empty body", "/sqs/", "/sns/", API_ERROR_INVALID_SIGNATURE,
     "Credential should be scoped to correct service: 'sqs'."},
    {"another terminator", "empty body", "aws4_request", "aws5_request",
     API_ERROR_INVALID_SIGNATURE,
     "Credential should be scoped with a valid terminator: 'aws4_request'."},
    {"another day in the scope", "empty body", "/20150830/", "/20150829/",
     API_ERROR_INVALID_SIGNATURE,
     "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150829' != "
     "'20150830', from '20150830T123600Z'."},
    {"host is not signed", "empty body", "SignedHeaders=host;",
     "SignedHeaders=", API_ERROR_INVALID_SIGNATURE,
     "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
    {"version 2 in the query", "presigned",
     "/?Action=ListQueues&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential",
     "/?AWSAccessKeyId=AKIDEXAMPLE&SignatureVersion=2&Signature=abc HTTP\nX: ",
     API_ERROR_INCOMPLETE_SIGNATURE,
     "Signature version 2 is not supported. Sign the request with Signature Version 4 (AWS4-HMAC-SHA256)."},
    {"version 2 in the form", "empty body", "Authorization:",
     "Content-Type: application/x-www-form-urlencoded\n\nAction=ListQueues&AWSAccessKeyId=A&Signature=abc",
     API_ERROR_INCOMPLETE_SIGNATURE,
     "Signature version 2 is not supported. Sign the request with Signature Version 4 (AWS4-HMAC-SHA256)."},
};

START_TEST(each_fault_has_its_code_and_text)
{
    struct fixture fixture;
    set_up(&fixture, AUTH_VERIFY);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        const struct verify_vector *vector = find_vector(faults[i].vector);
        struct slice text =
            edit(&fixture.arena, vector->request, faults[i].find, faults[i].replace);
        ck_assert_msg(!verify_text(&fixture, text, NOW_S), "%s", faults[i].label);
        check_error(&fixture, faults[i].label, faults[i].code, faults[i].message);
    }
    tear_down(&fixture);
}
END_TEST

START_TEST(requests_live_fifteen_minutes_both_ways)
{
    static const struct {
        const char *vector;
        int64_t offset_s;
        const char *message; /* NULL: verifies */
    } rows[] = {
        {"empty body", 900, NULL},
        {"empty body", 901,
         "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - 15 min.)"},
        {"empty body", -900, NULL},
        {"empty body", -901,
         "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T122059Z + 15 "
         "min.)"},
        {"presigned", 900, NULL},
        {"presigned for a week", 900, NULL}, /* X-Amz-Expires has no say */
        {"presigned for a week", 901,
         "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - 15 min.)"},
        {"presigned", INT64_C(300000000000),
         "Signature expired: 20150830T123600Z is now earlier than 99991231T235959Z (99991231T235959Z - 15 min.)"},
    };
    struct fixture fixture;
    set_up(&fixture, AUTH_VERIFY);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice text = slice_from_text(find_vector(rows[i].vector)->request);
        bool is_genuine = verify_text(&fixture, text, NOW_S + rows[i].offset_s);
        ck_assert_msg(is_genuine == (rows[i].message == NULL), "row %zu", i);
        if (!is_genuine)
            check_error(&fixture, "skew", API_ERROR_INVALID_SIGNATURE, rows[i].message);
    }
    tear_down(&fixture);
}
END_TEST

/* Flips each bit of one part of a request. Letters of hexadecimal numbers may change case: not a
 * change of meaning. */
static void check_flips(struct fixture *fixture, const struct testkit_request *request,
                        struct slice *part, const char *label)
{
    const struct slice right = *part;
    for (size_t bit = 0; bit < right.bytes * 8; bit++) {
        uint8_t *changed = arena_take(&fixture->arena, right.bytes);
        uint8_t mask = (uint8_t)(1u << bit % 8);
        uint8_t c = right.at[bit / 8] & 0xdf;
        if (mask == 0x20 && c >= 'A' && c <= 'F' && strcmp(label, "query") == 0)
            continue;
        memcpy(changed, right.at, right.bytes);
        changed[bit / 8] ^= mask;
        *part = slice_of(changed, right.bytes);
        ck_assert_msg(!verify_parsed(fixture, request, NOW_S), "%s: bit %zu of byte %zu", label,
                      bit % 8, bit / 8);
    }
    *part = right;
}

START_TEST(any_changed_bit_of_what_is_signed_is_noticed)
{
    static const char *const names[] = {"JSON call", "FIFO queue path", "presigned send",
                                        "presigned with a body and more headers"};
    struct fixture fixture;
    set_up(&fixture, AUTH_VERIFY);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct testkit_request request;
        testkit_request_parse(slice_from_text(find_vector(names[i])->request), &fixture.arena,
                              &request);
        ck_assert(verify_parsed(&fixture, &request, NOW_S));
        check_flips(&fixture, &request, &request.method, "method");
        check_flips(&fixture, &request, &request.path, "path");
        check_flips(&fixture, &request, &request.query, "query");
        check_flips(&fixture, &request, &request.body, "body");
        for (uint32_t h = 0; h < request.headers_count; h++)
            if (!slice_is(request.headers[h].name, "authorization"))
                check_flips(&fixture, &request, &request.headers[h].value, "header");
        ck_assert(verify_parsed(&fixture, &request, NOW_S));
    }
    tear_down(&fixture);
}
END_TEST

/* The Authorization header part by part; commas and blanks between them may change. */
START_TEST(any_changed_bit_of_the_authorization_is_noticed)
{
    struct fixture fixture;
    struct testkit_request request;
    set_up(&fixture, AUTH_VERIFY);
    testkit_request_parse(slice_from_text(find_vector("empty body")->request), &fixture.arena,
                          &request);
    struct slice *header = &request.headers[request.headers_count - 1].value;
    const struct slice right = *header;
    ck_assert(slice_is(request.headers[request.headers_count - 1].name, "authorization"));
    for (size_t bit = 0; bit < right.bytes * 8; bit++) {
        uint8_t *changed = arena_take(&fixture.arena, right.bytes);
        uint8_t mask = (uint8_t)(1u << bit % 8);
        bool is_digit_case = mask == 0x20 && bit / 8 >= right.bytes - 64;
        memcpy(changed, right.at, right.bytes);
        changed[bit / 8] ^= mask;
        *header = slice_of(changed, right.bytes);
        if (!is_digit_case || right.at[bit / 8] < 'a')
            ck_assert_msg(!verify_parsed(&fixture, &request, NOW_S), "bit %zu of byte %zu", bit % 8,
                          bit / 8);
    }
    tear_down(&fixture);
}
END_TEST

START_TEST(a_session_token_must_be_the_one_of_the_file)
{
    static const struct {
        const char *token;
        enum api_error_code code; /* with the wrong signature, which comes after the token */
    } rows[] = {
        {"right-token", API_ERROR_INVALID_SIGNATURE},
        {"right-tokex", API_ERROR_UNRECOGNIZED_CLIENT},
        {"right-toke", API_ERROR_UNRECOGNIZED_CLIENT},
        {"", API_ERROR_UNRECOGNIZED_CLIENT},
    };
    struct fixture fixture;
    set_up(&fixture, AUTH_VERIFY);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice text =
            edit(&fixture.arena, find_vector("session token")->request, "AKIDEXAMPLE", "AKIDTOKEN");
        struct slice ended = arena_print(&fixture.arena, "%.*s", SLICE_PRINT(text));
        text = edit(&fixture.arena, (const char *)ended.at, "any/token+at=all", rows[i].token);
        ck_assert(!verify_text(&fixture, text, NOW_S));
        ck_assert_msg(fixture.error.row == api_error_row(rows[i].code), "token %s", rows[i].token);
    }
    tear_down(&fixture);
}
END_TEST

START_TEST(a_cached_key_lets_nothing_wrong_through)
{
    struct fixture fixture;
    set_up(&fixture, AUTH_VERIFY);
    const char *right = find_vector("empty body")->request;
    for (int i = 0; i < 3; i++) {
        ck_assert(verify_text(&fixture, slice_from_text(right), NOW_S));
        ck_assert(!verify_text(&fixture, edit(&fixture.arena, right, "Signature=9", "Signature=8"),
                               NOW_S));
        ck_assert(
            !verify_text(&fixture, edit(&fixture.arena, right, "us-east-1/", "us-east-2/"), NOW_S));
    }
    tear_down(&fixture);
}
END_TEST

START_TEST(hostile_sizes_are_refused)
{
    struct fixture fixture;
    set_up(&fixture, AUTH_VERIFY);
    struct testkit_request request;
    testkit_request_parse(slice_from_text(find_vector("empty body")->request), &fixture.arena,
                          &request);
    while (request.headers_count < AUTH_HEADERS_MAX)
        request.headers[request.headers_count++] = (struct testkit_header){SLICE("x"), SLICE("y")};
    ck_assert(verify_parsed(&fixture, &request, NOW_S));
    request.headers[request.headers_count++] = (struct testkit_header){SLICE("x"), SLICE("y")};
    ck_assert(!verify_parsed(&fixture, &request, NOW_S));
    check_error(&fixture, "headers", API_ERROR_INCOMPLETE_SIGNATURE,
                "The request has too many headers.");

    uint8_t *large = arena_take_zero(&fixture.arena, AUTH_HEADERS_BYTES_MAX);
    memset(large, ';', AUTH_HEADERS_BYTES_MAX);
    request.headers_count = 1;
    request.headers[0] =
        (struct testkit_header){SLICE("x"), slice_of(large, AUTH_HEADERS_BYTES_MAX)};
    ck_assert(!verify_parsed(&fixture, &request, NOW_S));
    check_error(&fixture, "bytes", API_ERROR_INCOMPLETE_SIGNATURE,
                "The headers of the request are larger than 65536 bytes.");
    request.headers[0] = (struct testkit_header){SLICE("authorization"), slice_of(large, 8193)};
    ck_assert(!verify_parsed(&fixture, &request, NOW_S));
    check_error(&fixture, "authorization", API_ERROR_INCOMPLETE_SIGNATURE,
                "The Authorization header is larger than 8192 bytes.");

    struct slice many = edit(
        &fixture.arena, find_vector("empty body")->request, "SignedHeaders=",
        "SignedHeaders=a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;"
        "a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;"
        "a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;");
    ck_assert(!verify_text(&fixture, many, NOW_S));
    check_error(&fixture, "signed headers", API_ERROR_INVALID_SIGNATURE,
                "The list of signed headers is too long.");

    request.headers_count = 0;
    memset(large, '&', AUTH_PARAMETERS_MAX);
    request.query = slice_of(large, AUTH_PARAMETERS_MAX);
    ck_assert(!verify_parsed(&fixture, &request, NOW_S));
    check_error(&fixture, "parameters", API_ERROR_INCOMPLETE_SIGNATURE,
                "The query string has too many parameters.");
    tear_down(&fixture);
}
END_TEST

START_TEST(switched_off_everybody_is_the_servers_account)
{
    struct fixture fixture;
    set_up(&fixture, AUTH_OFF);
    static const struct {
        const char *request;
        bool is_presigned;
    } rows[] = {
        {"POST /\n\n", false},
        {"POST /\nAuthorization: nonsense\n\n", false},
        {"POST /\nAuthorization: AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=x, Signature=y\n\n",
         false},
        {"GET /?Action=ListQueues&X-Amz-Signature=zz&X-Amz-Date=%\n\n", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ck_assert(verify_text(&fixture, slice_from_text(rows[i].request), NOW_S));
        testkit_slice_eq(fixture.identity.account, "000000000000");
        testkit_slice_eq(fixture.identity.user_id, "000000000000");
        testkit_slice_eq(fixture.identity.principal_arn, "arn:aws:iam::000000000000:root");
        ck_assert_int_eq(fixture.identity.is_presigned, rows[i].is_presigned);
    }
    tear_down(&fixture);
}
END_TEST

START_TEST(any_region_will_do_when_told_so)
{
    struct fixture fixture;
    set_up(&fixture, AUTH_VERIFY);
    auth_verifier_destroy(fixture.verifier);
    struct auth_verifier_options options = {
        .mode = AUTH_VERIFY,
        .credentials = fixture.credentials,
        .account = SLICE("000000000000"),
        .partition = SLICE("aws"),
        .region = SLICE("eu-west-1"),
    };
    struct slice request = slice_from_text(find_vector("empty body")->request);
    fixture.verifier = auth_verifier_create(&options);
    ck_assert(!verify_text(&fixture, request, NOW_S));
    auth_verifier_destroy(fixture.verifier);
    options.any_region = true;
    fixture.verifier = auth_verifier_create(&options);
    ck_assert(verify_text(&fixture, request, NOW_S));
    tear_down(&fixture);
}
END_TEST

/* What the process wrote to standard error during one verification. */
static struct slice capture_log(struct fixture *fixture, struct slice request)
{
    FILE *file = tmpfile();
    int old = dup(STDERR_FILENO);
    ck_assert(file != NULL && old >= 0);
    fflush(stderr);
    ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
    verify_text(fixture, request, NOW_S);
    fflush(stderr);
    dup2(old, STDERR_FILENO);
    close(old);
    size_t bytes = (size_t)lseek(fileno(file), 0, SEEK_END);
    char *text = arena_take_zero(&fixture->arena, bytes + 1);
    ck_assert_int_eq(pread(fileno(file), text, bytes, 0), (ssize_t)bytes);
    fclose(file);
    return slice_of(text, bytes);
}

START_TEST(explaining_shows_what_is_signed_and_no_secret)
{
    struct fixture fixture;
    set_up(&fixture, AUTH_EXPLAIN);
    logger_set_level(LOGGER_INFO);
    const struct verify_vector *vector = find_vector("session token");
    struct slice request = edit(&fixture.arena, vector->request, "POST /", "POST /changed");
    const char *log = (const char *)capture_log(&fixture, request).at;
    ck_assert(fixture.error.row == api_error_row(API_ERROR_INVALID_SIGNATURE));
    ck_assert_ptr_nonnull(strstr(log, "canonical request: /changed\n"));
    ck_assert_ptr_nonnull(strstr(log, "canonical request: host:sqs.us-east-1.amazonaws.com\n"));
    ck_assert_ptr_nonnull(strstr(log, "string to sign: 20150830/us-east-1/sqs/aws4_request\n"));
    ck_assert_ptr_null(strstr(log, "any/token"));
    ck_assert_ptr_null(strstr(log, "wJalrXUtnFEMI"));
    request = edit(&fixture.arena, find_vector("presigned with a session token")->request,
                   "ListQueues", "GetQueueUrl");
    log = (const char *)capture_log(&fixture, request).at;
    ck_assert_ptr_nonnull(strstr(log, "canonical request: Action=GetQueueUrl&"));
    ck_assert_ptr_null(strstr(log, "any%2Ftoken"));
    tear_down(&fixture);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, requests_signed_by_others_verify);
    tcase_add_test(tests, each_fault_has_its_code_and_text);
    tcase_add_test(tests, requests_live_fifteen_minutes_both_ways);
    tcase_add_test(tests, any_changed_bit_of_what_is_signed_is_noticed);
    tcase_add_test(tests, any_changed_bit_of_the_authorization_is_noticed);
    tcase_add_test(tests, a_session_token_must_be_the_one_of_the_file);
    tcase_add_test(tests, a_cached_key_lets_nothing_wrong_through);
    tcase_add_test(tests, hostile_sizes_are_refused);
    tcase_add_test(tests, switched_off_everybody_is_the_servers_account);
    tcase_add_test(tests, any_region_will_do_when_told_so);
    tcase_add_test(tests, explaining_shows_what_is_signed_and_no_secret);
}

int main(void)
{
    return testkit_run("verify", fill);
}
