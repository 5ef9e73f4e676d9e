/* What suites have in common: a directory for the occasion, servers on free ports of 127.0.0.1 on one processor, the
 * generator on another. Thread: one owner. */
#ifndef LEAT_BENCH_RIG_H
#define LEAT_BENCH_RIG_H

#include "bench/child.h"
#include "bench/settings.h"

#define RIG_PATH_BYTES 4096u

struct rig {
    const char *name;              /* of the suite, for messages */
    const char *leatd;             /* path */
    char **extra;                  /* options for leatd; ends with NULL */
    int server_cpu, generator_cpu; /* below 0: any */
    char directory[RIG_PATH_BYTES];
};

/* Chooses processors and makes the directory in $TMPDIR. False: said why. */
bool rig_open(struct rig *rig);
/* Removes the directory, or says where it is when `keeps`. */
void rig_close(struct rig *rig, bool keeps);
/* A file or a directory with all that is in it. */
void rig_remove(const char *path);
/* Says on standard error what is wrong; always false. */
bool rig_fail(const struct rig *rig, const char *what, const char *why);
/* A path below the directory. */
void rig_join(const struct rig *rig, const char *name, char ret_path[RIG_PATH_BYTES]);

/* False: said why. */
/* sync_bytes: of a durable write before each answer; 0: none. */
bool rig_start_null(const struct rig *rig, struct child *null, uint32_t sync_bytes);
/* leatd with one worker and data in `data` below the directory (kept from one start to the next). options: ends with
 * NULL. has_admin: the admin listener is the socket admin.sock in `data`. False: said why. */
bool rig_start_leatd(const struct rig *rig, struct child *server, const char *data, bool has_admin,
                     const char *const *options);

/* A file of keys for leatd's --credentials, and the signer that has them. False: said why. */
bool rig_write_keys(const struct rig *rig, char ret_path[RIG_PATH_BYTES]);
struct signer_options rig_signer(enum signer_mode mode);

/* Settings of a run against that server, with texts in ret_endpoint. */
void rig_fill_settings(const struct rig *rig, const struct child *server,
                       struct settings *ret_settings, char ret_endpoint[64]);

/* The share of a second that a spinning thread of ours does not get, in gaps above 1 ms. */
double rig_measure_hiccups(void);

#endif
