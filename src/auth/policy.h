/* Queue policies: what a resource-based policy says about a request, and the decision made of it
 * (reference B3, C1).
 *
 * A policy document is compiled once, when the queue's definition changes; evaluating allocates
 * nothing and is bounded by the document's size.
 *
 * Understood: Effect; Principal and NotPrincipal ("*", {"AWS": "*", an account id, an ARN, or a
 * list}; an account id and its root ARN mean everybody of the account; other kinds of principal
 * never match); Action and NotAction ("SQS:" in any case, `*` and `?`, names without case);
 * Resource and NotResource with `*` and `?`; Condition with the operators String*, Arn*, Numeric*,
 * Date*, Bool, IpAddress, NotIpAddress and Null, each also as ...IfExists, and the prefixes
 * ForAnyValue: and ForAllValues:; keys of struct policy_context plus aws:PrincipalArn,
 * aws:PrincipalAccount, aws:userid, aws:username, aws:PrincipalType, aws:CurrentTime,
 * aws:EpochTime, aws:RequestedRegion, aws:ResourceAccount, and AWS's other global keys, which are
 * known and absent. A statement without Resource speaks of the queue it is attached to.
 *
 * What is not understood (an operator, a condition key that AWS does not know either or that speaks
 * of the request's tags, a policy variable in a value, an unparsable value) is taken on the safe
 * side: it makes a condition fail in an Allow and hold in a Deny.
 *
 * Thread: compiling, the owner of the arena; a compiled policy is immutable and shared. */
#ifndef LEAT_AUTH_POLICY_H
#define LEAT_AUTH_POLICY_H

#include "api/api.h"
#include "auth/auth.h"

#define POLICY_BYTES_MAX        8192u /* reference F; texts from AddPermission included */
#define POLICY_STORED_BYTES_MAX 8256u /* one of that size that was given a Version */
#define POLICY_STATEMENTS_MAX   20u   /* what a queue accepts, checked by the handlers */

struct policy;

/* Compiles a policy document; the result and all it needs lives in `memory` (usually the queue's).
 * ERR_INVALID: no JSON, or not of the form of a policy; ERR_FULL: longer than
 * POLICY_STORED_BYTES_MAX. *ret_why: English, static. How many statements are too many is for the caller
 * to say: the answer names their number. */
MUST_CHECK enum err policy_compile(struct slice text, struct arena *memory,
                                   const struct policy **ret_policy, const char **ret_why);
uint32_t policy_statements_count(const struct policy *policy);

/* What is known of a request beyond its sender. Slices with at == NULL: the key is absent. */
struct policy_context {
    struct wall_ms now;
    bool is_secure;              /* aws:SecureTransport: came over TLS */
    struct slice source_ip;      /* aws:SourceIp: text of an IPv4 or IPv6 address, no port */
    struct slice source_arn;     /* aws:SourceArn */
    struct slice source_account; /* aws:SourceAccount */
    struct slice user_agent;     /* aws:UserAgent */
    struct slice referer;        /* aws:Referer */
};

enum policy_answer { POLICY_NO_MATCH, POLICY_ALLOW, POLICY_EXPLICIT_DENY };

/* One question to a policy. */
struct policy_question {
    const struct auth_identity *identity;
    struct slice action;       /* IAM's: "sqs:SendMessage"; batch actions as their single form */
    struct slice resource_arn; /* the queue's */
    const struct policy_context *context;
};

/* An explicit deny wins over any allow. policy == NULL: no match. */
enum policy_answer policy_evaluate(const struct policy *policy,
                                   const struct policy_question *question);

/* May the sender do this to the queue? The queue's own account may do everything that its policy
 * does not deny, and its root may always replace or remove the policy; anybody else needs an allow of the policy and an action that can be granted to
 * others. False: *ret_error has AccessDenied with its text, taken from the arena. */
struct auth_task {
    const struct auth_identity *identity;
    enum api_action action;
    struct slice queue_account;
    struct slice queue_arn;
    const struct policy *policy; /* of the queue; NULL: none */
    const struct policy_context *context;
    bool only_policy; /* it changes nothing but the queue's policy */
};
bool auth_authorize(const struct auth_task *task, struct arena *arena, struct api_error *ret_error);

#endif
