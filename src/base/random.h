/* Random bytes from the kernel, drawn in blocks a thread. Never fails: a kernel without randomness ends the process. */
#ifndef LEAT_BASE_RANDOM_H
#define LEAT_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *ret_bytes, size_t bytes);
/* A version 4 UUID, 16 bytes. */
void random_uuid(uint8_t ret_uuid[16]);

/* A seeded generator for tests and load: the same seed gives the same numbers everywhere (splitmix64). */
uint64_t random_next(uint64_t *state);

#endif
