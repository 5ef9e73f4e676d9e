#include "auth/policy.h"

#include "testkit/testkit.h"

#include "base/banned.h"

#define QUEUE    "arn:aws:sqs:us-east-1:111111111111:orders"
#define DENIED   "User: arn:aws:iam::222222222222:user/bob is not authorized to perform: "
#define NOW_MS   INT64_C(1440938160000) /* 2015-08-30T12:36:00Z */
#define DENY_ALL "{'Statement':{'Effect':'Deny','Principal':'*','Action':'*'}}"
#define OPEN     "{'Statement':{'Effect':'Allow','Principal':'*','Action':'*'}}"
#define ALLOW_2 \
    "{'Statement':[{'Effect':'Allow','Principal':{'AWS':'222222222222'},'Action':'SQS:SendMessage'}]}"

/* Policies in these tables are written with ' for ". */
static struct slice with_quotes(struct arena *arena, const char *text)
{
    struct slice copy = arena_copy(arena, slice_from_text(text));
    for (size_t i = 0; i < copy.bytes; i++)
        if (copy.at[i] == '\'')
            ((uint8_t *)(uintptr_t)copy.at)[i] = '"';
    return copy;
}

static const struct auth_identity ann = {
    .account = {(const uint8_t *)"111111111111", 12},
    .user_id = {(const uint8_t *)"111111111111", 12},
    .principal_arn = {(const uint8_t *)"arn:aws:iam::111111111111:root", 30},
};
static const struct auth_identity bob = {
    .account = {(const uint8_t *)"222222222222", 12},
    .user_id = {(const uint8_t *)"AIDABOB", 7},
    .user_name = {(const uint8_t *)"bob", 3},
    .principal_arn = {(const uint8_t *)"arn:aws:iam::222222222222:user/bob", 34},
};

static const struct auth_identity amy = {
    .account = {(const uint8_t *)"111111111111", 12},
    .user_id = {(const uint8_t *)"AIDAAMY", 7},
    .user_name = {(const uint8_t *)"amy", 3},
    .principal_arn = {(const uint8_t *)"arn:aws:iam::111111111111:user/amy", 34},
};

static const struct policy_context full_context = {
    .now = {NOW_MS},
    .is_secure = true,
    .source_ip = {(const uint8_t *)"203.0.113.77", 12},
    .source_arn = {(const uint8_t *)"arn:aws:sns:us-east-1:333333333333:topic", 40},
    .source_account = {(const uint8_t *)"333333333333", 12},
    .user_agent = {(const uint8_t *)"Agent/1", 7},
};
static const struct policy_context bare_context = {.now = {NOW_MS}};

static const struct policy *compile(struct arena *arena, const char *text)
{
    const struct policy *policy = NULL;
    const char *why = "";
    enum err err = policy_compile(with_quotes(arena, text), arena, &policy, &why);
    ck_assert_msg(err == ERR_OK, "%s: %s", text, why);
    return policy;
}

static enum policy_answer ask(struct arena *arena, const char *text,
                              const struct auth_identity *identity, const char *action,
                              const struct policy_context *context)
{
    struct policy_question question = {
        .identity = identity,
        .action = slice_from_text(action),
        .resource_arn = SLICE(QUEUE),
        .context = context,
    };
    return policy_evaluate(compile(arena, text), &question);
}

#define PRINCIPAL(p) "{'Statement':{'Effect':'Allow','Action':'*'," p "}}"
#define ACTION(a)    "{'Statement':{'Effect':'Allow','Principal':'*'," a "}}"

