/* How the timeline goes on from one process to the next on a machine that was not booted in between.
 *
 * Deadlines are on the server's own timeline (base/clock.h), which begins at the wall clock's value. A wall clock that was
 * stepped between two processes would move every deadline that outlived the first one: messages in flight would come
 * early, deduplication would forget, retention would delete. So each process leaves an anchor in the data directory: the
 * boot, how long ago that was, and the timeline's value then. Within the same boot the next one goes on from there; after
 * another boot only the wall clock can say how much time has passed.
 *
 * Format 2 of clock.json: {"leat":"clock","format":2,"boot":"<the kernel's boot id>","passed_ms":n,"time_ms":n,"crc32c":s},
 * see seal.h. It is never synced: a power cut ends the boot that it speaks of, and may leave anything. So whatever cannot
 * be read counts as absent. */
#ifndef LEAT_NODE_ANCHOR_H
#define LEAT_NODE_ANCHOR_H

#include "base/clock.h"
#include "base/files.h"

#define ANCHOR_BOOT_BYTES 64u

struct anchor_machine {
    char boot[ANCHOR_BOOT_BYTES]; /* NUL-ended */
    int64_t passed_ms;            /* since the boot, sleep included */
};

/* False: the machine does not tell. */
bool anchor_look(struct files *files, struct anchor_machine *ret_machine);
/* What the timeline's value is now. False: there is no anchor of this boot. */
bool anchor_read(struct files *files, const char *directory, const struct anchor_machine *machine,
                 struct mono_ms *ret_now);
/* Failing is harmless: the next start takes the wall clock. */
void anchor_write(struct files *files, const char *directory, const struct anchor_machine *machine,
                  struct mono_ms now);

#endif
