#include "log/segment.h"

#include "base/check.h"

#include "base/banned.h"

void segment_done(struct segments *segments)
{
    free(segments->at);
    *segments = (struct segments){0};
}

struct segment *segment_add(struct segments *segments, uint32_t number, uint32_t bytes)
{
    ASSERT(segments->count == 0 || segments->at[segments->count - 1].number < number);
    if (segments->count == segments->capacity) {
        segments->capacity = segments->capacity > 0 ? segments->capacity * 2 : 16;
        segments->at = realloc(segments->at, segments->capacity * sizeof(*segments->at));
        ASSERT(segments->at != NULL);
    }
    struct segment *made = &segments->at[segments->count++];
    *made = (struct segment){.number = number, .bytes = bytes};
    return made;
}

static uint32_t search(const struct segments *segments, uint32_t number)
{
    uint32_t low = 0, high = segments->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (segments->at[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct segment *segment_find(struct segments *segments, uint32_t number)
{
    uint32_t index = segments->last;
    if (index >= segments->count || segments->at[index].number != number)
        index = search(segments, number);
    if (index >= segments->count || segments->at[index].number != number)
        return NULL;
    segments->last = index;
    return &segments->at[index];
}

void segment_remove(struct segments *segments, uint32_t number)
{
    uint32_t index = search(segments, number);
    ASSERT(index < segments->count && segments->at[index].number == number);
    segments->count--;
    memmove(&segments->at[index], &segments->at[index + 1],
            (segments->count - index) * sizeof(*segments->at));
}

uint64_t segment_live_bytes(const struct segment *segment)
{
    if (segment->live_count == segment->added_count)
        return segment->added_bytes; /* most segments of a backlog, and asked each turn */
    return segment->added_bytes / segment->added_count * segment->live_count;
}

/* Of a record around its message: header, fields of a SENT fact, alignment. */
#define AROUND_BYTES 72u

uint64_t segment_copy_bytes(const struct segment *segment)
{
    return segment_live_bytes(segment) + AROUND_BYTES * segment->live_count;
}
