/* When background work may do its next piece, so that it takes only a share of what the machine can do: after a piece it
 * rests for a multiple of the time that the piece took, within bounds. Where disks and processors are busy, pieces take
 * longer, and so do rests.
 *
 * Pure: times are milliseconds of any clock that does not go back. */
#ifndef LEAT_NODE_PACE_H
#define LEAT_NODE_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_REST_MS_MIN 20
#define PACE_REST_MS_MAX 500
#define PACE_REST_TIMES  5 /* the piece's own time: it gets a sixth */

/* Zeroed: the first piece may begin at once. */
struct pace {
    int64_t begun_at, rests_until;
    bool is_resting; /* else a piece is under way */
};

/* A piece begins. */
void pace_begin(struct pace *pace, int64_t now);
/* No piece is under way (any more): in how many milliseconds the next may begin; 0: now. */
int pace_rest(struct pace *pace, int64_t now);

#endif
