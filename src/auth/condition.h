/* One line of a policy's Condition: an operator, a key, and the values it is compared with.
 *
 * What is not understood is not an error: the condition is then `is_unknown`, and its holder
 * decides on the safe side. */
#ifndef LEAT_AUTH_CONDITION_H
#define LEAT_AUTH_CONDITION_H

#include "auth/policy.h"

#define CONDITION_SUBJECT_BYTES_MAX \
    1024u /* a longer value of a request (Referer, User-Agent) is not compared */

enum condition_kind {
    CONDITION_STRING, /* equal */
    CONDITION_STRING_NOCASE,
    CONDITION_STRING_LIKE,
    CONDITION_ARN,
    CONDITION_EQUAL, /* numbers and dates */
    CONDITION_LESS,
    CONDITION_LESS_EQUAL,
    CONDITION_GREATER,
    CONDITION_GREATER_EQUAL,
    CONDITION_BOOL,
    CONDITION_IP,
    CONDITION_NULL,
};

enum condition_key {
    CONDITION_CURRENT_TIME,
    CONDITION_EPOCH_TIME,
    CONDITION_PRINCIPAL_ACCOUNT,
    CONDITION_PRINCIPAL_ARN,
    CONDITION_PRINCIPAL_TYPE,
    CONDITION_REFERER,
    CONDITION_SECURE_TRANSPORT,
    CONDITION_SOURCE_ACCOUNT,
    CONDITION_SOURCE_ARN,
    CONDITION_SOURCE_IP,
    CONDITION_USER_AGENT,
    CONDITION_USER_ID,
    CONDITION_USER_NAME,
    CONDITION_RESOURCE_ACCOUNT,
    CONDITION_REQUESTED_REGION,
    CONDITION_FALSE,  /* what AWS asks of its services' calls: none comes here */
    CONDITION_ABSENT, /* known to AWS, never in a request to us */
};

struct condition_network {
    uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
    uint8_t bits;
};

struct condition_value {
    struct slice text;
    int64_t number;                   /* numbers, dates */
    struct condition_network network; /* IP */
};

struct condition {
    enum condition_kind kind;
    enum condition_key key;
    bool is_negated;
    bool holds_when_absent; /* what the operator says of a key that the request does not have */
    bool is_unknown;
    struct condition_value *values; /* at least one */
    uint32_t values_count;
};

/* values: the texts to compare with, at least one; they outlive the condition. has_variables: "${"
 * in a value is a policy variable, not text. */
void condition_compile(struct slice operator_name, struct slice key_name,
                       const struct slice *values, uint32_t values_count, bool has_variables,
                       struct arena *memory, struct condition *ret_condition);

/* Is it the name of an operator that AWS knows, with its prefix and suffix? */
bool condition_is_operator(struct slice name);

enum condition_answer { CONDITION_FAILS, CONDITION_HOLDS, CONDITION_UNKNOWN };
enum condition_answer condition_evaluate(const struct condition *condition,
                                         const struct policy_question *question);

#endif