START_TEST(statements_match_by_principal_action_and_resource)
{
    static const struct {
        const char *policy;
        enum policy_answer answer; /* to bob's sqs:SendMessage */
    } rows[] = {
        {PRINCIPAL("'Principal':'*'"), POLICY_ALLOW},
        {PRINCIPAL("'Principal':{'AWS':'*'}"), POLICY_ALLOW},
        {PRINCIPAL("'Principal':{'AWS':['1','*']}"), POLICY_ALLOW},
        {PRINCIPAL("'Principal':{'AWS':'222222222222'}"), POLICY_ALLOW},
        {PRINCIPAL("'Principal':{'AWS':'arn:aws:iam::222222222222:root'}"), POLICY_ALLOW},
        {PRINCIPAL("'Principal':{'AWS':'arn:aws-cn:iam::222222222222:root'}"), POLICY_ALLOW},
        {PRINCIPAL("'Principal':{'AWS':'arn:aws:iam::222222222222:user/bob'}"), POLICY_ALLOW},
        {PRINCIPAL("'Principal':{'AWS':['333333333333','222222222222']}"), POLICY_ALLOW},
        {PRINCIPAL("'Principal':{'Service':'sns.amazonaws.com','AWS':'222222222222'}"),
         POLICY_ALLOW},
        {PRINCIPAL("'Principal':{'AWS':'333333333333'}"), POLICY_NO_MATCH},
        {PRINCIPAL("'Principal':{'AWS':'22222222222'}"), POLICY_NO_MATCH},
        {PRINCIPAL("'Principal':{'AWS':'arn:aws:iam::222222222222:user/bo'}"), POLICY_NO_MATCH},
        {PRINCIPAL("'Principal':{'AWS':'arn:aws:iam::222222222222:user/*'}"), POLICY_NO_MATCH},
        {PRINCIPAL("'Principal':{'AWS':'arn:aws:iam::222222222222:root:x'}"), POLICY_NO_MATCH},
        {PRINCIPAL("'Principal':{'AWS':'arn:aws:sts::222222222222:root'}"), POLICY_NO_MATCH},
        {PRINCIPAL("'Principal':{'AWS':'arn'}"), POLICY_NO_MATCH},
        {PRINCIPAL("'Principal':{'Service':'sns.amazonaws.com'}"), POLICY_NO_MATCH},
        {PRINCIPAL("'Principal':{'Service':'*'}"), POLICY_NO_MATCH},
        {PRINCIPAL("'NotPrincipal':{'AWS':'333333333333'}"), POLICY_ALLOW},
        {PRINCIPAL("'NotPrincipal':{'AWS':'222222222222'}"), POLICY_NO_MATCH},
        {PRINCIPAL("'NotPrincipal':'*'"), POLICY_NO_MATCH},
        {ACTION("'Action':'SQS:SendMessage'"), POLICY_ALLOW},
        {ACTION("'Action':'sqs:sendmessage'"), POLICY_ALLOW},
        {ACTION("'Action':'sQs:*'"), POLICY_ALLOW},
        {ACTION("'Action':'*'"), POLICY_ALLOW},
        {ACTION("'Action':'SQS:Send*'"), POLICY_ALLOW},
        {ACTION("'Action':'SQS:?endM*ge'"), POLICY_ALLOW},
        {ACTION("'Action':['SQS:ReceiveMessage','SQS:SendMessage']"), POLICY_ALLOW},
        {ACTION("'Action':'SendMessage'"), POLICY_NO_MATCH},
        {ACTION("'Action':'SQS:SendMessageBatch'"), POLICY_NO_MATCH},
        {ACTION("'Action':'SQS:Send'"), POLICY_NO_MATCH},
        {ACTION("'Action':'sns:*'"), POLICY_NO_MATCH},
        {ACTION("'NotAction':'SQS:DeleteMessage'"), POLICY_ALLOW},
        {ACTION("'NotAction':'SQS:Send*'"), POLICY_NO_MATCH},
        {ACTION("'Action':'*','Resource':'" QUEUE "'"), POLICY_ALLOW},
        {ACTION("'Action':'*','Resource':'*'"), POLICY_ALLOW},
        {ACTION("'Action':'*','Resource':'arn:aws:sqs:*:111111111111:ord?r?'"), POLICY_ALLOW},
        {ACTION("'Action':'*','Resource':['x','arn:aws:sqs:us-east-1:111111111111:*']"),
         POLICY_ALLOW},
        {ACTION("'Action':'*','Resource':'arn:aws:sqs:us-east-1:111111111111:ORDERS'"),
         POLICY_NO_MATCH},
        {ACTION("'Action':'*','Resource':'arn:aws:sqs:us-east-1:111111111111:orders?'"),
         POLICY_NO_MATCH},
        {ACTION("'Action':'*','NotResource':'arn:aws:sqs:us-east-1:111111111111:o*'"),
         POLICY_NO_MATCH},
        {ACTION("'Action':'*','NotResource':'arn:aws:sqs:us-east-1:111111111111:x*'"),
         POLICY_ALLOW},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(ask(&arena, rows[i].policy, &bob, "sqs:SendMessage", &full_context) ==
                          rows[i].answer,
                      "%s", rows[i].policy);
    arena_done(&arena);
}
END_TEST

START_TEST(an_explicit_deny_wins_wherever_it_stands)
{
    static const char allow[] = "{'Effect':'Allow','Principal':'*','Action':'*'}";
    static const char deny[] = "{'Effect':'Deny','Principal':'*','Action':'SQS:Send*'}";
    struct arena arena;
    arena_init(&arena);
    for (int order = 0; order < 2; order++) {
        struct slice text = arena_print(&arena, "{'Statement':[%s,%s]}%c", order ? allow : deny,
                                        order ? deny : allow, 0);
        const char *policy = (const char *)text.at;
        ck_assert_int_eq(ask(&arena, policy, &bob, "sqs:SendMessage", &full_context),
                         POLICY_EXPLICIT_DENY);
        ck_assert_int_eq(ask(&arena, policy, &bob, "sqs:ReceiveMessage", &full_context),
                         POLICY_ALLOW);
    }
    ck_assert_int_eq(policy_evaluate(NULL, NULL), POLICY_NO_MATCH);
    arena_done(&arena);
}
END_TEST

enum { NO, YES, UNKNOWN };

/* Each condition in an Allow and in a Deny; what is not understood shows as ALLOW no, DENY yes. */
static const struct {
    const char *condition;
    int full, bare; /* does it hold with all keys present; with hardly any */
} conditions[] = {
    {"'StringEquals':{'aws:SourceAccount':'333333333333'}", YES, NO},
    {"'StringEquals':{'AWS:sourceaccount':['1','333333333333']}", YES, NO},
    {"'stringequals':{'aws:SourceAccount':'333333333333'}", YES, NO},
    {"'StringEquals':{'aws:SourceAccount':'3*'}", NO, NO},
    {"'StringEquals':{'aws:UserAgent':'agent/1'}", NO, NO},
    {"'StringEqualsIgnoreCase':{'aws:UserAgent':'agent/1'}", YES, NO},
    {"'StringNotEqualsIgnoreCase':{'aws:UserAgent':'agent/1'}", NO, YES},
    {"'StringNotEquals':{'aws:SourceAccount':'333333333333'}", NO, YES},
    {"'StringNotEquals':{'aws:SourceAccount':['1','2']}", YES, YES},
    {"'StringNotEquals':{'aws:SourceAccount':['1','333333333333']}", NO, YES},
    {"'StringLike':{'aws:UserAgent':'Ag*1'}", YES, NO},
    {"'StringLike':{'aws:UserAgent':'Ag?1'}", NO, NO},
    {"'StringNotLike':{'aws:UserAgent':'Ag*'}", NO, YES},
    {"'StringEqualsIfExists':{'aws:SourceAccount':'333333333333'}", YES, YES},
    {"'StringEqualsIfExists':{'aws:SourceAccount':'4'}", NO, YES},
    {"'ForAnyValue:StringEquals':{'aws:SourceAccount':'333333333333'}", YES, NO},
    {"'ForAnyValue:StringNotEquals':{'aws:SourceAccount':'4'}", YES, NO},
    {"'ForAllValues:StringEquals':{'aws:SourceAccount':'333333333333'}", YES, YES},
    {"'ForAllValues:StringEquals':{'aws:SourceAccount':'4'}", NO, YES},
    {"'ArnEquals':{'aws:SourceArn':'arn:aws:sns:us-east-1:333333333333:topic'}", YES, NO},
    {"'ArnLike':{'aws:SourceArn':'arn:aws:sns:*:333333333333:to*'}", YES, NO},
    {"'ArnEquals':{'aws:SourceArn':'arn:aws:sns:*:*:*'}", YES, NO},
    {"'ArnLike':{'aws:SourceArn':'*'}", YES, NO},
    {"'ArnLike':{'aws:SourceArn':'arn:aws:sns:us-east-*:topic'}", UNKNOWN, UNKNOWN},
    {"'ArnLike':{'aws:SourceArn':'arn:aws:s*:topic:x:y'}", NO, NO},
    {"'ArnLike':{'aws:SourceAccount':'arn:aws:sns:*:*:*'}", NO, NO},
    {"'ArnNotLike':{'aws:SourceArn':'arn:aws:sns:*:*:*'}", NO, YES},
    {"'Bool':{'aws:SecureTransport':'true'}", YES, NO},
    {"'Bool':{'aws:SecureTransport':true}", YES, NO},
    {"'Bool':{'aws:SecureTransport':'False'}", NO, YES},
    {"'Bool':{'aws:SecureTransport':'yes'}", UNKNOWN, UNKNOWN},
    {"'IpAddress':{'aws:SourceIp':'203.0.113.0/24'}", YES, NO},
    {"'IpAddress':{'aws:SourceIp':'203.0.113.77'}", YES, NO},
    {"'IpAddress':{'aws:SourceIp':'203.0.113.76/31'}", YES, NO},
    {"'IpAddress':{'aws:SourceIp':'203.0.113.78/31'}", NO, NO},
    {"'IpAddress':{'aws:SourceIp':['10.0.0.0/8','0.0.0.0/0']}", YES, NO},
    {"'IpAddress':{'aws:SourceIp':'::ffff:203.0.113.77/128'}", YES, NO},
    {"'IpAddress':{'aws:SourceIp':'2001:db8::/32'}", NO, NO},
    {"'IpAddress':{'aws:SourceIp':'203.0.113.0/33'}", UNKNOWN, UNKNOWN},
    {"'IpAddress':{'aws:SourceIp':'203.0.113/24'}", UNKNOWN, UNKNOWN},
    {"'NotIpAddress':{'aws:SourceIp':'203.0.113.0/24'}", NO, YES},
    {"'IpAddress':{'aws:SourceAccount':'0.0.0.0/0'}", UNKNOWN, NO},
    {"'NotIpAddress':{'aws:SourceAccount':'0.0.0.0/0'}", UNKNOWN, YES},
    {"'DateLessThan':{'aws:CurrentTime':'2015-08-30T12:36:01Z'}", YES, YES},
    {"'DateLessThan':{'aws:CurrentTime':'2015-08-30T12:36:00Z'}", NO, NO},
    {"'DateLessThanEquals':{'aws:CurrentTime':'2015-08-30T12:36:00Z'}", YES, YES},
    {"'DateGreaterThan':{'aws:CurrentTime':'2015-08-30'}", YES, YES},
    {"'DateGreaterThanEquals':{'aws:EpochTime':1440938161}", NO, NO},
    {"'DateEquals':{'aws:EpochTime':'1440938160'}", YES, YES},
    {"'DateNotEquals':{'aws:EpochTime':'1440938160'}", NO, NO},
    {"'DateLessThan':{'aws:CurrentTime':'tomorrow'}", UNKNOWN, UNKNOWN},
    {"'NumericLessThan':{'aws:EpochTime':'1440938161'}", YES, YES},
    {"'NumericGreaterThan':{'aws:EpochTime':'1440938161'}", NO, NO},
    {"'NumericLessThanEquals':{'aws:EpochTime':'1440938160'}", YES, YES},
    {"'NumericGreaterThanEquals':{'aws:EpochTime':'1440938160'}", YES, YES},
    {"'NumericEquals':{'aws:EpochTime':'1440938160'}", YES, YES},
    {"'NumericNotEquals':{'aws:EpochTime':'1440938160'}", NO, NO},
    {"'NumericEquals':{'aws:SourceAccount':'333333333333'}", UNKNOWN, NO},
    {"'StringEquals':{'aws:CurrentTime':'2015-08-30T12:36:00Z'}", UNKNOWN, UNKNOWN},
    {"'Null':{'aws:SourceArn':'true'}", NO, YES},
    {"'Null':{'aws:SourceArn':'false'}", YES, NO},
    {"'Null':{'aws:CurrentTime':'false'}", YES, YES},
    {"'Null':{'aws:Referer':true}", YES, YES},
    {"'NullIfExists':{'aws:SourceArn':'true'}", UNKNOWN, UNKNOWN},
    {"'StringEquals':{'aws:PrincipalArn':'arn:aws:iam::222222222222:user/bob'}", YES, YES},
    {"'StringEquals':{'aws:PrincipalAccount':'222222222222','aws:username':'bob','aws:userid':'AIDABOB',"
     "'aws:PrincipalType':'User'}",
     YES, YES},
    {"'StringEquals':{'aws:username':'ann','aws:userid':'AIDABOB'}", NO, NO},
    {"'StringEquals':{'aws:username':'${aws:username}'}", UNKNOWN, UNKNOWN},
    {"'StringEquals':{'aws:PrincipalOrgID':'o-1'}", NO, NO},
    {"'StringNotEquals':{'aws:PrincipalOrgID':'o-1'}", YES, YES},
    {"'StringEqualsIfExists':{'aws:PrincipalOrgID':'o-1'}", YES, YES},
    {"'ForAnyValue:StringLike':{'aws:PrincipalOrgPaths':'o-1/*'}", NO, NO},
    {"'ForAllValues:StringLike':{'aws:PrincipalOrgPaths':'o-1/*'}", YES, YES},
    {"'StringEquals':{'aws:ResourceTag/a':'b'}", NO, NO},
    {"'StringNotEquals':{'aws:principaltag/a':'b'}", YES, YES},
    {"'Null':{'aws:SourceVpce':'true'}", YES, YES},
    {"'Bool':{'aws:MultiFactorAuthPresent':'false'}", NO, NO},
    {"'BoolIfExists':{'aws:MultiFactorAuthPresent':'false'}", YES, YES},
    {"'Bool':{'aws:ViaAWSService':'false'}", YES, YES},
    {"'Bool':{'aws:PrincipalIsAWSService':'true'}", NO, NO},
    {"'IpAddress':{'aws:VpcSourceIp':'10.0.0.0/8'}", NO, NO},
    {"'StringEquals':{'aws:ResourceAccount':'111111111111','aws:RequestedRegion':'us-east-1'}", YES,
     YES},
    {"'StringEquals':{'aws:ResourceAccount':'222222222222'}", NO, NO},
    {"'StringEquals':{'aws:RequestTag/a':'b'}", UNKNOWN, UNKNOWN},
    {"'ForAllValues:StringEquals':{'aws:TagKeys':'b'}", UNKNOWN, UNKNOWN},
    {"'StringEquals':{'aws:ResourceTag/':'b'}", UNKNOWN, UNKNOWN},
    {"'StringEquals':{'sqs:Nonsense':'b'}", UNKNOWN, UNKNOWN},
    {"'BinaryEquals':{'aws:username':'Ym9i'}", UNKNOWN, UNKNOWN},
    /* One that fails decides, known or not. */
    {"'BinaryEquals':{'aws:username':'Ym9i'},'Bool':{'aws:PrincipalType':'true'}", NO, NO},
    {"'Bool':{'aws:SecureTransport':'true'},'IpAddress':{'aws:SourceIp':'203.0.113.0/24'}", YES,
     NO},
};

START_TEST(conditions_compare_as_documented)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
        for (int is_full = 0; is_full < 2; is_full++)
            for (int is_deny = 0; is_deny < 2; is_deny++) {
                const struct policy_context *context = is_full ? &full_context : &bare_context;
                int state = is_full ? conditions[i].full : conditions[i].bare;
                bool matches = state == YES || (state == UNKNOWN && is_deny);
                enum policy_answer want = !matches  ? POLICY_NO_MATCH
                                          : is_deny ? POLICY_EXPLICIT_DENY
                                                    : POLICY_ALLOW;
                struct slice text = arena_print(
                    &arena,
                    "{'Version':'2012-10-17','Statement':[{'Effect':'%s','Principal':'*',"
                    "'Action':'*','Condition':{%s}}]}%c",
                    is_deny ? "Deny" : "Allow", conditions[i].condition, 0);
                enum policy_answer got =
                    ask(&arena, (const char *)text.at, &bob, "sqs:SendMessage", context);
                ck_assert_msg(got == want, "%s: got %d, want %d", (const char *)text.at, got, want);
            }
    arena_done(&arena);
}
END_TEST

