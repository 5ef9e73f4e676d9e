/* Who sends a request: AWS Signature Version 4, in headers or in the query string (reference B1,
 * B2).
 *
 * One call, auth_verify, turns a request as it came off the wire into an identity or into the API
 * error that Amazon SQS would give. What the identity may do is the question of auth/policy.h.
 *
 * Decisions where the reference leaves room:
 *   - The body is always covered: the payload hash of the canonical request is that of the body
 *     received. A header X-Amz-Content-Sha256 that says anything else, `UNSIGNED-PAYLOAD` included,
 *     is a signature mismatch.
 *   - `host` must be a signed header in both forms, and X-Amz-Target when the request has it: it says
 *     what is to be done. All SDKs sign it.
 *   - With an Authorization header the query string carries no credentials, whatever it says.
 *   - A credential scope must name the service `sqs`, the date of X-Amz-Date and, unless the options
 *     say otherwise, the server's region.
 *   - A presigned URL lives AUTH_SKEW_MS from its X-Amz-Date. X-Amz-Expires is signed like every
 *     parameter, but has no say. */
#ifndef LEAT_AUTH_AUTH_H
#define LEAT_AUTH_AUTH_H

#include "api/errors.h"
#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/slice.h"

#define AUTH_SKEW_MS                 (15 * 60 * 1000)
#define AUTH_ACCOUNT_BYTES           12u
#define AUTH_HEADERS_MAX             128u /* headers of a request, host and content-length included */
#define AUTH_HEADERS_BYTES_MAX       65536u /* names and values of them together */
#define AUTH_AUTHORIZATION_BYTES_MAX 8192u
#define AUTH_SIGNED_HEADERS_MAX      100u
#define AUTH_PARAMETERS_MAX          2048u /* of the query string of a signed request */
#define AUTH_CREDENTIALS_MAX         100000u

struct auth_header {
    struct slice name; /* lower case */
    struct slice value;
};

/* A request as on the wire. Everything is borrowed for the call. */
struct auth_request {
    struct slice method;
    struct slice raw_path;  /* before '?', still percent-encoded */
    struct slice raw_query; /* behind '?', still percent-encoded; empty when there is none */
    const struct auth_header *headers; /* as received; host and content-length are among them */
    uint32_t headers_count;
    struct slice body;
};

/* OFF: whatever credentials a request has, or none, it comes from the server's own account.
 * EXPLAIN: VERIFY that also logs why, and the canonical request and the string to sign of a
 * mismatch; no secret, no session token and no right signature is shown. For finding faults: a
 * client can make it write some hundred lines a request. */
enum auth_mode { AUTH_OFF, AUTH_VERIFY, AUTH_EXPLAIN };

/* Who it is. The slices live as long as the verifier and its credentials. */
struct auth_identity {
    struct slice account;       /* 12 digits */
    struct slice access_key;    /* empty under AUTH_OFF */
    struct slice user_id;       /* what SenderId shows */
    struct slice user_name;     /* empty: the account itself */
    struct slice principal_arn; /* arn:aws:iam::<account>:user/<name>, or ...:root */
    bool is_presigned;          /* the credentials came in the query string */
    bool is_anonymous;          /* no credentials at all: account and user_id are "anonymous" */
};

/* The keys that the server knows: immutable once loaded, shared by all threads. */
struct auth_credentials;

struct auth_credentials_options {
    struct slice account;   /* of keys that name none: 12 digits */
    struct slice partition; /* for ARNs: "aws" */
};

/* Reads an INI file like ~/.aws/credentials: a section for each key, its name is free, with
 *
 *     aws_access_key_id, aws_secret_access_key   required
 *     aws_session_token    requests must carry just this token; when absent, any token or none
 *     account_id           12 digits (also aws_account_id); when absent, the options' account
 *     user_name            an IAM user of that account; when absent, the account's root
 *
 * `region` and `output` are skipped. Any other name is refused, so that a misspelt one cannot weaken
 * a key. Lines have at most 16,384 bytes.
 * *ret_why: one English sentence in the arena, with the file's name and the line, never a value.
 * ERR_IO: the file cannot be read. ERR_INVALID: it breaks the format, a key id is given twice, a
 * section lacks something, there is no key, or everybody may write to the file (that everybody may
 * read it is logged). ERR_FULL: more than AUTH_CREDENTIALS_MAX sections. */
MUST_CHECK enum err auth_credentials_load(const char *path,
                                          const struct auth_credentials_options *options,
                                          struct arena *arena,
                                          struct auth_credentials **ret_credentials,
                                          struct slice *ret_why);
/* The same from memory, where no key is fine; `name` stands for the file in messages. */
MUST_CHECK enum err auth_credentials_parse(struct slice text, const char *name,
                                           const struct auth_credentials_options *options,
                                           struct arena *arena,
                                           struct auth_credentials **ret_credentials,
                                           struct slice *ret_why);
uint32_t auth_credentials_count(const struct auth_credentials *credentials);
/* Wipes the secrets. Accepts NULL. After the last verifier that uses them. */
void auth_credentials_destroy(struct auth_credentials *credentials);

/* What one worker thread needs to verify: the options and a bounded cache of signing keys. No
 * locks: its thread only. */
struct auth_verifier;

struct auth_verifier_options {
    enum auth_mode mode;
    const struct auth_credentials *credentials; /* outlives the verifier; NULL: no keys */
    struct slice account;   /* the server's own, 12 digits: who everybody is under AUTH_OFF */
    struct slice partition; /* "aws" */
    struct slice region;    /* that credential scopes must name */
    bool any_region;        /* accept every region in a scope */
};

/* Copies the options' slices. */
struct auth_verifier *auth_verifier_create(const struct auth_verifier_options *options);
/* Wipes the keys. Accepts NULL. */
void auth_verifier_destroy(struct auth_verifier *verifier);

/* True: *ret_identity says who sent the request. False: *ret_error has the answer; when there were
 * no credentials at all, *ret_identity is anonymous, for a queue whose policy lets everybody in.
 * Texts and working memory are taken from the arena. now: for the skew of +-15 minutes. */
bool auth_verify(struct auth_verifier *verifier, const struct auth_request *request,
                 struct wall_ms now, struct arena *arena, struct auth_identity *ret_identity,
                 struct api_error *ret_error);
/* AccessDenied as AWS says it to the anonymous. raw_path: of the request. False, always. */
bool auth_refuse_anonymous(struct slice region, struct slice raw_path, struct arena *arena,
                           struct api_error *ret_error);
/* The path that a signature covers: dot segments removed, slashes merged. The one to go by, so that
 * nobody can send another one under the same signature. Borrowed, or from the arena. */
struct slice auth_signed_path(struct slice raw_path, struct arena *arena);

#endif
