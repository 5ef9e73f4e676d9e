#include "auth/condition.h"

#include <arpa/inet.h>

#include "auth/timestamp.h"
#include "auth/wildcard.h"

#include "base/banned.h"

#define ARN_PARTS    6u
#define IPV4_OFFSET  12u /* of an IPv4 address in its IPv6 form */
#define NETWORK_TEXT 64u

/* How the values of an operator are read. */
enum value_type { VALUE_TEXT, VALUE_NUMBER, VALUE_DATE, VALUE_NETWORK, VALUE_BOOL };

static const struct {
    const char *name;
    enum condition_kind kind;
    enum value_type type;
    bool is_negated;
} operators[] = {
    {"StringEquals", CONDITION_STRING, VALUE_TEXT, false},
    {"StringNotEquals", CONDITION_STRING, VALUE_TEXT, true},
    {"StringEqualsIgnoreCase", CONDITION_STRING_NOCASE, VALUE_TEXT, false},
    {"StringNotEqualsIgnoreCase", CONDITION_STRING_NOCASE, VALUE_TEXT, true},
    {"StringLike", CONDITION_STRING_LIKE, VALUE_TEXT, false},
    {"StringNotLike", CONDITION_STRING_LIKE, VALUE_TEXT, true},
    {"ArnEquals", CONDITION_ARN, VALUE_TEXT, false},
    {"ArnNotEquals", CONDITION_ARN, VALUE_TEXT, true},
    {"ArnLike", CONDITION_ARN, VALUE_TEXT, false},
    {"ArnNotLike", CONDITION_ARN, VALUE_TEXT, true},
    {"NumericEquals", CONDITION_EQUAL, VALUE_NUMBER, false},
    {"NumericNotEquals", CONDITION_EQUAL, VALUE_NUMBER, true},
    {"NumericLessThan", CONDITION_LESS, VALUE_NUMBER, false},
    {"NumericLessThanEquals", CONDITION_LESS_EQUAL, VALUE_NUMBER, false},
    {"NumericGreaterThan", CONDITION_GREATER, VALUE_NUMBER, false},
    {"NumericGreaterThanEquals", CONDITION_GREATER_EQUAL, VALUE_NUMBER, false},
    {"DateEquals", CONDITION_EQUAL, VALUE_DATE, false},
    {"DateNotEquals", CONDITION_EQUAL, VALUE_DATE, true},
    {"DateLessThan", CONDITION_LESS, VALUE_DATE, false},
    {"DateLessThanEquals", CONDITION_LESS_EQUAL, VALUE_DATE, false},
    {"DateGreaterThan", CONDITION_GREATER, VALUE_DATE, false},
    {"DateGreaterThanEquals", CONDITION_GREATER_EQUAL, VALUE_DATE, false},
    {"Bool", CONDITION_BOOL, VALUE_BOOL, false},
    {"IpAddress", CONDITION_IP, VALUE_NETWORK, false},
    {"NotIpAddress", CONDITION_IP, VALUE_NETWORK, true},
    {"Null", CONDITION_NULL, VALUE_BOOL, false},
};

static const struct {
    const char *name;
    enum condition_key key;
} keys[] = {
    {"aws:CurrentTime", CONDITION_CURRENT_TIME},
    {"aws:EpochTime", CONDITION_EPOCH_TIME},
    {"aws:PrincipalAccount", CONDITION_PRINCIPAL_ACCOUNT},
    {"aws:PrincipalArn", CONDITION_PRINCIPAL_ARN},
    {"aws:PrincipalType", CONDITION_PRINCIPAL_TYPE},
    {"aws:Referer", CONDITION_REFERER},
    {"aws:SecureTransport", CONDITION_SECURE_TRANSPORT},
    {"aws:SourceAccount", CONDITION_SOURCE_ACCOUNT},
    {"aws:SourceArn", CONDITION_SOURCE_ARN},
    {"aws:SourceIp", CONDITION_SOURCE_IP},
    {"aws:UserAgent", CONDITION_USER_AGENT},
    {"aws:userid", CONDITION_USER_ID},
    {"aws:username", CONDITION_USER_NAME},
    {"aws:ResourceAccount", CONDITION_RESOURCE_ACCOUNT},
    {"aws:RequestedRegion", CONDITION_REQUESTED_REGION},
    {"aws:PrincipalIsAWSService", CONDITION_FALSE},
    {"aws:ViaAWSService", CONDITION_FALSE},
    {"aws:AssumedRoot", CONDITION_ABSENT},
    {"aws:CalledVia", CONDITION_ABSENT},
    {"aws:CalledViaFirst", CONDITION_ABSENT},
    {"aws:CalledViaLast", CONDITION_ABSENT},
    {"aws:ChatbotSourceArn", CONDITION_ABSENT},
    {"aws:Ec2InstanceSourcePrivateIPv4", CONDITION_ABSENT},
    {"aws:Ec2InstanceSourceVpc", CONDITION_ABSENT},
    {"aws:FederatedProvider", CONDITION_ABSENT},
    {"aws:MultiFactorAuthAge", CONDITION_ABSENT},
    {"aws:MultiFactorAuthPresent", CONDITION_ABSENT},
    {"aws:PrincipalOrgID", CONDITION_ABSENT},
    {"aws:PrincipalOrgPaths", CONDITION_ABSENT},
    {"aws:PrincipalServiceName", CONDITION_ABSENT},
    {"aws:PrincipalServiceNamesList", CONDITION_ABSENT},
    {"aws:ResourceOrgID", CONDITION_ABSENT},
    {"aws:ResourceOrgPaths", CONDITION_ABSENT},
    {"aws:SourceIdentity", CONDITION_ABSENT},
    {"aws:SourceOrgID", CONDITION_ABSENT},
    {"aws:SourceOrgPaths", CONDITION_ABSENT},
    {"aws:SourceVpc", CONDITION_ABSENT},
    {"aws:SourceVpcArn", CONDITION_ABSENT},
    {"aws:SourceVpce", CONDITION_ABSENT},
    {"aws:TokenIssueTime", CONDITION_ABSENT},
    {"aws:VpceAccount", CONDITION_ABSENT},
    {"aws:VpceOrgID", CONDITION_ABSENT},
    {"aws:VpceOrgPaths", CONDITION_ABSENT},
    {"aws:VpcSourceIp", CONDITION_ABSENT},
};