START_TEST(variables_belong_to_the_version_of_2012)
{
    static const char form[] =
        "{'Version':'%s','Statement':[{'Effect':'%s','Principal':'*','Action':'*',"
        "'Resource':'" QUEUE "${x}'}]}%c";
    struct arena arena;
    arena_init(&arena);
    static const struct {
        const char *version, *effect;
        enum policy_answer answer;
    } rows[] = {
        {"2012-10-17", "Allow", POLICY_NO_MATCH},
        {"2012-10-17", "Deny", POLICY_EXPLICIT_DENY},
        {"2008-10-17", "Allow", POLICY_NO_MATCH},
        {"2008-10-17", "Deny", POLICY_NO_MATCH},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice text = arena_print(&arena, form, rows[i].version, rows[i].effect, 0);
        ck_assert_int_eq(ask(&arena, (const char *)text.at, &bob, "sqs:SendMessage", &full_context),
                         rows[i].answer);
    }
    arena_done(&arena);
}
END_TEST

START_TEST(an_overlong_value_of_a_request_is_not_compared)
{
    struct arena arena;
    arena_init(&arena);
    uint8_t *agent = arena_take_zero(&arena, 1025);
    memset(agent, 'a', 1025);
    struct policy_context context = full_context;
    static const char policy[] =
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'*','Condition':"
        "{'StringLike':{'aws:UserAgent':'a*'}}}}";
    context.user_agent = slice_of(agent, 1024);
    ck_assert_int_eq(ask(&arena, policy, &bob, "sqs:SendMessage", &context), POLICY_ALLOW);
    context.user_agent = slice_of(agent, 1025);
    ck_assert_int_eq(ask(&arena, policy, &bob, "sqs:SendMessage", &context), POLICY_NO_MATCH);
    arena_done(&arena);
}
END_TEST

