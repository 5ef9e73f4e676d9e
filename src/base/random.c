#include "base/random.h"

#include <sys/random.h>

#include "base/check.h"

#include "base/banned.h"

#define POOL_BYTES 256u /* getrandom never returns less than asked up to this size */

void random_bytes(void *ret_bytes, size_t bytes)
{
    static _Thread_local uint8_t pool[POOL_BYTES];
    static _Thread_local size_t left;
    uint8_t *at = ret_bytes;
    while (bytes > 0) {
        if (left == 0) {
            ssize_t got = getrandom(pool, sizeof(pool), 0);
            ASSERT(got == (ssize_t)sizeof(pool));
            left = sizeof(pool);
        }
        size_t part = bytes < left ? bytes : left;
        uint8_t *drawn = pool + sizeof(pool) - left;
        memcpy(at, drawn, part);
        memset(drawn, 0, part);
        left -= part;
        at += part;
        bytes -= part;
    }
}

void random_uuid(uint8_t ret_uuid[16])
{
    random_bytes(ret_uuid, 16);
    ret_uuid[6] = (uint8_t)((ret_uuid[6] & 0x0f) | 0x40);
    ret_uuid[8] = (uint8_t)((ret_uuid[8] & 0x3f) | 0x80);
}

uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}