/* Keys that go on with a tag's name. Identities have no tags, and a queue's own count in identity policies only. The
 * tags of a request (aws:RequestTag/, aws:TagKeys) are there, but not looked at: they stay unknown. */
static const char *const absent_tags[] = {"aws:PrincipalTag/", "aws:ResourceTag/"};

/* ---- compiling ---- */

static bool parse_address(struct slice text, uint8_t ret_address[16], bool *ret_is_ipv4)
{
    static const uint8_t ipv4_prefix[IPV4_OFFSET] = {[10] = 0xff, [11] = 0xff};
    char ended[NETWORK_TEXT];
    if (text.bytes == 0 || text.bytes >= sizeof(ended) || slice_find(text, '\0') < text.bytes)
        return false;
    memcpy(ended, text.at, text.bytes);
    ended[text.bytes] = '\0';
    *ret_is_ipv4 = inet_pton(AF_INET, ended, ret_address + IPV4_OFFSET) == 1;
    if (*ret_is_ipv4)
        memcpy(ret_address, ipv4_prefix, IPV4_OFFSET);
    return *ret_is_ipv4 || inet_pton(AF_INET6, ended, ret_address) == 1;
}

/* "203.0.113.0/24", "2001:db8::/32", or an address alone. */
static bool parse_network(struct slice text, struct condition_network *ret_network)
{
    struct condition_network network;
    bool is_ipv4;
    size_t slash = slice_find(text, '/');
    if (!parse_address(slice_head(text, slash), network.address, &is_ipv4))
        return false;
    int64_t bits_max = is_ipv4 ? 32 : 128;
    int64_t bits = bits_max;
    if (slash < text.bytes && !slice_to_int64(slice_from(text, slash + 1), &bits))
        return false;
    if (bits < 0 || bits > bits_max)
        return false;
    network.bits = (uint8_t)(bits + 128 - bits_max);
    *ret_network = network;
    return true;
}

static uint32_t count_colons(struct slice text)
{
    uint32_t count = 0;
    for (size_t i = 0; i < text.bytes; i++)
        count += text.at[i] == ':';
    return count;
}

static bool parse_value(enum condition_kind kind, enum value_type type, struct slice text,
                        struct condition_value *ret_value)
{
    ret_value->text = text;
    switch (type) {
    case VALUE_TEXT:
        return kind != CONDITION_ARN || slice_is(text, "*") || count_colons(text) >= ARN_PARTS - 1;
    case VALUE_NUMBER:
        return slice_to_int64(text, &ret_value->number);
    case VALUE_DATE:
        return timestamp_parse(text, &ret_value->number);
    case VALUE_NETWORK:
        return parse_network(text, &ret_value->network);
    case VALUE_BOOL:
        return slice_equal_nocase(text, SLICE("true")) || slice_equal_nocase(text, SLICE("false"));
    }
    UNREACHABLE("every type is above");
}

static bool has_variable(struct slice text)
{
    return text.bytes > 0 && memmem(text.at, text.bytes, "${", 2) != NULL;
}

