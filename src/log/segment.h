/* The owner's table of segments: what lives in each. Thread: the log's owner. */
#ifndef LEAT_LOG_SEGMENT_H
#define LEAT_LOG_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

struct segment {
    uint32_t number;
    uint32_t bytes;       /* of the file */
    uint64_t added_count; /* bodies that were put in or found living */
    uint64_t added_bytes;
    uint64_t live_count;
    uint64_t empty_after; /* snapshots begun when the last living body went */
    uint32_t reads;       /* under way */
    bool was_tried;       /* compaction gave it up: damaged */
};

struct segments {
    struct segment *at; /* ascending by number */
    uint32_t count, capacity;
    uint32_t last; /* index of the last one found */
};

void segment_done(struct segments *segments);
/* Above all others. */
struct segment *segment_add(struct segments *segments, uint32_t number, uint32_t bytes);
/* NULL: there is none. Valid until the next add or remove. */
struct segment *segment_find(struct segments *segments, uint32_t number);
void segment_remove(struct segments *segments, uint32_t number);
/* Living bytes, estimated from the mean of what was added. */
uint64_t segment_live_bytes(const struct segment *segment);
/* About what the records of the living would take elsewhere: for short messages that is much more than their bytes. */
uint64_t segment_copy_bytes(const struct segment *segment);

#endif
