/* The connection to Redis, kept up on a loop: resolves, connects, says hello, and begins again with growing pauses
 * (REDIS_PAUSE_MS_MIN to _MAX) whenever that fails or the connection is lost or dropped.
 *
 * A command gets its one reply or, when the connection goes, NULL: there are no late replies. One log line for each
 * new reason of being down and one for being up. Thread: the loop's. */
#ifndef LEAT_METADATA_REDIS_LINK_H
#define LEAT_METADATA_REDIS_LINK_H

#include "base/loop.h"
#include "metadata/redis_hello.h"
#include "metadata/redis_url.h"

#define REDIS_PAUSE_MS_MIN   20
#define REDIS_PAUSE_MS_MAX   1000
#define REDIS_ATTEMPT_MS_MAX 1000 /* for connecting and the hello */

struct redis_link;

/* Begins to connect. script outlives the link. */
struct redis_link *redis_link_create(struct loop *loop, const struct redis_url *url,
                                     const char *script);
/* Every command under way gets NULL first. Not from a reply. Accepts NULL. */
void redis_link_destroy(struct redis_link *link);

bool redis_link_is_up(const struct redis_link *link);
/* What Redis said of itself at the latest hello. While it is up. */
const char *redis_link_run(const struct redis_link *link);
uint64_t redis_link_revision(const struct redis_link *link);
/* How Redis names the script. While it is up. */
struct slice redis_link_script(const struct redis_link *link);
/* False: not up, nothing happens. Otherwise reply comes exactly once, later. */
MUST_CHECK bool redis_link_send(struct redis_link *link, const struct slice *words,
                                unsigned words_count, redis_hello_reply reply, void *context);
/* Gives the connection up and makes a new one after the pause; commands under way get NULL, at the latest when the
 * reply under way returns. Does nothing when it is not up. */
void redis_link_drop(struct redis_link *link, const char *why);

#endif