START_TEST(malformed_policies_are_refused)
{
    static const char *const rows[] = {
        "",
        "x",
        "[]",
        "'text'",
        "{}",
        "{'Statement':[]}",
        "{'Statement':'x'}",
        "{'Statement':[1]}",
        "{'Statement':{}}",
        "{'Other':1,'Statement':{'Effect':'Allow','Principal':'*','Action':'*'}}",
        "{'Version':'2013-10-17','Statement':{'Effect':'Allow','Principal':'*','Action':'*'}}",
        "{'Version':1,'Statement':{'Effect':'Allow','Principal':'*','Action':'*'}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'*'},'Statement':[]}",
        "{'Statement':{'Effect':'allow','Principal':'*','Action':'*'}}",
        "{'Statement':{'Principal':'*','Action':'*'}}",
        "{'Statement':{'Effect':'Allow','Action':'*'}}",
        "{'Statement':{'Effect':'Allow','Principal':'*'}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','NotPrincipal':'*','Action':'*'}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'*','NotAction':'x'}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*','NotResource':'*'}}",
        "{'Statement':{'Effect':'Allow','Principal':'222222222222','Action':'*'}}",
        "{'Statement':{'Effect':'Allow','Principal':{},'Action':'*'}}",
        "{'Statement':{'Effect':'Allow','Principal':{'AWS':[]},'Action':'*'}}",
        "{'Statement':{'Effect':'Allow','Principal':{'AWS':222222222222},'Action':'*'}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':[]}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':['*',1]}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'*','Resource':[]}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'*','Sid':1}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'*','Condition':[]}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'*','Condition':{'Bool':{}}}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'*','Condition':{'Bool':'x'}}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'*','Condition':{'Bool':{'a':[]}}}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'*','Condition':{'Bool':{'a':1.5}}}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'*','Conditions':{}}}",
        "{'Statement':{'Effect':'Allow','Principal':'*','Action':'*'}} x",
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct policy *policy = NULL;
        const char *why = NULL;
        ck_assert_msg(policy_compile(with_quotes(&arena, rows[i]), &arena, &policy, &why) ==
                          ERR_INVALID,
                      "%s", rows[i]);
        ck_assert_ptr_null(policy);
        ck_assert_ptr_nonnull(why);
    }
    arena_done(&arena);
}
END_TEST

