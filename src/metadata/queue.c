#include "metadata/queue.h"

#include "auth/policy.h"
#include "base/logger.h"

#include "base/banned.h"

/* Every slice of a queue that its memory holds. */
static const size_t slice_offsets[] = {
    offsetof(struct queue, account),
    offsetof(struct queue, name),
    offsetof(struct queue, arn),
    offsetof(struct queue, attributes.policy),
    offsetof(struct queue, attributes.redrive_policy),
    offsetof(struct queue, attributes.dead_letter_arn),
    offsetof(struct queue, attributes.redrive_allow_policy),
    offsetof(struct queue, attributes.kms_key_id),
};

static struct slice *slice_at(struct queue *queue, size_t i)
{
    return (struct slice *)((uint8_t *)queue + slice_offsets[i]);
}

/* How much the copies take in an arena, where everything begins at a multiple of 16. */
static size_t padded(size_t bytes)
{
    return (bytes + 15u) & ~(size_t)15u;
}

static size_t count_bytes(struct queue *queue)
{
    size_t bytes = padded(sizeof(struct queue_tag) * queue->tags_count);
    for (size_t i = 0; i < ARRAY_COUNT(slice_offsets); i++)
        bytes += padded(slice_at(queue, i)->bytes);
    for (uint32_t i = 0; i < queue->tags_count; i++)
        bytes += padded(queue->tags[i].key.bytes) + padded(queue->tags[i].value.bytes);
    return bytes;
}

/* An unset slice stays unset; one that is set, but empty, stays set. */
static struct slice copy_slice(struct queue *queue, struct slice from)
{
    return from.at == NULL ? SLICE_NONE : arena_copy(&queue->memory, from);
}

static void copy_slices(struct queue *queue)
{
    for (size_t i = 0; i < ARRAY_COUNT(slice_offsets); i++)
        *slice_at(queue, i) = copy_slice(queue, *slice_at(queue, i));
    if (queue->tags_count == 0) {
        queue->tags = NULL;
        return;
    }
    struct queue_tag *tags = ARENA_NEW_MANY(&queue->memory, struct queue_tag, queue->tags_count);
    for (uint32_t i = 0; i < queue->tags_count; i++) {
        tags[i].key = copy_slice(queue, queue->tags[i].key);
        tags[i].value = copy_slice(queue, queue->tags[i].value);
    }
    queue->tags = tags;
}

/* What compiling takes is known only afterwards: it is done once to learn that, so that a snapshot with a policy is not
 * a block of 16 KiB. */
static size_t count_policy_bytes(struct slice policy)
{
    struct arena scratch;
    const struct policy *compiled;
    const char *why;
    if (policy.bytes == 0)
        return 0;
    arena_init(&scratch);
    enum err err = policy_compile(policy, &scratch, &compiled, &why);
    size_t bytes = err == ERR_OK ? scratch.used_bytes : 0;
    arena_done(&scratch);
    return bytes;
}

/* A stored policy that is not understood any more grants nothing to other accounts. */
static void compile_policy(struct queue *queue)
{
    const char *why = "";
    queue->compiled_policy = NULL;
    if (queue->attributes.policy.bytes == 0)
        return;
    if (policy_compile(queue->attributes.policy, &queue->memory, &queue->compiled_policy, &why) !=
        ERR_OK)
        LOG_WARNING("metadata", "the policy of %.*s is not in force: %s", SLICE_PRINT(queue->name),
                    why);
}

void queue_draft(const struct queue *queue, struct queue *ret_draft)
{
    size_t from = offsetof(struct queue, id);
    ASSERT(from > offsetof(struct queue, references) && from > offsetof(struct queue, memory));
    memset(ret_draft, 0, from);
    memcpy((uint8_t *)ret_draft + from, (const uint8_t *)queue + from, sizeof(*queue) - from);
}

static enum queue_durability read_durability(const struct queue *queue)
{
    static const struct {
        const char *value;
        enum queue_durability durability;
    } rows[] = {{"memory", QUEUE_DURABILITY_MEMORY},
                {"os", QUEUE_DURABILITY_OS},
                {"sync", QUEUE_DURABILITY_SYNC}};
    for (uint32_t i = 0; i < queue->tags_count; i++)
        for (size_t j = 0; j < ARRAY_COUNT(rows); j++)
            if (slice_is(queue->tags[i].key, "leat:durability") &&
                slice_is(queue->tags[i].value, rows[j].value))
                return rows[j].durability;
    return QUEUE_DURABILITY_SERVER;
}

struct queue *queue_create(const struct queue *draft)
{
    ASSERT(draft->id != 0);
    ASSERT(draft->account.bytes > 0 && draft->name.bytes > 0);
    struct queue *queue = malloc(sizeof(*queue));
    if (queue == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    queue_draft(draft, queue);
    atomic_init(&queue->references, 1);
    arena_init(&queue->memory);
    arena_reserve(&queue->memory,
                  count_bytes(queue) + count_policy_bytes(draft->attributes.policy));
    copy_slices(queue);
    compile_policy(queue);
    queue->durability = read_durability(queue);
    return queue;
}

struct queue *queue_ref(struct queue *queue)
{
    uint32_t before = atomic_fetch_add_explicit(&queue->references, 1, memory_order_relaxed);
    ASSERT(before > 0);
    return queue;
}

void queue_unref(struct queue *queue)
{
    if (queue == NULL)
        return;
    uint32_t before = atomic_fetch_sub_explicit(&queue->references, 1, memory_order_acq_rel);
    ASSERT(before > 0);
    if (before == 1) {
        arena_done(&queue->memory);
        free(queue);
    }
}
