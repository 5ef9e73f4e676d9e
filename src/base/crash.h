/* The last line of a process that a signal ends: version, signal and addresses on standard error, before the core. */
#ifndef LEAT_BASE_CRASH_H
#define LEAT_BASE_CRASH_H

#include <signal.h>

/* From here on SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT print that line, and then do what they did before: end the
 * process, with a core where the machine keeps one. Signals that already have a handler (a sanitizer's) are left to it.
 * program, version: of the process, static. Main thread, before others start. */
void crash_init(const char *program, const char *version);
/* Gives the calling thread a stack for that, so that even the overflow of its own is told. Once a thread. */
void crash_init_thread(void);
/* Takes those signals out of a set that is about to be blocked: a fault under a blocked signal ends the process in silence. */
void crash_spare(sigset_t *blocked);

#endif