START_TEST(statements_are_counted_and_size_is_bounded)
{
    struct arena arena;
    const struct policy *policy = NULL;
    const char *why = NULL;
    arena_init(&arena);
    ck_assert_uint_eq(policy_statements_count(compile(&arena, ALLOW_2)), 1);
    struct buffer text;
    buffer_init(&text, &arena, 0);
    buffer_add_text(&text, "{'Statement':[");
    for (int i = 0; i < 22; i++)
        buffer_print(&text, "%s{'Effect':'Allow','Principal':'*','Action':'*'}", i > 0 ? "," : "");
    buffer_add_text(&text, "]}");
    buffer_add_byte(&text, 0);
    ck_assert_uint_eq(policy_statements_count(compile(&arena, (const char *)text.at)), 22);
    uint8_t *blanks = arena_take_zero(&arena, POLICY_STORED_BYTES_MAX + 1);
    memset(blanks, ' ', POLICY_STORED_BYTES_MAX + 1);
    ck_assert_int_eq(
        policy_compile(slice_of(blanks, POLICY_STORED_BYTES_MAX + 1), &arena, &policy, &why),
        ERR_FULL);
    ck_assert_int_eq(
        policy_compile(slice_of(blanks, POLICY_STORED_BYTES_MAX), &arena, &policy, &why),
        ERR_INVALID);
    arena_done(&arena);
}
END_TEST

