/* Queue policies: any text compiles or is refused with a reason; what compiles can be asked about
 * every kind of sender. */
#include "auth/policy.h"
#include "fuzz/fuzz.h"
#include "metadata/policy_edit.h"

#include "base/banned.h"

const char fuzz_name[] = "policy";

static void ask(const struct policy *policy, const struct auth_identity *identity,
                const struct policy_context *context, struct arena *arena)
{
    struct api_error error = {0};
    const struct auth_task task = {
        .identity = identity,
        .action = API_SEND_MESSAGE_BATCH,
        .queue_account = SLICE("111111111111"),
        .queue_arn = SLICE("arn:aws:sqs:us-east-1:111111111111:orders"),
        .policy = policy,
        .context = context,
    };
    bool is_allowed = auth_authorize(&task, arena, &error);
    ASSERT(is_allowed == (error.row == NULL));
}

/* What a client may store is a policy, and is taken again as it was kept. */
static void accept(struct slice text, struct arena *arena)
{
    struct slice account = SLICE("111111111111"), kept, again;
    struct api_error error = {0};
    if (!policy_edit_accept(text, account, arena, &kept, &error)) {
        ASSERT(error.row != NULL);
        return;
    }
    ASSERT(policy_edit_check(kept, arena, &error));
    if (kept.bytes <= POLICY_BYTES_MAX)
        ASSERT(policy_edit_accept(kept, account, arena, &again, &error) &&
               slice_equal(kept, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const struct auth_identity identities[] = {
        {.account = SLICE("111111111111"),
         .user_id = SLICE("111111111111"),
         .principal_arn = SLICE("arn:aws:iam::111111111111:root")},
        {.account = SLICE("222222222222"),
         .user_id = SLICE("AIDABOB"),
         .user_name = SLICE("bob"),
         .principal_arn = SLICE("arn:aws:iam::222222222222:user/bob")},
    };
    static const struct policy_context contexts[] = {
        {.now = {0}},
        {.now = {1440938160000},
         .is_secure = true,
         .source_ip = SLICE("203.0.113.77"),
         .source_arn = SLICE("arn:aws:sns:us-east-1:333333333333:topic"),
         .source_account = SLICE("333333333333"),
         .user_agent = SLICE("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")},
    };
    struct arena arena;
    const struct policy *policy = NULL;
    const char *why = NULL;
    arena_init(&arena);
    enum err err = policy_compile(slice_of(data, bytes), &arena, &policy, &why);
    ASSERT((err == ERR_OK) == (policy != NULL));
    ASSERT((err == ERR_OK) == (why == NULL));
    for (size_t i = 0; policy != NULL && i < ARRAY_COUNT(identities); i++)
        for (size_t j = 0; j < ARRAY_COUNT(contexts); j++)
            ask(policy, &identities[i], &contexts[j], &arena);
    accept(slice_of(data, bytes), &arena);
    arena_done(&arena);
    return 0;
}