static bool find_key(struct slice name, enum condition_key *ret_key)
{
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
        if (slice_equal_nocase(name, slice_from_text(keys[i].name))) {
            *ret_key = keys[i].key;
            return true;
        }
    for (size_t i = 0; i < ARRAY_COUNT(absent_tags); i++) {
        struct slice tag = slice_from_text(absent_tags[i]);
        if (name.bytes > tag.bytes && slice_equal_nocase(slice_head(name, tag.bytes), tag)) {
            *ret_key = CONDITION_ABSENT;
            return true;
        }
    }
    return false;
}

static bool cut_prefix(struct slice *name, struct slice prefix)
{
    bool is_there = slice_equal_nocase(slice_head(*name, prefix.bytes), prefix);
    if (is_there)
        *name = slice_from(*name, prefix.bytes);
    return is_there;
}

static bool cut_suffix(struct slice *name, struct slice suffix)
{
    size_t from = name->bytes < suffix.bytes ? 0 : name->bytes - suffix.bytes;
    bool is_there = slice_equal_nocase(slice_from(*name, from), suffix);
    if (is_there)
        name->bytes = from;
    return is_there;
}

/* Finds the operator and what it says of a key that is absent. Our keys have one value each, so the
 * two set prefixes differ from the plain operator only there. */
static bool compile_operator(struct slice name, struct condition *condition,
                             enum value_type *ret_type)
{
    bool is_any = cut_prefix(&name, SLICE("ForAnyValue:"));
    bool is_all = !is_any && cut_prefix(&name, SLICE("ForAllValues:"));
    bool if_exists = cut_suffix(&name, SLICE("IfExists"));
    for (size_t i = 0; i < ARRAY_COUNT(operators); i++) {
        if (!slice_equal_nocase(name, slice_from_text(operators[i].name)))
            continue;
        condition->kind = operators[i].kind;
        condition->is_negated = operators[i].is_negated;
        condition->holds_when_absent = if_exists || is_all || (operators[i].is_negated && !is_any);
        *ret_type = operators[i].type;
        return condition->kind != CONDITION_NULL || !(is_any || is_all || if_exists);
    }
    return false;
}

bool condition_is_operator(struct slice name)
{
    struct condition condition = {0};
    enum value_type type;
    if (compile_operator(name, &condition, &type))
        return true;
    if (!cut_prefix(&name, SLICE("ForAnyValue:")))
        cut_prefix(&name, SLICE("ForAllValues:"));
    cut_suffix(&name, SLICE("IfExists"));
    return slice_equal_nocase(name, SLICE("BinaryEquals")); /* known, but no key here is binary */
}

void condition_compile(struct slice operator_name, struct slice key_name,
                       const struct slice *values, uint32_t values_count, bool has_variables,
                       struct arena *memory, struct condition *ret_condition)
{
    struct condition condition = {.values_count = values_count};
    enum value_type type = VALUE_TEXT;
    ASSERT(values_count > 0);
    condition.values = ARENA_NEW_MANY(memory, struct condition_value, values_count);
    condition.is_unknown =
        !compile_operator(operator_name, &condition, &type) || !find_key(key_name, &condition.key);
    for (uint32_t i = 0; i < values_count && !condition.is_unknown; i++)
        condition.is_unknown =
            !parse_value(condition.kind, type, values[i], &condition.values[i]) ||
            (has_variables && has_variable(values[i]));
    *ret_condition = condition;
}

/* ---- evaluating ---- */

/* What a request has under a key. */
struct subject {
    bool is_present;
    bool is_number;
    struct slice text; /* unless is_number */
    int64_t number;
    uint8_t address[16]; /* when compared with networks */
};

static struct subject text_subject(struct slice text)
{
    return (struct subject){.is_present = text.at != NULL, .text = text};
}

/* The part of a queue's ARN behind so many colons. */
static struct subject arn_subject(struct slice arn, unsigned colons)
{
    struct slice part = SLICE_NONE;
    for (unsigned i = 0; i <= colons; i++)
        if (!slice_split(&arn, ':', &part))
            return text_subject(SLICE_NONE);
    return text_subject(part);
}