static const struct {
    const char *label;
    const struct auth_identity *identity;
    enum api_action action;
    const char *policy;  /* NULL: none */
    const char *message; /* NULL: allowed */
} decisions[] = {
    {"owner without policy", &ann, API_DELETE_QUEUE, NULL, NULL},
    {"owner, policy for others", &ann, API_DELETE_QUEUE, ALLOW_2, NULL},
    {"owner, denied", &ann, API_SEND_MESSAGE_BATCH, DENY_ALL,
     "User: arn:aws:iam::111111111111:root is not authorized to perform: sqs:sendmessage on resource: " QUEUE
     " with an explicit deny in a resource-based policy"},
    {"other, no policy", &bob, API_SEND_MESSAGE, NULL,
     DENIED "sqs:sendmessage on resource: " QUEUE
            " because no resource-based policy allows the sqs:sendmessage action"},
    {"other, allowed", &bob, API_SEND_MESSAGE, ALLOW_2, NULL},
    {"other, batch as the single form", &bob, API_SEND_MESSAGE_BATCH, ALLOW_2, NULL},
    {"other, another action", &bob, API_RECEIVE_MESSAGE, ALLOW_2,
     DENIED "sqs:receivemessage on resource: " QUEUE
            " because no resource-based policy allows the sqs:receivemessage action"},
    {"other, denied", &bob, API_SEND_MESSAGE, DENY_ALL,
     DENIED "sqs:sendmessage on resource: " QUEUE
            " with an explicit deny in a resource-based policy"},
    {"other, open queue", &bob, API_PURGE_QUEUE, OPEN, NULL},
    {"other, what only owners may do", &bob, API_DELETE_QUEUE, OPEN,
     DENIED "sqs:deletequeue on resource: " QUEUE
            " because no resource-based policy allows the sqs:deletequeue action"},
    {"other, GetQueueUrl", &bob, API_GET_QUEUE_URL, OPEN, NULL},
    {"other, GetQueueUrl refused", &bob, API_GET_QUEUE_URL, ALLOW_2,
     "The specified queue does not exist or you do not have access to it."},
};

