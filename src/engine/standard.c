/* The visible messages of a standard queue. A group keeps those that were never hidden in a list by sequence, and those
 * that came back in a heap by sequence; the smaller head is next, so that an older message comes back before younger
 * ones (E2). A queue without groups uses nothing else. */
#include "engine/internal.h"

#include "base/banned.h"

static int64_t key(const void *context, uint32_t index)
{
    return (int64_t)message_at(context, index)->sequence;
}

void standard_init(struct engine *engine)
{
    meld_kind_init(&engine->returned, &engine->messages, offsetof(struct message, returned), key,
                   engine);
}

void standard_add(struct engine *engine, struct group *group, uint32_t index)
{
    struct message *message = message_at(engine, index);
    uint64_t sequence = message->sequence;
    if (group->line.tail == 0 || sequence > message_at(engine, group->line.tail)->sequence) {
        list_append(&group->line, LINE(engine), index);
    } else if (sequence < message_at(engine, group->line.head)->sequence) {
        list_insert_after(&group->line, LINE(engine), 0, index);
    } else {
        message->flags |= FLAG_RETURNED;
        meld_push(&engine->returned, &group->returned_root, index);
    }
}

void standard_remove(struct engine *engine, struct group *group, uint32_t index)
{
    struct message *message = message_at(engine, index);
    if ((message->flags & FLAG_RETURNED) != 0) {
        message->flags &= (uint8_t)~FLAG_RETURNED;
        meld_remove(&engine->returned, &group->returned_root, index);
    } else {
        list_remove(&group->line, LINE(engine), index);
    }
}

uint32_t standard_head(const struct engine *engine, const struct group *group)
{
    uint32_t in_line = group->line.head;
    uint32_t returned = group->returned_root;
    if (in_line == 0 || returned == 0)
        return in_line != 0 ? in_line : returned;
    return message_at(engine, returned)->sequence < message_at(engine, in_line)->sequence ? returned
                                                                                          : in_line;
}

/* The older one of the ungrouped messages and the quiet groups', or 0. */
static uint32_t next_quiet(struct engine *engine, struct content *content)
{
    while (content->quiet_root != 0 &&
           fair_judge(engine, content->quiet_root, engine->now.mono.v)) {
        /* it has just left the quiet ones: at most nine groups use more than a tenth */
    }
    uint32_t ungrouped = standard_head(engine, group_at(engine, content->ungrouped));
    if (content->quiet_root == 0)
        return ungrouped;
    uint32_t quiet = standard_head(engine, group_at(engine, content->quiet_root));
    if (ungrouped == 0)
        return quiet;
    return message_at(engine, quiet)->sequence < message_at(engine, ungrouped)->sequence
               ? quiet
               : ungrouped;
}

uint32_t standard_next(struct engine *engine, struct content *content)
{
    if (content->groups_count == 0)
        return standard_head(engine, group_at(engine, content->ungrouped));
    uint32_t quiet = next_quiet(engine, content);
    if (quiet != 0 || content->noisy_root == 0)
        return quiet;
    return standard_head(engine, group_at(engine, content->noisy_root));
}

uint32_t standard_next_upto(struct engine *engine, struct content *content, uint64_t sequence)
{
    uint32_t next = next_quiet(engine, content);
    if (next != 0 && message_at(engine, next)->sequence <= sequence)
        return next;
    for (uint32_t noisy = content->noisy_root; noisy != 0;
         noisy = meld_next(&engine->noisy, noisy)) {
        next = standard_head(engine, group_at(engine, noisy));
        if (message_at(engine, next)->sequence <= sequence)
            return next;
    }
    return 0;
}