static struct subject find_subject(enum condition_key key, const struct policy_question *question)
{
    const struct auth_identity *identity = question->identity;
    const struct policy_context *context = question->context;
    bool has_user = identity->user_name.bytes > 0;
    switch (key) {
    case CONDITION_CURRENT_TIME:
    case CONDITION_EPOCH_TIME:
        return (struct subject){
            .is_present = true, .is_number = true, .number = context->now.v / 1000};
    case CONDITION_PRINCIPAL_ACCOUNT:
        return text_subject(identity->account);
    case CONDITION_PRINCIPAL_ARN:
        return text_subject(identity->principal_arn);
    case CONDITION_PRINCIPAL_TYPE:
        if (identity->is_anonymous)
            return text_subject(SLICE("Anonymous"));
        return text_subject(has_user ? SLICE("User") : SLICE("Account"));
    case CONDITION_REFERER:
        return text_subject(context->referer);
    case CONDITION_SECURE_TRANSPORT:
        return text_subject(context->is_secure ? SLICE("true") : SLICE("false"));
    case CONDITION_SOURCE_ACCOUNT:
        return text_subject(context->source_account);
    case CONDITION_SOURCE_ARN:
        return text_subject(context->source_arn);
    case CONDITION_SOURCE_IP:
        return text_subject(context->source_ip);
    case CONDITION_USER_AGENT:
        return text_subject(context->user_agent);
    case CONDITION_USER_ID:
        return text_subject(identity->user_id);
    case CONDITION_USER_NAME:
        return text_subject(has_user ? identity->user_name : SLICE_NONE);
    case CONDITION_REQUESTED_REGION:
        return arn_subject(question->resource_arn, 3);
    case CONDITION_RESOURCE_ACCOUNT:
        return arn_subject(question->resource_arn, 4);
    case CONDITION_FALSE:
        return text_subject(SLICE("false"));
    case CONDITION_ABSENT:
        return text_subject(SLICE_NONE);
    }
    UNREACHABLE("every key is above");
}

/* The six parts one by one, so that a star stays within its part; the last one takes the rest. */
static bool arn_matches(struct slice pattern, struct slice arn)
{
    if (slice_is(pattern, "*"))
        return true;
    if (count_colons(arn) < ARN_PARTS - 1)
        return false;
    for (uint32_t i = 0; i < ARN_PARTS - 1; i++) {
        struct slice pattern_part, arn_part;
        bool has_parts =
            slice_split(&pattern, ':', &pattern_part) && slice_split(&arn, ':', &arn_part);
        if (!has_parts || !wildcard_matches(pattern_part, arn_part))
            return false;
    }
    return wildcard_matches(pattern, arn);
}

static bool is_in_network(const struct condition_network *network, const uint8_t address[16])
{
    uint32_t whole = network->bits / 8u;
    uint32_t rest = network->bits % 8u;
    if (memcmp(network->address, address, whole) != 0)
        return false;
    return rest == 0 || (network->address[whole] ^ address[whole]) >> (8 - rest) == 0;
}

static bool value_matches(enum condition_kind kind, const struct condition_value *value,
                          const struct subject *subject)
{
    switch (kind) {
    case CONDITION_STRING:
        return slice_equal(value->text, subject->text);
    case CONDITION_STRING_NOCASE:
    case CONDITION_BOOL:
        return slice_equal_nocase(value->text, subject->text);
    case CONDITION_STRING_LIKE:
        return wildcard_matches(value->text, subject->text);
    case CONDITION_ARN:
        return arn_matches(value->text, subject->text);
    case CONDITION_IP:
        return is_in_network(&value->network, subject->address);
    case CONDITION_EQUAL:
        return subject->number == value->number;
    case CONDITION_LESS:
        return subject->number < value->number;
    case CONDITION_LESS_EQUAL:
        return subject->number <= value->number;
    case CONDITION_GREATER:
        return subject->number > value->number;
    case CONDITION_GREATER_EQUAL:
        return subject->number >= value->number;
    case CONDITION_NULL:
        return slice_equal_nocase(value->text, SLICE("true")) == !subject->is_present;
    }
    UNREACHABLE("every kind is above");
}

/* Texts are compared as texts, times as numbers, addresses with networks; anything else cannot be
 * said. */
static bool make_comparable(enum condition_kind kind, struct subject *subject)
{
    bool needs_number = kind >= CONDITION_EQUAL && kind <= CONDITION_GREATER_EQUAL;
    bool is_ipv4;
    if (kind == CONDITION_IP && !subject->is_number)
        return parse_address(subject->text, subject->address, &is_ipv4);
    return needs_number == subject->is_number && subject->text.bytes <= CONDITION_SUBJECT_BYTES_MAX;
}

enum condition_answer condition_evaluate(const struct condition *condition,
                                         const struct policy_question *question)
{
    if (condition->is_unknown)
        return CONDITION_UNKNOWN;
    struct subject subject = find_subject(condition->key, question);
    bool is_null_test = condition->kind == CONDITION_NULL;
    if (!subject.is_present && !is_null_test)
        return condition->holds_when_absent ? CONDITION_HOLDS : CONDITION_FAILS;
    if (!is_null_test && !make_comparable(condition->kind, &subject))
        return CONDITION_UNKNOWN;
    bool is_any = false;
    for (uint32_t i = 0; i < condition->values_count && !is_any; i++)
        is_any = value_matches(condition->kind, &condition->values[i], &subject);
    return is_any != condition->is_negated ? CONDITION_HOLDS : CONDITION_FAILS;
}
