#include "node/pace.h"

#include "base/banned.h"

void pace_begin(struct pace *pace, int64_t now)
{
    *pace = (struct pace){.begun_at = now};
}

int pace_rest(struct pace *pace, int64_t now)
{
    if (!pace->is_resting) {
        int64_t rest = pace->begun_at > 0 ? PACE_REST_TIMES * (now - pace->begun_at) : 0;
        rest = rest < PACE_REST_MS_MIN ? PACE_REST_MS_MIN : rest;
        rest = rest > PACE_REST_MS_MAX ? PACE_REST_MS_MAX : rest;
        pace->is_resting = true;
        pace->rests_until = pace->begun_at > 0 ? now + rest : now;
    }
    return pace->rests_until > now ? (int)(pace->rests_until - now) : 0;
}
