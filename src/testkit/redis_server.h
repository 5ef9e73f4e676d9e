/* A real redis-server for one test: on a free port of 127.0.0.1, in a directory of its own, with an append-only file
 * that a write reaches before its reply (but not the disk: tests kill processes, not machines, and a slow disk must not
 * make answers late). It ends with the test, also when the test crashes. */
#ifndef LEAT_TESTKIT_REDIS_SERVER_H
#define LEAT_TESTKIT_REDIS_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "testkit/directory.h"

struct redis_server {
    pid_t pid; /* 0: not running */
    uint16_t port;
    char directory[DIRECTORY_PATH_BYTES];
    const char *password; /* NULL: none */
};

/* What a program that needs one does when there is none: say so and exit with 77 (skipped). */
bool redis_server_is_installed(void);

/* Returns when it answers; fails the test when it does not. password lives as long as the server; NULL: none. */
void redis_server_start(struct redis_server *server, const char *password);
/* Kills it and removes its directory. Nothing happens when it was never started. */
void redis_server_stop(struct redis_server *server);

/* Kills it (SIGKILL); the files stay. */
void redis_server_kill(struct redis_server *server);
/* After redis_server_kill: the same port and files. Returns when it answers. */
void redis_server_restart(struct redis_server *server);
/* SIGSTOP: connections stay, nobody answers. */
void redis_server_pause(const struct redis_server *server);
void redis_server_resume(const struct redis_server *server);

#endif