START_TEST(access_is_decided_with_the_texts_of_aws)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(decisions) / sizeof(decisions[0]); i++) {
        struct api_error error = {0};
        struct auth_task task = {
            .identity = decisions[i].identity,
            .action = decisions[i].action,
            .queue_account = SLICE("111111111111"),
            .queue_arn = SLICE(QUEUE),
            .policy = decisions[i].policy != NULL ? compile(&arena, decisions[i].policy) : NULL,
            .context = &full_context,
        };
        bool is_allowed = auth_authorize(&task, &arena, &error);
        ck_assert_msg(is_allowed == (decisions[i].message == NULL), "%s", decisions[i].label);
        if (is_allowed)
            continue;
        testkit_slice_eq(error.message, decisions[i].message);
        bool is_hidden = decisions[i].action == API_GET_QUEUE_URL;
        ck_assert_ptr_eq(error.row, api_error_row(is_hidden ? API_ERROR_QUEUE_DOES_NOT_EXIST
                                                            : API_ERROR_ACCESS_DENIED));
    }
    arena_done(&arena);
}
END_TEST

/* Root can always take back a policy that shuts it out; its users cannot. */
START_TEST(root_is_never_shut_out_of_its_own_policy)
{
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < 8; i++) {
        struct api_error error = {0};
        bool is_root = (i & 1) != 0, is_denied = (i & 2) != 0, only_policy = (i & 4) != 0;
        struct auth_task task = {
            .identity = is_root ? &ann : &amy,
            .action = API_SET_QUEUE_ATTRIBUTES,
            .queue_account = SLICE("111111111111"),
            .queue_arn = SLICE(QUEUE),
            .policy = compile(&arena, is_denied ? DENY_ALL : OPEN),
            .context = &bare_context,
            .only_policy = only_policy,
        };
        ck_assert_int_eq(auth_authorize(&task, &arena, &error),
                         !is_denied || (is_root && only_policy));
    }
    arena_done(&arena);
}
END_TEST

START_TEST(nobody_in_particular_is_only_everybody)
{
    static const struct auth_identity nobody = {
        .account = {(const uint8_t *)"anonymous", 9},
        .user_id = {(const uint8_t *)"anonymous", 9},
        .is_anonymous = true,
    };
    static const struct {
        const char *policy;
        enum policy_answer answer;
    } rows[] = {
        {OPEN, POLICY_ALLOW},
        {PRINCIPAL("'Principal':{'AWS':'*'}"), POLICY_ALLOW},
        {PRINCIPAL("'Principal':{'AWS':''}"), POLICY_NO_MATCH},
        {PRINCIPAL("'Principal':{'AWS':'anonymous'}"), POLICY_NO_MATCH},
        {PRINCIPAL("'Principal':{'AWS':'111111111111'}"), POLICY_NO_MATCH},
        {DENY_ALL, POLICY_EXPLICIT_DENY},
        {"{'Statement':{'Effect':'Deny','NotPrincipal':{'AWS':'111111111111'},'Action':'*'}}",
         POLICY_EXPLICIT_DENY},
        {PRINCIPAL(
             "'Principal':'*','Condition':{'StringEquals':{'aws:PrincipalType':'Anonymous'}}"),
         POLICY_ALLOW},
        {PRINCIPAL("'Principal':'*','Condition':{'Null':{'aws:PrincipalArn':'true'}}"),
         POLICY_ALLOW},
        {PRINCIPAL("'Principal':'*','Condition':{'StringEquals':{'aws:userid':'anonymous'}}"),
         POLICY_ALLOW},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(ask(&arena, rows[i].policy, &nobody, "sqs:SendMessage", &full_context) ==
                          rows[i].answer,
                      "%s", rows[i].policy);
    arena_done(&arena);
}
END_TEST

/* B3's list of what cannot be granted. */
START_TEST(owner_only_actions_are_never_granted)
{
    static const enum api_action owner_only[] = {
        API_ADD_PERMISSION,
        API_CANCEL_MESSAGE_MOVE_TASK,
        API_CREATE_QUEUE,
        API_DELETE_QUEUE,
        API_LIST_MESSAGE_MOVE_TASKS,
        API_LIST_QUEUES,
        API_LIST_QUEUE_TAGS,
        API_REMOVE_PERMISSION,
        API_SET_QUEUE_ATTRIBUTES,
        API_START_MESSAGE_MOVE_TASK,
        API_TAG_QUEUE,
        API_UNTAG_QUEUE,
    };
    struct arena arena;
    arena_init(&arena);
    for (unsigned action = 0; action < API_ACTIONS_COUNT; action++) {
        bool is_listed = false;
        for (size_t i = 0; i < sizeof(owner_only) / sizeof(owner_only[0]); i++)
            is_listed = is_listed || owner_only[i] == action;
        struct api_error error = {0};
        struct auth_task task = {
            .identity = &bob,
            .action = (enum api_action)action,
            .queue_account = SLICE("111111111111"),
            .queue_arn = SLICE(QUEUE),
            .policy = compile(&arena, OPEN),
            .context = &bare_context,
        };
        ck_assert_msg(auth_authorize(&task, &arena, &error) != is_listed, "%s",
                      api_action_name(task.action));
    }
    arena_done(&arena);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, statements_match_by_principal_action_and_resource);
    tcase_add_test(tests, an_explicit_deny_wins_wherever_it_stands);
    tcase_add_test(tests, conditions_compare_as_documented);
    tcase_add_test(tests, variables_belong_to_the_version_of_2012);
    tcase_add_test(tests, an_overlong_value_of_a_request_is_not_compared);
    tcase_add_test(tests, malformed_policies_are_refused);
    tcase_add_test(tests, statements_are_counted_and_size_is_bounded);
    tcase_add_test(tests, access_is_decided_with_the_texts_of_aws);
    tcase_add_test(tests, root_is_never_shut_out_of_its_own_policy);
    tcase_add_test(tests, nobody_in_particular_is_only_everybody);
    tcase_add_test(tests, owner_only_actions_are_never_granted);
}

int main(void)
{
    return testkit_run("policy", fill);
}
